// Intermediate system to intermediate system (ISO 10589, RFC 1195).

import type { Names } from '../engine/names.ts';
import { printOsiChecksum } from '../engine/osi-checksum.ts';
import type { Printer } from '../engine/printer.ts';
import { printIsisTlv } from './isis-tlv.ts';
import { isisId, LSP_ID, NODE_ID, SYSTEM_ID } from './isis-value.ts';

const HEADER_LENGTH = 8;
const L1_HELLO = 15;
const L2_HELLO = 16;
const HELLO = 17;
const L1_LSP = 18;
const L2_LSP = 20;
const L1_CSNP = 24;
const L2_CSNP = 25;
const L1_PSNP = 26;
const L2_PSNP = 27;
const TYPES: Names = new Map([
  [L1_HELLO, 'L1 Lan IIH'],
  [L2_HELLO, 'L2 Lan IIH'],
  [HELLO, 'p2p IIH'],
  [L1_LSP, 'L1 LSP'],
  [L2_LSP, 'L2 LSP'],
  [L1_CSNP, 'L1 CSNP'],
  [L2_CSNP, 'L2 CSNP'],
  [L1_PSNP, 'L1 PSNP'],
  [L2_PSNP, 'L2 PSNP'],
]);
/** Bytes of each type behind the common header, and where its PDU length lies in them. */
const HEADERS: ReadonlyMap<number, readonly [size: number, length: number]> = new Map([
  [L1_HELLO, [19, 9]],
  [L2_HELLO, [19, 9]],
  [HELLO, [12, 9]],
  [L1_LSP, [19, 0]],
  [L2_LSP, [19, 0]],
  [L1_CSNP, [25, 0]],
  [L2_CSNP, [25, 0]],
  [L1_PSNP, [9, 0]],
  [L2_PSNP, [9, 0]],
]);
const CIRCUITS = ['', 'Level 1 only', 'Level 2 only', 'Level 1, Level 2'];
const SYSTEMS = ['Unused 0x0 (invalid)', 'L1 IS', 'Unused 0x2 (invalid)', 'L2 IS'];

/** Returns false where the PDU is one whose bytes are to be shown. */
export function printIsis(p: Printer, offset: number, length: number): void {
  if (!printPdu(p, offset, length)) p.unknown(offset, '\n\t', length);
}

function printPdu(p: Printer, offset: number, length: number): boolean {
  p.protocol = 'isis';
  if (!p.has(offset, HEADER_LENGTH) || length < HEADER_LENGTH) {
    p.truncated();
    return true;
  }
  if (!p.link) p.ascii('IS-IS');
  const complaint = wrong(p, offset, length);
  if (complaint !== '') {
    p.ascii(complaint);
    return false;
  }
  const type = p.u8(offset + 4);
  const fixed = p.u8(offset + 1);
  if (!p.link) p.ascii(', ');
  if (p.verbose === 0) p.ascii(TYPES.get(type) ?? `unknown PDU-Type ${type}`);
  else {
    const areas = p.u8(offset + 7);
    p.ascii(
      `length ${length}\n\t${TYPES.get(type) ?? `unknown, type ${type}`}, hlen: ${fixed}, v: 1, pdu-v: 1`,
    );
    p.ascii(`, sys-id-len: 6 (${p.u8(offset + 3)}), max-area: ${areas || 3} (${areas})`);
    if (p.verbose > 1) p.unknown(offset, '\n\t', HEADER_LENGTH);
  }
  const body = offset + HEADER_LENGTH;
  const header = HEADERS.get(type);
  if (header === undefined) {
    if (p.verbose === 0) p.field(', length ', length);
    else p.unknown(body, '\n\t  ', length);
    return p.verbose === 0;
  }
  const [size, place] = header;
  if (fixed !== HEADER_LENGTH + size) {
    const lsp = type === L1_LSP || type === L2_LSP;
    const start = type === L1_PSNP || type === L2_PSNP ? '- ' : ', ';
    p.ascii(`${start}bogus fixed header length ${fixed} should be ${lsp ? size : HEADER_LENGTH + size}`);
    return false;
  }
  if (!p.has(body, size) || length < HEADER_LENGTH + size) {
    p.truncated();
    return true;
  }
  if (p.verbose === 0) {
    printBrief(p, type, body);
    p.field(', length ', length);
    return true;
  }
  const pdu = p.u16(body + place);
  const whole = Math.min(length, pdu);
  printFull(p, type, body, pdu, whole);
  if (p.verbose > 1) p.unknown(body, '\n\t  ', size);
  if (whole < HEADER_LENGTH + size) {
    p.ascii(` [packet length ${whole} < ${HEADER_LENGTH + size}]`);
    p.invalid();
    return true;
  }
  return printTlvs(p, offset, body + size, whole - HEADER_LENGTH - size, whole);
}

/** What is wrong with the common header, in words. */
function wrong(p: Printer, offset: number, length: number): string {
  const identifiers = p.u8(offset + 3);
  const fixed = p.u8(offset + 1);
  if (p.u8(offset + 2) !== 1) return `version ${p.u8(offset + 2)} packet not supported`;
  if (identifiers !== 6 && identifiers !== 0) return `system ID length of ${identifiers} is not supported`;
  if (p.u8(offset + 5) !== 1) return `version ${p.u8(offset + 5)} packet not supported`;
  if (length < fixed) return `fixed header length ${fixed} > packet length ${length}`;
  if (fixed < HEADER_LENGTH) return `fixed header length ${fixed} < minimum header size ${HEADER_LENGTH}`;
  return p.u8(offset + 7) === 255 ? 'bad packet -- 255 areas' : '';
}

function printBrief(p: Printer, type: number, offset: number): void {
  switch (type) {
    case L1_HELLO:
    case L2_HELLO:
      p.ascii(`, src-id ${isisId(p, offset + 1, SYSTEM_ID)}, lan-id ${isisId(p, offset + 12, NODE_ID)}`);
      p.field(', prio ', p.u8(offset + 11));
      return;
    case HELLO:
      p.ascii(`, src-id ${isisId(p, offset + 1, SYSTEM_ID)}`);
      return;
    case L1_LSP:
    case L2_LSP:
      p.ascii(`, lsp-id ${isisId(p, offset + 4, LSP_ID)}, seq 0x`);
      p.out.hexPadded(p.u32(offset + 12), 8);
      p.ascii(`, lifetime ${String(p.u16(offset + 2)).padStart(5)}s`);
      return;
    default:
      p.ascii(`, src-id ${isisId(p, offset + 2, NODE_ID)}`);
  }
}

function printFull(p: Printer, type: number, offset: number, pdu: number, length: number): void {
  const circuit = () =>
    CIRCUITS[p.u8(offset)] || `unknown circuit type 0x${p.u8(offset).toString(16).padStart(2, '0')}`;
  switch (type) {
    case L1_HELLO:
    case L2_HELLO:
      p.ascii(`\n\t  source-id: ${isisId(p, offset + 1, SYSTEM_ID)},  holding time: ${p.u16(offset + 7)}s`);
      p.ascii(`, Flags: [${circuit()}]\n\t  lan-id:    ${isisId(p, offset + 12, NODE_ID)}`);
      p.ascii(`, Priority: ${p.u8(offset + 11) & 0x7f}, PDU length: ${pdu}`);
      return;
    case HELLO:
      p.ascii(`\n\t  source-id: ${isisId(p, offset + 1, SYSTEM_ID)}, holding time: ${p.u16(offset + 7)}s`);
      p.ascii(`, Flags: [${circuit()}]\n\t  circuit-id: 0x`);
      p.out.hexPadded(p.u8(offset + 11), 2);
      p.field(', PDU length: ', pdu);
      return;
    case L1_LSP:
    case L2_LSP:
      printLsp(p, offset, pdu, length);
      return;
  }
  p.ascii(`\n\t  source-id:    ${isisId(p, offset + 2, NODE_ID)}, PDU length: ${pdu}`);
  if (type !== L1_CSNP && type !== L2_CSNP) return;
  p.ascii(
    `\n\t  start lsp-id: ${isisId(p, offset + 9, LSP_ID)}\n\t  end lsp-id:   ${isisId(p, offset + 17, LSP_ID)}`,
  );
}

function printLsp(p: Printer, offset: number, pdu: number, length: number): void {
  p.ascii(`\n\t  lsp-id: ${isisId(p, offset + 4, LSP_ID)}, seq: 0x`);
  p.out.hexPadded(p.u32(offset + 12), 8);
  p.ascii(`, lifetime: ${String(p.u16(offset + 2)).padStart(5)}s\n\t  chksum: 0x`);
  const sum = p.u16(offset + 16);
  p.out.hexPadded(sum, 4);
  printOsiChecksum(p, offset + 4, sum, 12, (length - 12) >>> 0);
  const flags = p.u8(offset + 18);
  p.ascii(`, PDU length: ${pdu}, Flags: [ ${(flags & 4) !== 0 ? 'Overload bit set, ' : ''}`);
  if ((flags & 0x78) !== 0) {
    if ((flags & 0x08) !== 0) p.ascii('default ');
    if ((flags & 0x10) !== 0) p.ascii('delay ');
    if ((flags & 0x20) !== 0) p.ascii('expense ');
    if ((flags & 0x40) !== 0) p.ascii('error ');
    p.ascii('ATT bit set, ');
  }
  p.ascii(`${(flags & 0x80) !== 0 ? 'P bit set, ' : ''}${SYSTEMS[flags & 3]} ]`);
}

/** `start` and `length` are the PDU's. */
function printTlvs(p: Printer, start: number, offset: number, left: number, length: number): boolean {
  while (left > 0) {
    if (left < 2 || !p.has(offset, 2)) {
      p.truncated();
      return true;
    }
    const type = p.u8(offset);
    const size = p.u8(offset + 1);
    offset += 2;
    left -= 2;
    const end = printIsisTlv(p, type, offset, size, left, start, length);
    if (end !== undefined) return end;
    if (p.verbose > 1) p.unknown(offset, '\n\t      ', size);
    offset += size;
    left -= size;
  }
  return true;
}
