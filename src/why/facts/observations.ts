// What shows a finding, as plain data: what the kernel, its tools and the probe's packets said.
import type { ObservationCode } from '../codes.ts';
import type { ChainName, InterfaceName, ProcessName } from './names.ts';

/** The facts of each code of an observation of `why`, as plain data. */
export interface ObservationFacts {
  /** Connections that wait to be accepted, and how many may. */
  'accept-queue': { netns: string; port: number; waiting: number; backlog?: number };
  /** What `ip address` lists. */
  /** An answer that came in at the asker's. */
  'answer-captured': InterfaceName & { source: string; port: number };
  address: InterfaceName & {
    address: string;
    /** Duplicate address detection (RFC 4862, 5.4) failed. */
    isDuplicate: boolean;
  };
  /** A flag of a bridge port, of `bridge -d link`. */
  'bridge-port-flag': InterfaceName & {
    flag: 'isolated' | 'locked' | 'mcast_flood' | 'bcast_flood' | 'flood';
    isOn: boolean;
  };
  'bridge-port-state': InterfaceName & { state: string };
  carrier: InterfaceName & { carrier: boolean };
  'chain-policy': {
    netns: string;
    chain: ChainName;
    policy: 'drop';
    /** Packets that came to the policy during the probe; absent: not counted. */
    packets?: number;
  };
  /** The error of connect(2). */
  'connect-error': { netns: string; error: string };
  'connection-reset': { target: string; port: number | undefined };
  'connections-failed': { failed: number; total: number; error: string };
  /** A counter of the kernel that moved during the probe. */
  counter: { netns: string; counter: string; count: number };
  /** Payload that was sent in a connection and never acknowledged. */
  'data-lost': { bytes: number };
  /** A port or host that a forwarding entry of a bridge or a VXLAN names. */
  'fdb-entry': InterfaceName & { mac: string; port?: string; state?: string; destination?: string };
  /** The hosts that the default entries of a VXLAN name. */
  'fdb-default': InterfaceName & { destinations: readonly string[] };
  'fdb-entry-absent': InterfaceName & { mac: string };
  'fragmented-ping-lost': { size: number; outcome: string };
  'interface-address': InterfaceName & { mac: string };
  'interface-flags': InterfaceName & { flags: readonly string[] };
  'interface-master': InterfaceName & { master: string };
  'interface-state': InterfaceName & { state: string };
  'interface-unused': InterfaceName;
  'ipsec-policy': { netns: string; source: string; destination: string; direction: string; action: string };
  /** The kernel's own report of a drop. */
  'kernel-drop': { netns: string; function?: string; reason: string };
  'large-ping-lost': {
    size: number;
    /** What ping said. */
    outcome?: string;
    /** The namespace that sent it, where it was sent from the other end. */
    netns?: string;
  };
  /** Sockets that listen: all of the protocol, or those on the port. */
  listeners: {
    netns: string;
    protocol: 'tcp' | 'udp';
    /** Absent: none of them is on the port. */
    port?: number;
    sockets: readonly { address: string; port: number; device?: string }[];
    process?: ProcessName;
  };
  'lookup-rule-absent': { netns: string; family: 4 | 6; table: string };
  'macvlan-mode': InterfaceName & {
    mode: string;
    /** In source mode: the link-layer addresses of senders that are accepted. */
    allowed?: readonly string[];
  };
  'neighbour-entry': InterfaceName & { address: string; mac: string; state: readonly string[] };
  'no-address': { netns: string };
  'no-interface': { netns: string };
  'no-owner': { netns: string; address: string };
  'no-route': { netns: string; target: string };
  'no-source-address': InterfaceName;
  'only-way-back': { netns: string; target: string };
  /** The namespaces that a packet or its answer (`reply`) passes. */
  path: { reply: boolean; namespaces: readonly string[] };
  'pings-answered': Record<never, never>;
  'process-state': { process: number; state: string };
  /** The VLANs of untagged frames of two ports of a bridge; absent: none. */
  pvids: InterfaceName & { other: string; vlan?: number; otherVlan?: number };
  qdisc: InterfaceName & { qdisc: string; handle: string; dropped: number };
  route: {
    netns: string;
    table: string;
    type: string;
    route: string;
    interface?: string;
    hoplimit?: number;
  };
  /** The kernel's answer to `ip route get`: an error, or where packets leave. */
  'route-lookup': {
    netns: string;
    target: string;
    source?: string;
    /** The interface that the packet came in by. */
    arrivesBy?: string;
    error?: string;
    gateway?: string;
    interface?: string;
  };
  rule: {
    netns: string;
    chain: ChainName;
    handle?: number;
    rule: string;
    /** Packets that the rule counted during the probe; absent: it does not count. */
    packets?: number;
  };
  'same-link': InterfaceName & { others: readonly InterfaceName[] };
  setting: {
    netns: string;
    /** A name of sysctl(8). */
    setting: string;
    value: string;
    /** The value is the larger of this interface's setting and that of `all` (ip-sysctl). */
    largerOfAll?: true;
  };
  /** Packets that a socket dropped since it was made, though no counter of the kernel moved. */
  'socket-drops': { netns: string; protocol: 'tcp' | 'udp'; port: number | undefined; drops: number };
  /** Bytes of a socket's receive buffer that are in use, and that it may have. */
  'socket-memory': { netns: string; port: number; used: number; limit: number };
  /** All others on the link of an interface. */
  stations: InterfaceName & { stations: readonly (InterfaceName & { address?: string })[] };
  'tc-filter': InterfaceName & { direction: 'ingress' | 'egress' };
  'vxlan-ports': InterfaceName & { port: number; other: InterfaceName; otherPort: number };
  'way-to': InterfaceName & { target: string };
  'xdp-program': InterfaceName;
}

/** What shows a finding: a code, and the facts that go with it. */
export type Observation = {
  [Code in ObservationCode]: { code: Code; facts: ObservationFacts[Code] };
}[ObservationCode];
