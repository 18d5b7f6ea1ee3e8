// Addresses with a prefix, as people type them: "10.0.1.0/24", "fd00::1/64".
import { isIP, SocketAddress } from 'node:net';
import { usageError } from '../errors.ts';

export interface Prefixed {
  family: 4 | 6;
  /** In the one form the kernel prints it. */
  address: string;
  /** Bits. */
  prefix: number;
}

/** Reads "ADDRESS/PREFIX", or "ADDRESS" where a default prefix length is given. @throws usageError */
export function parsePrefixed(text: string, defaultPrefix?: number): Prefixed {
  const [address, length, ...rest] = text.split('/') as [string, ...string[]];
  const family = isIP(address);
  const prefix = length === undefined ? defaultPrefix : /^\d{1,3}$/.test(length) ? Number(length) : undefined;
  const longest = family === 4 ? 32 : 128;
  if (family === 0 || address.includes('%') || rest.length > 0) {
    throw usageError(`'${text}' is not an address`, '10.0.1.0/24 and fd00::1/64 are');
  }
  if (prefix === undefined || prefix > longest) {
    throw usageError(
      `'${text}' has no prefix length between 0 and ${longest}`,
      `write it behind the address: ${address}/24`,
    );
  }
  return { family: family as 4 | 6, address: canonical(address), prefix };
}

/** The address in the form the kernel prints it: fd00:0::01 is fd00::1. The address must be one. */
export function canonical(address: string): string {
  return new SocketAddress({ address, family: isIP(address) === 6 ? 'ipv6' : 'ipv4' }).address;
}

/** The network an address with a prefix lies in: 10.0.1.7/24 is in 10.0.1.0/24. */
export function networkOf({ family, address, prefix }: Prefixed): string {
  const bits = family === 4 ? 32n : 128n;
  const hostBits = bits - BigInt(prefix);
  const network = (toNumber(address) >> hostBits) << hostBits;
  return `${canonical(fromNumber(network, family))}/${prefix}`;
}

/** Whether the address lies in the network. */
export function contains(network: Prefixed, address: string): boolean {
  const hostBits = BigInt((network.family === 4 ? 32 : 128) - network.prefix);
  const sameFamily = isIP(address) === network.family;
  return sameFamily && toNumber(address) >> hostBits === toNumber(network.address) >> hostBits;
}

/** The address as an unsigned integer in network order. */
export function toNumber(address: string): bigint {
  if (isIP(address) === 4) return address.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
  // A dotted tail (::ffff:10.0.0.1) is two groups.
  const groups = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((group) => group.toString(16)).join(':'),
  );
  const [head = '', tail] = groups.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = new Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right].reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

function fromNumber(value: bigint, family: 4 | 6): string {
  const [parts, width, base, mark] =
    family === 4 ? ([4, 8n, 10, '.'] as const) : ([8, 16n, 16, ':'] as const);
  return Array.from({ length: parts }, (_, at) => {
    const shift = BigInt(parts - 1 - at) * width;
    return ((value >> shift) & ((1n << width) - 1n)).toString(base);
  }).join(mark);
}
