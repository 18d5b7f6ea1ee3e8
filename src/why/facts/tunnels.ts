// What findings about VXLANs and VLAN interfaces say.
import type { InterfaceName } from './names.ts';

interface WrongEntry {
  /** `bridge`: a bridge sends frames out of the wrong port; `vxlan`: a VXLAN to the wrong host; `no-default`: to none. */
  kind: 'bridge' | 'vxlan' | 'no-default';
  mac?: string;
  owner?: InterfaceName;
  /** The port, or the host, that the entry names. */
  leadsTo?: string;
  /** The right port. */
  right?: string;
  /** The namespace at the far end. */
  far?: string;
  /** The hosts that default entries name. */
  defaults?: readonly string[];
}

export interface TunnelFacts {
  'fdb-entry-wrong': InterfaceName & WrongEntry;
  'vlan-id-mismatch': InterfaceName & {
    kind: 'vlan' | 'vxlan';
    id: string;
    other: InterfaceName;
    otherId: string;
  };
  'vxlan-local-wrong': InterfaceName & { local: string; right?: string };
  'vxlan-port-mismatch': InterfaceName & { port: number; other: InterfaceName; otherPort: number };
  'vxlan-remote-wrong': InterfaceName & { remote: string; far: string; right?: string };
}
