// IPv6 extension headers (RFC 8200, 4): options, fragment, routing. Each returns its length in bytes, or -1 where the
// line ends with it.
import type { Printer } from '../engine/printer.ts';

const PAD1 = 0x00;
const PADN = 0x01;
const ROUTER_ALERT = 0x05;
const JUMBO = 0xc2;
const HOME_ADDRESS = 0xc9;

export function printHopByHop(p: Printer, offset: number, payload: number): number {
  p.protocol = 'hbhopt';
  return printOptionsHeader(p, 'HBH ', offset, payload);
}

export function printDestinationOptions(p: Printer, offset: number): number {
  p.protocol = 'dstopt';
  return printOptionsHeader(p, 'DSTOPT ', offset, -1);
}

function printOptionsHeader(p: Printer, name: string, offset: number, payload: number): number {
  const length = (p.u8(offset + 1) + 1) << 3;
  const whole = p.has(offset, length);
  if (whole) p.ascii(name);
  if (
    whole &&
    (payload < 0 && p.verbose === 0 ? true : printOptions(p, offset + 2, offset + length, payload))
  ) {
    return length;
  }
  p.truncated();
  return -1;
}

/** The length a valid jumbo payload option gives (RFC 2675), else 0; also where a later option makes no sense. */
export function jumboLength(p: Printer, offset: number, payload: number): number {
  if (payload !== 0 || !p.has(offset, 2)) return 0;
  const bytes = p.bytes;
  const end = offset + ((bytes[offset + 1] + 1) << 3);
  if (!p.has(offset, end - offset)) return 0;
  for (let i = offset + 2; i + 1 < end; i += bytes[i] === PAD1 ? 1 : bytes[i + 1] + 2) {
    const type = bytes[i];
    if (type === PAD1) continue;
    const size = bytes[i + 1] + 2;
    if (i + size > end || (type === ROUTER_ALERT && size !== 4) || (type === HOME_ADDRESS && size < 18))
      return 0;
    if (type === JUMBO) {
      const length = size === 6 ? p.view.getUint32(i + 2) : 0;
      return length < 65536 ? 0 : length;
    }
  }
  return 0;
}

/** Options from `offset` to `end`. `payload` is the header's payload length, -1 where a jumbo option has no business. */
function printOptions(p: Printer, offset: number, end: number, payload: number): boolean {
  let jumbo = false;
  if (offset === end) return true;
  for (let size = 0; offset < end; offset += size) {
    const type = p.u8(offset);
    size = 1;
    if (type !== PAD1) {
      if (offset + 1 >= end) return false;
      size = p.u8(offset + 1) + 2;
    }
    if (offset + size > end || !p.has(offset, size)) return false;
    if (!complete(p, type, offset, end - offset)) return false;
    if (p.verbose > 0 && !printOption(p, type, offset, size, jumbo, payload)) return false;
    jumbo ||= type === JUMBO;
  }
  if (p.verbose > 0) p.ascii(' ');
  return true;
}

/** The option has the bytes that its type needs. */
function complete(p: Printer, type: number, offset: number, rest: number): boolean {
  switch (type) {
    case ROUTER_ALERT:
      return fits(p, 'rtalert', offset, rest, 4, true);
    case JUMBO:
      return fits(p, 'jumbo', offset, rest, 6, true);
    case HOME_ADDRESS:
      return fits(p, 'homeaddr', offset, rest, 18, false);
    default:
      return true;
  }
}

/** -v: one option. `jumbo` is true behind a jumbo option. Returns false where the options end with it. */
function printOption(
  p: Printer,
  type: number,
  offset: number,
  size: number,
  jumbo: boolean,
  payload: number,
): boolean {
  switch (type) {
    case PAD1:
      p.ascii('(pad1)');
      break;
    case PADN:
      p.ascii('(padn)');
      break;
    case ROUTER_ALERT:
      p.ascii('(rtalert: 0x');
      p.out.hexPadded(p.u16(offset + 2), 4);
      p.ascii(') ');
      break;
    case JUMBO:
      printJumbo(p, p.u32(offset + 2), jumbo, payload);
      break;
    case HOME_ADDRESS:
      p.ascii('(homeaddr: ');
      p.ipv6(offset + 2);
      if (size > 18 && !printSubOptions(p, offset + 18, offset + size)) return false;
      p.ascii(')');
      break;
    default:
      p.ascii('(opt_type 0x');
      p.out.hexPadded(type, 2);
      p.field(': len=', p.u8(offset + 1));
      p.ascii(')');
  }
  return true;
}

/** The length of a jumbogram, and why it does not count (RFC 2675, 3). */
function printJumbo(p: Printer, length: number, seen: boolean, payload: number): void {
  p.field('(jumbo: ', length);
  if (seen) p.ascii(' - already seen');
  else if (payload < 0) p.ascii(' - not a hop-by-hop option');
  else if (payload > 0) p.ascii(' - payload len != 0');
  else if (length < 65536) p.ascii(' - < 65536');
  p.ascii(') ');
}

/** The option has the bytes that it needs, exactly or at least `least`; prints an error if not. */
function fits(
  p: Printer,
  name: string,
  offset: number,
  rest: number,
  least: number,
  exact: boolean,
): boolean {
  const given = p.u8(offset + 1);
  if (rest >= least && (exact ? given === least - 2 : given >= least - 2)) return true;
  p.ascii('(');
  p.ascii(name);
  if (rest < least) p.ascii(': trunc)');
  else {
    p.field(': invalid len ', given);
    p.ascii(')');
  }
  return false;
}

function printSubOptions(p: Printer, offset: number, end: number): boolean {
  for (let size = 0; offset < end; offset += size) {
    const type = p.u8(offset);
    size = 1;
    if (type !== PAD1) {
      if (offset + 1 >= end) return false;
      size = p.u8(offset + 1) + 2;
    }
    if (offset + size > end) return false;
    if (type === PAD1) p.ascii(', pad1');
    else if (type === PADN) p.ascii(', padn');
    else {
      p.ascii(', sopt_type 0x');
      p.out.hexPadded(type, 2);
      p.field(': len=', p.u8(offset + 1));
    }
  }
  return true;
}

const FRAGMENT_LENGTH = 8;

export function printFragment(p: Printer, offset: number, ip: number): number {
  p.protocol = 'frag6';
  if (p.verbose > 0) p.need(offset, FRAGMENT_LENGTH);
  const fragmentOffset = p.u16(offset + 2) & 0xfff8;
  p.ascii('frag (');
  if (p.verbose > 0) {
    p.ascii('0x');
    p.out.hexPadded(p.view.getUint32(offset + 4), 8);
    p.ascii(':');
  }
  p.field('', fragmentOffset);
  p.ascii('|');
  const length = 40 + p.view.getUint16(ip + 4) - (offset - ip) - FRAGMENT_LENGTH;
  // tcpdump computes this in an unsigned number of 64 bits.
  p.ascii(length < 0 ? String(2n ** 64n + BigInt(length)) : String(length));
  p.ascii(')');
  if (fragmentOffset !== 0) return -1;
  p.ascii(' ');
  return FRAGMENT_LENGTH;
}

/** Routing headers of type 0 and 2 (addresses) and 4 (segments, RFC 8754). */
export function printRouting(p: Printer, offset: number): number {
  p.protocol = 'rt6';
  p.ascii('RT6');
  const units = p.u8(offset + 1);
  p.field(' (len=', units);
  const type = p.u8(offset + 2);
  p.field(', type=', type);
  if (type === 0) p.ascii(' [Deprecated]');
  p.field(', segleft=', p.u8(offset + 3));
  let list = offset + 8;
  if (type === 0 || type === 2) {
    if (p.u32(offset + 4) !== 0 || p.verbose > 0) p.hexField(', rsv=0x', p.u32(offset + 4));
    if (odd(p, units)) return -1;
    for (let i = 0; i < units >> 1; i++, list += 16) address(p, i, list);
  } else if (type === 4) {
    const last = p.u8(offset + 4);
    p.field(', last-entry=', last);
    if (p.u8(offset + 5) !== 0 || p.verbose > 0) p.hexField(', flags=0x', p.u8(offset + 5));
    p.hexField(', tag=', p.u16(offset + 6));
    if (odd(p, units)) return -1;
    for (let i = 0; i < units >> 1; i++, list += 16) address(p, i, list);
  } else {
    p.ascii(' (unknown type)');
    p.invalid();
    return -1;
  }
  p.ascii(') ');
  return (units + 1) << 3;
}

/** A list of addresses takes an even number of 8-byte units. */
function odd(p: Printer, units: number): boolean {
  if (units % 2 === 0) return false;
  p.field(' (invalid length ', units);
  p.ascii(')');
  p.invalid();
  return true;
}

function address(p: Printer, index: number, offset: number): void {
  p.need(offset, 16);
  p.field(', [', index);
  p.ascii(']');
  p.ipv6(offset);
}
