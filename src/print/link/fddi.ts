// The header of FDDI (ISO 9314-2), before LLC.

import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';
import { printLlc } from './llc.ts';

const HEADER_LENGTH = 13;
/** The bits of frame control that say what a frame carries; the rest says more of it. */
const KIND = 0xf0;
const STATION_MANAGEMENT = 0x40;
const LLC_ASYNCHRONOUS = 0x50;

const FRAMES: Names = new Map([
  [0x40, 'void'],
  [0x41, 'info'],
  [0x4f, 'nsa'],
  [0x80, 'nrt'],
  [0xc0, 'rt'],
  [0xc2, 'beacon'],
  [0xc3, 'claim'],
]);
const KINDS: Names = new Map([
  [STATION_MANAGEMENT, 'smt'],
  [LLC_ASYNCHRONOUS, 'async'],
  [0x60, 'imp_async'],
  [0xc0, 'mac'],
  [0xd0, 'sync'],
  [0xe0, 'imp_sync'],
]);

/** The frame of a capture; sets the bytes of link header. */
export function printFddiFrame(p: Printer, offset: number, length: number): void {
  p.linkHeader += printFddi(p, offset, length);
}

/** A frame, also inside another protocol. Returns the bytes of header it went past. */
export function printFddi(p: Printer, offset: number, length: number): number {
  p.protocol = 'fddi';
  if (!p.has(offset, HEADER_LENGTH)) {
    p.truncated();
    return p.available(offset);
  }
  if (p.link) printHeader(p, offset, length);
  const kind = p.bytes[offset] & KIND;
  const data = offset + HEADER_LENGTH;
  if (kind === LLC_ASYNCHRONOUS) {
    p.linkAddresses(offset + 7, offset + 1);
    return HEADER_LENGTH + Math.abs(printLlc(p, data, length - HEADER_LENGTH));
  }
  if (kind === STATION_MANAGEMENT) p.ascii('<SMT printer not yet implemented>');
  else {
    if (!p.link) printHeader(p, offset, length);
    p.dumpUnknown(data);
  }
  return HEADER_LENGTH;
}

function printHeader(p: Printer, offset: number, length: number): void {
  if (!p.quiet) {
    const control = p.bytes[offset];
    const name = FRAMES.get(control);
    const kind = KINDS.get(control & KIND);
    if (name !== undefined) p.ascii(name);
    else if (kind !== undefined) {
      p.ascii(kind);
      p.out.hex(control & ~KIND);
    } else p.out.hexPadded(control, 2);
    p.ascii(' ');
  }
  p.mac(offset + 7);
  p.ascii(' > ');
  p.mac(offset + 1);
  p.field(', length ', length);
  p.ascii(': ');
}
