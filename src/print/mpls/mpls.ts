// MPLS label stacks (RFC 3032).

import * as mpls from '../../wire/mpls.ts';
import type { Printer } from '../engine/printer.ts';

const NAMES = ['IPv4 explicit NULL', 'router alert', 'IPv6 explicit NULL', 'implicit NULL'];

export function printMpls(p: Printer, offset: number, length: number): void {
  p.protocol = 'mpls';
  p.ascii('MPLS');
  let label = 0;
  for (let depth = 0, bottom = false; !bottom; depth++) {
    if (length < mpls.ENTRY_LENGTH) {
      p.invalid();
      p.need(offset, length);
      return;
    }
    const entry = p.u32(offset);
    label = mpls.labelOf(entry);
    bottom = mpls.isBottom(entry);
    p.field(depth > 0 && p.verbose > 0 ? '\n\t(label ' : ' (label ', label);
    if (p.verbose > 0 && label < mpls.RESERVED_LABELS) p.ascii(` (${NAMES[label] ?? 'rsvd'})`);
    p.field(', tc ', mpls.trafficClassOf(entry));
    if (bottom) p.ascii(', [S]');
    p.field(', ttl ', mpls.ttlOf(entry));
    p.ascii(')');
    offset += mpls.ENTRY_LENGTH;
    length -= mpls.ENTRY_LENGTH;
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
