// IPsec headers as far as they can be read without keys: AH (RFC 4302), ESP (RFC 4303), IPComp (RFC 3173).
import type { Printer } from '../engine/printer.ts';

const AH_HEADER = 12;

/** Prints the header and returns its length. */
export function printAh(p: Printer, offset: number): number {
  p.protocol = 'ah';
  p.ascii('AH');
  const words = p.u8(offset + 1);
  p.ascii('(');
  if (p.verbose > 0) {
    p.field('length=', words);
    p.field('(', (words + 2) << 2);
    p.ascii('-bytes),');
  }
  const reserved = p.u16(offset + 2);
  if (reserved !== 0) {
    p.hexField('reserved=0x', reserved);
    p.ascii('[MustBeZero],');
  }
  const index = p.u32(offset + 4);
  p.ascii('spi=0x');
  p.out.hexPadded(index, 8);
  p.ascii(',');
  p.hexField('seq=0x', p.u32(offset + 8));
  p.ascii(',icv=0x');
  p.hexBytes(offset + AH_HEADER, Math.max(0, (words + 2) * 4 - AH_HEADER));
  p.ascii('): ');
  return (words + 2) << 2;
}

export function printEsp(p: Printer, offset: number, length: number): void {
  p.protocol = 'esp';
  // tcpdump wants a byte behind the header.
  if (!p.has(offset, 9)) {
    p.truncated();
    return;
  }
  p.ascii('ESP(spi=0x');
  p.out.hexPadded(p.view.getUint32(offset), 8);
  p.hexField(',seq=0x', p.view.getUint32(offset + 4));
  p.field('), length ', length >>> 0);
}

export function printIpComp(p: Printer, offset: number): void {
  p.protocol = 'ipcomp';
  const index = p.u16(offset + 2);
  p.ascii('IPComp(cpi=0x');
  p.out.hexPadded(index, 4);
  p.ascii(')');
}
