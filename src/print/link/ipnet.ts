// Packets between zones of Solaris: a header with their numbers.
import type { Printer } from '../engine/printer.ts';

const HEADER_LENGTH = 24;

export function printIpnet(p: Printer, at: number, length: number): void {
  p.protocol = 'ipnet';
  p.need(at, HEADER_LENGTH);
  if (p.link) printHeader(p, at, length);
  const family = p.bytes[at + 1];
  const payload = at + HEADER_LENGTH;
  if (!p.payload.solarisFamilies.print(p, family, payload, length - HEADER_LENGTH)) {
    if (!p.link) printHeader(p, at, length);
    p.dumpUnknown(payload);
  }
  p.linkHeader += HEADER_LENGTH;
}

function printHeader(p: Printer, at: number, length: number): void {
  const family = p.bytes[at + 1];
  const name = p.payload.solarisFamilies.get(family);
  p.ascii(`${p.u32(at + 16)} > ${p.u32(at + 20)}`);
  if (p.quiet) p.ascii(`, ${name ?? `Unknown Ethertype (0x${family.toString(16).padStart(4, '0')})`}`);
  else p.ascii(`, family ${name ?? 'Unknown'} (${family})`);
  p.ascii(`, length ${length}: `);
}
