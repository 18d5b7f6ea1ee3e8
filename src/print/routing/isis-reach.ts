// What IS-IS reaches: neighbours (RFC 5305, 3), routes old (RFC 1195) and new (RFC 5305, 4; RFC 5308), and topologies (RFC 5120).

import { ENCODINGS, PROTECTIONS, SWITCHING_CAPABILITIES } from '../../wire/registry/gmpls.ts';
import { megabits } from '../engine/c-float.ts';
import type { Names } from '../engine/names.ts';
import { printPrefix6 } from '../engine/prefix.ts';
import { type Printer, writeFlags } from '../engine/printer.ts';
import { isisId, NODE_ID, printRouteMetrics, SYSTEM_ID } from './isis-value.ts';

const LINE = '\n\t      ';
const DEEPER = `${LINE}  `;
const DUMP = '\n\t\t    ';
const ROUTE_LENGTH = 12;
const ALIAS = 24;

const TOPOLOGIES: Names = new Map([
  [0, 'IPv4 unicast'],
  [1, 'In-Band Management'],
  [2, 'IPv6 unicast'],
  [3, 'Multicast'],
  [4095, 'Development, Experimental or Proprietary'],
]);
const TOPOLOGY_FLAGS = [
  [0x4000, 'ATT bit set'],
  [0x8000, 'Overload bit set'],
] as const;

const UNRESERVED = 11;
const CONSTRAINTS_OLD = 12;
const SWITCHING = 21;
const CONSTRAINTS = 22;
const BRIDGING_METRIC = 29;
const SEGMENT = 32;
const NEIGHBOUR_PARTS: Names = new Map([
  [3, 'Administrative groups'],
  [4, 'Link Local/Remote Identifier'],
  [5, 'Link Remote Identifier'],
  [6, 'IPv4 interface address'],
  [8, 'IPv4 neighbor address'],
  [9, 'Maximum link bandwidth'],
  [10, 'Reservable link bandwidth'],
  [UNRESERVED, 'Unreserved bandwidth'],
  [18, 'Traffic Engineering Metric'],
  [19, 'Link Attribute'],
  [20, 'Link Protection Type'],
  [SWITCHING, 'Interface Switching Capability'],
  [CONSTRAINTS_OLD, 'Bandwidth Constraints (old)'],
  [CONSTRAINTS, 'Bandwidth Constraints'],
  [BRIDGING_METRIC, 'SPB Metric'],
  [SEGMENT, 'LAN Adjacency Segment Identifier'],
  ...[250, 251, 252, 253, 254].map((type) => [type, 'Reserved for cisco specific extensions'] as const),
  [255, 'Reserved for future expansion'],
]);
const ATTRIBUTES = [
  [1, 'Local Protection Available'],
  [2, 'Link excluded from local protection path'],
  [4, 'Local maintenance required'],
] as const;
const MODELS: Names = new Map([
  [0, 'Russian dolls'],
  [1, 'Maximum allocation'],
  [254, 'Maximum allocation with E-LSP support'],
]);
const ADJACENCY_FLAGS = [
  [0x80, 'Address family IPv6'],
  [0x40, 'Backup'],
  [0x20, 'Value'],
  [0x10, 'Local significance'],
  [0x08, 'Set of adjacencies'],
  [0x04, 'Persistent'],
] as const;
const TIME_DIVISION = 100;
const INDICATIONS = ['Standard SONET/SDH', 'Arbitrary SONET/SDH'];

const PREFIX_SEGMENT = 3;
const COLOUR = 117;
const ROUTE_PARTS: Names = new Map([
  [1, '32-Bit Administrative tag'],
  [2, '64-Bit Administrative tag'],
  [PREFIX_SEGMENT, 'Prefix SID'],
  [COLOUR, 'Management Prefix Color'],
]);
const LABEL = 0x08;
const PREFIX_FLAGS = [
  [0x80, 'Readvertisement'],
  [0x40, 'Node'],
  [0x20, 'No-PHP'],
  [0x10, 'Explicit NULL'],
  [LABEL, 'Value'],
  [0x04, 'Local'],
] as const;
const ALGORITHMS = ['SPF', 'strict-SPF'];

/** Old routes; returns false where they end short, or were not captured whole. */
export function printRoutes(p: Printer, offset: number, size: number): boolean {
  for (; size > 0; size -= ROUTE_LENGTH, offset += ROUTE_LENGTH) {
    if (size < ROUTE_LENGTH) {
      p.ascii(`short IPv4 Reachability (${size} vs ${ROUTE_LENGTH})`);
      return false;
    }
    if (!p.has(offset, ROUTE_LENGTH)) return false;
    const rest = ~p.u32(offset + 8) >>> 0;
    p.ascii(`${LINE}IPv4 prefix: `);
    if ((rest & (rest + 1)) === 0) {
      const name = p.names?.host(p.bytes, offset + 4, 4);
      p.ascii(
        `${(name ?? p.bytes.subarray(offset + 4, offset + 8).join('.')).padStart(15)}/${Math.clz32(rest)}`,
      );
    } else {
      p.ipv4(offset + 4);
      p.ascii(' mask ');
      p.ipv4(offset + 8);
    }
    printRouteMetrics(p, offset, LINE);
  }
  return true;
}

/** The topology that what follows belongs to; returns false where it is not there. */
export function printTopology(p: Printer, offset: number, size: number): boolean {
  if (size < 2) return false;
  const topology = p.u16(offset);
  p.ascii(`${LINE}${TOPOLOGIES.get(topology & 0xfff) ?? 'Reserved for IETF Consensus'} Topology (0x`);
  p.out.hexPadded(topology & 0xfff, 3);
  p.ascii('), Flags: [');
  writeFlags(p, TOPOLOGY_FLAGS, 'none', topology & 0xf000, ', ');
  p.ascii(']');
  return true;
}

/** A neighbour, of whose TLV `left` bytes are left. Returns the bytes it takes, 0 where it cannot be read. */
export function printExtendedNeighbour(p: Printer, type: number, offset: number, left: number): number {
  const start = offset;
  const size = NODE_ID + (type === ALIAS ? 0 : 3);
  if (!p.has(offset, NODE_ID) || left < NODE_ID) return 0;
  p.ascii(`${LINE}IS Neighbor: ${isisId(p, offset, NODE_ID)}`);
  if (type !== ALIAS) {
    if (!p.has(offset, size) || left < size) return 0;
    p.field(', Metric: ', p.u24(offset + NODE_ID));
  }
  offset += size;
  left -= size;
  if (!p.has(offset, 1) || left < 1) return 0;
  let sum = p.u8(offset++);
  left--;
  p.ascii(sum === 0 ? ', no sub-TLVs present' : `, sub-TLVs present (${sum})`);
  while (sum > 0) {
    if (!p.has(offset, 2)) return 0;
    if (left < 2) {
      p.ascii(`${DEEPER}Remaining data in TLV shorter than a subTLV header`);
      return offset + left - start;
    }
    if (sum < 2) {
      p.ascii(`${DEEPER}Remaining data in subTLVs shorter than a subTLV header`);
      return offset + sum - start;
    }
    const part = p.u8(offset);
    const length = p.u8(offset + 1);
    offset += 2;
    left -= 2;
    sum -= 2;
    p.ascii(`${DEEPER}${NEIGHBOUR_PARTS.get(part) ?? 'unknown'} subTLV #${part}, length: ${length}`);
    if (sum < length) {
      p.ascii(' (remaining data in subTLVs shorter than the current subTLV)');
      return offset + sum - start;
    }
    if (left < length) {
      p.ascii(' (> remaining tlv length)');
      return offset + left - start;
    }
    if (!p.has(offset, length)) return 0;
    printNeighbourPart(p, part, offset, length);
    offset += length;
    left -= length - uncounted(part, length);
    sum -= length;
  }
  return offset - start;
}

/** Bytes that tcpdump forgets to take from what is left when it has shown them. */
function uncounted(type: number, size: number): number {
  switch (type) {
    case UNRESERVED:
      return size >= 32 ? 32 : 0;
    case CONSTRAINTS_OLD:
    case CONSTRAINTS:
      return size === 0 ? 0 : 1 + ((size - 1) & ~3);
    case BRIDGING_METRIC:
      return size >= 6 ? 4 : 0;
    case SWITCHING:
      return size >= 36 ? 36 : 0;
    case SEGMENT:
      return size >= 8 ? 2 : 0;
  }
  return 0;
}

function printNeighbourPart(p: Printer, type: number, offset: number, size: number): void {
  switch (type) {
    case 3:
    case 4:
    case 5:
      if (size >= 4) word(p, ', 0x', p.u32(offset), 8);
      if (size === 8) word(p, ', 0x', p.u32(offset + 4), 8);
      return;
    case 6:
    case 8:
      if (size < 4) return;
      p.ascii(', ');
      p.ipv4(offset);
      return;
    case 9:
    case 10:
      if (size >= 4) p.ascii(`, ${megabits(p, offset)} Mbps`);
      return;
    case UNRESERVED:
      if (size < 32) return;
      for (let i = 0; i < 8; i++) p.ascii(`${DEEPER}  TE-Class ${i}: ${megabits(p, offset + 4 * i)} Mbps`);
      return;
    case CONSTRAINTS_OLD:
    case CONSTRAINTS: {
      if (size === 0) return;
      const model = p.u8(offset);
      p.ascii(`${DEEPER}Bandwidth Constraints Model ID: ${MODELS.get(model) ?? 'unknown'} (${model})`);
      for (let i = 0; 1 + 4 * (i + 1) <= size; i++)
        p.ascii(`${DEEPER}  Bandwidth constraint CT${i}: ${megabits(p, offset + 1 + 4 * i)} Mbps`);
      return;
    }
    case 18:
      if (size >= 3) p.field(', ', p.u24(offset));
      return;
    case 19:
      if (size !== 2) return;
      p.ascii(', [ ');
      writeFlags(p, ATTRIBUTES, 'Unknown', p.u16(offset), ', ');
      word(p, ' ] (0x', p.u16(offset), 4);
      p.ascii(')');
      return;
    case 20:
      if (size < 2) return;
      p.ascii(', ');
      writeFlags(p, PROTECTIONS, 'none', p.u8(offset), ', ');
      p.field(', Priority ', p.u8(offset + 1));
      return;
    case BRIDGING_METRIC:
      if (size >= 6) p.ascii(`, LM: ${p.u24(offset)}, P: ${p.u8(offset + 3)}, P-ID: ${p.u16(offset + 4)}`);
      return;
    case SWITCHING:
      if (size >= 36) printSwitching(p, offset, size);
      return;
    case SEGMENT:
      if (size >= 8) printSegment(p, offset);
      return;
  }
  p.unknown(offset, DUMP, size);
}

function word(p: Printer, title: string, value: number, digits: number): void {
  p.ascii(title);
  p.out.hexPadded(value, digits);
}

function printSwitching(p: Printer, offset: number, size: number): void {
  const capability = p.u8(offset);
  p.ascii(`${DEEPER}  Interface Switching Capability:${SWITCHING_CAPABILITIES.get(capability) ?? 'Unknown'}`);
  p.ascii(`, LSP Encoding: ${ENCODINGS.get(p.u8(offset + 1)) ?? 'Unknown'}${DEEPER}  Max LSP Bandwidth:`);
  for (let i = 0; i < 8; i++)
    p.ascii(`${DEEPER}    priority level ${i}: ${megabits(p, offset + 4 + 4 * i)} Mbps`);
  offset += 36;
  size -= 36;
  const packets = capability >= 1 && capability <= 4;
  if (!packets && capability !== TIME_DIVISION) {
    p.unknown(offset, DUMP, size);
    return;
  }
  if (size < (packets ? 6 : 8)) return;
  p.ascii(`${DEEPER}  Min LSP Bandwidth: ${megabits(p, offset)} Mbps`);
  const indication = p.u8(offset + 4);
  if (packets) p.field(`${DEEPER}  Interface MTU: `, p.u16(offset + 4));
  else p.ascii(`${DEEPER}  Indication ${INDICATIONS[indication] ?? `Unknown (${indication})`}`);
}

function printSegment(p: Printer, offset: number): void {
  const flags = p.u8(offset);
  p.ascii(`${DEEPER}  Flags: [`);
  writeFlags(p, ADJACENCY_FLAGS, 'none', flags, ', ');
  p.ascii(`]${DEEPER}  Weight: ${p.u8(offset + 1)}`);
  p.ascii(`${DEEPER}  Neighbor System-ID: ${isisId(p, offset + 2, SYSTEM_ID)}`);
  offset += 2 + SYSTEM_ID;
  if ((flags & 0x30) === 0x30) p.field(`${DEEPER}  Label: `, p.u24(offset));
  else if ((flags & 0x30) === 0) p.field(`${DEEPER}  Index: `, p.u32(offset));
  else p.invalid();
}

/** A new route. Returns the bytes it takes, 0 where it cannot be read. */
export function printExtendedRoute(p: Printer, offset: number, six: boolean): number {
  const start = offset;
  const metric = p.u32(offset);
  const status = p.u8(offset + 4);
  const bits = six ? p.u8(offset + 5) : status & 0x3f;
  const name = six ? 'IPv6' : 'IPv4';
  if (bits > (six ? 128 : 32)) {
    p.ascii(`${LINE}${name} prefix: bad bit length ${bits}`);
    return 0;
  }
  offset += six ? 6 : 5;
  const size = (bits + 7) >> 3;
  p.need(offset, size);
  p.ascii(`${LINE}${name} prefix: `);
  if (six) printPrefix6(p, offset, 0, size);
  else {
    const bytes = [0, 1, 2, 3].map((i) => (i < size ? p.bytes[offset + i] : 0));
    p.ascii(bytes.join('.').padStart(15));
  }
  offset += size;
  p.ascii(`/${bits}, Distribution: ${(status & 0x80) !== 0 ? 'down' : 'up'}, Metric: ${metric}`);
  if (six) p.ascii((status & 0x40) !== 0 ? ', External' : ', Internal');
  if ((status & (six ? 0x20 : 0x40)) === 0) return offset - start;
  p.ascii(', sub-TLVs present');
  const sum = p.u8(offset++);
  p.ascii(` (${sum})`);
  // Where the last is longer than the sum of all tells, tcpdump goes on until captured bytes end.
  for (let left = sum, part = offset; left !== 0; ) {
    const type = p.u8(part);
    const length = p.u8(part + 1);
    if (!printRoutePart(p, type, part + 2, length)) return 0;
    part += length + 2;
    left -= length + 2;
  }
  return offset + sum - start;
}

function printRoutePart(p: Printer, type: number, offset: number, size: number): boolean {
  p.ascii(`${DEEPER}${ROUTE_PARTS.get(type) ?? 'unknown'} subTLV #${type}, length: ${size}`);
  if (!p.whole(offset, size)) return false;
  const end = offset + size;
  switch (type) {
    case 1:
    case COLOUR:
      for (; offset + 4 <= end; offset += 4) {
        word(p, ', 0x', p.u32(offset), 8);
        p.ascii(` (=${p.u32(offset)})`);
      }
      return true;
    case 2:
      for (; offset + 8 <= end; offset += 8) {
        word(p, ', 0x', p.u32(offset), 8);
        p.out.hexPadded(p.u32(offset + 4), 8);
      }
      return true;
    case PREFIX_SEGMENT: {
      const flags = p.u8(offset);
      const algorithm = p.u8(offset + 1);
      const label = (flags & LABEL) !== 0;
      if (size < (label ? 5 : 6)) {
        p.truncated();
        return false;
      }
      p.ascii(', Flags [');
      writeFlags(p, PREFIX_FLAGS, 'None', flags, ', ');
      p.ascii(`], Algo ${ALGORITHMS[algorithm] ?? 'Unknown'} (${algorithm})`);
      p.field(label ? ', label ' : ', index ', label ? p.u24(offset + 2) : p.u32(offset + 2));
      return true;
    }
  }
  p.unknown(offset, DUMP, size);
  return true;
}
