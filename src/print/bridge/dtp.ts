// Cisco's dynamic trunking and unidirectional link detection (RFC 5171).
import type { Names } from '../engine/names.ts';
import { type Printer, writeFlags } from '../engine/printer.ts';
import { printPadded, printText } from '../engine/text.ts';

const TRUNKING: Names = new Map([
  [1, 'Domain'],
  [2, 'Status'],
  [3, 'DTP type'],
  [4, 'Neighbor'],
]);
const DEVICE = 1;
const PORT = 2;
const ECHO = 3;
const INTERVAL = 4;
const TIMEOUT = 5;
const NAME = 6;
const SEQUENCE = 7;
const LINK: Names = new Map([
  [DEVICE, 'Device-ID TLV'],
  [PORT, 'Port-ID TLV'],
  [ECHO, 'Echo TLV'],
  [INTERVAL, 'Message Interval TLV'],
  [TIMEOUT, 'Timeout Interval TLV'],
  [NAME, 'Device Name TLV'],
  [SEQUENCE, 'Sequence Number TLV'],
]);
const CODES = ['Reserved', 'Probe message', 'Echo message', 'Flush message'];
const FLAGS = [
  [0x01, 'RT'],
  [0x02, 'RSY'],
  [0x04, 'MBZ-2'],
  [0x08, 'MBZ-3'],
  [0x10, 'MBZ-4'],
  [0x20, 'MBZ-5'],
  [0x40, 'MBZ-6'],
  [0x80, 'MBZ-7'],
] as const;

function invalid(p: Printer, offset: number, end: number): void {
  p.invalid();
  p.need(offset, end - offset);
}

function printType(p: Printer, names: Names, type: number, length: number): void {
  p.ascii(`\n\t${names.get(type) ?? 'Unknown'} (0x`);
  p.out.hexPadded(type, 4);
  p.field(') TLV, length ', length);
}

export function printDtp(p: Printer, offset: number, length: number): void {
  p.protocol = 'dtp';
  const end = offset + length;
  if (length < 1) {
    p.ascii('[zero packet length]');
    invalid(p, offset, end);
    return;
  }
  p.field('DTPv', p.u8(offset));
  p.field(', length ', length);
  if (p.verbose === 0) return;
  offset++;
  while (offset !== end) {
    if (end - offset < 4) {
      p.ascii(`[${end - offset} bytes remaining]`);
      invalid(p, offset, end);
      return;
    }
    const type = p.u16(offset);
    const size = p.u16(offset + 2);
    // Padding.
    if (type === 0) return;
    printType(p, TRUNKING, type, size);
    if (size < 4 || size > end - offset) {
      p.ascii(`[invalid TLV length ${size}]`);
      invalid(p, offset, end);
      return;
    }
    const expected = type === 2 || type === 3 ? 5 : type === 4 ? 10 : size;
    if (size !== expected) {
      invalid(p, offset, end);
      return;
    }
    if (type === 1) {
      p.ascii(', ');
      printPadded(p, offset + 4, size - 4);
    } else if (type === 4) {
      p.need(offset + 4, 6);
      p.ascii(', ');
      p.mac(offset + 4);
    } else if (type === 2 || type === 3) p.hexField(', 0x', p.u8(offset + 4));
    else p.need(offset, size);
    offset += size;
  }
}

export function printUdld(p: Printer, offset: number, length: number): void {
  p.protocol = 'udld';
  const end = offset + length;
  if (length < 4) {
    invalid(p, offset, end);
    return;
  }
  const first = p.u8(offset);
  const flags = p.u8(offset + 1);
  const code = first & 0x1f;
  p.ascii(`UDLDv${first >> 5}, Code ${CODES[code] ?? 'Reserved'} (${code.toString(16)}), Flags [`);
  writeFlags(p, FLAGS, 'none', flags, ', ');
  p.ascii('] (0x');
  p.out.hexPadded(flags, 2);
  p.field('), length ', length);
  if (p.verbose === 0) {
    p.need(offset, length);
    return;
  }
  p.need(offset + 2, 2);
  p.ascii('\n\tChecksum 0x');
  p.out.hexPadded(p.u16(offset + 2), 4);
  p.ascii(' (unverified)');
  offset += 4;
  while (offset !== end) {
    if (end - offset < 4) {
      invalid(p, offset, end);
      return;
    }
    const type = p.u16(offset);
    const size = p.u16(offset + 2);
    offset += 4;
    printType(p, LINK, type, size);
    const rest = size - 4;
    const expected = type === INTERVAL || type === TIMEOUT ? 1 : type === SEQUENCE ? 4 : rest;
    if (rest <= 0 || rest > end - offset || rest !== expected) {
      invalid(p, offset, end);
      return;
    }
    printValue(p, type, offset, rest);
    offset += rest;
  }
}

function printValue(p: Printer, type: number, offset: number, length: number): void {
  switch (type) {
    case DEVICE:
    case PORT:
    case NAME:
      p.ascii(', ');
      printPadded(p, offset, length);
      break;
    case ECHO:
      p.ascii(', ');
      if (!printText(p, offset, length)) p.need(offset, length);
      break;
    case INTERVAL:
    case TIMEOUT:
      p.field(', ', p.u8(offset));
      p.ascii('s');
      break;
    case SEQUENCE:
      p.field(', ', p.u32(offset));
      break;
    default:
      p.need(offset, length);
  }
}
