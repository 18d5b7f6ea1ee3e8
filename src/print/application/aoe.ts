// ATA over Ethernet.
import type { Names } from '../engine/names.ts';
import { type Printer, writeFlags } from '../engine/printer.ts';
import { printText } from '../engine/text.ts';

const ISSUE = 0;
const QUERY = 1;
const MASKS = 2;
const RESERVE = 3;
const MAXIMUM_STRING = 1024;
const ERROR = 4;

const COMMANDS = ['Issue ATA Command', 'Query Config Information', 'MAC Mask List', 'Reserve/Release'];
const FLAGS = [
  [8, 'Response'],
  [ERROR, 'Error'],
  [2, 'MBZ-1'],
  [1, 'MBZ-0'],
] as const;
const ERRORS: Names = new Map([
  [1, 'Unrecognized command code'],
  [2, 'Bad argument parameter'],
  [3, 'Device unavailable'],
  [4, 'Config string present'],
  [5, 'Unsupported version'],
  [6, 'Target is reserved'],
]);
const ATA_FLAGS = [
  [0x80, 'MBZ-7'],
  [0x40, 'Ext48'],
  [0x20, 'MBZ-5'],
  [0x10, 'Device'],
  [8, 'MBZ-3'],
  [4, 'MBZ-2'],
  [2, 'Async'],
  [1, 'Write'],
] as const;
const CONFIG = [
  'read config string',
  'test config string',
  'test config string prefix',
  'set config string',
  'force set config string',
];
const MASK = ['Read Mac Mask List', 'Edit Mac Mask List'];
const MASK_ERRORS: Names = new Map([
  [1, 'Unspecified Error'],
  [2, 'Bad DCmd directive'],
  [3, 'Mask list full'],
]);
const DIRECTIVES = ['No Directive', 'Add mac address to mask list', 'Delete mac address from mask list'];
const RESERVATIONS = ['Read reserve list', 'Set reserve list', 'Force set reserve list'];

function unknown(code: number): string {
  return `Unknown (0x${code.toString(16).padStart(2, '0')})`;
}

export function printAoe(p: Printer, offset: number, length: number): void {
  p.protocol = 'aoe';
  p.field('AoE length ', length);
  if (length < 1) {
    p.invalid();
    return;
  }
  const first = p.u8(offset);
  p.field(', Ver ', first >> 4);
  if (first >> 4 !== 1) return;
  if (length < 10) {
    p.invalid();
    p.need(offset, length);
    return;
  }
  p.ascii(', Flags: [');
  writeFlags(p, FLAGS, 'none', first & 15, ', ');
  p.ascii(']');
  if (p.verbose === 0) return;
  if ((first & ERROR) !== 0) {
    const error = p.u8(offset + 1);
    p.ascii(`\n\tError: ${ERRORS.get(error) ?? `Invalid (${error})`}`);
  }
  p.need(offset + 2, 2);
  p.ascii('\n\tMajor: 0x');
  p.out.hexPadded(p.u16(offset + 2), 4);
  p.need(offset + 4, 1);
  p.ascii(', Minor: 0x');
  p.out.hexPadded(p.u8(offset + 4), 2);
  const command = p.u8(offset + 5);
  p.ascii(`, Command: ${COMMANDS[command] ?? unknown(command)}`);
  p.need(offset + 6, 4);
  p.ascii(', Tag: 0x');
  p.out.hexPadded(p.u32(offset + 6), 8);
  const end = offset + length;
  offset += 10;
  const wrong =
    command === ISSUE
      ? printIssue(p, offset, end)
      : command === QUERY
        ? printQuery(p, offset, end)
        : command === MASKS
          ? printMasks(p, offset, end)
          : command === RESERVE
            ? printReservation(p, offset, end)
            : -1;
  if (wrong < 0) return;
  p.invalid();
  p.need(wrong, end - wrong);
}

/** Each returns where what is wrong begins, below 0 where nothing is. */
function printIssue(p: Printer, offset: number, end: number): number {
  if (end - offset < 12) return offset;
  const flags = p.u8(offset);
  p.ascii('\n\tAFlags: [');
  writeFlags(p, ATA_FLAGS, 'none', flags, ', ');
  p.ascii(']');
  for (const [i, name] of [', Err/Feature: ', ', Sector Count: ', ', Cmd/Status: '].entries())
    p.field(name, p.u8(offset + 1 + i));
  for (let i = 0; i < 6; i++) p.field(`${i === 0 ? '\n\t' : ', '}lba${i}: `, p.u8(offset + 4 + i));
  p.need(offset + 10, 2);
  if (end - offset > 12) p.ascii(`\n\tData: ${end - offset - 12} bytes`);
  return -1;
}

function printQuery(p: Printer, offset: number, end: number): number {
  if (end - offset < 8) return offset;
  p.field('\n\tBuffer Count: ', p.u16(offset));
  p.field(', Firmware Version: ', p.u16(offset + 2));
  p.field(', Sector Count: ', p.u8(offset + 4));
  const command = p.u8(offset + 5);
  p.ascii(`, AoE: ${command >> 4}, CCmd: ${CONFIG[command & 15] ?? 'Unknown (0x02x)'}`);
  const length = p.u16(offset + 6);
  offset += 8;
  if (length > MAXIMUM_STRING || length > end - offset) return offset;
  if (length > 0) {
    p.ascii(`\n\tConfig String (length ${length}): `);
    if (!printText(p, offset, length)) p.need(offset, length);
  }
  return -1;
}

function printMasks(p: Printer, offset: number, end: number): number {
  if (end - offset < 4) return offset;
  const command = p.u8(offset + 1);
  p.ascii(`\n\tMCmd: ${MASK[command] ?? unknown(command)}`);
  const error = p.u8(offset + 2);
  p.ascii(`, MError: ${MASK_ERRORS.get(error) ?? unknown(error)}`);
  const count = p.u8(offset + 3);
  p.field(', Dir Count: ', count);
  offset += 4;
  if (count * 8 > end - offset) return offset;
  for (let i = 0; i < count; i++, offset += 8) {
    const directive = p.u8(offset + 1);
    p.ascii(`\n\t DCmd: ${DIRECTIVES[directive] ?? unknown(directive)}`);
    p.need(offset + 2, 6);
    p.ascii(', Ethernet Address: ');
    p.mac(offset + 2);
  }
  return -1;
}

function printReservation(p: Printer, offset: number, end: number): number {
  if (end - offset < 2 || (end - offset - 2) % 6 !== 0) return offset;
  const command = p.u8(offset);
  p.ascii(`\n\tRCmd: ${RESERVATIONS[command] ?? unknown(command)}`);
  const count = p.u8(offset + 1);
  p.field(', NMacs: ', count);
  offset += 2;
  if (count * 6 !== end - offset) return offset;
  for (let i = 0; i < count; i++, offset += 6) {
    p.need(offset, 6);
    p.field('\n\tEthernet Address ', i);
    p.ascii(': ');
    p.mac(offset);
  }
  return -1;
}
