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

export function printWb(p: Printer, at: number, length: number): void {
  p.protocol = 'wb';
  if (length < HEADER_LENGTH) {
    p.invalid();
    return;
  }
  p.need(at, HEADER_LENGTH);
  if (p.bytes[at + 11] !== 0) p.ascii('*');
  const type = p.bytes[at + 10];
  at += HEADER_LENGTH;
  length -= HEADER_LENGTH;
  if (type === KILL) p.ascii(' wb-kill');
  else if (!printMessage(p, type, at, length)) p.invalid();
}

/** Answers false where it is too short. */
function printMessage(p: Printer, type: number, at: number, length: number): boolean {
  switch (type) {
    case ANNOUNCEMENT:
      p.ascii(' wb-id:');
      return printAnnouncement(p, at, length);
    case REPAIR_REQUEST:
      p.ascii(' wb-rreq:');
      if (length < 20) return false;
      p.need(at, 20);
      p.ascii(' please repair ');
      p.ipv4(at);
      printRange(p, at + 4);
      return true;
    case REPAIR_REPLY:
      p.ascii(' wb-rrep:');
      if (length < 20) return false;
      p.need(at, 20);
      p.ascii(' for ');
      p.ipv4(at);
      return printOperations(p, at + 4);
    case DRAW:
      p.ascii(' wb-dop:');
      if (length < 16) return false;
      p.need(at, 16);
      return printOperations(p, at);
    case PAGE_REQUEST:
      p.ascii(' wb-preq:');
      if (length < 16) return false;
      p.need(at, 12);
      p.field(' need ', p.u32(at + 8));
      p.ascii('/');
      printPage(p, at);
      p.need(at, 16);
      return true;
    case PAGE_REPLY:
      p.ascii(' wb-prep:');
      if (length < 4) return false;
      printPages(p, at);
      return true;
  }
  p.ascii(` wb-${type}!`);
  return false;
}

/** A page: who made it, and which of his. */
function printPage(p: Printer, at: number): void {
  p.ipv4(at);
  p.field(':', p.u32(at + 4));
}

/** A page, and numbers of operations on it. */
function printRange(p: Printer, at: number): void {
  p.ascii(' ');
  printPage(p, at);
  p.ascii(`<${p.u32(at + 8)}:${p.u32(at + 12)}>`);
}

function printAnnouncement(p: Printer, at: number, length: number): boolean {
  if (length < 28) return false;
  p.need(at, 24);
  p.field(' ', p.u32(at + 12));
  p.ascii('/');
  printPage(p, at + 16);
  p.field(' (max ', p.u32(at));
  p.ascii('/');
  printPage(p, at + 4);
  p.ascii(') ');
  p.need(at, 28);
  const count = p.u16(at + 24);
  at += 28;
  length -= 28;
  if (length < 8 * count) return false;
  for (let i = 0; i < count; i++, at += 8, length -= 8) {
    p.need(at, 8);
    p.ascii(i === 0 ? '<' : ',');
    printPage(p, at);
  }
  p.ascii('> "');
  printPadded(p, at, length);
  p.ascii('"');
  return true;
}

function printPages(p: Printer, at: number): void {
  const count = p.u32(at);
  at += 4;
  for (let i = 0; i < count; i++) {
    p.need(at, 12);
    p.field(' ', p.u32(at));
    p.ascii('/');
    printPage(p, at + 4);
    p.need(at, 16);
    const pointers = p.u8(at + 12);
    at += 16;
    for (let j = 0; j < pointers; j++, at += 8) {
      p.need(at, 8);
      p.ascii(j === 0 ? '<' : ',');
      printPage(p, at);
    }
    p.ascii('>');
  }
}

function printOperations(p: Printer, at: number): boolean {
  printRange(p, at);
  if (p.verbose === 0) return true;
  let sequence = p.u32(at + 8);
  const last = p.u32(at + 12);
  at += 16;
  p.ascii(' <');
  for (; sequence <= last; sequence++) {
    const type = p.u8(at + 7);
    p.ascii(` ${OPERATIONS.get(type) ?? `dop-${type}!`}`);
    if (type === SKIP || type === HOLE) {
      const to = p.u32(at);
      p.decimal((to - sequence + 1) >>> 0);
      if (sequence > to || to > last) {
        p.ascii('[|]');
        if (to < sequence) return true;
      }
      sequence = to;
    }
    at += (p.u16(at + 4) + OPERATION_HEADER_LENGTH + 3) & ~3;
  }
  p.ascii(' >');
  return true;
}
