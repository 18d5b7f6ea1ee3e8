// Link state advertisements of OSPF version 2 (RFC 2328, appendix A.4; RFC 5250).
import type { Names } from '../engine/names.ts';
import { type Printer, writeFlags } from '../engine/printer.ts';
import { printGrace, printRouterInformation, printTrafficEngineering } from './ospf-opaque.ts';

const HEADER_LENGTH = 20;

const ROUTER = 1;
const NETWORK = 2;
const SUMMARY = 3;
const ASBR_SUMMARY = 4;
const EXTERNAL = 5;
const GROUP = 6;
const NSSA = 7;
const OPAQUE_LINK = 9;
const OPAQUE_DOMAIN = 11;

const TYPES: Names = new Map([
  [ROUTER, 'Router'],
  [NETWORK, 'Network'],
  [SUMMARY, 'Summary'],
  [ASBR_SUMMARY, 'ASBR Summary'],
  [EXTERNAL, 'External'],
  [GROUP, 'Multicast Group'],
  [NSSA, 'NSSA'],
  [OPAQUE_LINK, 'Link Local Opaque'],
  [10, 'Area Local Opaque'],
  [OPAQUE_DOMAIN, 'Domain Wide Opaque'],
]);
const TRAFFIC_ENGINEERING = 1;
const GRACE = 3;
const ROUTER_INFORMATION = 4;
const OPAQUE: Names = new Map([
  [TRAFFIC_ENGINEERING, 'Traffic Engineering'],
  [GRACE, 'Graceful restart'],
  [ROUTER_INFORMATION, 'Router Information'],
]);
/** Options of OSPF routers. */
export const LSA_OPTIONS = [
  [0x01, 'MultiTopology'],
  [0x02, 'External'],
  [0x04, 'Multicast'],
  [0x08, 'NSSA'],
  [0x10, 'LLS'],
  [0x20, 'Demand Circuit'],
  [0x40, 'Opaque'],
  [0x80, 'Up/Down'],
] as const;
const ROUTER_FLAGS = [
  [1, 'ABR'],
  [2, 'ASBR'],
  [4, 'Virtual'],
  [8, 'Wildcard'],
  [0x10, 'Nt'],
  [0x80, 'Host'],
] as const;
const TOPOLOGIES = ['default', 'multicast', 'management'];
/** What a router's link leads to, and what its two addresses are; by type from 1. */
const LINKS = [
  ['Neighbor Router-ID: ', ', Interface Address: '],
  ['Neighbor Network-ID: ', ', Interface Address: '],
  ['Stub Network: ', ', Mask: '],
  ['Virtual Link: Neighbor Router-ID: ', ', Interface Address: '],
];

/** Prints a header; returns the length of the whole advertisement, or -1 where it cannot be. */
export function printLsaHeader(p: Printer, offset: number): number {
  const length = p.u16(offset + 18);
  if (length < HEADER_LENGTH) {
    p.field('\n\t    Bogus length ', length);
    p.field(' < header (', HEADER_LENGTH);
    p.ascii(')');
    return -1;
  }
  // All of it was captured: the length stands at its end.
  p.ascii('\n\t  Advertising Router ');
  p.ipv4(offset + 8);
  p.ascii(', seq 0x');
  p.out.hexPadded(p.u32(offset + 12), 8);
  p.field(', age ', p.u16(offset));
  p.field('s, length ', length - HEADER_LENGTH);
  const type = p.u8(offset + 3);
  p.ascii(`\n\t    ${TYPES.get(type) ?? 'unknown'} LSA (${type}), `);
  if (type >= OPAQUE_LINK && type <= OPAQUE_DOMAIN) {
    const opaque = p.u8(offset + 4);
    p.ascii(`Opaque-Type ${OPAQUE.get(opaque) ?? 'unknown'} LSA (${opaque}), Opaque-ID `);
    p.decimal(p.u24(offset + 5));
  } else {
    p.ascii('LSA-ID: ');
    p.ipv4(offset + 4);
  }
  p.ascii('\n\t    Options: [');
  writeFlags(p, LSA_OPTIONS, 'none', p.u8(offset + 2), ', ');
  p.ascii(']');
  return length;
}

/** Prints what a request names. */
export function printLsaReference(p: Printer, offset: number): void {
  p.need(offset, 12);
  const type = p.u32(offset);
  p.ascii('\n\t  Advertising Router: ');
  p.ipv4(offset + 8);
  p.ascii(`, ${TYPES.get(type) ?? 'unknown'} LSA (${type})`);
  if (type >= OPAQUE_LINK && type <= OPAQUE_DOMAIN) {
    const opaque = p.u8(offset + 4);
    p.ascii(`, Opaque-Type: ${OPAQUE.get(opaque) ?? 'unknown'} LSA (${opaque}), Opaque-ID: `);
    p.decimal(p.u24(offset + 5));
  } else {
    p.ascii(', LSA-ID: ');
    p.ipv4(offset + 4);
  }
}

/** Prints an advertisement; returns where the next one lies, below 0 where its length cannot be. */
export function printLsa(p: Printer, offset: number): number {
  const length = printLsaHeader(p, offset);
  if (length < 0) return -1;
  const body = offset + HEADER_LENGTH;
  const end = offset + length;
  if (printBody(p, p.u8(offset + 3), offset, body, end) && p.verbose > 1)
    p.unknown(body, '\n\t    ', end - body);
  return end;
}

/** Returns false where the advertisement is not what it should be, which nothing more is then printed of. */
function printBody(p: Printer, type: number, offset: number, body: number, end: number): boolean {
  switch (type) {
    case ROUTER:
      return printRouter(p, body);
    case NETWORK:
      p.need(body, 4);
      p.ascii('\n\t    Mask ');
      p.ipv4(body);
      p.ascii('\n\t    Connected Routers:');
      for (let router = body + 4; router < end; router += 4) {
        p.need(router, 4);
        p.ascii('\n\t      ');
        p.ipv4(router);
      }
      return true;
    case SUMMARY:
    case ASBR_SUMMARY:
      p.need(body, 4);
      if (type === SUMMARY) {
        p.ascii('\n\t    Mask ');
        p.ipv4(body);
      }
      p.need(body + 4, 4);
      for (let metric = body + 4; metric < end; metric += 4) {
        const value = p.u32(metric);
        printTopology(p, (value >>> 24) & 0x7f);
        p.field(' metric ', value & 0xffffff);
      }
      return true;
    case EXTERNAL:
    case NSSA:
      printExternal(p, body, end);
      return true;
    case GROUP:
      for (let vertex = body; vertex < end; vertex += 8) {
        const kind = p.u32(vertex);
        if (kind === 1 || kind === 2) {
          p.need(vertex, 8);
          p.ascii(kind === 1 ? '\n\t    Router Router-ID ' : '\n\t    Network Designated Router ');
          p.ipv4(vertex + 4);
        } else {
          p.field('\n\t    unknown VertexType (', kind);
          p.ascii(')');
        }
      }
      return true;
  }
  if (type < OPAQUE_LINK || type > OPAQUE_DOMAIN) return true;
  switch (p.u8(offset + 4)) {
    case ROUTER_INFORMATION:
      return printRouterInformation(p, body, end);
    case GRACE:
      return printGrace(p, body, end);
    case TRAFFIC_ENGINEERING:
      return printTrafficEngineering(p, body, end);
  }
  if (p.verbose <= 1) p.unknown(body, '\n\t    ', end - body);
  return true;
}

function printTopology(p: Printer, topology: number): void {
  p.ascii(`\n\t\ttopology ${TOPOLOGIES[topology] ?? 'Unknown'} (${topology})`);
}

function printRouter(p: Printer, offset: number): boolean {
  p.need(offset, 1);
  p.ascii('\n\t    Router LSA Options: [');
  writeFlags(p, ROUTER_FLAGS, 'none', p.u8(offset), ', ');
  p.ascii(']');
  const count = p.u16(offset + 2);
  offset += 4;
  p.need(offset, 12);
  for (let i = 0; i < count; i++) {
    p.need(offset, 12);
    const type = p.bytes[offset + 8];
    const names = LINKS[type - 1];
    if (names === undefined) {
      p.field('\n\t      Unknown Router Link Type (', type);
      p.ascii(')');
      return false;
    }
    p.ascii('\n\t      ');
    p.ascii(names[0]);
    p.ipv4(offset);
    p.ascii(names[1]);
    p.ipv4(offset + 4);
    const topologies = p.bytes[offset + 9];
    offset += 8;
    for (let metric = 0; metric <= topologies; metric++, offset += 4) {
      p.need(offset, 4);
      printTopology(p, metric === 0 ? 0 : p.bytes[offset]);
      p.field(', metric ', p.u16(offset + 2));
    }
  }
  return true;
}

function printExternal(p: Printer, offset: number, end: number): void {
  p.need(offset, 4);
  p.ascii('\n\t    Mask ');
  p.ipv4(offset);
  p.need(offset + 4, 4);
  for (let metric = offset + 4; metric < end; metric += 12) {
    const value = p.u32(metric);
    printTopology(p, (value >>> 24) & 0x7f);
    p.field(', type ', value >>> 31 === 1 ? 2 : 1);
    p.ascii(', metric');
    if ((value & 0xffffff) === 0xffffff) p.ascii(' infinite');
    else p.field(' ', value & 0xffffff);
    for (const [field, name] of [
      [4, ', forward '],
      [8, ', tag '],
    ] as const) {
      if (p.u32(metric + field) === 0) continue;
      p.ascii(name);
      p.ipv4(metric + field);
    }
  }
}
