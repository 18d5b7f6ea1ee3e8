// OSPF version 3, for IPv6 (RFC 5340; with authentication RFC 7166).
import { writeIpv6 } from '../engine/address.ts';
import type { Names } from '../engine/names.ts';
import { CLOSED, closing, type Printer } from '../engine/printer.ts';
import { bits, flags, hex, ipv4, ipv6, lines, u8, u16, u24, u32 } from '../engine/template.ts';
import { printGrace, printTrafficEngineering } from './ospf-opaque.ts';

const HEADER_LENGTH = 16;
const LSA_HEADER_LENGTH = 20;
const AUTHENTICATION_LENGTH = 16;
const SIGNALLING_LENGTH = 4;

const HELLO = 1;
const DESCRIPTION = 2;
const REQUEST = 3;
const UPDATE = 4;
const ACKNOWLEDGEMENT = 5;
/** The option that says that link-local signalling follows. */
const SIGNALLING = 0x200;

const TYPES: Names = new Map([
  [HELLO, 'Hello'],
  [DESCRIPTION, 'Database Description'],
  [REQUEST, 'LS-Request'],
  [UPDATE, 'LS-Update'],
  [ACKNOWLEDGEMENT, 'LS-Ack'],
]);
const OPTIONS = [
  [0x01, 'V6'],
  [0x02, 'External'],
  [0x04, 'Deprecated'],
  [0x08, 'NSSA'],
  [0x10, 'Router'],
  [0x20, 'Demand Circuit'],
  [0x100, 'AFs Support'],
  [SIGNALLING, 'LLS'],
  [0x400, 'Authentication Trailer'],
] as const;
const ROUTER_FLAGS = [
  [0x01, 'ABR'],
  [0x02, 'External'],
  [0x04, 'Virtual-Link Endpoint'],
  [0x08, 'Deprecated'],
  [0x10, 'NSSA Translator'],
] as const;
const FORWARDING = 0x2000000;
const TAG = 0x1000000;
const EXTERNAL_FLAGS = [
  [0x80000000, 'External Type 2'],
  [FORWARDING, 'Forwarding'],
  [TAG, 'Tag'],
] as const;
const DESCRIPTION_FLAGS = [
  [0x04, 'Init'],
  [0x02, 'More'],
  [0x01, 'Master'],
  [0x10, 'IPv6 MTU'],
] as const;
const PREFIX_OPTIONS = [
  [0x01, 'No Unicast'],
  [0x02, 'Local address'],
  [0x04, 'Deprecated'],
  [0x08, 'Propagate'],
  [0x10, 'Down'],
  [0x20, 'N-bit'],
] as const;

/** Kinds of link state advertisements, with the scope each has. */
const ROUTER_LSA = 0x2001;
const NETWORK_LSA = 0x2002;
const PREFIX_LSA = 0x2003;
const EXTERNAL_LSA = 0x4005;
const LINK_LSA = 0x0008;
const INTRA_PREFIX_LSA = 0x2009;
const ENGINEERING_LSA = 0x000a;
const GRACE_LSA = 0x000b;
const LSAS: Names = new Map([
  [1, 'Router'],
  [2, 'Network'],
  [3, 'Inter-Area Prefix'],
  [4, 'Inter-Area Router'],
  [5, 'External'],
  [6, 'Deprecated'],
  [7, 'NSSA'],
  [8, 'Link'],
  [9, 'Intra-Area Prefix'],
  [10, 'Intra-Area TE'],
  [11, 'Grace'],
  [12, 'Router Information'],
  [13, 'Inter-AS-TE'],
  [14, 'Layer 1 VPN'],
]);
const SCOPES = ['Link Local', 'Area Local', 'Domain Wide', 'Unknown'];

const LINK = lines`\n\t      Neighbor Interface-ID ${ipv4(8)}, Interface ${ipv4(4)}, metric ${u16(2)}`;
const LINK_TYPES: Names = new Map([
  [1, 'Neighbor Router-ID'],
  [2, 'Neighbor Network-ID'],
  [4, 'Virtual Link: Neighbor Router-ID'],
]);
const HELLO_OPTIONS = lines`\n\tOptions [${flags(OPTIONS, u32(4))}]`;
const HELLO_TIMES = lines`\n\t  Hello Timer ${u16(8)}s, Dead Timer ${u16(10)}s, Interface-ID ${ipv4(0)}, Priority ${u8(4)}`;
const DESCRIPTION_OPTIONS = lines`\n\tOptions [${flags(OPTIONS, u32(0))}]`;
const DESCRIBED = lines`, DD Flags [${flags(DESCRIPTION_FLAGS, u8(7))}]`;
const SEQUENCE = lines`, MTU ${u16(4)}, DD-Sequence 0x${hex(u32(8), 8)}`;
const LSA_OPTIONS = lines`\n\t      Options [${flags(OPTIONS, u32(0))}]`;
const LINK_ADDRESS = lines`\n\t      Priority ${u8(0)}, Link-local address ${ipv6(4)}, Prefixes ${u32(20)}:`;
const EXTERNAL = lines`\n\t     Flags [${flags(EXTERNAL_FLAGS, u32(0))}] metric ${u24(1)}`;
const PREFIX_METRIC = lines`, metric ${bits(u32(0), 0, 0xffffff)}`;

/** What is cut off, by the capture or by a length the packet tells, ends it in the same words. */
function cut(): never {
  throw CLOSED;
}

export const printOspf3 = closing((p, offset, length) => {
  p.protocol = 'ospf3';
  const type = p.u8(offset + 1);
  const version = p.u8(offset);
  p.ascii(`OSPFv${version}, ${TYPES.get(type) ?? `unknown packet type (${type})`}, length `);
  p.decimal(length);
  if (!TYPES.has(type) || p.verbose === 0) return;
  const claimed = p.u16(offset + 2);
  if (claimed > length) {
    p.ascii(` [len ${claimed}]`);
    return;
  }
  p.need(offset + 4, 4);
  p.ascii('\n\tRouter-ID ');
  p.ipv4(offset + 4);
  if (p.u32(offset + 8) !== 0) {
    p.ascii(', Area ');
    p.ipv4(offset + 8);
  } else p.ascii(', Backbone Area');
  const instance = p.u8(offset + 14);
  if (instance !== 0) p.field(', Instance ', instance);
  if (version !== 3) return;
  const end = offset + claimed;
  printBody(p, type, offset + HEADER_LENGTH, end);
  printTrailer(p, type, offset + HEADER_LENGTH, end, length - claimed);
});

function printBody(p: Printer, type: number, offset: number, end: number): void {
  switch (type) {
    case HELLO:
      printHello(p, offset, end);
      return;
    case DESCRIPTION:
      DESCRIPTION_OPTIONS(p, offset);
      DESCRIBED(p, offset);
      SEQUENCE(p, offset);
      if (p.verbose > 1) printHeaders(p, offset + 12, end);
      return;
    case REQUEST:
      if (p.verbose > 1)
        for (; offset < end; offset += 12) {
          p.check(offset, 12);
          p.ascii('\n\t  Advertising Router ');
          p.ipv4(offset + 8);
          printType(p, p.u16(offset + 2), offset + 4);
        }
      return;
    case UPDATE: {
      if (p.verbose <= 1) return;
      let left = p.u32(offset);
      for (offset += 4; offset < end && left > 0; left--) offset = printLsa(p, offset, end);
      return;
    }
    case ACKNOWLEDGEMENT:
      if (p.verbose > 1) printHeaders(p, offset, end);
  }
}

function printHello(p: Printer, offset: number, end: number): void {
  HELLO_OPTIONS(p, offset);
  HELLO_TIMES(p, offset);
  if (p.u32(offset + 12) !== 0) {
    p.ascii('\n\t  Designated Router ');
    p.ipv4(offset + 12);
  }
  if (p.u32(offset + 16) !== 0) {
    p.ascii(', Backup Designated Router ');
    p.ipv4(offset + 16);
  }
  if (p.verbose <= 1) return;
  p.ascii('\n\t  Neighbor List:');
  for (let neighbour = offset + 20; neighbour < end; neighbour += 4) printRouter(p, '\n\t    ', neighbour);
}

function printRouter(p: Printer, text: string, offset: number): void {
  p.need(offset, 4);
  p.ascii(text);
  p.ipv4(offset);
}

function printType(p: Printer, type: number, id: number): void {
  const kind = type & 0x1fff;
  p.need(id, 4);
  p.ascii(`\n\t    ${LSAS.get(kind) ?? 'Unknown'} LSA (${kind}), ${SCOPES[(type >> 13) & 3]} Scope`);
  if ((type & 0x8000) !== 0) p.ascii(', transitive');
  p.ascii(', LSA-ID ');
  p.ipv4(id);
}

function printHeader(p: Printer, offset: number, end: number): void {
  if (offset + LSA_HEADER_LENGTH > end) cut();
  p.need(offset, LSA_HEADER_LENGTH);
  p.ascii('\n\t  Advertising Router ');
  p.ipv4(offset + 8);
  p.ascii(', seq 0x');
  p.out.hexPadded(p.u32(offset + 12), 8);
  const length = p.u16(offset + 18);
  // Of 64 bits in tcpdump, without a sign.
  const rest =
    length < LSA_HEADER_LENGTH ? 2n ** 64n - BigInt(LSA_HEADER_LENGTH - length) : length - LSA_HEADER_LENGTH;
  p.ascii(`, age ${p.u16(offset)}s, length ${rest}`);
  printType(p, p.u16(offset + 2), offset + 4);
}

function printHeaders(p: Printer, offset: number, end: number): void {
  for (; offset < end; offset += LSA_HEADER_LENGTH) printHeader(p, offset, end);
}

/** Returns where the advertisement ends. */
function printLsa(p: Printer, offset: number, end: number): number {
  printHeader(p, offset, end);
  const length = p.u16(offset + 18);
  if (length < LSA_HEADER_LENGTH || offset + length > end) cut();
  printLsaBody(p, p.u16(offset + 2), offset + LSA_HEADER_LENGTH, length - LSA_HEADER_LENGTH);
  return offset + length;
}

function printLsaBody(p: Printer, type: number, offset: number, length: number): void {
  switch (type) {
    case ROUTER_LSA:
      if (length < 4) cut();
      LSA_OPTIONS(p, offset);
      p.ascii(', RLA-Flags [');
      flags(ROUTER_FLAGS, u8(0))(p, offset);
      p.ascii(']');
      printLinks(p, offset + 4, length - 4);
      return;
    case NETWORK_LSA:
      if (length < 4) cut();
      LSA_OPTIONS(p, offset);
      p.ascii('\n\t      Connected Routers:');
      for (let i = 4; i < length; i += 4) {
        if (i + 4 > length) cut();
        printRouter(p, '\n\t\t', offset + i);
      }
      return;
    case PREFIX_LSA:
      if (length < 4) cut();
      PREFIX_METRIC(p, offset);
      for (let i = 4; i < length; ) i += printPrefix(p, offset + i, length - i);
      return;
    case EXTERNAL_LSA:
      printExternal(p, offset, length);
      return;
    case LINK_LSA:
      if (length < 4) cut();
      p.check(offset, 4);
      LSA_OPTIONS(p, offset);
      if (length < 24) cut();
      LINK_ADDRESS(p, offset);
      printPrefixes(p, p.u32(offset + 20), offset + 24, length - 24);
      return;
    case INTRA_PREFIX_LSA: {
      if (length < 4) cut();
      p.check(offset + 8, 4);
      printType(p, p.u16(offset + 2), offset + 4);
      if (length < 6) cut();
      const count = p.u16(offset);
      p.ascii(`\n\t      Prefixes ${count}:`);
      // As in tcpdump half of the bytes before the prefixes count as theirs.
      printPrefixes(p, count, offset + 12, length - 6);
      return;
    }
    case GRACE_LSA:
      if (!printGrace(p, offset, offset + length)) cut();
      return;
    case ENGINEERING_LSA:
      if (!printTrafficEngineering(p, offset, offset + length)) cut();
      return;
  }
  p.unknown(offset, '\n\t      ', length);
}

function printLinks(p: Printer, offset: number, length: number): void {
  for (; length !== 0; offset += 16, length -= 16) {
    if (length < 16) cut();
    p.check(offset, 16);
    const type = p.u8(offset);
    const name = LINK_TYPES.get(type);
    if (name === undefined) {
      p.ascii('\n\t      Unknown Router Links Type 0x');
      p.out.hexPadded(type, 2);
      return;
    }
    p.ascii(`\n\t      ${name} `);
    p.ipv4(offset + 12);
    LINK(p, offset);
  }
}

const prefix = new Uint8Array(16);
const view = new DataView(prefix.buffer);

/** Returns the bytes it took. */
function printPrefix(p: Printer, offset: number, room: number): number {
  if (room < 4) cut();
  p.check(offset, 4);
  const bits = p.bytes[offset];
  const size = ((bits + 31) >> 5) * 4;
  if (size > 16) {
    p.ascii(` bogus prefixlen /${bits}`);
    cut();
  }
  if (room - 4 < size) cut();
  p.need(offset + 4, size);
  prefix.fill(0).set(p.bytes.subarray(offset + 4, offset + 4 + size));
  p.ascii('\n\t\t');
  writeIpv6(p.out, view, 0);
  p.field('/', bits);
  if (p.bytes[offset + 1] !== 0) {
    p.ascii(', Options [');
    flags(PREFIX_OPTIONS, u8(1))(p, offset);
    p.ascii(']');
  }
  p.field(', metric ', p.u16(offset + 2));
  return 4 + size;
}

function printPrefixes(p: Printer, count: number, offset: number, room: number): void {
  for (; count > 0; count--) {
    const taken = printPrefix(p, offset, room);
    offset += taken;
    room -= taken;
  }
}

function printExternal(p: Printer, offset: number, length: number): void {
  if (length < 4) cut();
  EXTERNAL(p, offset);
  const set = p.u32(offset);
  const taken = 4 + printPrefix(p, offset + 4, length - 4);
  const referenced = p.bytes[offset + 6] !== 0;
  offset += taken;
  length -= taken;
  if ((set & FORWARDING) !== 0) {
    if (length < 16) cut();
    p.need(offset, 16);
    p.ascii(' forward ');
    p.ipv6(offset);
    offset += 16;
    length -= 16;
  }
  if ((set & TAG) !== 0) {
    if (length < 4) cut();
    printRouter(p, ' tag ', offset);
    offset += 4;
    length -= 4;
  }
  if (!referenced) return;
  if (length < 4) cut();
  printRouter(p, ' RefLSID: ', offset);
}

/** What follows the packet: link-local signalling (RFC 5613), then authentication. */
function printTrailer(p: Printer, type: number, body: number, offset: number, length: number): void {
  let signalled = 0;
  if (type === HELLO) signalled = p.u32(body + 4) & SIGNALLING;
  else if (type === DESCRIPTION) signalled = p.u32(body) & SIGNALLING;
  if (signalled !== 0 && length !== 0) {
    if (length < SIGNALLING_LENGTH) cut();
    p.need(offset, 2);
    p.ascii('\n\tLLS Checksum 0x');
    p.out.hexPadded(p.u16(offset), 4);
    const size = p.u16(offset + 2);
    p.field(', Data Length ', size);
    if (size < SIGNALLING_LENGTH || size > length) cut();
    p.check(offset, size);
    offset += size;
    length -= size;
  }
  if (length === 0) return;
  if (length < AUTHENTICATION_LENGTH) cut();
  const kind = p.u16(offset);
  p.ascii(
    `\n\tAuthentication Type ${kind === 1 ? 'HMAC' : `unknown (0x${kind.toString(16).padStart(4, '0')})`}`,
  );
  const size = p.u16(offset + 2);
  p.field(', Length ', size);
  if (size < AUTHENTICATION_LENGTH || size > length) cut();
  p.field(', SAID ', p.u16(offset + 6));
  p.need(offset + 8, 4);
  p.ascii(', CSN 0x');
  p.out.hexPadded(p.u32(offset + 8), 8);
  p.need(offset + 12, 4);
  p.ascii(':');
  p.out.hexPadded(p.u32(offset + 12), 8);
  p.check(offset, size);
  if (p.verbose > 1)
    p.unknown(offset + AUTHENTICATION_LENGTH, '\n\tAuthentication Data ', size - AUTHENTICATION_LENGTH);
}
