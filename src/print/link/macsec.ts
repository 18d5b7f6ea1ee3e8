// The header of MACsec (IEEE 802.1AE).
import { type Printer, writeFlags } from '../engine/printer.ts';

const PLAIN_LENGTH = 6;
const LENGTH = 14;
/** Integrity check value behind the frame. */
export const CHECK_LENGTH = 16;
const VERSION = 0x80;
const CHANNEL = 0x20;
const CONFIDENTIAL = 0x0c;
const FLAGS = [
  [0x08, 'E'],
  [0x04, 'C'],
  [0x40, 'S'],
  [0x10, 'B'],
  [CHANNEL, 'I'],
] as const;

/** What lies behind the header: plain text (after that many bytes), cipher text, or nothing that can be printed. */
export const CIPHERED = 0;
export const NOTHING = -1;

/** Bytes of the header at `offset`, the first of which was captured. */
export function macsecLength(p: Printer, offset: number): number {
  return (p.bytes[offset] & CHANNEL) !== 0 ? LENGTH : PLAIN_LENGTH;
}

/**
 * Prints the header; its addresses (a frame's, destination first) lie at `frame`. Returns the bytes of header before plain
 * text, or one of the above.
 */
export function printMacsec(p: Printer, offset: number, length: number, frame: number): number {
  const header = p.has(offset, 1) ? macsecLength(p, offset) : PLAIN_LENGTH;
  p.protocol = 'macsec';
  if (!p.has(offset, PLAIN_LENGTH) || length < header || !p.has(offset, header)) {
    p.truncated();
    return NOTHING;
  }
  const flags = p.bytes[offset];
  if (p.bytes[offset + 1] > 0x3f || (flags & VERSION) !== 0) {
    p.invalid();
    return NOTHING;
  }
  if (p.link) printHeader(p, offset);
  if ((flags & CONFIDENTIAL) !== 0) {
    if (!p.link) {
      p.mac(frame + 6);
      p.ascii(' > ');
      p.mac(frame);
      p.ascii(' 802.1AE MACsec, ');
      printHeader(p, offset);
    }
    return CIPHERED;
  }
  return header;
}

function printHeader(p: Printer, offset: number): void {
  const flags = p.u8(offset);
  const short = p.u8(offset + 1);
  p.ascii(`an ${flags & 3}, pn ${p.u32(offset + 2)}, flags `);
  writeFlags(p, FLAGS, 'none', flags, '');
  if (short !== 0) p.field(', sl ', short);
  if ((flags & CHANNEL) !== 0) {
    p.ascii(', sci ');
    p.hexBytes(offset + 6, 8);
  }
  p.ascii(', ');
}
