// OpenFlow: the messages of a segment, each with its type, length and transaction; with -v their bodies.

import type { Printer } from '../engine/printer.ts';
import { printBody10 } from './openflow10.ts';
import { printBody13 } from './openflow13.ts';

const HEADER_LENGTH = 8;
const VERSIONS = ['', '1.0', '1.1', '1.2', '1.3', '1.4', '1.5'];

/** Bytes behind the header: so many, at least so many (below 0: as many as the complement says). */
type Type = readonly [name: string, body: number];
const ANY = ~0;

const TYPES_10: readonly Type[] = [
  ['HELLO', ANY],
  ['ERROR', ~4],
  ['ECHO_REQUEST', ANY],
  ['ECHO_REPLY', ANY],
  ['VENDOR', ~4],
  ['FEATURES_REQUEST', 0],
  ['FEATURES_REPLY', ~24],
  ['GET_CONFIG_REQUEST', 0],
  ['GET_CONFIG_REPLY', 4],
  ['SET_CONFIG', 4],
  ['PACKET_IN', ~10],
  ['FLOW_REMOVED', 80],
  ['PORT_STATUS', 56],
  ['PACKET_OUT', ~8],
  ['FLOW_MOD', ~64],
  ['PORT_MOD', 24],
  ['STATS_REQUEST', ~4],
  ['STATS_REPLY', ~4],
  ['BARRIER_REQUEST', 0],
  ['BARRIER_REPLY', 0],
  ['QUEUE_GET_CONFIG_REQUEST', 4],
  ['QUEUE_GET_CONFIG_REPLY', ~8],
];
const TYPES_13: readonly Type[] = [
  ['HELLO', ANY],
  ['ERROR', ~4],
  ['ECHO_REQUEST', ANY],
  ['ECHO_REPLY', ANY],
  ['EXPERIMENTER', ~8],
  ['FEATURES_REQUEST', 0],
  ['FEATURES_REPLY', 24],
  ['GET_CONFIG_REQUEST', 0],
  ['GET_CONFIG_REPLY', 4],
  ['SET_CONFIG', 4],
  ['PACKET_IN', ANY],
  ['FLOW_REMOVED', ANY],
  ['PORT_STATUS', 72],
  ['PACKET_OUT', ANY],
  ['FLOW_MOD', ANY],
  ['GROUP_MOD', ANY],
  ['PORT_MOD', 32],
  ['TABLE_MOD', 8],
  ['MULTIPART_REQUEST', ANY],
  ['MULTIPART_REPLY', ANY],
  ['BARRIER_REQUEST', 0],
  ['BARRIER_REPLY', 0],
  ['QUEUE_GET_CONFIG_REQUEST', 8],
  ['QUEUE_GET_CONFIG_REPLY', ANY],
  ['ROLE_REQUEST', 16],
  ['ROLE_REPLY', 16],
  ['GET_ASYNC_REQUEST', 0],
  ['GET_ASYNC_REPLY', 24],
  ['SET_ASYNC', 24],
  ['METER_MOD', ANY],
];

export function printOpenflow(p: Printer, offset: number, length: number): void {
  p.protocol = 'openflow';
  p.ascii(': OpenFlow');
  const end = offset + length;
  while (offset !== end) {
    const version = p.u8(offset);
    p.ascii(`\n\tversion ${VERSIONS[version] || unknown(version)}`);
    if (end - offset < 2) {
      p.ascii(' (end of TCP payload)');
      return;
    }
    const type = p.u8(offset + 1);
    const known = (version === 1 ? TYPES_10 : version === 4 ? TYPES_13 : undefined)?.[type];
    p.ascii(`, type ${known?.[0] ?? unknown(type)}`);
    if (end - offset < 4) {
      partial(p, offset + 2, end);
      return;
    }
    const size = p.u16(offset + 2);
    p.field(', length ', size);
    if (size < HEADER_LENGTH) p.ascii(' (too short!)');
    if (end - offset < HEADER_LENGTH) {
      partial(p, offset + 4, end);
      return;
    }
    p.need(offset + 4, 4);
    p.ascii(', xid 0x');
    p.out.hexPadded(p.u32(offset + 4), 8);
    offset += HEADER_LENGTH;
    if (size < HEADER_LENGTH) {
      p.invalid();
      p.need(offset, end - offset);
      return;
    }
    const body = size - HEADER_LENGTH;
    const proper = known !== undefined && fits(body, known[1]);
    if (known !== undefined && !proper) p.invalid();
    const printBody = version === 1 ? printBody10 : printBody13;
    // A body may end in a name that fills less than its place: nothing asks whether the rest was captured.
    if (!proper || p.verbose === 0 || !printBody(p, type, offset, body)) p.need(offset, body);
    if (body > end - offset) return;
    offset += body;
  }
}

function unknown(code: number): string {
  return `unknown (0x${code.toString(16).padStart(2, '0')})`;
}

function partial(p: Printer, offset: number, end: number): void {
  p.ascii(' (end of TCP payload)');
  p.need(offset, end - offset);
}

function fits(length: number, expected: number): boolean {
  return expected < 0 ? length >= ~expected : length === expected;
}
