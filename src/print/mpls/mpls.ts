// MPLS label stacks (RFC 3032).

import type { Printer } from '../engine/printer.ts';

const RESERVED_LABELS = 16;
const NAMES = ['IPv4 explicit NULL', 'router alert', 'IPv6 explicit NULL', 'implicit NULL'];

export function printMpls(p: Printer, offset: number, length: number): void {
  p.protocol = 'mpls';
  p.ascii('MPLS');
  let label = 0;
  for (let depth = 0, bottom = false; !bottom; depth++) {
    if (length < 4) {
      p.invalid();
      p.need(offset, length);
      return;
    }
    const entry = p.u32(offset);
    label = entry >>> 12;
    bottom = (entry & 0x100) !== 0;
    p.field(depth > 0 && p.verbose > 0 ? '\n\t(label ' : ' (label ', label);
    if (p.verbose > 0 && label < RESERVED_LABELS) p.ascii(` (${NAMES[label] ?? 'rsvd'})`);
    p.field(', tc ', (entry >> 9) & 7);
    if (bottom) p.ascii(', [S]');
    p.field(', ttl ', entry & 0xff);
    p.ascii(')');
    offset += 4;
    length -= 4;
  }
  // Nothing says what is carried: the label or the first byte may tell.
  let first = label === 0 || label === 3 ? 0x45 : label === 2 ? 0x60 : 0;
  if (first === 0) {
    if (length < 1) return;
    first = p.u8(offset);
  }
  const separator = p.verbose > 0 ? '\n\t' : ' ';
  if (first >= 0x45 && first <= 0x4f) {
    p.ascii(separator);
    p.payload.ipv4(p, offset, length);
  } else if (first >= 0x60 && first <= 0x6f) {
    p.ascii(separator);
    p.payload.ipv6(p, offset, length);
  } else if (first >= 0x81 && first <= 0x83) {
    p.ascii(separator);
    p.payload.osi(p, offset, length);
  } else p.dumpUnknown(offset, length);
}
