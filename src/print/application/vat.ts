// The audio tools of the multicast backbone, vat and vt.
import type { Printer } from '../engine/printer.ts';

export function printVat(p: Printer, offset: number, length: number): void {
  p.protocol = 'vat';
  if (length < 2) {
    p.ascii(`udp/va/vat, length ${length} < 2`);
    return;
  }
  const first = p.u16(offset);
  if ((first & 0xf060) !== 0) {
    p.ascii(`udp/vt ${length} ${first & 0x3ff} / ${first >> 10}`);
    return;
  }
  if (length < 8) {
    p.ascii(`udp/vat, length ${length} < 8`);
    return;
  }
  const word = p.u32(offset);
  p.ascii(
    `udp/vat ${length - 8} c${word & 0xffff} ${p.u32(offset + 4)}${(word & 0x800000) !== 0 ? '*' : ''}`,
  );
  if ((word & 0x1f0000) !== 0) p.field(' f', (word >>> 16) & 0x1f);
  if ((word & 0x3f000000) !== 0) p.field(' s', (word >>> 24) & 0x3f);
}
