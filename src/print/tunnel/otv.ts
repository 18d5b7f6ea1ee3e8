// OTV (draft-hasmit-otv): an Ethernet frame over UDP. Linux sends VXLAN to this port unless told otherwise, as flannel
// does; its header has the same length, and tcpdump shows it as this.

import type { Printer } from '../engine/printer.ts';

const HEADER_LENGTH = 8;
const INSTANCE = 0x08;

export function printOtv(p: Printer, offset: number, length: number): void {
  p.protocol = 'otv';
  p.ascii('OTV, ');
  if (length < HEADER_LENGTH) {
    p.field('[length ', length);
    p.field(' < ', HEADER_LENGTH);
    p.ascii(']');
    p.invalid();
    return;
  }
  const flags = p.u8(offset);
  p.ascii((flags & INSTANCE) !== 0 ? 'flags [I] (0x' : 'flags [.] (0x');
  p.out.hexPadded(flags, 2);
  p.ascii('), ');
  p.field('overlay ', p.u24(offset + 1));
  p.ascii(', ');
  p.field('instance ', p.u24(offset + 4));
  p.ascii('\n');
  p.need(offset, HEADER_LENGTH);
  p.payload.ethernet(p, offset + HEADER_LENGTH, length - HEADER_LENGTH);
}
