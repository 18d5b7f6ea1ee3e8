// Packet bytes as hex and as text: -x, -X and -A, and what cannot be dissected.
import type { Text } from '../../base/text.ts';

const HEX = Uint8Array.from('0123456789abcdef', (c) => c.charCodeAt(0));
const SPACE = 0x20;
const DOT = 0x2e;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
/** Every byte as -X shows it: a graphic ASCII character, or a dot. */
const GRAPHIC = Uint8Array.from({ length: 256 }, (_, i) => (i > 0x20 && i < 0x7f ? i : DOT));
/** Every byte as -A shows it: tabs, newlines and spaces too. */
const TEXT = GRAPHIC.map((shown, i) => (i === 0x09 || i === 0x0a || i === SPACE ? i : shown));

/** Bytes on a line. */
const LINE = 16;
/** Columns of the hexadecimal part: eight groups of a space and four digits. */
const COLUMNS = 40;

/** The offset of a line, as `0x0010: `; 65 536 and above take more digits. */
function writeOffset(out: Text, indent: string, value: number): void {
  out.ascii(indent);
  out.ascii('0x');
  out.hexPadded(value, value > 0xffff ? (value > 0xfffff ? 6 : 5) : 4);
  out.ascii(': ');
}

/** Hex digits of bytes[from..to), grouped in twos; each line begins with `indent` and its offset, `first` for the first. */
export function dumpHex(
  out: Text,
  indent: string,
  bytes: Uint8Array,
  from: number,
  to: number,
  first = 0,
): void {
  for (let offset = from; offset < to; offset += LINE) {
    writeOffset(out, indent, offset - from + first);
    groups(out, bytes, offset, Math.min(offset + LINE, to));
  }
}

/** The same with the characters beside it. */
export function dumpHexAscii(out: Text, indent: string, bytes: Uint8Array, from: number, to: number): void {
  for (let offset = from; offset < to; offset += LINE) {
    const end = Math.min(offset + LINE, to);
    writeOffset(out, indent, offset - from);
    out.reserve(COLUMNS + 2 + LINE);
    const start = out.length;
    groups(out, bytes, offset, end);
    const text = out.bytes;
    let column = out.length;
    while (column < start + COLUMNS + 2) text[column++] = SPACE;
    for (let i = offset; i < end; i++) text[column++] = GRAPHIC[bytes[i]];
    out.length = column;
  }
}

function groups(out: Text, bytes: Uint8Array, from: number, to: number): void {
  out.reserve(COLUMNS);
  const text = out.bytes;
  let column = out.length;
  for (let i = from; i < to; i++) {
    const value = bytes[i];
    if (((i - from) & 1) === 0) text[column++] = SPACE;
    text[column] = HEX[value >> 4];
    text[column + 1] = HEX[value & 15];
    column += 2;
  }
  out.length = column;
}

/** The characters of bytes[from..to) after a newline: a carriage return before a newline is left out. */
export function dumpText(out: Text, bytes: Uint8Array, from: number, to: number): void {
  out.reserve(to - from + 1);
  const text = out.bytes;
  let column = out.length;
  text[column++] = NEWLINE;
  for (let i = from; i < to; i++) {
    const value = bytes[i];
    if (value === RETURN) {
      if (to - i > 2 && bytes[i + 1] !== NEWLINE) text[column++] = DOT;
    } else text[column++] = TEXT[value];
  }
  out.length = column;
}
