// SCTP (RFC 9260).

import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';
import { printM3ua } from './m3ua.ts';

const HEADER_LENGTH = 12;
const CHUNK_HEADER_LENGTH = 4;
const DATA_HEADER_LENGTH = 12;
const INIT_LENGTH = 16;
const SACK_LENGTH = 12;

const DATA = 0;
const INIT = 1;
const INIT_ACK = 2;
const SACK = 3;
/** Flags of a DATA chunk. */
const UNORDERED = 4;
const BEGINNING = 2;
const ENDING = 1;

/** Payload protocols: the channels of ForCES. */
const FORCES_HIGH = 21;
const FORCES_LOW = 23;
const M3UA = 3;

const CHUNKS: Names = new Map([
  [DATA, 'DATA'],
  [INIT, 'INIT'],
  [INIT_ACK, 'INIT ACK'],
  [SACK, 'SACK'],
  [4, 'HB REQ'],
  [5, 'HB ACK'],
  [6, 'ABORT'],
  [7, 'SHUTDOWN'],
  [8, 'SHUTDOWN ACK'],
  [9, 'OP ERR'],
  [10, 'COOKIE ECHO'],
  [11, 'COOKIE ACK'],
  [12, 'ECN ECHO'],
  [13, 'ECN CWR'],
  [14, 'SHUTDOWN COMPLETE'],
  [0xc0, 'FOR CUM TSN'],
  [0xc1, 'REL CTRL'],
  [0xc2, 'REL CTRL ACK'],
]);

const PAYLOADS: Names = new Map([
  [1, 'ISDN Q.921'],
  [2, 'M2UA'],
  [M3UA, 'M3UA'],
  [4, 'SUA'],
  [5, 'M2PA'],
  [6, 'V5.2'],
  [7, 'H.248'],
  [8, 'BICC'],
  [9, 'TALI'],
  [10, 'DUA'],
  [11, 'ASAP'],
  [12, 'ENRP'],
  [13, 'H.323'],
  [14, 'Q.IPC'],
  [15, 'SIMCO'],
  [16, 'DDPSC'],
  [17, 'DDPSSC'],
  [18, 'S1AP'],
  [19, 'RUA'],
  [20, 'HNBAP'],
  [FORCES_HIGH, 'ForCES HP'],
  [22, 'ForCES MP'],
  [FORCES_LOW, 'ForCES LP'],
  [24, 'SBc-AP'],
  [25, 'NBAP'],
  [27, 'X2AP'],
]);

/** Ports of ForCES (RFC 5811). */
const FORCES: Names = new Map([
  [6704, 'ForCES HP'],
  [6705, 'ForCES MP'],
  [6706, 'ForCES LP'],
]);

/** Prints an SCTP packet, addresses included. */
export function printSctp(p: Printer, offset: number, length: number): void {
  const { ip, ipVersion: version } = p;
  p.protocol = 'sctp';
  if (length < HEADER_LENGTH) {
    p.field('truncated-sctp - ', HEADER_LENGTH - length);
    p.ascii(' bytes missing!');
    return;
  }
  if (!p.whole(offset, HEADER_LENGTH)) return;
  const source = p.view.getUint16(offset);
  const destination = p.view.getUint16(offset + 2);
  if (version === 6) p.ipv6(ip + 8);
  else p.ipv4(ip + 12);
  p.field('.', source);
  p.ascii(' > ');
  if (version === 6) p.ipv6(ip + 24);
  else p.ipv4(ip + 16);
  p.field('.', destination);
  p.ascii(': sctp');
  for (const port of [source, destination]) if (FORCES.has(port)) p.ascii(`[${FORCES.get(port)}]`);
  printChunks(
    p,
    offset + HEADER_LENGTH,
    length - HEADER_LENGTH,
    FORCES.has(source) || FORCES.has(destination),
  );
}

/**
 * A chunk may claim more than is left; what is left then counts as 32 bits without a sign, as in tcpdump, and the
 * captured bytes are the bound.
 */
function printChunks(p: Printer, offset: number, left: number, forces: boolean): void {
  let separator = p.verbose >= 2 ? '\n\t' : ' (';
  for (let number = 1; left !== 0; number++) {
    p.protocol = 'sctp';
    if (left < CHUNK_HEADER_LENGTH) {
      p.ascii(`${separator}${number}) [chunk descriptor cut off at end of packet]`);
      return;
    }
    if (!p.whole(offset, CHUNK_HEADER_LENGTH)) return;
    const type = p.bytes[offset];
    const size = p.view.getUint16(offset + 2);
    if (size < CHUNK_HEADER_LENGTH) {
      p.ascii(`${separator}${number}) [Bad chunk length ${size}, < size of chunk descriptor]`);
      return;
    }
    const padding = -size & 3;
    if (left < padding) {
      p.ascii(`${separator}${number}) [Bad chunk length ${size}, > remaining data in packet]`);
      return;
    }
    if (!p.whole(offset, size)) return;
    p.ascii(`${separator}${number}) [${CHUNKS.get(type) ?? `Unknown chunk type: 0x${type.toString(16)}`}] `);
    const value = offset + CHUNK_HEADER_LENGTH;
    const rest = size - CHUNK_HEADER_LENGTH;
    if (!printChunk(p, type, value, rest, size, forces)) {
      p.field('bogus chunk length ', size);
      p.ascii(']');
      return;
    }
    if (p.verbose < 2) separator = ', (';
    if (!p.whole(offset + size, padding)) return;
    offset += size + padding;
    left = (left - size - padding) >>> 0;
  }
}

/** Returns false where the chunk is too short for what it is. */
function printChunk(
  p: Printer,
  type: number,
  offset: number,
  length: number,
  size: number,
  forces: boolean,
): boolean {
  switch (type) {
    case DATA:
      return printData(p, offset, length, forces);
    case INIT:
    case INIT_ACK:
      if (length < INIT_LENGTH) return false;
      p.field('[init tag: ', p.u32(offset));
      p.field('] [rwnd: ', p.u32(offset + 4));
      p.field('] [OS: ', p.u16(offset + 8));
      p.field('] [MIS: ', p.u16(offset + 10));
      p.field('] [init TSN: ', p.u32(offset + 12));
      p.ascii('] ');
      return true;
    case SACK:
      return length >= SACK_LENGTH && printSack(p, offset, offset + size - CHUNK_HEADER_LENGTH);
  }
  return true;
}

function printData(p: Printer, offset: number, length: number, forces: boolean): boolean {
  const flags = p.bytes[offset - 3];
  if ((flags & UNORDERED) !== 0) p.ascii('(U)');
  if ((flags & BEGINNING) !== 0) p.ascii('(B)');
  if ((flags & ENDING) !== 0) p.ascii('(E)');
  if ((flags & (UNORDERED | BEGINNING | ENDING)) !== 0) p.ascii(' ');
  if (length < DATA_HEADER_LENGTH) return false;
  const payload = p.u32(offset + 8);
  p.field('[TSN: ', p.u32(offset));
  p.field('] [SID: ', p.u16(offset + 4));
  p.field('] [SSEQ ', p.u16(offset + 6));
  p.ascii(`] [PPID ${PAYLOADS.get(payload) ?? `0x${payload.toString(16)}`}] `);
  if (length === DATA_HEADER_LENGTH) return false;
  const body = offset + DATA_HEADER_LENGTH;
  const rest = length - DATA_HEADER_LENGTH;
  if (forces || (payload >= FORCES_HIGH && payload <= FORCES_LOW)) {
    p.payload.forces(p, body, rest);
    p.protocol = 'sctp';
  } else if (payload === M3UA && p.verbose >= 2) {
    printM3ua(p, body, rest);
    p.protocol = 'sctp';
  } else if (p.verbose >= 2) {
    p.ascii('[Payload');
    const { hex, hexAscii } = p.options;
    if (hex + hexAscii === 0 && !p.quiet) {
      p.ascii(':');
      p.dump(body, rest);
    }
    p.ascii(']');
  }
  return true;
}

function printSack(p: Printer, offset: number, end: number): boolean {
  const acknowledged = p.u32(offset);
  const gaps = p.u16(offset + 8);
  const duplicates = p.u16(offset + 10);
  p.field('[cum ack ', acknowledged);
  p.field('] [a_rwnd ', p.u32(offset + 4));
  p.field('] [#gap acks ', gaps);
  p.field('] [#dup tsns ', duplicates);
  p.ascii('] ');
  offset += SACK_LENGTH;
  for (let i = 1; offset !== end && i <= gaps; i++, offset += 4) {
    if (end - offset < 4) return false;
    p.field('\n\t\t[gap ack block #', i);
    p.field(': start = ', (acknowledged + p.u16(offset)) >>> 0);
    p.field(', end = ', (acknowledged + p.u16(offset + 2)) >>> 0);
    p.ascii('] ');
  }
  for (let i = 1; offset !== end && i <= duplicates; i++, offset += 4) {
    if (end - offset < 4) return false;
    p.field('\n\t\t[dup TSN #', i);
    p.field(': ', p.u32(offset));
    p.ascii('] ');
  }
  return true;
}
