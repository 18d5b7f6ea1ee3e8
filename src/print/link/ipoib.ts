// IP over InfiniBand (RFC 4391), with the header that libpcap puts before it.
import type { Printer } from '../engine/printer.ts';

/** The global routing header, and the type and a reserved word behind it. */
const ROUTING_LENGTH = 40;
const HEADER_LENGTH = 44;

export function printIpoib(p: Printer, offset: number, length: number): void {
  p.protocol = 'ipoib';
  if (length < HEADER_LENGTH || !p.has(offset, HEADER_LENGTH)) {
    p.truncated();
    p.linkHeader += p.available(offset);
    return;
  }
  const type = p.u16(offset + ROUTING_LENGTH);
  if (p.link) {
    p.ascii('IPOIB');
    printHeader(p, type, length);
  }
  const payload = offset + HEADER_LENGTH;
  if (!p.payload.etherTypes.print(p, type, payload, length - HEADER_LENGTH)) {
    if (!p.link) printHeader(p, type, length);
    p.dumpUnknown(payload);
  }
  p.linkHeader += HEADER_LENGTH;
}

function printHeader(p: Printer, type: number, length: number): void {
  const name = p.payload.etherTypes.get(type);
  p.ascii(`, ethertype ${name ?? 'Unknown'}`);
  if (!p.quiet) p.ascii(` (0x${type.toString(16).padStart(4, '0')})`);
  p.ascii(`, length ${length}: `);
}
