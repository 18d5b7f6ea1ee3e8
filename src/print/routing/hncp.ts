// Home networking control (RFC 7788), a profile of distributed node consensus (RFC 7787).
import { NOWHERE, printName } from '../engine/domain-name.ts';
import type { Names } from '../engine/names.ts';
import { printNetwork4, printNetwork6 } from '../engine/prefix.ts';
import type { Printer } from '../engine/printer.ts';
import { printPadded } from '../engine/text.ts';

const HEADER_LENGTH = 4;
/** TLVs within TLVs are followed so far: a datagram of nothing but containers would fill a hundred megabytes with tabs. */
const DEEPEST = 200;

const REQUEST_NODE_STATE = 2;
const NODE_ENDPOINT = 3;
const NETWORK_STATE = 4;
const NODE_STATE = 5;
const PEER = 8;
const KEEP_ALIVE = 9;
const TRUST_VERDICT = 10;
const VERSION = 32;
const EXTERNAL_CONNECTION = 33;
const DELEGATED_PREFIX = 34;
const ASSIGNED_PREFIX = 35;
const NODE_ADDRESS = 36;
const DHCP4 = 37;
const DHCP6 = 38;
const DELEGATED_ZONE = 39;
const DOMAIN_NAME = 40;
const NODE_NAME = 41;
const MANAGED_PSK = 42;
const PREFIX_POLICY = 43;
/** Types without a meaning, by the range they lie in. */
const RESERVED = 0x10000;
const UNASSIGNED = 0x10001;
const PRIVATE = 0x10002;
const FUTURE = 0x10003;
const TYPES: Names = new Map([
  [1, 'Request network state'],
  [REQUEST_NODE_STATE, 'Request node state'],
  [NODE_ENDPOINT, 'Node endpoint'],
  [NETWORK_STATE, 'Network state'],
  [NODE_STATE, 'Node state'],
  [PEER, 'Peer'],
  [KEEP_ALIVE, 'Keep-alive interval'],
  [TRUST_VERDICT, 'Trust-Verdict'],
  [VERSION, 'HNCP-Version'],
  [EXTERNAL_CONNECTION, 'External-Connection'],
  [DELEGATED_PREFIX, 'Delegated-Prefix'],
  [PREFIX_POLICY, 'Prefix-Policy'],
  [DHCP4, 'DHCPv4-Data'],
  [DHCP6, 'DHCPv6-Data'],
  [ASSIGNED_PREFIX, 'Assigned-Prefix'],
  [NODE_ADDRESS, 'Node-Address'],
  [DELEGATED_ZONE, 'DNS-Delegated-Zone'],
  [DOMAIN_NAME, 'Domain-Name'],
  [NODE_NAME, 'Node-Name'],
  [MANAGED_PSK, 'Managed-PSK'],
  [RESERVED, 'Reserved'],
  [UNASSIGNED, 'Unassigned'],
  [PRIVATE, 'Private use'],
  [FUTURE, 'Future use'],
]);
const OPTIONS4: Names = new Map([
  [6, 'DNS-server'],
  [42, 'NTP-server'],
  [119, 'DNS-search'],
]);
const SEARCH4 = 119;
const OPTIONS6: Names = new Map([
  [23, 'DNS-server'],
  [24, 'DNS-search-list'],
  [31, 'SNTP-servers'],
]);
const SEARCH6 = 24;

/** Bits of an IPv6 prefix that say that IPv4 follows. */
const MAPPED = 96;
/** What printPrefix answers for a length that no address has, and for one that the TLV is too short for. */
const NO_LENGTH = -1;
const TOO_SHORT = -3;

export function printHncp(p: Printer, offset: number, length: number): void {
  p.protocol = 'hncp';
  p.ascii(`hncp (${length})`);
  printTlvs(p, offset, length, 1);
}

function line(p: Printer, indent: number): void {
  p.ascii('\n');
  for (let i = 0; i < indent; i++) p.ascii('\t');
}

function kindOf(type: number): number {
  if (TYPES.has(type)) return type;
  if (type === 0) return RESERVED;
  if (type >= 44 && type <= 511) return UNASSIGNED;
  return type >= 768 && type <= 1023 ? PRIVATE : FUTURE;
}

/** A row of TLVs: one a line, or where that is more than -v asked for, only what kinds of them there are. */
function printTlvs(p: Printer, offset: number, length: number, indent: number): void {
  if (indent > DEEPEST) {
    p.truncated();
    return;
  }
  const inLine = indent - 1 >= p.verbose && p.verbose < 3;
  const end = offset + length;
  let last = -1;
  let count = 0;
  let first = true;
  const summary = () => {
    if (count === 0) return;
    if (!first) p.ascii(', ');
    else if (indent > 1) line(p, indent);
    else p.ascii(' ');
    first = false;
    p.ascii(TYPES.get(last) ?? '');
    if (count > 1) p.ascii(` (x${count})`);
  };
  while (offset < end) {
    if (!inLine) line(p, indent);
    if (!p.whole(offset, HEADER_LENGTH)) return;
    if (offset + HEADER_LENGTH > end) {
      p.invalid();
      return;
    }
    const type = p.u16(offset);
    const size = p.u16(offset + 2);
    const value = offset + HEADER_LENGTH;
    if (!p.whole(value, size)) return;
    if (value + size > end) {
      p.invalid();
      return;
    }
    const kind = kindOf(type);
    if (inLine) {
      if (kind !== last) {
        summary();
        last = kind;
        count = 0;
      }
      count++;
    } else {
      p.ascii(TYPES.get(kind) ?? '');
      if (kind >= RESERVED) p.field(': type=', type);
      p.ascii(` (${size + HEADER_LENGTH})`);
      if (!printTlv(p, kind, value, size, indent)) {
        p.invalid();
        // tcpdump reads no further where DHCP's options are wrong.
        if (kind === DHCP4 && size > 0) return;
      }
    }
    offset = value + ((size + 3) & ~3);
  }
  summary();
}

function identifier(p: Printer, title: string, offset: number): void {
  p.ascii(title);
  p.pairs(offset, 4);
}

function endpoint(p: Printer, title: string, offset: number): void {
  p.ascii(title);
  p.hexBytes(offset, 4);
}

/** A span in milliseconds. */
function interval(p: Printer, title: string, offset: number): void {
  const value = p.u32(offset);
  p.ascii(`${title}${Math.floor(value / 1000)}.${String(value % 1000).padStart(3, '0')}s`);
}

function address(p: Printer, title: string, offset: number): void {
  p.ascii(title);
  if (isMapped(p, offset)) p.ipv4(offset + 12);
  else p.ipv6(offset);
}

/** Returns false where what it holds cannot be. */
function printTlv(p: Printer, kind: number, offset: number, size: number, indent: number): boolean {
  switch (kind) {
    case 1:
      return size === 0;
    case REQUEST_NODE_STATE:
      if (size !== 4) return false;
      identifier(p, ' NID: ', offset);
      return true;
    case NODE_ENDPOINT:
      if (size !== 8) return false;
      identifier(p, ' NID: ', offset);
      endpoint(p, ' EPID: ', offset + 4);
      return true;
    case NETWORK_STATE:
      if (size !== 8) return false;
      p.ascii(' hash: ');
      p.hexBytes(offset, 8);
      return true;
    case NODE_STATE:
      if (size < 20) return false;
      identifier(p, ' NID: ', offset);
      p.field(' seqno: ', p.u32(offset + 4));
      interval(p, ' ', offset + 8);
      p.ascii(' hash: ');
      p.hexBytes(offset + 12, 8);
      return inner(p, offset, size, 20, indent);
    case PEER:
      if (size !== 12) return false;
      identifier(p, ' Peer-NID: ', offset);
      endpoint(p, ' Peer-EPID: ', offset + 4);
      endpoint(p, ' Local-EPID: ', offset + 8);
      return true;
    case KEEP_ALIVE:
      if (size < 8) return false;
      endpoint(p, ' EPID: ', offset);
      interval(p, ' Interval: ', offset + 4);
      return true;
    case TRUST_VERDICT:
      if (size <= 36) return false;
      p.field(' Verdict: ', p.u8(offset));
      p.ascii(' Fingerprint: ');
      p.hexBytes(offset + 4, 32);
      p.ascii(' Common Name: ');
      printPadded(p, offset + 36, size - 36);
      return true;
    case VERSION: {
      if (size < 5) return false;
      const abilities = p.u16(offset + 2);
      p.ascii(
        ` M: ${abilities >> 12} P: ${(abilities >> 8) & 15} H: ${(abilities >> 4) & 15} L: ${abilities & 15}`,
      );
      p.ascii(' User-agent: ');
      printPadded(p, offset + 4, size - 4);
      return true;
    }
    case EXTERNAL_CONNECTION:
      return inner(p, offset, size, 0, indent);
    case DELEGATED_PREFIX:
      return printDelegated(p, offset, size, indent);
    case PREFIX_POLICY:
      return printPolicy(p, offset, size);
    case DHCP4:
      return size > 0 && printOptions(p, offset, size, indent + 1, 1);
    case DHCP6:
      return size > 0 && printOptions(p, offset, size, indent + 1, 2);
    case ASSIGNED_PREFIX: {
      if (size < 6 || size < 6 + ((p.u8(offset + 5) + 7) >> 3)) return false;
      endpoint(p, ' EPID: ', offset);
      p.field(' Prty: ', p.u8(offset + 4) & 15);
      p.ascii(' Prefix: ');
      const used = printPrefix(p, offset + 5, size - 5);
      return used >= 0 && inner(p, offset, size, 5 + used, indent);
    }
    case NODE_ADDRESS:
      if (size < 20) return false;
      endpoint(p, ' EPID: ', offset);
      address(p, ' IP Address: ', offset + 4);
      return inner(p, offset, size, 20, indent);
    case DELEGATED_ZONE: {
      if (size < 17) return false;
      address(p, ' IP-Address: ', offset);
      const flags = p.u8(offset + 16);
      p.ascii(
        ` ${(flags & 4) !== 0 ? 'l' : '-'}${(flags & 2) !== 0 ? 'b' : '-'}${(flags & 1) !== 0 ? 's' : '-'} `,
      );
      const used = printLabels(p, offset + 17, size - 17);
      return used >= 0 && inner(p, offset, size, 17 + used, indent);
    }
    case DOMAIN_NAME:
      if (size === 0) return false;
      p.ascii(' Domain: ');
      printLabels(p, offset, size);
      return true;
    case NODE_NAME:
      return printNodeName(p, offset, size, indent);
    case MANAGED_PSK:
      if (size < 32) return false;
      p.ascii(' PSK: ');
      p.hexBytes(offset, 32);
      return inner(p, offset, size, 32, indent);
  }
  return true;
}

/** The TLVs inside a TLV, behind `used` bytes of its own, which fill up to a multiple of four. */
function inner(p: Printer, offset: number, size: number, used: number, indent: number): boolean {
  const from = (used + 3) & ~3;
  if (size >= from) printTlvs(p, offset + from, size - from, indent + 1);
  return true;
}

function printDelegated(p: Printer, offset: number, size: number, indent: number): boolean {
  if (size < 9 || size < 9 + ((p.u8(offset + 8) + 7) >> 3)) return false;
  interval(p, ' VLSO: ', offset);
  interval(p, ' PLSO: ', offset + 4);
  p.ascii(' Prefix: ');
  const used = printPrefix(p, offset + 8, size - 8);
  if (used === NO_LENGTH) {
    p.ascii('(length is invalid)');
    return true;
  }
  return used >= 0 && inner(p, offset, size, 8 + used, indent);
}

function printPolicy(p: Printer, offset: number, size: number): boolean {
  if (size < 1) return false;
  const policy = p.u8(offset);
  p.ascii(' type: ');
  switch (policy) {
    case 0:
      if (size !== 1) return false;
      p.ascii('Internet connectivity');
      return true;
    case 129:
      p.ascii('DNS domain: ');
      printLabels(p, offset + 1, size - 1);
      return true;
    case 130:
      p.ascii('Opaque UTF-8: ');
      printPadded(p, offset + 1, size - 1);
      return true;
    case 131:
      if (size !== 1) return false;
      p.ascii('Restrictive assignment');
      return true;
  }
  if (policy > 131) {
    p.ascii(`Unknown (${policy})`);
    return true;
  }
  p.ascii('Dest-Prefix: ');
  const used = printPrefix(p, offset, size);
  if (used === NO_LENGTH) p.ascii('(length is invalid)');
  return used >= 0 || used === NO_LENGTH;
}

function printNodeName(p: Printer, offset: number, size: number, indent: number): boolean {
  if (size < 17) return false;
  const length = p.u8(offset + 16);
  if (size < 17 + length) return false;
  address(p, ' IP-Address: ', offset);
  p.ascii(' Name: ');
  if (length < 64) {
    p.ascii('"');
    printPadded(p, offset + 17, length);
    p.ascii('"');
  } else p.invalid();
  return inner(p, offset, size, 17 + length, indent);
}

function isMapped(p: Printer, offset: number): boolean {
  for (let i = 0; i < 10; i++) if (p.u8(offset + i) !== 0) return false;
  return p.u16(offset + 10) === 0xffff;
}

/** A byte of length in bits and the bytes that hold them. Returns how many bytes that is, or why it was not printed. */
function printPrefix(p: Printer, offset: number, size: number): number {
  if (size < 1) return TOO_SHORT;
  const bits = p.u8(offset);
  if (bits >= MAPPED && size > 12 && isMapped(p, offset + 1)) {
    if (bits > 128) return NO_LENGTH;
    const bytes = 12 + ((bits - MAPPED + 7) >> 3);
    if (size - 1 < bytes) return TOO_SHORT;
    printNetwork4(p, offset + 13, bits - MAPPED);
    return 1 + bytes;
  }
  if (bits > 128) return NO_LENGTH;
  const bytes = (bits + 7) >> 3;
  if (size - 1 < bytes) return TOO_SHORT;
  printNetwork6(p, offset + 1, bits);
  return 1 + bytes;
}

/** A name without compression; returns its bytes, below 0 where it does not end. */
function printLabels(p: Printer, offset: number, size: number): number {
  let used = 0;
  while (used < size) {
    const length = p.u8(offset + used);
    used++;
    if (length === 0) return used;
    if (used > 1) p.ascii('.');
    if (used + length > size) {
      printPadded(p, offset + used, size - used);
      break;
    }
    printPadded(p, offset + used, length);
    used += length;
  }
  p.ascii('[|DNS]');
  return -1;
}

/** DHCP options whose type and length are `width` bytes each: 1 for IPv4, 2 for IPv6. */
function printOptions(p: Printer, offset: number, size: number, indent: number, width: 1 | 2): boolean {
  const end = offset + size;
  const header = 2 * width;
  const four = width === 1;
  while (offset < end) {
    if (offset + header > end) return false;
    const type = four ? p.u8(offset) : p.u16(offset);
    const length = four ? p.u8(offset + 1) : p.u16(offset + 2);
    const name = (four ? OPTIONS4 : OPTIONS6).get(type);
    line(p, indent);
    p.ascii(`${name ?? 'Unknown'} (${length + header})`);
    offset += header;
    const next = offset + length;
    if (next > end) return false;
    if (type === (four ? SEARCH4 : SEARCH6)) {
      for (let name = offset; name < next; ) {
        p.ascii(' ');
        name = printName(p, name, next);
        if (name === NOWHERE) return false;
      }
    } else if (
      name !== undefined &&
      !(four ? printIpv4s(p, offset, length) : printIpv6s(p, offset, length))
    ) {
      return false;
    }
    offset = next;
  }
  return true;
}

function printIpv4s(p: Printer, offset: number, length: number): boolean {
  if (length === 0 || length % 4 !== 0) return false;
  for (let i = 0; i < length; i += 4) {
    p.ascii(' ');
    p.ipv4(offset + i);
  }
  return true;
}

function printIpv6s(p: Printer, offset: number, length: number): boolean {
  if (length % 16 !== 0) {
    p.invalid();
    return false;
  }
  for (let i = 0; i < length; i += 16) {
    p.ascii(' ');
    p.ipv6(offset + i);
  }
  return true;
}
