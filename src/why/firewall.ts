// The firewall of one namespace: nft rulesets and both kinds of iptables, in one shape.
import { NscapError } from '../errors.ts';
import { attemptInside } from '../netns/inside.ts';
import type { Namespace } from '../netns/namespace.ts';
import { firewallTables } from '../netns/settings.ts';
import { chainsFromSave } from './iptables.ts';
import { addDevices, chainsFromNft } from './nft.ts';

export type Hook = 'ingress' | 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | 'egress';

/** What a rule looks at. Names are those of nft. */
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
  ttl?: number;
  /** Bytes of the IP packet. */
  size?: number;
  /** The asker's own port. */
  ownPort?: number;
  /** A fragment, and not the whole packet. */
  fragment?: boolean;
  /** A report that a packet was too large (ICMP, RFC 792 and 1191; ICMPv6, RFC 4443), and none of the packets asked about. */
  tooBig?: boolean;
  /** Of what kind an address is to this namespace: `local`, `unicast`, `broadcast`, `multicast`; undefined: can't be told. */
  addressType?(address: string): string | undefined;
}

/** True, false, or undefined: can't be told from here. */
export type Matching = boolean | undefined;

export type Action =
  | { kind: 'accept' | 'drop' | 'reject' | 'return' | 'none' | 'notrack' | 'steal' }
  | { kind: 'jump' | 'goto'; chain: string }
  /** `redirect`: to the namespace itself. */
  | { kind: 'dnat' | 'snat'; address?: string; port?: number; redirect?: boolean }
  /** `value` where the bits of `mask` are set: mark, or time to live. */
  | { kind: 'mark' | 'ttl'; value: number; mask?: number }
  /** Another address without the connection tracker's knowledge: answers are not set right. */
  | { kind: 'rewrite'; field: 'saddr' | 'daddr'; address: string };

export interface FirewallRule {
  /** nft's handle; undefined for iptables rules of the legacy kind. */
  handle?: number;
  /** As the tool prints it. */
  text: string;
  matches(packet: FirewallPacket): Matching;
  /** May depend on the packet (verdict maps). */
  action(packet: FirewallPacket): Action;
  /** Packets counted, where the rule counts. */
  packets?: number;
  /** Packets counted since the first look. */
  moved?: number;
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

/** Reads all of it. `legacy4` and `legacy6` say whether the old kernel tables are in use: asking would make them. */
export async function readFirewall(
  namespace: Namespace,
  legacy4: boolean,
  legacy6: boolean,
): Promise<Firewall> {
  const tables = firewallTables(namespace);
  const [nft, four, six] = await Promise.all([
    tables?.length === 0 ? undefined : ask(namespace, ['nft', '-j', 'list', 'ruleset']),
    legacy4 ? ask(namespace, ['iptables-legacy-save', '-c']) : undefined,
    legacy6 ? ask(namespace, ['ip6tables-legacy-save', '-c']) : undefined,
  ]);
  const firewall: Firewall = { chains: [], legacy4, legacy6 };
  if (nft?.text !== undefined) {
    const { chains, foreign } = chainsFromNft(nft.text);
    if (chains.some((chain) => /gress$/.test(chain.hook ?? '') && chain.devices.length === 0)) {
      const text = await ask(namespace, ['nft', 'list', 'ruleset']);
      if (text.text !== undefined) addDevices(chains, text.text);
    }
    // Rules that iptables-nft made may hold matches that nft can't tell about: its own listing does.
    for (const family of foreign) {
      const tool = family === 'ip' ? 'iptables' : 'ip6tables';
      const saved = await ask(namespace, [`${tool}-nft-save`, '-c']);
      if (saved.text !== undefined) replaceTables(chains, chainsFromSave(saved.text, tool));
    }
    firewall.chains.push(...chains);
  } else if (nft?.problem !== undefined) firewall.problem = nft.problem;
  else if (nft !== undefined && tables !== undefined) firewall.problem = 'the program nft is not installed';
  if (four?.text !== undefined) firewall.chains.push(...chainsFromSave(four.text, 'iptables-legacy'));
  if (six?.text !== undefined) firewall.chains.push(...chainsFromSave(six.text, 'ip6tables-legacy'));
  return firewall;
}

/** Notes in `after` how far each counter moved since `before`. */
export function compareCounters(before: Firewall, after: Firewall): void {
  const chains = new Map(before.chains.map((chain) => [key(chain), chain]));
  for (const chain of after.chains) {
    const earlier = chains.get(key(chain));
    if (earlier === undefined) continue;
    if (chain.policyPackets !== undefined && earlier.policyPackets !== undefined) {
      chain.policyMoved = chain.policyPackets - earlier.policyPackets;
    }
    for (const [at, rule] of chain.rules.entries()) {
      const same = earlier.rules[at];
      if (rule.packets === undefined || same?.packets === undefined || same.text !== rule.text) continue;
      rule.moved = rule.packets - same.packets;
    }
  }
}

function key(chain: Chain): string {
  return JSON.stringify([chain.tool, chain.family, chain.table, chain.name]);
}

/** Puts what the one tool says in place of what the other said of the same tables; keeps nft's handles. */
function replaceTables(chains: Chain[], better: Chain[]): void {
  for (const chain of better) {
    const at = chains.findIndex(
      (one) => one.family === chain.family && one.table === chain.table && one.name === chain.name,
    );
    if (at < 0) continue;
    const old = chains[at]!;
    if (old.rules.length !== chain.rules.length) continue;
    for (const [index, rule] of chain.rules.entries()) {
      const { handle } = old.rules[index]!;
      if (handle !== undefined) rule.handle = handle;
    }
    chains[at] = { ...chain, priority: old.priority };
  }
}

async function ask(namespace: Namespace, argv: string[]): Promise<{ text?: string; problem?: string }> {
  try {
    const result = await attemptInside(namespace, argv);
    if (result.status === 0) return { text: result.stdout };
    return { problem: `${argv[0]}: ${result.stderr.trim().split('\n')[0]}` };
  } catch (error) {
    // Without the tool there is no rule of its kind either, as a rule.
    if (error instanceof NscapError && error.code === 'MISSING_TOOL') return {};
    throw error;
  }
}
