// Protocol independent multicast, version 2 (RFC 7761).
import { sum16 } from '../../base/checksum.ts';
import { correct, pseudoSum } from '../engine/checksum.ts';
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';
import { printSpan } from '../engine/text.ts';

const PROTOCOL = 103;
const HELLO = 0;
const REGISTER = 1;
const REGISTER_STOP = 2;
const JOIN = 3;
const BOOTSTRAP = 4;
const ASSERT = 5;
const GRAFT = 6;
const GRAFT_ACK = 7;
const CANDIDATE = 8;
const REFRESH = 9;
const ELECTION = 10;

const TYPES = [
  'Hello',
  'Register',
  'Register Stop',
  'Join / Prune',
  'Bootstrap',
  'Assert',
  'Graft',
  'Graft Acknowledgement',
  'Candidate RP Advertisement',
  'Prune Refresh',
  'DF Election',
  'ECMP Redirect',
];
const HOLD_TIME = 1;
const PRUNE_DELAY = 2;
const OLD_PRIORITY = 18;
const PRIORITY = 19;
const GENERATION = 20;
const STATE_REFRESH = 21;
const BIDIRECTIONAL = 22;
const ADDRESSES = 24;
const OLD_ADDRESSES = 65_001;
const OPTIONS: Names = new Map([
  [HOLD_TIME, 'Hold Time'],
  [PRUNE_DELAY, 'LAN Prune Delay'],
  [OLD_PRIORITY, 'DR Priority (Old)'],
  [PRIORITY, 'DR Priority'],
  [GENERATION, 'Generation ID'],
  [STATE_REFRESH, 'State Refresh Capability'],
  [BIDIRECTIONAL, 'Bi-Directional Capability'],
  [ADDRESSES, 'Address List'],
  [OLD_ADDRESSES, 'Address List (Old)'],
]);
const BACKOFF = 3;
const PASS = 4;
const ELECTIONS: Names = new Map([
  [1, 'Offer'],
  [2, 'Winner'],
  [BACKOFF, 'Backoff'],
  [PASS, 'Pass'],
]);
const REGISTER_FLAGS: Names = new Map([
  [0x80000000, 'Border'],
  [0x40000000, 'Null'],
]);

/** What an encoded address is of (RFC 7761, 4.9.1). */
const UNICAST = 0;
const MULTICAST = 1;
const SOURCE = 2;

/** `ip` is where the IP header lies. */
export function printPim(p: Printer, offset: number, length: number): void {
  const { ip, ipVersion: version } = p;
  p.protocol = 'pim';
  const first = p.u8(offset);
  const type = first & 15;
  if (first >> 4 !== 2) {
    p.ascii(`PIMv${first >> 4}, length ${length}`);
    return;
  }
  const name = TYPES[type] ?? 'Unknown Type';
  if (p.verbose === 0) {
    p.ascii(`PIMv2, ${name}, length ${length}`);
    return;
  }
  p.ascii(`PIMv2, length ${length}\n\t${name}`);
  p.protocol = 'pimv2';
  if (length < 2) {
    tooShort(p, length, 2);
    return;
  }
  // RFC 2117 told here how long addresses are, which then came without their families.
  const size = p.u8(offset + 1) & 15;
  if (size !== 0) p.ascii(', RFC2117-encoding');
  if (length < 4) {
    tooShort(p, length, 4);
    return;
  }
  printChecksum(p, type, offset, length, version, ip);
  const body = new Body(p, offset + 4, offset + length, size);
  if (!printBody(p, body, type, offset)) p.truncated();
}

function tooShort(p: Printer, length: number, wanted: number): void {
  p.ascii(`[length ${length} < ${wanted}]`);
  p.invalid();
}

/** The checksum of a register message covers its header, or, of older ones, all of it. */
function printChecksum(
  p: Printer,
  type: number,
  offset: number,
  length: number,
  version: number,
  ip: number,
): void {
  const found = p.u16(offset + 2);
  p.ascii(', cksum 0x');
  p.out.hexPadded(found, 4);
  p.ascii(' ');
  let verdict = 'unverified';
  if (found !== 0) {
    const lengths = type === REGISTER ? [8, length] : [length];
    for (const covered of lengths) {
      verdict = verify(p, offset, covered, version, ip);
      if (verdict !== 'incorrect') break;
    }
  }
  p.ascii(`(${verdict})`);
}

function verify(p: Printer, offset: number, length: number, version: number, ip: number): string {
  if (!p.has(offset, length)) return 'unverified';
  const sum =
    version === 4
      ? sum16(p.view, offset, offset + length)
      : pseudoSum(p, ip, version, PROTOCOL, offset, length);
  return correct(sum) ? 'correct' : 'incorrect';
}

/** What is left of a message. Its readers answer false where it ends too early. */
class Body {
  offset: number;
  readonly end: number;
  private readonly p: Printer;
  private readonly size: number;

  constructor(p: Printer, offset: number, end: number, size: number) {
    this.p = p;
    this.offset = offset;
    this.end = end;
    this.size = size;
  }

  get left(): number {
    return this.end - this.offset;
  }

  /** Prints an encoded address behind `title`. */
  address(title: string, kind: number): boolean {
    const { p } = this;
    p.ascii(title);
    let size = this.size;
    let offset = this.offset;
    if (size === 0) {
      if (this.left < 2) return false;
      const family = p.u8(offset);
      if ((family !== 1 && family !== 2) || p.u8(offset + 1) !== 0) return false;
      size = family === 1 ? 4 : 16;
      offset += 2;
    } else if (size !== 4 && size !== 16) return false;
    const whole = size + (kind === UNICAST ? 0 : 2);
    if (this.end - offset < whole || !p.has(offset, whole)) return false;
    const value = kind === UNICAST ? offset : offset + 2;
    if (size === 4) p.ipv4(value);
    else p.ipv6(value);
    if (kind !== UNICAST) printMask(p, offset, kind, size * 8);
    this.offset = offset + whole;
    return true;
  }

  /** Prints seconds as a span of time behind `title`. */
  span(title: string): boolean {
    if (this.left < 2) return false;
    const { p } = this;
    p.ascii(title);
    printSpan(p, p.u16(this.offset));
    return true;
  }
}

function printMask(p: Printer, offset: number, kind: number, bits: number): void {
  const flags = p.bytes[offset];
  if (p.bytes[offset + 1] !== bits) p.field('/', p.bytes[offset + 1]);
  if (flags === 0) return;
  p.ascii('(');
  if (kind === MULTICAST) {
    p.ascii('0x');
    p.out.hexPadded(flags, 2);
  } else {
    for (let i = 0; i < 3; i++) if ((flags & (4 >> i)) !== 0) p.ascii('SWR'[i]);
    if ((flags & 0xf8) !== 0) {
      p.ascii('+0x');
      p.out.hexPadded(flags & 0xf8, 2);
    }
  }
  p.ascii(')');
}

function printBody(p: Printer, body: Body, type: number, offset: number): boolean {
  switch (type) {
    case HELLO:
      return printHello(p, body);
    case REGISTER:
      return printRegister(p, body);
    case REGISTER_STOP:
      return body.address(' group=', MULTICAST) && body.address(' source=', UNICAST);
    case JOIN:
    case GRAFT:
    case GRAFT_ACK:
      return printJoin(p, body, type);
    case BOOTSTRAP:
      return printBootstrap(p, body);
    case ASSERT:
      if (!body.address(' group=', MULTICAST) || !body.address(' src=', UNICAST)) return false;
      if (body.left < 8 || !p.has(body.offset, 8)) return false;
      if (p.u8(body.offset) > 0x7f) p.ascii(' RPT');
      p.ascii(` pref=${p.u32(body.offset) & 0x7fffffff} metric=${p.u32(body.offset + 4)}`);
      return true;
    case CANDIDATE:
      return printCandidate(p, body);
    case REFRESH:
      return (
        body.address(' src=', UNICAST) &&
        body.address(' grp=', MULTICAST) &&
        body.address(' forwarder=', UNICAST) &&
        body.span(' TUNR ')
      );
    case ELECTION:
      return printElection(p, body, p.u8(offset + 1) >> 4);
  }
  p.ascii(` [type ${type}]`);
  return true;
}

function printHello(p: Printer, body: Body): boolean {
  while (body.left > 0) {
    if (body.left < 4) return false;
    const type = p.u16(body.offset);
    const length = p.u16(body.offset + 2);
    p.ascii(`\n\t  ${OPTIONS.get(type) ?? 'Unknown'} Option (${type}), length ${length}, Value: `);
    body.offset += 4;
    if (body.left < length || !p.has(body.offset, length)) return false;
    const expected = lengthOf(type, length);
    if (length !== expected) {
      p.ascii(`[option length ${length} != ${expected}]`);
      p.invalid();
      return true;
    }
    if (!printOption(p, body, type, length)) return false;
    if (p.verbose > 1) p.unknown(body.offset, '\n\t    ', length);
    body.offset += length;
  }
  return true;
}

function lengthOf(type: number, length: number): number {
  switch (type) {
    case HOLD_TIME:
      return 2;
    case PRUNE_DELAY:
    case GENERATION:
    case STATE_REFRESH:
      return 4;
    case OLD_PRIORITY:
    case PRIORITY:
      return length === 0 ? 0 : 4;
  }
  return length;
}

function printOption(p: Printer, body: Body, type: number, length: number): boolean {
  const { offset } = body;
  switch (type) {
    case HOLD_TIME:
      printSpan(p, p.u16(offset));
      break;
    case PRUNE_DELAY: {
      const delay = p.u16(offset);
      p.ascii(
        `\n\t    T-bit=${delay >> 15}, LAN delay ${delay & 0x7fff}ms, Override interval ${p.u16(offset + 2)}ms`,
      );
      break;
    }
    case OLD_PRIORITY:
    case PRIORITY:
      p.ascii(length === 0 ? 'Bi-Directional Capability (Old)' : `${p.u32(offset)}`);
      break;
    case GENERATION:
      p.ascii('0x');
      p.out.hexPadded(p.u32(offset), 8);
      break;
    case STATE_REFRESH:
      p.field('v', p.u8(offset));
      if (p.u8(offset + 1) !== 0) {
        p.ascii(', interval ');
        printSpan(p, p.u8(offset + 1));
      }
      if (p.u16(offset + 2) !== 0) {
        p.ascii(' ?0x');
        p.out.hexPadded(p.u16(offset + 2), 4);
        p.ascii('?');
      }
      break;
    case BIDIRECTIONAL:
      break;
    case ADDRESSES:
    case OLD_ADDRESSES: {
      const fits = p.verbose <= 1 || printAddresses(body, length);
      body.offset = offset;
      return fits;
    }
    default:
      if (p.verbose <= 1) p.unknown(offset, '\n\t    ', length);
  }
  return true;
}

function printAddresses(body: Body, length: number): boolean {
  const end = body.offset + length;
  while (body.offset < end) if (!body.address('\n\t    ', UNICAST)) return false;
  return true;
}

/** A multicast packet on its way to the rendezvous point. */
function printRegister(p: Printer, body: Body): boolean {
  if (body.left < 4 || !p.has(body.offset, 4)) return false;
  p.ascii(`, Flags [ ${REGISTER_FLAGS.get(p.u32(body.offset)) ?? 'none'} ]\n\t`);
  body.offset += 4;
  if (body.left === 0) return false;
  const version = p.u8(body.offset) >> 4;
  if (p.payload.ipVersions.print(p, version, body.offset, body.left)) return true;
  if (version === 0) {
    p.need(body.offset + 12, 8);
    p.ascii('IP-Null-header ');
    p.ipv4(body.offset + 12);
    p.ascii(' > ');
    p.ipv4(body.offset + 16);
  } else p.field('IP ver ', version);
  return true;
}

function printJoin(p: Printer, body: Body, type: number): boolean {
  if (type !== GRAFT_ACK && !body.address(', upstream-neighbor: ', UNICAST)) return false;
  if (body.left < 4 || !p.has(body.offset, 4)) return false;
  const groups = p.u8(body.offset + 1);
  const hold = p.u16(body.offset + 2);
  p.ascii(`\n\t  ${groups} group(s)`);
  if (type !== GRAFT_ACK) {
    p.ascii(', holdtime: ');
    if (hold === 0xffff) p.ascii('infinite');
    else printSpan(p, hold);
  }
  body.offset += 4;
  for (let group = 1; group <= groups; group++) {
    if (!body.address(`\n\t    group #${group}: `, MULTICAST)) return false;
    if (body.left < 4 || !p.has(body.offset, 4)) return false;
    const joined = p.u16(body.offset);
    const pruned = p.u16(body.offset + 2);
    p.ascii(`, joined sources: ${joined}, pruned sources: ${pruned}`);
    body.offset += 4;
    for (let i = 1; i <= joined; i++)
      if (!body.address(`\n\t      joined source #${i}: `, SOURCE)) return false;
    for (let i = 1; i <= pruned; i++)
      if (!body.address(`\n\t      pruned source #${i}: `, SOURCE)) return false;
  }
  return true;
}

function printBootstrap(p: Printer, body: Body): boolean {
  if (body.left < 2) return false;
  p.hexField(' tag=', p.u16(body.offset));
  body.offset += 2;
  if (body.left < 1) return false;
  p.field(' hashmlen=', p.u8(body.offset));
  if (body.left < 2 || !p.has(body.offset + 2, 1)) return false;
  p.field(' BSRprio=', p.u8(body.offset + 1));
  body.offset += 2;
  if (!body.address(' BSR=', UNICAST)) return false;
  for (let group = 0; body.left > 0; group++) {
    if (!body.address(` (group${group}: `, MULTICAST) || body.left < 1) return false;
    p.field(' RPcnt=', p.u8(body.offset));
    if (body.left < 2) return false;
    const count = p.u8(body.offset + 1);
    p.field(' FRPcnt=', count);
    if (body.left < 4) return false;
    body.offset += 4;
    for (let i = 0; i < count && body.left > 0; i++) {
      if (!body.address(` RP${i}=`, UNICAST) || !body.span(',holdtime=') || body.left < 3) return false;
      p.field(',prio=', p.u8(body.offset + 2));
      if (body.left < 4) return false;
      body.offset += 4;
    }
    p.ascii(')');
  }
  return true;
}

function printCandidate(p: Printer, body: Body): boolean {
  if (body.left < 1) return false;
  const count = p.u8(body.offset);
  p.field(' prefix-cnt=', count);
  if (body.left < 2) return false;
  p.field(' prio=', p.u8(body.offset + 1));
  if (body.left < 4) return false;
  p.ascii(' holdtime=');
  printSpan(p, p.u16(body.offset + 2));
  body.offset += 4;
  if (!body.address(' RP=', UNICAST)) return false;
  for (let i = 0; i < count && body.left > 0; i++) if (!body.address(` Group${i}=`, MULTICAST)) return false;
  return true;
}

/** The election of designated forwarders (RFC 5015). */
function printElection(p: Printer, body: Body, subtype: number): boolean {
  p.ascii(`\n\t  ${ELECTIONS.get(subtype) ?? 'Unknown'},`);
  if (!body.address(' rpa=', UNICAST)) return false;
  printMetric(p, body, 'sender');
  if (subtype !== BACKOFF && subtype !== PASS) return true;
  const who = subtype === BACKOFF ? 'offer' : 'new winner';
  if (!body.address(`\n\t  ${who} addr=`, UNICAST)) return false;
  printMetric(p, body, who);
  if (subtype === BACKOFF) p.ascii(` interval ${p.u16(body.offset)}ms`);
  return true;
}

function printMetric(p: Printer, body: Body, who: string): void {
  p.field(` ${who} pref=`, p.u32(body.offset));
  p.field(` ${who} metric=`, p.u32(body.offset + 4));
  body.offset += 8;
}
