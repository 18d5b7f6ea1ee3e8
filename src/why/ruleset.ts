// Rules and chains of a firewall, and the packet fields they match: one model for nft and both kinds of iptables.

/** A hook of netfilter, as nft names it. */
export type Hook = 'ingress' | 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | 'egress';

/** The packet fields that rules match, by nft's names. */
export interface FirewallPacket {
  family: 4 | 6;
  layer: 'inet' | 'bridge' | 'arp';
  source: string;
  target: string;
  protocol: 'icmp' | 'tcp' | 'udp' | 'arp' | 'neighbour';
  /** Destination port of the request's direction: source port of a reply. */
  port?: number;
  /** Runs from target to source of the connection. */
  reply: boolean;
  /** Name of the interface it came in by, and goes out by. */
  iif?: string;
  oif?: string;
  macs?: { source: string; target: string };
  /** The connection tracker was told to leave it alone (notrack). */
  untracked?: boolean;
  /** The connection tracker has not seen what this answers: of TCP and ICMP it is invalid to it, of UDP new. */
  unanswered?: boolean;
  /** What was translated of the connection: its target (dnat), its source (snat). */
  status?: readonly ('dnat' | 'snat')[];
  /** Address and port that the connection was made to, before any translation. */
  original?: { target: string; port?: number };
  /** The packet's mark; 0 unless a rule sets it. */
  mark?: number;
  /** The mark of its connection (ct mark); undefined: can't be told. */
  connectionMark?: number;
  ttl?: number;
  /** Bytes of the IP packet. */
  size?: number;
  /** The asker's own port. */
  ownPort?: number;
  /** A fragment, and not the whole packet. */
  fragment?: boolean;
  /** A report that a packet was too large (ICMP, RFC 792 and 1191; ICMPv6, RFC 4443), not one of the requested packets. */
  tooBig?: boolean;
  /** Of what kind an address is to this namespace: `local`, `unicast`, `broadcast`, `multicast`; undefined: can't be told. */
  addressType?(address: string): string | undefined;
}

/** True, false, or undefined: can't be told from here. */
export type Matching = boolean | undefined;

export type Action =
  | { kind: 'accept' | 'drop' | 'reject' | 'return' | 'none' | 'notrack' | 'steal' }
  | { kind: 'jump' | 'goto'; chain: string }
  /** `redirect`: to the namespace itself. `untold`: one of several addresses, and which is known only afterwards. */
  | { kind: 'dnat' | 'snat'; address?: string; port?: number; redirect?: boolean; untold?: boolean }
  /** `value` where the bits of `mask` are set: mark, mark of the connection, or time to live. */
  | { kind: 'mark' | 'connection-mark' | 'ttl'; value: number; mask?: number }
  /** Another address without the connection tracker's knowledge: answers are not set right. */
  | { kind: 'rewrite'; field: 'saddr' | 'daddr'; address: string }
  | { kind: 'rewrite'; field: 'dport'; port: number };

export interface FirewallRule {
  /** nft's handle; undefined for iptables rules of the legacy kind. */
  handle?: number;
  /** As the tool prints it. */
  text: string;
  matches(packet: FirewallPacket): Matching;
  /** In order, to the first that ends the rule. Each may depend on the packet as those before it left it (verdict maps). */
  actions: readonly ((packet: FirewallPacket) => Action)[];
  /** Packets counted, where the rule counts. */
  packets?: number;
  /** Packets counted since the first look. */
  moved?: number;
  /** It takes one connection otherwise than the next: by chance, by turns, by a hash, or to one address of a range. */
  divides?: true;
  /** The command that deletes it, less the part that enters the namespace. */
  deletion: readonly string[];
}

export interface Chain {
  /** nft's family: ip, ip6, inet, arp, bridge, netdev. */
  family: string;
  table: string;
  name: string;
  tool: 'nft' | 'iptables' | 'ip6tables' | 'iptables-legacy' | 'ip6tables-legacy';
  type?: string;
  hook?: Hook;
  priority: number;
  policy: 'accept' | 'drop';
  /** Packets that came to the policy, where that is counted. */
  policyPackets?: number;
  policyMoved?: number;
  /** netdev chains: the interfaces they are on. */
  devices: string[];
  rules: FirewallRule[];
}

export interface Firewall {
  chains: Chain[];
  legacy4: boolean;
  legacy6: boolean;
  /** Why part of it could not be read. */
  problem?: string;
}
