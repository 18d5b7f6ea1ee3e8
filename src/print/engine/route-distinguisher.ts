// Route distinguishers, which keep the addresses of VPNs apart.
import type { Printer } from './printer.ts';

/** A route distinguisher (RFC 4364, 4.2), 8 bytes. */
export function printDistinguisher(p: Printer, offset: number): void {
  switch (p.u16(offset)) {
    case 0:
      printNumbered(p, offset + 2);
      break;
    case 1:
      printAddressed(p, offset + 2);
      break;
    case 2:
      p.decimal(p.u32(offset + 2));
      p.field(':', p.u16(offset + 6));
      p.ascii(' (');
      p.ipv4(offset + 2);
      p.field(':', p.u16(offset + 6));
      p.ascii(')');
      break;
    default:
      p.ascii('unknown RD format');
  }
}

/** A number given out by an autonomous system (RFC 4360, 3.1): 16 bits of the system, 32 of the number. */
export function printNumbered(p: Printer, offset: number): void {
  p.decimal(p.u16(offset));
  p.field(':', p.u32(offset + 2));
  p.ascii(' (= ');
  p.ipv4(offset + 2);
  p.ascii(')');
}

/** A number given out by who holds an IPv4 address (RFC 4360, 3.2). */
export function printAddressed(p: Printer, offset: number): void {
  p.ipv4(offset);
  p.field(':', p.u16(offset + 4));
}
