// The paths and data that operations of ForCES hold (RFC 5810, 7.1).
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';

export const HEADER_LENGTH = 4;
/** An ILV's: 32 bits of type and length each. */
export const WIDE_HEADER_LENGTH = 8;
/** Bytes of the description of a range or key. */
const DESCRIPTION_LENGTH = 12;
const RESULT_LENGTH = 4;
/** Where tcpdump's indentation ends, and paths within paths are not followed further. */
const DEEPEST = 255;

const PATH_DATA = 0x110;
const KEY = 0x111;
const FULL = 0x112;
const SPARSE = 0x113;
const RESULT = 0x114;
export const METADATA = 0x115;
export const REDIRECT_DATA = 0x116;
export const TLVS: Names = new Map([
  [0x0000, 'Invalid TLV'],
  [0x0001, 'REDIRECT TLV'],
  [0x0010, 'ASResult TLV'],
  [0x0011, 'ASTreason TLV'],
  [0x1000, 'LFBselect TLV'],
  [PATH_DATA, 'PATH-DATA TLV'],
  [KEY, 'KEYINFO TLV'],
  [FULL, 'FULLDATA TLV'],
  [SPARSE, 'SPARSEDATA TLV'],
  [RESULT, 'RESULT TLV'],
  [METADATA, 'METADATA TLV'],
  [REDIRECT_DATA, 'REDIRECTDATA TLV'],
]);
/** What data an operation may have, and what the flags of a path add to that. */
export const MAY_BE_FULL = 1;
export const MAY_BE_SPARSE = 2;
export const MAY_BE_RESULT = 4;
const WITH_KEY = 8;
const APPENDED = 16;
const WITH_RANGE = 32;
const KINDS: ReadonlyMap<number, number> = new Map([
  [KEY, 0],
  [FULL, MAY_BE_FULL],
  [SPARSE, MAY_BE_SPARSE],
  [RESULT, MAY_BE_RESULT],
  [PATH_DATA, 0],
]);

const RESULTS = [
  'SUCCESS',
  'INVALID HEADER',
  'LENGTH MISMATCH',
  'VERSION MISMATCH',
  'INVALID DESTINATION PID',
  'LFB UNKNOWN',
  'LFB NOT FOUND',
  'LFB INSTANCE ID NOT FOUND',
  'INVALID PATH',
  'COMPONENT DOES NOT EXIST',
  'EXISTS ALREADY',
  'NOT FOUND',
  'READ ONLY',
  'INVALID ARRAY CREATION',
  'VALUE OUT OF RANGE',
  'CONTENTS TOO LONG',
  'INVALID PARAMETERS',
  'INVALID MESSAGE TYPE',
  'INVALID FLAGS',
  'INVALID TLV',
  'EVENT ERROR',
  'NOT SUPPORTED',
  'MEMORY ERROR',
  'INTERNAL ERROR',
];
const UNSPECIFIED = 0xff;

export function aligned(length: number): number {
  return (length + 3) & ~3;
}

/** What is wrong with a TLV, or an ILV, that says it is `length` long where `left` bytes are; empty where nothing is. */
export function wrongLength(length: number, left: number, header = HEADER_LENGTH): string {
  if (left < header) return 'Invalid total length';
  if (length < header) return 'xLV too short';
  if (length > left) return 'xLV too long';
  return left < aligned(length) ? 'data padding missing' : '';
}

export function tlvName(type: number): string {
  return TLVS.get(type) ?? `#${type}`;
}

export function spaces(count: number): string {
  return ' '.repeat(Math.min(count, DEEPEST));
}

/** Paths, each in a TLV, one behind the other. Returns false where what they hold cannot be. */
export function printPaths(p: Printer, offset: number, left: number, mask: number, indent: number): boolean {
  if (indent > DEEPEST) return false;
  while (left > 0) {
    const length = p.u16(offset + 2);
    if (wrongLength(length, left) !== '') break;
    const type = p.u16(offset);
    const size = length - HEADER_LENGTH;
    if (p.verbose >= 3) {
      p.ascii(`${spaces(indent)}${tlvName(type)}, length ${length} (data encapsulated ${size} Bytes)`);
    }
    if (!printPath(p, offset + HEADER_LENGTH, size, mask, indent + 1)) return false;
    offset += aligned(length);
    left -= aligned(length);
  }
  if (left === 0) return true;
  const excess = (left - p.u16(offset + 2)) >>> 0;
  p.ascii(
    `\n\t\tMessy PATHDATA TLV header, type (0x${p.u16(offset).toString(16)})\n\t\texcess of ${excess} Bytes `,
  );
  return false;
}

export function printPath(p: Printer, offset: number, length: number, mask: number, indent: number): boolean {
  p.need(offset, HEADER_LENGTH);
  if (length < HEADER_LENGTH) {
    p.truncated();
    return false;
  }
  const flags = p.u16(offset);
  const count = p.u16(offset + 2);
  if (p.verbose >= 3) {
    p.ascii(`\n${spaces(indent)}Pathdata: Flags 0x${flags.toString(16)} ID count ${count}\n`);
  }
  if ((flags & 1) !== 0) mask |= WITH_KEY;
  if ((flags & 2) !== 0) mask |= WITH_RANGE;
  if ((flags & 4) !== 0) mask |= APPENDED;
  offset += HEADER_LENGTH;
  length -= HEADER_LENGTH;
  if (length < count * 4) {
    p.ascii(`\t\t\ttruncated IDs expected ${count * 4}B got ${length}B\n`);
    p.unknown(offset, '\t\t\tID Data[', length);
    p.ascii(']\n');
    return false;
  }
  if ((mask & WITH_RANGE) !== 0 && (mask & WITH_KEY) !== 0) {
    p.ascii('\t\t\tIllegal to have both Table ranges and keys\n');
    return false;
  }
  const rest = printSteps(p, offset, length, count, mask, indent);
  // What is wrong at the end of a path does not end the row of paths.
  if (rest <= 0) return true;
  return printPaths(p, offset + length - rest, rest, mask, indent + 1);
}

/** The steps of a path, and what lies at its end. Returns the bytes left, below 0 where these cannot be. */
function printSteps(
  p: Printer,
  offset: number,
  length: number,
  count: number,
  mask: number,
  indent: number,
): number {
  const lead = spaces(indent);
  const loud = p.verbose >= 3;
  const end = offset + length;
  if ((mask & APPENDED) !== 0 && loud) p.ascii(`${lead}TABLE APPEND\n`);
  for (let i = 1; i <= count; i++, offset += 4) {
    if (end - offset < 4) return -1;
    const id = p.u32(offset);
    if (loud) p.ascii(`${lead}ID#${String(i).padStart(2, '0')}: ${id}\n`);
  }
  if ((mask & (WITH_RANGE | WITH_KEY)) !== 0 && end - offset < DESCRIPTION_LENGTH) {
    p.ascii(`pathlength ${end - offset} with key/range too short ${DESCRIPTION_LENGTH}\n`);
    return -1;
  }
  if ((mask & WITH_RANGE) !== 0) {
    const first = p.u32(offset + HEADER_LENGTH);
    const last = p.u32(offset + HEADER_LENGTH + 4);
    offset += DESCRIPTION_LENGTH;
    if (loud) p.ascii(`${lead}Table range: [${first},${last}]\n`);
  }
  if ((mask & WITH_KEY) !== 0) {
    // Behind the number of the key its value, in a TLV.
    const size = p.u16(offset + 6);
    offset += 8;
    if (size < HEADER_LENGTH) {
      p.ascii(`key content length ${size} < ${HEADER_LENGTH}\n`);
      return -1;
    }
    if (end - offset < size - HEADER_LENGTH) {
      p.ascii('key content too short\n');
      return -1;
    }
    offset += size - HEADER_LENGTH;
  }
  return end === offset ? 0 : printData(p, offset, end - offset, mask, indent);
}

/** Answers as `printSteps` does. */
function printData(p: Printer, offset: number, left: number, mask: number, indent: number): number {
  const type = p.u16(offset);
  const length = p.u16(offset + 2);
  const wrong = wrongLength(length, left);
  const kind = KINDS.get(type);
  if (wrong !== '' || kind === undefined) {
    if (wrong !== '') {
      p.ascii(`${wrong} Outstanding bytes ${left} for TLV type 0x${type.toString(16)} TLV len ${length}\n`);
    } else p.ascii(`Invalid path data content type 0x${type.toString(16)} len ${length}\n`);
    if (length === 0) return left;
    p.unknown(offset, 'Bad Data val\n\t  [', left);
    p.ascii(']\n');
    return -1;
  }
  const size = length - HEADER_LENGTH;
  const padding = aligned(length) - length;
  if (p.verbose >= 3 && type !== PATH_DATA) {
    const padded = padding > 0 ? ` pad ${padding}` : '';
    p.ascii(`${spaces(indent)}  ${tlvName(type)} (Length ${length} DataLen ${size}${padded} Bytes)\n`);
  }
  if (type !== PATH_DATA) {
    if ((mask & WITH_KEY) !== 0) {
      if (type !== KEY) p.ascii('Based on flags expected KEYINFO TLV!\n');
    } else if ((mask & kind) === 0) {
      const shown = `0x${type.toString(16)} programmed ${kind.toString(16)} got ${mask.toString(16)}`;
      p.ascii(`Illegal DATA encoding for type ${shown}\n`);
    }
  }
  return printContent(p, type, offset, length + padding, mask, indent + 2) ? left - length - padding : -1;
}

/** `length` counts the header of the TLV at `offset`, and its padding. */
function printContent(
  p: Printer,
  type: number,
  offset: number,
  length: number,
  mask: number,
  indent: number,
): boolean {
  const body = offset + HEADER_LENGTH;
  const size = length - HEADER_LENGTH;
  switch (type) {
    case KEY:
      return printKey(p, body, length, indent);
    case FULL:
      return printFull(p, offset, size, indent);
    case SPARSE:
      return printSparse(p, body, size, indent + 1);
    case RESULT:
      return printResult(p, body, size, indent);
  }
  return printPaths(p, offset, length, mask, indent);
}

function printKey(p: Printer, offset: number, length: number, indent: number): boolean {
  p.ascii(`${spaces(indent)}Keyinfo: Key 0x${p.u32(offset).toString(16)}\n`);
  const type = p.u16(offset + 4);
  const size = p.u16(offset + 6);
  const wrong = wrongLength(size, length);
  if (wrong !== '') {
    p.ascii(`${wrong} TLV type 0x${type.toString(16)} len ${size}\n`);
    return false;
  }
  // As tcpdump has it: what lies in the TLV is taken for one.
  return printFull(p, offset + 8, size - HEADER_LENGTH, indent);
}

function printFull(p: Printer, offset: number, size: number, indent: number): boolean {
  p.need(offset, HEADER_LENGTH);
  if (p.u16(offset) !== FULL) {
    p.ascii('Error: expecting FULLDATA!\n');
    return false;
  }
  if (p.verbose < 3) return true;
  const lead = spaces(indent + 1);
  p.ascii(`${lead}[`);
  p.unknown(offset + HEADER_LENGTH, `\n${lead}`, size);
  p.ascii(`\n${lead}]`);
  return true;
}

function printSparse(p: Printer, offset: number, left: number, indent: number): boolean {
  if (left < WIDE_HEADER_LENGTH) {
    p.ascii('Error: BAD SPARSEDATA-TLV!\n');
    return false;
  }
  while (left > 0) {
    const length = left < WIDE_HEADER_LENGTH ? 0 : p.u32(offset + 4);
    const wrong = wrongLength(length, left, WIDE_HEADER_LENGTH);
    if (wrong !== '') {
      p.ascii(`Error: ${wrong}, rlen ${left}\n`);
      return false;
    }
    if (p.verbose >= 3) {
      p.ascii(`\n${spaces(indent - 1)} ILV: type ${p.u32(offset).toString(16)} length ${length}\n`);
      p.unknown(offset + WIDE_HEADER_LENGTH, '\t\t[', length - WIDE_HEADER_LENGTH);
    }
    offset += aligned(length);
    left -= aligned(length);
  }
  return true;
}

function printResult(p: Printer, offset: number, size: number, indent: number): boolean {
  if (size !== RESULT_LENGTH) {
    p.ascii(`illegal RESULT-TLV: ${size} bytes!\n`);
    return false;
  }
  p.need(offset, RESULT_LENGTH);
  const result = p.u8(offset);
  if (result >= RESULTS.length && result !== UNSPECIFIED) {
    p.ascii(`illegal reserved result code: 0x${result.toString(16)}!\n`);
    return false;
  }
  if (p.verbose >= 3) {
    p.ascii(
      `${spaces(indent)}  Result: ${RESULTS[result] ?? 'UNSPECIFIED ERROR'} (code 0x${result.toString(16)})\n`,
    );
  }
  return true;
}
