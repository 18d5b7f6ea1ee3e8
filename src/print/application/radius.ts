// RADIUS (RFC 2865, RFC 2866).
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';
import { printAttribute } from './radius-attribute.ts';
import { ATTRIBUTES } from './radius-names.ts';

const HEADER_LENGTH = 20;

const CODES: Names = new Map([
  [1, 'Access-Request'],
  [2, 'Access-Accept'],
  [3, 'Access-Reject'],
  [4, 'Accounting-Request'],
  [5, 'Accounting-Response'],
  [11, 'Access-Challenge'],
  [12, 'Status-Server'],
  [13, 'Status-Client'],
  [40, 'Disconnect-Request'],
  [41, 'Disconnect-ACK'],
  [42, 'Disconnect-NAK'],
  [43, 'CoA-Request'],
  [44, 'CoA-ACK'],
  [45, 'CoA-NAK'],
  [255, 'Reserved'],
]);

export function printRadius(p: Printer, offset: number, length: number): void {
  p.protocol = 'radius';
  if (!p.has(offset, HEADER_LENGTH)) {
    p.truncated();
    return;
  }
  const told = p.view.getUint16(offset + 2);
  if (told < HEADER_LENGTH) {
    p.truncated();
    return;
  }
  const size = Math.min(told, length);
  const code = p.bytes[offset];
  const title = `${CODES.get(code) ?? 'Unknown Command'} (${code}), id: 0x`;
  if (p.verbose === 0) p.ascii(`RADIUS, ${title}`);
  else p.ascii(`RADIUS, length: ${size}\n\t${title}`);
  p.out.hexPadded(p.bytes[offset + 1], 2);
  if (p.verbose === 0) {
    p.field(' length: ', size);
    return;
  }
  p.ascii(', Authenticator: ');
  p.hexBytes(offset + 4, 16);
  printAttributes(p, offset + HEADER_LENGTH, size - HEADER_LENGTH);
}

function printAttributes(p: Printer, offset: number, left: number): void {
  while (left > 0) {
    if (left < 2 || !p.has(offset, 2)) {
      p.truncated();
      return;
    }
    const type = p.bytes[offset];
    const size = p.bytes[offset + 1];
    const attribute = ATTRIBUTES[type];
    p.ascii(`\n\t  ${attribute?.name ?? 'Unknown'} Attribute (${type}), length: ${size}`);
    if (size < 2) {
      p.ascii(' (bogus, must be >= 2)');
      return;
    }
    if (size > left) {
      p.ascii(' (bogus, goes past end of packet)');
      return;
    }
    p.ascii(', Value: ');
    if (attribute !== undefined && size > 2) printAttribute(p, attribute, type, offset + 2, size - 2);
    if (p.verbose > 1) p.unknown(offset + 2, '\n\t    ', size - 2);
    offset += size;
    left -= size;
  }
}
