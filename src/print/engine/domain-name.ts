// Domain names as DNS messages hold them (RFC 1035, 3.1 and 4.1.4; bit labels of RFC 2673).
import type { Printer } from './printer.ts';
import { printText } from './text.ts';

/** Answered instead of a position where a name ends too early or makes no sense. */
export const NOWHERE = -1;

const TYPE = 0xc0;
const POINTER = 0xc0;
const EXTENDED = 0x40;
const LABEL = 0;
const BIT_LABEL = 1;
/** Characters of a name that are printed at most. */
const MAXIMUM_LENGTH = 255;

/** Where what follows the name at `at` begins, or NOWHERE. */
export function skipName(p: Printer, at: number): number {
  if (!p.has(at, 1)) return NOWHERE;
  let length = p.bytes[at++];
  while (length !== 0) {
    switch (length & TYPE) {
      case POINTER:
        return at + 1;
      case EXTENDED:
        if ((length & ~TYPE) !== BIT_LABEL || !p.has(at, 1)) return NOWHERE;
        at += 1 + (((p.bytes[at] || 256) + 7) >> 3);
        break;
      case LABEL:
        at += length;
        break;
      default:
        return NOWHERE;
    }
    if (!p.has(at, 1)) return NOWHERE;
    length = p.bytes[at++];
  }
  return at;
}

/** Bytes of the label whose type and length lie at `at`, without that byte; NOWHERE with a mark for what is none. */
function labelLength(p: Printer, at: number): number {
  if (!p.has(at, 1)) return NOWHERE;
  const byte = p.bytes[at];
  switch (byte & TYPE) {
    case EXTENDED:
      if ((byte & ~TYPE) !== BIT_LABEL) {
        p.field('<ELT ', byte & ~TYPE);
        p.ascii('>');
        return NOWHERE;
      }
      return p.has(at + 1, 1) ? (((p.bytes[at + 1] || 256) + 7) >> 3) + 1 : NOWHERE;
    case POINTER:
    case LABEL:
      return byte;
    default:
      p.ascii('<BAD LABEL TYPE>');
      return NOWHERE;
  }
}

/**
 * Prints the name at `at` of the message that begins at `message`. Answers where what follows it begins, or NOWHERE.
 * A pointer must lead backward from where the last one led, so that no name goes in circles.
 */
export function printName(p: Printer, at: number, message: number): number {
  let length = labelLength(p, at);
  if (length === NOWHERE) return NOWHERE;
  let limit = (at - message) >>> 0;
  let byte = p.bytes[at++];
  // A pointer that is cut off behind its first byte leads nowhere, and so does what follows it.
  let next = (byte & TYPE) === POINTER ? NOWHERE : at + length;
  let followed = false;
  let characters = 0;
  if (byte === 0) p.ascii('.');
  while (byte !== 0 && at < p.end) {
    if ((byte & TYPE) === POINTER) {
      if (!followed) {
        next = at + 1;
        followed = true;
      }
      const offset = ((byte << 8) | p.bytes[at]) & 0x3fff;
      if (offset >= limit) {
        p.ascii('<BAD PTR>');
        return NOWHERE;
      }
      limit = offset;
      at = message + offset;
    } else {
      if ((byte & TYPE) === EXTENDED) {
        printBits(p, at);
      } else {
        const shown = Math.min(length, MAXIMUM_LENGTH - characters);
        if (shown > 0 && !printText(p, at, shown)) return NOWHERE;
        characters += length;
      }
      at += length;
      if (characters <= MAXIMUM_LENGTH) p.ascii('.');
      characters++;
    }
    length = labelLength(p, at);
    if (length === NOWHERE) return NOWHERE;
    byte = p.bytes[at++];
    if (!followed) next += length + 1;
  }
  if (characters > MAXIMUM_LENGTH) p.ascii('<DOMAIN NAME TOO LONG>');
  return next;
}

/** A bit label: its bits in hex, and how many there are. */
function printBits(p: Printer, at: number): void {
  const count = p.u8(at) || 256;
  p.ascii('\\[x');
  let left = count;
  let from = at + 1;
  for (; left > 7; left -= 8) p.out.hexPadded(p.u8(from++), 2);
  if (left > 4) p.out.hexPadded(p.u8(from) & (0xff << (8 - left)), 2);
  else if (left > 0) p.out.hex((p.u8(from) >> 4) & 15 & (0xf << (4 - left)));
  p.field('/', count);
  p.ascii(']');
}
