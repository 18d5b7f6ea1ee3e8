// Which of the captured packets are the probe's own, and its answers: by what no translation on the way changes.
import type { FoundNamespace } from '../netns/discover.ts';
import type { Captured } from './capture.ts';
import type { Decoded } from './decode.ts';
import { sameAddress } from './fib.ts';

/** One of the packets sent, by what its sender knows of it. */
export interface Flow {
  name: 'ping' | 'large' | 'fragments' | 'port' | 'more';
  protocol: 'icmp' | 'tcp' | 'udp';
  /** The asker's own port, of TCP and UDP. */
  port?: number;
  /** Bytes of the whole IP packet, of pings: distinguishes them. */
  size?: number;
  /** Of pings: milliseconds since 1970 before which none was sent. */
  since?: number;
}

/** What a packet is to the request. */
export type Role = 'request' | 'answer' | 'error' | 'resolving';

/** A packet, and where it was seen. */
export interface Tracked extends Decoded {
  here: FoundNamespace;
  dev: string;
}

export interface Sighting extends Captured {
  role: Role;
}

/** Milliseconds: what waits longer the kernel has dropped, and a stamp that is older is no time. */
const LONGEST_WAIT = 60_000;
const ECHO_REQUESTS = new Set([8, 128]);
const ECHO_REPLIES = new Set([0, 129]);

/**
 * The flow's packets in order of time. Its first are those that leave `asker` for `target`; TCP is then followed by its
 * sequence numbers, pings by what they carry, UDP by the asker's port.
 */
export function ownPackets<T extends Tracked>(
  packets: readonly T[],
  keys: ReadonlySet<string>,
  flow: Flow,
): (T & { role: Role })[] {
  return packets.flatMap((packet) => {
    const role = roleOf(packet, flow, keys);
    return role === undefined ? [] : [{ ...packet, role }];
  });
}

/** By what the flow's packets are known: of those that leave `asker` for `target`, or are dropped there. */
export function keysOf(packets: readonly Tracked[], flow: Flow, asker: number, target: string): Set<string> {
  const requests = new Set<string>();
  for (const packet of packets) {
    if (packet.here.inode !== asker || packet.target === undefined || !sameAddress(packet.target, target))
      continue;
    const key = requestKey(packet, flow);
    if (key !== undefined) requests.add(key);
  }
  return requests;
}

function requestKey(packet: Tracked, { name, protocol, port, size, since }: Flow): string | undefined {
  if (protocol === 'icmp') {
    const { icmp } = packet;
    if (icmp === undefined || !ECHO_REQUESTS.has(icmp.type)) return undefined;
    if (name === 'fragments' ? packet.fragment !== true : packet.fragment || packet.size !== size)
      return undefined;
    // Pings of an earlier run may have waited for a neighbour's address, and leave now with a source of that time.
    const sent = timeOf(icmp.stamp);
    if (since !== undefined && sent !== undefined && sent < since && since - sent < LONGEST_WAIT)
      return undefined;
    return echoKey(icmp);
  }
  if (packet.sourcePort !== port) return undefined;
  if (protocol === 'udp') return packet.protocol === 17 ? String(port) : undefined;
  return packet.tcp === undefined ? undefined : String(packet.tcp.sequence);
}

/** Milliseconds since 1970 in a ping's payload, a struct timeval of 64 bits each; undefined for anything else. */
function timeOf(stamp: string): number | undefined {
  const bytes = Buffer.from(stamp, 'hex');
  if (bytes.length < 12) return undefined;
  const [seconds, microseconds] = [bytes.readBigInt64LE(0), bytes.readUInt32LE(8)];
  return microseconds < 1e6 ? Number(seconds) * 1000 + microseconds / 1000 : undefined;
}

function echoKey({ id, sequence, stamp }: { id: number; sequence: number; stamp: string }): string {
  return `${id} ${sequence} ${stamp}`;
}

function roleOf(packet: Tracked, { protocol, port }: Flow, requests: ReadonlySet<string>): Role | undefined {
  const { about } = packet;
  if (about !== undefined) {
    const quoted =
      protocol === 'tcp'
        ? about.tcp !== undefined && requests.has(String(about.tcp.sequence))
        : protocol === 'udp'
          ? about.protocol === 17 && about.sourcePort === port
          : about.icmp !== undefined &&
            [...requests].some((key) => key.startsWith(`${about.icmp!.id} ${about.icmp!.sequence} `));
    return quoted ? 'error' : undefined;
  }
  if (packet.resolving !== undefined) return 'resolving';
  if (protocol === 'icmp') {
    const { icmp } = packet;
    if (icmp === undefined || !requests.has(echoKey(icmp))) return undefined;
    return ECHO_REQUESTS.has(icmp.type) ? 'request' : ECHO_REPLIES.has(icmp.type) ? 'answer' : undefined;
  }
  if (protocol === 'udp') {
    if (packet.protocol !== 17 || requests.size === 0) return undefined;
    return packet.sourcePort === port ? 'request' : packet.targetPort === port ? 'answer' : undefined;
  }
  const { tcp } = packet;
  if (tcp === undefined) return undefined;
  // A SYN's number is taken up by the SYN-ACK and the RST that answer it (RFC 9293, 3.5).
  if (requests.has(String(tcp.sequence)) && (tcp.flags & 0x12) === 0x02) return 'request';
  if (requests.has(String((tcp.acknowledgment - 1) >>> 0)) && (tcp.flags & 0x10) !== 0) return 'answer';
  return undefined;
}
