// TCP, UDP, ICMP, and what lies upon them: DNS, tunnels, the packets that ICMP errors quote.
import * as icmp from '../../wire/icmp.ts';
import * as ethertype from '../../wire/registry/ethertypes.ts';
import * as ipProtocol from '../../wire/registry/ip-protocols.ts';
import * as ports from '../../wire/registry/ports.ts';
import { byPorts } from '../../wire/tunnel/datagram.ts';
import { byProtocol } from '../../wire/tunnel/internet.ts';
import * as next from '../../wire/tunnel/next.ts';
import * as udp from '../../wire/udp.ts';
import { BAD_LENGTH, OVER_TCP, QUOTED, SOUND } from '../marks.ts';
import type { Cursor } from './cursor.ts';

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
  return cursor.quoted === 0 ? byProtocol(packet, at) : next.NONE;
}

function tcpSegment(cursor: Cursor, at: number, number: number, over: number): next.Next {
  const { view, readable, wireEnd } = cursor;
  const sound = at + 13 <= readable && view.getUint8(at + 12) >> 4 >= 5 ? SOUND : 0;
  if (at >= readable) return next.NONE;
  const segment = cursor.headers.tcp.push(view, at, readable, wireEnd, number, cursor.quoted | over | sound);
  if (
    sound !== 0 &&
    cursor.quoted === 0 &&
    (isDnsOverTcp(view.getUint16(at)) || isDnsOverTcp(view.getUint16(at + 2)))
  )
    dnsMessages(cursor, segment, at + ((view.getUint8(at + 12) >> 4) << 2), readable);
  return next.NONE;
}

/** DNS messages that are whole within a segment, each behind its length (RFC 1035, 4.2.2). */
function dnsMessages(cursor: Cursor, segment: number, start: number, end: number): void {
  const { view } = cursor;
  for (let at = start; at + 2 <= end; ) {
    const next = at + 2 + view.getUint16(at);
    if (next > end || next === at + 2) return;
    cursor.headers.dns.push(view, at + 2, next, next, segment, OVER_TCP);
    at = next;
  }
}

function udpDatagram(cursor: Cursor, at: number, number: number, over: number): next.Next {
  const { view, packet, readable } = cursor;
  const datagram = cursor.headers.udp.push(view, at, readable, cursor.wireEnd, number, cursor.quoted | over);
  if (at + udp.HEADER_LENGTH > readable) return next.NONE;
  const length = view.getUint16(at + 4);
  if (length < udp.HEADER_LENGTH && !(length === 0 && over !== 0)) {
    cursor.headers.udp.mark[datagram] |= BAD_LENGTH;
    return next.NONE;
  }
  if (length > cursor.wireEnd - at && cursor.quoted === 0) cursor.headers.udp.mark[datagram] |= BAD_LENGTH;
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
    cursor.headers.dns.push(view, payloadAt, payloadEnd, end, datagram, cursor.quoted);
    return next.NONE;
  }
  if (cursor.quoted !== 0) return next.NONE;
  if (destination === ports.VXLAN || source === ports.VXLAN)
    cursor.headers.vxlan.push(view, payloadAt, payloadEnd, end, datagram);
  packet.udp.open(view, at, cursor.captureEnd);
  packet.protocol = ipProtocol.UDP;
  return byPorts(packet, payloadAt);
}

/** Goes on with the packet that an ICMP error quotes. */
function quotedBy(cursor: Cursor, at: number): next.Next {
  const { view, packet } = cursor;
  const inner = at + icmp.HEADER_LENGTH;
  if (inner > cursor.readable || cursor.quoted !== 0) return next.NONE;
  switch (view.getUint8(at)) {
    case icmp.UNREACHABLE:
    case icmp.SOURCE_QUENCH:
    case icmp.REDIRECT:
    case icmp.TIME_EXCEEDED:
    case icmp.PARAMETER_PROBLEM:
      cursor.quoted = QUOTED;
      return next.go(packet, next.TYPE, inner, ethertype.IPV4);
  }
  return next.NONE;
}

function quotedBy6(cursor: Cursor, at: number): next.Next {
  const { view, packet } = cursor;
  const inner = at + icmp.HEADER_LENGTH;
  if (inner > cursor.readable || cursor.quoted !== 0) return next.NONE;
  const type = view.getUint8(at);
  if (type < 1 || type > 4) return next.NONE;
  cursor.quoted = QUOTED;
  return next.go(packet, next.TYPE, inner, ethertype.IPV6);
}

/** UDP-Lite (RFC 3828). */
const UDP_LITE = 136;

function isDnsPort(port: number): boolean {
  return port === ports.DNS || port === ports.MULTICAST_DNS || port === ports.LLMNR;
}

export function isDnsOverTcp(port: number): boolean {
  return port === ports.DNS || port === ports.MULTICAST_DNS;
}
