// ICMPv6 node information queries (RFC 4620), as tcpdump knows them from their drafts.
import type { Printer } from '../engine/printer.ts';

const HEADER_LENGTH = 16;
/** A query of this length is KAME's older "who are you". */
const WHO_ARE_YOU_LENGTH = 12;

const NOOP = 0;
const SUPPORTED = 1;
const NAME = 2;
const ADDRESSES = 3;

/** Letters of the flags of a query for addresses; the last only in replies. */
const ADDRESS_FLAGS = [
  [0x40, 'a'],
  [0x20, 'G'],
  [0x10, 'S'],
  [0x08, 'L'],
  [0x04, 'C'],
  [0x02, 'A'],
  [0x01, 'T'],
] as const;

/** A query. */
export function printNodeQuery(p: Printer, offset: number): void {
  if (!printQuery(p, offset)) p.truncated();
}

/** A reply of `length` bytes. */
export function printNodeReply(p: Printer, offset: number, length: number): void {
  if (!printReply(p, offset, length)) p.truncated();
}

/** Returns false where it was not captured whole. */
function printQuery(p: Printer, offset: number): boolean {
  const size = p.end - offset;
  if (size === WHO_ARE_YOU_LENGTH) {
    p.ascii(' who-are-you request');
    return true;
  }
  p.ascii(' node information query');
  if (!p.has(offset, HEADER_LENGTH)) return false;
  p.ascii(' (');
  const type = p.u16(offset + 4);
  switch (type) {
    case NOOP:
      p.ascii('noop');
      break;
    case SUPPORTED:
      printSupported(p, offset);
      break;
    case NAME:
      p.ascii('DNS name');
      break;
    case ADDRESSES:
      p.ascii('node addresses');
      printAddressFlags(p, p.u16(offset + 6), 6);
      break;
    default:
      p.ascii('unknown');
  }
  if (type === NOOP || type === SUPPORTED) {
    if (size !== HEADER_LENGTH && p.verbose > 0) p.ascii(', invalid len');
  } else if (size === HEADER_LENGTH) p.ascii(', 03 draft');
  else if (!printSubject(p, offset, size)) return true;
  p.ascii(')');
  return true;
}

/** Whom a query is about. Returns false where the line ends with it. */
function printSubject(p: Printer, offset: number, size: number): boolean {
  const subject = offset + HEADER_LENGTH;
  const code = p.u8(offset + 1);
  switch (code) {
    case 0:
    case 2: {
      const length = code === 0 ? 16 : 4;
      if (!p.has(subject, length)) break;
      if (size !== HEADER_LENGTH + length) {
        if (p.verbose > 0) p.ascii(', invalid subject len');
        break;
      }
      p.ascii(', subject=');
      if (code === 0) p.ipv6(subject);
      else p.ipv4(subject);
      break;
    }
    case 1:
      p.ascii(', subject=DNS name');
      printName(p, subject);
      break;
    default:
      p.ascii(', unknown subject');
  }
  return true;
}

/** Returns false where it was not captured whole. */
function printReply(p: Printer, offset: number, length: number): boolean {
  const size = p.end - offset;
  if (length > size || !p.has(offset, HEADER_LENGTH)) return false;
  p.ascii(' node information reply (');
  const code = p.u8(offset + 1);
  const verbose = p.verbose > 0;
  if (code === 0) {
    if (verbose) p.ascii('success, ');
    printAnswer(p, offset, size);
  } else {
    if (code === 1) p.ascii('refused');
    else if (code === 2) p.ascii('unknown');
    if (code <= 2 && size !== HEADER_LENGTH && verbose) p.ascii(', invalid length');
  }
  p.ascii(')');
  return true;
}

function printAnswer(p: Printer, offset: number, size: number): void {
  const answer = offset + HEADER_LENGTH;
  const flags = p.u16(offset + 6);
  switch (p.u16(offset + 4)) {
    case NOOP:
      p.ascii('noop');
      if (size !== HEADER_LENGTH && p.verbose > 0) p.ascii(', invalid length');
      break;
    case SUPPORTED:
      printSupported(p, offset);
      break;
    case NAME:
      p.ascii('DNS name');
      printName(p, answer + 4);
      if ((flags & 1) !== 0) {
        p.field(' [TTL=', p.u32(answer));
        p.ascii(']');
      }
      break;
    case ADDRESSES:
      p.ascii('node addresses');
      for (let i = answer; i + 20 <= offset + size; i += 20) {
        p.ascii(' ');
        p.ipv6(i + 4);
        p.field('(', p.u32(i));
        p.ascii(')');
      }
      printAddressFlags(p, flags, 7);
      break;
    default:
      p.ascii('unknown');
  }
}

function printSupported(p: Printer, offset: number): void {
  p.ascii('supported qtypes');
  const flags = p.u16(offset + 6);
  if (flags !== 0) p.ascii((flags & 1) !== 0 ? ' [C]' : ' []');
}

function printAddressFlags(p: Printer, flags: number, count: number): void {
  if (flags === 0) return;
  p.ascii(' [');
  for (let i = 0; i < count; i++) if ((flags & ADDRESS_FLAGS[i][0]) !== 0) p.ascii(ADDRESS_FLAGS[i][1]);
  p.ascii(']');
}

/** A name to the end of the message: a counted string (draft 03) or labels without compression. */
function printName(p: Printer, offset: number): void {
  const end = p.end;
  if (p.u8(offset) === end - offset - 1) {
    if (p.verbose > 0) p.ascii(', 03 draft');
    p.ascii(', "');
    for (let i = offset + 1; i < end; i++) p.visible(p.bytes[i]);
    p.ascii('"');
    return;
  }
  p.ascii(', "');
  while (offset < end) {
    let length = p.bytes[offset++];
    if (length === 0) {
      if (offset === end) p.ascii('.');
      else if (offset + 1 !== end || p.bytes[offset] !== 0) p.ascii('???');
      break;
    }
    if (length > end - offset) {
      p.ascii('???');
      break;
    }
    while (length-- > 0) p.visible(p.bytes[offset++]);
    if (offset + 1 < end && p.bytes[offset] !== 0) p.ascii('.');
  }
  p.ascii('"');
}
