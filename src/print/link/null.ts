// The BSD loopback header: an address family, in the byte order of the host that captured (NULL) or of the network (LOOP).

import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';

const HEADER_LENGTH = 4;

const ISO = 7;
const APPLETALK = 16;
const IPX = 23;
const FAMILIES: Names = new Map([
  [2, 'IPv4'],
  [6, 'NS'],
  [ISO, 'ISO'],
  [APPLETALK, 'Appletalk'],
  [IPX, 'IPX'],
  [24, 'IPv6'],
  [28, 'IPv6'],
  [30, 'IPv6'],
]);

export function printNull(p: Printer, at: number, length: number): void {
  p.protocol = 'null';
  if (!p.has(at, HEADER_LENGTH)) {
    p.truncated();
    return;
  }
  let family = p.view.getUint32(at, true);
  if (family > 0xffff) family = p.view.getUint32(at);
  if (p.link) printFamily(p, family, length);
  const payload = at + HEADER_LENGTH;
  const rest = length - HEADER_LENGTH;
  if (family === 2) p.payload.ipv4(p, payload, rest);
  else if (family === 24 || family === 28 || family === 30) p.payload.ipv6(p, payload, rest);
  else if (family === APPLETALK) p.payload.appletalk(p, payload, rest);
  else if (family === ISO) p.payload.osi(p, payload, rest);
  else if (family === IPX) p.payload.ipx(p, payload, rest);
  else {
    if (!p.link) printFamily(p, family, length);
    p.dumpUnknown(payload);
  }
  p.linkHeader += HEADER_LENGTH;
}

function printFamily(p: Printer, family: number, length: number): void {
  const name = FAMILIES.get(family);
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
