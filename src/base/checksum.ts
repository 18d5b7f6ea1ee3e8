// The Internet checksum (RFC 1071).

/** Bytes after which the partial sums are folded, so that they stay int32. */
const STRETCH = 1 << 16;

/**
 * The ones' complement sum, in 16 bits, of the 16-bit words of [from, to) in network order; an odd last byte counts as
 * the high half of a word. Such sums may be added up; give the total to `folded`.
 */
export function sum16(view: DataView, from: number, to: number): number {
  // The sum does not depend on the byte order but for the order of its own bytes (RFC 1071, 2B), so the words are
  // read as they lie, two at a time, and the bytes of the sum are swapped at the end.
  let sum = 0;
  let at = from;
  while (at < to) {
    const stop = Math.min(to, at + STRETCH);
    let low = 0;
    let high = 0;
    for (const last = stop - 4; at <= last; at += 4) {
      const words = view.getInt32(at, true);
      low += words & 0xffff;
      high += words >>> 16;
    }
    if (at + 2 <= stop) {
      low += view.getUint16(at, true);
      at += 2;
    }
    if (at < stop) low += view.getUint8(at++);
    sum = folded(sum + folded(low) + folded(high));
  }
  return ((sum & 0xff) << 8) | (sum >>> 8);
}

/** The ones' complement sum in 16 bits of a sum below 2^31. */
export function folded(sum: number): number {
  sum = (sum & 0xffff) + (sum >>> 16);
  return (sum & 0xffff) + (sum >>> 16);
}

/** The checksum that should stand where `found` stands, when the checksum over everything (with `found`) is `wrong`. */
export function expected(found: number, wrong: number): number {
  return folded(found + wrong);
}
