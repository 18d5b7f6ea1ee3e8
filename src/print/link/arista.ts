// The time stamp an Arista switch puts between the addresses and the EtherType of a frame it mirrors.
import { writeDate } from '../engine/date.ts';
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';

const TIMESTAMP = 1;
const SCALES: Names = new Map([
  [0, 'TAI'],
  [1, 'UTC'],
]);
const FORMATS: Names = new Map([
  [1, '64-bit'],
  [2, '48-bit'],
]);
const HARDWARE: Names = new Map([
  [0, 'R/R2'],
  [1, 'R3'],
]);

/** In nanoseconds. */
const SECOND = 1_000_000_000;

/** Prints the header. Returns its length, or -1 where what follows cannot be known. */
export function printArista(p: Printer, offset: number): number {
  p.protocol = 'arista';
  const type = p.u16(offset);
  p.ascii(type === TIMESTAMP ? 'SubType Timestamp (0x' : 'SubType Unknown (0x');
  p.out.hexPadded(type, 4);
  p.ascii('), ');
  if (type !== TIMESTAMP) return -1;
  named(p, 'Timescale ', SCALES, p.u8(offset + 2));
  const format = p.u8(offset + 3) >> 4;
  named(p, 'Format ', FORMATS, format);
  named(p, 'HwInfo ', HARDWARE, p.u8(offset + 3) & 15);
  p.ascii('Timestamp ');
  if (!FORMATS.has(format)) return -1;
  const seconds = format === 1 ? 4 : 2;
  const fraction = p.u32(offset + 4 + seconds);
  const carried = Math.floor(fraction / SECOND);
  if (seconds === 4) writeDate(p.out, (p.u32(offset + 4) + carried) >>> 0);
  else p.decimal(p.u16(offset + 4) + carried);
  p.ascii('.');
  p.out.padded(fraction % SECOND, 9);
  p.ascii(': ');
  return 8 + seconds;
}

function named(p: Printer, what: string, names: Names, value: number): void {
  p.ascii(what);
  p.ascii(names.get(value) ?? 'Unknown');
  p.field(' (', value);
  p.ascii('), ');
}
