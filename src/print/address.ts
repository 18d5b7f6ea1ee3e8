// Addresses written into a line, digit by digit.
import type { Text } from '../base/text.ts';

const DOT = 0x2e;
const COLON = 0x3a;

/** 0 to 255 in decimal: three bytes each, and how many of them count. */
const OCTETS = new Uint8Array(256 * 3);
const OCTET_LENGTHS = new Uint8Array(256);
for (let value = 0; value < 256; value++) {
  const digits = String(value);
  OCTET_LENGTHS[value] = digits.length;
  for (let i = 0; i < digits.length; i++) OCTETS[value * 3 + i] = digits.charCodeAt(i);
}
const HEX = Uint8Array.from('0123456789abcdef', (c) => c.charCodeAt(0));

/** The four bytes at `at` as a dotted quad. */
export function writeIpv4(out: Text, bytes: Uint8Array, at: number): void {
  out.reserve(16);
  const text = out.bytes;
  let to = out.length;
  for (let i = 0; i < 4; i++) {
    const value = bytes[at + i];
    const from = value * 3;
    text[to] = OCTETS[from];
    text[to + 1] = OCTETS[from + 1];
    text[to + 2] = OCTETS[from + 2];
    to += OCTET_LENGTHS[value];
    text[to++] = DOT;
  }
  out.length = to - 1;
}

/** The six bytes at `at` with colons. */
export function writeMac(out: Text, bytes: Uint8Array, at: number): void {
  out.reserve(18);
  const text = out.bytes;
  let to = out.length;
  for (let i = 0; i < 6; i++) {
    const value = bytes[at + i];
    text[to] = HEX[value >> 4];
    text[to + 1] = HEX[value & 15];
    text[to + 2] = COLON;
    to += 3;
  }
  out.length = to - 1;
}

/** The sixteen bytes at `at`: lower case, the first longest run of zeros as `::`, embedded IPv4 as a dotted quad. */
export function writeIpv6(out: Text, view: DataView, at: number): void {
  let start = -1;
  let longest = 1;
  for (let i = 0; i < 8; ) {
    let n = 0;
    while (i + n < 8 && view.getUint16(at + (i + n) * 2) === 0) n++;
    if (n > longest) {
      start = i;
      longest = n;
    }
    i += n + 1;
  }
  for (let i = 0; i < 8; i++) {
    if (start >= 0 && i >= start && i < start + longest) {
      if (i === start) out.byte(COLON);
      continue;
    }
    if (i !== 0) out.byte(COLON);
    // ::a.b.c.d and ::ffff:a.b.c.d
    if (i === 6 && start === 0 && (longest === 6 || (longest === 5 && view.getUint16(at + 10) === 0xffff))) {
      for (let j = 12; j < 16; j++) {
        if (j !== 12) out.byte(DOT);
        out.decimal(view.getUint8(at + j));
      }
      return;
    }
    out.hex(view.getUint16(at + i * 2));
  }
  if (start >= 0 && start + longest === 8) out.byte(COLON);
}
