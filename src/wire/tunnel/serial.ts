// PPP, HDLC and Frame Relay, MPLS, AX.25: what came with serial lines, and is carried by tunnels today.
import { IPV4, type Packet } from '../packet.ts';
import { ADDRESS_AND_CONTROL, protocolSize } from '../ppp.ts';
import * as ethertype from '../registry/ethertypes.ts';
import * as ipProtocol from '../registry/ip-protocols.ts';
import * as pppProtocol from '../registry/ppp-protocols.ts';
import {
  endAt,
  FOUND,
  go,
  LLC,
  MAC,
  MPLS,
  type Next,
  NLPID,
  NONE,
  PPP,
  readable,
  TYPE,
  VERSION,
} from './next.ts';

// PPP protocols (RFC 1661; IANA).
/** A multilink fragment that begins and ends a packet; a bridged frame with a LAN identifier, and of Ethernet. */
const WHOLE = 0xc0;
const LAN_IDENTIFIER = 0x40;
const LAN_ETHERNET = 1;
/** PPPMux: the protocol is given, and the length has two bytes. */
const MUX_PROTOCOL = 0x80;
const MUX_LONG = 0x40;

/** AX.25: bytes of an address, its last bit, and what comes behind the control byte. */
const AX25_ADDRESS = 7;
const AX25_ADDRESSES = 10;
const AX25_UI = 3;
const AX25_IP = 0xcc;

/** PPP (RFC 1661), with or without address and control, with the protocol in one or two bytes. */
export function ppp(packet: Packet, at: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, at, 2)) return NONE;
  if (bytes.getUint16(at) === ADDRESS_AND_CONTROL) at += 2;
  if (!readable(packet, at, 2)) return NONE;
  const first = bytes.getUint8(at);
  const size = protocolSize(first);
  return byProtocol(packet, at + size, size === 1 ? first : bytes.getUint16(at));
}

function byProtocol(packet: Packet, at: number, protocol: number): Next {
  const bytes = packet.batch.view;
  switch (protocol) {
    case pppProtocol.IPV4:
    case ethertype.IPV4:
      return go(packet, TYPE, at, ethertype.IPV4);
    case pppProtocol.IPV6:
    case ethertype.IPV6:
      return go(packet, TYPE, at, ethertype.IPV6);
    case pppProtocol.MPLS:
    case pppProtocol.MPLS_MULTICAST:
      return go(packet, MPLS, at);
    case pppProtocol.LLC:
      return go(packet, LLC, at);
    case pppProtocol.VJ_UNCOMPRESSED:
      return uncompressed(packet, at);
    case pppProtocol.MULTILINK: // RFC 1990, 3: what is whole; fragments are not put together
      if (!readable(packet, at, 4) || (bytes.getUint8(at) & WHOLE) !== WHOLE) return NONE;
      return go(packet, PPP, at + 4);
    case pppProtocol.BRIDGING: // RFC 3518, 4.2
      if (!readable(packet, at, 2) || bytes.getUint8(at + 1) !== LAN_ETHERNET) return NONE;
      return go(packet, MAC, at + ((bytes.getUint8(at) & LAN_IDENTIFIER) === 0 ? 2 : 6));
    case pppProtocol.MUX: // RFC 3153: the first of several
      return firstOfSeveral(packet, at);
  }
  return NONE;
}

/** A length of six or fourteen bits, and a protocol, where it is said that there is one. */
function firstOfSeveral(packet: Packet, at: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, at, 2) || (bytes.getUint8(at) & MUX_PROTOCOL) === 0) return NONE;
  const isLong = (bytes.getUint8(at) & MUX_LONG) !== 0;
  const length = isLong ? bytes.getUint16(at) & 0x3fff : bytes.getUint8(at) & 0x3f;
  const inner = at + (isLong ? 2 : 1);
  if (inner + length > packet.wireEnd) return NONE;
  endAt(packet, inner + length);
  return go(packet, PPP, inner);
}

/** RFC 1144, 3.2.3: the whole header, but with the connection's number where IP's protocol stands. */
function uncompressed(packet: Packet, at: number): Next {
  if (!packet.carried(ethertype.IPV4, at) || (packet.layers & IPV4) === 0) return NONE;
  packet.follows(ipProtocol.TCP, packet.transportAt, packet.transportEnd);
  return FOUND;
}

/** Cisco's HDLC: address, control, EtherType. */
export function hdlc(packet: Packet, at: number): Next {
  return readable(packet, at, 4) ? go(packet, TYPE, at + 4, packet.batch.view.getUint16(at + 2)) : NONE;
}

/** Frame Relay (RFC 2427): an address, unnumbered information, then which protocol; or, as Cisco has it, an EtherType. */
export function frameRelay(packet: Packet, at: number): Next {
  const bytes = packet.batch.view;
  // The last byte of the address, of two to four, has its lowest bit set.
  const begin = at;
  for (let last = false; !last; at++) {
    if (at === begin + 4 || !readable(packet, at, 1)) return NONE;
    last = (bytes.getUint8(at) & 1) !== 0;
  }
  if (at < begin + 2) return NONE;
  if (!readable(packet, at, 3)) return NONE;
  if (bytes.getUint8(at) !== 3) return go(packet, TYPE, at + 2, bytes.getUint16(at));
  return go(packet, NLPID, at + (bytes.getUint8(at + 1) === 0 ? 2 : 1));
}

/** An MPLS label stack (RFC 3032), and IP below it, which its version tells (RFC 4928), or an Ethernet pseudowire. */
export function mpls(packet: Packet, at: number): Next {
  const bytes = packet.batch.view;
  for (let bottom = false; !bottom; at += 4) {
    if (!readable(packet, at, 4)) return NONE;
    bottom = (bytes.getUint8(at + 2) & 1) !== 0;
  }
  if (!readable(packet, at, 1)) return NONE;
  const nibble = bytes.getUint8(at) >> 4;
  if (nibble === 4 || nibble === 6) return go(packet, VERSION, at);
  // 0 begins the control word of an Ethernet pseudowire (RFC 4448), or the address of one without.
  return nibble === 0 ? go(packet, MAC, at + 4) : NONE;
}

/** AX.25 2.2, 3: addresses, the last of which has its lowest bit set, control, and in I and UI frames a protocol. */
export function ax25(packet: Packet, at: number): Next {
  const bytes = packet.batch.view;
  let end = at;
  for (let i = 0; i < AX25_ADDRESSES; i++) {
    end += AX25_ADDRESS;
    if (!readable(packet, end, 2)) return NONE;
    if ((bytes.getUint8(end - 1) & 1) !== 0) break;
  }
  const control = bytes.getUint8(end);
  const carries = (control & 1) === 0 || (control & 0xef) === AX25_UI;
  if (!carries || bytes.getUint8(end + 1) !== AX25_IP) return NONE;
  return go(packet, TYPE, end + 2, ethertype.IPV4);
}
