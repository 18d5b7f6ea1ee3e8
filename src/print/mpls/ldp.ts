// Label distribution (RFC 5036, RFC 4447).

import { AFI, IPV4, IPV6 } from '../../wire/registry/address-families.ts';
import { PSEUDOWIRES } from '../../wire/registry/pseudowire.ts';
import type { Names } from '../engine/names.ts';
import { printNetwork4, printNetwork6 } from '../engine/prefix.ts';
import { type Printer, TRUNCATED, writeFlags } from '../engine/printer.ts';

const HEADER_LENGTH = 10;
const MESSAGE_HEADER = 8;
const MESSAGES: Names = new Map([
  [0x0001, 'Notification'],
  [0x0100, 'Hello'],
  [0x0200, 'Initialization'],
  [0x0201, 'Keepalive'],
  [0x0300, 'Address'],
  [0x0301, 'Address Withdraw'],
  [0x0400, 'Label Mapping'],
  [0x0401, 'Label Request'],
  [0x0402, 'Label Withdraw'],
  [0x0403, 'Label Release'],
  [0x0404, 'Label Abort Request'],
]);
/** Messages whose parts are not shown. */
const OPAQUE = new Set([0x0401, 0x0403, 0x0404]);
const TLVS: Names = new Map([
  [0x0100, 'FEC'],
  [0x0101, 'Address List'],
  [0x0103, 'Hop Count'],
  [0x0104, 'Path Vector'],
  [0x0200, 'Generic Label'],
  [0x0201, 'ATM Label'],
  [0x0202, 'Frame-Relay Label'],
  [0x0300, 'Status'],
  [0x0301, 'Extended Status'],
  [0x0302, 'Returned PDU'],
  [0x0303, 'Returned Message'],
  [0x0400, 'Common Hello Parameters'],
  [0x0401, 'IPv4 Transport Address'],
  [0x0402, 'Configuration Sequence Number'],
  [0x0403, 'IPv6 Transport Address'],
  [0x0500, 'Common Session Parameters'],
  [0x0501, 'ATM Session Parameters'],
  [0x0502, 'Frame-Relay Session Parameters'],
  [0x0503, 'Fault-Tolerant Session Parameters'],
  [0x0600, 'Label Request Message ID'],
  [0x0601, 'MTU'],
]);
const FECS: Names = new Map([
  [1, 'Wildcard'],
  [2, 'Prefix'],
  [3, 'Host address'],
  [0x80, 'Martini VC'],
]);
const PREFIX = 2;
const MARTINI = 0x80;
const MTU = 1;
const DESCRIPTION = 3;
const VCCV = 12;
const INTERFACE: Names = new Map([
  [MTU, 'MTU'],
  [DESCRIPTION, 'Description'],
  [VCCV, 'VCCV'],
]);
const CHANNELS = [
  [1, 'PWE3 control word'],
  [2, 'MPLS Router Alert Label'],
  [4, 'MPLS inner label TTL = 1'],
] as const;
const VERIFICATIONS = [
  [1, 'ICMP Ping'],
  [2, 'LSP Ping'],
  [4, 'BFD'],
] as const;

export function printLdp(p: Printer, offset: number, length: number): void {
  p.protocol = 'ldp';
  while (length > HEADER_LENGTH + MESSAGE_HEADER) {
    const used = printPdu(p, offset);
    if (used === 0) return;
    if (length < used) {
      p.ascii(` [remaining length ${length} < ${used}]`);
      p.invalid();
      return;
    }
    length -= used;
    offset += used;
  }
}

/** Returns the bytes of the PDU, 0 where nothing is to follow. */
function printPdu(p: Printer, offset: number): number {
  p.need(offset, HEADER_LENGTH);
  const start = p.verbose > 0 ? '\n\t' : '';
  const version = p.u16(offset);
  const size = p.u16(offset + 2);
  if (version !== 1) {
    p.ascii(`${start}LDP version ${version} packet not supported`);
    return 0;
  }
  if (size < HEADER_LENGTH - 4) {
    p.ascii(`${start}LDP, pdu-length: ${size} (too short, < ${HEADER_LENGTH - 4})`);
    return 0;
  }
  p.ascii(`${start}LDP, Label-Space-ID: `);
  p.ipv4(offset + 4);
  p.ascii(`:${p.u16(offset + 8)}, pdu-length: ${size}`);
  if (p.verbose === 0) return 0;
  // 16 bits, as tcpdump counts: a message longer than what is left goes on from below zero.
  let left = size - (HEADER_LENGTH - 4);
  offset += HEADER_LENGTH;
  while (left > 0) {
    p.need(offset, MESSAGE_HEADER);
    const field = p.u16(offset);
    const type = field & 0x7fff;
    const length = p.u16(offset + 2);
    p.ascii(`\n\t  ${MESSAGES.get(type) ?? 'Unknown'} Message (0x`);
    p.out.hexPadded(type, 4);
    p.ascii(`), length: ${length}`);
    if (length < MESSAGE_HEADER - 4) {
      p.ascii(` (too short, < ${MESSAGE_HEADER - 4})`);
      return 0;
    }
    p.ascii(', Message ID: 0x');
    p.out.hexPadded(p.u32(offset + 4), 8);
    p.ascii(`, Flags: [${field & 0x8000 ? 'continue processing' : 'ignore'} if unknown]`);
    p.need(offset, length);
    printMessage(p, type, offset + MESSAGE_HEADER, length - (MESSAGE_HEADER - 4));
    if (p.verbose > 1) p.unknown(offset + MESSAGE_HEADER, '\n\t  ', length);
    offset += length + 4;
    left = (left - length - 4) & 0xffff;
  }
  return size + 4;
}

function printMessage(p: Printer, type: number, offset: number, left: number): void {
  if (!MESSAGES.has(type) || OPAQUE.has(type)) {
    if (p.verbose < 2) p.unknown(offset, '\n\t  ', left);
    return;
  }
  while (left >= 4) {
    p.need(offset, 4);
    const size = p.u16(offset + 2);
    if (size + 4 > left) {
      p.ascii('\n\t\t TLV contents go past end of message');
      return;
    }
    const field = p.u16(offset);
    const tlv = field & 0x3fff;
    p.ascii(`\n\t    ${TLVS.get(tlv) ?? 'Unknown'} TLV (0x`);
    p.out.hexPadded(tlv, 4);
    p.ascii(`), length: ${size}, Flags: [${field & 0x8000 ? 'continue processing' : 'ignore'}`);
    p.ascii(` and ${field & 0x4000 ? 'do' : "don't"} forward if unknown]`);
    printTlv(p, tlv, offset + 4, size);
    offset += size + 4;
    left -= size + 4;
  }
}

/** Tells a TLV that is too short; returns whether it is long enough. */
function holds(p: Printer, size: number, least: number): boolean {
  if (size >= least) return true;
  p.ascii(` [tlv length ${size} < ${least}]`);
  p.invalid();
  return false;
}

function printTlv(p: Printer, type: number, offset: number, size: number): void {
  switch (type) {
    case 0x0400: {
      if (!holds(p, size, 4)) return;
      const flags = p.u16(offset + 2);
      p.ascii(
        `\n\t      Hold Time: ${p.u16(offset)}s, Flags: [${flags & 0x8000 ? 'Targeted' : 'Link'} Hello`,
      );
      p.ascii(`${flags & 0x4000 ? ', Request for targeted Hellos' : ''}]`);
      return;
    }
    case 0x0401:
      if (!holds(p, size, 4)) return;
      p.need(offset, 4);
      p.ascii('\n\t      IPv4 Transport Address: ');
      p.ipv4(offset);
      return;
    case 0x0403:
      if (!holds(p, size, 16)) return;
      p.need(offset, 16);
      p.ascii('\n\t      IPv6 Transport Address: ');
      p.ipv6(offset);
      return;
    case 0x0402:
      if (holds(p, size, 4)) p.field('\n\t      Sequence Number: ', p.u32(offset));
      return;
    case 0x0101:
      if (holds(p, size, 2)) printAddresses(p, offset, size);
      return;
    case 0x0500: {
      if (!holds(p, size, 8)) return;
      const flags = p.u16(offset + 6);
      p.ascii(`\n\t      Version: ${p.u16(offset)}, Keepalive: ${p.u16(offset + 2)}s`);
      p.ascii(`, Flags: [Downstream ${flags & 0x8000 ? 'On Demand' : 'Unsolicited'}`);
      p.ascii(`, Loop Detection ${flags & 0x4000 ? 'Enabled' : 'Disabled'}]`);
      return;
    }
    case 0x0100:
      if (holds(p, size, 1)) printFec(p, offset, size);
      return;
    case 0x0200:
      if (holds(p, size, 4)) p.field('\n\t      Label: ', p.u32(offset) & 0xf_ffff);
      return;
    case 0x0300: {
      if (!holds(p, size, 8)) return;
      const status = p.u32(offset);
      p.ascii(`\n\t      Status: 0x${(status & 0x3fff_ffff).toString(16).padStart(2, '0')}`);
      p.ascii(`, Flags: [${status >= 0x8000_0000 ? 'Fatal error' : 'Advisory Notification'}`);
      p.ascii(` and ${status & 0x4000_0000 ? 'do' : "don't"} forward]`);
      const cause = p.u32(offset + 4);
      if (cause === 0) return;
      p.ascii(', causing Message ID: 0x');
      p.out.hexPadded(cause, 8);
      return;
    }
    case 0x0503:
      if (holds(p, size, 12)) printFaultTolerance(p, offset);
      return;
    case 0x0601:
      if (holds(p, size, 2)) p.field('\n\t      MTU: ', p.u16(offset));
      return;
  }
  if (p.verbose < 2) p.unknown(offset, '\n\t      ', size);
}

function printAddresses(p: Printer, offset: number, size: number): void {
  const family = p.u16(offset);
  p.ascii(`\n\t      Address Family: ${AFI.get(family) ?? `Unknown (${family})`}, addresses`);
  offset += 2;
  size -= 2;
  const width = family === IPV4 ? 4 : family === IPV6 ? 16 : Number.POSITIVE_INFINITY;
  for (; size >= width; size -= width, offset += width) {
    p.need(offset, width);
    p.ascii(' ');
    if (width === 4) p.ipv4(offset);
    else p.ipv6(offset);
  }
}

function printFaultTolerance(p: Printer, offset: number): void {
  const flags = p.u16(offset);
  p.ascii(
    `\n\t      Flags: [${flags & 0x8000 ? '' : 'No '}Reconnect, ${flags & 8 ? '' : "Don't "}Save State`,
  );
  p.ascii(`, ${flags & 4 ? '' : 'No '}All-Label Protection`);
  p.ascii(`, ${flags & 2 ? 'Sequence Numbered Label' : 'All Labels'} Checkpoint`);
  p.ascii(`, ${flags & 1 ? '' : "Don't "}Re-Learn State]`);
  const reconnect = p.u32(offset + 4);
  if (reconnect !== 0) p.ascii(`, Reconnect Timeout: ${reconnect}ms`);
  const recovery = p.u32(offset + 8);
  if (recovery !== 0) p.ascii(`, Recovery Time: ${recovery}ms`);
}

function printFec(p: Printer, offset: number, size: number): void {
  const type = p.u8(offset);
  p.ascii(`\n\t      ${FECS.get(type) ?? 'Unknown'} FEC (0x`);
  p.out.hexPadded(type, 2);
  p.ascii(')');
  offset++;
  size--;
  if (type === MARTINI) printCircuit(p, offset, size);
  if (type !== PREFIX || !holds(p, size, 2)) return;
  const family = p.u16(offset);
  if (family !== IPV4 && family !== IPV6) {
    p.ascii(`: Address family ${family} prefix`);
    return;
  }
  const left = size - 2;
  const bits = p.u8(offset + 2);
  const bytes = (bits + 7) >> 3;
  const valid = bits <= (family === IPV4 ? 32 : 128);
  if (left > 0 && valid) p.need(offset + 3, bytes);
  if (left > 0 && !valid) p.ascii(`: ${family === IPV4 ? 'IPv4' : 'IPv6'} prefix (invalid length)`);
  else if (left < 1 + bytes) {
    if (family === IPV6 || left < 1) throw TRUNCATED;
    p.ascii(': IPv4 prefix (goes past end of TLV)');
  } else {
    p.ascii(`: ${family === IPV4 ? 'IPv4' : 'IPv6'} prefix `);
    if (family === IPV4) printNetwork4(p, offset + 3, bits);
    else printNetwork6(p, offset + 3, bits);
  }
}

/** A pseudowire and the parameters of its interface. */
function printCircuit(p: Printer, offset: number, size: number): void {
  if (!holds(p, size, 7)) return;
  const type = p.u16(offset);
  let left = p.u8(offset + 2);
  if (left !== 0 && !holds(p, size, 11)) return;
  p.need(offset, left === 0 ? 7 : 11);
  p.ascii(`: ${PSEUDOWIRES.get(type & 0x7fff) ?? 'Unknown'}, ${type & 0x8000 ? '' : 'no '}control word`);
  p.field(', group-ID ', p.u32(offset + 3));
  if (left !== 0) p.field(', VC-ID ', p.u32(offset + 7));
  p.field(', VC-info-length: ', left);
  if (left === 0) return;
  if (left < 4) {
    p.ascii(' (invalid, < 4');
    return;
  }
  left -= 4;
  offset += 11;
  if (!holds(p, size - 11, left)) return;
  while (left > 2) {
    const parameter = p.u8(offset);
    const length = p.u8(offset + 1);
    if (length < 2 || left < length) return;
    p.ascii(`\n\t\tInterface Parameter: ${INTERFACE.get(parameter) ?? 'Unknown'} (0x`);
    p.out.hexPadded(parameter, 2);
    p.ascii(`), len ${length}`);
    printParameter(p, parameter, offset, length);
    left -= length;
    offset += length;
  }
}

function printParameter(p: Printer, parameter: number, offset: number, length: number): void {
  if (parameter === MTU) p.field(': ', p.u16(offset + 2));
  else if (parameter === DESCRIPTION) {
    p.ascii(': ');
    for (let i = 2; i < length; i++) p.visible(p.u8(offset + i));
  } else if (parameter === VCCV) {
    const channels = p.u8(offset + 2);
    p.ascii('\n\t\t  Control Channels (0x');
    p.out.hexPadded(channels, 2);
    p.ascii(') = [');
    writeFlags(p, CHANNELS, 'none', channels, ', ');
    p.ascii(']');
    const types = p.u8(offset + 3);
    p.ascii('\n\t\t  CV Types (0x');
    p.out.hexPadded(types, 2);
    p.ascii(') = [');
    writeFlags(p, VERIFICATIONS, 'none', types, ', ');
    p.ascii(']');
  } else p.unknown(offset + 2, '\n\t\t  ', length - 2);
}
