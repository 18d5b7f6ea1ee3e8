// TFTP (RFC 1350, RFC 2347).
import type { Printer } from '../engine/printer.ts';
import { printTerminated } from '../engine/text.ts';

const READ = 1;
const WRITE = 2;
const DATA = 3;
const ACKNOWLEDGMENT = 4;
const ERROR = 5;
const OPERATIONS = ['', 'RRQ', 'WRQ', 'DATA', 'ACK', 'ERROR', 'OACK'];
const ERRORS = 'EUNDEF ENOTFOUND EACCESS ENOSPACE EBADOP EBADID EEXISTS ENOUSER'.split(' ');

export function printTftp(p: Printer, at: number, length: number): void {
  p.protocol = 'tftp';
  p.field('TFTP, length ', length);
  if (length < 2) {
    p.truncated();
    return;
  }
  const operation = p.u16(at);
  p.ascii(', ');
  const name = OPERATIONS[operation];
  if (operation === 0 || name === undefined) {
    p.field('tftp-#', operation);
    return;
  }
  p.ascii(name);
  if (!printBody(p, operation, at + 2, at + length)) p.truncated();
}

/** Answers false where the message ends too early. */
function printBody(p: Printer, operation: number, at: number, end: number): boolean {
  switch (operation) {
    case READ:
    case WRITE: {
      if (at === end) return false;
      p.ascii(' "');
      let whole = printTerminated(p, at, end - at);
      p.ascii('"');
      if (!whole) return false;
      at = behind(p, at);
      if (at === end) return false;
      p.ascii(' ');
      whole = printTerminated(p, at, end - at);
      return whole && printOptions(p, behind(p, at), end);
    }
    case DATA:
    case ACKNOWLEDGMENT:
      if (end - at < 2) return false;
      p.field(' block ', p.u16(at));
      return true;
    case ERROR: {
      if (end - at < 2) return false;
      const code = p.u16(at);
      p.ascii(' ');
      p.ascii(ERRORS[code] ?? `tftp-err-#${code} "`);
      at += 2;
      if (at === end) return false;
      p.ascii(' "');
      const whole = printTerminated(p, at, end - at);
      p.ascii('"');
      return whole;
    }
    default:
      return printOptions(p, at, end);
  }
}

function printOptions(p: Printer, at: number, end: number): boolean {
  while (at < end) {
    if (p.u8(at) !== 0) p.ascii(' ');
    if (!printTerminated(p, at, end - at)) return false;
    at = behind(p, at);
  }
  return true;
}

/** Where what follows the text at `at` and its NUL begins. */
function behind(p: Printer, at: number): number {
  return p.bytes.indexOf(0, at) + 1;
}
