// IGMP (RFC 1112, RFC 2236, RFC 3376), and the traceroute of multicast.
import { sum16 } from '../../base/checksum.ts';
import { correct } from '../engine/checksum.ts';
import type { Printer } from '../engine/printer.ts';
import { printSpan } from '../engine/text.ts';
import { printGroupRecords, printQueriedSources } from './group-records.ts';

const QUERY = 0x11;
const REPORT_1 = 0x12;
const DVMRP = 0x13;
const PIM_1 = 0x14;
const REPORT_2 = 0x16;
const LEAVE = 0x17;
const TRACE_REPLY = 0x1e;
const TRACE = 0x1f;
const REPORT_3 = 0x22;
/** 10 s in tenths: the time to answer that goes without saying. */
const USUAL_TIME = 100;

export function printIgmp(p: Printer, offset: number, length: number): void {
  p.protocol = 'igmp';
  if (p.quiet) {
    p.ascii('igmp');
    return;
  }
  const type = p.u8(offset);
  switch (type) {
    case QUERY:
      p.ascii('igmp query');
      if (length >= 12) printQuery3(p, offset, length);
      else printQuery(p, offset, length);
      break;
    case REPORT_1:
    case REPORT_2:
    case LEAVE:
      p.need(offset + 4, 4);
      p.ascii(type === LEAVE ? 'igmp leave ' : type === REPORT_1 ? 'igmp v1 report ' : 'igmp v2 report ');
      p.ipv4(offset + 4);
      if (type === REPORT_1 && length !== 8) printLength(p, length);
      break;
    case REPORT_3:
      p.ascii('igmp v3 report');
      printReport3(p, offset, length);
      break;
    case DVMRP:
      p.ascii('igmp dvmrp');
      if (length < 8) printLength(p, length);
      else p.payload.dvmrp(p, offset, length);
      break;
    case PIM_1:
      p.ascii('igmp pimv1');
      p.payload.pim1(p, offset, length);
      break;
    case TRACE_REPLY:
      printTrace(p, 'mresp', offset, length);
      break;
    case TRACE:
      printTrace(p, 'mtrace', offset, length);
      break;
    default:
      p.field('igmp-', type);
  }
  if (
    p.verbose > 0 &&
    length >= 4 &&
    p.has(offset, length) &&
    !correct(sum16(p.view, offset, offset + length))
  ) {
    p.hexField(' bad igmp cksum ', p.view.getUint16(offset + 2));
    p.ascii('!');
  }
}

function printLength(p: Printer, length: number): void {
  p.field(' [len ', length);
  p.ascii(']');
}

function invalidLength(p: Printer, length: number): void {
  p.field(' [invalid len ', length);
  p.ascii(']');
}

function printQuery(p: Printer, offset: number, length: number): void {
  const time = p.u8(offset + 1);
  p.ascii(time !== 0 ? ' v2' : ' v1');
  if (time !== 0 && time !== USUAL_TIME) {
    p.field(' [max resp time ', time);
    p.ascii(']');
  }
  if (p.u32(offset + 4) !== 0) {
    p.ascii(' [gaddr ');
    p.ipv4(offset + 4);
    p.ascii(']');
  }
  if (length !== 8) printLength(p, length);
}

function printQuery3(p: Printer, offset: number, length: number): void {
  p.ascii(' v3');
  if ((length & 3) !== 0) {
    invalidLength(p, length);
    return;
  }
  const code = p.u8(offset + 1);
  // From 128 on a floating point number (RFC 3376, 4.1.1).
  const tenths = code < 128 ? code : ((code & 15) | 16) << (((code >> 4) & 7) + 3);
  if (code !== USUAL_TIME) {
    p.ascii(' [max resp time ');
    if (tenths < 600) p.ascii(`${(tenths * 0.1).toFixed(1)}s`);
    else printSpan(p, Math.floor(tenths / 10));
    p.ascii(']');
  }
  if (p.u32(offset + 4) === 0) return;
  p.ascii(' [gaddr ');
  p.ipv4(offset + 4);
  printQueriedSources(p, offset + 12, p.u16(offset + 10), length - 12, 4);
  p.ascii(']');
}

function printReport3(p: Printer, offset: number, length: number): void {
  if (length < 16 || (length & 3) !== 0) {
    invalidLength(p, length);
    return;
  }
  printGroupRecords(p, offset, length, 4, 'v3');
}

function printTrace(p: Printer, name: string, offset: number, length: number): void {
  if (length < 24) {
    invalidLength(p, length);
    return;
  }
  p.need(offset + 8, 16);
  p.ascii(name);
  p.field(' ', p.u24(offset + 21));
  p.ascii(': ');
  p.ipv4(offset + 8);
  p.ascii(' to ');
  p.ipv4(offset + 12);
  p.ascii(' reply-to ');
  p.ipv4(offset + 16);
  if ((p.bytes[offset + 16] & 0xf0) === 0xe0) p.field(' with-ttl ', p.bytes[offset + 20]);
}
