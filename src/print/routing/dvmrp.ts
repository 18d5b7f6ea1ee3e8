// Distance vector multicast routing (RFC 1075), inside IGMP.
import { writeIpv4 } from '../engine/address.ts';
import type { Printer } from '../engine/printer.ts';
import { printSpan } from '../engine/text.ts';

const HEADER_LENGTH = 8;
const PROBE = 1;
const REPORT = 2;
const NEIGHBORS = 4;
const NEIGHBORS_2 = 6;
const PRUNE = 7;
const GRAFT = 8;
const GRAFT_ACK = 9;
const TYPES = [
  '',
  'Probe',
  'Report',
  'Ask-neighbors(old)',
  'Neighbors(old)',
  'Ask-neighbors2',
  'Neighbors2',
  'Prune',
  'Graft',
  'Graft-ACK',
];
const FLAGS = [
  [0x01, '/tunnel'],
  [0x02, '/srcrt'],
  [0x40, '/querier'],
  [0x20, '/disabled'],
  [0x10, '/down'],
] as const;
const ADDRESS = new Uint8Array(4);

export function printDvmrp(p: Printer, offset: number, length: number): void {
  p.protocol = 'dvmrp';
  if (length < HEADER_LENGTH) {
    invalid(p, ` [length ${length} < 8]`);
    return;
  }
  const type = p.u8(offset + 1);
  p.ascii(` ${TYPES[type] || `[type ${type}]`}`);
  const body = offset + HEADER_LENGTH;
  const end = offset + length;
  switch (type) {
    case PROBE:
      if (p.verbose > 0) printProbe(p, body, end);
      break;
    case REPORT:
      if (p.verbose > 1) printReport(p, body, end);
      break;
    case NEIGHBORS:
      printNeighbors(p, body, end);
      break;
    case NEIGHBORS_2:
      p.need(offset + 6, 2);
      p.ascii(` (v ${p.u8(offset + 7)}.${p.u8(offset + 6)}):`);
      printNeighbors2(p, body, end);
      break;
    case PRUNE:
    case GRAFT:
    case GRAFT_ACK:
      p.need(body, 8);
      p.ascii(' src ');
      p.ipv4(body);
      p.ascii(' grp ');
      p.ipv4(body + 4);
      if (type !== PRUNE) break;
      p.ascii(' timer ');
      printSpan(p, p.u32(body + 8));
  }
}

function invalid(p: Printer, complaint: string): void {
  p.ascii(complaint);
  p.invalid();
}

function printProbe(p: Printer, offset: number, end: number): void {
  if (end - offset < 4) {
    invalid(p, ` [full length ${end - offset} < 4]`);
    return;
  }
  p.ascii(p.verbose > 1 ? '\n\t' : ' ');
  p.field('genid ', p.u32(offset));
  if (p.verbose < 2) return;
  for (offset += 4; offset < end; offset += 4) {
    if (end - offset < 4) {
      invalid(p, `[remaining length ${end - offset} < 4]`);
      return;
    }
    p.need(offset, 4);
    p.ascii('\n\tneighbor ');
    p.ipv4(offset);
  }
}

/** An address of which only the first `width` bytes, at `offset`, are there. */
function printOrigin(p: Printer, offset: number, width: number): void {
  for (let i = 0; i < 4; i++) ADDRESS[i] = i < width ? p.u8(offset + i) : 0;
  writeIpv4(p.out, ADDRESS, 0);
}

/** Routes by mask, whose first byte goes without saying and which says how many bytes of an origin there are. */
function printReport(p: Printer, offset: number, end: number): void {
  while (offset < end) {
    if (end - offset < 3) {
      invalid(p, ` [length ${end - offset} < 3]`);
      return;
    }
    p.need(offset, 3);
    const [second, third, fourth] = p.bytes.subarray(offset, offset + 3);
    const width = fourth !== 0 ? 4 : third !== 0 ? 3 : second !== 0 ? 2 : 1;
    p.ascii(`\n\tMask 255.${second}.${third}.${fourth}`);
    offset += 3;
    for (let last = false; !last; offset += width + 1) {
      if (end - offset < width + 1) {
        invalid(p, '\n\t  [Truncated Report]');
        return;
      }
      p.need(offset, width + 1);
      p.ascii('\n\t  ');
      printOrigin(p, offset, width);
      const metric = p.u8(offset + width);
      p.field(' metric ', metric & 0x7f);
      last = metric > 0x7f;
    }
  }
}

function printNeighbors(p: Printer, offset: number, end: number): void {
  while (offset < end) {
    if (end - offset < 7) {
      invalid(p, ` [length ${end - offset} < 7]`);
      return;
    }
    p.need(offset, 7);
    const local = offset;
    const count = p.bytes[offset + 6];
    offset += 7;
    for (let i = 0; i < count; i++, offset += 4) {
      if (end - offset < 4) {
        invalid(p, ` [length ${end - offset} < 4]`);
        return;
      }
      p.ascii(' [');
      p.ipv4(local);
      p.ascii(' ->');
      p.need(offset, 4);
      p.ascii(' ');
      p.ipv4(offset);
      p.ascii(`, (${p.bytes[local + 4]}/${p.bytes[local + 5]})]`);
    }
  }
}

function printNeighbors2(p: Printer, offset: number, end: number): void {
  while (offset < end) {
    if (end - offset < 8) {
      invalid(p, ` [length ${end - offset} < 8]`);
      return;
    }
    p.need(offset, 8);
    const local = offset;
    const flags = p.bytes[offset + 6];
    const count = p.bytes[offset + 7];
    offset += 8;
    let shown = 0;
    for (; shown < count && offset < end; shown++, offset += 4) {
      if (end - offset < 4) {
        invalid(p, ` [length ${end - offset} < 4]`);
        return;
      }
      p.ascii(' [');
      p.ipv4(local);
      p.ascii(' -> ');
      p.ipv4(offset);
      p.ascii(` (${p.bytes[local + 4]}/${p.bytes[local + 5]}`);
      for (const [bit, name] of FLAGS) if ((flags & bit) !== 0) p.ascii(name);
      p.ascii(')]');
    }
    if (shown < count) {
      invalid(p, ' [invalid ncount]');
      return;
    }
  }
}
