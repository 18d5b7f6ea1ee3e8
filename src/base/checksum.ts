// The Internet checksum (RFC 1071).

const TWO_32 = 2 ** 32;

/**
 * The ones' complement sum, in 16 bits, of the 16-bit words of [from, to) in network order; an odd last byte counts as
 * the high half of a word. Such sums may be added up; give the total to `folded`.
 */
export function sum16(view: DataView, from: number, to: number): number {
  // The sum does not depend on the byte order but for the order of its own bytes (RFC 1071, 2B), and 32-bit words may
  // be added as well as words of 16. They are read as they lie, and added as float64, exact up to 2^53: four sums that
  // do not wait for each other. They begin at a half, lest V8 begins with integers and changes its mind in the loop.
  let offset = from;
  let a = 0.5;
  let b = 0.5;
  let c = 0.5;
  let d = 0.5;
  for (const last = to - 16; offset <= last; offset += 16) {
    a += view.getUint32(offset, true);
    b += view.getUint32(offset + 4, true);
    c += view.getUint32(offset + 8, true);
    d += view.getUint32(offset + 12, true);
  }
  for (const last = to - 4; offset <= last; offset += 4) a += view.getUint32(offset, true);
  if (offset + 2 <= to) {
    a += view.getUint16(offset, true);
    offset += 2;
  }
  if (offset < to) a += view.getUint8(offset);
  const sum = a + b + c + d - 2;
  const high = Math.floor(sum / TWO_32);
  const low = sum - high * TWO_32;
  const swapped = folded((low & 0xffff) + (low >>> 16) + (high & 0xffff) + (high >>> 16));
  return ((swapped & 0xff) << 8) | (swapped >>> 8);
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
