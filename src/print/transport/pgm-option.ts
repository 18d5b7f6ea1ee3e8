// Options of PGM (RFC 3208, 9).

import type { Printer } from '../engine/printer.ts';
import { pgmAddressLength, printPgmAddress } from './pgm-address.ts';

const SMALLEST = 4;
const LENGTH = 0;
const NAK_LIST = 2;
const REDIRECT = 7;
const PATH = 12;
const CR = 16;
const CC_DATA = 18;
const CC_FEEDBACK = 19;
const END = 0x80;

/** Options of one length: their names where it is wrong, their bytes, and what is shown of the numbers behind. */
const FIXED: ReadonlyMap<number, readonly [name: string, size: number, text: string]> = new Map([
  [1, ['OPT_FRAGMENT', 16, ' FRAG seq # off # len #']],
  [3, ['OPT_JOIN', 8, ' JOIN #']],
  [4, ['OPT_NAK_BO_IVL', 12, ' BACKOFF ivl # ivlseq #']],
  [5, ['OPT_NAK_BO_RNG', 12, ' BACKOFF max # min #']],
  [8, ['OPT_PARITY_PRM', 8, ' PARITY MAXTGS #']],
  [9, ['OPT_PARITY_GRP', 8, ' PARITY GROUP #']],
  [10, ['OPT_CURR_TGSIZE', 8, ' PARITY ATGS #']],
  [11, ['OPT_NBR_UNREACH', 4, ' NBR_UNREACH']],
  [13, ['OPT_SYN', 4, ' SYN']],
  [14, ['OPT_FIN', 4, ' FIN']],
  [15, ['OPT_RST', 4, ' RST']],
  [17, ['OPT_CRQST', 4, ' CRQST']],
]);

/** Those that are taken apart. */
const KNOWN = new Set([...FIXED.keys(), LENGTH, NAK_LIST, REDIRECT, CC_DATA, CC_FEEDBACK]);

/** Returns true where the line goes on behind the options. */
export function printPgmOptions(p: Printer, offset: number): boolean {
  if (!p.whole(offset, SMALLEST)) return false;
  const first = p.u8(offset) & ~END;
  if (first !== LENGTH) {
    p.ascii(`[First option bad, should be PGM_OPT_LENGTH, is ${first}]`);
    return false;
  }
  if (p.u8(offset + 1) !== 4) {
    p.ascii(`[Bad OPT_LENGTH option, length ${p.u8(offset + 1)} != 4]`);
    return false;
  }
  let left = p.u16(offset + 2);
  if (left < 4) {
    p.ascii(`[Bad total option length ${left} < 4]`);
    return false;
  }
  p.field(' OPTS LEN ', left);
  left -= 4;
  offset += 4;
  while (left !== 0) {
    if (left < SMALLEST) {
      p.ascii('[Total option length leaves no room for final option]');
      return false;
    }
    p.need(offset, 2);
    const type = p.u8(offset);
    const size = p.u8(offset + 1);
    if (size < SMALLEST) {
      p.ascii(`[Bad option, length ${size} < ${SMALLEST}]`);
      return true;
    }
    if (left < size) {
      p.ascii('[Total option length leaves no room for final option]');
      return false;
    }
    if (!p.whole(offset + 2, size - 2)) return false;
    const used = printOption(p, type, offset, size);
    if (used < 0) return false;
    // Of an option that it does not take apart tcpdump steps over two bytes more than it has.
    offset += KNOWN.has(type & ~END) ? size : size + 2;
    left -= used;
    if ((type & END) !== 0) return true;
  }
  return true;
}

function bad(p: Printer, name: string, size: number, relation: string): number {
  p.ascii(`[Bad ${name} option, length ${size} ${relation}]`);
  return -1;
}

/** Returns the bytes the option counts for, -1 where the line ends. */
function printOption(p: Printer, type: number, offset: number, size: number): number {
  const kind = type & ~END;
  const fixed = FIXED.get(kind);
  if (fixed !== undefined) {
    const [name, expected, text] = fixed;
    if (size !== expected) return bad(p, name, size, `!= ${expected}`);
    let place = offset + 4;
    for (const piece of text.split(/(#)/)) {
      if (piece === '#') {
        p.decimal(p.u32(place));
        place += 4;
      } else p.ascii(piece);
    }
    return size;
  }
  switch (kind) {
    case LENGTH:
      if (size !== 4) return bad(p, 'OPT_LENGTH', size, '!= 4');
      p.field(' OPTS LEN (extra?) ', p.u16(offset + 2));
      return size;
    case NAK_LIST:
      p.ascii(' NAK LIST');
      for (let place = offset + 4; place < offset + size; place += 4) {
        if (offset + size - place < 4) {
          p.ascii('[Option length not a multiple of 4]');
          return -1;
        }
        p.field(' ', p.u32(place));
      }
      // tcpdump does not count the header.
      return size - 4;
    case REDIRECT:
      return printRoute(p, offset, size, 'OPT_REDIRECT', 8, ' REDIRECT ');
    case CC_DATA:
      return printRoute(p, offset, size, 'OPT_PGMCC_DATA', 12, ' PGMCC DATA ');
    case CC_FEEDBACK:
      return printRoute(p, offset, size, 'OPT_PGMCC_FEEDBACK', 12, ' PGMCC FEEDBACK ');
    case PATH:
      p.ascii(` PATH_NLA [${size}]`);
      return size;
    case CR:
      p.ascii(' CR');
      return size;
  }
  p.ascii(' OPT_');
  p.ascii(type.toString(16).toUpperCase().padStart(2, '0'));
  p.ascii(` [${size}] `);
  return size;
}

/** An option that ends with an address, and where it is longer has a number before it. */
function printRoute(
  p: Printer,
  offset: number,
  size: number,
  name: string,
  fixed: number,
  text: string,
): number {
  if (size < fixed) {
    return bad(p, name === 'OPT_PGMCC_FEEDBACK' ? `PGM_${name}` : name, size, `< ${fixed}`);
  }
  const width = pgmAddressLength(p.u16(offset + fixed - 4));
  if (width === 0) {
    p.truncated();
    return -1;
  }
  if (size !== fixed + width) return bad(p, name, size, `!= ${fixed} + address size`);
  p.ascii(text);
  if (fixed === 12) p.ascii(`${p.u32(offset + 4)} `);
  printPgmAddress(p, offset + fixed, width);
  return size;
}
