// Protocol independent multicast, version 1, inside IGMP.
import type { Printer } from '../engine/printer.ts';
import { printSpan } from '../engine/text.ts';

const HEADER_LENGTH = 8;
const QUERY = 0;
const REGISTER = 1;
const REGISTER_STOP = 2;
const JOIN = 3;
const REACHABLE = 4;
const ASSERT = 5;
const GRAFT = 6;
const GRAFT_ACK = 7;
const TYPES = [
  'Query',
  'Register',
  'Register-Stop',
  'Join/Prune',
  'RP-reachable',
  'Assert',
  'Graft',
  'Graft-ACK',
];
const MODES = [' Dense-mode', ' Sparse-mode', ' Sparse-Dense-mode'];
const HOST_MASK = 0xffffffff;
/** Seconds that a join holds for without saying. */
const USUAL_HOLD = 180;

export function printPim1(p: Printer, offset: number, length: number): void {
  p.protocol = 'pimv1';
  const type = p.u8(offset + 1);
  p.ascii(` ${TYPES[type] ?? `[type ${type}]`}`);
  switch (type) {
    case QUERY:
      if (p.has(offset + 8, 1)) {
        const mode = p.bytes[offset + 8] >> 4;
        p.ascii(MODES[mode] ?? ` mode-${mode}`);
      }
      if (p.verbose === 0) break;
      p.ascii(' (Hold-time ');
      printSpan(p, p.u16(offset + 10));
      p.ascii(')');
      break;
    case REGISTER:
      if (!p.has(offset + 8, 20)) {
        p.truncated();
        return;
      }
      printPair(p, offset + 20, offset + 24);
      break;
    case REGISTER_STOP:
      p.need(offset + 8, 8);
      printPair(p, offset + 8, offset + 12);
      break;
    case REACHABLE:
      if (p.verbose > 0) printReachable(p, offset);
      break;
    case ASSERT:
      p.need(offset + 8, 12);
      printPair(p, offset + 16, offset + 8);
      printMask(p, offset + 12);
      p.need(offset + 20, 8);
      p.ascii(p.bytes[offset + 20] > 0x7f ? ' RP-tree' : ' SPT');
      p.ascii(` pref ${p.u32(offset + 20) & 0x7fffffff} metric ${p.u32(offset + 24)}`);
      break;
    case JOIN:
    case GRAFT:
    case GRAFT_ACK:
      if (p.verbose > 0 && !printJoin(p, offset + HEADER_LENGTH, length - HEADER_LENGTH)) {
        p.truncated();
        if (length < HEADER_LENGTH) return;
      }
  }
  const version = p.u8(offset + 4) >> 4;
  if (version !== 1) p.ascii(` [v${version}]`);
}

function printPair(p: Printer, source: number, target: number): void {
  p.ascii(' for ');
  p.ipv4(source);
  p.ascii(' > ');
  p.ipv4(target);
}

/** `/` and a mask that is not of a single host. */
function printMask(p: Printer, offset: number): void {
  if (p.u32(offset) === HOST_MASK) return;
  p.ascii('/');
  p.ipv4(offset);
}

function printReachable(p: Printer, offset: number): void {
  p.need(offset + 8, 4);
  p.ascii(' group ');
  p.ipv4(offset + 8);
  printMask(p, offset + 12);
  p.need(offset + 16, 4);
  p.ascii(' RP ');
  p.ipv4(offset + 16);
  p.ascii(' hold ');
  printSpan(p, p.u16(offset + 22));
}

/** Returns false where the message ends too early. */
function printJoin(p: Printer, offset: number, length: number): boolean {
  if (length < 0) return false;
  // A single source of a single group takes a line.
  if (p.has(offset, 30) && p.bytes[offset + 11] === 1 && p.u16(offset + 20) + p.u16(offset + 22) === 1) {
    printSingle(p, offset);
    return true;
  }
  const end = offset + length;
  const line = p.verbose > 1 ? '\n' : '';
  if (end - offset < 4) return false;
  p.ascii(line);
  p.need(offset, 4);
  p.ascii(' Upstream Nbr: ');
  p.ipv4(offset);
  offset += 4;
  if (end - offset < 4) return false;
  p.ascii(`${line} Hold time: `);
  printSpan(p, p.u16(offset + 2));
  if (p.verbose < 2) return true;
  offset += 4;
  if (end - offset < 4) return false;
  const groups = p.u8(offset + 3);
  offset += 4;
  for (let i = 0; i < groups; i++) {
    offset = printGroup(p, offset, end);
    if (offset < 0) return false;
  }
  return true;
}

function printSingle(p: Printer, offset: number): void {
  const hold = p.u16(offset + 6);
  const flags = p.bytes[offset + 25];
  p.ascii(' RPF ');
  p.ipv4(offset);
  p.ascii(' ');
  if (hold !== USUAL_HOLD) {
    p.ascii('Hold ');
    printSpan(p, hold);
  }
  p.ascii(p.u16(offset + 20) !== 0 ? 'Join (' : 'Prune (');
  p.ipv4(offset + 26);
  p.ascii(`/${flags & 0x3f}, `);
  p.ipv4(offset + 12);
  printMask(p, offset + 16);
  p.ascii(`) ${(p.bytes[offset + 24] & 1) !== 0 ? 'Sparse' : 'Dense'}${(flags & 0x80) !== 0 ? ' WC' : ''}`);
  p.ascii((flags & 0x40) !== 0 ? ' RP' : ' SPT');
}

/** Returns where the next group lies, below 0 where this one ends too early. */
function printGroup(p: Printer, offset: number, end: number): number {
  if (end - offset < 4) return -1;
  p.need(offset, 4);
  p.ascii('\n\tGroup: ');
  p.ipv4(offset);
  if (end - offset < 8) return -1;
  printMask(p, offset + 4);
  if (end - offset < 12) return -1;
  const joined = p.u16(offset + 8);
  const pruned = p.u16(offset + 10);
  p.ascii(` joined: ${joined} pruned: ${pruned}`);
  offset += 12;
  for (let i = 0; i < joined + pruned; i++, offset += 6) {
    if (end - offset < 6) return -1;
    p.need(offset, 6);
    const flags = p.bytes[offset + 1];
    p.ascii(`\n\t${i < joined ? 'Join ' : 'Prune'} ${(p.bytes[offset] & 1) !== 0 ? 'Sparse ' : 'Dense '}`);
    p.ascii(`${(flags & 0x80) !== 0 ? 'WC ' : ''}${(flags & 0x40) !== 0 ? 'RP ' : 'SPT '}`);
    p.ipv4(offset + 2);
    p.field('/', flags & 0x3f);
  }
  return offset;
}
