// Raw IP: no link header, the version nibble tells.
import type { Printer } from '../engine/printer.ts';

export function printRaw(p: Printer, offset: number, length: number): void {
  p.protocol = 'raw';
  if (p.link) p.ascii('ip: ');
  printIpAny(p, offset, length);
}

/** IPv4 or IPv6, as its first byte says. */
function printIpAny(p: Printer, offset: number, length: number): void {
  p.protocol = 'ipn';
  if (length < 1) {
    p.field('truncated-ip ', length);
    return;
  }
  const version = p.u8(offset) >> 4;
  if (!p.payload.ipVersions.print(p, version, offset, length)) p.field('unknown ip ', version);
}
