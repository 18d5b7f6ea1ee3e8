// RESP, the protocol of Redis (https://redis.io/docs/latest/develop/reference/protocol-spec/).
import type { Printer } from '../engine/printer.ts';
import { printText } from '../engine/text.ts';

const CR = 13;
const LF = 10;
const MINUS = 0x2d;
const SIMPLE = 0x2b;
const INTEGER = 0x3a;
const BULK = 0x24;
const ARRAY = 0x2a;
/** Lengths above what fits 32 bits are said to be too large. */
const MAXIMUM_LENGTH = 0x7fffffff;

/** Answered instead of a position where an element ends too early. */
const CUT = -1;

// What a length may be besides a number.
const NULL = -1;
const LENGTH_CUT = -2;
const TOO_LARGE = -3;
const NEGATIVE = -4;
const INVALID = -5;

/** Arrays in arrays are followed this deep. */
const MAXIMUM_DEPTH = 100;

/** Where the last length read ends. */
let behindLength = 0;

export function printResp(p: Printer, offset: number, length: number): void {
  p.protocol = 'resp';
  if (length <= 0) return;
  p.ascii(': RESP');
  const end = offset + length;
  while (offset < end) {
    offset = printElement(p, offset, end, 0);
    if (offset === CUT) {
      p.truncated();
      return;
    }
  }
}

/** Returns where what follows the element begins, or CUT. */
function printElement(p: Printer, offset: number, end: number, depth: number): number {
  if (offset >= end || depth > MAXIMUM_DEPTH) return CUT;
  switch (p.u8(offset)) {
    case SIMPLE:
    case INTEGER:
    case MINUS: {
      const line = findLineEnd(p, offset + 1, end);
      if (line === CUT) return CUT;
      printQuoted(p, offset + 1, line - offset - 1);
      return line + 2;
    }
    case BULK:
      return printBulk(p, offset + 1, end);
    case ARRAY:
      return printArray(p, offset + 1, end, depth);
    default:
      return printInline(p, offset, end);
  }
}

function printQuoted(p: Printer, offset: number, length: number): void {
  p.ascii(' "');
  printText(p, offset, length);
  p.ascii('"');
}

/** Where the next CR LF begins, or CUT. */
function findLineEnd(p: Printer, offset: number, end: number): number {
  for (; offset + 2 <= end && p.has(offset, 2); offset++) {
    if (p.bytes[offset] === CR && p.bytes[offset + 1] === LF) return offset;
  }
  return CUT;
}

function printBulk(p: Printer, offset: number, end: number): number {
  const length = readLength(p, offset, end);
  offset = behindLength;
  if (length < 0) return printSpecial(p, length) ? offset : CUT;
  if (length === 0) p.ascii(' empty');
  else {
    if (offset + length > end || !p.has(offset, length)) return CUT;
    printQuoted(p, offset, length);
    offset += length;
  }
  const line = findLineEnd(p, offset, end);
  return line === CUT ? CUT : line + 2;
}

function printArray(p: Printer, offset: number, end: number, depth: number): number {
  const count = readLength(p, offset, end);
  offset = behindLength;
  if (count < 0) return printSpecial(p, count) ? offset : CUT;
  if (count === 0) p.ascii(' empty');
  for (let i = 0; i < count; i++) {
    offset = printElement(p, offset, end, depth + 1);
    if (offset === CUT) return CUT;
  }
  return offset;
}

/** A length that is no number. Returns false where it was cut. */
function printSpecial(p: Printer, length: number): boolean {
  switch (length) {
    case NULL:
      p.ascii(' null');
      return true;
    case LENGTH_CUT:
      return false;
    case TOO_LARGE:
      p.ascii(' length too large');
      return true;
    case NEGATIVE:
      p.ascii(' length negative and not -1');
      return true;
    default:
      p.ascii(' invalid');
      return true;
  }
}

/** Words as typed: up to the end of the line, after any empty lines. */
function printInline(p: Printer, offset: number, end: number): number {
  while (offset < end && isLineEnd(p.u8(offset))) offset++;
  const start = offset;
  while (offset < end && !isLineEnd(p.u8(offset))) offset++;
  if (offset >= end) return CUT;
  printQuoted(p, start, offset - start);
  while (offset < end && isLineEnd(p.u8(offset))) offset++;
  return offset;
}

function isLineEnd(byte: number): boolean {
  return byte === CR || byte === LF;
}

/** A number with its line end; `behindLength` is where it stopped. */
function readLength(p: Printer, offset: number, end: number): number {
  const cut = (): number => {
    behindLength = offset;
    return LENGTH_CUT;
  };
  const there = (): boolean => {
    if (offset < end) p.need(offset, 1);
    return offset < end;
  };
  if (!there()) return cut();
  const negative = p.bytes[offset] === MINUS;
  if (negative) offset++;
  let value = 0;
  let digits = 0;
  for (; ; offset++, digits++) {
    if (!there()) return cut();
    const digit = p.bytes[offset] - 0x30;
    if (digit < 0 || digit > 9) break;
    value = Math.min(value * 10 + digit, Number.MAX_SAFE_INTEGER);
  }
  behindLength = offset + 1;
  if (digits === 0 || p.bytes[offset] !== CR) return INVALID;
  offset++;
  if (!there()) return cut();
  behindLength = offset + 1;
  if (p.bytes[offset] !== LF) return INVALID;
  const tooLarge = value > MAXIMUM_LENGTH;
  if (negative) return value === 1 ? NULL : NEGATIVE;
  return tooLarge ? TOO_LARGE : value;
}
