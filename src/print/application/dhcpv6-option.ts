// DHCPv6 options (RFC 8415, 21, and those of RFC 3319, 3646, 3898, 4075, 4242, 4280, 4649, 5007, 5908, 6334, 8520).
import { NOWHERE, printName } from '../engine/domain-name.ts';
import type { Names } from '../engine/names.ts';
import type { Dissector, Printer } from '../engine/printer.ts';
import { printPadded } from '../engine/text.ts';

const IA_NA = 3;
const IA_TA = 4;
const IA_ADDRESS = 5;
const RELAY_MESSAGE = 9;
const IA_PD = 25;
const IA_PREFIX = 26;
const QUERY = 44;
const CLIENT_DATA = 45;
/** The servers of SIP, DNS, NIS, NIS+, SNTP, BCMCS and PANA, and the links of a lease query's client. */
const ADDRESS_LISTS = [22, 23, 27, 28, 31, 34, 40, 48];

const OPTIONS: Names = new Map([
  ...'client-ID server-ID IA_NA IA_TA IA_ADDR option-request preference elapsed-time relay-message'
    .split(' ')
    .map((name, i) => [i + 1, name] as const),
  ...(
    'authentication server-unicast status-code rapid-commit user-class vendor-class vendor-specific-info interface-ID ' +
    'reconfigure-message reconfigure-accept SIP-servers-domain SIP-servers-address DNS-server DNS-search-list IA_PD ' +
    'IA_PD-prefix NIS-server NIS+-server NIS-domain-name NIS+-domain-name SNTP-servers lifetime BCMCS-domain-name ' +
    'BCMCS-server'
  )
    .split(' ')
    .map((name, i) => [i + 11, name] as const),
  ...(
    'Geoconf-Civic Remote-ID Subscriber-ID Client-FQDN PANA-agent POSIX-timezone POSIX-tz-database Echo-request-option ' +
    'Lease-query LQ-client-data Clt-time LQ-relay-data LQ-client-link'
  )
    .split(' ')
    .map((name, i) => [i + 36, name] as const),
  [56, 'NTP-server'],
  [64, 'AFTR-Name'],
  [112, 'MUD-URL'],
]);
const STATUS = (
  'Success UnspecFail NoAddrsAvail NoBinding NotOnLink UseMulticast NoPrefixAvail UnknownQueryType MalformedQuery ' +
  'NotConfigured NotAllowed'
).split(' ');

const atLeast = (least: number) => (length: number) => length >= least;
const exactly = (size: number) => (length: number) => length === size;
const multipleOf = (size: number) => (length: number) => length % size === 0;

/** Whether an option can have that many bytes, by its type; the others may have any. */
const LENGTHS: ReadonlyMap<number, (length: number) => boolean> = new Map([
  [1, atLeast(2)],
  [2, atLeast(2)],
  [IA_NA, atLeast(12)],
  [IA_TA, atLeast(4)],
  [IA_ADDRESS, atLeast(24)],
  [6, multipleOf(2)],
  [7, exactly(1)],
  [8, exactly(2)],
  [11, atLeast(11)],
  [13, atLeast(2)],
  [19, exactly(1)],
  ...ADDRESS_LISTS.map((type) => [type, multipleOf(16)] as const),
  [IA_PD, atLeast(12)],
  [IA_PREFIX, atLeast(25)],
  [32, exactly(4)],
  [37, atLeast(4)],
  [41, atLeast(5)],
  [42, atLeast(5)],
  [43, multipleOf(2)],
  [QUERY, atLeast(17)],
  [46, exactly(4)],
  [47, atLeast(16)],
  [56, atLeast(4)],
  [64, atLeast(3)],
  [112, atLeast(5)],
]);

/** Options within options are followed this deep: each level takes four bytes, so a packet could nest thousands. */
const MAXIMUM_DEPTH = 64;
let depth = 0;

/** The options from `offset` up to `end`. `message` prints a whole message that a relay passes on. */
export function printDhcpv6Options(p: Printer, offset: number, end: number, message: Dissector): void {
  if (depth >= MAXIMUM_DEPTH) return;
  depth++;
  try {
    while (offset < end) {
      if (offset + 4 > end || offset + 4 + p.u16(offset + 2) > end) {
        p.truncated();
        return;
      }
      const type = p.u16(offset);
      const length = p.u16(offset + 2);
      offset += 4;
      p.ascii(' (');
      printType(p, type);
      p.need(offset, length);
      if (!printValue(p, type, offset, length, message)) {
        p.truncated();
        return;
      }
      offset += length;
    }
  } finally {
    depth--;
  }
}

function printType(p: Printer, type: number): void {
  const name = OPTIONS.get(type);
  if (name !== undefined) p.ascii(name);
  else p.field('opt_', type);
}

/** Prints the value and the closing bracket. Returns false where it ends too early: nothing follows then. */
function printValue(p: Printer, type: number, offset: number, length: number, message: Dissector): boolean {
  if (LENGTHS.get(type)?.(length) === false) return doubtful(p);
  switch (type) {
    case 1:
    case 2:
      return printIdentifier(p, offset, length);
    case IA_ADDRESS:
      p.ascii(' ');
      p.ipv6(offset);
      p.field(' pltime:', p.u32(offset + 16));
      p.field(' vltime:', p.u32(offset + 20));
      return within(p, offset + 24, offset + length, message);
    case 6: // option request
    case 43: // echo request
      for (let i = 0; i < length; i += 2) {
        p.ascii(' ');
        printType(p, p.u16(offset + i));
      }
      break;
    case 7: // preference
      p.field(' ', p.u8(offset));
      break;
    case 8: // elapsed time
      p.field(' ', p.u16(offset));
      break;
    case RELAY_MESSAGE: {
      p.ascii(' (');
      const end = p.end;
      p.end = Math.min(offset + length, end);
      message(p, offset, length);
      p.end = end;
      break;
    }
    case 11:
      printAuthentication(p, offset, length);
      break;
    case 18: // interface
    case 38: // subscriber
      p.ascii(' ');
      p.hexBytes(offset, Math.min(length, 10));
      p.ascii('...');
      break;
    case 19: // reconfigure message
      printReconfigure(p, p.u8(offset));
      break;
    case 22:
    case 23:
    case 27:
    case 28:
    case 31:
    case 34:
    case 40:
    case 48:
      for (let i = 0; i < length; i += 16) {
        p.ascii(' ');
        p.ipv6(offset + i);
      }
      break;
    case 21: // SIP servers
    case 24: // DNS search list
      if (!printNames(p, offset, offset + length)) return false;
      break;
    case 13:
      printStatus(p, p.u16(offset));
      break;
    case IA_NA:
    case IA_PD:
      p.field(' IAID:', p.u32(offset));
      p.field(' T1:', p.u32(offset + 4));
      p.field(' T2:', p.u32(offset + 8));
      return within(p, offset + 12, offset + length, message);
    case IA_TA:
      p.field(' IAID:', p.u32(offset));
      return within(p, offset + 4, offset + length, message);
    case IA_PREFIX:
      p.ascii(' ');
      p.ipv6(offset + 9);
      p.field('/', p.u8(offset + 8));
      p.field(' pltime:', p.u32(offset));
      p.field(' vltime:', p.u32(offset + 4));
      return within(p, offset + 25, offset + length, message);
    case 32: // lifetime
    case 46: // client's time
      p.field(' ', p.u32(offset));
      break;
    case 37: // remote
      p.field(' ', p.u32(offset));
      p.ascii(' ');
      p.hexBytes(offset + 4, Math.min(length - 4, 10));
      p.ascii('...');
      break;
    case QUERY:
      printQuery(p, offset);
      return within(p, offset + 17, offset + length, message);
    case CLIENT_DATA:
      return within(p, offset, offset + length, message);
    case 47: // what a relay sent
      p.ascii(' ');
      p.ipv6(offset);
      p.ascii(' ');
      p.hexBytes(offset + 16, Math.min(length - 16, 10));
      p.ascii('...');
      break;
    case 56:
      if (!printTimeServers(p, offset, offset + length)) return false;
      break;
    case 64:
      printTunnelEnd(p, offset, length);
      break;
    case 41:
    case 42:
    case 112:
      p.ascii(' ');
      printPadded(p, offset, length);
      break;
  }
  p.ascii(')');
  return true;
}

function printNames(p: Printer, offset: number, end: number): boolean {
  while (offset < end) {
    p.ascii(' ');
    offset = printName(p, offset, end);
    if (offset === NOWHERE) return false;
  }
  return true;
}

/** What a lease query asks by (RFC 5007, 4.1.2.1). */
function printQuery(p: Printer, offset: number): void {
  const kind = p.u8(offset);
  if (kind === 1) p.ascii(' by-address');
  else if (kind === 2) p.ascii(' by-clientID');
  else p.field(' type_', kind);
  p.ascii(' ');
  p.ipv6(offset + 1);
}

function doubtful(p: Printer): boolean {
  p.ascii(' ?)');
  return true;
}

function within(p: Printer, offset: number, end: number, message: Dissector): boolean {
  printDhcpv6Options(p, offset, end, message);
  p.ascii(')');
  return true;
}

/** DUID (RFC 8415, 11). */
function printIdentifier(p: Printer, offset: number, length: number): boolean {
  const kind = p.u16(offset);
  switch (kind) {
    case 1:
      if (length < 8) return doubtful(p);
      p.field(' hwaddr/time type ', p.u16(offset + 2));
      p.field(' time ', p.u32(offset + 4));
      p.ascii(' ');
      p.hexBytes(offset + 8, length - 8);
      break;
    case 2:
      if (length < 10) return doubtful(p);
      p.ascii(' vid ');
      p.hexBytes(offset + 2, 8);
      break;
    case 3:
      if (length < 4) return doubtful(p);
      p.field(' hwaddr type ', p.u16(offset + 2));
      p.ascii(' ');
      p.hexBytes(offset + 4, length - 4);
      break;
    default:
      p.field(' type ', kind);
  }
  p.ascii(')');
  return true;
}

function printReconfigure(p: Printer, type: number): void {
  if (type === 5) p.ascii(' for renew');
  else if (type === 11) p.ascii(' for inf-req');
  else {
    p.ascii(' for ???(');
    p.out.hexPadded(type, 2);
    p.ascii(')');
  }
}

function printStatus(p: Printer, code: number): void {
  if (code > 255) p.ascii(' INVALID code');
  else if (code < STATUS.length) p.ascii(` ${STATUS[code]}`);
  else p.field(' code', code);
}

const DELAYED = 2;
const RECONFIGURE = 3;
const HMAC_MD5 = 1;

function printAuthentication(p: Printer, offset: number, length: number): void {
  const protocol = p.u8(offset);
  if (protocol === DELAYED) p.ascii(' proto: delayed');
  else if (protocol === RECONFIGURE) p.ascii(' proto: reconfigure');
  else p.field(' proto: ', protocol);
  const algorithm = p.u8(offset + 1);
  if (algorithm === HMAC_MD5) p.ascii(', alg: HMAC-MD5');
  else p.field(', alg: ', algorithm);
  const method = p.u8(offset + 2);
  if (method === 0) p.ascii(', RDM: mono');
  else p.field(', RDM: ', method);
  p.ascii(', RD:');
  words(p, offset + 3, 2);
  offset += 11;
  length -= 11;
  if (protocol === DELAYED) {
    if (length === 0) return;
    if (length < 20) {
      p.ascii(' ??');
      return;
    }
    const realm = length - 20;
    if (realm > 0) p.ascii(', realm: ');
    p.hexBytes(offset, realm);
    p.ascii(', key ID: ');
    p.hexBytes(offset + realm, 4);
    p.ascii(', HMAC-MD5:');
    words(p, offset + realm + 4, 4);
  } else if (protocol === RECONFIGURE && length === 17) {
    const type = p.u8(offset);
    p.ascii(type === 1 ? ' reconfig-key' : type === 2 ? ' type: HMAC-MD5' : ' type: ??');
    p.ascii(' value:');
    words(p, offset + 1, 4);
  } else p.ascii(' ??');
}

/** Four groups of `size` bytes in hex. */
function words(p: Printer, offset: number, size: number): void {
  for (let i = 0; i < 4; i++) {
    p.ascii(' ');
    p.hexBytes(offset + i * size, size);
  }
}

/** NTP servers (RFC 5908). Returns false where one ends too early. */
function printTimeServers(p: Printer, offset: number, end: number): boolean {
  while (offset < end - 4) {
    const kind = p.u16(offset);
    const length = p.u16(offset + 2);
    offset += 4;
    if (offset + length > end) return false;
    p.field(' subopt:', kind);
    p.ascii(' ');
    if ((kind === 1 || kind === 2) && length === 16) p.ipv6(offset);
    else if (kind === 3) {
      if (printName(p, offset, offset + length) === NOWHERE) return false;
    } else p.ascii('?');
    offset += length;
  }
  return true;
}

/** The name of a DS-Lite tunnel's other end (RFC 6334), a label at a time. */
function printTunnelEnd(p: Printer, offset: number, left: number): void {
  p.ascii(' ');
  while (left > 0 && p.u8(offset) !== 0) {
    const length = p.u8(offset++);
    if (length >= left - 1) {
      p.ascii(' ?');
      return;
    }
    printPadded(p, offset, length);
    offset += length;
    left -= length + 1;
    if (p.u8(offset) !== 0) p.ascii('.');
  }
}
