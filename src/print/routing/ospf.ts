// OSPF version 2 (RFC 2328).
import type { Names } from '../engine/names.ts';
import { type Printer, TRUNCATED, writeFlags } from '../engine/printer.ts';
import { printPadded } from '../engine/text.ts';
import { LSA_OPTIONS, printLsa, printLsaHeader, printLsaReference } from './ospf-lsa.ts';

const HEADER_LENGTH = 24;
const LSA_HEADER_LENGTH = 20;
/** Bytes of the digest that follows the packet. */
const DIGEST = 16;

const HELLO = 1;
const DESCRIPTION = 2;
const REQUEST = 3;
const UPDATE = 4;
const ACKNOWLEDGEMENT = 5;
const SIMPLE = 1;
const MD5 = 2;
/** The option that says that link-local signalling follows. */
const SIGNALLING = 0x10;
const EXTENDED_OPTIONS = 1;
const MD5_TLV = 2;

const TYPES: Names = new Map([
  [HELLO, 'Hello'],
  [DESCRIPTION, 'Database Description'],
  [REQUEST, 'LS-Request'],
  [UPDATE, 'LS-Update'],
  [ACKNOWLEDGEMENT, 'LS-Ack'],
]);
const AUTHENTICATION = ['none', 'simple', 'MD5'];
const DESCRIPTION_FLAGS = [
  [4, 'Init'],
  [2, 'More'],
  [1, 'Master'],
  [8, 'OOBResync'],
] as const;
const SIGNALS: Names = new Map([
  [EXTENDED_OPTIONS, 'Extended Options'],
  [MD5_TLV, 'MD5 Authentication'],
]);
const SIGNAL_OPTIONS = [
  [1, 'LSDB resync'],
  [2, 'Restart'],
] as const;

export function printOspf(p: Printer, offset: number, length: number): void {
  p.protocol = 'ospf2';
  const authentication = p.u16(offset + 14);
  if (authentication === MD5) {
    length = (length - DIGEST) >>> 0;
    p.end -= DIGEST;
  }
  const type = p.u8(offset + 1);
  const version = p.u8(offset);
  p.field('OSPFv', version);
  p.ascii(`, ${TYPES.get(type) ?? `unknown LS-type ${type}`}, length `);
  p.decimal(length);
  if (!TYPES.has(type) || p.verbose === 0) return;
  const claimed = p.u16(offset + 2);
  if (length !== claimed) {
    p.field(' [len ', claimed);
    p.ascii(']');
  }
  const end = offset + Math.min(length, claimed);
  p.need(offset + 4, 4);
  p.ascii('\n\tRouter-ID ');
  p.ipv4(offset + 4);
  if (p.u32(offset + 8) !== 0) {
    p.ascii(', Area ');
    p.ipv4(offset + 8);
  } else p.ascii(', Backbone Area');
  p.need(offset, HEADER_LENGTH);
  p.ascii(`, Authentication Type: ${AUTHENTICATION[authentication] ?? 'unknown'} (${authentication})`);
  if (authentication === SIMPLE) {
    p.ascii('\n\tSimple text password: ');
    printPadded(p, offset + 16, 8);
  } else if (authentication === MD5) {
    p.field('\n\tKey-ID: ', p.u8(offset + 18));
    p.field(', Auth-Length: ', p.u8(offset + 19));
    p.ascii(', Crypto Sequence Number: 0x');
    p.out.hexPadded(p.u32(offset + 20), 8);
  } else if (authentication !== 0) return;
  if (version !== 2) {
    p.field(' ospf [version ', version);
    p.ascii(']');
    return;
  }
  printBody(p, type, offset, end);
  if (length > claimed && (type === HELLO || type === DESCRIPTION))
    printSignalling(p, offset, type, length, claimed, authentication === MD5);
}

function printOptions(p: Printer, offset: number): void {
  p.need(offset, 1);
  p.ascii('\n\tOptions [');
  writeFlags(p, LSA_OPTIONS, 'none', p.u8(offset), ', ');
  p.ascii(']');
}

function printBody(p: Printer, type: number, offset: number, end: number): void {
  const body = offset + HEADER_LENGTH;
  switch (type) {
    case HELLO:
      printHello(p, body, end);
      break;
    case DESCRIPTION: {
      printOptions(p, body + 2);
      p.need(body + 3, 1);
      p.ascii(', DD Flags [');
      writeFlags(p, DESCRIPTION_FLAGS, 'none', p.u8(body + 3), ', ');
      p.ascii(']');
      if (p.u16(body) !== 0) p.field(', MTU: ', p.u16(body));
      p.need(body + 4, 4);
      p.ascii(', Sequence: 0x');
      p.out.hexPadded(p.u32(body + 4), 8);
      for (let lsa = body + 8; lsa < end && printLsaHeader(p, lsa) >= 0; ) lsa += LSA_HEADER_LENGTH;
      break;
    }
    case REQUEST:
      for (let lsa = body; lsa < end; lsa += 12) printLsaReference(p, lsa);
      break;
    case UPDATE: {
      const count = p.u32(body);
      p.field(', ', count);
      p.ascii(count === 1 ? ' LSA' : ' LSAs');
      let lsa = body + 4;
      for (let i = 1; i <= count; i++) {
        p.field('\n\t  LSA #', i);
        const next = printLsa(p, lsa);
        if (next < 0) throw TRUNCATED;
        lsa = next;
      }
      break;
    }
    case ACKNOWLEDGEMENT:
      // Up to where the captured bytes end, as in tcpdump: its line closes with the mark of that.
      for (let lsa = body; printLsaHeader(p, lsa) >= 0; ) lsa += LSA_HEADER_LENGTH;
  }
}

function printHello(p: Printer, offset: number, end: number): void {
  printOptions(p, offset + 6);
  p.need(offset, 12);
  p.field('\n\t  Hello Timer ', p.u16(offset + 4));
  p.field('s, Dead Timer ', p.u32(offset + 8));
  p.ascii('s, Mask ');
  p.ipv4(offset);
  p.field(', Priority ', p.u8(offset + 7));
  if (p.u32(offset + 12) !== 0) {
    p.ascii('\n\t  Designated Router ');
    p.ipv4(offset + 12);
  }
  if (p.u32(offset + 16) !== 0) {
    p.ascii(', Backup Designated Router ');
    p.ipv4(offset + 16);
  }
  offset += 20;
  if (offset < end) p.ascii('\n\t  Neighbor List:');
  for (; offset < end; offset += 4) {
    p.need(offset, 4);
    p.ascii('\n\t    ');
    p.ipv4(offset);
  }
}

/** Link-local signalling behind the packet (RFC 5613). */
function printSignalling(
  p: Printer,
  offset: number,
  type: number,
  length: number,
  claimed: number,
  digest: boolean,
): void {
  if ((p.u8(offset + HEADER_LENGTH + (type === HELLO ? 6 : 2)) & SIGNALLING) === 0) return;
  const signalling = claimed + (digest ? p.u8(offset + 19) : 0);
  if (signalling >= length) {
    p.ascii('\n\t[LLS truncated]');
    return;
  }
  const end = offset + length;
  offset += signalling;
  p.need(offset, 2);
  p.ascii('\n\t  LLS: checksum: 0x');
  p.out.hexPadded(p.u16(offset), 4);
  p.field(', length: ', p.u16(offset + 2));
  offset += 4;
  while (offset < end) {
    const signal = p.u16(offset);
    p.ascii(`\n\t    ${SIGNALS.get(signal) ?? 'Unknown TLV'} (${signal})`);
    let size = p.u16(offset + 2);
    p.field(', length: ', size);
    offset += 4;
    if (signal === EXTENDED_OPTIONS) {
      if (size !== 4) p.ascii(' [should be 4]');
      size = 4;
      const options = p.u32(offset);
      p.ascii('\n\t      Options: 0x');
      p.out.hexPadded(options, 8);
      p.ascii(' [');
      writeFlags(p, SIGNAL_OPTIONS, '?', options, ', ');
      p.ascii(']');
    } else if (signal === MD5_TLV) {
      if (size !== 20) p.ascii(' [should be 20]');
      size = 20;
      p.need(offset, 4);
      p.ascii('\n\t      Sequence number: 0x');
      p.out.hexPadded(p.u32(offset), 8);
    }
    offset += size;
  }
}
