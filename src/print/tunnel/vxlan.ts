// VXLAN (RFC 7348): an Ethernet frame over UDP.

import { FLAGS, HEADER_LENGTH, INSTANCE, NETWORK } from '../../wire/vxlan.ts';
import type { Printer } from '../engine/printer.ts';

export function printVxlan(p: Printer, offset: number, length: number): void {
  p.protocol = 'vxlan';
  p.ascii('VXLAN');
  if (length < HEADER_LENGTH) {
    p.invalid();
    return;
  }
  const flags = p.u8(offset + FLAGS);
  p.ascii((flags & INSTANCE) !== 0 ? ', flags [I] (0x' : ', flags [invalid] (0x');
  p.out.hexPadded(flags, 2);
  p.ascii('), ');
  p.field('vni ', p.u24(offset + NETWORK));
  p.ascii('\n');
  p.need(offset, HEADER_LENGTH);
  p.payload.ethernet(p, offset + HEADER_LENGTH, length - HEADER_LENGTH);
}
