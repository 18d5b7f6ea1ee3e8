// PPP, HDLC and Frame Relay, MPLS, AX.25: what came with serial lines, and is carried by tunnels today.
import { FrameRelayAddress, UNNUMBERED_INFORMATION } from '../frame-relay.ts';
import { ENTRY_LENGTH, isBottom } from '../mpls.ts';
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
export function ppp(packet: Packet, offset: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, offset, 2)) return NONE;
  if (bytes.getUint16(offset) === ADDRESS_AND_CONTROL) offset += 2;
  if (!readable(packet, offset, 2)) return NONE;
  const first = bytes.getUint8(offset);
  const size = protocolSize(first);
  return byProtocol(packet, offset + size, size === 1 ? first : bytes.getUint16(offset));
}

function byProtocol(packet: Packet, offset: number, protocol: number): Next {
  const bytes = packet.batch.view;
  switch (protocol) {
    case pppProtocol.IPV4:
    case ethertype.IPV4:
      return go(packet, TYPE, offset, ethertype.IPV4);
    case pppProtocol.IPV6:
    case ethertype.IPV6:
      return go(packet, TYPE, offset, ethertype.IPV6);
    case pppProtocol.MPLS:
    case pppProtocol.MPLS_MULTICAST:
      return go(packet, MPLS, offset);
    case pppProtocol.LLC:
      return go(packet, LLC, offset);
    case pppProtocol.VJ_UNCOMPRESSED:
      return uncompressed(packet, offset);
    case pppProtocol.MULTILINK: // RFC 1990, 3: what is whole; fragments are not put together
      if (!readable(packet, offset, 4) || (bytes.getUint8(offset) & WHOLE) !== WHOLE) return NONE;
      return go(packet, PPP, offset + 4);
    case pppProtocol.BRIDGING: // RFC 3518, 4.2
      if (!readable(packet, offset, 2) || bytes.getUint8(offset + 1) !== LAN_ETHERNET) return NONE;
      return go(packet, MAC, offset + ((bytes.getUint8(offset) & LAN_IDENTIFIER) === 0 ? 2 : 6));
    case pppProtocol.MUX: // RFC 3153: the first of several
      return firstOfSeveral(packet, offset);
  }
  return NONE;
}

/** A length of six or fourteen bits, and a protocol if a flag says so. */
function firstOfSeveral(packet: Packet, offset: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, offset, 2) || (bytes.getUint8(offset) & MUX_PROTOCOL) === 0) return NONE;
  const isLong = (bytes.getUint8(offset) & MUX_LONG) !== 0;
  const length = isLong ? bytes.getUint16(offset) & 0x3fff : bytes.getUint8(offset) & 0x3f;
  const inner = offset + (isLong ? 2 : 1);
  if (inner + length > packet.wireEnd) return NONE;
  endAt(packet, inner + length);
  return go(packet, PPP, inner);
}

/** RFC 1144, 3.2.3: the whole header, but with the connection's number where IP's protocol stands. */
function uncompressed(packet: Packet, offset: number): Next {
  if (!packet.carried(ethertype.IPV4, offset) || (packet.layers & IPV4) === 0) return NONE;
  packet.follows(ipProtocol.TCP, packet.transportAt, packet.transportEnd);
  return FOUND;
}

/** Cisco's HDLC: address, control, EtherType. */
export function hdlc(packet: Packet, offset: number): Next {
  return readable(packet, offset, 4)
    ? go(packet, TYPE, offset + 4, packet.batch.view.getUint16(offset + 2))
    : NONE;
}

const address = new FrameRelayAddress();

/** Frame Relay (RFC 2427): an address, unnumbered information, then which protocol; or, as Cisco has it, an EtherType. */
export function frameRelay(packet: Packet, offset: number): Next {
  const bytes = packet.batch.view;
  if (!address.open(bytes, offset, Math.min(packet.captureEnd, packet.wireEnd))) return NONE;
  offset += address.length;
  if (!readable(packet, offset, 3)) return NONE;
  if (bytes.getUint8(offset) !== UNNUMBERED_INFORMATION)
    return go(packet, TYPE, offset + 2, bytes.getUint16(offset));
  return go(packet, NLPID, offset + (bytes.getUint8(offset + 1) === 0 ? 2 : 1));
}

/** An MPLS label stack (RFC 3032), and IP below it, which its version tells (RFC 4928), or an Ethernet pseudowire. */
export function mpls(packet: Packet, offset: number): Next {
  const bytes = packet.batch.view;
  for (let bottom = false; !bottom; offset += ENTRY_LENGTH) {
    if (!readable(packet, offset, ENTRY_LENGTH)) return NONE;
    bottom = isBottom(bytes.getUint32(offset));
  }
  if (!readable(packet, offset, 1)) return NONE;
  const nibble = bytes.getUint8(offset) >> 4;
  if (nibble === 4 || nibble === 6) return go(packet, VERSION, offset);
  // 0 begins the control word of an Ethernet pseudowire (RFC 4448), or the address of one without.
  return nibble === 0 ? go(packet, MAC, offset + 4) : NONE;
}

/** AX.25 2.2, 3: addresses, the last of which has its lowest bit set, control, and in I and UI frames a protocol. */
export function ax25(packet: Packet, offset: number): Next {
  const bytes = packet.batch.view;
  let end = offset;
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
