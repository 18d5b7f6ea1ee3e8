import type { Printer } from './printer.ts';

/** A PDU longer than this is none: lengths have 16 bits. */
const LONGEST = 0x1_0000;

/** Tells whether the Fletcher checksum (ISO 8473-1, annex C) `found`, which lies at `checksumOffset` from `offset`, is right. */
export function printOsiChecksum(
  p: Printer,
  offset: number,
  found: number,
  checksumOffset: number,
  length: number,
): void {
  if (
    found === 0 ||
    length > LONGEST ||
    checksumOffset > length ||
    !p.has(offset + checksumOffset, 2) ||
    !p.has(offset, length)
  ) {
    p.ascii(' (unverified)');
    return;
  }
  let first = 0;
  let second = 0;
  for (let i = 0; i < length; i++) {
    if (i !== checksumOffset && i !== checksumOffset + 1) first = (first + p.bytes[offset + i]) % 255;
    second = (second + first) % 255;
  }
  const product = (length - checksumOffset) * first;
  let x = product - first - second;
  let y = second - product - 1;
  if (y >= 0) y++;
  if (x < 0) x--;
  x %= 255;
  y %= 255;
  const expected = (((x === 0 ? 255 : x) << 8) | ((y === 0 ? 255 : y) & 0xff)) & 0xffff;
  if (expected === found) p.ascii(' (correct)');
  else {
    p.ascii(' (incorrect should be 0x');
    p.out.hexPadded(expected, 4);
    p.ascii(')');
  }
}

/** A network service access point: `49.0001.1921`. */
export function printNsap(p: Printer, offset: number, length: number): void {
  if (length < 1 || length > 20) {
    p.ascii('isonsap_string: illegal length');
    return;
  }
  p.need(offset, length);
  for (let i = 0; i < length; i++) {
    p.out.hexPadded(p.bytes[offset + i], 2);
    if (i % 2 === 0 && i + 1 < length) p.ascii('.');
  }
}
