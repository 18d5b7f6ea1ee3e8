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

/** Where what follows the name at `offset` begins, or NOWHERE. */
export function skipName(p: Printer, offset: number): number {
  if (!p.has(offset, 1)) return NOWHERE;
  let length = p.bytes[offset++];
  while (length !== 0) {
    switch (length & TYPE) {
      case POINTER:
        return offset + 1;
      case EXTENDED:
        if ((length & ~TYPE) !== BIT_LABEL || !p.has(offset, 1)) return NOWHERE;
        offset += 1 + (((p.bytes[offset] || 256) + 7) >> 3);
        break;
      case LABEL:
        offset += length;
        break;
      default:
        return NOWHERE;
    }
    if (!p.has(offset, 1)) return NOWHERE;
    length = p.bytes[offset++];
  }
  return offset;
}

/** Bytes of the label whose type and length lie at `offset`, without that byte; NOWHERE with a mark for what is none. */
function labelLength(p: Printer, offset: number): number {
  if (!p.has(offset, 1)) return NOWHERE;
  const byte = p.bytes[offset];
  switch (byte & TYPE) {
    case EXTENDED:
      if ((byte & ~TYPE) !== BIT_LABEL) {
        p.field('<ELT ', byte & ~TYPE);
        p.ascii('>');
        return NOWHERE;
      }
      return p.has(offset + 1, 1) ? (((p.bytes[offset + 1] || 256) + 7) >> 3) + 1 : NOWHERE;
    case POINTER:
    case LABEL:
      return byte;
    default:
      p.ascii('<BAD LABEL TYPE>');
      return NOWHERE;
  }
}

/**
 * Prints the name at `offset` of the message that begins at `message`. Returns where what follows it begins, or NOWHERE.
 * A pointer must lead backward from where the last one led, so that no name goes in circles.
 */
export function printName(p: Printer, offset: number, message: number): number {
  let length = labelLength(p, offset);
  if (length === NOWHERE) return NOWHERE;
  let limit = (offset - message) >>> 0;
  let byte = p.bytes[offset++];
  // A pointer that is cut off behind its first byte leads nowhere, and so does what follows it.
  let next = (byte & TYPE) === POINTER ? NOWHERE : offset + length;
  let followed = false;
  let characters = 0;
  if (byte === 0) p.ascii('.');
  while (byte !== 0 && offset < p.end) {
    if ((byte & TYPE) === POINTER) {
      if (!followed) {
        next = offset + 1;
        followed = true;
      }
      const pointer = ((byte << 8) | p.bytes[offset]) & 0x3fff;
      if (pointer >= limit) {
        p.ascii('<BAD PTR>');
        return NOWHERE;
      }
      limit = pointer;
      offset = message + pointer;
    } else {
      if ((byte & TYPE) === EXTENDED) {
        printBits(p, offset);
      } else {
        const shown = Math.min(length, MAXIMUM_LENGTH - characters);
        if (shown > 0 && !printText(p, offset, shown)) return NOWHERE;
        characters += length;
      }
      offset += length;
      if (characters <= MAXIMUM_LENGTH) p.ascii('.');
      characters++;
    }
    length = labelLength(p, offset);
    if (length === NOWHERE) return NOWHERE;
    byte = p.bytes[offset++];
    if (!followed) next += length + 1;
  }
  if (characters > MAXIMUM_LENGTH) p.ascii('<DOMAIN NAME TOO LONG>');
  return next;
}

/** A bit label: its bits in hex, and how many there are. */
function printBits(p: Printer, offset: number): void {
  const count = p.u8(offset) || 256;
  p.ascii('\\[x');
  let left = count;
  let from = offset + 1;
  for (; left > 7; left -= 8) p.out.hexPadded(p.u8(from++), 2);
  if (left > 4) p.out.hexPadded(p.u8(from) & (0xff << (8 - left)), 2);
  else if (left > 0) p.out.hex((p.u8(from) >> 4) & 15 & (0xf << (4 - left)));
  p.field('/', count);
  p.ascii(']');
}
