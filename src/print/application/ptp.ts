// Precision time protocol (IEEE 1588-2008).

import { short } from '../engine/lengths.ts';
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';
import { writeFlags } from '../engine/printer.ts';

const HEADER_LENGTH = 34;
const TYPES: Names = new Map([
  [0, 'sync msg'],
  [1, 'delay req msg'],
  [2, 'peer delay req msg'],
  [3, 'peer delay resp msg'],
  [8, 'follow up msg'],
  [9, 'delay resp msg'],
  [10, 'pdelay resp fup msg'],
  [11, 'announce msg'],
  [12, 'signalling msg'],
  [13, 'management msg'],
]);
const CONTROLS = ['Sync', 'Delay_Req', 'Follow_Up', 'Delay_Resp', 'Management', 'Other'];
const FLAGS = [
  [0x1, 'l1 61'],
  [0x2, 'l1 59'],
  [0x4, 'utc reasonable'],
  [0x8, 'timescale'],
  [0x10, 'time tracable'],
  [0x20, 'frequency tracable'],
  [0x100, 'alternate master'],
  [0x200, 'two step'],
  [0x400, 'unicast'],
  [0x1000, 'profile specific 1'],
  [0x2000, 'profile specific 2'],
  [0x4000, 'security mask'],
  [0x18c0, 'unknown'],
] as const;

export function printPtp(p: Printer, offset: number, length: number): void {
  p.protocol = 'ptp';
  if (short(p, length, HEADER_LENGTH)) return;
  const version = p.u16(offset) & 0xff;
  p.field('PTPv', version);
  // tcpdump's words: it does not dissect version 1 (IEEE 1588-2002), and so its text ends here.
  if (version === 1) p.ascii(' (not implemented)');
  else if (version === 2) printVersion2(p, offset);
}

function printVersion2(p: Printer, offset: number): void {
  const first = p.u8(offset);
  const type = first & 15;
  p.ascii(`, v1 compat : ${(first & 0x10) !== 0 ? 'yes' : 'no'}`);
  p.ascii(`, msg type : ${TYPES.get(type) ?? 'Reserved'}`);
  p.field(', length : ', p.u16(offset + 2));
  p.field(', domain : ', p.u16(offset + 4) >> 8);
  p.field(', reserved1 : ', p.u8(offset + 5));
  const flags = p.u16(offset + 6);
  p.ascii(', Flags [');
  writeFlags(p, FLAGS, 'none', flags, ', ');
  p.ascii(']');
  p.ascii(`, NS correction : ${u48(p, offset + 8)}`);
  p.field(', sub NS correction : ', p.u16(offset + 14));
  p.field(', reserved2 : ', p.u32(offset + 16));
  p.ascii(`, clock identity : 0x${p.u64(offset + 20).toString(16)}`);
  p.field(', port id : ', p.u16(offset + 28));
  p.field(', seq id : ', p.u16(offset + 30));
  const control = p.u8(offset + 32);
  p.ascii(`, control : ${control} (${CONTROLS[control] ?? 'Reserved'})`);
  p.field(', log message interval : ', p.u16(offset + 32) & 0xff);
  offset += HEADER_LENGTH;
  switch (type) {
    case 0:
    case 1:
      timestamp(p, 'originTimeStamp', offset);
      return;
    case 8:
      timestamp(p, 'preciseOriginTimeStamp', offset);
      return;
    case 2:
    case 10:
      timestamp(p, 'preciseOriginTimeStamp', offset);
      portIdentity(p, offset + 10);
      return;
    case 3:
    case 9:
      timestamp(p, 'receiveTimeStamp', offset);
      portIdentity(p, offset + 10);
      return;
    case 11:
      printAnnouncement(p, offset);
      return;
    case 12:
      portIdentity(p, offset);
      return;
    case 13:
      portIdentity(p, offset);
      // tcpdump does not go on before it reads these.
      p.field(', , start boundary hops  ', p.u8(offset));
      p.field(', , boundary hops  ', p.u8(offset));
      p.hexField(', , flags  0x', p.u8(offset));
      p.hexField(', , reserved  0x', p.u8(offset));
  }
}

function u48(p: Printer, offset: number): number {
  p.need(offset, 6);
  return p.u16(offset) * 0x1_0000_0000 + p.u32(offset + 2);
}

function timestamp(p: Printer, title: string, offset: number): void {
  p.ascii(`, ${title} :`);
  p.ascii(` ${u48(p, offset)} seconds,`);
  p.ascii(` ${p.u32(offset + 6)} nanoseconds`);
}

function portIdentity(p: Printer, offset: number): void {
  p.ascii(`, port identity : 0x${p.u64(offset).toString(16)}`);
  p.field(', port id : ', p.u16(offset + 8));
}

function printAnnouncement(p: Printer, offset: number): void {
  p.ascii(', originTimeStamp :');
  p.ascii(` ${u48(p, offset)} seconds`);
  p.ascii(` ${p.u32(offset + 6)} nanoseconds`);
  p.field(', origin cur utc :', p.u16(offset + 10));
  p.field(', rsvd : ', p.u8(offset + 12));
  p.field(', gm priority_1 : ', p.u8(offset + 13));
  p.field(', gm clock class : ', p.u8(offset + 14));
  p.field(', gm clock accuracy : ', p.u8(offset + 15));
  p.field(', gm clock variance : ', p.u16(offset + 16));
  p.field(', gm priority_2 : ', p.u8(offset + 18));
  p.ascii(`, gm clock id : 0x${p.u64(offset + 19).toString(16)}`);
  p.field(', steps removed : ', p.u16(offset + 27));
  p.hexField(', time source : 0x', p.u8(offset + 29));
}
