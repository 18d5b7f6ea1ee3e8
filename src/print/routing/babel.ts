// Babel (RFC 8966; with keys RFC 7298, with source-specific routes RFC 9079).
import { writeIpv4, writeIpv6 } from '../engine/address.ts';
import { closing, type Printer } from '../engine/printer.ts';

const MAGIC = 42;
const PAD_1 = 0;
const PAD = 1;
const ACKNOWLEDGMENT_REQUEST = 2;
const ACKNOWLEDGMENT = 3;
const HELLO = 4;
const HEARD = 5;
const ROUTER = 6;
const NEXT_HOP = 7;
const UPDATE = 8;
const SEQUENCE_REQUEST = 10;
const TIMESTAMP = 11;
const DIGEST = 12;
const SOURCE_UPDATE = 13;
const SOURCE_REQUEST = 14;
const SOURCE_MULTIHOP_REQUEST = 15;
const MAC = 16;
const COUNTER = 17;
const CHALLENGE_REQUEST = 18;
const CHALLENGE_REPLY = 19;
/** Further words of a TLV. */
const DIVERSITY = 2;
const TIMES = 3;

const NAMES = [
  ' pad1',
  ' padN',
  ' ack-req',
  ' ack',
  ' hello',
  ' ihu',
  ' router-id',
  ' nh',
  ' update',
  ' route-request',
  ' seqno-request',
  ' tspc',
  ' hmac',
  ' ss-update',
  ' ss-request',
  ' ss-mh-request',
  ' mac',
  ' pc',
  ' challenge_request',
  ' challenge_reply',
];
const TITLES = [
  '\n\tPad 1',
  '\n\tPad ',
  '\n\tAcknowledgment Request ',
  '\n\tAcknowledgment ',
  '\n\tHello ',
  '\n\tIHU ',
  '\n\tRouter Id',
  '\n\tNext Hop',
  '\n\tUpdate',
  '\n\tRoute Request ',
  '\n\tSeqno Request ',
  '\n\tTS/PC ',
  '\n\tHMAC ',
  '\n\tSS-Update',
  '\n\tSS-Request ',
  '\n\tSS-MH-Request ',
  '\n\tMAC ',
  '\n\tPC',
  '\n\tChallenge Request',
  '\n\tChallenge Reply',
];

/** What stands where an address has to be. */
const NONE = 'invalid AE 0';

/** Address encodings. */
const IPV4 = 1;
const IPV6 = 2;
const LINK_LOCAL = 3;

/** Prefixes as IPv6 addresses; those that updates leave out the beginning of take it from the one before. */
const prefix = new Uint8Array(16);
const source = new Uint8Array(16);
const last4 = new Uint8Array(16);
const last6 = new Uint8Array(16);
const view = new DataView(prefix.buffer);

export const printBabel = closing((p, offset, length) => {
  p.protocol = 'babel';
  p.ascii('babel');
  p.check(offset, 4);
  if (p.bytes[offset] !== MAGIC) {
    p.ascii(' invalid header');
    return;
  }
  const version = p.bytes[offset + 1];
  p.field(' ', version);
  if (version !== 2) {
    p.ascii(' unknown version');
    return;
  }
  if (length < 4) {
    p.invalid();
    return;
  }
  const body = p.u16(offset + 2);
  p.ascii(` (${body})`);
  length -= 4;
  if (!printMessages(p, offset + 4, body, length)) {
    p.invalid();
    return;
  }
  if (length === body) return;
  p.ascii(p.verbose > 0 ? '\n\t----' : ' |');
  if (!printMessages(p, offset + 4 + body, length - body, length - body)) p.invalid();
});

/** Returns false where something is not what it should be. */
function printMessages(p: Printer, offset: number, body: number, length: number): boolean {
  if (length < body) return false;
  last4.fill(0).fill(0xff, 10, 12);
  last6.fill(0);
  for (let i = 0; i < body; ) {
    const type = p.u8(offset + i);
    if (type === PAD_1) {
      p.ascii(p.verbose > 0 ? TITLES[PAD_1] : NAMES[PAD_1]);
      i++;
      continue;
    }
    if (i + 2 > body) return false;
    p.check(offset + i, 2);
    const size = p.bytes[offset + i + 1];
    if (i + 2 + size > body) return false;
    p.check(offset + i, 2 + size);
    if (p.verbose === 0) {
      if (!printName(p, type, offset + i, size)) return false;
    } else if (type >= TITLES.length) p.field('\n\tUnknown message type ', type);
    else {
      p.ascii(TITLES[type]);
      if (!printMessage(p, type, offset + i, size)) return false;
    }
    i += 2 + size;
  }
  return true;
}

function printName(p: Printer, type: number, offset: number, size: number): boolean {
  p.ascii(NAMES[type] ?? ' unknown');
  if (type !== UPDATE) return true;
  if (size < 10) return false;
  printUpdateFlags(p, p.u8(offset + 3));
  return true;
}

function printUpdateFlags(p: Printer, flags: number): void {
  if ((flags & 0x80) !== 0) p.ascii('/prefix');
  if ((flags & 0x40) !== 0) p.ascii('/id');
  if ((flags & 0x3f) !== 0) p.ascii('/unknown');
}

/** Hundredths of seconds. */
function interval(value: number): string {
  if (value === 0) return '0.0s (bogus)';
  // tcpdump has room for six characters and the unit.
  return `${Math.floor(value / 100)}.${`${value % 100}`.padStart(2, '0')}s`.slice(0, 7);
}

function updateInterval(value: number): string {
  return value === 0xffff ? 'infinity' : interval(value);
}

/** Microseconds. */
function stamp(value: number): string {
  return `${Math.floor(value / 1_000_000)}.${`${value % 1_000_000}`.padStart(6, '0')}s`.slice(0, 12);
}

/**
 * Reads a prefix of `bits` bits, of which `omitted` bytes are those of `previous`; returns the bytes it took, below 0
 * where it cannot be.
 */
function readPrefix(
  p: Printer,
  into: Uint8Array,
  encoding: number,
  bits: number,
  omitted: number,
  previous: Uint8Array | undefined,
  offset: number,
  room: number,
): number {
  const size = (bits + 7) >> 3;
  if (size > 16) return -1;
  into.fill(0);
  if (encoding === 0) return 0;
  if (encoding === LINK_LOCAL) {
    const rest = Math.max(0, size - 8);
    if (room < rest) return -1;
    into[0] = 0xfe;
    into[1] = 0x80;
    into.set(p.bytes.subarray(offset, offset + rest), 8);
    return rest;
  }
  if (encoding !== IPV4 && encoding !== IPV6) return -1;
  const start = encoding === IPV4 ? 12 : 0;
  const longest = encoding === IPV4 ? 4 : 16;
  const rest = Math.max(0, size - omitted);
  if (omitted > longest || size > longest || room < rest) return -1;
  if (encoding === IPV4) into.fill(0xff, 10, 12);
  if (omitted > 0) {
    if (previous === undefined) return -1;
    into.set(previous.subarray(0, start + omitted));
  }
  into.set(p.bytes.subarray(offset, offset + rest), start + omitted);
  return rest;
}

function readAddress(p: Printer, encoding: number, offset: number, room: number): number {
  return readPrefix(p, prefix, encoding, encoding === IPV4 ? 32 : 128, 0, undefined, offset, room);
}

function isMapped(address: Uint8Array): boolean {
  for (let i = 0; i < 12; i++) if (address[i] !== (i < 10 ? 0 : 0xff)) return false;
  return true;
}

function printAddress(p: Printer, address: Uint8Array): void {
  if (isMapped(address)) writeIpv4(p.out, address, 12);
  else {
    prefix.set(address);
    writeIpv6(p.out, view, 0);
  }
}

/** `bits` count from the beginning of the IPv6 address. */
function printNetwork(p: Printer, address: Uint8Array, bits: number): void {
  bits &= 0xff;
  const mapped = bits >= 96 && isMapped(address);
  if (mapped) writeIpv4(p.out, address, 12);
  else {
    if (address !== prefix) prefix.set(address);
    writeIpv6(p.out, view, 0);
  }
  p.field('/', mapped ? bits - 96 : bits);
}

/** The bits of a prefix as one of IPv6. */
function wide(encoding: number, bits: number): number {
  return encoding === IPV4 ? bits + 96 : bits;
}

function printIdentifier(p: Printer, offset: number): void {
  p.pairs(offset, 8);
}

function printMessage(p: Printer, type: number, offset: number, size: number): boolean {
  const end = offset + 2 + size;
  switch (type) {
    case PAD:
      p.decimal(size + 2);
      return true;
    case ACKNOWLEDGMENT_REQUEST:
      if (size < 6) return false;
      p.out.hexPadded(p.u16(offset + 4), 4);
      p.ascii(` ${interval(p.u16(offset + 6))}`);
      return true;
    case ACKNOWLEDGMENT:
      if (size < 2) return false;
      p.out.hexPadded(p.u16(offset + 2), 4);
      return true;
    case HELLO:
      if (size < 6) return false;
      if ((p.u16(offset + 2) & 0x8000) !== 0) p.ascii('(Unicast) ');
      p.ascii(`seqno ${p.u16(offset + 4)} `);
      p.ascii(p.u16(offset + 6) === 0 ? 'unscheduled' : `interval ${interval(p.u16(offset + 6))}`);
      return printFurther(p, type, offset + 8, end);
    case HEARD: {
      if (size < 6) return false;
      const taken = readAddress(p, p.bytes[offset + 2], offset + 8, size - 6);
      if (taken < 0) {
        p.truncated();
        return true;
      }
      if (p.bytes[offset + 2] === 0) p.ascii('any');
      else printAddress(p, prefix);
      p.ascii(` rxcost ${p.u16(offset + 4)} interval ${interval(p.u16(offset + 6))}`);
      return printFurther(p, type, offset + 8 + taken, end);
    }
    case ROUTER:
      if (size < 10) return false;
      p.ascii(' ');
      printIdentifier(p, offset + 4);
      return true;
    case NEXT_HOP:
      if (size < 2 || readAddress(p, p.bytes[offset + 2], offset + 4, size - 2) < 0) return false;
      p.ascii(' ');
      if (p.bytes[offset + 2] === 0) p.ascii(NONE);
      else printAddress(p, prefix);
      return true;
    case UPDATE:
      return size >= 10 && printUpdate(p, offset, size);
    case TIMESTAMP:
      if (size < 6) return false;
      p.ascii(`timestamp ${p.u32(offset + 4)} packetcounter ${p.u16(offset + 2)}`);
      return true;
    case MAC:
      p.field('len ', size);
      return true;
    case COUNTER:
      if (size < 4) return false;
      p.ascii(` value ${p.u32(offset + 2)} index len ${size - 4}`);
      return true;
    case CHALLENGE_REQUEST:
    case CHALLENGE_REPLY:
      if (size > 192) return false;
      p.field(' len ', size);
      return true;
    case DIGEST:
      if (size < 18) return false;
      p.ascii(`key-id ${p.u16(offset + 2)} digest-${size - 2} `);
      for (let i = offset + 4; i < end; i++) p.ascii(p.bytes[i].toString(16).toUpperCase().padStart(2, '0'));
      return true;
    case SOURCE_UPDATE:
      return size >= 10 && printSourceUpdate(p, offset, size);
  }
  return printRequest(p, type, offset, size);
}

function printUpdate(p: Printer, offset: number, size: number): boolean {
  const encoding = p.bytes[offset + 2];
  const flags = p.bytes[offset + 3];
  const last = encoding === IPV4 ? last4 : last6;
  const taken = readPrefix(
    p,
    source,
    encoding,
    p.bytes[offset + 4],
    p.bytes[offset + 5],
    last,
    offset + 12,
    size - 10,
  );
  if (taken < 0) return false;
  printUpdateFlags(p, flags);
  p.ascii(' ');
  if (encoding === 0) p.ascii('any');
  else printNetwork(p, source, wide(encoding, p.bytes[offset + 4]));
  printMetric(p, offset);
  if ((flags & 0x80) !== 0) last.set(source);
  return printFurther(p, UPDATE, offset + 12 + taken, offset + 2 + size);
}

function printMetric(p: Printer, offset: number): void {
  p.ascii(
    ` metric ${p.u16(offset + 10)} seqno ${p.u16(offset + 8)} interval ${updateInterval(p.u16(offset + 6))}`,
  );
}

function printSourceUpdate(p: Printer, offset: number, size: number): boolean {
  const encoding = p.bytes[offset + 2];
  const [from, to, omitted] = p.bytes.subarray(offset + 3, offset + 6);
  const last = encoding === IPV4 ? last4 : last6;
  const start = p.out.length;
  const first = readPrefix(p, source, encoding, to, omitted, last, offset + 12, size - 10);
  if (first < 0) return false;
  p.ascii(' ');
  printNetwork(p, source, wide(encoding, to));
  const second = readPrefix(p, source, encoding, from, 0, undefined, offset + 12 + first, size - 10 - first);
  if (second < 0) {
    p.out.length = start;
    return false;
  }
  p.ascii(' from ');
  printNetwork(p, source, wide(encoding, from));
  printMetric(p, offset);
  return printFurther(p, SOURCE_UPDATE, offset + 12 + first + second, offset + 2 + size);
}

/** Requests for routes and for sequence numbers, those for sources too. */
function printRequest(p: Printer, type: number, offset: number, size: number): boolean {
  const sequence = type === SEQUENCE_REQUEST || type === SOURCE_MULTIHOP_REQUEST;
  const sourced = type === SOURCE_REQUEST || type === SOURCE_MULTIHOP_REQUEST;
  const fixed = sequence ? 14 : sourced ? 3 : 2;
  if (size < fixed) return false;
  const encoding = p.bytes[offset + 2];
  const bits = p.bytes[offset + 3];
  const value = offset + 2 + fixed;
  const taken = readPrefix(p, source, encoding, bits, 0, undefined, value, size - fixed);
  if (taken < 0) return false;
  const start = p.out.length;
  if (sequence) p.ascii(`(${p.bytes[offset + 6]} hops) `);
  if (sourced && (sequence || encoding !== 0)) {
    p.ascii('for (');
    printNetwork(p, source, wide(encoding, bits));
    p.ascii(', ');
    const from = p.bytes[offset + (sequence ? 7 : 4)];
    if (readPrefix(p, source, encoding, from, 0, undefined, value + taken, size - fixed - taken) < 0) {
      p.out.length = start;
      return false;
    }
    printNetwork(p, source, wide(encoding, from));
    p.ascii(')');
  } else if (encoding === 0) {
    const from = sourced ? p.bytes[offset + 4] : 0;
    if (readPrefix(p, source, encoding, from, 0, undefined, value + taken, size - fixed - taken) < 0)
      return false;
    p.ascii(sequence ? `for ${NONE}` : 'for any');
  } else {
    p.ascii('for ');
    printNetwork(p, source, wide(encoding, bits));
  }
  if (sequence) {
    p.ascii(` seqno ${p.u16(offset + 4)} id `);
    printIdentifier(p, offset + 8);
  }
  return true;
}

/** What follows a TLV's fields. */
function printFurther(p: Printer, type: number, offset: number, end: number): boolean {
  while (offset < end) {
    const kind = p.bytes[offset++];
    if (kind === PAD_1) {
      p.ascii(' sub-pad1');
      continue;
    }
    if ((kind & 0x80) !== 0) p.ascii(' (M)');
    if (offset === end || offset + 1 + p.bytes[offset] > end) {
      p.invalid();
      return true;
    }
    const size = p.bytes[offset++];
    if (kind === PAD) p.ascii(' sub-padn');
    else if (kind === DIVERSITY) printDiversity(p, type, offset, size);
    else if (kind !== TIMES) {
      p.ascii(' sub-unknown-0x');
      p.out.hexPadded(kind, 2);
    } else if (!printTimes(p, type, offset, size)) {
      p.invalid();
      return true;
    }
    offset += size;
  }
  return true;
}

function printDiversity(p: Printer, type: number, offset: number, size: number): void {
  p.ascii(size === 0 ? ' sub-diversity empty' : ' sub-diversity');
  for (let i = 0; i < size; i++) {
    const channel = p.bytes[offset + i];
    p.ascii(`${i === 0 ? ' ' : '-'}${channel === 0 ? 'reserved' : channel === 255 ? 'all' : channel}`);
  }
  if (size > 0 && type !== UPDATE && type !== SOURCE_UPDATE) p.ascii(' (bogus)');
}

function printTimes(p: Printer, type: number, offset: number, size: number): boolean {
  p.ascii(' sub-timestamp');
  if (type !== HELLO && type !== HEARD) {
    p.ascii(' (bogus)');
    return true;
  }
  if (size < (type === HELLO ? 4 : 8)) return false;
  p.ascii(` ${stamp(p.u32(offset))}`);
  if (type === HEARD) p.ascii(`|${stamp(p.u32(offset + 4))}`);
  return true;
}
