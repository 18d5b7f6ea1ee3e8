// IP over IEEE 1394 (RFC 2734), as Apple's systems capture it.
import type { Printer } from '../engine/printer.ts';

const HEADER_LENGTH = 18;
const ADDRESS_LENGTH = 8;

export function printFirewireFrame(p: Printer, offset: number, length: number): void {
  p.protocol = 'ap1394';
  p.need(offset, HEADER_LENGTH);
  const type = p.u16(offset + 16);
  if (p.link) printHeader(p, offset, type, length);
  const data = offset + HEADER_LENGTH;
  p.linkAddresses(offset + ADDRESS_LENGTH, offset, ADDRESS_LENGTH);
  if (!p.payload.etherTypes.print(p, type, data, length - HEADER_LENGTH)) {
    if (!p.link) printHeader(p, offset, type, length);
    p.dumpUnknown(data);
  }
  p.linkHeader += HEADER_LENGTH;
}

function printHeader(p: Printer, offset: number, type: number, length: number): void {
  p.pairs(offset + ADDRESS_LENGTH, ADDRESS_LENGTH);
  p.ascii(' > ');
  p.pairs(offset, ADDRESS_LENGTH);
  const name = p.payload.etherTypes.get(type);
  const digits = `(0x${type.toString(16).padStart(4, '0')})`;
  if (p.quiet) p.ascii(`, ${name ?? `Unknown Ethertype ${digits}`}`);
  else p.ascii(`, ethertype ${name ?? 'Unknown'} ${digits}`);
  p.field(', length ', length);
  p.ascii(': ');
}
