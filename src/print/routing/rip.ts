// RIP (RFC 1058, RFC 2453; authentication: RFC 4822).

import { writeIpv4 } from '../engine/address.ts';
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';
import { printPadded } from '../engine/text.ts';

const HEADER_LENGTH = 4;
const ROUTE_LENGTH = 20;
const REQUEST = 1;
const RESPONSE = 2;
const TRACE_ON = 3;
const AUTHENTICATION = 0xffff;
const INTERNET = 2;

const COMMANDS: Names = new Map([
  [REQUEST, 'Request'],
  [RESPONSE, 'Response'],
  [TRACE_ON, 'Trace on'],
  [4, 'Trace off'],
  [5, 'Poll'],
  [6, 'Poll Entry'],
]);
const FAMILIES: Names = new Map([
  [2, 'IPv4'],
  [6, 'NS'],
  [7, 'ISO'],
  [16, 'Appletalk'],
  [23, 'IPX'],
  [24, 'IPv6'],
  [28, 'IPv6'],
  [30, 'IPv6'],
]);

export function printRip(p: Printer, offset: number, length: number): void {
  p.protocol = 'rip';
  const captured = Math.min(p.available(offset), length);
  if (captured < HEADER_LENGTH) {
    p.truncated();
    return;
  }
  const command = p.bytes[offset];
  const version = p.bytes[offset + 1];
  p.field(p.verbose > 0 ? '\n\tRIPv' : 'RIPv', version);
  // Version 0 is to be ignored (RFC 1058, 3.4).
  if (version === 0) {
    p.unknown(offset, '\n\t', length);
    return;
  }
  p.ascii(`, ${COMMANDS.get(command) ?? `unknown command (${command})`}`);
  p.field(', length: ', length);
  if (p.verbose === 0) return;
  if (command === REQUEST || command === RESPONSE) {
    if (version === 1 || version === 2) {
      p.field(', routes: ', Math.floor(length / ROUTE_LENGTH));
      if (version === 2) p.ascii(' or less');
      printEntries(p, version, offset + HEADER_LENGTH, captured - HEADER_LENGTH);
    } else p.ascii(', unknown version');
  } else if ((command === TRACE_ON || !COMMANDS.has(command)) && p.verbose === 1)
    p.unknown(offset, '\n\t', length);
  if (p.verbose > 1) p.unknown(offset, '\n\t', length);
}

function printEntries(p: Printer, version: number, offset: number, left: number): void {
  while (left !== 0) {
    const size = version === 1 ? printEntry1(p, offset, left) : printEntry2(p, offset, left);
    if (size === 0) {
      p.truncated();
      return;
    }
    if (left < size) {
      p.field(' [remaining entries length ', left);
      p.field(' < ', size);
      p.ascii(']');
      p.invalid();
      return;
    }
    offset += size;
    left -= size;
  }
}

/** Returns the bytes of the entry, 0 where it is cut short. */
function printEntry1(p: Printer, offset: number, left: number): number {
  if (left < ROUTE_LENGTH) return 0;
  const family = p.u16(offset);
  if (family !== INTERNET && family !== 0) {
    p.ascii(`\n\t AFI ${FAMILIES.get(family) ?? `Unknown (${family})`}, `);
    p.unknown(offset + 4, '\n\t  ', ROUTE_LENGTH - 4);
    return ROUTE_LENGTH;
  }
  if (p.u16(offset + 2) !== 0 || p.u32(offset + 8) !== 0 || p.u32(offset + 12) !== 0) {
    p.unknown(offset, '\n\t  ', ROUTE_LENGTH);
    return ROUTE_LENGTH;
  }
  p.ascii(family === 0 ? '\n\t  AFI 0, ' : '\n\t  ');
  p.ipv4(offset + 4);
  p.field(', metric: ', p.u32(offset + 16));
  return ROUTE_LENGTH;
}

function printEntry2(p: Printer, offset: number, left: number): number {
  if (left < 4) return 0;
  const family = p.u16(offset);
  if (family === AUTHENTICATION) return printAuthentication(p, p.u16(offset + 2), offset + 4, left - 4);
  if (family !== INTERNET && family !== 0) {
    p.ascii(`\n\t  AFI ${FAMILIES.get(family) ?? `Unknown (${family})`}`);
    p.unknown(offset + 4, '\n\t  ', ROUTE_LENGTH - 4);
    return ROUTE_LENGTH;
  }
  if (left < ROUTE_LENGTH) return 0;
  p.ascii(`\n\t  AFI ${FAMILIES.get(family) ?? family}, `);
  const start = p.out.length;
  writeIpv4(p.out, p.bytes, offset + 4);
  indent(p, start, 15);
  p.ascii(`/${String(prefixLength(p.u32(offset + 8))).padEnd(2)}, tag 0x`);
  p.out.hexPadded(p.u16(offset + 2), 4);
  p.field(', metric: ', p.u32(offset + 16));
  p.ascii(', next-hop: ');
  if (p.u32(offset + 12) !== 0) p.ipv4(offset + 12);
  else p.ascii('self');
  return ROUTE_LENGTH;
}

/** Moves the text written from `start` on to the right, so that it is `width` wide. */
function indent(p: Printer, start: number, width: number): void {
  const out = p.out;
  const spaces = width - (out.length - start);
  if (spaces <= 0) return;
  out.reserve(spaces);
  out.bytes.copyWithin(start + spaces, start, out.length);
  out.bytes.fill(0x20, start, start + spaces);
  out.length += spaces;
}

/** Bits of the mask, -1 where they are not the first ones. */
function prefixLength(mask: number): number {
  const bits = Math.clz32(~mask);
  return bits === 32 || (mask << bits) >>> 0 === 0 ? bits : -1;
}

function printAuthentication(p: Printer, type: number, offset: number, left: number): number {
  switch (type) {
    case 2:
      p.ascii('\n\t  Simple Text Authentication data: ');
      printPadded(p, offset, 16);
      return ROUTE_LENGTH;
    case 3:
      if (!p.has(offset, 16) || left < 16) return 0;
      p.field('\n\t  Auth header: Packet Len ', p.u16(offset));
      p.field(', Key-ID ', p.u8(offset + 2));
      p.field(', Auth Data Len ', p.u8(offset + 3));
      p.field(', SeqNo ', p.u32(offset + 4));
      p.field(', MBZ ', p.u32(offset + 8));
      p.field(', MBZ ', p.u32(offset + 12));
      return ROUTE_LENGTH;
    case 1:
      p.ascii('\n\t  Auth trailer:');
      break;
    default:
      p.field('\n\t  Unknown (', type);
      p.ascii(') Authentication data:');
  }
  p.unknown(offset, '\n\t  ', left);
  return 4 + left;
}
