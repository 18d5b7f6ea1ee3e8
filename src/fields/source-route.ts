// Where an IPv4 datagram goes that its sender gave a route (RFC 791, 3.1).
import * as ipv4 from '../wire/ipv4.ts';
import { EveryOption } from '../wire/options.ts';
import * as option from '../wire/registry/ipv4-options.ts';

const options = new EveryOption();

/** Where the address lies that the datagram at `at` is for: while its route is underway, the route's last one. */
export function destinationAt(view: DataView, at: number, end: number): number {
  const header = (view.getUint8(at) & 15) << 2;
  if (header === ipv4.HEADER_LENGTH) return at + ipv4.DESTINATION;
  options.open(view, at + ipv4.HEADER_LENGTH, Math.min(at + header, end));
  while (options.step() && options.kind !== option.END) {
    const { kind, offset, length } = options;
    if (kind !== option.LOOSE_ROUTE && kind !== option.STRICT_ROUTE) continue;
    if (length < 3 || offset + 3 > end) break;
    const pointer = view.getUint8(offset + 2);
    return isUnderway(pointer, length) ? offset + length - 4 : at + ipv4.DESTINATION;
  }
  return at + ipv4.DESTINATION;
}

/** Has the datagram not come through all of the addresses yet? */
function isUnderway(pointer: number, length: number): boolean {
  return pointer >= 4 && pointer % 4 === 0 && pointer <= length;
}

/** Were kind and length of every option of the datagram at `at` captured, so that its destination is known? */
export function hasKinds(view: DataView, at: number, end: number): boolean {
  const optionsEnd = at + ((view.getUint8(at) & 15) << 2);
  for (let offset = at + ipv4.HEADER_LENGTH; offset < optionsEnd; ) {
    if (offset >= end) return false;
    const kind = view.getUint8(offset);
    if (kind === option.END) return true;
    if (kind === option.NO_OPERATION) {
      offset++;
      continue;
    }
    if (offset + 2 > end) return offset + 2 > optionsEnd;
    const length = view.getUint8(offset + 1);
    if (length < 2) return true;
    if ((kind === option.LOOSE_ROUTE || kind === option.STRICT_ROUTE) && length >= 3) {
      if (offset + 3 > end) return false;
      return !isUnderway(view.getUint8(offset + 2), length) || offset + length <= end;
    }
    offset += length;
  }
  return true;
}
