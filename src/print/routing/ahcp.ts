// Ad hoc configuration (draft-chroboczek-ahcp-00).
import { writeDate } from '../engine/date.ts';
import type { Printer } from '../engine/printer.ts';

const MAGIC = 43;
const HEADER_LENGTH = 24;
const PAD = 0;
const MANDATORY = 1;
const TIME = 2;
const EXPIRES = 3;

const MESSAGES = ['Discover', 'Offer', 'Request', 'Ack', 'Nack', 'Release'];
/** Options by number: name, and what is in them: addresses of that many bytes, with or without a prefix length after each. */
const OPTIONS: readonly (readonly [name: string, address: number, prefix: boolean])[] = [
  ['Pad', 0, false],
  ['Mandatory', 0, false],
  ['Origin Time', 0, false],
  ['Expires', 0, false],
  ['My-IPv6-Address', 16, false],
  ['My-IPv4-Address', 4, false],
  ['IPv6 Prefix', 16, true],
  ['IPv4 Prefix', 0, false],
  ['IPv6 Address', 16, false],
  ['IPv4 Address', 4, false],
  ['IPv6 Prefix Delegation', 16, true],
  ['IPv4 Prefix Delegation', 4, true],
  ['Name Server', 16, false],
  ['NTP Server', 16, false],
];

function invalid(p: Printer, offset: number, end: number): void {
  p.invalid();
  p.need(offset, end - offset);
}

export function printAhcp(p: Printer, offset: number, length: number): void {
  p.protocol = 'ahcp';
  p.ascii('AHCP');
  const end = offset + length;
  if (length < 2) {
    invalid(p, offset, end);
    return;
  }
  if (p.u8(offset) !== MAGIC) {
    invalid(p, offset, end);
    return;
  }
  const version = p.u8(offset + 1);
  p.field(' Version ', version);
  if (version !== 1) {
    p.ascii(' (unknown)');
    p.need(offset, length);
    return;
  }
  if (length < HEADER_LENGTH) {
    invalid(p, offset + 2, end);
    return;
  }
  if (p.verbose > 0) {
    p.field('\n\tHopcount ', p.u8(offset + 2));
    p.field(', Original Hopcount ', p.u8(offset + 3));
    p.need(offset + 4, 4);
    p.ascii(', Nonce 0x');
    p.out.hexPadded(p.u32(offset + 4), 8);
    p.need(offset + 8, 8);
    p.ascii(', Source Id ');
    p.pairs(offset + 8, 8);
    p.need(offset + 16, 8);
    p.ascii(', Destination Id ');
    p.pairs(offset + 16, 8);
  } else p.need(offset, HEADER_LENGTH);
  printBody(p, offset + HEADER_LENGTH, end);
}

function printBody(p: Printer, offset: number, end: number): void {
  if (end - offset < 4) {
    invalid(p, offset, end);
    return;
  }
  const type = p.u8(offset);
  const zero = p.u8(offset + 1);
  const length = p.u16(offset + 2);
  if (p.verbose > 0) {
    p.ascii(`\n\t${MESSAGES[type] ?? `Unknown-${type}`}`);
    if (zero !== 0) p.field(', MBZ ', zero);
    p.field(', Length ', length);
  }
  offset += 4;
  if (length > end - offset) invalid(p, offset, end);
  else if (p.verbose > 1) printOptions(p, offset, offset + length);
  else p.need(offset, length);
}

function printOptions(p: Printer, offset: number, end: number): void {
  while (offset < end) {
    const number = p.u8(offset++);
    p.ascii(`\n\t ${OPTIONS[number]?.[0] ?? `Unknown-${number}`}`);
    if (number === PAD || number === MANDATORY) continue;
    if (offset === end) {
      invalid(p, offset, end);
      return;
    }
    const length = p.u8(offset++);
    if (length > end - offset) {
      invalid(p, offset, end);
      return;
    }
    printValue(p, number, offset, length);
    offset += length;
  }
}

function printValue(p: Printer, number: number, offset: number, length: number): void {
  const end = offset + length;
  if (number === TIME || number === EXPIRES) {
    if (length !== 4) {
      invalid(p, offset, end);
      return;
    }
    const seconds = p.u32(offset);
    p.ascii(': ');
    if (number === TIME) {
      writeDate(p.out, seconds);
      p.ascii(' UTC');
    } else {
      p.decimal(seconds);
      p.ascii('s');
    }
    return;
  }
  const [, address, prefix] = OPTIONS[number] ?? ['', 0, false];
  if (address === 0) {
    p.ascii(` (Length ${length})`);
    p.need(offset, length);
    return;
  }
  const size = address + (prefix ? 1 : 0);
  for (let separator = ': '; offset < end; offset += size, separator = ', ') {
    if (size > end - offset) {
      invalid(p, offset, end);
      return;
    }
    p.need(offset, size);
    p.ascii(separator);
    if (address === 16) p.ipv6(offset);
    else p.ipv4(offset);
    if (prefix) p.field('/', p.bytes[offset + address]);
  }
}
