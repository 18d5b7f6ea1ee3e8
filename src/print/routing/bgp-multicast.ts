// Routes of multicast in VPNs (RFC 6514, 4).

import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';
import { printDistinguisher } from '../engine/route-distinguisher.ts';

const INTRA_AS = 1;
const INTER_AS = 2;
const SELECTIVE = 3;
const SOURCE_ACTIVE = 5;
const SHARED_TREE_JOIN = 6;
const SOURCE_TREE_JOIN = 7;
const DISTINGUISHER_LENGTH = 8;

/** Characters that tcpdump shows of a route, and those of the indent before it. */
const LONGEST = 163;
const INDENT = 8;

const TYPES: Names = new Map([
  [INTRA_AS, 'Intra-AS I-PMSI'],
  [INTER_AS, 'Inter-AS I-PMSI'],
  [SELECTIVE, 'S-PMSI'],
  [4, 'Intra-AS Segment-Leaf'],
  [SOURCE_ACTIVE, 'Source-Active'],
  [SHARED_TREE_JOIN, 'Shared Tree Join'],
  [SOURCE_TREE_JOIN, 'Source Tree Join'],
]);

/** Prints a route; returns its size, or 0 where it does not fit. */
export function printMulticastVpn(p: Printer, offset: number): number {
  const type = p.u8(offset);
  const length = p.u8(offset + 1);
  offset += 2;
  const start = p.out.length;
  try {
    p.ascii(`\n\t      Route-Type: ${TYPES.get(type) ?? 'Unknown'} (${type}), length: ${length}`);
    if (printRoute(p, type, offset, length)) {
      p.out.length = Math.min(p.out.length, start + INDENT + LONGEST);
      return length + 2;
    }
  } catch (error) {
    // A route that was not captured whole is not printed at all.
    p.out.length = start;
    throw error;
  }
  p.out.length = start;
  return 0;
}

function printRoute(p: Printer, type: number, offset: number, length: number): boolean {
  if (type < INTRA_AS || type > SOURCE_TREE_JOIN || type === 4) return true;
  const numbered = type === INTER_AS || type >= SHARED_TREE_JOIN;
  if (!p.has(offset, DISTINGUISHER_LENGTH + (numbered ? 4 : 0))) return false;
  p.ascii(', RD: ');
  printDistinguisher(p, offset);
  offset += DISTINGUISHER_LENGTH;
  if (type === INTRA_AS) {
    p.ascii(', Originator ');
    printAddress(p, offset, ((length - DISTINGUISHER_LENGTH) * 8) >>> 0);
    return true;
  }
  if (numbered) {
    p.field(', Source-AS ', p.u32(offset));
    offset += 4;
  }
  if (type === INTER_AS) return true;
  const taken = printSourceAndGroup(p, offset);
  if (type !== SELECTIVE) return true;
  const rest = (length - taken) >>> 0;
  if (!p.has(offset, rest)) return false;
  p.ascii(', Originator ');
  printAddress(p, offset, (rest * 8) >>> 0);
  return true;
}

/** Prints (S,G); returns the bytes it takes. */
function printSourceAndGroup(p: Printer, offset: number): number {
  let taken = 0;
  for (const name of [', Source ', ', Group ']) {
    const bits = p.u8(offset + taken);
    if (!p.has(offset + taken + 1, bits >> 3)) return taken;
    if (bits !== 0) {
      p.ascii(name);
      printAddress(p, offset + taken + 1, bits);
    }
    taken += 1 + (bits >> 3);
  }
  return taken;
}

function printAddress(p: Printer, offset: number, bits: number): void {
  if (bits === 32) p.ipv4(offset);
  else if (bits === 128) p.ipv6(offset);
  else p.field('bogus address length ', bits);
}
