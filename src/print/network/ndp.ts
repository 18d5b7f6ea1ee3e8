// Neighbour discovery (RFC 4861): what routers advertise, and the options (also RFC 4191, RFC 6275, RFC 8106).
import { writeIpv6 } from '../engine/address.ts';
import { NOWHERE, printName } from '../engine/domain-name.ts';
import type { Names } from '../engine/names.ts';
import { type Printer, writeFlags } from '../engine/printer.ts';

const SOURCE_ADDRESS = 1;
const TARGET_ADDRESS = 2;
const PREFIX = 3;
const REDIRECTED = 4;
const MTU = 5;
const INTERVAL = 7;
const HOME_AGENT = 8;
const ROUTE = 24;
const DNS_SERVERS = 25;
const DNS_SEARCH = 31;

const OPTIONS: Names = new Map([
  [SOURCE_ADDRESS, 'source link-address'],
  [TARGET_ADDRESS, 'destination link-address'],
  [PREFIX, 'prefix info'],
  [REDIRECTED, 'redirected header'],
  [MTU, 'mtu'],
  [DNS_SERVERS, 'rdnss'],
  [DNS_SEARCH, 'dnssl'],
  [INTERVAL, 'advertisement interval'],
  [HOME_AGENT, 'homeagent information'],
  [ROUTE, 'route info'],
]);
const PREFERENCES = ['medium', 'high', 'rsv', 'low'];
const ROUTER_FLAGS = [
  [0x80, 'managed'],
  [0x40, 'other stateful'],
  [0x20, 'home agent'],
  [0x02, 'ipv6 only'],
] as const;
const PREFIX_FLAGS = [
  [0x80, 'onlink'],
  [0x40, 'auto'],
  [0x20, 'router'],
] as const;
export const NEIGHBOUR_FLAGS = [
  [0x80000000, 'router'],
  [0x40000000, 'solicited'],
  [0x20000000, 'override'],
] as const;

export function printRouterAdvertisement(p: Printer, offset: number): void {
  p.need(offset, 16);
  const flags = p.u8(offset + 5);
  p.field('\n\thop limit ', p.u8(offset + 4));
  p.ascii(', Flags [');
  writeFlags(p, ROUTER_FLAGS, 'none', flags, ', ');
  p.ascii('], pref ');
  p.ascii(PREFERENCES[(flags >> 3) & 3]);
  p.field(', router lifetime ', p.u16(offset + 6));
  p.field('s, reachable time ', p.u32(offset + 8));
  p.field('ms, retrans timer ', p.u32(offset + 12));
  p.ascii('ms');
}

/** A lifetime in seconds. */
function lifetime(p: Printer, seconds: number): void {
  if (seconds === 0xffffffff) p.ascii('infinity');
  else {
    p.decimal(seconds);
    p.ascii('s');
  }
}

/** Prints the options in `rest` bytes. Returns false where one is cut short. */
export function printNeighbourOptions(p: Printer, offset: number, rest: number): boolean {
  const start = offset;
  while (offset < p.end) {
    if (!p.has(offset, 2)) return false;
    if (rest <= 0) return true;
    const type = p.bytes[offset];
    const units = p.bytes[offset + 1];
    const size = units << 3;
    if (units === 0 || !p.has(offset, size)) return false;
    p.ascii('\n\t  ');
    p.ascii(OPTIONS.get(type) ?? 'unknown');
    p.field(' option (', type);
    p.field('), length ', size);
    p.field(' (', units);
    p.ascii('): ');
    if (!printOption(p, type, offset, size, start)) return false;
    if (!OPTIONS.has(type) && p.verbose < 2) {
      p.unknown(offset + 2, '\n\t  ', size - 2);
      return true;
    }
    if (p.verbose > 1) p.unknown(offset + 2, '\n\t    ', size - 2);
    offset += size;
    rest -= size;
  }
  return true;
}

function printOption(p: Printer, type: number, offset: number, size: number, start: number): boolean {
  switch (type) {
    case SOURCE_ADDRESS:
    case TARGET_ADDRESS:
      for (let i = 2; i < size; i++) {
        if (i > 2) p.ascii(':');
        p.out.hexPadded(p.u8(offset + i), 2);
      }
      return true;
    case PREFIX:
      p.need(offset + 16, 16);
      p.ipv6(offset + 16);
      p.field('/', p.u8(offset + 2));
      p.ascii(size === 32 ? ', Flags [' : 'badlen, Flags [');
      writeFlags(p, PREFIX_FLAGS, 'none', p.u8(offset + 3), ', ');
      p.ascii('], valid time ');
      lifetime(p, p.u32(offset + 4));
      p.ascii(', pref. time ');
      lifetime(p, p.u32(offset + 8));
      return true;
    case REDIRECTED:
      // tcpdump dumps from the first option on.
      p.unknown(start, '\n\t    ', size);
      return true;
    case MTU:
      p.field(' ', p.u32(offset + 4));
      if (size !== 8) p.ascii('bad option length');
      return true;
    case DNS_SERVERS: {
      p.field(' lifetime ', p.u32(offset + 4));
      p.ascii('s,');
      for (let i = 0; i < (size - 8) >> 4; i++) {
        p.need(offset + 8 + i * 16, 16);
        p.ascii(' addr: ');
        p.ipv6(offset + 8 + i * 16);
      }
      return true;
    }
    case DNS_SEARCH:
      p.field(' lifetime ', p.u32(offset + 4));
      p.ascii('s, domain(s):');
      return printDomains(p, offset + 8, offset + size, start);
    case INTERVAL:
      p.field(' ', p.u32(offset + 4));
      p.ascii('ms');
      return true;
    case HOME_AGENT:
      p.field(' preference ', p.u16(offset + 4));
      p.field(', lifetime ', p.u16(offset + 6));
      return true;
    case ROUTE:
      return printRoute(p, offset, size);
    default:
      return true;
  }
}

/** A prefix of 0, 8 or 16 bytes, with its preference (RFC 4191). */
const prefix = new DataView(new ArrayBuffer(16));

function printRoute(p: Printer, offset: number, size: number): boolean {
  if (size > 24) return false;
  for (let i = 0; i < 16; i++) prefix.setUint8(i, i < size - 8 ? p.u8(offset + 8 + i) : 0);
  p.ascii(' ');
  writeIpv6(p.out, prefix, 0);
  p.field('/', p.u8(offset + 2));
  p.ascii(', pref=');
  p.ascii(PREFERENCES[(p.u8(offset + 3) >> 3) & 3]);
  p.ascii(', lifetime=');
  lifetime(p, p.u32(offset + 4));
  return true;
}

/** Domain names (RFC 8106, 5.2), up to the padding. tcpdump lets a pointer in them count from the first option. */
function printDomains(p: Printer, offset: number, end: number, start: number): boolean {
  while (offset < end && p.u8(offset) !== 0) {
    p.ascii(' ');
    offset = printName(p, offset, start);
    if (offset === NOWHERE) return false;
  }
  return true;
}
