// Internet addresses and prefixes of both families: as numbers, as the kernel's tools write them, as people type them.
import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import { addressText } from '../base/address.ts';
import { usageError } from '../errors.ts';

export type Family = 4 | 6;

interface Prefix {
  family: Family;
  /** The address, not only its network part. */
  bits: bigint;
  /** Prefix length in bits. */
  length: number;
}

export const WIDTH = { 4: 32, 6: 128 } as const;

export function familyOf(address: string): Family | undefined {
  const bare = address.replace(/%.*$/, '');
  return isIPv4(bare) ? 4 : isIPv6(bare) ? 6 : undefined;
}

/** An address as a number. @throws RangeError for what is none. */
export function bitsOf(address: string): bigint {
  const bare = address.replace(/%.*$/, '');
  if (isIPv4(bare)) return bare.split('.').reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  if (!isIPv6(bare)) throw new RangeError(`${address} is no address`);
  const mapped = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(bare);
  const whole =
    mapped === null
      ? bare
      : `${mapped[1]}${(bitsOf(mapped[2]) >> 16n).toString(16)}:${(bitsOf(mapped[2]) & 0xffffn).toString(16)}`;
  const [left, right] = whole.split('::');
  const groups = (text: string | undefined) => (text ? text.split(':') : []);
  const head = groups(left);
  const tail = right === undefined ? [] : groups(right);
  const middle = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return [...head, ...(right === undefined ? [] : middle), ...tail].reduce(
    (sum, group) => (sum << 16n) | BigInt(`0x${group}`),
    0n,
  );
}

/** A number as an address, as the kernel's tools write it. */
export function textOf(bits: bigint, family: Family): string {
  return textOfBytes(bytesOf(bits, family));
}

/** Four or sixteen bytes as an address, as the kernel's tools write it: inet_ntop(3). */
export function textOfBytes(bytes: Uint8Array): string {
  const text = addressText(bytes);
  return bytes.length === 4 ? text : new SocketAddress({ address: text, family: 'ipv6' }).address;
}

/** An address as its four or sixteen bytes. */
export function bytesOf(address: string | bigint, family: Family): Buffer {
  const bits = typeof address === 'bigint' ? address : bitsOf(address);
  return Buffer.from(bits.toString(16).padStart(WIDTH[family] / 4, '0'), 'hex');
}

/** `10.0.2.0/24`, `10.0.2.1` (a host), `default` (which needs the family). */
export function parsePrefix(text: string, family: Family): Prefix {
  if (text === 'default' || text === 'all') return { family, bits: 0n, length: 0 };
  const [address, length] = text.split('/');
  const actual = familyOf(address) ?? family;
  return {
    family: actual,
    bits: bitsOf(address),
    length: length === undefined ? WIDTH[actual] : Number(length),
  };
}

/** "ADDRESS/LENGTH" as people type it, or "ADDRESS" where there is a default length. @throws usageError */
export function parseTypedPrefix(text: string, defaultLength?: number): Prefix {
  const [address, typed, ...rest] = text.split('/') as [string, ...string[]];
  const family = familyOf(address);
  if (family === undefined || address.includes('%') || rest.length > 0)
    throw usageError(`'${text}' is not an address`, '10.0.1.0/24 and fd00::1/64 are');
  const length = typed === undefined ? defaultLength : /^\d{1,3}$/.test(typed) ? Number(typed) : undefined;
  if (length === undefined || length > WIDTH[family]) {
    throw usageError(
      `'${text}' has no prefix length between 0 and ${WIDTH[family]}`,
      `write it after the address: ${address}/24`,
    );
  }
  return { family, bits: bitsOf(address), length };
}

/** The canonical text of an address, without a zone; anything else unchanged. */
export function canonical(address: string): string {
  const family = familyOf(address);
  return family === undefined ? address : textOf(bitsOf(address), family);
}

/** `10.0.1.7/24`. */
export function prefixText({ family, bits, length }: Prefix): string {
  return `${textOf(bits, family)}/${length}`;
}

/** The network that an address with a prefix length lies in: 10.0.1.7/24 lies in 10.0.1.0/24. */
export function networkText({ family, bits, length }: Prefix): string {
  const shift = BigInt(WIDTH[family] - length);
  return prefixText({ family, bits: (bits >> shift) << shift, length });
}

export function covers(prefix: Prefix, address: string): boolean {
  if (familyOf(address) !== prefix.family) return false;
  const shift = BigInt(WIDTH[prefix.family] - prefix.length);
  return bitsOf(address) >> shift === prefix.bits >> shift;
}

/** Whether `address/length` puts `other` on the same link. */
export function onLink(address: string, length: number, neighbour: string): boolean {
  const family = familyOf(address);
  return family !== undefined && covers({ family, bits: bitsOf(address), length }, neighbour);
}

/** The network of an address: `10.0.2.0/24`. */
export function networkOf(address: string, length: number): string {
  return networkText({ family: familyOf(address)!, bits: bitsOf(address), length });
}

/** Host addresses of a network in order, from the first on: 10.0.2.1, 10.0.2.2, … at most 1000. */
export function* hostsOf(address: string, length: number): Generator<string> {
  const family = familyOf(address)!;
  const room = WIDTH[family] - length;
  const shift = BigInt(room);
  const network = (bitsOf(address) >> shift) << shift;
  // In short networks (RFC 3021, RFC 6164) all addresses are hosts'.
  const first = room <= 1 ? 0n : 1n;
  const end = room <= 1 || family === 6 ? 1n << shift : (1n << shift) - 1n;
  for (let host = first; host < end && host < 1000n; host++) yield textOf(network + host, family);
}

export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/** Addresses that mean something on one link only. */
export function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address) || address.startsWith('169.254.');
}

export function isMulticast(address: string): boolean {
  return /^(22[4-9]|23\d)\.|^ff/i.test(address);
}
