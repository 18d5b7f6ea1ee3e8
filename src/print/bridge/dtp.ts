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

function invalid(p: Printer, at: number, end: number): void {
  p.invalid();
  p.need(at, end - at);
}

function printType(p: Printer, names: Names, type: number, length: number): void {
  p.ascii(`\n\t${names.get(type) ?? 'Unknown'} (0x`);
  p.out.hexPadded(type, 4);
  p.field(') TLV, length ', length);
}

export function printDtp(p: Printer, at: number, length: number): void {
  p.protocol = 'dtp';
  const end = at + length;
  if (length < 1) {
    p.ascii('[zero packet length]');
    invalid(p, at, end);
    return;
  }
  p.field('DTPv', p.u8(at));
  p.field(', length ', length);
  if (p.verbose === 0) return;
  at++;
  while (at !== end) {
    if (end - at < 4) {
      p.ascii(`[${end - at} bytes remaining]`);
      invalid(p, at, end);
      return;
    }
    const type = p.u16(at);
    const size = p.u16(at + 2);
    // Padding.
    if (type === 0) return;
    printType(p, TRUNKING, type, size);
    if (size < 4 || size > end - at) {
      p.ascii(`[invalid TLV length ${size}]`);
      invalid(p, at, end);
      return;
    }
    const expected = type === 2 || type === 3 ? 5 : type === 4 ? 10 : size;
    if (size !== expected) {
      invalid(p, at, end);
      return;
    }
    if (type === 1) {
      p.ascii(', ');
      printPadded(p, at + 4, size - 4);
    } else if (type === 4) {
      p.need(at + 4, 6);
      p.ascii(', ');
      p.mac(at + 4);
    } else if (type === 2 || type === 3) p.hexField(', 0x', p.u8(at + 4));
    else p.need(at, size);
    at += size;
  }
}

export function printUdld(p: Printer, at: number, length: number): void {
  p.protocol = 'udld';
  const end = at + length;
  if (length < 4) {
    invalid(p, at, end);
    return;
  }
  const first = p.u8(at);
  const flags = p.u8(at + 1);
  const code = first & 0x1f;
  p.ascii(`UDLDv${first >> 5}, Code ${CODES[code] ?? 'Reserved'} (${code.toString(16)}), Flags [`);
  writeFlags(p, FLAGS, 'none', flags, ', ');
  p.ascii('] (0x');
  p.out.hexPadded(flags, 2);
  p.field('), length ', length);
  if (p.verbose === 0) {
    p.need(at, length);
    return;
  }
  p.need(at + 2, 2);
  p.ascii('\n\tChecksum 0x');
  p.out.hexPadded(p.u16(at + 2), 4);
  p.ascii(' (unverified)');
  at += 4;
  while (at !== end) {
    if (end - at < 4) {
      invalid(p, at, end);
      return;
    }
    const type = p.u16(at);
    const size = p.u16(at + 2);
    at += 4;
    printType(p, LINK, type, size);
    const rest = size - 4;
    const expected = type === INTERVAL || type === TIMEOUT ? 1 : type === SEQUENCE ? 4 : rest;
    if (rest <= 0 || rest > end - at || rest !== expected) {
      invalid(p, at, end);
      return;
    }
    printValue(p, type, at, rest);
    at += rest;
  }
}

function printValue(p: Printer, type: number, at: number, length: number): void {
  switch (type) {
    case DEVICE:
    case PORT:
    case NAME:
      p.ascii(', ');
      printPadded(p, at, length);
      break;
    case ECHO:
      p.ascii(', ');
      if (!printText(p, at, length)) p.need(at, length);
      break;
    case INTERVAL:
    case TIMEOUT:
      p.field(', ', p.u8(at));
      p.ascii('s');
      break;
    case SEQUENCE:
      p.field(', ', p.u32(at));
      break;
    default:
      p.need(at, length);
  }
}
