// EIGRP (RFC 7868).
import type { Names } from '../engine/names.ts';
import { printPrefix4 } from '../engine/prefix.ts';
import { closing, type Printer, writeFlags } from '../engine/printer.ts';

const HEADER_LENGTH = 20;
const TLV_HEADER = 4;
const PARAMETERS = 0x0001;
const VERSIONS = 0x0004;
const INTERNAL = 0x0102;
const EXTERNAL = 0x0103;
const APPLETALK_INTERNAL = 0x0202;
const APPLETALK_EXTERNAL = 0x0203;
const CABLE = 0x0204;

const OPCODES: Names = new Map([
  [1, 'Update'],
  [3, 'Query'],
  [4, 'Reply'],
  [5, 'Hello'],
  [6, 'IPX SAP'],
  [7, 'Probe'],
]);
const FLAGS = [
  [1, 'Init'],
  [2, 'Conditionally Received'],
  [4, 'Restart'],
  [8, 'End-of-Table'],
] as const;
const TLVS: Names = new Map([
  [PARAMETERS, 'General Parameters'],
  [0x0002, 'Authentication'],
  [0x0003, 'Sequence'],
  [VERSIONS, 'Software Version'],
  [0x0005, 'Next Multicast Sequence'],
  [INTERNAL, 'IP Internal routes'],
  [EXTERNAL, 'IP External routes'],
  [APPLETALK_INTERNAL, 'AppleTalk Internal routes'],
  [APPLETALK_EXTERNAL, 'AppleTalk External routes'],
  [CABLE, 'AppleTalk Cable setup'],
  [0x0302, 'IPX Internal routes'],
  [0x0303, 'IPX External routes'],
]);
/** Bytes that each of those that are taken apart has at least, header included. */
const SHORTEST: ReadonlyMap<number, number> = new Map([
  [PARAMETERS, 12],
  [VERSIONS, 8],
  [INTERNAL, 26],
  [EXTERNAL, 46],
  [APPLETALK_INTERNAL, 28],
  [APPLETALK_EXTERNAL, 44],
  [CABLE, 12],
]);
const ORIGINS: Names = new Map([
  [1, 'IGRP'],
  [2, 'EIGRP'],
  [3, 'Static'],
  [4, 'RIP'],
  [5, 'Hello'],
  [6, 'OSPF'],
  [7, 'IS-IS'],
  [8, 'EGP'],
  [9, 'BGP'],
  [10, 'IDRP'],
  [11, 'Connected'],
]);

function hex(p: Printer, title: string, value: number, digits: number): void {
  p.ascii(title);
  p.out.hexPadded(value, digits);
}

export const printEigrp = closing((p, offset, length) => {
  p.protocol = 'eigrp';
  if (!p.whole(offset, HEADER_LENGTH)) return;
  const version = p.bytes[offset];
  if (version !== 2) {
    p.ascii(`EIGRP version ${version} packet not supported`);
    return;
  }
  const opcode = p.bytes[offset + 1];
  const name = OPCODES.get(opcode);
  if (p.verbose === 0 || length < HEADER_LENGTH) {
    p.ascii(`EIGRP ${name ?? `unknown (${opcode})`}, length: ${length}`);
    if (p.verbose > 0) p.ascii(` (too short, < ${HEADER_LENGTH})`);
    return;
  }
  p.ascii(`\n\tEIGRP v${version}, opcode: ${name ?? `unknown, type: ${opcode}`} (${opcode}), chksum: 0x`);
  p.out.hexPadded(p.u16(offset + 2), 4);
  p.ascii(', Flags: [');
  writeFlags(p, FLAGS, 'none', p.u32(offset + 4), ', ');
  hex(p, ']\n\tseq: 0x', p.u32(offset + 8), 8);
  hex(p, ', ack: 0x', p.u32(offset + 12), 8);
  p.ascii(`, VRID: ${p.u16(offset + 16)}, AS: ${p.u16(offset + 18)}, length: ${length - HEADER_LENGTH}`);
  const end = offset + length;
  offset += HEADER_LENGTH;
  while (offset < end) {
    p.check(offset, TLV_HEADER);
    const type = p.view.getUint16(offset);
    const size = p.view.getUint16(offset + 2);
    if (size < TLV_HEADER || size > end - offset) {
      p.unknown(offset + TLV_HEADER, '\n\t    ', end - offset);
      return;
    }
    hex(p, `\n\t  ${TLVS.get(type) ?? 'Unknown'} TLV (0x`, type, 4);
    p.ascii(`), length: ${size}`);
    p.check(offset, size);
    const shortest = SHORTEST.get(type) ?? 0;
    if (size < shortest) p.ascii(` (too short, < ${shortest})`);
    else printTlv(p, type, offset + TLV_HEADER, size - TLV_HEADER);
    if (p.verbose > 1) p.unknown(offset + TLV_HEADER, '\n\t    ', size - TLV_HEADER);
    offset += size;
  }
});

function printTlv(p: Printer, type: number, offset: number, length: number): void {
  const { bytes, view } = p;
  switch (type) {
    case PARAMETERS:
      p.ascii(`\n\t    holdtime: ${view.getUint16(offset + 6)}s`);
      for (let k = 0; k < 5; k++) p.ascii(`, k${k + 1} ${bytes[offset + k]}`);
      break;
    case VERSIONS:
      p.ascii(
        `\n\t    IOS version: ${bytes[offset]}.${bytes[offset + 1]}, EIGRP version ${bytes[offset + 2]}.${bytes[offset + 3]}`,
      );
      break;
    case INTERNAL:
      if (printDestination(p, offset, offset + 20)) printMetric(p, offset + 4);
      break;
    case EXTERNAL:
      if (!printDestination(p, offset, offset + 40)) break;
      p.ascii('\n\t      origin-router ');
      p.ipv4(offset + 4);
      printOrigin(p, offset + 8, offset + 22, view.getUint32(offset + 16));
      printMetric(p, offset + 24);
      break;
    case CABLE:
      p.ascii(
        `\n\t    Cable-range: ${view.getUint16(offset)}-${view.getUint16(offset + 2)}, Router-ID ${view.getUint32(offset + 4)}`,
      );
      break;
    case APPLETALK_INTERNAL:
      printCable(p, offset, offset + 20);
      printMetric(p, offset + 4);
      break;
    case APPLETALK_EXTERNAL:
      printCable(p, offset, offset + 36);
      p.ascii(`\n\t      origin-router ${view.getUint32(offset + 4)}`);
      printOrigin(p, offset + 8, offset + 16, view.getUint16(offset + 18));
      printMetric(p, offset + 20);
      break;
    default:
      if (p.verbose <= 1) p.unknown(offset, '\n\t    ', length);
  }
}

/** Prints what a route leads to, padded to the width of the longest address; returns false where it cannot be. */
function printDestination(p: Printer, offset: number, prefix: number): boolean {
  const bits = p.bytes[prefix];
  if (bits > 32) {
    p.ascii(`\n\t    illegal prefix length ${bits}`);
    return false;
  }
  const size = (bits + 7) >> 3;
  p.need(prefix + 1, size);
  p.ascii('\n\t    IPv4 prefix: ');
  let width = 3;
  for (let i = 0; i < 4; i++) width += i < size ? `${p.bytes[prefix + 1 + i]}`.length : 1;
  p.ascii(' '.repeat(15 - width));
  printPrefix4(p, prefix + 1, size);
  p.ascii(`/${bits}, nexthop: `);
  if (p.u32(offset) === 0) p.ascii('self');
  else p.ipv4(offset);
  return true;
}

function printCable(p: Printer, offset: number, range: number): void {
  p.ascii(`\n\t     Cable-Range: ${p.u16(range)}-${p.u16(range + 2)}, nexthop: `);
  p.ascii(p.u32(offset) === 0 ? 'self' : `${p.u16(offset)}.${p.u16(offset + 2)}`);
}

function printOrigin(p: Printer, offset: number, protocol: number, metric: number): void {
  p.field(', origin-as ', p.u32(offset));
  p.ascii(`, origin-proto ${ORIGINS.get(p.bytes[protocol]) ?? 'unknown'}, flags [0x`);
  p.out.hexPadded(p.bytes[protocol + 1], 2);
  hex(p, '], tag 0x', p.u32(offset + 4), 8);
  p.field(', metric ', metric);
}

function printMetric(p: Printer, offset: number): void {
  p.field('\n\t      delay ', Math.floor(p.u32(offset) / 100));
  p.field(' ms, bandwidth ', p.u32(offset + 4));
  p.field(' Kbps, mtu ', p.u24(offset + 8));
  p.ascii(`, hop ${p.bytes[offset + 11]}, reliability ${p.bytes[offset + 12]}, load ${p.bytes[offset + 13]}`);
}
