// RSVP (RFC 2205).
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';
import { printObjects } from './rsvp-object.ts';

const HEADER_LENGTH = 8;
const BUNDLE = 12;
const MESSAGES: Names = new Map([
  [1, 'Path'],
  [2, 'Resv'],
  [3, 'PathErr'],
  [4, 'ResvErr'],
  [5, 'PathTear'],
  [6, 'ResvTear'],
  [7, 'ResvConf'],
  [BUNDLE, 'Bundle'],
  [13, 'Acknowledgement'],
  [14, 'Hello (Old)'],
  [15, 'Refresh'],
  [20, 'Hello'],
]);

export function printRsvp(p: Printer, offset: number, length: number): void {
  p.protocol = 'rsvp';
  if (!p.whole(offset, HEADER_LENGTH) || !isVersion(p, offset)) return;
  const type = p.bytes[offset + 1];
  if (p.verbose === 0) {
    p.ascii(`RSVPv1 ${MESSAGES.get(type) ?? `unknown (${type})`} Message, length: ${length}`);
    return;
  }
  let left = p.u16(offset + 6);
  if (!printHeader(p, offset, '\n\t')) return;
  left -= HEADER_LENGTH;
  offset += HEADER_LENGTH;
  if (type === BUNDLE) printBundle(p, offset, left);
  else if (MESSAGES.has(type)) printObjects(p, offset, left, '\n\t  ');
  else p.unknown(offset, '\n\t    ', left);
}

function isVersion(p: Printer, offset: number): boolean {
  const version = p.bytes[offset] >> 4;
  if (version === 1) return true;
  p.ascii(`ERROR: RSVP version ${version} packet not supported`);
  return false;
}

/** Returns false where the message would be shorter than its header. */
function printHeader(p: Printer, offset: number, indent: string): boolean {
  const type = p.bytes[offset + 1];
  const length = p.u16(offset + 6);
  const flags = (p.bytes[offset] & 1) === 0 ? 'none' : 'Refresh reduction capable';
  p.ascii(
    `${indent}RSVPv1 ${MESSAGES.get(type) ?? `unknown, type: ${type}`} Message (${type}), Flags: [${flags}], length: ${length}, ttl: ${p.bytes[offset + 4]}, checksum: 0x`,
  );
  p.out.hexPadded(p.u16(offset + 2), 4);
  if (length >= HEADER_LENGTH) return true;
  p.ascii(`ERROR: common header too short ${length} < ${HEADER_LENGTH}`);
  return false;
}

/** Messages sent together. */
function printBundle(p: Printer, offset: number, left: number): void {
  while (left > 0) {
    if (!p.whole(offset, HEADER_LENGTH) || !isVersion(p, offset) || !printHeader(p, offset, '\n\t  ')) return;
    const length = p.u16(offset + 6);
    if (left < length) {
      p.ascii(`ERROR: common header too large ${length} > ${left}`);
      return;
    }
    if (!printObjects(p, offset + HEADER_LENGTH, length - HEADER_LENGTH, '\n\t    ')) return;
    offset += length;
    left -= length;
  }
}
