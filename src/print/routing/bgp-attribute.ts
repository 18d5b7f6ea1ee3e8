// Path attributes of BGP (RFC 4271, 4.3 and 5).

import * as family from '../../wire/registry/address-families.ts';
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';
import { printDistinguisher } from '../engine/route-distinguisher.ts';
import { printCommunities } from './bgp-community.ts';
import { addsPaths, CUT, printNsap, printReachable } from './bgp-prefix.ts';

const ORIGIN = 1;
const AS_PATH = 2;
const NEXT_HOP = 3;
const DISCRIMINATOR = 4;
const LOCAL_PREFERENCE = 5;
const ATOMIC_AGGREGATE = 6;
const AGGREGATOR = 7;
const COMMUNITIES = 8;
const ORIGINATOR = 9;
const CLUSTERS = 10;
const REACHABLE = 14;
const UNREACHABLE = 15;
const EXTENDED_COMMUNITIES = 16;
const AS4_PATH = 17;
const AGGREGATOR4 = 18;
const PMSI_TUNNEL = 22;
const METRIC = 26;
const LARGE_COMMUNITIES = 32;
const SET = 128;

const NAMES: Names = new Map([
  [ORIGIN, 'Origin'],
  [AS_PATH, 'AS Path'],
  [NEXT_HOP, 'Next Hop'],
  [DISCRIMINATOR, 'Multi Exit Discriminator'],
  [LOCAL_PREFERENCE, 'Local Preference'],
  [ATOMIC_AGGREGATE, 'Atomic Aggregate'],
  [AGGREGATOR, 'Aggregator'],
  [COMMUNITIES, 'Community'],
  [ORIGINATOR, 'Originator ID'],
  [CLUSTERS, 'Cluster List'],
  [11, 'DPA'],
  [12, 'Advertisers'],
  [13, 'RCID Path / Cluster ID'],
  [REACHABLE, 'Multi-Protocol Reach NLRI'],
  [UNREACHABLE, 'Multi-Protocol Unreach NLRI'],
  [EXTENDED_COMMUNITIES, 'Extended Community'],
  [AS4_PATH, 'AS4 Path'],
  [AGGREGATOR4, 'Aggregator4'],
  [PMSI_TUNNEL, 'PMSI Tunnel'],
  [23, 'Tunnel Encapsulation'],
  [24, 'Traffic Engineering'],
  [25, 'IPv6 Extended Community'],
  [METRIC, 'Accumulated IGP Metric'],
  [27, 'PE Distinguisher Label'],
  [28, 'Entropy Label'],
  [LARGE_COMMUNITIES, 'Large Community'],
  [SET, 'Attribute Set'],
  [255, 'Reserved for development'],
]);
const ORIGINS = ['IGP', 'EGP', 'Incomplete'];
/** What opens and closes each type of a segment of an AS path. */
const SEGMENTS = new Map([
  [1, ['{ ', '}']],
  [2, ['', '']],
  [3, ['( ', ')']],
  [4, ['({ ', '})']],
]);
const UNKNOWN_SEGMENT = ['?', '?'];
const TUNNELS: Names = new Map([
  [1, 'RSVP-TE P2MP LSP'],
  [2, 'LDP P2MP LSP'],
  [3, 'PIM-SSM Tree'],
  [4, 'PIM-SM Tree'],
  [5, 'PIM-Bidir Tree'],
  [6, 'Ingress Replication'],
  [7, 'LDP MP2MP LSP'],
]);
const EXTENDED_LENGTH = 0x10;
/** Attribute sets in one another that are still opened. */
const DEEPEST = 10;

/**
 * Prints the attributes up to `end`, all of them within `outer`. Returns false where one of them ends beyond what
 * holds it.
 */
export function printAttributes(p: Printer, offset: number, end: number, outer: number): boolean {
  while (offset !== end) {
    if (!p.has(offset, 2) || outer - offset < 2) return false;
    if (end - offset < 2) {
      p.ascii('\n\t  [path attrs too short]');
      return true;
    }
    const flags = p.bytes[offset];
    const type = p.bytes[offset + 1];
    offset += 2;
    const wide = (flags & EXTENDED_LENGTH) !== 0 ? 2 : 1;
    if (!p.has(offset, wide) || outer - offset < wide) return false;
    if (end - offset < wide) {
      p.ascii('\n\t  [path attrs too short]');
      return true;
    }
    const length = wide === 2 ? p.view.getUint16(offset) : p.bytes[offset];
    offset += wide;
    p.ascii('\n\t  ');
    printHead(p, flags, type, length);
    if (flags !== 0) p.ascii(': ');
    if (end - offset < length) {
      p.ascii(' [path attrs too short]');
      return true;
    }
    if (!printAttribute(p, type, offset, length, 0)) return false;
    offset += length;
  }
  return true;
}

function printHead(p: Printer, flags: number, type: number, length: number): void {
  p.ascii(`${NAMES.get(type) ?? 'Unknown Attribute'} (${type}), length: ${length}`);
  if (flags === 0) return;
  p.ascii(', Flags [');
  for (let i = 0; i < 4; i++) if ((flags & (0x80 >> i)) !== 0) p.ascii('OTPE'[i]);
  if ((flags & 15) !== 0) p.hexField('+', flags & 15);
  p.ascii(']');
}

function printAttribute(p: Printer, type: number, offset: number, length: number, depth: number): boolean {
  if (!printValue(p, type, offset, length, depth)) return false;
  const large = type === LARGE_COMMUNITIES && length % 12 === 0;
  if (type !== SET && !large) dumpVerbose(p, offset, length);
  return true;
}

function dumpVerbose(p: Printer, offset: number, length: number): void {
  if (p.verbose <= 1 || length === 0) return;
  p.check(offset, length);
  p.unknown(offset, '\n\t    ', length);
}

function printValue(p: Printer, type: number, offset: number, length: number, depth: number): boolean {
  switch (type) {
    case ORIGIN:
      if (fits(p, length === 1)) p.ascii(ORIGINS[p.u8(offset)] ?? 'Unknown Origin Typecode');
      return true;
    case AS_PATH:
    case AS4_PATH:
      if (!fits(p, length % 2 === 0)) return true;
      if (length === 0) p.ascii('empty');
      return printPath(p, type, offset, offset + length);
    case NEXT_HOP:
    case ORIGINATOR:
      if (fits(p, length === 4)) p.ipv4(offset);
      return true;
    case DISCRIMINATOR:
    case LOCAL_PREFERENCE:
      if (fits(p, length === 4)) p.decimal(p.u32(offset));
      return true;
    case ATOMIC_AGGREGATE:
      fits(p, length === 0);
      return true;
    case AGGREGATOR:
    case AGGREGATOR4: {
      if (!fits(p, length === 8 || (length === 6 && type === AGGREGATOR))) return true;
      if (!p.has(offset, length)) return false;
      p.field(' AS #', length === 6 ? p.u16(offset) : p.u32(offset));
      p.ascii(', origin ');
      p.ipv4(offset + length - 4);
      return true;
    }
    case COMMUNITIES:
    case EXTENDED_COMMUNITIES:
    case LARGE_COMMUNITIES: {
      const unit = type === COMMUNITIES ? 4 : type === EXTENDED_COMMUNITIES ? 8 : 12;
      const whole = length % unit === 0 && (length > 0 || type !== LARGE_COMMUNITIES);
      return !fits(p, whole) || printCommunities(p, unit, offset, length);
    }
    case CLUSTERS:
      if (!fits(p, length % 4 === 0)) return true;
      for (let i = 0; i < length; i += 4) {
        p.ipv4(offset + i);
        if (i + 4 < length) p.ascii(', ');
      }
      return true;
    case REACHABLE:
      return printReach(p, offset, length);
    case UNREACHABLE:
      return printUnreach(p, offset, length);
    case PMSI_TUNNEL:
      return printTunnel(p, offset, length);
    case METRIC:
      return printMetric(p, offset, offset + length);
    case SET:
      return printSet(p, offset, offset + length, depth);
  }
  if (!p.has(offset, length)) return false;
  p.field('\n\t    no Attribute ', type);
  p.ascii(' decoder');
  if (p.verbose <= 1) p.unknown(offset, '\n\t    ', length);
  return true;
}

function fits(p: Printer, valid: boolean): boolean {
  if (!valid) p.ascii('invalid len');
  return valid;
}

/**
 * The numbers of an AS path take two bytes, or four where both sides know of these (RFC 6793): only the OPEN messages
 * say so, hence two where the segments then fill the attribute.
 */
function numberSize(p: Printer, type: number, offset: number, end: number): number {
  if (type === AS4_PATH) return 4;
  while (offset < end) {
    if (!SEGMENTS.has(p.u8(offset))) return 4;
    offset += 2 + p.u8(offset + 1) * 2;
  }
  return offset === end ? 2 : 4;
}

function printPath(p: Printer, type: number, offset: number, end: number): boolean {
  const size = numberSize(p, type, offset, end);
  while (offset < end) {
    const [open, close] = SEGMENTS.get(p.u8(offset)) ?? UNKNOWN_SEGMENT;
    p.ascii(open);
    const count = p.u8(offset + 1);
    for (let i = 0; i < count; i++) {
      if (!p.has(offset + 2 + i * size, size)) return false;
      p.decimal(size === 2 ? p.u16(offset + 2 + i * 2) : p.u32(offset + 2 + i * 4));
      p.ascii(' ');
    }
    p.ascii(close);
    offset += 2 + count * size;
  }
  return true;
}

/** True where there is a printer for what the family's routes look like. */
function known(afi: number, safi: number): boolean {
  const plain = safi >= family.UNICAST && safi <= family.UNI_MULTICAST;
  const vpn = safi >= family.VPN_UNICAST && safi <= family.VPN_UNI_MULTICAST;
  switch (afi) {
    case family.IPV4:
      return (
        plain ||
        vpn ||
        safi === family.LABELED_UNICAST ||
        safi === family.ROUTE_TARGETS ||
        safi === family.MULTICAST_VPN ||
        safi === family.MULTICAST_VPN ||
        safi === family.MDT
      );
    case family.IPV6:
      return plain || vpn || safi === family.LABELED_UNICAST;
    case family.NSAP:
      return plain || vpn;
    case family.L2VPN:
      return vpn;
    case family.VPLS:
      return safi === family.VPLS_SAFI;
  }
  return false;
}

/** Prints which family the routes of an attribute are of; returns whether they can be printed. */
function printFamily(p: Printer, offset: number, length: number): boolean {
  const afi = p.u16(offset);
  const safi = p.u8(offset + 2);
  p.ascii(`\n\t    AFI: ${family.AFI.get(afi) ?? 'Unknown AFI'} (${afi}), `);
  p.ascii(
    `${safi > 128 ? 'vendor specific ' : ''}SAFI: ${family.SAFI.get(safi) ?? 'Unknown SAFI'} (${safi})`,
  );
  if (known(afi, safi)) return true;
  p.check(offset, length);
  p.ascii(`\n\t    no AFI ${afi} / SAFI ${safi} decoder`);
  if (p.verbose <= 1) p.unknown(offset, '\n\t    ', length);
  return false;
}

/** Routes of other families than IPv4 unicast (RFC 4760, 3). */
function printReach(p: Printer, offset: number, length: number): boolean {
  const end = offset + length;
  if (!p.has(offset, 3)) return false;
  if (length < 3) return false;
  const afi = p.view.getUint16(offset);
  const safi = p.bytes[offset + 2];
  if (!printFamily(p, offset, length)) return true;
  const size = p.u8(offset + 3);
  if (length < 4) return false;
  let next = offset + 4;
  if (size > 0) {
    if (end - next < size) return false;
    p.ascii('\n\t    nexthop: ');
    for (let left = size; left > 0; ) {
      if (left < size) p.ascii(', ');
      const taken = printNextHop(p, afi, safi, next, left);
      next += taken;
      left -= taken;
    }
  }
  p.field(', nh-length: ', size);
  if (end - next < 1) return false;
  const attachments = p.u8(next);
  next++;
  if (attachments === 0) p.ascii(', no SNPA');
  else {
    p.field('\n\t    ', attachments);
    p.ascii(' SNPA');
  }
  for (let i = 0; i < attachments; i++) {
    if (end - next < 1) return false;
    const bytes = p.u8(next);
    p.field('\n\t      ', bytes);
    p.ascii(' bytes');
    next++;
    if (end - next < bytes) return false;
    if (!p.has(next, bytes)) return false;
    next += bytes;
  }
  return printRoutes(p, afi, safi, next, end, length);
}

/** Prints one next hop of at most `left` bytes; returns how many it took. */
function printNextHop(p: Printer, afi: number, safi: number, offset: number, left: number): number {
  const vpn = safi >= family.VPN_UNICAST && safi <= family.VPN_UNI_MULTICAST && afi !== family.L2VPN;
  const distinguisher = vpn ? 8 : 0;
  if (afi === family.NSAP) {
    if (!vpn) {
      printNsap(p, offset, left);
      return left;
    }
    if (!fits(p, left > distinguisher)) return left;
    p.check(offset, left);
  } else if (!fits(p, left >= distinguisher + (afi === family.IPV6 ? 16 : 4))) return left;
  if (vpn) {
    p.check(offset, distinguisher);
    if (afi !== family.NSAP) p.check(offset, distinguisher + (afi === family.IPV6 ? 16 : 4));
    p.ascii('RD: ');
    printDistinguisher(p, offset);
    p.ascii(', ');
  }
  offset += distinguisher;
  if (afi === family.IPV6) {
    p.ipv6(offset);
    return distinguisher + 16;
  }
  if (afi !== family.NSAP) {
    p.ipv4(offset);
    return distinguisher + 4;
  }
  printNsap(p, offset, left - distinguisher);
  // IPv4 and IPv6 addresses in the form of NSAPs (RFC 986, RFC 1888).
  if (p.u32(offset) === 0x47000601) {
    p.ascii(' = ');
    p.ipv4(offset + 4);
  } else if (p.u24(offset) === 0x350000) {
    p.ascii(' = ');
    p.ipv6(offset + 3);
  }
  return left;
}

function printRoutes(
  p: Printer,
  afi: number,
  safi: number,
  offset: number,
  end: number,
  length: number,
): boolean {
  const paths4 = addsPaths(p, offset, end - offset, 32);
  const paths6 = addsPaths(p, offset, end - offset, 128);
  while (offset < end) {
    const size = printReachable(p, afi, safi, offset, length, paths4, paths6);
    if (size === CUT) return false;
    if (size < 0) break;
    offset += size;
  }
  return true;
}

function printUnreach(p: Printer, offset: number, length: number): boolean {
  if (!p.has(offset, 3)) return false;
  if (!printFamily(p, offset, length)) return true;
  if (length === 3) p.ascii('\n\t      End-of-Rib Marker (empty NLRI)');
  return printRoutes(p, p.view.getUint16(offset), p.bytes[offset + 2], offset + 3, offset + length, length);
}

/** The tunnel of multicast in a VPN (RFC 6514, 5). */
function printTunnel(p: Printer, offset: number, length: number): boolean {
  if (!p.has(offset, 5)) return false;
  if (length < 5) return false;
  const type = p.bytes[offset + 1];
  p.ascii(`\n\t    Tunnel-type ${TUNNELS.get(type) ?? 'Unknown'} (${type}), Flags [`);
  p.ascii((p.bytes[offset] & 1) !== 0 ? 'Leaf Information required' : 'none');
  p.field('], MPLS Label ', p.u24(offset + 2) >>> 4);
  offset += 5;
  if (type < 1 || type > 7) {
    if (p.verbose <= 1) p.unknown(offset, '\n\t      ', length - 5);
    return true;
  }
  p.need(offset, type === 6 ? 4 : 8);
  p.ascii('\n\t      ');
  p.ascii(
    type === 1
      ? 'Extended-Tunnel-ID '
      : type === 6
        ? 'Tunnel-Endpoint '
        : type < 4 || type === 7
          ? 'Root-Node '
          : 'Sender ',
  );
  p.ipv4(offset);
  if (type === 6) return true;
  if (type >= 3 && type <= 5) {
    p.ascii(', P-Group ');
    p.ipv4(offset + 4);
  } else {
    p.ascii(type === 1 ? ', P2MP-ID 0x' : ', LSP-ID 0x');
    p.out.hexPadded(p.u32(offset + 4), 8);
  }
  return true;
}

/** The accumulated IGP metric (RFC 7311). */
function printMetric(p: Printer, offset: number, end: number): boolean {
  while (end - offset >= 3) {
    const type = p.u8(offset);
    const length = p.u16(offset + 1);
    offset += 3;
    p.ascii(`\n\t    ${type === 1 ? 'AIGP' : 'Unknown'} TLV (${type}), length ${length}`);
    if (length < 3 || end - offset < length - 3) return false;
    if (type === 1) {
      if (length < 11) return false;
      p.ascii(`, metric ${p.u64(offset)}`);
    } else if (p.verbose <= 1) p.unknown(offset, '\n\t      ', length - 3);
    offset += length - 3;
  }
  return true;
}

/** The attributes that a customer's routes came with (RFC 6368). */
function printSet(p: Printer, offset: number, end: number, depth: number): boolean {
  if (!p.has(offset, 4) || end - offset < 4) return false;
  const start = offset;
  p.field('\n\t    Origin AS: ', p.view.getUint32(offset));
  offset += 4;
  while (offset !== end) {
    if (!p.has(offset, 2)) return false;
    if (end - offset < 2) return shortSet(p, start, end - offset);
    const flags = p.bytes[offset];
    const type = p.bytes[offset + 1];
    const wide = (flags & EXTENDED_LENGTH) !== 0 ? 2 : 1;
    offset += 2;
    if (!p.has(offset, wide)) return false;
    if (end - offset < wide) return shortSet(p, start, end - offset);
    const length = wide === 2 ? p.view.getUint16(offset) : p.bytes[offset];
    offset += wide;
    p.ascii('\n\t      ');
    printHead(p, flags, type, length);
    p.ascii(': ');
    if (end - offset < length) return shortSet(p, start, end - offset);
    if (depth === DEEPEST) p.ascii('(too many nested levels, not recursing)');
    else if (!printAttribute(p, type, offset, length, depth + 1)) return false;
    offset += length;
  }
  return true;
}

/** Complains of a set whose last attribute does not fit into what is left. */
function shortSet(p: Printer, start: number, left: number): boolean {
  p.ascii(' [path attr too short]');
  dumpVerbose(p, start, left);
  return true;
}
