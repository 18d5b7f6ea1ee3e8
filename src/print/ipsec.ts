// IPsec headers as far as they can be read without keys: AH (RFC 4302), ESP (RFC 4303), IPComp (RFC 3173).
import type { Printer } from './printer.ts';

const AH_HEADER = 12;

/** Prints the header and answers its length, or -1 where the line ends with it. */
export function printAh(p: Printer, at: number): number {
  p.protocol = 'ah';
  if (!p.has(at, AH_HEADER)) {
    p.truncated();
    return -1;
  }
  const words = p.bytes[at + 1];
  p.ascii('AH(');
  if (p.verbose > 0) {
    p.field('length=', words);
    p.field('(', (words + 2) << 2);
    p.ascii('-bytes),');
  }
  const reserved = p.view.getUint16(at + 2);
  if (reserved !== 0) p.hexField('reserved[not MBZ]=', reserved);
  p.ascii('spi=0x');
  p.out.hexPadded(p.view.getUint32(at + 4), 8);
  if (p.verbose > 0) p.ascii(',');
  if (p.verbose > 0) {
    p.hexField('seq=0x', p.view.getUint32(at + 8));
    p.ascii(',icv=0x');
  } else p.hexField(',seq=0x', p.view.getUint32(at + 8));
  const check = (words + 2) * 4 - AH_HEADER;
  if (p.verbose > 0) p.hexBytes(at + AH_HEADER, Math.max(0, check));
  p.ascii('): ');
  return (words + 2) << 2;
}

export function printEsp(p: Printer, at: number, length: number): void {
  p.protocol = 'esp';
  if (!p.has(at, 8)) {
    p.truncated();
    return;
  }
  p.ascii('ESP(spi=0x');
  p.out.hexPadded(p.view.getUint32(at), 8);
  p.hexField(',seq=0x', p.view.getUint32(at + 4));
  p.field('), length ', length >>> 0);
}

export function printIpComp(p: Printer, at: number): void {
  p.protocol = 'ipcomp';
  p.ascii('IPComp(');
  if (!p.has(at, 4)) {
    p.truncated();
    return;
  }
  p.hexField('cpi=0x', p.view.getUint16(at + 2));
  p.ascii(')');
}
