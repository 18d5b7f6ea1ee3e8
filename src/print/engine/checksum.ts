// Checksums of what an IP header carries, pseudo header included.

import { expected, folded, sum16 } from '../../base/checksum.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import * as ipProtocol from '../../wire/registry/ip-protocols.ts';
import type { Printer } from './printer.ts';

const LOOSE_ROUTE = 131;
const STRICT_ROUTE = 137;

/** True where the sum says that the checksum in it is right. */
export function correct(sum: number): boolean {
  return folded(sum) === 0xffff;
}

/** Where the checksum `found` is wrong: what should stand there. `sum` is over everything, `found` included. */
export function shouldBe(found: number, sum: number): number {
  return expected(found, ~folded(sum) & 0xffff);
}

/**
 * Sum over the pseudo header and `length` bytes at `at`, all captured. The IP header lies at `ip`; with source routing
 * the last hop counts as the destination.
 */
export function pseudoSum(
  p: Printer,
  ip: number,
  version: number,
  protocol: number,
  at: number,
  length: number,
): number {
  const view = p.view;
  let sum = protocol + sum16(view, at, at + length);
  if (version === 4) {
    sum += length & 0xffff;
    if ((p.bytes[ip] & 15) === 5) sum += sum16(view, ip + 12, ip + 20);
    else {
      const destination = finalDestination4(p, ip);
      sum += sum16(view, ip + 12, ip + 16) + sum16(view, destination, destination + 4);
    }
  } else {
    const destination = finalDestination6(p, ip);
    sum +=
      (length & 0xffff) +
      (length >>> 16) +
      sum16(view, ip + 8, ip + 24) +
      sum16(view, destination, destination + 16);
  }
  return sum;
}

/** Where the last address of a source route lies, or the destination's. */
function finalDestination4(p: Printer, ip: number): number {
  const destination = ip + 16;
  const end = ip + ((p.bytes[ip] & 15) << 2);
  for (let at = ip + 20; at < end; ) {
    const kind = p.u8(at);
    if (kind === 0) break;
    if (kind === 1) {
      at++;
      continue;
    }
    const length = p.u8(at + 1);
    if (length < 2 || at + length > end || !p.has(at, length)) break;
    if ((kind === LOOSE_ROUTE || kind === STRICT_ROUTE) && length >= 7) return at + length - 4;
    at += length;
  }
  return destination;
}

function finalDestination6(p: Printer, ip: number): number {
  let destination = ip + 24;
  let next = p.bytes[ip + 6];
  let at = ip + ipv6.HEADER_LENGTH;
  while (at < p.end) {
    switch (next) {
      case ipProtocol.HOP_BY_HOP:
      case ipProtocol.DESTINATION_OPTIONS:
      case ipProtocol.MOBILITY:
      case ipProtocol.MOBILITY_OLD:
        next = p.u8(at);
        at += (p.u8(at + 1) + 1) << 3;
        break;
      case ipProtocol.FRAGMENT:
        next = p.u8(at);
        at += 8;
        break;
      case ipProtocol.ROUTING: {
        if (!p.has(at, 4)) return destination;
        const units = p.bytes[at + 1];
        const type = p.bytes[at + 2];
        if (units % 2 === 1) return destination;
        if (type === 0 || type === 2) {
          for (let i = 0; i < units >> 1; i++) {
            if (!p.has(at + 8 + i * 16, 16)) return destination;
            destination = at + 8 + i * 16;
          }
        } else if (type === 4 && p.has(at + 8, 16)) destination = at + 8;
        return destination;
      }
      default:
        return destination;
    }
  }
  return destination;
}
