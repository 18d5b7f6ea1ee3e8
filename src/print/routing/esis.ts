// End system to intermediate system (ISO 9542).

import type { Names } from '../engine/names.ts';
import { printNsap, printOsiChecksum } from '../engine/osi-checksum.ts';
import type { Printer } from '../engine/printer.ts';

const HEADER_LENGTH = 9;
const REDIRECT = 6;
const END_SYSTEM = 2;
const INTERMEDIATE_SYSTEM = 4;
const TYPES: Names = new Map([
  [REDIRECT, 'redirect'],
  [END_SYSTEM, 'ESH'],
  [INTERMEDIATE_SYSTEM, 'ISH'],
]);
const PROTOCOLS = 129;
const CONFIGURATION = 198;
const OPTIONS: Names = new Map([
  [PROTOCOLS, 'Protocols supported'],
  [195, 'QoS Maintenance'],
  [197, 'Security'],
  [CONFIGURATION, 'ES Configuration Time'],
  [205, 'Priority'],
  [225, 'Addressk Mask'],
  [226, 'SNPA Mask'],
]);

export function printEsis(p: Printer, offset: number, length: number): void {
  p.protocol = 'esis';
  if (!p.link) p.ascii('ES-IS');
  if (length <= 2) {
    p.ascii(p.quiet ? 'bad pkt!' : 'no header at all!');
    return;
  }
  if (!p.whole(offset, HEADER_LENGTH)) return;
  const size = p.u8(offset + 1);
  const version = p.u8(offset + 2);
  if (version !== 1) {
    p.ascii(` version ${version} packet not supported`);
    return;
  }
  if (size > length) {
    p.ascii(` length indicator(${size}) > PDU size (${length})!`);
    return;
  }
  if (size < HEADER_LENGTH + 2) {
    p.ascii(` length indicator ${size} < min PDU size:`);
    for (let i = offset; i < p.end; i++) p.ascii(p.bytes[i].toString(16).toUpperCase().padStart(2, '0'));
    return;
  }
  const type = p.u8(offset + 4) & 0x1f;
  if (!p.link) p.ascii(', ');
  if (p.verbose === 0) {
    p.ascii(`${TYPES.get(type) ?? `unknown type (${type})`}, length ${length}`);
    return;
  }
  p.ascii(`length ${length}\n\t${TYPES.get(type) ?? `unknown type: ${type}`} (${type}), v: 1, checksum: 0x`);
  const sum = p.u16(offset + 7);
  p.out.hexPadded(sum, 4);
  printOsiChecksum(p, offset, sum, 7, size);
  p.ascii(`, holding time: ${p.u16(offset + 5)}s, length indicator: ${size}`);
  if (p.verbose > 1) p.unknown(offset, '\n\t', HEADER_LENGTH);
  offset += HEADER_LENGTH;
  const end = offset + size - HEADER_LENGTH;
  if (type === REDIRECT) offset = printRedirect(p, offset, end);
  else if (type === END_SYSTEM) offset = printEndSystem(p, offset, end);
  else if (type === INTERMEDIATE_SYSTEM) offset = printNet(p, offset, end, ', bad ish/li');
  else {
    if (p.verbose < 2 && p.has(offset, 1)) p.unknown(offset, '\n\t  ', p.available(offset));
    return;
  }
  // tcpdump has not counted a byte of a redirect.
  if (offset >= 0) printOptions(p, offset, end - offset + (type === REDIRECT ? 1 : 0));
}

/** Where a field with its length before it begins, or -1 with a complaint where it is not there whole. */
function field(p: Printer, offset: number, end: number, complaint: string): number {
  if (!p.whole(offset, 1)) return -1;
  const there = end - offset >= 1;
  if (there && !p.whole(offset + 1, p.u8(offset))) return -1;
  if (there && end - offset - 1 >= p.u8(offset)) return offset + 1;
  p.ascii(complaint);
  return -1;
}

function printNet(p: Printer, offset: number, end: number, complaint: string): number {
  const net = field(p, offset, end, complaint);
  if (net < 0) return -1;
  const size = p.u8(offset);
  p.ascii(`\n\t  NET (length: ${size}): `);
  printNsap(p, net, size);
  return net + size;
}

function printEndSystem(p: Printer, offset: number, end: number): number {
  if (!p.whole(offset, 1)) return -1;
  if (end - offset < 1) {
    p.ascii(', bad esh/li');
    return -1;
  }
  const count = p.u8(offset++);
  p.field('\n\t  Number of Source Addresses: ', count);
  for (let i = 0; i < count && offset >= 0; i++) offset = printNet(p, offset, end, ', bad esh/li');
  return offset;
}

function printRedirect(p: Printer, offset: number, end: number): number {
  const complaint = ', bad redirect/li';
  const target = field(p, offset, end, complaint);
  if (target < 0) return -1;
  p.ascii('\n\t  ');
  printNsap(p, target, p.u8(offset));
  offset = target + p.u8(offset);
  const subnet = field(p, offset, end, complaint);
  if (subnet < 0) return -1;
  const size = p.u8(offset);
  offset = subnet + size;
  // tcpdump does not count the byte of the length before the last address.
  const net = field(p, offset, end + 1, complaint);
  if (net < 0) return -1;
  p.ascii(`\n\t  SNPA (length: ${size}): `);
  if (size === 0) p.ascii('<empty>');
  else p.pairs(subnet, size);
  if (p.u8(offset) !== 0) {
    p.ascii(`\n\t  NET (length: ${p.u8(offset)}) `);
    printNsap(p, net, p.u8(offset));
  }
  return net + p.u8(offset);
}

function printOptions(p: Printer, offset: number, left: number): void {
  while (left > 0) {
    if (left < 2) {
      p.ascii(', bad opts/li');
      return;
    }
    const type = p.u8(offset);
    const size = p.u8(offset + 1);
    offset += 2;
    left -= 2;
    if (size > left) {
      p.ascii(`, opt (${type}) too long`);
      return;
    }
    left -= size;
    p.ascii(`\n\t  ${OPTIONS.get(type) ?? 'Unknown'} Option #${type}, length ${size}, value: `);
    if (type === PROTOCOLS) {
      printNlpids(p, offset, size);
      // tcpdump forgets to go behind them.
      continue;
    }
    if (type === CONFIGURATION && size === 2 && !p.whole(offset, 2)) return;
    if (type === CONFIGURATION) p.ascii(size === 2 ? `${p.u16(offset)}s` : '(bad length)');
    else p.unknown(offset, '\n\t  ', size);
    if (p.verbose > 1) p.unknown(offset, '\n\t  ', size);
    offset += size;
  }
}

/** Identifiers of network layer protocols, separated by commas. */
export function printNlpids(p: Printer, offset: number, count: number): void {
  for (let i = 0; i < count; i++) {
    const identifier = p.u8(offset + i);
    p.ascii(`${p.payload.nlpids.get(identifier) ?? 'unknown'} (0x`);
    p.out.hexPadded(identifier, 2);
    p.ascii(i < count - 1 ? '), ' : ')');
  }
}
