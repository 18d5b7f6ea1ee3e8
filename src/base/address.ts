// Addresses as text for reports. (Packet lines write them digit by digit: print/.)

/** Dotted quad of the four bytes at `offset`. */
export function ipv4Text(bytes: Uint8Array, offset = 0): string {
  return `${bytes[offset]}.${bytes[offset + 1]}.${bytes[offset + 2]}.${bytes[offset + 3]}`;
}

/** Dotted quad of four bytes in one number. */
export function ipv4WordText(word: number): string {
  return `${word >>> 24}.${(word >> 16) & 0xff}.${(word >> 8) & 0xff}.${word & 0xff}`;
}

/** The sixteen bytes at `offset` in the canonical form of RFC 5952: lower case, the longest run of zeros as `::`. */
export function ipv6Text(bytes: Uint8Array, offset = 0): string {
  const words = Array.from({ length: 8 }, (_, i) => (bytes[offset + 2 * i] << 8) | bytes[offset + 2 * i + 1]);
  let start = -1;
  let longest = 1; // a single zero word is not shortened (RFC 5952, 4.2.2)
  for (let i = 0; i < 8; i++) {
    let n = 0;
    while (i + n < 8 && words[i + n] === 0) n++;
    if (n > longest) {
      start = i;
      longest = n;
    }
  }
  const mapped = words[5] === 0xffff && words.slice(0, 5).every((word) => word === 0);
  if (mapped) return `::ffff:${ipv4Text(bytes, offset + 12)}`;
  const hex = words.map((word) => word.toString(16));
  if (start < 0) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + longest).join(':')}`;
}

/** An address of four or sixteen bytes. */
export function addressText(bytes: Uint8Array): string {
  return bytes.length === 4 ? ipv4Text(bytes) : ipv6Text(bytes);
}

/** An address with its port, as `10.0.1.0:7096` or `[fe80::1]:7096` (RFC 5952, 6). */
export function endpointText(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

const IPV4_TEXT = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/**
 * The 16 bytes of an IPv6 address as RFC 4291, 2.2 has them, without a zone; undefined for what is none. node:net is not there
 * in a browser.
 */
export function ipv6Bytes(text: string): Uint8Array | undefined {
  const halves = text.split('::').map((half) => (half === '' ? [] : half.split(':')));
  if (halves.length > 2) return undefined;
  // Only the end of an address may be dotted, not what stands before `::`.
  const last = halves.at(-1)!;
  if (IPV4_TEXT.test(last.at(-1) ?? '')) {
    const [a, b, c, d] = last.pop()!.split('.').map(Number) as [number, number, number, number];
    last.push(((a << 8) | b).toString(16), ((c << 8) | d).toString(16));
  }
  const [head, tail] = halves as [string[], string[]?];
  const given = head.length + (tail?.length ?? 0);
  if (tail === undefined ? given !== 8 : given > 7) return undefined;
  const groups = [...head, ...new Array<string>(8 - given).fill('0'), ...(tail ?? [])];
  if (!groups.every((group) => /^[\da-f]{1,4}$/i.test(group))) return undefined;
  return Uint8Array.from(
    groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]),
  );
}
