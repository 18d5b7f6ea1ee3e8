// IPv4, IPv6 and its extension headers, fragments. What they carry lies in transport.ts.
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { EXTENSION_LEAST, extensionLength } from '../../wire/ipv6-extensions.ts';
import { FRAGMENT } from '../../wire/packet.ts';
import * as ethertype from '../../wire/registry/ethertypes.ts';
import * as ipProtocol from '../../wire/registry/ip-protocols.ts';
import * as next from '../../wire/tunnel/next.ts';
import type { Headers } from '../headers.ts';
import { givesUp } from '../ip-options.ts';
import { behindOption } from '../ipv6-options.ts';
import type { Layers } from '../layers.ts';
import { BOGUS_LENGTH, BOGUS_VERSION, ENDED, OVER_IPV6, PIECE, SOUND } from '../marks.ts';
import type { Cursor } from './cursor.ts';
import { transport } from './transport.ts';

export function byVersion(cursor: Cursor, at: number): next.Next {
  if (at >= cursor.captureEnd) return next.NONE;
  const version = cursor.view.getUint8(at) >> 4;
  return version === 6 ? internet6(cursor, at) : version === 4 ? internet4(cursor, at) : next.NONE;
}

/** The network header says that it and its payload end here: what is behind is the link's trailer. */
export function carries(cursor: Cursor, end: number): void {
  const { eth, sll } = cursor.headers;
  const link = eth.count > 0 ? eth : sll;
  const last = link.count - 1;
  if (last < 0 || cursor.quoted !== 0 || cursor.view !== cursor.batch.view || (link.mark[last] & ENDED) !== 0)
    return;
  link.mark[last] |= ENDED;
  link.wireEnd[last] = Math.min(link.wireEnd[last], end);
}

export function internet4(cursor: Cursor, at: number): next.Next {
  const { view, packet } = cursor;
  const { ip } = cursor.headers;
  let readable = cursor.readable;
  if (at >= readable) return next.NONE;
  const number = ip.push(view, at, readable, cursor.wireEnd, -1, cursor.quoted);
  const header = (view.getUint8(at) & 15) << 2;
  if (view.getUint8(at) >> 4 !== 4) {
    ip.mark[number] |= BOGUS_VERSION;
    return endsAt(ip, number, at + 1);
  }
  // Nothing behind a length that is none is a field of the header.
  if (header < ipv4.HEADER_LENGTH) return endsAt(ip, number, at + 1);
  if (at + 4 > readable) return endsAt(ip, number, readable);
  const total = view.getUint16(at + 2);
  const end = total === 0 ? cursor.wireEnd : Math.min(cursor.wireEnd, at + total);
  if (total !== 0 && total < header) {
    ip.mark[number] |= BOGUS_LENGTH;
    return endsAt(ip, number, at + 4);
  }
  if (at + total > cursor.wireEnd && cursor.quoted === 0) ip.mark[number] |= BOGUS_LENGTH;
  ip.wireEnd[number] = end;
  ip.mark[number] |= SOUND;
  carries(cursor, end);
  readable = Math.min(cursor.captureEnd, end);
  ip.end[number] = readable;
  if (at + header > readable) return next.NONE;
  if (header > ipv4.HEADER_LENGTH && givesUp(view, at, ipv4.HEADER_LENGTH, at + header)) return next.NONE;
  packet.wireEnd = end;
  packet.transportAt = at + header;
  packet.transportEnd = end;
  packet.protocol = view.getUint8(at + 9);
  if ((view.getUint16(at + 6) & 0x3fff) !== 0) {
    if (cursor.quoted !== 0) return next.NONE;
    return ipFragment(cursor, ethertype.IPV4, at, ip, number);
  }
  return transport(cursor, packet.protocol, at + header, number, 0);
}

/** An IPv4 header of which nothing beyond `end` is a field; the bytes of the protocol go on, as far as they were captured. */
function endsAt(ip: Layers, number: number, end: number): next.Next {
  ip.wireEnd[number] = ip.end[number];
  ip.end[number] = end;
  return next.NONE;
}

/** A fragment: what it completes is gone on with, in a buffer of its own. */
function ipFragment(cursor: Cursor, etherType: number, at: number, list: Layers, number: number): next.Next {
  const { packet } = cursor;
  const end = packet.wireEnd;
  if (!packet.carried(etherType, at) || (packet.layers & FRAGMENT) === 0) return next.NONE;
  list.mark[number] |= PIECE;
  const whole = cursor.fragments.add(packet, cursor.frame);
  if (whole !== undefined) {
    packet.decode(whole, 0);
    const { reassembled, fragmentFrames } = cursor.headers;
    reassembled.push(
      whole.view,
      packet.transportAt,
      packet.wireEnd,
      fragmentFrames.length,
      number,
      etherType === ethertype.IPV6 ? OVER_IPV6 : 0,
    );
    fragmentFrames.push(...cursor.fragments.frames);
    packet.batch = whole;
    cursor.view = whole.view;
    cursor.captureEnd = packet.captureEnd;
    cursor.wireEnd = packet.wireEnd;
    return transport(
      cursor,
      packet.protocol,
      packet.transportAt,
      number,
      etherType === ethertype.IPV6 ? OVER_IPV6 : 0,
    );
  }
  packet.wireEnd = end;
  const cut = packet.fragmentOffset === 0 && packet.fragmentEnd > packet.captureEnd;
  if (!cut || etherType === ethertype.IPV6) return next.NONE;
  return transport(cursor, packet.protocol, packet.transportAt, number, 0);
}

export function internet6(cursor: Cursor, at: number): next.Next {
  const { view, packet } = cursor;
  const { ipv6: list } = cursor.headers;
  if (at >= cursor.readable) return next.NONE;
  const number = list.push(view, at, cursor.readable, cursor.wireEnd, -1, cursor.quoted);
  if (view.getUint8(at) >> 4 !== 6) {
    list.end[number] = at + 1;
    return next.NONE;
  }
  if (at + ipv6.HEADER_LENGTH > cursor.readable) return next.NONE;
  const length = view.getUint16(at + 4);
  let end = cursor.wireEnd;
  if (!isJumbogram(cursor, at)) end = Math.min(end, at + ipv6.HEADER_LENGTH + length);
  list.wireEnd[number] = end;
  list.mark[number] |= SOUND;
  carries(cursor, end);
  packet.wireEnd = end;
  cursor.wireEnd = end;
  packet.transportEnd = end;
  return extensions(cursor, view.getUint8(at + 6), at + ipv6.HEADER_LENGTH, at, number);
}

/** Has the packet its length in an option (RFC 2675, 2)? */
function isJumbogram({ view, readable }: Cursor, at: number): boolean {
  const option = at + ipv6.HEADER_LENGTH + EXTENSION_LEAST;
  if (view.getUint16(at + 4) !== 0 || view.getUint8(at + 6) !== ipProtocol.HOP_BY_HOP) return false;
  return option + 2 <= readable && view.getUint16(option) === JUMBO_PAYLOAD;
}

/** Type and length of the option. */
const JUMBO_PAYLOAD = 0xc204;

/** Does an option of the header at `at` end behind it? Wireshark reads no further. */
function hasOverlongOption(view: DataView, at: number, end: number): boolean {
  const headerEnd = at + ((view.getUint8(at + 1) + 1) << 3);
  for (let option = at + 2; option < Math.min(headerEnd, end); ) {
    if (view.getUint8(option) === 0) {
      option++;
      continue;
    }
    if (option + 2 > end) return true;
    if (option + 2 + view.getUint8(option + 1) > headerEnd) return true;
    option = behindOption(view, option, end);
    if (option < 0) return true;
  }
  return headerEnd > end;
}

function extensions(cursor: Cursor, first: number, start: number, ipAt: number, number: number): next.Next {
  const { view, packet } = cursor;
  let kind = first;
  let at = start;
  for (;;) {
    const list = extensionList(cursor.headers, kind);
    const known = list !== undefined || kind === ipProtocol.AH;
    if (!known || at + EXTENSION_LEAST > cursor.readable) {
      if (list !== undefined) list.push(view, at, cursor.readable, cursor.wireEnd, number);
      break;
    }
    list?.push(view, at, cursor.readable, cursor.wireEnd, number);
    const hasOptions = kind === ipProtocol.HOP_BY_HOP || kind === ipProtocol.DESTINATION_OPTIONS;
    if (hasOptions && hasOverlongOption(view, at, cursor.readable)) return next.NONE;
    if (kind === ipProtocol.FRAGMENT) {
      const offsetAndMore = view.getUint16(at + 2);
      if ((offsetAndMore & 0xfff9) !== 0) {
        if (cursor.quoted !== 0) return next.NONE;
        packet.protocol = view.getUint8(at);
        return ipFragment(cursor, ethertype.IPV6, ipAt, cursor.headers.ipv6, number);
      }
    }
    const length = extensionLength(view, kind, at);
    kind = view.getUint8(at);
    at += length;
  }
  packet.protocol = kind;
  packet.transportAt = at;
  return at < cursor.wireEnd ? transport(cursor, kind, at, number, OVER_IPV6) : next.NONE;
}

function extensionList(headers: Headers, kind: number): Layers | undefined {
  switch (kind) {
    case ipProtocol.HOP_BY_HOP:
      return headers.hopopts;
    case ipProtocol.DESTINATION_OPTIONS:
      return headers.dstopts;
    case ipProtocol.ROUTING:
      return headers.routing;
    case ipProtocol.FRAGMENT:
      return headers.fraghdr;
  }
  return undefined;
}
