// Network layer reachability in BGP (RFC 4271, 4.3; RFC 4760, 5), and what VPNs put in front of prefixes.

import * as family from '../../wire/registry/address-families.ts';
import { printNetwork4, printNetwork6 } from '../engine/prefix.ts';
import type { Printer } from '../engine/printer.ts';
import { printDistinguisher } from '../engine/route-distinguisher.ts';
import { printMulticastVpn } from './bgp-multicast.ts';

/** Answers of those below that print a prefix, instead of its size: its length cannot be; it does not fit. */
export const ILLEGAL = -1;
export const CUT = -2;

const LABEL_BITS = 24;
const DISTINGUISHER_BITS = 64;
const TARGET_LENGTH = 8;
/** Bits of the longest NSAP. */
const NSAP_BITS = 152;
/** Bytes of the NLRI of auto-discovery of L2VPN, and above which it is of the older form. */
const DISCOVERY = 12;
const BLOCK = 17;
/** Characters that tcpdump shows of such an entry, and those of the indent before it. */
const LONGEST = 163;
const INDENT = 8;

/**
 * Whether path identifiers stand before the prefixes (RFC 7911). Only the OPEN messages say so; here it is inferred from
 * the bytes, which must make sense with identifiers and none without.
 */
export function addsPaths(p: Printer, offset: number, length: number, maximum: number): boolean {
  if (length < 5) return false;
  let used = 0;
  while (used < length) {
    used += 4;
    if (!p.has(offset + used, 1)) break;
    const bits = p.bytes[offset + used];
    if (bits > maximum) return false;
    used += 1 + ((bits + 7) >> 3);
  }
  if (used > length) return false;
  for (used = 0; used < length; ) {
    if (!p.has(offset + used, 1)) break;
    const bits = p.bytes[offset + used];
    if (bits < 1 || bits > maximum) return true;
    used += 1 + ((bits + 7) >> 3);
  }
  return used > length;
}

/** Prints an IPv4 prefix that may take `room` bytes; returns how many it takes. */
export function printPrefix4(p: Printer, indent: string, offset: number, room: number): number {
  return printPrefix(p, indent, offset, room, 4);
}

function printPrefix(p: Printer, indent: string, offset: number, room: number, version: number): number {
  if (room < 1) return CUT;
  const bits = p.u8(offset);
  if (bits > (version === 4 ? 32 : 128)) return ILLEGAL;
  const size = (bits + 7) >> 3;
  if (room - 1 < size) return CUT;
  p.need(offset + 1, size);
  p.ascii(indent);
  printNetwork(p, offset + 1, bits, version);
  return 1 + size;
}

function printNetwork(p: Printer, offset: number, bits: number, version: number): void {
  if (version === 4) printNetwork4(p, offset, bits);
  else if (version === 6) printNetwork6(p, offset, bits);
  else {
    printNsap(p, offset, (bits + 7) >> 3, (bits & 7) === 0 ? 0xff : (0xff00 >> (bits & 7)) & 0xff);
    p.field('/', bits);
  }
}

/** Hex digits, in groups of four behind the first two; of the last byte only what `mask` leaves. */
export function printNsap(p: Printer, offset: number, length: number, mask = 0xff): void {
  if (length < 1 || length > 20) {
    p.ascii('isonsap_string: illegal length');
    return;
  }
  p.need(offset, length);
  for (let i = 0; i < length; i++) {
    p.out.hexPadded(p.bytes[offset + i] & (i === length - 1 ? mask : 0xff), 2);
    if ((i & 1) === 0 && i + 1 < length) p.ascii('.');
  }
}

function printLabel(p: Printer, offset: number): void {
  p.field(', label:', p.u24(offset) >>> 4);
  p.ascii((p.u8(offset + 2) & 1) === 0 ? ' (BOGUS: Bottom of Stack NOT set!)' : ' (bottom)');
}

/** A prefix behind a label, whose bits count too (RFC 8277). */
function printLabeled(p: Printer, offset: number, room: number, version: number): number {
  p.check(offset, 4);
  if (room < 4) return CUT;
  const bits = p.bytes[offset] - LABEL_BITS;
  if (bits < 0 || bits > (version === 4 ? 32 : 128)) return ILLEGAL;
  const size = (bits + 7) >> 3;
  if (version === 4 && room - 4 < size) return CUT;
  p.need(offset + 4, size);
  p.ascii('\n\t      ');
  printNetwork(p, offset + 4, bits, version);
  printLabel(p, offset + 1);
  return 4 + size;
}

/** A prefix behind a label and a route distinguisher (RFC 4364). */
function printVpn(p: Printer, offset: number, version: number): number {
  const bits = p.u8(offset) - LABEL_BITS - DISTINGUISHER_BITS;
  if (bits < 0 || bits > (version === 4 ? 32 : version === 6 ? 128 : NSAP_BITS)) return ILLEGAL;
  const size = (bits + 7) >> 3;
  p.need(offset + 12, size);
  p.ascii('\n\t      RD: ');
  printDistinguisher(p, offset + 4);
  p.ascii(', ');
  printNetwork(p, offset + 12, bits, version);
  printLabel(p, offset + 1);
  return 12 + size;
}

/** Who wants the routes of a target (RFC 4684). */
function printRouteTarget(p: Printer, offset: number): number {
  const bits = p.u8(offset);
  if (bits === 0) {
    p.ascii('\n\t      default route target');
    return 1;
  }
  if (bits >= 32) p.need(offset + 1, 4);
  if (bits < 32 || bits > 32 + DISTINGUISHER_BITS) {
    p.ascii('\n\t      (illegal prefix length)');
    return ILLEGAL;
  }
  const size = (bits - 32 + 7) >> 3;
  p.need(offset + 1, 4 + size);
  p.field('\n\t      origin AS: ', p.u32(offset + 1));
  p.ascii(', ');
  printTarget(p, offset + 5, bits - 32);
  return 5 + size;
}

function printTarget(p: Printer, offset: number, bits: number): void {
  if (bits === 0) {
    p.ascii('route-target: 0:0/0');
    return;
  }
  const target = new DataView(new ArrayBuffer(TARGET_LENGTH));
  const size = (bits + 7) >> 3;
  for (let i = 0; i < size; i++) target.setUint8(i, p.bytes[offset + i]);
  if ((bits & 7) !== 0) target.setUint8(size - 1, target.getUint8(size - 1) & (0xff00 >> (bits & 7)));
  let hex = '';
  for (let i = 0; i < size; i++) {
    hex += target.getUint8(i).toString(16).padStart(2, '0');
    if ((i & 1) === 1 && i < size - 1) hex += ' ';
  }
  const type = target.getUint16(0);
  if (bits < 16) p.ascii(`route-target: partial-type: (${hex}/${bits})`);
  else if (type === 0x0002)
    p.ascii(`route-target: ${target.getUint16(2)}:${target.getUint32(4)}/${bits} (${hex})`);
  else if (type === 0x0102) {
    const address = [2, 3, 4, 5].map((i) => target.getUint8(i)).join('.');
    p.ascii(`route-target: ${address}:${target.getUint16(6)}/${bits} (${hex})`);
  } else if (type === 0x0202) {
    p.ascii(`route-target: ${target.getUint32(2)}:${target.getUint16(6)}/${bits} (${hex})`);
  } else p.ascii(`route target: unknown-type(${type.toString(16).padStart(4, '0')}) (${hex}/${bits})`);
}

/** Multicast in a VPN (RFC 6037, 4). */
function printMdt(p: Printer, offset: number): number {
  if (p.u8(offset) !== 128) return ILLEGAL;
  p.need(offset + 1, 16);
  p.ascii('\n\t      RD: ');
  printDistinguisher(p, offset + 1);
  p.ascii(', VPN IP Address: ');
  p.ipv4(offset + 9);
  p.ascii(', MC Group Address: ');
  p.ipv4(offset + 13);
  return 17;
}

/** Sites of a layer 2 VPN (RFC 4761, 3.2.2). */
function printL2vpn(p: Printer, offset: number): number {
  const start = p.out.length;
  try {
    const size = printSites(p, offset, start + INDENT + LONGEST);
    p.out.length = Math.min(p.out.length, size === CUT ? start : start + INDENT + LONGEST);
    return size;
  } catch (error) {
    // An entry that was not captured whole is not printed at all.
    p.out.length = start;
    throw error;
  }
}

/** `full`: where the text ends that tcpdump has room for. */
function printSites(p: Printer, offset: number, full: number): number {
  const length = p.u16(offset);
  offset += 2;
  if (length === DISCOVERY) {
    p.check(offset, DISCOVERY);
    p.ascii('\n\t      RD: ');
    printDistinguisher(p, offset);
    p.ascii(', BGPNH: ');
    p.ipv4(offset + 8);
    return length + 2;
  }
  if (length <= BLOCK) return CUT;
  p.check(offset, 15);
  p.ascii('\n\t      RD: ');
  printDistinguisher(p, offset);
  p.field(', CE-ID: ', p.u16(offset + 8));
  p.field(', Label-Block Offset: ', p.u16(offset + 10));
  p.field(', Label Base ', p.u24(offset + 12) >>> 4);
  offset += 15;
  // As in tcpdump the headers of what follows do not count, and what is unknown is not skipped.
  for (let left = length - 15; left !== 0; ) {
    if (left < 3) {
      p.ascii('\n\t\tran past the end');
      break;
    }
    const type = p.u8(offset);
    const bits = p.u16(offset + 1);
    const size = (bits + 7) >> 3;
    offset += 3;
    if (type === 1) {
      p.field('\n\t\tcircuit status vector (1) length: ', bits);
      p.ascii(': 0x');
      const shown = Math.min(size, left);
      // Without room for their digits bytes are not passed either.
      for (let i = 0; i < shown; i++) {
        if (!p.has(offset, 1)) return CUT;
        if (p.out.length <= full) p.out.hexPadded(p.bytes[offset++], 2);
      }
    } else p.ascii(`\n\t\tunknown TLV #${type}, length: ${bits}`);
    if (left < size) {
      p.ascii(' (ran past the end)');
      break;
    }
    left -= size;
  }
  return length + 2;
}

/**
 * Prints what an attribute says can be reached in this family; returns its size. Path identifiers may stand before
 * IPv4 (`paths4`) and IPv6 prefixes.
 */
export function printReachable(
  p: Printer,
  afi: number,
  safi: number,
  offset: number,
  room: number,
  paths4: boolean,
  paths6: boolean,
): number {
  if (afi === family.L2VPN || safi === family.VPLS_SAFI) return printL2vpn(p, offset);
  if (safi === family.ROUTE_TARGETS) return printRouteTarget(p, offset);
  if (safi === family.MULTICAST_VPN) return printMulticastVpn(p, offset) || CUT;
  if (safi === family.MDT) return complain(p, printMdt(p, offset));
  const version = afi === family.IPV4 ? 4 : afi === family.IPV6 ? 6 : 0;
  if (safi === family.LABELED_UNICAST) return complain(p, printLabeled(p, offset, room, version));
  if (safi >= family.VPN_UNICAST) return complain(p, printVpn(p, offset, version));
  if (version === 0) {
    const bits = p.u8(offset);
    if (bits > NSAP_BITS) return complain(p, ILLEGAL);
    const size = (bits + 7) >> 3;
    p.need(offset + 4, size);
    p.ascii('\n\t      ');
    printNetwork(p, offset + 4, bits, version);
    return 1 + size;
  }
  const paths = version === 4 ? paths4 : paths6;
  const path = paths ? p.u32(offset) : 0;
  const size = printPrefix(p, '\n\t      ', paths ? offset + 4 : offset, room, version);
  if (size === CUT) return CUT;
  complain(p, size);
  if (!paths) return size;
  p.field('   Path Id: ', path);
  return size + 4;
}

function complain(p: Printer, size: number): number {
  if (size === ILLEGAL) p.ascii('\n\t    (illegal prefix length)');
  return size;
}
