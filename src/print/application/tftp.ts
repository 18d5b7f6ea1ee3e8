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

export function printTftp(p: Printer, offset: number, length: number): void {
  p.protocol = 'tftp';
  p.field('TFTP, length ', length);
  if (length < 2) {
    p.truncated();
    return;
  }
  const operation = p.u16(offset);
  p.ascii(', ');
  const name = OPERATIONS[operation];
  if (operation === 0 || name === undefined) {
    p.field('tftp-#', operation);
    return;
  }
  p.ascii(name);
  if (!printBody(p, operation, offset + 2, offset + length)) p.truncated();
}

/** Returns false where the message ends too early. */
function printBody(p: Printer, operation: number, offset: number, end: number): boolean {
  switch (operation) {
    case READ:
    case WRITE: {
      if (offset === end) return false;
      p.ascii(' "');
      let whole = printTerminated(p, offset, end - offset);
      p.ascii('"');
      if (!whole) return false;
      offset = behind(p, offset);
      if (offset === end) return false;
      p.ascii(' ');
      whole = printTerminated(p, offset, end - offset);
      return whole && printOptions(p, behind(p, offset), end);
    }
    case DATA:
    case ACKNOWLEDGMENT:
      if (end - offset < 2) return false;
      p.field(' block ', p.u16(offset));
      return true;
    case ERROR: {
      if (end - offset < 2) return false;
      const code = p.u16(offset);
      p.ascii(' ');
      p.ascii(ERRORS[code] ?? `tftp-err-#${code} "`);
      offset += 2;
      if (offset === end) return false;
      p.ascii(' "');
      const whole = printTerminated(p, offset, end - offset);
      p.ascii('"');
      return whole;
    }
    default:
      return printOptions(p, offset, end);
  }
}

function printOptions(p: Printer, offset: number, end: number): boolean {
  while (offset < end) {
    if (p.u8(offset) !== 0) p.ascii(' ');
    if (!printTerminated(p, offset, end - offset)) return false;
    offset = behind(p, offset);
  }
  return true;
}

/** Where what follows the text at `offset` and its NUL begins. */
function behind(p: Printer, offset: number): number {
  return p.bytes.indexOf(0, offset) + 1;
}
