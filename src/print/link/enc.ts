// The header that OpenBSD's enc interfaces put before packets of IPsec.
import type { Printer } from '../engine/printer.ts';

const HEADER_LENGTH = 12;
const CONFIDENTIAL = 0x0400;
const AUTHENTIC = 0x0800;

export function printEncFrame(p: Printer, offset: number, length: number): void {
  p.protocol = 'enc';
  p.need(offset, HEADER_LENGTH);
  // In the byte order of the host that captured: no address family has a number as large as the other order makes it.
  const little = p.view.getUint32(offset, true) <= 0xffff;
  const family = p.view.getUint32(offset, little);
  let flags = p.view.getUint32(offset + 8, little);
  p.ascii(flags === 0 ? '(unprotected): ' : '(');
  for (const [bit, name] of [
    [AUTHENTIC, 'authentic'],
    [CONFIDENTIAL, 'confidential'],
  ] as const) {
    if ((flags & bit) === 0) continue;
    p.ascii(name);
    p.ascii(flags === bit ? '): ' : ',');
    flags &= ~bit;
  }
  p.ascii('SPI 0x');
  p.out.hexPadded(p.view.getUint32(offset + 4), 8);
  p.ascii(': ');
  p.payload.bsdIpFamilies.print(p, family, offset + HEADER_LENGTH, length - HEADER_LENGTH);
  p.linkHeader += HEADER_LENGTH;
}
