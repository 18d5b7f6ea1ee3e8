// Route distinguishers, which keep the addresses of VPNs apart.
import type { Printer } from './printer.ts';

/** A route distinguisher (RFC 4364, 4.2), 8 bytes. */
export function printDistinguisher(p: Printer, at: number): void {
  switch (p.u16(at)) {
    case 0:
      p.decimal(p.u16(at + 2));
      p.field(':', p.u32(at + 4));
      p.ascii(' (= ');
      p.ipv4(at + 4);
      p.ascii(')');
      break;
    case 1:
      p.ipv4(at + 2);
      p.field(':', p.u16(at + 6));
      break;
    case 2:
      p.decimal(p.u32(at + 2));
      p.field(':', p.u16(at + 6));
      p.ascii(' (');
      p.ipv4(at + 2);
      p.field(':', p.u16(at + 6));
      p.ascii(')');
      break;
    default:
      p.ascii('unknown RD format');
  }
}
