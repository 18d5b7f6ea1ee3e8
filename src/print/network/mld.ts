// Multicast listener discovery (RFC 2710, RFC 3810).
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';

const RECORDS: Names = new Map([
  [1, 'is_in'],
  [2, 'is_ex'],
  [3, 'to_in'],
  [4, 'to_ex'],
  [5, 'allow'],
  [6, 'block'],
]);

/** Version 1; tcpdump writes no separator before it. */
export function printListener(p: Printer, at: number): void {
  if (!p.has(at, 24)) return;
  p.field('max resp delay: ', p.u16(at + 4));
  p.ascii(' addr: ');
  p.ipv6(at + 8);
}

export function printListenerReport2(p: Printer, at: number, length: number): void {
  if (length < 8) {
    p.field(' [invalid len ', length);
    p.ascii(']');
    return;
  }
  const groups = p.u16(at + 6);
  p.field(', ', groups);
  p.ascii(' group record(s)');
  if (p.verbose === 0) return;
  let group = 8;
  for (let i = 0; i < groups; i++) {
    if (length < group + 20) {
      p.ascii(' [invalid number of groups]');
      return;
    }
    p.need(at + group + 4, 16);
    p.ascii(' [gaddr ');
    p.ipv6(at + group + 4);
    p.ascii(' ');
    const type = p.u8(at + group);
    const name = RECORDS.get(type);
    if (name !== undefined) p.ascii(name);
    else {
      p.field(' [v2-report-#', type);
      p.ascii(']');
    }
    const sources = p.u16(at + group + 2);
    if (length < group + 20 + sources * 16) {
      p.field(' [invalid number of sources ', sources);
      p.ascii(']');
      return;
    }
    if (p.verbose === 1) {
      p.field(', ', sources);
      p.ascii(' source(s)');
    } else printSources(p, at + group + 20, sources);
    group += 20 + sources * 16;
    p.ascii(']');
  }
}

function printSources(p: Printer, at: number, sources: number): void {
  p.ascii(' {');
  for (let i = 0; i < sources; i++) {
    p.need(at + i * 16, 16);
    p.ascii(' ');
    p.ipv6(at + i * 16);
  }
  p.ascii(' }');
}

export function printListenerQuery2(p: Printer, at: number, length: number): void {
  const code = p.u16(at + 4);
  // RFC 3810, 5.1.3 and 5.1.9: large values have a mantissa and an exponent.
  const delay = code < 32768 ? code : ((code & 0xfff) | 0x1000) << (((code & 0x7000) >> 12) + 3);
  if (p.verbose > 0) {
    p.field(' [max resp delay=', delay);
    p.ascii(']');
  }
  p.need(at + 8, 16);
  p.ascii(' [gaddr ');
  p.ipv6(at + 8);
  if (p.verbose > 0) {
    const flags = p.u8(at + 24);
    if ((flags & 8) !== 0) p.ascii(' sflag');
    if ((flags & 7) !== 0) p.field(' robustness=', flags & 7);
    const interval = p.u8(at + 25);
    p.field(' qqi=', interval < 128 ? interval : ((interval & 15) | 16) << (((interval & 0x70) >> 4) + 3));
  }
  const sources = p.u16(at + 26);
  if (sources > 0) {
    if (length < 28 + sources * 16) p.ascii(' [invalid number of sources]');
    else if (p.verbose > 1) printSources(p, at + 28, sources);
    else {
      p.field(', ', sources);
      p.ascii(' source(s)');
    }
  }
  p.ascii(']');
}
