// Three-valued matching: whether a packet matches a rule is true, false, or unknown here.
import { covers, familyOf, parsePrefix } from '../netns/prefix.ts';
import type { FirewallPacket, Matching } from './ruleset.ts';

export function not(value: Matching): Matching {
  return value === undefined ? undefined : !value;
}

export function every(values: Iterable<Matching>): Matching {
  let result: Matching = true;
  for (const value of values) {
    if (value === false) return false;
    if (value === undefined) result = undefined;
  }
  return result;
}

export function some(values: Iterable<Matching>): Matching {
  let result: Matching = false;
  for (const value of values) {
    if (value === true) return true;
    if (value === undefined) result = undefined;
  }
  return result;
}

/** The ICMP types of the requested packets: nft's names, and their numbers. */
export function icmpTypes(packet: FirewallPacket): (string | number)[] {
  if (packet.tooBig) return packet.family === 4 ? ['destination-unreachable', 3] : ['packet-too-big', 2];
  if (packet.protocol === 'neighbour') {
    return packet.reply ? ['nd-neighbor-advert', 136] : ['nd-neighbor-solicit', 135];
  }
  if (packet.family === 6) return packet.reply ? ['echo-reply', 129] : ['echo-request', 128];
  return packet.reply ? ['echo-reply', 0] : ['echo-request', 8];
}

/** Names and number of the packet's transport protocol. */
export function protocolNames(packet: FirewallPacket): (string | number)[] {
  switch (packet.protocol) {
    case 'tcp':
      return ['tcp', 6];
    case 'udp':
      return ['udp', 17];
    case 'arp':
      return [];
    default:
      return packet.family === 4 ? ['icmp', 1] : ['ipv6-icmp', 'icmpv6', 58];
  }
}

/** The ports, undefined where they can't be told: the asker's own may not be known. */
export function portOf(packet: FirewallPacket, which: 'sport' | 'dport'): number | undefined {
  return (which === 'dport') !== packet.reply ? packet.port : packet.ownPort;
}

/** The TCP flags of the requested packets: the first of a connection, and its answer. */
export function tcpFlags(packet: FirewallPacket): string[] {
  return packet.reply ? ['syn', 'ack'] : ['syn'];
}

/** The state the connection tracker gives it. */
export function trackedState(packet: FirewallPacket): string {
  if (packet.untracked || packet.protocol === 'neighbour') return 'untracked';
  if (packet.tooBig) return 'related';
  // A TCP answer, or an echo reply, without its request starts no connection (nf_conntrack_proto_tcp.c, _icmp.c).
  if (packet.reply && packet.unanswered) return packet.protocol === 'udp' ? 'new' : 'invalid';
  return packet.reply ? 'established' : 'new';
}

/** Undefined for what is not a prefix: iptables takes masks with holes, as 10.0.0.0/255.0.255.0. */
export function addressIn(address: string, prefix: string): Matching {
  const family = familyOf(address);
  if (family === undefined) return false;
  const [text = '', length = '0'] = prefix.split('/');
  if (!/^\d{1,3}$/.test(length) || (familyOf(text) === undefined && !/^(default|all)$/.test(text)))
    return undefined;
  return covers(parsePrefix(prefix, family), address);
}
