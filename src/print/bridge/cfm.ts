// Connectivity fault management (IEEE 802.1Q, clause 21).

import type { Printer } from '../engine/printer.ts';
import { writeFlags } from '../engine/printer.ts';
import { printPadded } from '../engine/text.ts';
import { printCfmTlvs } from './cfm-tlv.ts';

const HEADER_LENGTH = 4;
const CCM = 1;
const LTR = 4;
const LTM = 5;
const OPCODES = [
  '',
  'Continuity Check Message',
  'Loopback Reply',
  'Loopback Message',
  'Linktrace Reply',
  'Linktrace Message',
];
/** Bytes of each behind the header, and the number tcpdump gives the complaint. */
const LEAST: Readonly<Record<number, readonly [size: number, number: number]>> = {
  [CCM]: [70, 1],
  [LTM]: [17, 4],
  [LTR]: [6, 5],
};
/** Seconds, as float32. */
const INTERVALS = [0, 0.003333, 0.01, 0.1, 1, 10, 60, 600].map(Math.fround);
const NAMES = 48;
const DOMAINS = ['IEEE 802.1', 'No MD Name present', 'DNS string', 'MAC + 16Bit Integer', 'Character string'];
const NO_DOMAIN = 1;
const ASSOCIATIONS = ['IEEE 802.1', 'Primary VID', 'Character string', '16Bit Integer', 'RFC2685 VPN-ID'];
const CHARACTERS = 2;
const LTM_FLAGS = [[0x80, 'Use Forwarding-DB only']] as const;
const LTR_FLAGS = [
  [0x80, 'UseFDB Only'],
  [0x40, 'FwdYes'],
  [0x20, 'Terminal MEP'],
] as const;
const ACTIONS = ['Unknown', 'Exact Match', 'Filtering DB', 'MIP CCM DB'];

export function printCfm(p: Printer, offset: number, length: number): void {
  p.protocol = 'cfm';
  if (length < HEADER_LENGTH) {
    p.ascii('\n\t\t packet is too short');
    return;
  }
  if (!p.whole(offset, HEADER_LENGTH)) return;
  const first = p.u8(offset);
  if ((first & 0x1f) !== 0) {
    p.ascii(`CFMv${first & 0x1f} not supported, length ${length}`);
    return;
  }
  const opcode = p.u8(offset + 1);
  p.ascii(`CFMv0 ${OPCODES[opcode] || `unknown (${opcode})`}, MD Level ${first >> 5}, length ${length}`);
  if (p.verbose === 0) return;
  const flags = p.u8(offset + 2);
  const tlvs = p.u8(offset + 3);
  p.field('\n\tFirst TLV offset ', tlvs);
  offset += HEADER_LENGTH;
  const left = length - HEADER_LENGTH;
  if (tlvs > left) {
    p.ascii(` (too large, must be <= ${left})`);
    return;
  }
  const least = LEAST[opcode];
  if (least === undefined) p.unknown(offset, '\n\t  ', left - tlvs);
  else {
    const [size, number] = least;
    if (tlvs < size) {
      p.ascii(` (too small ${number}, must be >= ${size})`);
      return;
    }
    if (!p.whole(offset, size)) return;
    if (opcode === CCM) {
      if (!printContinuity(p, offset, flags)) return;
    } else printTrace(p, opcode === LTM, offset, flags);
  }
  printCfmTlvs(p, offset + tlvs, left - tlvs);
}

function printTrace(p: Printer, message: boolean, offset: number, flags: number): void {
  p.ascii(', Flags [');
  writeFlags(p, message ? LTM_FLAGS : LTR_FLAGS, 'none', flags, ', ');
  p.ascii(']\n\t  Transaction-ID 0x');
  p.out.hexPadded(p.u32(offset), 8);
  p.field(', ttl ', p.u8(offset + 4));
  if (message) {
    p.ascii('\n\t  Original-MAC ');
    p.mac(offset + 5);
    p.ascii(', Target-MAC ');
    p.mac(offset + 11);
    return;
  }
  const action = p.u8(offset + 5);
  p.ascii(`\n\t  Replay-Action ${ACTIONS[action] ?? ACTIONS[0]} (${action})`);
}

/** Returns false where a name is too long. */
function printContinuity(p: Printer, offset: number, flags: number): boolean {
  const code = flags & 7;
  p.ascii(`, Flags [CCM Interval ${code}${(flags & 0x80) !== 0 ? ', RDI' : ''}]`);
  if (code !== 0) {
    const seconds = INTERVALS[code];
    p.ascii(`\n\t  CCM Interval ${seconds.toFixed(3)}s, min CCM Lifetime ${(seconds * 3.25).toFixed(3)}s`);
    p.ascii(`, max CCM Lifetime ${(seconds * 3.5).toFixed(3)}s`);
  }
  p.ascii('\n\t  Sequence Number 0x');
  p.out.hexPadded(p.u32(offset), 8);
  p.ascii(', MA-End-Point-ID 0x');
  p.out.hexPadded(p.u16(offset + 4), 4);
  let name = offset + 6;
  const end = name + NAMES;
  const format = p.u8(name++);
  p.ascii(`\n\t  MD Name Format ${DOMAINS[format] ?? 'Unknown'} (${format})`);
  if (format !== NO_DOMAIN) {
    const size = p.u8(name++);
    p.field(', MD Name length ', size);
    if (size > end - name - 3) {
      p.ascii(` (too large, must be <= ${end - name - 2})`);
      return false;
    }
    p.ascii('\n\t  MD Name: ');
    printDomain(p, format, name, size);
    name += size;
  }
  const kind = p.u8(name);
  const size = p.u8(name + 1);
  name += 2;
  p.ascii(`\n\t  MA Name-Format ${ASSOCIATIONS[kind] ?? 'Unknown'} (${kind}), MA name length ${size}`);
  if (size > end - name) {
    p.ascii(` (too large, must be <= ${end - name})`);
    return false;
  }
  p.ascii('\n\t  MA Name: ');
  if (kind === CHARACTERS) printPadded(p, name, size);
  else p.unknown(name, '\n\t    ', size);
  return true;
}

function printDomain(p: Printer, format: number, offset: number, size: number): void {
  if (format === 2 || format === 4) printPadded(p, offset, size);
  else if (format !== 3) p.unknown(offset, '\n\t    ', size);
  else if (size !== 6) p.ascii('\n\t  MAC (length invalid)');
  else {
    p.ascii('\n\t  MAC ');
    p.mac(offset);
  }
}
