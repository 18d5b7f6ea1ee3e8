// The BSD loopback header: an address family, in the byte order of the host that captured (NULL) or of the network (LOOP).
import type { Printer } from '../engine/printer.ts';

const HEADER_LENGTH = 4;

export function printNull(p: Printer, offset: number, length: number): void {
  p.protocol = 'null';
  if (!p.has(offset, HEADER_LENGTH)) {
    p.truncated();
    return;
  }
  let family = p.view.getUint32(offset, true);
  if (family > 0xffff) family = p.view.getUint32(offset);
  if (p.link) printFamily(p, family, length);
  const payload = offset + HEADER_LENGTH;
  const rest = length - HEADER_LENGTH;
  if (!p.payload.bsdFamilies.print(p, family, payload, rest)) {
    if (!p.link) printFamily(p, family, length);
    p.dumpUnknown(payload);
  }
  p.linkHeader += HEADER_LENGTH;
}

function printFamily(p: Printer, family: number, length: number): void {
  const name = p.payload.bsdFamilies.get(family);
  if (p.quiet) {
    if (name === undefined) p.field('Unknown AF ', family);
    else p.ascii(name);
  } else {
    p.ascii('AF ');
    p.ascii(name ?? 'Unknown');
    p.field(' (', family);
    p.ascii(')');
  }
  p.field(', length ', length);
  p.ascii(': ');
}
