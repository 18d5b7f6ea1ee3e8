// IPv6 (RFC 8200) and its chain of extension headers.

import { HEADER_LENGTH } from '../../wire/ipv6.ts';
import * as ipProtocol from '../../wire/registry/ip-protocols.ts';
import type { Printer } from '../engine/printer.ts';
import {
  jumboLength,
  printDestinationOptions,
  printFragment,
  printHopByHop,
  printRouting,
} from './ipv6-extensions.ts';

export function printIpv6(p: Printer, offset: number, length: number): void {
  p.protocol = 'ip6';
  if (!p.has(offset, HEADER_LENGTH)) {
    p.truncated();
    return;
  }
  if (length < HEADER_LENGTH) {
    p.field('truncated-ip6 ', length);
    return;
  }
  if (!p.link) p.ascii('IP6 ');
  const view = p.view;
  const version = p.bytes[offset] >> 4;
  if (version !== 6) {
    p.field('version error: ', version);
    p.ascii(' != 6');
    return;
  }
  const payload = view.getUint16(offset + 4);
  let total = length;
  if (payload !== 0) {
    total = payload + HEADER_LENGTH;
    if (length < total) {
      p.field('truncated-ip6 - ', total - length);
      p.ascii(' bytes missing!');
    }
  }
  if (p.verbose > 0) printHeader(p, offset, payload);
  const end = p.end;
  p.end = Math.min(end, offset + total);
  printChain(p, offset, total, payload, length, end);
  p.end = end;
}

/** -v: the fields in brackets. */
function printHeader(p: Printer, offset: number, payload: number): void {
  const flow = p.view.getUint32(offset);
  p.ascii('(');
  if ((flow & 0x0ff00000) !== 0) {
    p.ascii('class 0x');
    p.out.hexPadded((flow >> 20) & 0xff, 2);
    p.ascii(', ');
  }
  if ((flow & 0xfffff) !== 0) {
    p.ascii('flowlabel 0x');
    p.out.hexPadded(flow & 0xfffff, 5);
    p.ascii(', ');
  }
  const next = p.bytes[offset + 6];
  p.field('hlim ', p.bytes[offset + 7]);
  p.ascii(', next-header ');
  p.ascii(p.payload.ipProtocols.get(next) ?? 'unknown');
  p.field(' (', next);
  p.field(') payload length: ', payload);
  p.ascii(') ');
}

/** Extension headers, then what they carry. `outerEnd` bounds what may be read where a jumbogram says more. */
function printChain(
  p: Printer,
  ip: number,
  rest: number,
  payload: number,
  length: number,
  outerEnd: number,
): void {
  let next = p.bytes[ip + 6];
  let offset = ip;
  let advance = HEADER_LENGTH;
  let extended = false;
  let hopByHop = false;
  let fragmented = false;
  let jumbo = 0;
  while (offset < p.end && advance > 0) {
    if (rest < advance) {
      p.truncated();
      return;
    }
    offset += advance;
    rest -= advance;
    if (offset === ip + HEADER_LENGTH && !p.payload.ipProtocols.writesAddresses(next)) {
      p.ipv6(ip + 8);
      p.ascii(' > ');
      p.ipv6(ip + 24);
      p.ascii(': ');
    }
    switch (next) {
      case ipProtocol.HOP_BY_HOP:
        if (extended) {
          printMisplaced(p, hopByHop);
          return;
        }
        hopByHop = true;
        advance = printHopByHop(p, offset, payload);
        jumbo = jumboLength(p, offset, payload);
        if (payload === 0 && jumbo === 0) {
          p.ascii('[No valid Jumbo Payload Hop-by-Hop option found]');
          p.invalid();
          return;
        }
        break;
      case ipProtocol.DESTINATION_OPTIONS:
        advance = printDestinationOptions(p, offset);
        break;
      case ipProtocol.FRAGMENT:
        advance = printFragment(p, offset, ip);
        if (advance >= 0 && p.end <= offset + advance) return;
        fragmented = true;
        break;
      case ipProtocol.ROUTING:
        if (!p.has(offset, 1)) {
          p.truncated();
          return;
        }
        advance = printRouting(p, offset);
        break;
      case ipProtocol.MOBILITY:
      case ipProtocol.MOBILITY_OLD:
        p.payload.mobility(p, offset, rest);
        return;
      default:
        if (payload === 0) rest = boundWithoutLength(p, ip, offset, length, outerEnd, jumbo);
        if (rest < 0) {
          p.truncated();
          return;
        }
        p.ip = ip;
        p.ipVersion = 6;
        p.fragmented = fragmented;
        p.payload.ipProtocols.print(p, next, offset, rest);
        return;
    }
    if (advance < 0) return;
    extended = true;
    next = p.u8(offset);
    p.protocol = 'ip6';
  }
}

/** Hop-by-hop options are to follow the fixed header, and once (RFC 8200, 4.1). */
function printMisplaced(p: Printer, found: boolean): void {
  p.ascii(
    found
      ? '[The Hop-by-Hop Options header was already found]'
      : "[The Hop-by-Hop Options header don't follow the IPv6 header]",
  );
  p.invalid();
}

/**
 * Bounds what may be read where the header gives no payload length: to what a jumbogram (RFC 2675) says, else to nothing.
 * Returns the bytes behind `offset`, below 0 where there are too few for the headers passed.
 */
function boundWithoutLength(
  p: Printer,
  ip: number,
  offset: number,
  length: number,
  outerEnd: number,
  jumbo: number,
): number {
  const passed = offset - ip;
  if (jumbo === 0) {
    // No payload, so no room for extension headers either.
    p.end = Math.min(p.end, ip + HEADER_LENGTH);
    return HEADER_LENGTH - passed;
  }
  // In 32 bits, as tcpdump adds.
  const total = (jumbo + HEADER_LENGTH) >>> 0;
  if (total > length && total >= passed) {
    p.field('truncated-ip6 - ', total - length);
    p.ascii(' bytes missing!');
  }
  if (total >= passed) p.end = Math.min(outerEnd, ip + total);
  return total - passed;
}
