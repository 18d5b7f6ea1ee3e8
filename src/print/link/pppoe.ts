// PPP over Ethernet (RFC 2516).

import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';
import { printPpp } from './ppp.ts';

const HEADER_LENGTH = 6;
const INITIATION = 0x09;
/** Bytes of a discovery packet at most (RFC 2516, 5). */
const MAXIMUM_DISCOVERY = 1484;
const MAXIMUM_TEXT = 79;

const CODES: Names = new Map([
  [0, ''],
  [INITIATION, 'PADI'],
  [0x07, 'PADO'],
  [0x19, 'PADR'],
  [0x65, 'PADS'],
  [0xa7, 'PADT'],
]);
const TAGS: Names = new Map([
  [0, 'EOL'],
  [0x0101, 'Service-Name'],
  [0x0102, 'AC-Name'],
  [0x0103, 'Host-Uniq'],
  [0x0104, 'AC-Cookie'],
  [0x0105, 'Vendor-Specific'],
  [0x0110, 'Relay-Session-ID'],
  [0x0120, 'PPP-Max-Payload'],
  [0x0201, 'Service-Name-Error'],
  [0x0202, 'AC-System-Error'],
  [0x0203, 'Generic-Error'],
]);

/** The packet of a capture of nothing but PPPoE. */
export function printPppoeFrame(p: Printer, offset: number, length: number): void {
  p.linkHeader += printPppoe(p, offset, length);
}

/** Returns the bytes of header, PPP's included. */
export function printPppoe(p: Printer, offset: number, length: number): number {
  p.protocol = 'pppoe';
  if (length < HEADER_LENGTH) {
    p.field(' (length ', length);
    p.ascii(' < 6)');
    p.invalid();
    return 0;
  }
  p.need(offset, HEADER_LENGTH);
  const version = p.bytes[offset] >> 4;
  const type = p.bytes[offset] & 15;
  const code = p.bytes[offset + 1];
  const session = p.view.getUint16(offset + 2);
  let size = p.view.getUint16(offset + 4);
  if (version !== 1) {
    p.field(' [ver ', version);
    p.ascii(']');
  }
  if (type !== 1) {
    p.field(' [type ', type);
    p.ascii(']');
  }
  p.ascii(`PPPoE ${CODES.get(code) ?? `PAD-${code.toString(16)}`}`);
  if (code === INITIATION && size > MAXIMUM_DISCOVERY - HEADER_LENGTH) {
    p.field(' [len ', size);
    p.ascii('!]');
  }
  if (size > length - HEADER_LENGTH) {
    p.field(' [len ', size);
    p.field(' > ', length - HEADER_LENGTH);
    p.ascii('!]');
    size = length - HEADER_LENGTH;
  }
  if (session !== 0) {
    p.hexField(' [ses 0x', session);
    p.ascii(']');
  }
  if (code === 0) {
    p.ascii(' ');
    return HEADER_LENGTH + printPpp(p, offset + HEADER_LENGTH, size);
  }
  printTags(p, offset + HEADER_LENGTH, offset + HEADER_LENGTH + size);
  return HEADER_LENGTH;
}

function printTags(p: Printer, offset: number, end: number): void {
  for (let type = -1; type !== 0 && offset < end; ) {
    p.need(offset, 4);
    type = p.view.getUint16(offset);
    const length = p.view.getUint16(offset + 2);
    offset += 4;
    p.need(offset, length);
    p.ascii(` [${TAGS.get(type) ?? `TAG-0x${type.toString(16)}`}`);
    if (length > 0) printTag(p, offset, length);
    p.ascii(']');
    offset += length;
  }
}

/** As text where most of it is text, else in hex. */
function printTag(p: Printer, offset: number, length: number): void {
  const shown = Math.min(length, MAXIMUM_TEXT);
  let visible = 0;
  for (let i = 0; i < shown; i++) if (isText(p.bytes[offset + i])) visible++;
  if (visible > shown - visible) {
    p.ascii(' "');
    for (let i = 0; i < shown; i++) p.out.byte(isText(p.bytes[offset + i]) ? p.bytes[offset + i] : 0x2e);
    p.ascii('"');
    return;
  }
  p.ascii(' 0x');
  for (let i = 0; i < length; i++) p.ascii(p.bytes[offset + i].toString(16).toUpperCase().padStart(2, '0'));
}

function isText(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f;
}
