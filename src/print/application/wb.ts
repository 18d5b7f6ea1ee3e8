// LBL's shared whiteboard of the multicast backbone.
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';
import { printPadded } from '../engine/text.ts';

const HEADER_LENGTH = 12;
const OPERATION_HEADER_LENGTH = 8;

const DRAW = 0;
const ANNOUNCEMENT = 1;
const REPAIR_REQUEST = 2;
const REPAIR_REPLY = 3;
const KILL = 4;
const PAGE_REQUEST = 5;
const PAGE_REPLY = 7;

const SKIP = 14;
const HOLE = 15;
const OPERATIONS: Names = new Map(
  'RECT LINE ML DEL XFORM ELL CHAR STR NOP PSCODE PSCOMP REF SKIP HOLE'
    .split(' ')
    .map((name, i) => [i + 2, name] as const),
);

export function printWb(p: Printer, offset: number, length: number): void {
  p.protocol = 'wb';
  if (length < HEADER_LENGTH) {
    p.invalid();
    return;
  }
  p.need(offset, HEADER_LENGTH);
  if (p.bytes[offset + 11] !== 0) p.ascii('*');
  const type = p.bytes[offset + 10];
  offset += HEADER_LENGTH;
  length -= HEADER_LENGTH;
  if (type === KILL) p.ascii(' wb-kill');
  else if (!printMessage(p, type, offset, length)) p.invalid();
}

/** Returns false where it is too short. */
function printMessage(p: Printer, type: number, offset: number, length: number): boolean {
  switch (type) {
    case ANNOUNCEMENT:
      p.ascii(' wb-id:');
      return printAnnouncement(p, offset, length);
    case REPAIR_REQUEST:
      p.ascii(' wb-rreq:');
      if (length < 20) return false;
      p.need(offset, 20);
      p.ascii(' please repair ');
      p.ipv4(offset);
      printRange(p, offset + 4);
      return true;
    case REPAIR_REPLY:
      p.ascii(' wb-rrep:');
      if (length < 20) return false;
      p.need(offset, 20);
      p.ascii(' for ');
      p.ipv4(offset);
      return printOperations(p, offset + 4);
    case DRAW:
      p.ascii(' wb-dop:');
      if (length < 16) return false;
      p.need(offset, 16);
      return printOperations(p, offset);
    case PAGE_REQUEST:
      p.ascii(' wb-preq:');
      if (length < 16) return false;
      p.need(offset, 12);
      p.field(' need ', p.u32(offset + 8));
      p.ascii('/');
      printPage(p, offset);
      p.need(offset, 16);
      return true;
    case PAGE_REPLY:
      p.ascii(' wb-prep:');
      if (length < 4) return false;
      printPages(p, offset);
      return true;
  }
  p.ascii(` wb-${type}!`);
  return false;
}

/** A page: who made it, and which of his. */
function printPage(p: Printer, offset: number): void {
  p.ipv4(offset);
  p.field(':', p.u32(offset + 4));
}

/** A page, and numbers of operations on it. */
function printRange(p: Printer, offset: number): void {
  p.ascii(' ');
  printPage(p, offset);
  p.ascii(`<${p.u32(offset + 8)}:${p.u32(offset + 12)}>`);
}

function printAnnouncement(p: Printer, offset: number, length: number): boolean {
  if (length < 28) return false;
  p.need(offset, 24);
  p.field(' ', p.u32(offset + 12));
  p.ascii('/');
  printPage(p, offset + 16);
  p.field(' (max ', p.u32(offset));
  p.ascii('/');
  printPage(p, offset + 4);
  p.ascii(') ');
  p.need(offset, 28);
  const count = p.u16(offset + 24);
  offset += 28;
  length -= 28;
  if (length < 8 * count) return false;
  for (let i = 0; i < count; i++, offset += 8, length -= 8) {
    p.need(offset, 8);
    p.ascii(i === 0 ? '<' : ',');
    printPage(p, offset);
  }
  p.ascii('> "');
  printPadded(p, offset, length);
  p.ascii('"');
  return true;
}

function printPages(p: Printer, offset: number): void {
  const count = p.u32(offset);
  offset += 4;
  for (let i = 0; i < count; i++) {
    p.need(offset, 12);
    p.field(' ', p.u32(offset));
    p.ascii('/');
    printPage(p, offset + 4);
    p.need(offset, 16);
    const pointers = p.u8(offset + 12);
    offset += 16;
    for (let j = 0; j < pointers; j++, offset += 8) {
      p.need(offset, 8);
      p.ascii(j === 0 ? '<' : ',');
      printPage(p, offset);
    }
    p.ascii('>');
  }
}

function printOperations(p: Printer, offset: number): boolean {
  printRange(p, offset);
  if (p.verbose === 0) return true;
  let sequence = p.u32(offset + 8);
  const last = p.u32(offset + 12);
  offset += 16;
  p.ascii(' <');
  for (; sequence <= last; sequence++) {
    const type = p.u8(offset + 7);
    p.ascii(` ${OPERATIONS.get(type) ?? `dop-${type}!`}`);
    if (type === SKIP || type === HOLE) {
      const to = p.u32(offset);
      p.decimal((to - sequence + 1) >>> 0);
      if (sequence > to || to > last) {
        p.ascii('[|]');
        if (to < sequence) return true;
      }
      sequence = to;
    }
    offset += (p.u16(offset + 4) + OPERATION_HEADER_LENGTH + 3) & ~3;
  }
  p.ascii(' >');
  return true;
}
