// Forwarding and control element separation (RFC 5810).

import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';
import {
  aligned,
  HEADER_LENGTH,
  MAY_BE_FULL,
  MAY_BE_RESULT,
  MAY_BE_SPARSE,
  METADATA,
  printPath,
  printPaths,
  REDIRECT_DATA,
  spaces,
  TLVS,
  tlvName,
  WIDE_HEADER_LENGTH,
  wrongLength,
} from './forces-data.ts';

const MESSAGE_HEADER_LENGTH = 24;
/** Bytes of class and instance that begin the selection of a logical function block. */
const SELECTOR_LENGTH = 8;
const SMALLEST_OPERATION = 8;
const INDENT = 9;

/** Prints the TLV whose value lies at `offset` and whose length is `length`; returns false where it cannot be. */
type Body = (p: Printer, offset: number, length: number, operations: number) => boolean;

/** Top-level TLVs a message may have: none; none or more; one or more. */
const EMPTY = 1;
const OPTIONAL = 2;
const REQUIRED = 4;
interface Message {
  readonly name: string;
  readonly flags: number;
  /** TLVs that are read at most. */
  readonly most: number;
  /** Bits of the operations it may have, that of 1 lowest. */
  readonly operations: number;
  readonly print: Body;
}

function operations(...numbers: readonly number[]): number {
  return numbers.reduce((mask, number) => mask | (1 << (number - 1)), 0);
}

function message(name: string, flags: number, most: number, allowed: number, print: Body): Message {
  return { name, flags, most, operations: allowed, print };
}

const MESSAGES: ReadonlyMap<number, Message> = new Map([
  [0x01, message('Association Setup', OPTIONAL, 2, operations(11), printSelection)],
  [0x02, message('Association TearDown', REQUIRED, 1, 0, printTeardown)],
  [0x03, message('Config', REQUIRED, 15, operations(1, 2, 5, 12, 14), printSelection)],
  [0x04, message('Query', REQUIRED, 15, operations(7, 8), printSelection)],
  [0x05, message('Event Notification', REQUIRED, 1, operations(11), printSelection)],
  [0x06, message('Packet Redirect', REQUIRED, 15, 0, printRedirect)],
  [0x0f, message('HeartBeat', EMPTY, 0, 0, () => true)],
  [0x11, message('Association Response', REQUIRED, 1, 0, printResponse)],
  [0x13, message('Config Response', REQUIRED, 15, operations(3, 4, 6, 13), printSelection)],
  [0x14, message('Query Response', REQUIRED, 15, operations(9, 10), printSelection)],
]);
/** Types that are assigned, but have no printer. */
const ASSIGNED = [0x12];

const ACKNOWLEDGEMENTS = ['NoACK', 'SuccessACK', 'FailureACK', 'AlwaysACK'];
const EXECUTIONS = [
  'EMReserved',
  'execute-all-or-none',
  'execute-until-failure',
  'continue-execute-on-failure',
];
const TRANSACTIONS = ['Standalone', '2PCtransaction'];
const PHASES = ['StartofTransaction', 'MiddleofTransaction', 'EndofTransaction', 'abort'];
const BLOCKS: Names = new Map([
  [0, 'Invalid TLV'],
  [1, 'FEObj LFB'],
  [2, 'FEProtoObj LFB'],
]);
const TEARDOWNS = [
  'Normal Teardown',
  'Loss of Heartbeats',
  'Out of bandwidth',
  'Out of Memory',
  'Application Crash',
];
const RESPONSES = ['Success ', 'FE ID invalid ', 'permission denied ', 'Unknown '];

const COMMIT = 12;
const COMMIT_RESPONSE = 13;
const COMPLETE = 14;
/** Operations: name, and the data they may have. */
const OPERATIONS: readonly (readonly [name: string, data: number])[] = [
  ['Invalid OPTLV', 0],
  [' Set', MAY_BE_FULL | MAY_BE_SPARSE],
  [' SetProp', MAY_BE_FULL | MAY_BE_SPARSE],
  [' SetResp', MAY_BE_RESULT],
  [' SetPropResp', MAY_BE_RESULT],
  [' Del', 0],
  [' DelResp', MAY_BE_RESULT],
  [' Get', 0],
  [' GetProp', 0],
  [' GetResp', MAY_BE_FULL | MAY_BE_SPARSE | MAY_BE_RESULT],
  [' GetPropResp', MAY_BE_FULL | MAY_BE_RESULT],
  [' Report', MAY_BE_FULL | MAY_BE_SPARSE],
  [' Commit', 0],
  [' RCommit', MAY_BE_RESULT],
  [' RTRCOMP', 0],
];

export function printForces(p: Printer, offset: number, length: number): void {
  p.protocol = 'forces';
  if (!p.whole(offset, MESSAGE_HEADER_LENGTH) || printMessage(p, offset, length)) return;
  p.unknown(offset, '\n\t[', length);
  p.ascii('\n\t]');
}

/** Returns false where it cannot be. */
function printMessage(p: Printer, offset: number, length: number): boolean {
  const type = p.bytes[offset + 1];
  const found = MESSAGES.get(type);
  if (found === undefined) {
    if (ASSIGNED.includes(type)) p.ascii(`\n\tUnknown ForCES message type=0x${type.toString(16)}`);
    else p.ascii(`Invalid ForCES message type ${type}\n`);
    return false;
  }
  const size = p.u16(offset + 2) * 4;
  p.ascii(`\n\tForCES ${found.name} `);
  if (length < MESSAGE_HEADER_LENGTH || size < MESSAGE_HEADER_LENGTH || size !== length) {
    p.ascii(
      `Illegal ForCES pkt len - min ${MESSAGE_HEADER_LENGTH}, total recvd ${length}, advertised ${size} `,
    );
    return false;
  }
  if (p.verbose >= 1) printHeader(p, offset, size);
  if (p.verbose >= 2) printFlags(p, p.u32(offset + 20));
  if (!printTlvs(p, found, offset + MESSAGE_HEADER_LENGTH, size - MESSAGE_HEADER_LENGTH)) return false;
  if (p.verbose >= 4) {
    p.ascii('\n\t  Raw ForCES message\n\t [');
    p.unknown(offset, '\n\t ', length);
    p.ascii('\n\t ]');
  }
  return true;
}

function printHeader(p: Printer, offset: number, size: number): void {
  p.ascii(`\n\tForCES Version ${p.bytes[offset] >> 4} len ${size}B flags 0x`);
  p.out.hexPadded(p.u32(offset + 20), 8);
  p.ascii(` \n\tSrcID ${element(p.u32(offset + 4))} DstID ${element(p.u32(offset + 8))}`);
  p.ascii(` Correlator 0x${p.u64(offset + 12).toString(16)}`);
}

/** What an identifier names. */
function element(id: number): string {
  const kind =
    id <= 0x3fffffff
      ? 'FE'
      : id <= 0x7fffffff
        ? 'CE'
        : id >= 0xc0000000 && id <= 0xffffffef
          ? 'AllMulticast'
          : (['AllCEsBroadcast', 'AllFEsBroadcast', 'AllBroadcast'][id - 0xfffffffd] ?? 'ForCESreserved');
  return `0x${id.toString(16)}(${kind})`;
}

function printFlags(p: Printer, flags: number): void {
  const acknowledgement = flags >>> 30;
  const execution = (flags >>> 22) & 3;
  const transaction = (flags >>> 21) & 1;
  const phase = (flags >>> 19) & 3;
  p.ascii(`\n\tForCES flags:\n\t  ${ACKNOWLEDGEMENTS[acknowledgement]}(0x${acknowledgement})`);
  p.ascii(`, prio=${(flags >>> 27) & 7}, ${EXECUTIONS[execution]}(0x${execution}),`);
  p.ascii(`\n\t  ${TRANSACTIONS[transaction]}(0x${transaction}), ${PHASES[phase]}(0x${phase})\n`);
  p.ascii(
    `\t  Extra flags: rsv(b5-7) 0x${(flags >>> 24) & 7} rsv(b13-31) 0x${(flags & 0x7ffff).toString(16)}\n`,
  );
}

function printTlvs(
  p: Printer,
  { flags, most, operations, print }: Message,
  offset: number,
  left: number,
): boolean {
  if (left > HEADER_LENGTH) {
    if (flags === EMPTY) {
      p.ascii(`<0x${flags}>Illegal Top level TLV!\n`);
      return false;
    }
  } else if (flags === REQUIRED) {
    p.ascii('\tTop level TLV Data missing!\n');
    return false;
  } else return true;
  for (let i = 0; i < most && left > 0; i++) {
    const type = p.u16(offset);
    const length = p.u16(offset + 2);
    if (wrongLength(length, left) !== '') break;
    if (!TLVS.has(type) || type === 0) {
      p.ascii(`\n\tInvalid ForCES Top TLV type=0x${type.toString(16)}`);
      return false;
    }
    if (p.verbose >= 3) {
      p.ascii(`\t${tlvName(type)}, length ${length} (data length ${length - HEADER_LENGTH} Bytes)`);
    }
    if (!print(p, offset + HEADER_LENGTH, length, operations)) return false;
    offset += aligned(length);
    left -= aligned(length);
  }
  if (left === 0) return true;
  p.ascii(`\tMess TopTLV header: min ${HEADER_LENGTH}, total ${left} advertised ${p.u16(offset + 2)} `);
  return false;
}

function printSelection(p: Printer, offset: number, length: number, allowed: number): boolean {
  let left = length - HEADER_LENGTH - SELECTOR_LENGTH;
  if (left <= HEADER_LENGTH) {
    p.ascii(`\n\t\ttruncated lfb selector: ${HEADER_LENGTH - left} bytes missing! `);
    return false;
  }
  p.need(offset, SELECTOR_LENGTH);
  if (p.verbose >= 3) {
    const block = p.u32(offset);
    const name = BLOCKS.get(block) ?? `#${block | 0}`;
    p.ascii(
      `\n${spaces(INDENT)}${name}(Classid ${block.toString(16)}) instance ${p.u32(offset + 4).toString(16)}\n`,
    );
  }
  offset += SELECTOR_LENGTH;
  while (left > 0) {
    const type = p.u16(offset);
    const size = p.u16(offset + 2);
    if (wrongLength(size, left) !== '') break;
    const known = type > 0 && type < OPERATIONS.length && (allowed & (1 << (type - 1))) !== 0;
    if (known || type >= 0x8000) printOperation(p, type, offset, size);
    else {
      if (p.verbose < 3) p.ascii('\n');
      p.ascii(`\t\tINValid oper-TLV type 0x${type.toString(16)} length ${size} for this ForCES message\n`);
      printInvalid(p, offset, left, INDENT + 1);
    }
    offset += aligned(size);
    left -= aligned(size);
  }
  return left === 0 || messy(p, 'oper', offset, left);
}

function messy(p: Printer, what: string, offset: number, left: number): false {
  const excess = (left - p.u16(offset + 2)) >>> 0;
  p.ascii(
    `\n\t\tMessy ${what} TLV header, type (0x${p.u16(offset).toString(16)})\n\t\texcess of ${excess} Bytes `,
  );
  return false;
}

function printInvalid(p: Printer, offset: number, length: number, indent: number): void {
  if (p.verbose < 3) return;
  const lead = spaces(indent - 1);
  p.ascii(`${lead}Data[`);
  p.unknown(offset, `\n${lead}`, length);
  p.ascii(`\n${lead}]\n`);
}

function printOperation(p: Printer, type: number, offset: number, length: number): void {
  const indent = INDENT + 1;
  const [name, data] = OPERATIONS[type] ?? OPERATIONS[0];
  const title = `Oper TLV ${name}(0x${type.toString(16)}) length ${length}\n`;
  if (p.verbose >= 3) p.ascii(spaces(indent) + title);
  const body = offset + HEADER_LENGTH;
  const size = length - HEADER_LENGTH;
  if (size < SMALLEST_OPERATION) {
    p.ascii(`\t\t${title}\t\tTruncated data size ${size} minimum required ${SMALLEST_OPERATION}\n`);
    printInvalid(p, body, size, indent);
  } else if (data === 0 && name === OPERATIONS[0][0]) printInvalid(p, body, size, indent + 1);
  else if (type === COMMIT_RESPONSE) printCommitResponse(p, body, size, data, indent + 1);
  else if (type !== COMMIT && type !== COMPLETE) printPaths(p, body, size, data, indent + 1);
}

function printCommitResponse(p: Printer, offset: number, left: number, data: number, indent: number): void {
  const type = p.u16(offset);
  const length = p.u16(offset + 2);
  const wrong = wrongLength(length, left);
  p.ascii(`genoptlvprint - ${tlvName(type)} TLV type 0x${type.toString(16)} len ${length}\n`);
  if (wrong !== '') {
    p.ascii(`\t\t\tInvalid ForCES TLV type=${type.toString(16)}`);
    return;
  }
  if (!TLVS.has(type) || type === 0) {
    p.ascii(`#0 TLV type 0x${type.toString(16)} len ${length}\n`);
    return;
  }
  const size = length - HEADER_LENGTH;
  if (p.verbose >= 3)
    p.ascii(`${spaces(indent)}${tlvName(type)}, length ${length} (data length ${size} Bytes)`);
  printPath(p, offset + HEADER_LENGTH, size, data, indent + 1);
}

function printTeardown(p: Printer, offset: number, length: number): boolean {
  const size = length - HEADER_LENGTH;
  if (size !== 4) {
    p.ascii(`illegal ASTresult-TLV: ${size} bytes!\n`);
    return false;
  }
  const code = p.u32(offset);
  if (code > 255) {
    p.ascii(`illegal ASTresult result code: ${code}!\n`);
    return false;
  }
  if (p.verbose >= 3) {
    const lead = spaces(INDENT);
    p.ascii(
      `Teardown reason:\n${lead}${TEARDOWNS[code] ?? 'Unknown Teardown reason'}(${code.toString(16)})\n${lead}`,
    );
  }
  return true;
}

function printResponse(p: Printer, offset: number, length: number): boolean {
  const size = length - HEADER_LENGTH;
  if (size !== 4) {
    p.ascii(`illegal ASRresult-TLV: ${size} bytes!\n`);
    return false;
  }
  const code = p.u32(offset);
  if (code >= RESPONSES.length) {
    p.ascii(`illegal ASRresult result code: ${code}!\n`);
    return false;
  }
  const lead = spaces(INDENT);
  if (p.verbose >= 3) p.ascii(`\n${lead}${RESPONSES[code]}(${code})\n${lead}`);
  return true;
}

function printRedirect(p: Printer, offset: number, length: number): boolean {
  let left = length - HEADER_LENGTH;
  if (left <= SELECTOR_LENGTH) {
    p.ascii(`\n\t\ttruncated Redirect TLV: ${SELECTOR_LENGTH - left} bytes missing! `);
    return false;
  }
  const lead = spaces(INDENT + 1);
  while (left > 0) {
    const type = p.u16(offset);
    const size = p.u16(offset + 2);
    if (wrongLength(size, left) !== '') {
      p.ascii('Bad Redirect data\n');
      break;
    }
    const body = offset + HEADER_LENGTH;
    const rest = size - HEADER_LENGTH;
    if (type === METADATA) {
      p.ascii(`\n${lead} METADATA length ${rest}\n`);
      printMetadata(p, body, rest);
    } else if (type === REDIRECT_DATA) {
      p.ascii(`\n${lead} Redirect Data length ${rest}\n`);
      if (p.verbose >= 3) {
        p.ascii('\t\t[');
        p.unknown(body, '\n\t\t', rest);
        p.ascii('\n\t\t]');
      }
    } else p.ascii(`Unknown REDIRECT TLV 0x${type.toString(16)} len ${size}\n`);
    offset += aligned(size);
    left -= aligned(size);
  }
  return left === 0 || messy(p, 'Redirect', offset, left);
}

function printMetadata(p: Printer, offset: number, left: number): void {
  while (left >= WIDE_HEADER_LENGTH) {
    const length = p.u32(offset + 4);
    if (wrongLength(length, left, WIDE_HEADER_LENGTH) !== '') return;
    p.ascii(`${spaces(INDENT + 2)}MetaID 0x${p.u32(offset).toString(16)} length ${length}\n`);
    if (p.verbose >= 3) {
      p.unknown(offset + WIDE_HEADER_LENGTH, '\t\t[', length - WIDE_HEADER_LENGTH);
      p.ascii(' ]\n');
    }
    offset += aligned(length);
    left -= aligned(length);
  }
}
