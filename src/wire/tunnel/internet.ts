// What IP carries that carries a packet: tunnels known by their IP protocol, and service headers.
import * as header from '../gre.ts';
import { extensionLength } from '../ipv6-extensions.ts';
import * as serviceHeader from '../nsh.ts';
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

/** What follows the IP header, at `offset`, by its protocol. UDP is the ports' (datagram.ts). */
export function byProtocol(packet: Packet, offset: number): Next {
  const { protocol } = packet;
  switch (protocol) {
    case ipProtocol.IPV4:
      return go(packet, TYPE, offset, ethertype.IPV4);
    case ipProtocol.IPV6:
      return go(packet, TYPE, offset, ethertype.IPV6);
    case ipProtocol.GRE:
      return go(packet, GRE, offset);
    case ipProtocol.AX25:
      return go(packet, AX25, offset);
    case ipProtocol.ETHERIP:
      return go(packet, MAC, offset + 2);
    case ipProtocol.ETHERNET:
      return go(packet, MAC, offset);
    case ipProtocol.MPLS:
      return go(packet, MPLS, offset);
  }
  return extension(packet, offset, protocol);
}

/** A header that says which transport comes behind it; those of IPv6 may stand in IPv4 as well. */
function extension(packet: Packet, offset: number, protocol: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, offset, 8)) return NONE;
  const length = bytes.getUint8(offset + 1);
  switch (protocol) {
    case ipProtocol.SHIM6: // RFC 5533, 5.1: the payload extension header has this bit
      return (bytes.getUint8(offset + 2) & 0x80) === 0
        ? NONE
        : follow(packet, offset, offset + ((length + 1) << 3));
    case ipProtocol.DSR: // RFC 4728, 6.1: flags, and the length of the options
      return follow(packet, offset, offset + 4 + bytes.getUint16(offset + 2));
    case ipProtocol.AH:
    case ipProtocol.HOP_BY_HOP:
    case ipProtocol.ROUTING:
    case ipProtocol.DESTINATION_OPTIONS:
      return follow(packet, offset, offset + extensionLength(bytes, protocol, offset));
    case ipProtocol.FRAGMENT: // one that is whole
      return (bytes.getUint16(offset + 2) & 0xfff9) === 0 ? follow(packet, offset, offset + 8) : NONE;
  }
  return NONE;
}

function follow(packet: Packet, offset: number, end: number): Next {
  packet.follows(packet.batch.view.getUint8(offset), end, packet.transportEnd);
  return FOUND;
}

const fields = new header.GreFields();

/** GRE (RFC 2784, 2890) and its version 1 for PPTP (RFC 2637). */
export function gre(packet: Packet, offset: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, offset, header.LEAST)) return NONE;
  const flags = bytes.getUint16(offset);
  const type = bytes.getUint16(offset + header.PROTOCOL);
  fields.place(flags, offset);
  offset = fields.end;
  if ((flags & header.ROUTING) !== 0) {
    for (let length = 1; length !== 0; ) {
      if (!readable(packet, offset, header.ROUTE_HEADER)) return NONE;
      length = bytes.getUint8(offset + header.ROUTE_LENGTH);
      offset += header.ROUTE_HEADER + length;
    }
  }
  return inGre(packet, offset, type, fields.sequence >= 0);
}

function inGre(packet: Packet, offset: number, type: number, sequenced: boolean): Next {
  const bytes = packet.batch.view;
  switch (type) {
    case ethertype.IPV4:
    case ethertype.IPV6:
      return go(packet, TYPE, offset, type);
    case ethertype.MPLS:
    case ethertype.MPLS_MULTICAST:
      return go(packet, MPLS, offset);
    case ethertype.TRANSPARENT_BRIDGING:
    case MERAKI:
      return go(packet, MAC, offset);
    case ethertype.NSH:
      return go(packet, NSH, offset);
    case RAW_FRAME_RELAY:
      return go(packet, FRAME_RELAY, offset);
    case WCCP: // with or without four bytes of its own before IPv4
      if (!readable(packet, offset, 1)) return NONE;
      return go(packet, VERSION, bytes.getUint8(offset) >> 4 === 4 ? offset : offset + 4);
    case ethertype.PPP:
      return go(packet, PPP, offset);
    case ERSPAN_2: // draft-foschiano-erspan: type I has no header, and no sequence number tells it
      return go(packet, MAC, sequenced ? offset + 8 : offset);
    case ERSPAN_3:
      if (!readable(packet, offset, 12) || bytes.getUint8(offset) >> 4 !== 2) return NONE;
      return go(packet, MAC, offset + ((bytes.getUint8(offset + 11) & 1) === 0 ? 12 : 20));
  }
  const isAruba = type >= ARUBA_FIRST && type <= ARUBA_LAST && (type & 15) === 0;
  return isAruba ? go(packet, WIRELESS, offset) : NONE;
}

/** The network service header (RFC 8300, 2.2): its length in words, and what comes next. */
export function nsh(packet: Packet, offset: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, offset, serviceHeader.LEAST)) return NONE;
  const base = bytes.getUint32(offset);
  const length = serviceHeader.lengthOf(base);
  if (length < serviceHeader.LEAST) return NONE;
  return service(packet, offset + length, serviceHeader.nextProtocolOf(base));
}

/** The next protocol as NSH (RFC 8300, 2.2) and VXLAN-GPE number it. */
export function service(packet: Packet, offset: number, protocol: number): Next {
  switch (protocol) {
    case 1:
    case 2:
      return go(packet, VERSION, offset);
    case 3:
      return go(packet, MAC, offset);
    case 4:
      return go(packet, NSH, offset);
    case 5:
      return go(packet, MPLS, offset);
  }
  return NONE;
}
