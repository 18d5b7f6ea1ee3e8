// Addresses as numbers, without Node: the page compares them.

/** An address, or a network of one. */
export interface Address {
  family: 4 | 6;
  bits: bigint;
  /** Bits that count. */
  prefix: number;
}

/** `10.0.0.1`, `10.0.0.0/8`, `fe80::1`, `fe80::/10`; undefined for what is neither. */
export function parseAddress(text: string): Address | undefined {
  const [address, length, ...rest] = text.split('/') as [string, ...string[]];
  const bits = ipv4Bits(address) ?? ipv6Bits(address);
  if (bits === undefined || rest.length > 0) return undefined;
  const family = address.includes(':') ? 6 : 4;
  const width = family === 4 ? 32 : 128;
  if (length !== undefined && !/^\d{1,3}$/.test(length)) return undefined;
  const prefix = length === undefined ? width : Number(length);
  return prefix > width ? undefined : { family, bits, prefix };
}

function ipv4Bits(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256))
    return undefined;
  return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

function ipv6Bits(text: string): bigint | undefined {
  // The zone of a link-local address is not on the wire.
  let bare = text.replace(/%.*$/, '');
  const last = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(bare);
  if (last !== null) {
    const low = ipv4Bits(last[2]);
    if (low === undefined) return undefined;
    bare = `${last[1]}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`;
  }
  const [left, right, ...more] = bare.split('::') as [string, ...string[]];
  const head = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  const missing = 8 - head.length - tail.length;
  if (more.length > 0 || (right === undefined ? missing !== 0 : missing < 1)) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

/** Below, at or above 0 as the one is before, in or behind the network that the other is; undefined for two families. */
export function orderOf(one: Address, network: Address): number | undefined {
  if (one.family !== network.family) return undefined;
  const shift = BigInt((one.family === 4 ? 32 : 128) - network.prefix);
  const difference = (one.bits >> shift) - (network.bits >> shift);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
