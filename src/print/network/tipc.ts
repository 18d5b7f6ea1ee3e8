// Transparent inter-process communication between the nodes of a cluster, over Ethernet.
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';

const LINK_CONFIGURATION = 13;
const USERS: Names = new Map([
  [0, 'Low Importance Data payload'],
  [1, 'Medium Importance Data payload'],
  [2, 'High Importance Data payload'],
  [3, 'Critical Importance Data payload'],
  [5, 'Broadcast Link Protocol internal'],
  [6, 'Message Bundler Protocol internal'],
  [7, 'Link State Protocol internal'],
  [8, 'Connection Manager internal'],
  [10, 'Link Changeover Protocol internal'],
  [11, 'Name Table Update Protocol internal'],
  [12, 'Message Fragmentation Protocol internal'],
  [LINK_CONFIGURATION, 'Neighbor Detection Protocol internal'],
]);
/** Users whose messages have ports. */
const WITH_PORTS = [0, 1, 2, 3, 8, 11];
const MESSAGES = ['CONN_MSG', 'MCAST_MSG', 'NAMED_MSG', 'DIRECT_MSG'];
const LINK_MESSAGES = ['Link request', 'Link response'];
/** Words of a header that has no addresses of nodes. */
const SHORT = 6;

export function printTipc(p: Printer, offset: number): void {
  p.protocol = 'tipc';
  const user = (p.u32(offset) >>> 25) & 15;
  if (WITH_PORTS.includes(user)) printPayload(p, offset);
  else if (user === LINK_CONFIGURATION) printLinkConfiguration(p, offset);
  else if (USERS.has(user)) printInternal(p, offset);
}

/** Zone, cluster and node. */
function node(address: number): string {
  return `${address >>> 24}.${(address >>> 12) & 0xfff}.${address & 0xfff}`;
}

function high(value: number): number {
  return value >>> 16;
}

function low(value: number): number {
  return value & 0xffff;
}

/** What all headers begin with; `between` is the sender and the receiver. */
function printHeader(p: Printer, offset: number, between: string, messages: readonly string[]): void {
  const word = p.u32(offset);
  const size = ((word >>> 21) & 15) * 4;
  p.ascii(
    `TIPC v${word >>> 29}.0 ${between}, headerlength ${size} bytes, MessageSize ${word & 0x1ffff} bytes, `,
  );
  p.ascii(`${USERS.get((word >>> 25) & 15)}, messageType ${messages[p.u32(offset + 4) >>> 29] ?? 'Unknown'}`);
}

function printPayload(p: Printer, offset: number): void {
  p.need(offset, 24);
  const previous = p.u32(offset + 12);
  const origin = p.u32(offset + 16);
  const destination = p.u32(offset + 20);
  if (((p.u32(offset) >>> 21) & 15) <= SHORT) {
    printHeader(p, offset, `${node(previous)}:${origin} > ${destination}`, MESSAGES);
    return;
  }
  printHeader(
    p,
    offset,
    `${node(p.u32(offset + 24))}:${origin} > ${node(p.u32(offset + 28))}:${destination}`,
    MESSAGES,
  );
  if (p.verbose === 0) return;
  const sequence = p.u32(offset + 8);
  p.ascii(`\n\tPrevious Node ${node(previous)}, Broadcast Ack ${low(p.u32(offset + 4))}`);
  p.ascii(`, Link Ack ${high(sequence)}, Link Sequence ${low(sequence)}`);
}

function printInternal(p: Printer, offset: number): void {
  p.need(offset, 8);
  printHeader(p, offset, `${node(p.u32(offset + 24))} > ${node(p.u32(offset + 28))}`, MESSAGES);
  const word = p.u32(offset + 4);
  p.ascii(' (0x');
  p.out.hexPadded(word, 8);
  p.ascii(')');
  if (p.verbose === 0) return;
  p.need(offset, 40);
  const gap = p.u32(offset + 8);
  const fragments = p.u32(offset + 16);
  const last = p.u32(offset + 36);
  p.ascii(`\n\tPrevious Node ${node(p.u32(offset + 12))}, Session No. ${high(p.u32(offset + 20))}`);
  p.ascii(`, Broadcast Ack ${low(word)}, Sequence Gap ${(word >>> 16) & 0x1fff}`);
  p.ascii(`,  Broadcast Gap After ${high(gap)}, Broadcast Gap To ${low(gap)}`);
  p.ascii(`, Last Sent Packet No. ${high(fragments)}, Next sent Packet No. ${low(fragments)}`);
  p.ascii(`, Transport Sequence ${p.u32(offset + 32)}, msg_count ${high(last)}, Link Tolerance ${low(last)}`);
}

function printLinkConfiguration(p: Printer, offset: number): void {
  p.need(offset, 16);
  printHeader(p, offset, `${node(p.u32(offset + 12))} > ${node(p.u32(offset + 8))}`, LINK_MESSAGES);
  if (p.verbose === 0) return;
  p.need(offset, 24);
  p.ascii(
    `\n\tNodeSignature ${low(p.u32(offset + 4))}, network_id ${p.u32(offset + 16)}, media_id ${p.u32(offset + 20) & 0xff}`,
  );
}
