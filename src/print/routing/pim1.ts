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

export function printPim1(p: Printer, at: number, length: number): void {
  p.protocol = 'pimv1';
  const type = p.u8(at + 1);
  p.ascii(` ${TYPES[type] ?? `[type ${type}]`}`);
  switch (type) {
    case QUERY:
      if (p.has(at + 8, 1)) {
        const mode = p.bytes[at + 8] >> 4;
        p.ascii(MODES[mode] ?? ` mode-${mode}`);
      }
      if (p.verbose === 0) break;
      p.ascii(' (Hold-time ');
      printSpan(p, p.u16(at + 10));
      p.ascii(')');
      break;
    case REGISTER:
      if (!p.has(at + 8, 20)) {
        p.truncated();
        return;
      }
      printPair(p, at + 20, at + 24);
      break;
    case REGISTER_STOP:
      p.need(at + 8, 8);
      printPair(p, at + 8, at + 12);
      break;
    case REACHABLE:
      if (p.verbose > 0) printReachable(p, at);
      break;
    case ASSERT:
      p.need(at + 8, 12);
      printPair(p, at + 16, at + 8);
      printMask(p, at + 12);
      p.need(at + 20, 8);
      p.ascii(p.bytes[at + 20] > 0x7f ? ' RP-tree' : ' SPT');
      p.ascii(` pref ${p.u32(at + 20) & 0x7fffffff} metric ${p.u32(at + 24)}`);
      break;
    case JOIN:
    case GRAFT:
    case GRAFT_ACK:
      if (p.verbose > 0 && !printJoin(p, at + HEADER_LENGTH, length - HEADER_LENGTH)) {
        p.truncated();
        if (length < HEADER_LENGTH) return;
      }
  }
  const version = p.u8(at + 4) >> 4;
  if (version !== 1) p.ascii(` [v${version}]`);
}

function printPair(p: Printer, source: number, target: number): void {
  p.ascii(' for ');
  p.ipv4(source);
  p.ascii(' > ');
  p.ipv4(target);
}

/** `/` and a mask that is not of a single host. */
function printMask(p: Printer, at: number): void {
  if (p.u32(at) === HOST_MASK) return;
  p.ascii('/');
  p.ipv4(at);
}

function printReachable(p: Printer, at: number): void {
  p.need(at + 8, 4);
  p.ascii(' group ');
  p.ipv4(at + 8);
  printMask(p, at + 12);
  p.need(at + 16, 4);
  p.ascii(' RP ');
  p.ipv4(at + 16);
  p.ascii(' hold ');
  printSpan(p, p.u16(at + 22));
}

/** Answers false where the message ends too early. */
function printJoin(p: Printer, at: number, length: number): boolean {
  if (length < 0) return false;
  // A single source of a single group takes a line.
  if (p.has(at, 30) && p.bytes[at + 11] === 1 && p.u16(at + 20) + p.u16(at + 22) === 1) {
    printSingle(p, at);
    return true;
  }
  const end = at + length;
  const line = p.verbose > 1 ? '\n' : '';
  if (end - at < 4) return false;
  p.ascii(line);
  p.need(at, 4);
  p.ascii(' Upstream Nbr: ');
  p.ipv4(at);
  at += 4;
  if (end - at < 4) return false;
  p.ascii(`${line} Hold time: `);
  printSpan(p, p.u16(at + 2));
  if (p.verbose < 2) return true;
  at += 4;
  if (end - at < 4) return false;
  const groups = p.u8(at + 3);
  at += 4;
  for (let i = 0; i < groups; i++) {
    at = printGroup(p, at, end);
    if (at < 0) return false;
  }
  return true;
}

function printSingle(p: Printer, at: number): void {
  const hold = p.u16(at + 6);
  const flags = p.bytes[at + 25];
  p.ascii(' RPF ');
  p.ipv4(at);
  p.ascii(' ');
  if (hold !== USUAL_HOLD) {
    p.ascii('Hold ');
    printSpan(p, hold);
  }
  p.ascii(p.u16(at + 20) !== 0 ? 'Join (' : 'Prune (');
  p.ipv4(at + 26);
  p.ascii(`/${flags & 0x3f}, `);
  p.ipv4(at + 12);
  printMask(p, at + 16);
  p.ascii(`) ${(p.bytes[at + 24] & 1) !== 0 ? 'Sparse' : 'Dense'}${(flags & 0x80) !== 0 ? ' WC' : ''}`);
  p.ascii((flags & 0x40) !== 0 ? ' RP' : ' SPT');
}

/** Answers where the next group lies, below 0 where this one ends too early. */
function printGroup(p: Printer, at: number, end: number): number {
  if (end - at < 4) return -1;
  p.need(at, 4);
  p.ascii('\n\tGroup: ');
  p.ipv4(at);
  if (end - at < 8) return -1;
  printMask(p, at + 4);
  if (end - at < 12) return -1;
  const joined = p.u16(at + 8);
  const pruned = p.u16(at + 10);
  p.ascii(` joined: ${joined} pruned: ${pruned}`);
  at += 12;
  for (let i = 0; i < joined + pruned; i++, at += 6) {
    if (end - at < 6) return -1;
    p.need(at, 6);
    const flags = p.bytes[at + 1];
    p.ascii(`\n\t${i < joined ? 'Join ' : 'Prune'} ${(p.bytes[at] & 1) !== 0 ? 'Sparse ' : 'Dense '}`);
    p.ascii(`${(flags & 0x80) !== 0 ? 'WC ' : ''}${(flags & 0x40) !== 0 ? 'RP ' : 'SPT '}`);
    p.ipv4(at + 2);
    p.field('/', flags & 0x3f);
  }
  return at;
}
