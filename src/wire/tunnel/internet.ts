// What IP carries that carries a packet: tunnels known by their IP protocol, and service headers.
import * as header from '../gre.ts';
import { extensionLength } from '../ipv6-extensions.ts';
import type { Packet } from '../packet.ts';
import * as ethertype from '../registry/ethertypes.ts';
import * as ipProtocol from '../registry/ip-protocols.ts';
import {
  AX25,
  FOUND,
  FRAME_RELAY,
  GRE,
  go,
  MAC,
  MPLS,
  type Next,
  NONE,
  NSH,
  PPP,
  readable,
  TYPE,
  VERSION,
  WIRELESS,
} from './next.ts';

// What GRE carries; not all EtherTypes.
const ERSPAN_2 = 0x88be;
const ERSPAN_3 = 0x22eb;
const WCCP = 0x883e;
const MERAKI = 0x6400;
const RAW_FRAME_RELAY = 0x6559;
/** Aruba's access points: IEEE 802.11 frames. */
const ARUBA_FIRST = 0x8200;
const ARUBA_LAST = 0x8370;

/** What follows the IP header, at `at`, by its protocol. UDP is the ports' (datagram.ts). */
export function byProtocol(packet: Packet, at: number): Next {
  const { protocol } = packet;
  switch (protocol) {
    case ipProtocol.IPV4:
      return go(packet, TYPE, at, ethertype.IPV4);
    case ipProtocol.IPV6:
      return go(packet, TYPE, at, ethertype.IPV6);
    case ipProtocol.GRE:
      return go(packet, GRE, at);
    case ipProtocol.AX25:
      return go(packet, AX25, at);
    case ipProtocol.ETHERIP:
      return go(packet, MAC, at + 2);
    case ipProtocol.ETHERNET:
      return go(packet, MAC, at);
    case ipProtocol.MPLS:
      return go(packet, MPLS, at);
  }
  return extension(packet, at, protocol);
}

/** A header that says which transport comes behind it; those of IPv6 may stand in IPv4 as well. */
function extension(packet: Packet, at: number, protocol: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, at, 8)) return NONE;
  const length = bytes.getUint8(at + 1);
  switch (protocol) {
    case ipProtocol.SHIM6: // RFC 5533, 5.1: the payload extension header has this bit
      return (bytes.getUint8(at + 2) & 0x80) === 0 ? NONE : follow(packet, at, at + ((length + 1) << 3));
    case ipProtocol.DSR: // RFC 4728, 6.1: flags, and the length of the options
      return follow(packet, at, at + 4 + bytes.getUint16(at + 2));
    case ipProtocol.AH:
    case ipProtocol.HOP_BY_HOP:
    case ipProtocol.ROUTING:
    case ipProtocol.DESTINATION_OPTIONS:
      return follow(packet, at, at + extensionLength(bytes, protocol, at));
    case ipProtocol.FRAGMENT: // one that is whole
      return (bytes.getUint16(at + 2) & 0xfff9) === 0 ? follow(packet, at, at + 8) : NONE;
  }
  return NONE;
}

function follow(packet: Packet, at: number, end: number): Next {
  packet.follows(packet.batch.view.getUint8(at), end, packet.transportEnd);
  return FOUND;
}

const fields = new header.GreFields();

/** GRE (RFC 2784, 2890) and its version 1 for PPTP (RFC 2637). */
export function gre(packet: Packet, at: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, at, header.LEAST)) return NONE;
  const flags = bytes.getUint16(at);
  const type = bytes.getUint16(at + header.PROTOCOL);
  fields.place(flags, at);
  at = fields.end;
  if ((flags & header.ROUTING) !== 0) {
    for (let length = 1; length !== 0; ) {
      if (!readable(packet, at, header.ROUTE_HEADER)) return NONE;
      length = bytes.getUint8(at + header.ROUTE_LENGTH);
      at += header.ROUTE_HEADER + length;
    }
  }
  return inGre(packet, at, type, fields.sequence >= 0);
}

function inGre(packet: Packet, at: number, type: number, sequenced: boolean): Next {
  const bytes = packet.batch.view;
  switch (type) {
    case ethertype.IPV4:
    case ethertype.IPV6:
      return go(packet, TYPE, at, type);
    case ethertype.MPLS:
    case ethertype.MPLS_MULTICAST:
      return go(packet, MPLS, at);
    case ethertype.TRANSPARENT_BRIDGING:
    case MERAKI:
      return go(packet, MAC, at);
    case ethertype.NSH:
      return go(packet, NSH, at);
    case RAW_FRAME_RELAY:
      return go(packet, FRAME_RELAY, at);
    case WCCP: // with or without four bytes of its own before IPv4
      if (!readable(packet, at, 1)) return NONE;
      return go(packet, VERSION, bytes.getUint8(at) >> 4 === 4 ? at : at + 4);
    case ethertype.PPP:
      return go(packet, PPP, at);
    case ERSPAN_2: // draft-foschiano-erspan: type I has no header, and no sequence number tells it
      return go(packet, MAC, sequenced ? at + 8 : at);
    case ERSPAN_3:
      if (!readable(packet, at, 12) || bytes.getUint8(at) >> 4 !== 2) return NONE;
      return go(packet, MAC, at + ((bytes.getUint8(at + 11) & 1) === 0 ? 12 : 20));
  }
  const isAruba = type >= ARUBA_FIRST && type <= ARUBA_LAST && (type & 15) === 0;
  return isAruba ? go(packet, WIRELESS, at) : NONE;
}

/** The network service header (RFC 8300, 2.2): its length in words, and what comes next. */
export function nsh(packet: Packet, at: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, at, 8)) return NONE;
  const inner = at + ((bytes.getUint16(at) & 0x3f) << 2);
  if (inner < at + 8) return NONE;
  return service(packet, inner, bytes.getUint8(at + 3));
}

/** The next protocol as NSH (RFC 8300, 2.2) and VXLAN-GPE number it. */
export function service(packet: Packet, at: number, protocol: number): Next {
  switch (protocol) {
    case 1:
    case 2:
      return go(packet, VERSION, at);
    case 3:
      return go(packet, MAC, at);
    case 4:
      return go(packet, NSH, at);
    case 5:
      return go(packet, MPLS, at);
  }
  return NONE;
}
