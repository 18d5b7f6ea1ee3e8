// What each finding says, by its code: plain data, of which report/why/ makes sentences.
import type { FindingCode } from '../codes.ts';
import type { AddressFacts } from './addresses.ts';
import type { BridgeFacts } from './bridges.ts';
import type { LinkFacts } from './links.ts';
import type { InterfaceName } from './names.ts';
import type { NeighbourFacts } from './neighbours.ts';
import type { NetfilterFacts } from './netfilter.ts';
import type { QueueFacts } from './queues.ts';
import type { RouteFacts } from './routes.ts';
import type { ServerFacts } from './servers.ts';
import type { TunnelFacts } from './tunnels.ts';

/** The facts of each code of a finding of `why`, as plain data. */
export interface FindingFacts
  extends AddressFacts,
    BridgeFacts,
    LinkFacts,
    NeighbourFacts,
    NetfilterFacts,
    QueueFacts,
    RouteFacts,
    ServerFacts,
    TunnelFacts {
  'fragmentation-needed-lost': InterfaceName & {
    /** It is the route out of the interface that is narrow. */
    route: boolean;
    mtu: number;
    /** The router that reports. */
    router: string;
    family: 4 | 6;
    /** What loses the report; absent: not known. */
    lostBy?: Diagnosis;
  };
  'fragments-dropped': {
    target: string;
    /** What drops them; absent: not known. */
    droppedBy?: Diagnosis;
  };
  'large-packets-lost': { target: string };
  'mtu-mismatch': InterfaceName & { mtu: number; sender: InterfaceName; senderMtu: number };
}

/** The packets a finding is about, if not the requested ones themselves: innermost first. */
export type FindingContext =
  | (InterfaceName & {
      /** Those of a VXLAN, on their way to its remote end. */
      kind: 'tunnel';
      remote: string;
    })
  | {
      /** Those of some connections: several next hops share them. */
      kind: 'some-connections';
    };

/** A finding: a code, its facts, and `context` if it is about packets other than the requested ones. */
export type Diagnosis = { context?: readonly FindingContext[] } & {
  [Code in FindingCode]: { code: Code; facts: FindingFacts[Code] };
}[FindingCode];
