// Packets between zones of Solaris: a header with their numbers.

import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';

const HEADER_LENGTH = 24;
/** Solaris's address families. */
const INET = 2;
const INET6 = 26;
const FAMILIES: Names = new Map([
  [INET, 'IPv4'],
  [INET6, 'IPv6'],
]);

export function printIpnet(p: Printer, at: number, length: number): void {
  p.protocol = 'ipnet';
  p.need(at, HEADER_LENGTH);
  if (p.link) printHeader(p, at, length);
  const family = p.bytes[at + 1];
  const payload = at + HEADER_LENGTH;
  if (family === INET) p.payload.ipv4(p, payload, length - HEADER_LENGTH);
  else if (family === INET6) p.payload.ipv6(p, payload, length - HEADER_LENGTH);
  else {
    if (!p.link) printHeader(p, at, length);
    p.dumpUnknown(payload);
  }
  p.linkHeader += HEADER_LENGTH;
}

function printHeader(p: Printer, at: number, length: number): void {
  const family = p.bytes[at + 1];
  const name = FAMILIES.get(family);
  p.ascii(`${p.u32(at + 16)} > ${p.u32(at + 20)}`);
  if (p.quiet) p.ascii(`, ${name ?? `Unknown Ethertype (0x${family.toString(16).padStart(4, '0')})`}`);
  else p.ascii(`, family ${name ?? 'Unknown'} (${family})`);
  p.ascii(`, length ${length}: `);
}
