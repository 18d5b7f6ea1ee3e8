// VXLAN (RFC 7348): an Ethernet frame over UDP.

import type { Printer } from '../engine/printer.ts';

const HEADER_LENGTH = 8;
const INSTANCE = 0x08;

export function printVxlan(p: Printer, offset: number, length: number): void {
  p.protocol = 'vxlan';
  p.ascii('VXLAN');
  if (length < HEADER_LENGTH) {
    p.invalid();
    return;
  }
  const flags = p.u8(offset);
  p.ascii((flags & INSTANCE) !== 0 ? ', flags [I] (0x' : ', flags [invalid] (0x');
  p.out.hexPadded(flags, 2);
  p.ascii('), ');
  p.field('vni ', p.u24(offset + 4));
  p.ascii('\n');
  p.need(offset, HEADER_LENGTH);
  p.payload.ethernet(p, offset + HEADER_LENGTH, length - HEADER_LENGTH);
}
