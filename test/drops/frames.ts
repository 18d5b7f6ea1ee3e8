// Frames made by hand, right or wrong as a test wants them.
import { isIPv6 } from 'node:net';

export interface Ipv4Fields {
  source: string;
  destination: string;
  protocol: number;
  payload: Buffer;
  ttl?: number;
  id?: number;
  /** Flags and fragment offset in units of eight bytes. */
  fragment?: number;
  /** Bytes of the header to overwrite after its checksum, by offset. */
  patch?: Record<number, number>;
}

export function mac(text: string): Buffer {
  return Buffer.from(text.replaceAll(':', ''), 'hex');
}

export function ethernet(destination: string, source: string, type: number, payload: Buffer): Buffer {
  const header = Buffer.concat([mac(destination), mac(source), Buffer.from([type >> 8, type & 0xff])]);
  return Buffer.concat([header, payload, Buffer.alloc(Math.max(46 - payload.length, 0))]);
}

export function ipv4(fields: Ipv4Fields): Buffer {
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(20 + fields.payload.length, 2);
  header.writeUInt16BE(fields.id ?? 1, 4);
  header.writeUInt16BE(fields.fragment ?? 0, 6);
  header[8] = fields.ttl ?? 64;
  header[9] = fields.protocol;
  address(fields.source).copy(header, 12);
  address(fields.destination).copy(header, 16);
  header.writeUInt16BE(checksum(header), 10);
  for (const [at, value] of Object.entries(fields.patch ?? {})) header[Number(at)] = value;
  return Buffer.concat([header, fields.payload]);
}

export function ipv6(source: string, destination: string, next: number, payload: Buffer, hops = 64): Buffer {
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header.writeUInt16BE(payload.length, 4);
  header[6] = next;
  header[7] = hops;
  address(source).copy(header, 8);
  address(destination).copy(header, 24);
  return Buffer.concat([header, payload]);
}

export function udp(
  source: string,
  destination: string,
  ports: [number, number],
  payload: Buffer,
  wrong: { checksum?: boolean; length?: number } = {},
): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(ports[0], 0);
  header.writeUInt16BE(ports[1], 2);
  header.writeUInt16BE(wrong.length ?? 8 + payload.length, 4);
  const datagram = Buffer.concat([header, payload]);
  const sum = transportChecksum(source, destination, 17, datagram);
  datagram.writeUInt16BE(wrong.checksum ? sum ^ 0x5555 : sum, 6);
  return datagram;
}

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const PSH = 8;
export const ACK = 16;

export interface Segment {
  ports: [number, number];
  sequence: number;
  acknowledgment?: number;
  flags: number;
  window?: number;
  /** Padded to four bytes by whoever makes them. */
  options?: Buffer;
  payload?: Buffer;
  wrongChecksum?: boolean;
}

export function tcp(source: string, destination: string, segment: Segment): Buffer {
  const options = segment.options ?? Buffer.alloc(0);
  const header = Buffer.alloc(20);
  header.writeUInt16BE(segment.ports[0], 0);
  header.writeUInt16BE(segment.ports[1], 2);
  header.writeUInt32BE(segment.sequence >>> 0, 4);
  header.writeUInt32BE((segment.acknowledgment ?? 0) >>> 0, 8);
  header[12] = ((20 + options.length) / 4) << 4;
  header[13] = segment.flags;
  header.writeUInt16BE(segment.window ?? 65535, 14);
  const bytes = Buffer.concat([header, options, segment.payload ?? Buffer.alloc(0)]);
  const sum = transportChecksum(source, destination, 6, bytes);
  bytes.writeUInt16BE(segment.wrongChecksum ? sum ^ 0x5555 : sum, 16);
  return bytes;
}

/** ICMP (with addresses ICMPv6) with a right checksum. */
export function icmp(type: number, code: number, rest: Buffer, addresses?: [string, string]): Buffer {
  const bytes = Buffer.concat([Buffer.from([type, code, 0, 0]), rest]);
  const sum =
    addresses === undefined ? checksum(bytes) : transportChecksum(addresses[0], addresses[1], 58, bytes);
  bytes.writeUInt16BE(sum, 2);
  return bytes;
}

function transportChecksum(source: string, destination: string, protocol: number, bytes: Buffer): number {
  const pseudo = Buffer.alloc(8);
  pseudo.writeUInt32BE(bytes.length, 0);
  pseudo.writeUInt32BE(protocol, 4);
  return checksum(Buffer.concat([address(source), address(destination), pseudo, bytes])) || 0xffff;
}

function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += (bytes[at] << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** An IPv4 or IPv6 address in bytes. */
export function address(text: string): Buffer {
  if (!isIPv6(text)) return Buffer.from(text.split('.').map(Number));
  const [before, after] = text.split('::').map((half) => half.split(':').filter(Boolean)) as [
    string[],
    string[] | undefined,
  ];
  const missing = 8 - before.length - (after?.length ?? 0);
  const groups = [...before, ...Array<string>(after === undefined ? 0 : missing).fill('0'), ...(after ?? [])];
  return Buffer.concat(
    groups.map((group) => {
      const value = Number.parseInt(group, 16);
      return Buffer.from([value >> 8, value & 0xff]);
    }),
  );
}
