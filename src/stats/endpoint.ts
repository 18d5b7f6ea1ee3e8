// The endpoints of each kind of conversation: where their addresses lie in a packet, and how they are written.
import { addressText } from '../base/address.ts';
import type { Dissection } from '../fields/dissection.ts';
import type { Layers } from '../fields/layers.ts';
import { OVER_IPV6, PIECE, QUOTED, SOUND } from '../fields/marks.ts';
import { ANALYSIS } from '../fields/needs.ts';
import { destinationAt } from '../fields/source-route.ts';
import * as ethernet from '../wire/ethernet.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';
import * as tcp from '../wire/tcp.ts';
import * as udp from '../wire/udp.ts';

/** Kinds of conversations and endpoints, by the names that tshark's -z has for them. */
export const KINDS = ['eth', 'ip', 'ipv6', 'tcp', 'udp'] as const;
export type Kind = (typeof KINDS)[number];

export const KIND_TITLES: Record<Kind, string> = {
  eth: 'Ethernet',
  ip: 'IPv4',
  ipv6: 'IPv6',
  tcp: 'TCP',
  udp: 'UDP',
};

/** Words of an endpoint: of TCP and UDP the version of IP, an address and a port. */
const WORDS: Record<Kind, number> = { eth: 2, ip: 1, ipv6: 4, tcp: 6, udp: 6 };

export interface Endpoint {
  address: string;
  port?: number;
}

/** How a kind's headers are found in a packet and become keys. */
export interface Reader {
  words: number;
  needs: number;
  layers(packet: Dissection): Layers;
  /** Fills the words of source and destination; false for a header that is cut short, unsound, or quoted by an ICMP error. */
  read(packet: Dissection, layer: number, source: Int32Array, destination: Int32Array): boolean;
  /** What parts conversations of the same endpoints: the TCP stream. */
  extra(packet: Dissection): number;
  endpoint(words: Int32Array): Endpoint;
}

const none = () => 0;

function readEthernet({ eth }: Dissection, i: number, source: Int32Array, destination: Int32Array): boolean {
  const at = eth.at[i];
  if (at + ethernet.HEADER_LENGTH > eth.end[i] || (eth.mark[i] & QUOTED) !== 0) return false;
  const view = eth.view[i];
  destination[0] = view.getInt32(at);
  destination[1] = view.getUint16(at + 4);
  source[0] = view.getInt32(at + 6);
  source[1] = view.getUint16(at + 10);
  return true;
}

function readIpv4({ ip }: Dissection, i: number, source: Int32Array, destination: Int32Array): boolean {
  const at = ip.at[i];
  const mark = ip.mark[i];
  if ((mark & SOUND) === 0 || (mark & QUOTED) !== 0 || at + ipv4.HEADER_LENGTH > ip.end[i]) return false;
  const view = ip.view[i];
  source[0] = view.getInt32(at + 12);
  destination[0] = view.getInt32(destinationAt(view, at, ip.end[i]));
  return true;
}

/** Where the address lies that a datagram of IPv6 is for, by its routing header (RFC 8754; RFC 6275, 6.4); -1 where that is cut short. */
function destination6({ ipv6: list, routing }: Dissection, i: number): number {
  const at = list.at[i] + 24;
  for (let k = 0; k < routing.count; k++) {
    if (routing.parent[k] !== i) continue;
    const header = routing.at[k];
    const view = routing.view[k];
    if (header + 8 > routing.end[k] || header + 8 + 8 * view.getUint8(header + 1) > routing.end[k]) return -1;
    if (view.getUint8(header + 3) === 0) continue;
    const addresses = view.getUint8(header + 1) >> 1;
    const type = view.getUint8(header + 2);
    if (addresses === 0) continue;
    if (type === 0 || (type === 3 && view.getUint16(header + 4) === 0))
      return header + 8 + 16 * (addresses - 1);
    if (type === 2 || type === 4) return header + 8;
  }
  return at;
}

function readIpv6(packet: Dissection, i: number, source: Int32Array, destination: Int32Array): boolean {
  const { ipv6: list } = packet;
  const at = list.at[i];
  const mark = list.mark[i];
  if ((mark & SOUND) === 0 || (mark & QUOTED) !== 0 || at + ipv6.HEADER_LENGTH > list.end[i]) return false;
  const view = list.view[i];
  // As tshark: not where its routing header is cut short, and of fragments the one that completes the datagram.
  if (destination6(packet, i) < 0) return false;
  if ((mark & PIECE) !== 0 && !isCompleted(packet)) return false;
  for (let word = 0; word < 4; word++) {
    source[word] = view.getInt32(at + 8 + 4 * word);
    destination[word] = view.getInt32(at + 24 + 4 * word);
  }
  return true;
}

/** Whether the packet's fragment was the last one that was wanted: what was put together lies in another buffer. */
function isCompleted({ batch, tcp: segments, udp: datagrams, icmpv6 }: Dissection): boolean {
  return [segments, datagrams, icmpv6].some(({ count, view }) => count > 0 && view[count - 1] !== batch.view);
}

/** Addresses and ports of a TCP or UDP header, whose length is known to be there. */
function readPorts(
  packet: Dissection,
  list: Layers,
  i: number,
  source: Int32Array,
  destination: Int32Array,
): boolean {
  const parent = list.parent[i];
  const isIpv6 = (list.mark[i] & OVER_IPV6) !== 0;
  const carriers = isIpv6 ? packet.ipv6 : packet.ip;
  if (parent < 0 || parent >= carriers.count) return false;
  const view = carriers.view[parent];
  const at = carriers.at[parent];
  const destinationPlace = isIpv6
    ? destination6(packet, parent)
    : destinationAt(view, at, carriers.end[parent]);
  if (destinationPlace < 0) return false;
  const sourceAt = at + (isIpv6 ? 8 : 12);
  const length = isIpv6 ? 4 : 1;
  source[0] = destination[0] = isIpv6 ? 6 : 4;
  for (let word = 0; word < 4; word++) {
    source[1 + word] = word < length ? view.getInt32(sourceAt + 4 * word) : 0;
    destination[1 + word] = word < length ? view.getInt32(destinationPlace + 4 * word) : 0;
  }
  const ports = list.view[i].getUint32(list.at[i]);
  source[5] = ports >>> 16;
  destination[5] = ports & 0xffff;
  return true;
}

function readTcp(packet: Dissection, i: number, source: Int32Array, destination: Int32Array): boolean {
  const { tcp: list } = packet;
  const mark = list.mark[i];
  const at = list.at[i];
  if ((mark & SOUND) === 0 || (mark & QUOTED) !== 0 || at + tcp.HEADER_LENGTH > list.end[i]) return false;
  if (at + ((list.view[i].getUint8(at + 12) >> 4) << 2) > list.end[i]) return false;
  return readPorts(packet, list, i, source, destination);
}

function readUdp(packet: Dissection, i: number, source: Int32Array, destination: Int32Array): boolean {
  const { udp: list } = packet;
  const mark = list.mark[i];
  if ((mark & SOUND) === 0 || (mark & QUOTED) !== 0) return false;
  if (list.at[i] + udp.HEADER_LENGTH > list.end[i]) return false;
  return readPorts(packet, list, i, source, destination);
}

export const READERS: Record<Kind, Reader> = {
  eth: {
    words: WORDS.eth,
    needs: 0,
    layers: ({ eth }) => eth,
    read: readEthernet,
    extra: none,
    endpoint: mac,
  },
  ip: {
    words: WORDS.ip,
    needs: 0,
    layers: ({ ip }) => ip,
    read: readIpv4,
    extra: none,
    endpoint: (words) => ({ address: addressOf(words, 0, 1) }),
  },
  ipv6: {
    words: WORDS.ipv6,
    needs: 0,
    layers: (packet) => packet.ipv6,
    read: readIpv6,
    extra: none,
    endpoint: (words) => ({ address: addressOf(words, 0, 4) }),
  },
  tcp: {
    words: WORDS.tcp,
    needs: ANALYSIS,
    layers: (packet) => packet.tcp,
    read: readTcp,
    extra: ({ analysis }) => analysis.stream,
    endpoint: withPort,
  },
  udp: {
    words: WORDS.udp,
    needs: 0,
    layers: (packet) => packet.udp,
    read: readUdp,
    extra: none,
    endpoint: withPort,
  },
};

function mac(words: Int32Array): Endpoint {
  const digits = (words[0] >>> 0).toString(16).padStart(8, '0') + words[1].toString(16).padStart(4, '0');
  return { address: digits.replace(/..(?=.)/g, '$&:') };
}

/** Of the address at hand. */
const IPV4 = new Uint8Array(4);
const IPV6 = new Uint8Array(16);

function addressOf(words: Int32Array, at: number, count: number): string {
  const bytes = count === 1 ? IPV4 : IPV6;
  for (let i = 0; i < bytes.length; i++) bytes[i] = words[at + (i >> 2)] >>> (24 - 8 * (i & 3));
  return addressText(bytes);
}

function withPort(words: Int32Array): Endpoint {
  return { address: addressOf(words, 1, words[0] === 6 ? 4 : 1), port: words[5] };
}
