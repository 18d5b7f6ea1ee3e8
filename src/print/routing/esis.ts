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

export function printEsis(p: Printer, at: number, length: number): void {
  p.protocol = 'esis';
  if (!p.link) p.ascii('ES-IS');
  if (length <= 2) {
    p.ascii(p.quiet ? 'bad pkt!' : 'no header at all!');
    return;
  }
  if (!p.whole(at, HEADER_LENGTH)) return;
  const size = p.u8(at + 1);
  const version = p.u8(at + 2);
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
    for (let i = at; i < p.end; i++) p.ascii(p.bytes[i].toString(16).toUpperCase().padStart(2, '0'));
    return;
  }
  const type = p.u8(at + 4) & 0x1f;
  if (!p.link) p.ascii(', ');
  if (p.verbose === 0) {
    p.ascii(`${TYPES.get(type) ?? `unknown type (${type})`}, length ${length}`);
    return;
  }
  p.ascii(`length ${length}\n\t${TYPES.get(type) ?? `unknown type: ${type}`} (${type}), v: 1, checksum: 0x`);
  const sum = p.u16(at + 7);
  p.out.hexPadded(sum, 4);
  printOsiChecksum(p, at, sum, 7, size);
  p.ascii(`, holding time: ${p.u16(at + 5)}s, length indicator: ${size}`);
  if (p.verbose > 1) p.unknown(at, '\n\t', HEADER_LENGTH);
  at += HEADER_LENGTH;
  const end = at + size - HEADER_LENGTH;
  if (type === REDIRECT) at = printRedirect(p, at, end);
  else if (type === END_SYSTEM) at = printEndSystem(p, at, end);
  else if (type === INTERMEDIATE_SYSTEM) at = printNet(p, at, end, ', bad ish/li');
  else {
    if (p.verbose < 2 && p.has(at, 1)) p.unknown(at, '\n\t  ', p.available(at));
    return;
  }
  // tcpdump has not counted a byte of a redirect.
  if (at >= 0) printOptions(p, at, end - at + (type === REDIRECT ? 1 : 0));
}

/** Where a field with its length before it begins, or -1 with a complaint where it is not there whole. */
function field(p: Printer, at: number, end: number, complaint: string): number {
  if (!p.whole(at, 1)) return -1;
  const there = end - at >= 1;
  if (there && !p.whole(at + 1, p.u8(at))) return -1;
  if (there && end - at - 1 >= p.u8(at)) return at + 1;
  p.ascii(complaint);
  return -1;
}

function printNet(p: Printer, at: number, end: number, complaint: string): number {
  const net = field(p, at, end, complaint);
  if (net < 0) return -1;
  const size = p.u8(at);
  p.ascii(`\n\t  NET (length: ${size}): `);
  printNsap(p, net, size);
  return net + size;
}

function printEndSystem(p: Printer, at: number, end: number): number {
  if (!p.whole(at, 1)) return -1;
  if (end - at < 1) {
    p.ascii(', bad esh/li');
    return -1;
  }
  const count = p.u8(at++);
  p.field('\n\t  Number of Source Addresses: ', count);
  for (let i = 0; i < count && at >= 0; i++) at = printNet(p, at, end, ', bad esh/li');
  return at;
}

function printRedirect(p: Printer, at: number, end: number): number {
  const complaint = ', bad redirect/li';
  const target = field(p, at, end, complaint);
  if (target < 0) return -1;
  p.ascii('\n\t  ');
  printNsap(p, target, p.u8(at));
  at = target + p.u8(at);
  const subnet = field(p, at, end, complaint);
  if (subnet < 0) return -1;
  const size = p.u8(at);
  at = subnet + size;
  // tcpdump does not count the byte of the length before the last address.
  const net = field(p, at, end + 1, complaint);
  if (net < 0) return -1;
  p.ascii(`\n\t  SNPA (length: ${size}): `);
  if (size === 0) p.ascii('<empty>');
  else p.pairs(subnet, size);
  if (p.u8(at) !== 0) {
    p.ascii(`\n\t  NET (length: ${p.u8(at)}) `);
    printNsap(p, net, p.u8(at));
  }
  return net + p.u8(at);
}

function printOptions(p: Printer, at: number, left: number): void {
  while (left > 0) {
    if (left < 2) {
      p.ascii(', bad opts/li');
      return;
    }
    const type = p.u8(at);
    const size = p.u8(at + 1);
    at += 2;
    left -= 2;
    if (size > left) {
      p.ascii(`, opt (${type}) too long`);
      return;
    }
    left -= size;
    p.ascii(`\n\t  ${OPTIONS.get(type) ?? 'Unknown'} Option #${type}, length ${size}, value: `);
    if (type === PROTOCOLS) {
      printNlpids(p, at, size);
      // tcpdump forgets to go behind them.
      continue;
    }
    if (type === CONFIGURATION && size === 2 && !p.whole(at, 2)) return;
    if (type === CONFIGURATION) p.ascii(size === 2 ? `${p.u16(at)}s` : '(bad length)');
    else p.unknown(at, '\n\t  ', size);
    if (p.verbose > 1) p.unknown(at, '\n\t  ', size);
    at += size;
  }
}

/** Identifiers of network layer protocols, separated by commas. */
export function printNlpids(p: Printer, at: number, count: number): void {
  for (let i = 0; i < count; i++) {
    const identifier = p.u8(at + i);
    p.ascii(`${p.payload.nlpids.get(identifier) ?? 'unknown'} (0x`);
    p.out.hexPadded(identifier, 2);
    p.ascii(i < count - 1 ? '), ' : ')');
  }
}
