// TCP, UDP, ICMP, and what lies upon them: DNS, tunnels, the packets that ICMP errors quote.
import * as dns from '../../wire/dns.ts';
import * as icmp from '../../wire/icmp.ts';
import * as ethertype from '../../wire/registry/ethertypes.ts';
import * as ipProtocol from '../../wire/registry/ip-protocols.ts';
import * as ports from '../../wire/registry/ports.ts';
import { byPorts } from '../../wire/tunnel/datagram.ts';
import { byProtocol } from '../../wire/tunnel/internet.ts';
import * as next from '../../wire/tunnel/next.ts';
import * as udp from '../../wire/udp.ts';
import { BAD_LENGTH, PIECE, QUOTED, SOUND } from '../marks.ts';
import type { Cursor } from './cursor.ts';
import { isTaken } from './udp-ports.ts';

export function transport(
  cursor: Cursor,
  protocol: number,
  at: number,
  number: number,
  over: number,
): next.Next {
  const { view, packet } = cursor;
  cursor.carrier = number;
  cursor.over = over;
  cursor.wireEnd = packet.wireEnd;
  const { readable } = cursor;
  switch (protocol) {
    case ipProtocol.TCP:
      return tcpSegment(cursor, at, number, over);
    case ipProtocol.UDP:
      return udpDatagram(cursor, at, number, over);
    case ipProtocol.ICMP:
      // What says how much of the datagram is quoted is read before anything is shown (RFC 4884, 4.1).
      if (at + icmp.HEADER_LENGTH - 2 > readable) return next.NONE;
      cursor.headers.icmp.push(view, at, readable, cursor.wireEnd, number, cursor.quoted | over);
      return over === 0 ? quotedBy(cursor, at) : next.NONE;
    case ipProtocol.ICMPV6:
      cursor.headers.icmpv6.push(view, at, readable, cursor.wireEnd, number, cursor.quoted | over);
      return quotedBy6(cursor, at);
    case UDP_LITE:
      if (!packet.udp.open(view, at, cursor.captureEnd)) return next.NONE;
      return byPorts(packet, at + udp.HEADER_LENGTH);
  }
  if (packet.protocol !== protocol) packet.protocol = protocol;
  packet.transportAt = at;
  packet.transportEnd = packet.wireEnd;
  return byProtocol(packet, at);
}

function tcpSegment(cursor: Cursor, at: number, number: number, over: number): next.Next {
  const { view, readable, wireEnd } = cursor;
  if (at >= readable) return next.NONE;
  const sound = at + 16 <= readable && view.getUint8(at + 12) >> 4 >= 5 ? SOUND : 0;
  // Of a header that ends before its window only the ports are fields.
  const end = at + 16 <= readable ? readable : Math.min(readable, at + 4);
  cursor.headers.tcp.push(view, at, end, wireEnd, number, cursor.quoted | over | sound);
  return next.NONE;
}

function udpDatagram(cursor: Cursor, at: number, number: number, over: number): next.Next {
  const { view, packet, readable } = cursor;
  const datagram = cursor.headers.udp.push(view, at, readable, cursor.wireEnd, number, cursor.quoted | over);
  if (at + udp.CHECKSUM > readable) return next.NONE;
  const length = view.getUint16(at + udp.LENGTH);
  if (length < udp.HEADER_LENGTH && !(length === 0 && over !== 0)) {
    cursor.headers.udp.mark[datagram] |= BAD_LENGTH;
    return next.NONE;
  }
  // The rest of a datagram lies in further fragments.
  const isFragment =
    over === 0 && (cursor.headers.ip.mark[number] & PIECE) !== 0 && view === cursor.batch.view;
  if (length > cursor.wireEnd - at && cursor.quoted === 0 && !isFragment)
    cursor.headers.udp.mark[datagram] |= BAD_LENGTH;
  if (at + udp.HEADER_LENGTH > readable) return next.NONE;
  cursor.headers.udp.mark[datagram] |= SOUND;
  const end = length === 0 ? cursor.wireEnd : Math.min(cursor.wireEnd, at + length);
  cursor.headers.udp.wireEnd[datagram] = end;
  cursor.headers.udp.end[datagram] = Math.min(readable, end);
  const source = view.getUint16(at);
  const destination = view.getUint16(at + 2);
  const payloadAt = at + udp.HEADER_LENGTH;
  const payloadEnd = cursor.headers.udp.end[datagram];
  if (payloadAt >= end) return next.NONE;
  if (isDnsPort(source) || isDnsPort(destination)) {
    // A message is shown from its flags on.
    if (payloadAt + dns.QUESTIONS <= payloadEnd)
      cursor.headers.dns.push(view, payloadAt, payloadEnd, end, datagram, cursor.quoted);
    return next.NONE;
  }
  if (destination === ports.VXLAN || source === ports.VXLAN)
    cursor.headers.vxlan.push(view, payloadAt, payloadEnd, end, datagram);
  packet.udp.open(view, at, cursor.captureEnd);
  packet.protocol = ipProtocol.UDP;
  const tunnel = byPorts(packet, payloadAt);
  if (
    tunnel === next.NONE &&
    !isTaken(source) &&
    !isTaken(destination) &&
    payloadAt + dns.HEADER_LENGTH < end &&
    looksLikeDns(view, payloadAt, payloadEnd)
  )
    cursor.headers.dns.push(view, payloadAt, payloadEnd, end, datagram);
  return tunnel;
}

/** What Wireshark takes for DNS on any port: a standard query with one question, or a response with few records. */
function looksLikeDns(view: DataView, at: number, end: number): boolean {
  if (at + dns.HEADER_LENGTH > end) return false;
  const flags = view.getUint16(at + 2);
  if ((flags & 0x7800) !== 0) return false;
  const [questions, answers] = [view.getUint16(at + 4), view.getUint16(at + 6)];
  const [authorities, additional] = [view.getUint16(at + 8), view.getUint16(at + 10)];
  if (additional > 10) return false;
  return (flags & 0x8000) === 0
    ? questions === 1 && answers === 0 && authorities === 0
    : questions <= 1 && answers <= 100 && authorities <= 10;
}

/** Goes on with the packet that an ICMP error quotes. */
function quotedBy(cursor: Cursor, at: number): next.Next {
  const { view, packet } = cursor;
  const inner = at + icmp.HEADER_LENGTH;
  if (inner > cursor.readable || cursor.quoted !== 0) return next.NONE;
  const words = view.getUint8(at + icmp.QUOTED_WORDS) << 2;
  switch (view.getUint8(at)) {
    case icmp.UNREACHABLE:
    case icmp.TIME_EXCEEDED:
    case icmp.PARAMETER_PROBLEM:
    case icmp.SOURCE_QUENCH:
      // Wireshark counts the words that are quoted behind the header (RFC 4884, 4).
      if (words !== 0) limitQuoted(cursor, inner, words);
      cursor.quoted = QUOTED;
      return next.go(packet, next.TYPE, inner, ethertype.IPV4);
    case icmp.REDIRECT:
      limitQuoted(cursor, inner, QUOTED_LEAST);
      cursor.quoted = QUOTED;
      return next.go(packet, next.TYPE, inner, ethertype.IPV4);
  }
  return next.NONE;
}

/** What the errors of RFC 792 quote behind the header. */
const QUOTED_LEAST = 8;

/** A datagram is quoted up to `bytes` behind its header. */
function limitQuoted({ view, packet, readable }: Cursor, at: number, bytes: number): void {
  if (at >= readable) return;
  const header = (view.getUint8(at) & 15) << 2;
  packet.wireEnd = Math.min(packet.wireEnd, at + header + bytes);
}

function quotedBy6(cursor: Cursor, at: number): next.Next {
  const { view, packet } = cursor;
  const inner = at + icmp.HEADER_LENGTH;
  if (inner > cursor.readable || cursor.quoted !== 0) return next.NONE;
  const type = view.getUint8(at);
  let quoted = inner;
  if (type < 1 || type > 4) {
    const options = icmp.NEIGHBOR_OPTIONS_AT[type];
    quoted = options === undefined ? -1 : redirected(view, at + options, cursor.readable);
    if (quoted < 0) return next.NONE;
    packet.wireEnd = Math.min(packet.wireEnd, quoted - 8 + (view.getUint8(quoted - 7) << 3));
  }
  if (quoted >= cursor.readable || view.getUint8(quoted) >> 4 !== 6) return next.NONE;
  cursor.quoted = QUOTED;
  return next.go(packet, next.TYPE, quoted, ethertype.IPV6);
}

/** What redirects have of a packet, in an option (RFC 4861, 4.6.3). */
const REDIRECTED = 4;

/** Where the packet lies that a redirect is about; -1 where it has none. */
function redirected(view: DataView, options: number, end: number): number {
  for (let at = options; at + 8 <= end; ) {
    const length = view.getUint8(at + 1) << 3;
    if (view.getUint8(at) === REDIRECTED && length > 8) return at + 8;
    if (length === 0) return -1;
    at += length;
  }
  return -1;
}

/** UDP-Lite (RFC 3828). */
const UDP_LITE = 136;

function isDnsPort(port: number): boolean {
  return port === ports.DNS || port === ports.MULTICAST_DNS || port === ports.LLMNR;
}
