// DNS (RFC 1035) over UDP and TCP, and multicast DNS (RFC 6762).
import {
  A,
  A6,
  AAAA,
  CNAME,
  DNAME,
  MX,
  NS,
  OPT,
  PTR,
  SOA,
  SRV,
  TSIG,
  TXT,
  UNSPECA,
  URI,
} from '../../wire/registry/dns-types.ts';
import { NOWHERE, printName, skipName } from '../engine/domain-name.ts';
import type { Names } from '../engine/names.ts';
import { printPrefix6 } from '../engine/prefix.ts';
import type { Printer } from '../engine/printer.ts';
import { printSpan, printText } from '../engine/text.ts';
import { printOption } from './dns-option.ts';

const HEADER_LENGTH = 12;
const IN = 1;
/** The bit of a class that multicast DNS uses: unicast reply wanted, or cached entries to be flushed. */
const MULTICAST_BIT = 0x8000;

const QR = 0x8000;
const AA = 0x400;
const TC = 0x200;
const RD = 0x100;
const RA = 0x80;
const AD = 0x20;
const CD = 0x10;
/** Bits that are zero in an ordinary query. */
const UNUSUAL = 0x6cf;
const INVERSE_QUERY = 1;

const OPERATIONS = ['', ' inv_q', ' stat', ' op3', ' notify', ' update', ' op6', ' op7'].concat([
  ' op8',
  ' updateA',
  ' updateD',
  ' updateDA',
  ' updateM',
  ' updateMA',
  ' zoneInit',
  ' zoneRef',
]);
// The two without a space are tcpdump's.
const CODES = [
  '',
  ' FormErr',
  ' ServFail',
  ' NXDomain',
  ' NotImp',
  ' Refused',
  ' YXDomain',
  ' YXRRSet',
].concat(
  [' NXRRSet', ' NotAuth', ' NotZone', ' Resp11', ' Resp12', ' Resp13', ' Resp14', ' NoChange'],
  [' BadVers', 'Resp17', ' Resp18', ' Resp19', ' Resp20', 'Resp21', ' Resp22', ' BadCookie'],
);

/** Record types from 1 on. */
const FIRST_TYPES =
  'A NS MD MF CNAME SOA MB MG MR NULL WKS PTR HINFO MINFO MX TXT RP AFSDB X25 ISDN RT NSAP NSAP_PTR SIG KEY PX GPOS AAAA LOC NXT EID NIMLOC SRV ATMA NAPTR KX CERT A6 DNAME SINK OPT APL DS SSHFP IPSECKEY RRSIG NSEC DNSKEY';
export const TYPES: Names = new Map([
  ...FIRST_TYPES.split(' ').map((name, i) => [i + 1, name] as const),
  ...'SPF UINFO UID GID UNSPEC UNSPECA'.split(' ').map((name, i) => [99 + i, name] as const),
  ...'TKEY TSIG IXFR AXFR MAILB MAILA ANY URI'.split(' ').map((name, i) => [249 + i, name] as const),
]);
export const CLASSES: Names = new Map([
  [IN, 'IN'],
  [3, 'CHAOS'],
  [4, 'HS'],
  [255, 'ANY'],
]);

export function printDns(p: Printer, offset: number, length: number): void {
  printMessage(p, offset, length, false);
}

export function printMulticastDns(p: Printer, offset: number, length: number): void {
  printMessage(p, offset, length, true);
}

/** A TCP segment that holds one whole message behind its length; others are only said to. */
export function printDnsOverTcp(p: Printer, offset: number, length: number): void {
  p.protocol = 'domain';
  if (length < 2) {
    p.field(' [DNS over TCP: length ', length);
    p.ascii(' < 2]');
    p.invalid();
    return;
  }
  const prefix = p.u16(offset);
  if (prefix !== length - 2) {
    p.field(' [prefix length(', prefix);
    p.field(') != length(', length - 2);
    p.ascii(')]');
    p.invalid();
    return;
  }
  p.ascii(' ');
  printMessage(p, offset + 2, length - 2, false);
}

function printMessage(p: Printer, offset: number, length: number, multicast: boolean): void {
  p.protocol = 'domain';
  if (length < HEADER_LENGTH) {
    p.field('domain [length ', length);
    p.ascii(' < 12]');
    p.invalid();
    return;
  }
  if (!p.has(offset, HEADER_LENGTH)) {
    p.truncated();
    return;
  }
  const flags = p.view.getUint16(offset + 2);
  const whole =
    (flags & QR) !== 0 ? printReply(p, offset, flags, multicast) : printQuery(p, offset, flags, multicast);
  if (!whole) {
    p.truncated();
    return;
  }
  p.field(' (', length);
  p.ascii(')');
}

/** The response code: four bits of the header, more in an OPT record (RFC 6891) where one is found. */
function responseCode(p: Printer, message: number, flags: number): number {
  const code = flags & 15;
  const view = p.view;
  let offset = message + HEADER_LENGTH;
  for (let left = view.getUint16(message + 4); left > 0; left--) {
    offset = skipName(p, offset);
    if (offset === NOWHERE) return code;
    offset += 4;
    if (offset >= p.end) return code;
  }
  for (let left = view.getUint16(message + 6) + view.getUint16(message + 8); left > 0; left--) {
    offset = skipName(p, offset);
    if (offset === NOWHERE) return code;
    offset += 8;
    if (!p.has(offset, 2)) return code;
    offset += 2 + view.getUint16(offset);
    if (offset >= p.end) return code;
  }
  for (let left = view.getUint16(message + 10); left > 0; left--) {
    offset = skipName(p, offset);
    if (offset === NOWHERE || !p.has(offset, 5)) return code;
    if (view.getUint16(offset) === OPT) return code | (p.bytes[offset + 4] << 4);
    offset += 8;
    if (!p.has(offset, 2)) return code;
    offset += 2 + view.getUint16(offset);
    if (offset >= p.end) return code;
  }
  return code;
}

function printReply(p: Printer, message: number, flags: number, multicast: boolean): boolean {
  const view = p.view;
  const questions = view.getUint16(message + 4);
  const answers = view.getUint16(message + 6);
  const authorities = view.getUint16(message + 8);
  const additional = view.getUint16(message + 10);
  const code = responseCode(p, message, flags);
  p.decimal(view.getUint16(message));
  p.ascii(OPERATIONS[(flags >> 11) & 15]);
  if (code < CODES.length) p.ascii(CODES[code]);
  else p.field(' Resp', code);
  if ((flags & AA) !== 0) p.ascii('*');
  if ((flags & RA) === 0) p.ascii('-');
  if ((flags & TC) !== 0) p.ascii('|');
  if ((flags & AD) !== 0) p.ascii('$');
  if (questions !== 1) {
    p.field(' [', questions);
    p.ascii('q]');
  }
  let offset = message + HEADER_LENGTH;
  for (let i = 0; i < questions; i++) {
    if (i !== 0) p.ascii(',');
    if (p.verbose > 1) {
      p.ascii(' q:');
      offset = printQuestion(p, offset, message, multicast);
      if (offset === NOWHERE) return false;
    } else {
      offset = skipName(p, offset);
      if (offset === NOWHERE) return false;
      offset += 4;
    }
  }
  p.field(' ', answers);
  p.field('/', authorities);
  p.field('/', additional);
  return printSections(
    p,
    offset,
    message,
    answers,
    p.verbose > 1 ? authorities : 0,
    p.verbose > 1 ? additional : 0,
    multicast,
  );
}

function printQuery(p: Printer, message: number, flags: number, multicast: boolean): boolean {
  const view = p.view;
  let questions = view.getUint16(message + 4);
  const answers = view.getUint16(message + 6);
  const authorities = view.getUint16(message + 8);
  const additional = view.getUint16(message + 10);
  p.decimal(view.getUint16(message));
  p.ascii(OPERATIONS[(flags >> 11) & 15]);
  if ((flags & RD) !== 0) p.ascii('+');
  if ((flags & CD) !== 0) p.ascii('%');
  if ((flags & UNUSUAL) !== 0) {
    p.hexField(' [b2&3=0x', flags);
    p.ascii(']');
  }
  if (((flags >> 11) & 15) === INVERSE_QUERY) {
    if (questions !== 0) count(p, questions, 'q]');
    if (answers !== 1) count(p, answers, 'a]');
  } else {
    if (answers !== 0) count(p, answers, 'a]');
    if (questions !== 1) count(p, questions, 'q]');
  }
  if (authorities !== 0) count(p, authorities, 'n]');
  if (additional !== 0) count(p, additional, 'au]');
  let offset = message + HEADER_LENGTH;
  let first = true;
  while (questions > 0 && (first || offset < p.end)) {
    first = false;
    offset = printQuestion(p, offset, message, multicast);
    if (offset === NOWHERE) return false;
    questions--;
  }
  if (questions > 0) return false;
  return p.verbose < 2 || printSections(p, offset, message, answers, authorities, additional, multicast);
}

function count(p: Printer, value: number, close: string): void {
  p.field(' [', value);
  p.ascii(close);
}

function printSections(
  p: Printer,
  offset: number,
  message: number,
  answers: number,
  authorities: number,
  additional: number,
  multicast: boolean,
): boolean {
  // The first answer is tried even where nothing is left of the packet.
  if (answers > 0) offset = printRecords(p, offset, message, answers, '', true, multicast);
  if (offset !== NOWHERE && authorities > 0)
    offset = printRecords(p, offset, message, authorities, ' ns:', false, multicast);
  if (offset !== NOWHERE && additional > 0)
    offset = printRecords(p, offset, message, additional, ' ar:', false, multicast);
  return offset !== NOWHERE;
}

function printRecords(
  p: Printer,
  offset: number,
  message: number,
  records: number,
  title: string,
  always: boolean,
  multicast: boolean,
): number {
  for (let i = 0; i < records; i++) {
    if (offset >= p.end && !(always && i === 0)) return NOWHERE;
    p.ascii(i === 0 ? title : ',');
    offset = printRecord(p, offset, message, multicast);
    if (offset === NOWHERE) return NOWHERE;
  }
  return offset;
}

function printType(p: Printer, type: number): void {
  const name = TYPES.get(type);
  if (name === undefined) p.field(' Type', type);
  else {
    p.ascii(' ');
    p.ascii(name);
  }
}

function printClass(p: Printer, value: number): void {
  const name = CLASSES.get(value);
  if (name === undefined) {
    p.field(' (Class ', value);
    p.ascii(')');
  } else {
    p.ascii(' ');
    p.ascii(name);
  }
}

function printQuestion(p: Printer, name: number, message: number, multicast: boolean): number {
  const offset = skipName(p, name);
  if (offset === NOWHERE || !p.has(offset, 4)) return NOWHERE;
  printType(p, p.view.getUint16(offset));
  const field = p.view.getUint16(offset + 2);
  const value = multicast ? field & ~MULTICAST_BIT : field;
  if (value !== IN) printClass(p, value);
  if (multicast) p.ascii((field & MULTICAST_BIT) !== 0 ? ' (QU)' : ' (QM)');
  p.ascii('? ');
  const next = printName(p, name, message);
  return next === NOWHERE ? NOWHERE : next + 4;
}

/** A resource record. Returns where the next one begins, or NOWHERE. */
function printRecord(p: Printer, name: number, message: number, multicast: boolean): number {
  let offset: number;
  if (p.verbose > 0) {
    p.ascii(' ');
    offset = printName(p, name, message);
    if (offset === NOWHERE) return NOWHERE;
  } else offset = skipName(p, name);
  if (offset === NOWHERE || !p.has(offset, 10)) return p.end;
  const type = p.view.getUint16(offset);
  const field = p.view.getUint16(offset + 2);
  const value = multicast ? field & ~MULTICAST_BIT : field;
  if (value !== IN && type !== OPT) printClass(p, value);
  if (multicast && (field & MULTICAST_BIT) !== 0) p.ascii(' (Cache flush)');
  if (type !== OPT && p.verbose > 2) {
    p.ascii(' [');
    printSpan(p, p.view.getUint32(offset + 4));
    p.ascii(']');
  }
  printType(p, type);
  const data = offset + 10;
  const next = data + p.view.getUint16(offset + 8);
  if (next > p.end) return NOWHERE;
  const whole =
    type === OPT
      ? printOpt(p, data, next, value, p.view.getUint16(offset + 6))
      : printData(p, type, data, next, message);
  return whole ? next : NOWHERE;
}

/** The data of a record. Returns false where it ends too early. */
function printData(p: Printer, type: number, offset: number, next: number, message: number): boolean {
  switch (type) {
    case A:
      if (!p.has(offset, 4)) return false;
      p.ascii(' ');
      p.ipv4(offset);
      return true;
    case NS:
    case CNAME:
    case PTR:
    case DNAME:
      p.ascii(' ');
      return printName(p, offset, message) !== NOWHERE;
    case SOA:
      return p.verbose === 0 || printStart(p, offset, message);
    case MX:
      p.ascii(' ');
      if (!p.has(offset, 2) || printName(p, offset + 2, message) === NOWHERE) return false;
      p.field(' ', p.view.getUint16(offset));
      return true;
    case TXT:
      while (offset < next) {
        p.ascii(' "');
        const length = p.u8(offset);
        if (!printText(p, offset + 1, length)) return false;
        p.ascii('"');
        offset += 1 + length;
      }
      return true;
    case SRV:
      p.ascii(' ');
      if (!p.has(offset, 6) || printName(p, offset + 6, message) === NOWHERE) return false;
      p.field(':', p.view.getUint16(offset + 4));
      p.field(' ', p.view.getUint16(offset));
      p.field(' ', p.view.getUint16(offset + 2));
      return true;
    case AAAA:
      if (!p.has(offset, 16)) return false;
      p.ascii(' ');
      p.ipv6(offset);
      return true;
    case A6:
      return printA6(p, offset, message);
    case URI:
      // Read before either is printed: where they were not captured the packet ends here.
      p.need(offset, 4);
      p.field(' ', p.u16(offset));
      p.field(' ', p.u16(offset + 2));
      p.ascii(' ');
      // Data too short for the two numbers has, to tcpdump, a text without end.
      return printText(p, offset + 4, next - offset < 4 ? Number.POSITIVE_INFINITY : next - offset - 4);
    case UNSPECA:
      return printText(p, offset, next - offset);
    case TSIG:
      return p.verbose === 0 || printSignature(p, offset, message);
    default:
      return true;
  }
}

function printStart(p: Printer, offset: number, message: number): boolean {
  for (let names = 0; names < 2; names++) {
    p.ascii(' ');
    offset = printName(p, offset, message);
    if (offset === NOWHERE) return false;
  }
  if (!p.has(offset, 20)) return false;
  for (let i = 0; i < 20; i += 4) p.field(' ', p.view.getUint32(offset + i));
  return true;
}

/** A6 (RFC 2874): bits of prefix, the rest of an address, and the name whose address has the prefix. */
function printA6(p: Printer, offset: number, message: number): boolean {
  if (!p.has(offset, 1)) return false;
  const prefix = p.u8(offset);
  const skipped = (prefix & ~7) >> 3;
  if (prefix > 128) {
    p.field(' ', prefix);
    p.ascii('(bad plen)');
    return true;
  }
  if (prefix < 128) {
    p.need(offset + 1, 16 - skipped);
    p.field(' ', prefix);
    p.ascii(' ');
    printPrefix6(p, offset + 1, skipped, 16 - skipped);
  }
  if (prefix === 0) return true;
  p.ascii(' ');
  return printName(p, offset + 17 - skipped, message) !== NOWHERE;
}

function printOpt(p: Printer, offset: number, next: number, size: number, flags: number): boolean {
  p.field(' UDPsize=', size);
  if ((flags & 0x8000) !== 0) p.ascii(' DO');
  if (offset >= next) return true;
  p.ascii(' [');
  while (offset < next) {
    offset = printOption(p, offset);
    if (offset === NOWHERE) return false;
    if (offset < next) p.ascii(',');
  }
  p.ascii(']');
  return true;
}

/** Prints 16 bits behind their title. Returns false where they were not captured. */
function printNumber(p: Printer, title: string, offset: number): boolean {
  if (!p.has(offset, 2)) return false;
  p.field(title, p.u16(offset));
  return true;
}

function printSignature(p: Printer, offset: number, message: number): boolean {
  p.ascii(' ');
  offset = printName(p, offset, message);
  if (offset === NOWHERE) return false;
  if (!printNumber(p, ' fudge=', offset + 6) || !printNumber(p, ' maclen=', offset + 8)) return false;
  offset += 10 + p.u16(offset + 8);
  return (
    printNumber(p, ' origid=', offset) &&
    printNumber(p, ' error=', offset + 2) &&
    printNumber(p, ' otherlen=', offset + 4)
  );
}
