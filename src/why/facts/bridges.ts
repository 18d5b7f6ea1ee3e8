// What findings about bridges and their ports say.
import type { InterfaceName } from './names.ts';

export interface BridgeFacts {
  'bridge-has-mac': InterfaceName & { mac: string; owner: InterfaceName };
  'bridge-port-locked': InterfaceName & { bridge: string; mac: string; station: InterfaceName };
  'bridge-port-state': InterfaceName & { bridge: string; state: string; spanningTree: boolean };
  'bridge-ports-isolated': InterfaceName & { bridge: string; other: string };
  'no-flooding': InterfaceName & {
    bridge: string;
    /** What is not flooded: broadcasts, multicasts, or frames for unknown stations. */
    which: 'bcast_flood' | 'mcast_flood' | 'flood';
  };
  'not-in-bridge': {
    /** The interfaces that should be ports. */
    ports: readonly InterfaceName[];
    /** What is at their other ends. */
    stations: readonly InterfaceName[];
    /** Absent: the namespace has none. */
    bridge?: string;
  };
  'vlan-mismatch': InterfaceName & {
    bridge: string;
    other: string;
    /** The VLANs of untagged frames; absent: none. */
    vlan?: number;
    otherVlan?: number;
  };
  'wrong-bridge': InterfaceName & {
    station: InterfaceName;
    bridge: string;
    rightBridge: string;
    /** Who is on the right one. */
    mate: InterfaceName;
  };
}
