// Multicast listener discovery (RFC 2710, RFC 3810).
import type { Printer } from '../engine/printer.ts';
import { printGroupRecords, printQueriedSources } from './group-records.ts';

/** Version 1; tcpdump writes no separator before it. */
export function printListener(p: Printer, offset: number): void {
  if (!p.has(offset, 24)) return;
  p.field('max resp delay: ', p.u16(offset + 4));
  p.ascii(' addr: ');
  p.ipv6(offset + 8);
}

export function printListenerReport2(p: Printer, offset: number, length: number): void {
  if (length < 8) {
    p.field(' [invalid len ', length);
    p.ascii(']');
    return;
  }
  printGroupRecords(p, offset, length, 16, 'v2');
}

export function printListenerQuery2(p: Printer, offset: number, length: number): void {
  const code = p.u16(offset + 4);
  // RFC 3810, 5.1.3 and 5.1.9: large values have a mantissa and an exponent.
  const delay = code < 32768 ? code : ((code & 0xfff) | 0x1000) << (((code & 0x7000) >> 12) + 3);
  if (p.verbose > 0) {
    p.field(' [max resp delay=', delay);
    p.ascii(']');
  }
  p.need(offset + 8, 16);
  p.ascii(' [gaddr ');
  p.ipv6(offset + 8);
  if (p.verbose > 0) {
    const flags = p.u8(offset + 24);
    if ((flags & 8) !== 0) p.ascii(' sflag');
    if ((flags & 7) !== 0) p.field(' robustness=', flags & 7);
    const interval = p.u8(offset + 25);
    p.field(' qqi=', interval < 128 ? interval : ((interval & 15) | 16) << (((interval & 0x70) >> 4) + 3));
  }
  printQueriedSources(p, offset + 28, p.u16(offset + 26), length - 28, 16);
  p.ascii(']');
}
