// Frames of tunnels, tags and what they carry, made byte by byte.

export type Bytes = readonly number[];

const u16 = (value: number): Bytes => [(value >> 8) & 255, value & 255];
const u32 = (value: number): Bytes => [...u16(value >>> 16), ...u16(value & 0xffff)];

/** The words of an address: `10.1.0.10`, or `fd00:1:0:0:0:0:0:10` with all its groups. */
function address(text: string): Bytes {
  return text.includes(':')
    ? text.split(':').flatMap((group) => u16(Number.parseInt(group, 16)))
    : text.split('.').map(Number);
}

export function sum(bytes: Bytes): number {
  let total = 0;
  for (let i = 0; i < bytes.length; i += 2) total += (bytes[i] << 8) | (bytes[i + 1] ?? 0);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}

export interface Ends {
  source: string;
  destination: string;
}

/** An IPv4 or IPv6 packet, as the addresses are. */
export function ip(ends: Ends, protocol: number, payload: Bytes, { ttl = 64, id = 0 } = {}): Bytes {
  const source = address(ends.source);
  const destination = address(ends.destination);
  if (source.length === 16)
    return [0x60, 0, 0, 0, ...u16(payload.length), protocol, ttl, ...source, ...destination, ...payload];
  const first = [0x45, 0, ...u16(20 + payload.length), ...u16(id), 0x40, 0, ttl, protocol];
  const checksum = ~sum([...first, ...source, ...destination]) & 0xffff;
  return [...first, ...u16(checksum), ...source, ...destination, ...payload];
}

/** The transport segment with its checksum at `at`. */
function verified(ends: Ends, protocol: number, segment: Bytes, at: number): Bytes {
  const pseudo = [...address(ends.source), ...address(ends.destination), 0, protocol, ...u16(segment.length)];
  const checksum = ~sum([...pseudo, ...segment]) & 0xffff;
  return [...segment.slice(0, at), ...u16(checksum || 0xffff), ...segment.slice(at + 2)];
}

export function udp(ends: Ends, from: number, to: number, payload: Bytes): Bytes {
  const segment = [...u16(from), ...u16(to), ...u16(8 + payload.length), 0, 0, ...payload];
  return verified(ends, 17, segment, 6);
}

export function tcp(
  ends: Ends,
  from: number,
  to: number,
  { sequence = 0, acknowledgment = 0, flags = 16 },
  payload: Bytes = [],
): Bytes {
  const numbers = [...u32(sequence), ...u32(acknowledgment)];
  const segment = [...u16(from), ...u16(to), ...numbers, 0x50, flags, 1, 0, 0, 0, 0, 0, ...payload];
  return verified(ends, 6, segment, 16);
}

export const mac = (last: number): Bytes => [2, 0, 0, 0, 0, last];

export function ethernet(from: number, to: number, type: number, payload: Bytes): Bytes {
  return [...mac(to), ...mac(from), ...u16(type), ...payload];
}

/** The EtherType of an IP packet. */
export const typeOf = (packet: Bytes): number => (packet[0] >> 4 === 6 ? 0x86dd : 0x0800);

/** A tag (IEEE 802.1Q), and behind it what the type says. */
export const tagged = (id: number, type: number, payload: Bytes): Bytes => [
  ...u16(id),
  ...u16(type),
  ...payload,
];

export function arp(operation: number, from: string, to: string, sender: number, target: number): Bytes {
  const first = [...u16(1), ...u16(0x0800), 6, 4, ...u16(operation)];
  return [...first, ...mac(sender), ...address(from), ...mac(target), ...address(to)];
}

/** RFC 2784 and, with a key, RFC 2890. */
export const gre = (type: number, payload: Bytes, key?: number): Bytes =>
  key === undefined ? [0, 0, ...u16(type), ...payload] : [0x20, 0, ...u16(type), ...u32(key), ...payload];
export const vxlan = (id: number, frame: Bytes): Bytes => [8, 0, 0, 0, ...u32(id << 8), ...frame];
export const geneve = (id: number, frame: Bytes): Bytes => [0, 0, 0x65, 0x58, ...u32(id << 8), ...frame];
/** One label, the bottom of the stack. */
export const mpls = (label: number, payload: Bytes): Bytes => [...u32((label << 12) | 0x1ff), ...payload];

/** An error of ICMP (RFC 792) that quotes a packet: its header and eight bytes more. */
export function unreachable(code: number, quoted: Bytes): Bytes {
  const message = [3, code, 0, 0, 0, 0, 0, 0, ...quoted.slice(0, 28)];
  const checksum = ~sum(message) & 0xffff;
  return [3, code, ...u16(checksum), ...message.slice(4)];
}
