// RIPng (RFC 2080).
import type { Printer } from '../engine/printer.ts';

const HEADER_LENGTH = 4;
const ENTRY_LENGTH = 20;
const REQUEST = 1;
const RESPONSE = 2;
const INFINITY = 16;

export function printRipng(p: Printer, offset: number, length: number): void {
  p.protocol = 'ripng';
  const version = p.u8(offset + 1);
  if (version !== 1) {
    p.ascii(` [vers ${version}]`);
    p.invalid();
    return;
  }
  const command = p.u8(offset);
  if (command !== REQUEST && command !== RESPONSE) {
    p.ascii(` ripng-${command} ?? ${length}`);
    p.invalid();
    return;
  }
  if (length < HEADER_LENGTH) {
    p.invalid();
    return;
  }
  const left = length - HEADER_LENGTH;
  const count = Math.floor(left / ENTRY_LENGTH);
  const first = offset + HEADER_LENGTH;
  if (command === REQUEST && count === 1 && p.u8(first + 19) === INFINITY && isZero(p, first)) {
    p.ascii(' ripng-req dump');
    return;
  }
  p.field(command === REQUEST ? ' ripng-req ' : ' ripng-resp ', count);
  if (left % ENTRY_LENGTH !== 0) p.ascii(`[${length}]`);
  p.ascii(':');
  for (let i = 0; i < count; i++) {
    p.ascii(p.verbose > 1 ? '\n\t' : ' ');
    printEntry(p, first + i * ENTRY_LENGTH, command === RESPONSE);
  }
  if (left % ENTRY_LENGTH !== 0) p.invalid();
}

function isZero(p: Printer, offset: number): boolean {
  for (let i = 0; i < 16; i++) if (p.bytes[offset + i] !== 0) return false;
  return true;
}

function printEntry(p: Printer, offset: number, metrics: boolean): void {
  p.need(offset, 16);
  p.u8(offset + 18);
  p.ipv6(offset);
  p.field('/', p.u8(offset + 18));
  const tag = p.u16(offset + 16);
  if (tag !== 0) p.ascii(` [${tag}]`);
  const metric = p.u8(offset + 19);
  if (metric !== 0 && metrics) p.ascii(` (${metric})`);
}
