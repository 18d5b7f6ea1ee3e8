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

export function printResp(p: Printer, at: number, length: number): void {
  p.protocol = 'resp';
  if (length <= 0) return;
  p.ascii(': RESP');
  const end = at + length;
  while (at < end) {
    at = printElement(p, at, end, 0);
    if (at === CUT) {
      p.truncated();
      return;
    }
  }
}

/** Answers where what follows the element begins, or CUT. */
function printElement(p: Printer, at: number, end: number, depth: number): number {
  if (at >= end || depth > MAXIMUM_DEPTH) return CUT;
  switch (p.u8(at)) {
    case SIMPLE:
    case INTEGER:
    case MINUS: {
      const line = findLineEnd(p, at + 1, end);
      if (line === CUT) return CUT;
      printQuoted(p, at + 1, line - at - 1);
      return line + 2;
    }
    case BULK:
      return printBulk(p, at + 1, end);
    case ARRAY:
      return printArray(p, at + 1, end, depth);
    default:
      return printInline(p, at, end);
  }
}

function printQuoted(p: Printer, at: number, length: number): void {
  p.ascii(' "');
  printText(p, at, length);
  p.ascii('"');
}

/** Where the next CR LF begins, or CUT. */
function findLineEnd(p: Printer, at: number, end: number): number {
  for (; at + 2 <= end && p.has(at, 2); at++) {
    if (p.bytes[at] === CR && p.bytes[at + 1] === LF) return at;
  }
  return CUT;
}

function printBulk(p: Printer, at: number, end: number): number {
  const length = readLength(p, at, end);
  at = behindLength;
  if (length < 0) return printSpecial(p, length) ? at : CUT;
  if (length === 0) p.ascii(' empty');
  else {
    if (at + length > end || !p.has(at, length)) return CUT;
    printQuoted(p, at, length);
    at += length;
  }
  const line = findLineEnd(p, at, end);
  return line === CUT ? CUT : line + 2;
}

function printArray(p: Printer, at: number, end: number, depth: number): number {
  const count = readLength(p, at, end);
  at = behindLength;
  if (count < 0) return printSpecial(p, count) ? at : CUT;
  if (count === 0) p.ascii(' empty');
  for (let i = 0; i < count; i++) {
    at = printElement(p, at, end, depth + 1);
    if (at === CUT) return CUT;
  }
  return at;
}

/** A length that is no number. Answers false where it was cut. */
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
function printInline(p: Printer, at: number, end: number): number {
  while (at < end && isLineEnd(p.u8(at))) at++;
  const start = at;
  while (at < end && !isLineEnd(p.u8(at))) at++;
  if (at >= end) return CUT;
  printQuoted(p, start, at - start);
  while (at < end && isLineEnd(p.u8(at))) at++;
  return at;
}

function isLineEnd(byte: number): boolean {
  return byte === CR || byte === LF;
}

/** A number with its line end; `behindLength` is where it stopped. */
function readLength(p: Printer, at: number, end: number): number {
  const cut = (): number => {
    behindLength = at;
    return LENGTH_CUT;
  };
  const there = (): boolean => {
    if (at < end) p.need(at, 1);
    return at < end;
  };
  if (!there()) return cut();
  const negative = p.bytes[at] === MINUS;
  if (negative) at++;
  let value = 0;
  let digits = 0;
  for (; ; at++, digits++) {
    if (!there()) return cut();
    const digit = p.bytes[at] - 0x30;
    if (digit < 0 || digit > 9) break;
    value = Math.min(value * 10 + digit, Number.MAX_SAFE_INTEGER);
  }
  behindLength = at + 1;
  if (digits === 0 || p.bytes[at] !== CR) return INVALID;
  at++;
  if (!there()) return cut();
  behindLength = at + 1;
  if (p.bytes[at] !== LF) return INVALID;
  const tooLarge = value > MAXIMUM_LENGTH;
  if (negative) return value === 1 ? NULL : NEGATIVE;
  return tooLarge ? TOO_LARGE : value;
}
