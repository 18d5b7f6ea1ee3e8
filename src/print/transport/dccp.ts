// The datagram congestion control protocol (RFC 4340).

import { correct, pseudoSum, shouldBe } from '../engine/checksum.ts';
import type { Printer } from '../engine/printer.ts';
import { printDccpOption } from './dccp-option.ts';

const PROTOCOL = 33;
/** With short sequence numbers, and with those of 48 bits. */
const SHORT_LENGTH = 12;
const LONG_LENGTH = 16;
const REQUEST = 0;
const RESPONSE = 1;
const DATA = 2;
const RESET = 7;
const TYPES = [
  'Request',
  'Response',
  'Data',
  'Ack',
  'DataAck',
  'CloseReq',
  'Close',
  'Reset',
  'Sync',
  'SyncAck',
];
/** Bytes of each behind the generic header. */
const FURTHER = [4, 12, 0, 8, 8, 8, 8, 12, 8, 8];
const RESETS = [
  'unspecified',
  'closed',
  'aborted',
  'no_connection',
  'packet_error',
  'option_error',
  'mandatory_error',
  'connection_refused',
  'bad_service_code',
  'too_busy',
  'bad_init_cookie',
  'aggression_penalty',
];

/** Prints a DCCP packet, addresses included. */
export function printDccp(p: Printer, offset: number, length: number): void {
  const { ip, ipVersion: version } = p;
  p.protocol = 'dccp';
  if (!p.whole(offset, SHORT_LENGTH)) return;
  const extended = (p.bytes[offset + 8] & 1) !== 0;
  let header = extended && length >= SHORT_LENGTH ? LONG_LENGTH : SHORT_LENGTH;
  if (length < header) {
    p.ascii(`truncated-dccp - ${header - length} bytes missing!`);
    return;
  }
  if (!p.whole(offset, header)) return;
  if (version === 6) p.ipv6(ip + 8);
  else p.ipv4(ip + 12);
  p.ascii(`.${p.u16(offset)} > `);
  if (version === 6) p.ipv6(ip + 24);
  else p.ipv4(ip + 16);
  p.ascii(`.${p.u16(offset + 2)}: DCCP`);
  const size = p.bytes[offset + 4] * 4;
  if (p.quiet) {
    p.field(' ', (length - size) >>> 0);
    if (size > length) p.ascii(` [bad hdr length ${size} - too long, > ${length}]`);
    return;
  }
  if (p.verbose > 0) printGeneric(p, offset, length, version, ip);
  p.ascii(' ');
  const type = (p.bytes[offset + 8] >> 1) & 15;
  const name = TYPES[type];
  if (name === undefined) p.ascii(`unknown-type-${type} `);
  else {
    const start = offset + header;
    header += FURTHER[type];
    if (length < header) {
      p.ascii(`truncated-DCCP-${name} - ${header - length} bytes missing!`);
      return;
    }
    const printed = type === REQUEST || type === RESPONSE || type === RESET;
    if (printed && !p.whole(start, FURTHER[type])) return;
    p.ascii(`DCCP-${name} `);
    if (type === REQUEST) p.ascii(`(service=${p.u32(start)}) `);
    else if (type === RESPONSE) p.ascii(`(service=${p.u32(start + 8)}) `);
    else if (type === RESET) p.ascii(`(code=${RESETS[p.u8(start + 8)] ?? 'invalid'}) `);
  }
  if (type !== DATA && type !== REQUEST) {
    const acknowledged = offset + (extended ? LONG_LENGTH + 2 : SHORT_LENGTH + 1);
    p.ascii(`(ack=${extended ? u48(p, acknowledged) : p.u24(acknowledged)}) `);
  }
  if (p.verbose < 2) return;
  p.ascii(`seq ${extended ? u48(p, offset + 10) : p.u24(offset + 9)}`);
  if (size > header) printOptions(p, offset + header, size - header);
}

function u48(p: Printer, offset: number): number {
  p.need(offset, 6);
  return p.u16(offset) * 0x1_0000_0000 + p.u32(offset + 2);
}

function printGeneric(p: Printer, offset: number, length: number, version: number, ip: number): void {
  const covered = p.bytes[offset + 5] & 15;
  p.ascii(` (CCVal ${p.bytes[offset + 5] >> 4}, CsCov ${covered}`);
  if (p.has(offset, length)) {
    const found = p.u16(offset + 6);
    const bytes = covered === 0 ? length : Math.min(length, (p.bytes[offset + 4] + covered - 1) * 4);
    // What the checksum leaves out is not summed, but its length is.
    const sum = pseudoSum(p, ip, version, PROTOCOL, offset, bytes) + (length - bytes);
    p.ascii(', cksum 0x');
    p.out.hexPadded(found, 4);
    p.ascii(' ');
    if (correct(sum)) p.ascii('(correct)');
    else {
      p.ascii('(incorrect -> 0x');
      p.out.hexPadded(shouldBe(found, sum), 4);
      p.ascii(')');
    }
  }
  p.ascii(')');
}

function printOptions(p: Printer, offset: number, left: number): void {
  p.ascii(' <');
  for (;;) {
    const used = printDccpOption(p, offset, left);
    if (used === 0 || left <= used) break;
    left -= used;
    offset += used;
    p.ascii(', ');
  }
  p.ascii('>');
}
