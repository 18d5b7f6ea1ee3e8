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
/** Options by number: name, and what is in them: addresses of so many bytes, with a prefix length behind or not. */
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

function invalid(p: Printer, at: number, end: number): void {
  p.invalid();
  p.need(at, end - at);
}

export function printAhcp(p: Printer, at: number, length: number): void {
  p.protocol = 'ahcp';
  p.ascii('AHCP');
  const end = at + length;
  if (length < 2) {
    invalid(p, at, end);
    return;
  }
  if (p.u8(at) !== MAGIC) {
    invalid(p, at, end);
    return;
  }
  const version = p.u8(at + 1);
  p.field(' Version ', version);
  if (version !== 1) {
    p.ascii(' (unknown)');
    p.need(at, length);
    return;
  }
  if (length < HEADER_LENGTH) {
    invalid(p, at + 2, end);
    return;
  }
  if (p.verbose > 0) {
    p.field('\n\tHopcount ', p.u8(at + 2));
    p.field(', Original Hopcount ', p.u8(at + 3));
    p.need(at + 4, 4);
    p.ascii(', Nonce 0x');
    p.out.hexPadded(p.u32(at + 4), 8);
    p.need(at + 8, 8);
    p.ascii(', Source Id ');
    p.pairs(at + 8, 8);
    p.need(at + 16, 8);
    p.ascii(', Destination Id ');
    p.pairs(at + 16, 8);
  } else p.need(at, HEADER_LENGTH);
  printBody(p, at + HEADER_LENGTH, end);
}

function printBody(p: Printer, at: number, end: number): void {
  if (end - at < 4) {
    invalid(p, at, end);
    return;
  }
  const type = p.u8(at);
  const zero = p.u8(at + 1);
  const length = p.u16(at + 2);
  if (p.verbose > 0) {
    p.ascii(`\n\t${MESSAGES[type] ?? `Unknown-${type}`}`);
    if (zero !== 0) p.field(', MBZ ', zero);
    p.field(', Length ', length);
  }
  at += 4;
  if (length > end - at) invalid(p, at, end);
  else if (p.verbose > 1) printOptions(p, at, at + length);
  else p.need(at, length);
}

function printOptions(p: Printer, at: number, end: number): void {
  while (at < end) {
    const number = p.u8(at++);
    p.ascii(`\n\t ${OPTIONS[number]?.[0] ?? `Unknown-${number}`}`);
    if (number === PAD || number === MANDATORY) continue;
    if (at === end) {
      invalid(p, at, end);
      return;
    }
    const length = p.u8(at++);
    if (length > end - at) {
      invalid(p, at, end);
      return;
    }
    printValue(p, number, at, length);
    at += length;
  }
}

function printValue(p: Printer, number: number, at: number, length: number): void {
  const end = at + length;
  if (number === TIME || number === EXPIRES) {
    if (length !== 4) {
      invalid(p, at, end);
      return;
    }
    const seconds = p.u32(at);
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
    p.need(at, length);
    return;
  }
  const size = address + (prefix ? 1 : 0);
  for (let separator = ': '; at < end; at += size, separator = ', ') {
    if (size > end - at) {
      invalid(p, at, end);
      return;
    }
    p.need(at, size);
    p.ascii(separator);
    if (address === 16) p.ipv6(at);
    else p.ipv4(at);
    if (prefix) p.field('/', p.bytes[at + address]);
  }
}
