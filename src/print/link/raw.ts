// Raw IP: no link header, the version nibble tells.
import type { Printer } from '../engine/printer.ts';

export function printRaw(p: Printer, at: number, length: number): void {
  p.protocol = 'raw';
  if (p.link) p.ascii('ip: ');
  printIpAny(p, at, length);
}

/** IPv4 or IPv6, as its first byte says. */
export function printIpAny(p: Printer, at: number, length: number): void {
  p.protocol = 'ipn';
  if (length < 1) {
    p.field('truncated-ip ', length);
    return;
  }
  const version = p.u8(at) >> 4;
  if (!p.payload.ipVersions.print(p, version, at, length)) p.field('unknown ip ', version);
}
