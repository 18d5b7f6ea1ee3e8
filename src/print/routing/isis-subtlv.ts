// What IS-IS tells about a port, a system and a router: shortest path bridging (RFC 6329) and capabilities (RFC 7981).
import type { Names } from '../engine/names.ts';
import { type Printer, writeFlags } from '../engine/printer.ts';
import { printPadded } from '../engine/text.ts';

const MCID = 4;
const DIGEST = 5;
const BASE_VLAN = 6;
const PORT: Names = new Map([
  [MCID, 'SPB MCID'],
  [DIGEST, 'SPB Digest'],
  [BASE_VLAN, 'SPB BVID'],
]);
const MCID_LENGTH = 51;
const NAME_LENGTH = 32;
const DIGEST_LENGTH = 33;

const INSTANCE = 1;
const SERVICE = 3;
const SYSTEM: Names = new Map([
  [INSTANCE, 'SPB Instance'],
  [SERVICE, 'SPBM Service Identifier and Unicast Address'],
]);
const INSTANCE_LENGTH = 19;
const TREE_LENGTH = 8;

const SEGMENT_ROUTING = 2;
const ROUTER_FLAGS = [
  [1, 'S bit'],
  [2, 'D bit'],
] as const;
const SEGMENT_ROUTING_FLAGS = [
  [0x80, 'ipv4'],
  [0x40, 'ipv6'],
] as const;

/** Shows what lies within what is of such a type, and returns false where no more is to be shown. */
type Show = (p: Printer, type: number, offset: number, size: number) => boolean;

function printParts(
  p: Printer,
  offset: number,
  left: number,
  indent: string,
  names: Names,
  show: Show,
): void {
  while (left > 2) {
    const type = p.u8(offset);
    const size = p.u8(offset + 1);
    offset += 2;
    left -= 2;
    p.ascii(`${indent}${names.get(type) ?? 'unknown'} subTLV #${type}, length: ${size}`);
    if (left < size) {
      p.ascii(' (> containing TLV length)');
      return;
    }
    if (!p.whole(offset, size) || !show(p, type, offset, size)) return;
    offset += size;
    left -= size;
  }
}

function short(p: Printer): false {
  p.ascii(' (too short)');
  return false;
}

function word(p: Printer, title: string, value: number, digits: number): void {
  p.ascii(title);
  p.out.hexPadded(value, digits);
}

export function printPortCapability(p: Printer, offset: number, size: number): void {
  const topology = p.u16(offset);
  p.ascii(`\n\t       RES: ${topology >> 12}, MTID(s): ${topology & 0xfff}`);
  printParts(p, offset + 2, size - 2, '\n\t       ', PORT, showPort);
}

function showPort(p: Printer, type: number, offset: number, size: number): boolean {
  switch (type) {
    case MCID:
      if (size < 2 * MCID_LENGTH) return short(p);
      p.ascii('\n\t         MCID: ');
      printMcid(p, offset);
      p.ascii('\n\t         AUX-MCID: ');
      printMcid(p, offset + MCID_LENGTH);
      break;
    case DIGEST: {
      if (size < DIGEST_LENGTH) return short(p);
      const bits = p.u8(offset);
      p.ascii(`\n\t        RES: ${bits >> 5} V: ${(bits >> 4) & 1} A: ${(bits >> 2) & 3} D: ${bits & 3}`);
      p.ascii('\n\t         Digest: ');
      for (let i = 0; i < 8; i++) {
        word(p, '', p.u32(offset + 1 + 4 * i), 8);
        p.ascii(i === 3 ? ' \n\t                 ' : ' ');
      }
      break;
    }
    case BASE_VLAN:
      for (; size > 0; size -= 6, offset += 6) {
        if (size < 4) return short(p);
        word(p, '\n\t           ECT: ', p.u32(offset), 8);
        if (size < 6) return short(p);
        const vlan = p.u16(offset + 4);
        p.ascii(` BVID: ${vlan >> 4}, U:${(vlan >> 3) & 1} M:${(vlan >> 2) & 1} `);
      }
  }
  return true;
}

function printMcid(p: Printer, offset: number): void {
  if (!p.whole(offset, MCID_LENGTH)) return;
  p.ascii(`ID: ${p.u8(offset)}, Name: `);
  printPadded(p, offset + 1, NAME_LENGTH);
  p.ascii(`\n\t              Lvl: ${p.u16(offset + 1 + NAME_LENGTH)}, Digest: `);
  for (let i = 3 + NAME_LENGTH; i < MCID_LENGTH; i++) {
    p.out.hexPadded(p.u8(offset + i), 2);
    p.ascii(' ');
  }
}

export function printCapability(p: Printer, offset: number, size: number): void {
  const topology = p.u16(offset);
  p.ascii(`\n\t      O: ${topology >> 15}, RES: ${(topology >> 12) & 7}, MTID(s): ${topology & 0xfff}`);
  printParts(p, offset + 2, size - 2, '\n\t      ', SYSTEM, showSystem);
}

function showSystem(p: Printer, type: number, offset: number, size: number): boolean {
  if (type === INSTANCE) return size < INSTANCE_LENGTH ? short(p) : showInstance(p, offset, size);
  if (type !== SERVICE) return true;
  if (size < 8) {
    p.truncated();
    return false;
  }
  word(p, '\n\t        BMAC: ', p.u32(offset), 8);
  word(p, '', p.u16(offset + 4), 4);
  p.ascii(`, RES: ${p.u16(offset + 6) >> 12}, VID: ${p.u16(offset + 6) & 0xfff}`);
  for (let i = 8; i + 4 <= size; i += 4) {
    const service = p.u32(offset + i);
    p.ascii(`\n\t        T: ${service >>> 31}, R: ${(service >>> 30) & 1}, RES: ${(service >>> 24) & 0x3f}`);
    p.field(', ISID: ', service & 0xffffff);
  }
  return true;
}

function showInstance(p: Printer, offset: number, size: number): boolean {
  word(p, '\n\t        CIST Root-ID: ', p.u32(offset), 8);
  word(p, ' ', p.u32(offset + 4), 8);
  word(p, ', Path Cost: ', p.u32(offset + 8), 8);
  p.ascii(
    `, Prio: ${p.u16(offset + 12)}\n\t        RES: ${p.u16(offset + 14) >> 5}, V: ${(p.u16(offset + 14) >> 4) & 1}`,
  );
  const trees = p.u8(offset + 18);
  p.ascii(`, SPSource-ID: ${p.u32(offset + 14) & 0xfffff}, No of Trees: ${trees.toString(16)}`);
  offset += INSTANCE_LENGTH;
  size -= INSTANCE_LENGTH;
  for (let i = 0; i < trees; i++, offset += TREE_LENGTH, size -= TREE_LENGTH) {
    if (size < TREE_LENGTH) {
      p.truncated();
      return false;
    }
    const bits = p.u8(offset);
    p.ascii(`\n\t         U:${bits >> 7}, M:${(bits >> 6) & 1}, A:${(bits >> 5) & 1}, RES:${bits & 0x1f}`);
    word(p, ', ECT: ', p.u32(offset + 1), 8);
    p.ascii(`, BVID: ${p.u24(offset + 5) >> 12}, SPVID: ${p.u24(offset + 5) & 0xfff}`);
  }
  return true;
}

export function printRouterCapability(p: Printer, offset: number, size: number): void {
  if (size < 5) {
    p.ascii(` [object length ${size} < 5]`);
    p.invalid();
    return;
  }
  p.need(offset, 4);
  p.ascii('\n\t      Router-ID ');
  p.ipv4(offset);
  const flags = p.u8(offset + 4);
  p.ascii(', Flags [');
  writeFlags(p, ROUTER_FLAGS, 'none', flags, ', ');
  p.ascii(']');
  offset += 5;
  let left = size - 5;
  while (left >= 2) {
    const type = p.u8(offset);
    const length = p.u8(offset + 1);
    offset += 2;
    left -= 2;
    p.ascii(
      `\n\t\t${type === SEGMENT_ROUTING ? 'SR-Capabilities' : 'unknown'} subTLV #${type}, length: ${length}`,
    );
    if (length > left || !p.has(offset, length)) return;
    if (type === SEGMENT_ROUTING) printSegmentRouting(p, offset, length);
    else p.unknown(offset, '\n\t\t', length);
    offset += length;
    left -= length;
  }
}

function printSegmentRouting(p: Printer, offset: number, size: number): void {
  const flags = p.u8(offset);
  const range = p.u24(offset + 1);
  p.ascii(', Flags [');
  writeFlags(p, SEGMENT_ROUTING_FLAGS, 'None', flags, ', ');
  p.ascii(`], Range ${range}`);
  offset += 4;
  // A length less than the four bytes before is taken for one from above by tcpdump.
  let left = (size - 4) & 0xff;
  while (left >= 5) {
    const type = p.u8(offset);
    const length = p.u8(offset + 1);
    offset += 2;
    left -= 2;
    if (length > left) return;
    if (type !== 1) p.unknown(offset, '\n\t\t  ', length);
    else if (length === 3) p.field(', SID value ', p.u24(offset));
    else if (length === 4) p.field(', SID value ', p.u32(offset));
    else p.field(', Unknown SID length', length);
    offset += length;
    left -= length;
  }
}
