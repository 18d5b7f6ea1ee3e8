// Checksums of what an IP header carries, pseudo header included.

import { expected, folded, sum16 } from '../../base/checksum.ts';
import { HEADER_LENGTH } from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { extensionLength } from '../../wire/ipv6-extensions.ts';
import { OptionCursor } from '../../wire/options.ts';
import { pseudoHeaderSum } from '../../wire/pseudo-header.ts';
import * as ipProtocol from '../../wire/registry/ip-protocols.ts';
import * as ipv4Option from '../../wire/registry/ipv4-options.ts';
import type { Printer } from './printer.ts';

const options = new OptionCursor();

/** True where the sum says that the checksum in it is right. */
export function correct(sum: number): boolean {
  return folded(sum) === 0xffff;
}

/** Where the checksum `found` is wrong: what should stand there. `sum` is over everything, `found` included. */
export function shouldBe(found: number, sum: number): number {
  return expected(found, ~folded(sum) & 0xffff);
}

/**
 * Sum over the pseudo header and `length` bytes at `offset`, all captured. The IP header lies at `ip`; with source routing
 * the last hop counts as the destination.
 */
export function pseudoSum(
  p: Printer,
  ip: number,
  version: number,
  protocol: number,
  offset: number,
  length: number,
): number {
  const source = version === 4 ? ip + 12 : ip + 8;
  const destination = version === 4 ? finalDestination4(p, ip) : finalDestination6(p, ip);
  const sum = sum16(p.view, offset, offset + length);
  return sum + pseudoHeaderSum(p.view, version, source, destination, protocol, length);
}

/** Where the last address of a source route lies, or the destination's. */
function finalDestination4(p: Printer, ip: number): number {
  const end = ip + ((p.bytes[ip] & 15) << 2);
  options.open(p.view, ip + HEADER_LENGTH, end, p.end);
  while (options.step()) {
    const { kind, length } = options;
    if ((kind === ipv4Option.LOOSE_ROUTE || kind === ipv4Option.STRICT_ROUTE) && length >= 7) {
      return options.offset + length - 4;
    }
  }
  return ip + 16;
}

function finalDestination6(p: Printer, ip: number): number {
  const destination = ip + 24;
  let next = p.bytes[ip + 6];
  let offset = ip + ipv6.HEADER_LENGTH;
  while (offset < p.end) {
    if (next === ipProtocol.ROUTING) return routeEnd(p, offset, destination);
    if (next === ipProtocol.AH) break;
    p.need(offset, 2);
    const length = extensionLength(p.view, next, offset);
    if (length === 0) break;
    next = p.bytes[offset];
    offset += length;
  }
  return destination;
}

/** As tcpdump has it: also of a route that is behind the packet. */
function routeEnd(p: Printer, offset: number, destination: number): number {
  if (!p.has(offset, 4)) return destination;
  const units = p.bytes[offset + 1];
  const type = p.bytes[offset + 2];
  if (units % 2 === 1) return destination;
  if (type === 0 || type === 2) {
    for (let i = 0; i < units >> 1; i++) {
      if (!p.has(offset + 8 + i * 16, 16)) return destination;
      destination = offset + 8 + i * 16;
    }
  } else if (type === 4 && p.has(offset + 8, 16)) destination = offset + 8;
  return destination;
}
