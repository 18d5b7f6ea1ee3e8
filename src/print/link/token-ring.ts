// The header of token ring (IEEE 802.5), with the route a frame took, before LLC.

import type { Printer } from '../engine/printer.ts';
import { printLlc } from './llc.ts';

const HEADER_LENGTH = 14;
const DESTINATION = 2;
const SOURCE = 8;
const FRAME_TYPE = 0xc0;
const LLC = 0x40;
/** Of the source address: a route lies behind the header. */
const ROUTED = 0x80;

const BROADCASTS = [
  ...Array<string>(4).fill('Non-Broadcast'),
  ...Array<string>(2).fill('All-routes'),
  ...Array<string>(2).fill('Single-route'),
];
const LARGEST = ['516', '1500', '2052', '4472', '8144', '11407', '17800', '??'];

/** The frame of a capture; sets the bytes of link header. */
export function printTokenRingFrame(p: Printer, offset: number, length: number): void {
  p.linkHeader += printTokenRing(p, offset, length);
}

/** A frame, also inside another protocol. Returns the bytes of header it went past. */
export function printTokenRing(p: Printer, offset: number, length: number): number {
  p.protocol = 'token-ring';
  if (!p.has(offset, HEADER_LENGTH)) {
    p.truncated();
    return HEADER_LENGTH;
  }
  const source = offset + SOURCE;
  const first = p.bytes[source];
  if ((first & ROUTED) === 0) {
    if (p.link) printHeader(p, offset, length);
    return printPayload(p, offset, length, HEADER_LENGTH);
  }
  // The address is printed without that bit, here and by LLC.
  p.bytes[source] = first & ~ROUTED;
  try {
    if (p.link) printHeader(p, offset, length);
    if (!p.has(offset, HEADER_LENGTH + 2)) {
      p.truncated();
      return HEADER_LENGTH;
    }
    const header = HEADER_LENGTH + (p.bytes[offset + HEADER_LENGTH] & 0x1f);
    if (!p.has(offset, header)) {
      p.truncated();
      return header;
    }
    printRoute(p, offset + HEADER_LENGTH);
    return printPayload(p, offset, length, header);
  } finally {
    p.bytes[source] = first;
  }
}

function printPayload(p: Printer, offset: number, length: number, header: number): number {
  const data = offset + header;
  if ((p.bytes[offset + 1] & FRAME_TYPE) === LLC) {
    p.linkAddresses(offset + SOURCE, offset + DESTINATION);
    return header + Math.abs(printLlc(p, data, length - header));
  }
  if (!p.link) printHeader(p, offset, length);
  p.dumpUnknown(data);
  return header;
}

function printHeader(p: Printer, offset: number, length: number): void {
  if (!p.quiet) {
    p.out.hexPadded(p.bytes[offset], 2);
    p.ascii(' ');
    p.out.hexPadded(p.bytes[offset + 1], 2);
    p.ascii(' ');
  }
  p.mac(offset + SOURCE);
  p.ascii(' > ');
  p.mac(offset + DESTINATION);
  p.field(', length ', length);
  p.ascii(': ');
}

/** The route's control field, and the rings and bridges on the way. */
function printRoute(p: Printer, offset: number): void {
  const control = p.u16(offset);
  const segments = ((control >> 8) & 0x1f) - 2;
  if (p.verbose > 0) {
    p.ascii(`${BROADCASTS[control >> 13]} ${(control & 0x80) === 0 ? 'Forward' : 'Backward'}`);
    for (let i = 2; i < segments + 1; i += 2) {
      p.ascii(` [${p.u16(offset + i) >> 4}:${p.u16(offset + i) & 15}]`);
    }
  } else {
    p.hexField('rt = ', control);
    for (let i = 2; i < segments + 1; i += 2) p.hexField(':', p.u16(offset + i));
  }
  p.ascii(` (${LARGEST[(control >> 4) & 7]}) `);
}
