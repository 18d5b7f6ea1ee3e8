// Addresses written into a line, digit by digit.
import type { Text } from '../../base/text.ts';

const DOT = 0x2e;
const COLON = 0x3a;

/** 0 to 255 in decimal with a dot behind, as the int32 whose little-endian bytes that is; and how many digits. */
const OCTETS = new Int32Array(256);
const DIGITS = new Uint8Array(256);
for (let value = 0; value < 256; value++) {
  const text = `${value}.`;
  DIGITS[value] = text.length - 1;
  for (let i = 0; i < text.length; i++) OCTETS[value] |= text.charCodeAt(i) << (i << 3);
}
/** Two hex digits and a colon, likewise. */
const PAIRS = Int32Array.from({ length: 256 }, (_, value) => {
  const text = `${value.toString(16).padStart(2, '0')}:`;
  return text.charCodeAt(0) | (text.charCodeAt(1) << 8) | (text.charCodeAt(2) << 16);
});

/** The four bytes at `offset` as a dotted quad. */
export function writeIpv4(out: Text, bytes: Uint8Array, offset: number): void {
  out.reserve(20);
  const text = out.view;
  let to = out.length;
  let octet = bytes[offset];
  text.setInt32(to, OCTETS[octet], true);
  to += DIGITS[octet] + 1;
  octet = bytes[offset + 1];
  text.setInt32(to, OCTETS[octet], true);
  to += DIGITS[octet] + 1;
  octet = bytes[offset + 2];
  text.setInt32(to, OCTETS[octet], true);
  to += DIGITS[octet] + 1;
  octet = bytes[offset + 3];
  text.setInt32(to, OCTETS[octet], true);
  out.length = to + DIGITS[octet];
}

/** The six bytes at `offset` with colons. */
export function writeMac(out: Text, bytes: Uint8Array, offset: number): void {
  out.reserve(20);
  const text = out.view;
  const to = out.length;
  for (let i = 0; i < 6; i++) text.setInt32(to + i * 3, PAIRS[bytes[offset + i]], true);
  out.length = to + 17;
}

/** The sixteen bytes at `offset`: lower case, the first longest run of zeros as `::`, embedded IPv4 as a dotted quad. */
export function writeIpv6(out: Text, view: DataView, offset: number): void {
  let start = -1;
  let longest = 1;
  for (let i = 0; i < 8; ) {
    let n = 0;
    while (i + n < 8 && view.getUint16(offset + (i + n) * 2) === 0) n++;
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
    if (
      i === 6 &&
      start === 0 &&
      (longest === 6 || (longest === 5 && view.getUint16(offset + 10) === 0xffff))
    ) {
      for (let j = 12; j < 16; j++) {
        if (j !== 12) out.byte(DOT);
        out.decimal(view.getUint8(offset + j));
      }
      return;
    }
    out.hexShort(view.getUint16(offset + i * 2));
  }
  if (start >= 0 && start + longest === 8) out.byte(COLON);
}
