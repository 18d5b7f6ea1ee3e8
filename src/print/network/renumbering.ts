// ICMPv6 router renumbering (RFC 2894).
import { type Printer, writeFlags } from '../engine/printer.ts';

const COMMAND = 0;
const HEADER_LENGTH = 16;
const MATCH_LENGTH = 24;
const USE_LENGTH = 32;
const INFINITE = 0xffffffff;

const FLAGS = [
  [0x80, 'T'],
  [0x40, 'R'],
  [0x20, 'A'],
  [0x10, 'S'],
  [0x08, 'P'],
] as const;
/** Lifetimes that count down. */
const DECREASING = [
  [0x80, 'V'],
  [0x40, 'P'],
] as const;
const OPERATIONS = ['', 'add', 'change', 'setglobal'];

export function printRenumbering(p: Printer, offset: number): void {
  if (!printMessage(p, offset)) p.truncated();
}

/** Returns false where the message was not captured whole or makes no sense. */
function printMessage(p: Printer, offset: number): boolean {
  if (!p.has(offset, HEADER_LENGTH)) return false;
  const code = p.u8(offset + 1);
  if (code === COMMAND) p.ascii(', command');
  else if (code === 1) p.ascii(', result');
  else if (code === 255) p.ascii(', sequence number reset');
  else p.field(', code-#', code);
  p.field(', seq=', p.u32(offset + 4));
  if (p.verbose > 0) {
    p.ascii('[');
    const flags = p.u8(offset + 9);
    if (flags !== 0) {
      writeFlags(p, FLAGS, '', flags, '');
      p.ascii(',');
    }
    p.field('seg=', p.u8(offset + 8));
    p.field(',maxdelay=', p.u16(offset + 10));
    const reserved = p.u32(offset + 12);
    if (reserved !== 0) p.hexField('rsvd=0x', reserved);
    p.ascii(']');
  }
  if (code !== COMMAND) return true;
  const match = offset + HEADER_LENGTH;
  if (!p.has(match, MATCH_LENGTH)) return false;
  const separator = p.verbose > 1 ? '\n\t' : ' ';
  p.ascii(separator);
  p.ascii('match(');
  const operation = p.u8(match);
  const name = OPERATIONS[operation];
  if (name === undefined || operation === 0) p.field('#', operation);
  else p.ascii(name);
  if (p.verbose > 0) {
    p.field(',ord=', p.u8(match + 2));
    p.field(',min=', p.u8(match + 4));
    p.field(',max=', p.u8(match + 5));
  }
  p.ascii(',');
  p.ipv6(match + 8);
  p.field('/', p.u8(match + 3));
  p.ascii(')');
  // The length counts in units of 8 bytes: 3 for the match, 4 for each use.
  const uses = p.u8(match + 1) - 3;
  if (uses % 4 !== 0) return false;
  let use = match + MATCH_LENGTH;
  for (let i = 0; i < uses / 4; i++, use += USE_LENGTH) {
    if (!p.has(use, USE_LENGTH)) return false;
    p.ascii(separator);
    printUse(p, use);
  }
  return true;
}

/** The prefix that replaces or joins the matching one. */
function printUse(p: Printer, offset: number): void {
  p.ascii('use(');
  const flags = p.u8(offset + 12);
  if (flags !== 0) {
    writeFlags(p, DECREASING, '', flags, '');
    p.ascii(',');
  }
  if (p.verbose > 0) {
    p.hexField('mask=0x', p.u8(offset + 2));
    p.hexField(',raflags=0x', p.u8(offset + 3));
    p.ascii(',');
    lifetime(p, 'vltime=', p.u32(offset + 4));
    lifetime(p, 'pltime=', p.u32(offset + 8));
  }
  p.ipv6(offset + 16);
  p.field('/', p.u8(offset));
  p.field('/', p.u8(offset + 1));
  p.ascii(')');
}

function lifetime(p: Printer, name: string, seconds: number): void {
  p.ascii(name);
  if (seconds === INFINITE) p.ascii('infty');
  else p.decimal(seconds);
  p.ascii(',');
}
