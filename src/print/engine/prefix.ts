// Addresses of which only the first bytes are there; the rest is zero.
import { writeIpv4, writeIpv6 } from './address.ts';
import type { Printer } from './printer.ts';

const ADDRESS = new Uint8Array(16);
const VIEW = new DataView(ADDRESS.buffer);

/** An IPv4 address whose first `count` bytes (at most 4) lie at `offset`. */
export function printPrefix4(p: Printer, offset: number, count: number): void {
  fill(p, offset, 0, count);
  writeIpv4(p.out, ADDRESS, 0);
}

/** An IPv6 address whose bytes from `from` on (`count` of them, all within 16) lie at `offset`. */
export function printPrefix6(p: Printer, offset: number, from: number, count: number): void {
  fill(p, offset, from, count);
  writeIpv6(p.out, VIEW, 0);
}

/** An IPv4 network: the first `bits` bits lie at `offset`, in as few bytes as hold them. */
export function printNetwork4(p: Printer, offset: number, bits: number): void {
  fillBits(p, offset, bits);
  writeIpv4(p.out, ADDRESS, 0);
  p.field('/', bits);
}

/** An IPv6 network. */
export function printNetwork6(p: Printer, offset: number, bits: number): void {
  fillBits(p, offset, bits);
  writeIpv6(p.out, VIEW, 0);
  p.field('/', bits);
}

function fillBits(p: Printer, offset: number, bits: number): void {
  fill(p, offset, 0, (bits + 7) >> 3);
  if ((bits & 7) !== 0) ADDRESS[bits >> 3] &= 0xff00 >> (bits & 7);
}

function fill(p: Printer, offset: number, from: number, count: number): void {
  p.need(offset, count);
  ADDRESS.fill(0);
  for (let i = 0; i < count; i++) ADDRESS[from + i] = p.bytes[offset + i];
}
