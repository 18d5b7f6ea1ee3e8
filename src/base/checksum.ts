// The Internet checksum (RFC 1071).

/**
 * Sum of the 16-bit words of bytes[from..to) in network order, not yet folded below 2^32; an odd last byte counts as
 * the high half of a word. Add sums and give the total to `folded`.
 */
export function sum16(view: DataView, from: number, to: number): number {
  let sum = 0;
  let at = from;
  // Two words at a time: a 32-bit number is congruent to the sum of its halves modulo 65535.
  for (const last = to - 8; at <= last; at += 8) sum += view.getUint32(at) + view.getUint32(at + 4);
  for (const last = to - 2; at <= last; at += 2) sum += view.getUint16(at);
  if (at < to) sum += view.getUint8(at) << 8;
  return sum;
}

/** The ones' complement sum in 16 bits. */
export function folded(sum: number): number {
  while (sum > 0xffff) sum = Math.floor(sum / 0x10000) + (sum % 0x10000);
  return sum;
}

/** The checksum that should stand where `found` stands, when the sum over everything (with `found`) is `sum`. */
export function expected(found: number, sum: number): number {
  // RFC 1624: take the wrong checksum out of the sum again.
  let shouldBe = found + folded(sum);
  shouldBe = (shouldBe & 0xffff) + (shouldBe >>> 16);
  return shouldBe;
}
