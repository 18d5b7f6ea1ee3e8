// Pragmatic general multicast (RFC 3208).

import type { Printer } from '../engine/printer.ts';
import { pgmAddressLength, printPgmAddress } from './pgm-address.ts';
import { printPgmOptions } from './pgm-option.ts';

const PROTOCOL = 113;
const HEADER_LENGTH = 16;
const OPTIONS_PRESENT = 0x01;
const SPM = 0;
const POLL = 1;
const POLL_RESPONSE = 2;
const ODATA = 4;
const RDATA = 5;
const NAK = 8;
const NULL_NAK = 9;
const NCF = 10;
const ACK = 11;
const SPMR = 12;

export function printPgm(p: Printer, offset: number, length: number): void {
  const { ip, ipVersion: version } = p;
  p.protocol = 'pgm';
  const source = version === 6 ? ip + 8 : ip + 12;
  const destination = version === 6 ? ip + 24 : ip + 16;
  const address = (place: number) => {
    if (version === 6) p.ipv6(place);
    else p.ipv4(place);
  };
  if (!p.has(offset, 4)) {
    address(source);
    p.ascii(' > ');
    address(destination);
    p.ascii(':');
    p.truncated();
    return;
  }
  const addresses = p.bytes[version === 6 ? ip + 6 : ip + 9] === PROTOCOL;
  if (addresses) {
    address(source);
    p.ascii('.');
  }
  p.tcpPort(p.u16(offset));
  p.ascii(' > ');
  if (addresses) {
    address(destination);
    p.ascii('.');
  }
  p.tcpPort(p.u16(offset + 2));
  p.ascii(': ');
  if (!p.whole(offset, HEADER_LENGTH)) return;
  p.field('PGM, length ', p.u16(offset + 14));
  if (p.verbose === 0) return;
  p.ascii(' 0x');
  p.hexBytes(offset + 8, 6);
  p.ascii(' ');
  const body = printBody(p, p.u8(offset + 4), offset + HEADER_LENGTH, offset);
  if (body < 0) {
    p.truncated();
    return;
  }
  if ((p.u8(offset + 5) & OPTIONS_PRESENT) !== 0 && !printPgmOptions(p, body)) return;
  p.ascii(` [${length}]`);
}

/**
 * Returns where the options are, or -1 where the packet ends before or an address is of no known family. Of a packet
 * without a body tcpdump takes what lies at its start for the options.
 */
function printBody(p: Printer, type: number, offset: number, start: number): number {
  switch (type) {
    case SPM: {
      if (!p.has(offset, 16)) return -1;
      const size = pgmAddressLength(p.u16(offset + 12));
      if (size === 0 || !p.has(offset + 16, size)) return -1;
      p.ascii(`SPM seq ${p.u32(offset)} trail ${p.u32(offset + 4)} lead ${p.u32(offset + 8)} nla `);
      printPgmAddress(p, offset + 16, size);
      return offset + 16 + size;
    }
    case POLL_RESPONSE:
      if (!p.has(offset, 8)) return -1;
      p.ascii(`POLR seq ${p.u32(offset)} round ${p.u16(offset + 4)}`);
      return offset + 8;
    case POLL: {
      if (!p.has(offset, 12)) return -1;
      const size = pgmAddressLength(p.u16(offset + 8));
      if (size === 0 || !p.has(offset + 12, size)) return -1;
      const rest = offset + 12 + size;
      p.need(rest, 12);
      p.ascii(`POLL seq ${p.u32(offset)} round ${p.u16(offset + 4)} nla `);
      printPgmAddress(p, offset + 12, size);
      p.ascii(` ivl ${p.u32(rest)} rnd 0x`);
      p.out.hexPadded(p.u32(rest + 4), 8);
      p.ascii(' mask 0x');
      p.out.hexPadded(p.u32(rest + 8), 8);
      return rest + 12;
    }
    case ODATA:
    case RDATA:
      if (!p.has(offset, 8)) return -1;
      p.ascii(`${type === ODATA ? 'ODATA' : 'RDATA'} trail ${p.u32(offset + 4)} seq ${p.u32(offset)}`);
      return offset + 8;
    case NAK:
    case NULL_NAK:
    case NCF:
      return printNak(p, type, offset);
    case ACK:
      if (!p.has(offset, 8)) return -1;
      p.field('ACK seq ', p.u32(offset));
      return offset + 8;
    case SPMR:
      p.ascii('SPMR');
      return start;
  }
  p.ascii('UNKNOWN type 0x');
  p.out.hexPadded(type, 2);
  return start;
}

function printNak(p: Printer, type: number, offset: number): number {
  if (!p.has(offset, 8)) return -1;
  const source = pgmAddressLength(p.u16(offset + 4));
  if (source === 0 || !p.has(offset + 8, source)) return -1;
  const next = offset + 8 + source;
  // tcpdump looks for the family of the group where its address is.
  const group = pgmAddressLength(p.u16(next + 4));
  if (group === 0 || !p.has(next + 4, group)) return -1;
  p.ascii(type === NAK ? 'NAK (' : type === NULL_NAK ? 'NNAK (' : 'NCF (');
  printPgmAddress(p, offset + 8, source);
  p.ascii(' -> ');
  printPgmAddress(p, next + 4, group);
  p.ascii(`), seq ${p.u32(offset)}`);
  return next + 4 + group;
}
