// Packets between zones of Solaris: a header with their numbers.
import type { Printer } from '../engine/printer.ts';

const HEADER_LENGTH = 24;

export function printIpnet(p: Printer, offset: number, length: number): void {
  p.protocol = 'ipnet';
  p.need(offset, HEADER_LENGTH);
  if (p.link) printHeader(p, offset, length);
  const family = p.bytes[offset + 1];
  const payload = offset + HEADER_LENGTH;
  if (!p.payload.solarisFamilies.print(p, family, payload, length - HEADER_LENGTH)) {
    if (!p.link) printHeader(p, offset, length);
    p.dumpUnknown(payload);
  }
  p.linkHeader += HEADER_LENGTH;
}

function printHeader(p: Printer, offset: number, length: number): void {
  const family = p.bytes[offset + 1];
  const name = p.payload.solarisFamilies.get(family);
  p.ascii(`${p.u32(offset + 16)} > ${p.u32(offset + 20)}`);
  if (p.quiet) p.ascii(`, ${name ?? `Unknown Ethertype (0x${family.toString(16).padStart(4, '0')})`}`);
  else p.ascii(`, family ${name ?? 'Unknown'} (${family})`);
  p.ascii(`, length ${length}: `);
}
