// What findings about packet filters, translation and IPsec policies say.
import type { Hook } from '../ruleset.ts';
import type { ChainName, PacketName, ProbePacket } from './names.ts';

/** Who says that a packet is stopped: the rules as they were read, or the kernel by its report of a drop. */
type Stopped = { netns: string; chain: ChainName } & (
  | { by: 'rules'; verdict: 'drops' | 'rejects'; packet: PacketName; hook: Hook }
  | { by: 'kernel'; packet: ProbePacket }
);

interface Translated {
  /**
   * `source`: to one that is not the namespace's own; `taken`: the target is another's; `no-owner`: no interface has the new
   * target; `not-listening`: nothing listens there.
   */
  kind: 'source' | 'taken' | 'no-owner' | 'not-listening';
  netns: string;
  packet: PacketName;
  /** The new address, and port. */
  address: string;
  port?: number;
  chain: ChainName;
  handle?: number;
  rule: string;
  /** Where the packets arrive. */
  server?: string;
  /** The address, or the port, at which a socket listens. */
  rightAddress?: string;
  rightPort?: number;
}

export interface NetfilterFacts {
  'answer-not-translated': {
    /** The namespace that translated the request. */
    netns: string;
    before: string;
    after: string;
    /** Where the answers come from. */
    source: string;
    asker: string;
    server: string;
    /** Without the connection tracker: no answer is set right. */
    stateless: boolean;
    /** The table with the rule. */
    table?: string;
  };
  'firewall-policy': Stopped & {
    /** What the kernel says of the chain's end. */
    rule?: string;
  };
  'firewall-rule': Stopped & { handle?: number; rule: string };
  'ipsec-policy': {
    netns: string;
    source: string;
    destination: string;
    direction: 'out' | 'in' | 'fwd';
    action: 'block' | 'encrypt';
  };
  'translation-skipped': {
    netns: string;
    packet: PacketName;
    chain: ChainName;
    /** The rule that keeps the packet from being tracked. */
    rule: string;
    /** The rule that would have translated it. */
    skipped: string;
  };
  translated: Translated;
}
