// What a packet's changes and losses are called.
import { endpointText, ipv4Text, ipv6Text } from '../../base/address.ts';
import type { DropEvent } from '../../drops/event.ts';
import { ruleText } from '../../drops/nft/listing.ts';
import { IP_WRONG, WRONG } from '../../trace/checksums.ts';
import type { Path } from '../../trace/path.ts';
import * as path from '../../trace/path.ts';
import type { Trace } from '../../trace/trace.ts';
import * as ipProtocol from '../../wire/registry/ip-protocols.ts';
import * as ports from '../../wire/registry/ports.ts';
import { flagLetters } from './tcp-flags.ts';

const OPTIONS: Record<number, string> = {
  2: 'MSS',
  3: 'window scale',
  4: 'SACK permitted',
  5: 'SACK',
  8: 'timestamps',
  19: 'MD5 signature',
  28: 'user timeout',
  29: 'authentication',
  30: 'MPTCP',
  34: 'Fast Open',
};

/** Source (or else destination) of a flow, as `10.1.0.10:40112`. */
function flowEnd(trace: Trace, flow: number, source: boolean): string {
  const ends = trace.flows.endpoints(flow);
  const words = source ? ends.source : ends.destination;
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < 4; i++) view.setInt32(4 * i, words[i]);
  const address = ends.isIpv6 ? ipv6Text(bytes) : ipv4Text(bytes);
  const port = source ? ends.sourcePort : ends.destinationPort;
  // Of an echo it is the identifier, which both ends have.
  const hasPorts = ends.protocol !== ipProtocol.ICMP && ends.protocol !== ipProtocol.ICMPV6;
  return port === 0 || !hasPorts ? address : endpointText(address, port);
}

/** `TCP 10.1.0.10:40112 → 10.2.0.20:80` */
export function flowText(trace: Trace, flow: number): string {
  const name = protocolName(trace.flows.endpoints(flow).protocol);
  return `${name} ${flowEnd(trace, flow, true)} → ${flowEnd(trace, flow, false)}`;
}

export function protocolName(protocol: number): string {
  switch (protocol) {
    case ipProtocol.TCP:
      return 'TCP';
    case ipProtocol.UDP:
      return 'UDP';
    case ipProtocol.ICMP:
      return 'ICMP';
    case ipProtocol.ICMPV6:
      return 'ICMPv6';
    case ipProtocol.SCTP:
      return 'SCTP';
    case ipProtocol.ESP:
      return 'ESP';
    case 0x806:
      return 'ARP';
  }
  return `IP protocol ${protocol}`;
}

/** What changed on the way to sighting `k`, as `ttl 64→63`. */
export function changeTexts(trace: Trace, way: Path, k: number): string[] {
  const mask = way.changes[k];
  if (mask === 0) return [];
  const texts: string[] = [];
  const value = (bit: number, name: string, column: ArrayLike<number>) => {
    if ((mask & bit) !== 0) texts.push(`${name} ${column[k - 1]}→${column[k]}`);
  };
  value(path.CHANGED_TTL, 'ttl', way.ttl);
  for (const [bit, name, source] of [
    [path.CHANGED_SOURCE, 'src', true],
    [path.CHANGED_DESTINATION, 'dst', false],
  ] as const) {
    if ((mask & bit) === 0) continue;
    const [before, after] = [way.flow[k - 1], way.flow[k]].map((flow) => flowEnd(trace, flow, source));
    if (before !== after) texts.push(`${name} ${before}→${after}`);
  }
  if ((mask & path.CHANGED_DSCP) !== 0) texts.push(`dscp ${way.tos[k - 1] >> 2}→${way.tos[k] >> 2}`);
  if ((mask & path.CHANGED_ECN) !== 0) texts.push(`ecn ${way.tos[k - 1] & 3}→${way.tos[k] & 3}`);
  value(path.CHANGED_MSS, 'mss', way.mss);
  if ((mask & path.CHANGED_OPTIONS) !== 0) texts.push(...optionTexts(way.options[k - 1], way.options[k]));
  value(path.CHANGED_WINDOW, 'window', way.window);
  value(path.CHANGED_VLAN, 'vlan', way.vlan);
  if ((mask & path.CHANGED_TUNNEL) !== 0) {
    if (way.tunnel[k - 1] !== 0) texts.push(`out of ${tunnelName(way.tunnel[k - 1])}`);
    if (way.tunnel[k] !== 0) texts.push(`into ${tunnelName(way.tunnel[k])}`);
  }
  if ((mask & path.CHANGED_FLAGS) !== 0)
    texts.push(`flags ${flagLetters(way.tcpFlags[k - 1])}→${flagLetters(way.tcpFlags[k])}`);
  value(path.CHANGED_ID, 'id', way.ipId);
  if ((mask & path.CHANGED_FRAGMENTS) !== 0)
    texts.push(way.segments[k] > 1 || way.merged[k] <= 1 ? 'fragmented' : 'reassembled');
  if ((mask & path.CHANGED_SEQUENCE) !== 0) texts.push('other sequence numbers');
  if ((mask & path.CHANGED_PAYLOAD) !== 0) texts.push('payload altered');
  if ((mask & path.CHANGED_CHECKSUM) !== 0)
    texts.push(...checksumTexts(way.checksum[k - 1], way.checksum[k]));
  return texts;
}

/** `checksum made wrong` */
function checksumTexts(before: number, after: number): string[] {
  const texts: string[] = [];
  if (((before ^ after) & IP_WRONG) !== 0)
    texts.push(`IP checksum made ${(after & IP_WRONG) === 0 ? 'right' : 'wrong'}`);
  if (((before ^ after) & WRONG) !== 0)
    texts.push(`checksum made ${(after & WRONG) === 0 ? 'right' : 'wrong'}`);
  return texts;
}

function optionTexts(before: number, after: number): string[] {
  const names = (mask: number) =>
    Array.from({ length: 32 }, (_, kind) => kind)
      .filter((kind) => ((mask >>> kind) & 1) !== 0)
      .map((kind) => OPTIONS[kind] ?? (kind === 31 ? 'another' : String(kind)))
      .join(', ');
  const texts: string[] = [];
  if ((before & ~after) !== 0) texts.push(`options stripped: ${names(before & ~after)}`);
  if ((after & ~before) !== 0) texts.push(`options added: ${names(after & ~before)}`);
  return texts;
}

/** A tunnel as `Path.tunnel` has it. */
function tunnelName(tunnel: number): string {
  const protocol = tunnel >>> 16;
  switch (protocol) {
    case ipProtocol.IPV4:
      return 'IPIP';
    case ipProtocol.IPV6:
      return 'IPv6 in IP';
    case ipProtocol.GRE:
      return 'GRE';
    case ipProtocol.MPLS:
      return 'MPLS in IP';
    case ipProtocol.AH:
      return 'AH';
  }
  if (protocol !== ipProtocol.UDP) return `IP protocol ${protocol}`;
  switch (tunnel & 0xffff) {
    case ports.VXLAN:
      return 'VXLAN';
    case ports.VXLAN_GPE:
      return 'VXLAN-GPE';
    case ports.GENEVE:
      return 'Geneve';
    case ports.GTP_U:
      return 'GTP-U';
    case ports.L2TP:
      return 'L2TP';
  }
  return `UDP port ${tunnel & 0xffff}`;
}

/** Why a packet was lost, as far as that is known: `NETFILTER_DROP in nft_do_chain, nft rule inet filter forward handle 5`. */
export function dropText({ reason, function: functionName, rule }: DropEvent): string {
  const by = functionName === undefined ? '' : ` in ${functionName}`;
  return `${reason ?? 'reason unknown'}${by}${rule === undefined ? '' : `, nft rule ${ruleText(rule)}`}`;
}
