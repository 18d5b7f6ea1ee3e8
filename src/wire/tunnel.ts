// What carries a packet inside another: tunnels, and link layers that the packet lines do not know.
import * as ethernet from './ethernet.ts';
import * as ipv4 from './ipv4.ts';
import * as link from './linktype.ts';
import { IPV4, IPV6, type Packet, UDP } from './packet.ts';

// EtherTypes (IANA, IEEE).
const MPLS = 0x8847;
const MPLS_MULTICAST = 0x8848;
const PPPOE_SESSION = 0x8864;
const PPP_OVER_GRE = 0x880b;
const VN_TAG = 0x8926;
const BACKBONE_BRIDGING = 0x88e7;
const ERSPAN_2 = 0x88be;
const ERSPAN_3 = 0x22eb;
/** Aruba's access points: IEEE 802.11 frames. */
const ARUBA_FIRST = 0x8200;
const ARUBA_LAST = 0x8370;
/** What SLL and SLL2 give for 802.2 LLC. */
const SLL_LLC = 0x0004;
/** At most this is an IEEE 802.3 length, not an EtherType. */
const LARGEST_LENGTH = 1500;

// IP protocols.
const AH = 51;
const ETHERIP = 97;
const SHIM6 = 140;
const MPLS_IN_IP = 137;

// PPP protocols (RFC 1661; IANA).
const PPP_IPV4 = 0x0021;
const PPP_IPV6 = 0x0057;
const PPP_MPLS = 0x0281;

// Network layer protocol identifiers (ISO/IEC TR 9577).
const NLPID_SNAP = 0x80;
const NLPID_IPV6 = 0x8e;
const NLPID_IPV4 = 0xcc;

// Headers before IEEE 802.11: AVS's first word, Prism's message codes and length.
const AVS = 0x80211001;
const PRISM: readonly number[] = [0x41, 0x44];
const PRISM_LENGTH = 144;
/** No header is longer, whatever it says. */
const LONGEST = 0xffff;

// UDP ports.
const DNS = 53;
const L2TP = 1701;
const GTP_U = 2152;
const TEREDO = 3544;
const GRE_IN_UDP = 4754;
const VXLAN = 4789;
const VXLAN_GPE = 4790;
const GENEVE = 6081;
const MPLS_IN_UDP = 6635;

/**
 * Moves the packet to the one it carries: from the outer headers of a tunnel to the inner ones, or past a link layer
 * that `decode` stopped at. False where it carries none; the packet is then no longer to be read.
 */
export function descend(packet: Packet): boolean {
  if ((packet.layers & (IPV4 | IPV6)) !== 0) {
    packet.wireEnd = Math.min(packet.wireEnd, packet.transportEnd);
    const at = packet.transportAt;
    switch (packet.protocol) {
      case ipv4.IPIP:
        return packet.carried(ethernet.IPV4, at);
      case ipv4.IPV6:
        return packet.carried(ethernet.IPV6, at);
      case ipv4.GRE:
        return gre(packet, at);
      case ipv4.UDP:
        return (packet.layers & UDP) !== 0 && inUdp(packet, at + 8);
      case AH:
        return authenticated(packet, at);
      case ETHERIP:
        return mac(packet, at + 2);
      case SHIM6:
        return shimmed(packet, at);
      case MPLS_IN_IP:
        return labelled(packet, at);
    }
    return false;
  }
  return packet.etherType === 0 ? byLink(packet) : byType(packet, packet.etherType, packet.networkAt);
}

function readable(packet: Packet, at: number, length: number): boolean {
  return at + length <= packet.captureEnd && at + length <= packet.wireEnd;
}

/** A MAC frame. */
function mac(packet: Packet, at: number): boolean {
  if (!readable(packet, at, ethernet.HEADER_LENGTH)) return false;
  return byType(packet, packet.batch.view.getUint16(at + 12), at + ethernet.HEADER_LENGTH);
}

function byType(packet: Packet, etherType: number, at: number): boolean {
  const bytes = packet.batch.view;
  switch (etherType) {
    case MPLS:
    case MPLS_MULTICAST:
      return labelled(packet, at);
    case PPPOE_SESSION: // RFC 2516, 4: version and type, code, session, length
      if (!readable(packet, at, 6)) return false;
      packet.wireEnd = Math.min(packet.wireEnd, at + 6 + bytes.getUint16(at + 4));
      return ppp(packet, at + 6);
    case VN_TAG:
      return readable(packet, at, 6) && byType(packet, bytes.getUint16(at + 4), at + 6);
    case BACKBONE_BRIDGING: // IEEE 802.1ah: I-TAG, then the customer's MAC header
      return mac(packet, at + 4);
    case ethernet.TRANSPARENT_BRIDGING:
      return mac(packet, at);
    case SLL_LLC:
      return llc(packet, at);
    case ethernet.IPV4:
    case ethernet.IPV6:
    case ethernet.VLAN:
    case ethernet.QINQ:
    case ethernet.QINQ_9100: {
      if (!packet.carried(etherType, at)) return false;
      if ((packet.layers & (IPV4 | IPV6)) !== 0) return true;
      // A tag, and behind it no IP: go on from there, as long as that is further in.
      return packet.networkAt > at && byType(packet, packet.etherType, packet.networkAt);
    }
  }
  if (etherType > LARGEST_LENGTH) return false;
  packet.wireEnd = Math.min(packet.wireEnd, at + etherType);
  return llc(packet, at);
}

/** IEEE 802.2 with SNAP (RFC 1042). */
function llc(packet: Packet, at: number): boolean {
  const bytes = packet.batch.view;
  if (!readable(packet, at, 3)) return false;
  const points = bytes.getUint16(at);
  if (points === 0xaaaa && bytes.getUint8(at + 2) === 3) return snap(packet, at + 3);
  // DSAP and SSAP 6 are the Internet Protocol's own.
  return points === 0x0606 && bytes.getUint8(at + 2) === 3 && packet.carried(ethernet.IPV4, at + 3);
}

/** SNAP: whose protocol (RFC 1042, or 802.1H's bridge tunnel), and which. */
function snap(packet: Packet, at: number): boolean {
  const bytes = packet.batch.view;
  if (!readable(packet, at, 5)) return false;
  const protocol = bytes.getUint16(at + 3);
  switch (bytes.getUint32(at) >>> 8) {
    case 0:
    case 0xf8:
      return byType(packet, protocol, at + 5);
  }
  return false;
}

/** An MPLS label stack (RFC 3032), and IP below it, which its version tells (RFC 4928). */
function labelled(packet: Packet, at: number): boolean {
  const bytes = packet.batch.view;
  for (let bottom = false; !bottom; at += 4) {
    if (!readable(packet, at, 4)) return false;
    bottom = (bytes.getUint8(at + 2) & 1) !== 0;
  }
  return version(packet, at);
}

/** IPv4 or IPv6 as the first four bits say; 0 begins the control word of an Ethernet pseudowire (RFC 4448). */
function version(packet: Packet, at: number): boolean {
  if (!readable(packet, at, 1)) return false;
  const nibble = packet.batch.view.getUint8(at) >> 4;
  if (nibble === 4) return packet.carried(ethernet.IPV4, at);
  if (nibble === 6) return packet.carried(ethernet.IPV6, at);
  return nibble === 0 && mac(packet, at + 4);
}

/** PPP (RFC 1661), with or without address and control, with the protocol in one or two bytes. */
function ppp(packet: Packet, at: number): boolean {
  const bytes = packet.batch.view;
  if (!readable(packet, at, 2)) return false;
  if (bytes.getUint16(at) === 0xff03) at += 2;
  if (!readable(packet, at, 2)) return false;
  let protocol = bytes.getUint8(at);
  if ((protocol & 1) !== 0) at += 1;
  else {
    protocol = bytes.getUint16(at);
    at += 2;
  }
  if (protocol === PPP_IPV4) return packet.carried(ethernet.IPV4, at);
  if (protocol === PPP_IPV6) return packet.carried(ethernet.IPV6, at);
  return protocol === PPP_MPLS && labelled(packet, at);
}

/** GRE (RFC 2784, 2890) and its version 1 for PPTP (RFC 2637). */
function gre(packet: Packet, at: number): boolean {
  const bytes = packet.batch.view;
  if (!readable(packet, at, 4)) return false;
  const flags = bytes.getUint16(at);
  const type = bytes.getUint16(at + 2);
  const sequenced = (flags & 0x1000) !== 0;
  at += 4;
  if ((flags & 0xc000) !== 0) at += 4; // checksum or routing: checksum and offset
  if ((flags & 0x2000) !== 0) at += 4; // key
  if (sequenced) at += 4;
  if ((flags & 0x0080) !== 0 && (flags & 7) === 1) at += 4; // acknowledgment
  if ((flags & 0x4000) !== 0) {
    for (let length = 1; length !== 0; ) {
      if (!readable(packet, at, 4)) return false;
      length = bytes.getUint8(at + 3);
      at += 4 + length;
    }
  }
  switch (type) {
    case PPP_OVER_GRE:
      return ppp(packet, at);
    case ERSPAN_2: // draft-foschiano-erspan: type I has no header, and no sequence number tells it
      return mac(packet, sequenced ? at + 8 : at);
    case ERSPAN_3:
      if (!readable(packet, at, 12)) return false;
      return mac(packet, at + ((bytes.getUint8(at + 11) & 1) === 0 ? 12 : 20));
  }
  if (type >= ARUBA_FIRST && type <= ARUBA_LAST && (type & 15) === 0) return wireless(packet, at);
  return type > LARGEST_LENGTH && byType(packet, type, at);
}

/** IPv4 with an authentication header (RFC 4302). */
function authenticated(packet: Packet, at: number): boolean {
  const bytes = packet.batch.view;
  if (!readable(packet, at, 12)) return false;
  return packet.follows(bytes.getUint8(at), at + ((bytes.getUint8(at + 1) + 2) << 2), packet.transportEnd);
}

/** IPv6 with the payload extension header of Shim6 (RFC 5533, 5.1), whose first bit after the length is set. */
function shimmed(packet: Packet, at: number): boolean {
  const bytes = packet.batch.view;
  if (!readable(packet, at, 8) || (bytes.getUint8(at + 2) & 0x80) === 0) return false;
  return packet.follows(bytes.getUint8(at), at + ((bytes.getUint8(at + 1) + 1) << 3), packet.transportEnd);
}

function inUdp(packet: Packet, at: number): boolean {
  const { udp } = packet;
  packet.wireEnd = Math.min(packet.wireEnd, at - 8 + Math.max(udp.length, 8));
  // A client of DNS may have any port.
  if (udp.destinationPort === DNS || udp.sourcePort === DNS) return false;
  return inPort(packet, udp.destinationPort, at) || inPort(packet, udp.sourcePort, at);
}

function inPort(packet: Packet, port: number, at: number): boolean {
  const bytes = packet.batch.view;
  switch (port) {
    case VXLAN: // RFC 7348, 5
      return mac(packet, at + 8);
    case VXLAN_GPE: {
      if (!readable(packet, at, 8)) return false;
      const next = bytes.getUint8(at + 3);
      if (next === 3) return mac(packet, at + 8);
      return next === 1 || next === 2 ? version(packet, at + 8) : false;
    }
    case GENEVE: // RFC 8926, 3.4
      if (!readable(packet, at, 8)) return false;
      return byType(packet, bytes.getUint16(at + 2), at + 8 + ((bytes.getUint8(at) & 0x3f) << 2));
    case GRE_IN_UDP:
      return gre(packet, at);
    case MPLS_IN_UDP:
      return labelled(packet, at);
    case GTP_U:
      return gtp(packet, at);
    case L2TP:
      return l2tp(packet, at);
    case TEREDO:
      return teredo(packet, at);
  }
  return false;
}

/** GTP-U (3GPP TS 29.281, 5): header, optional fields, extension headers, and the user's IP packet. */
function gtp(packet: Packet, at: number): boolean {
  const bytes = packet.batch.view;
  if (!readable(packet, at, 8)) return false;
  const flags = bytes.getUint8(at);
  if (flags >> 4 !== 3 || bytes.getUint8(at + 1) !== 0xff) return false;
  packet.wireEnd = Math.min(packet.wireEnd, at + 8 + bytes.getUint16(at + 2));
  at += 8;
  if ((flags & 7) !== 0) {
    if (!readable(packet, at, 4)) return false;
    let next = (flags & 4) !== 0 ? bytes.getUint8(at + 3) : 0;
    at += 4;
    while (next !== 0) {
      if (!readable(packet, at, 4)) return false;
      const length = bytes.getUint8(at) << 2;
      if (length === 0 || !readable(packet, at, length)) return false;
      at += length;
      next = bytes.getUint8(at - 1);
    }
  }
  return version(packet, at);
}

/** L2TP version 2 data messages (RFC 2661, 3.1). */
function l2tp(packet: Packet, at: number): boolean {
  const bytes = packet.batch.view;
  if (!readable(packet, at, 6)) return false;
  const flags = bytes.getUint16(at);
  if ((flags & 0x8000) !== 0 || (flags & 15) !== 2) return false;
  at += 6;
  if ((flags & 0x4000) !== 0) at += 2; // length
  if ((flags & 0x0800) !== 0) at += 4; // Ns, Nr
  if ((flags & 0x0200) !== 0) {
    if (!readable(packet, at, 2)) return false;
    at += 2 + bytes.getUint16(at);
  }
  return ppp(packet, at);
}

/** Teredo (RFC 4380, 5.1.1): authentication and origin may stand before the IPv6 packet. */
function teredo(packet: Packet, at: number): boolean {
  const bytes = packet.batch.view;
  if (readable(packet, at, 4) && bytes.getUint16(at) === 1) {
    at += 13 + bytes.getUint8(at + 2) + bytes.getUint8(at + 3);
  }
  if (readable(packet, at, 8) && bytes.getUint16(at) === 0) at += 8;
  return readable(packet, at, 1) && bytes.getUint8(at) >> 4 === 6 && packet.carried(ethernet.IPV6, at);
}

/** Link types that `decode` does not know (https://www.tcpdump.org/linktypes.html). */
function byLink(packet: Packet): boolean {
  const { batch, index } = packet;
  const at = batch.offset[index]!;
  const bytes = batch.view;
  switch (batch.linkType[index]) {
    case link.PPP:
    case link.PPP_HDLC:
      return ppp(packet, at);
    case link.PPP_ETHER:
      return byType(packet, PPPOE_SESSION, at);
    case link.FDDI: // frame control and both addresses
      return llc(packet, at + 13);
    case link.IEEE802_5:
      return tokenRing(packet, at);
    case link.C_HDLC:
      return readable(packet, at, 4) && byType(packet, bytes.getUint16(at + 2), at + 4);
    case link.ATM_RFC1483:
      return llc(packet, at);
    case link.IPOIB: // 40 bytes of pseudo header, then EtherType and two bytes reserved (RFC 4391)
      return readable(packet, at, 44) && byType(packet, bytes.getUint16(at + 40), at + 44);
    case link.IPNET: // Solaris' own header of 24 bytes
      return version(packet, at + 24);
    case link.IEEE802_11:
      return wireless(packet, at);
    case link.IEEE802_11_RADIOTAP: // version, pad, length in the byte order of Intel
      return readable(packet, at, 4) && wireless(packet, at + bytes.getUint16(at + 2, true));
    case link.NFLOG:
      return nflog(packet, at);
    case link.LINUX_CLIP:
      return version(packet, at);
    case link.FRAME_RELAY:
      return frameRelay(packet, at);
    case link.ENC: // address family, SPI, flags
      return version(packet, at + 12);
    case link.PFLOG: // its length, without the padding to a multiple of four, comes first
      return readable(packet, at, 4) && version(packet, at + ((bytes.getUint8(at) + 3) & ~3));
    case link.IEEE802_11_PRISM:
    case link.IEEE802_11_AVS:
      return monitored(packet, at);
    case link.IP_OVER_FC: // both addresses, 8 bytes each
      return llc(packet, at + 16);
    case link.APPLE_IP_OVER_IEEE1394:
      return readable(packet, at, 18) && byType(packet, bytes.getUint16(at + 16), at + 18);
    case link.PPI:
      return perPacket(packet, at);
    case link.PPP_WITH_DIR:
      return ppp(packet, at + 1);
  }
  return false;
}

/** Frame Relay (RFC 2427): an address, unnumbered information, then which protocol; or, as Cisco has it, an EtherType. */
function frameRelay(packet: Packet, at: number): boolean {
  const bytes = packet.batch.view;
  // The last byte of the address has its lowest bit set.
  for (let last = false; !last; at++) {
    if (!readable(packet, at, 1)) return false;
    last = (bytes.getUint8(at) & 1) !== 0;
  }
  if (!readable(packet, at, 3)) return false;
  if (bytes.getUint8(at) !== 3) return byType(packet, bytes.getUint16(at), at + 2);
  at += bytes.getUint8(at + 1) === 0 ? 2 : 1;
  if (!readable(packet, at, 6)) return false;
  switch (bytes.getUint8(at)) {
    case NLPID_IPV4:
      return packet.carried(ethernet.IPV4, at + 1);
    case NLPID_IPV6:
      return packet.carried(ethernet.IPV6, at + 1);
    case NLPID_SNAP:
      return snap(packet, at + 1);
  }
  return false;
}

/** IEEE 802.11 behind the header of AVS, of Prism, or, where it is neither, behind none. */
function monitored(packet: Packet, at: number): boolean {
  const bytes = packet.batch.view;
  if (!readable(packet, at, 8)) return false;
  const avs = packet.batch.linkType[packet.index] === link.IEEE802_11_AVS;
  if (avs || bytes.getUint32(at) === AVS)
    return wireless(packet, at + Math.min(bytes.getUint32(at + 4), LONGEST));
  const prism = PRISM.includes(bytes.getUint32(at)) || PRISM.includes(bytes.getUint32(at, true));
  return wireless(packet, prism ? at + PRISM_LENGTH : at);
}

/** Per-packet information: version, flags, length and link type, in the byte order of Intel. */
function perPacket(packet: Packet, at: number): boolean {
  const bytes = packet.batch.view;
  if (!readable(packet, at, 8)) return false;
  const inner = at + bytes.getUint16(at + 2, true);
  switch (bytes.getUint32(at + 4, true)) {
    case link.ETHERNET:
      return mac(packet, inner);
    case link.IEEE802_11:
      return wireless(packet, inner);
  }
  return false;
}

/** IEEE 802.5: access and frame control, addresses, and a route where the source's first bit says so. */
function tokenRing(packet: Packet, at: number): boolean {
  const bytes = packet.batch.view;
  if (!readable(packet, at, 16)) return false;
  const routed = (bytes.getUint8(at + 8) & 0x80) !== 0;
  return llc(packet, at + 14 + (routed ? bytes.getUint8(at + 14) & 0x1f : 0));
}

/** Linux's netfilter log: TLVs in host order, of which type 9 is the packet, from its network header on. */
function nflog(packet: Packet, at: number): boolean {
  const bytes = packet.batch.view;
  at += 4;
  while (readable(packet, at, 4)) {
    const length = bytes.getUint16(at, true);
    if (length < 4) return false;
    if (bytes.getUint16(at + 2, true) === 9) {
      packet.wireEnd = Math.min(packet.wireEnd, at + length);
      return version(packet, at + 4);
    }
    at += (length + 3) & ~3;
  }
  return false;
}

/** A data frame of IEEE 802.11 (9.3.2), where it is not encrypted. */
function wireless(packet: Packet, at: number): boolean {
  const bytes = packet.batch.view;
  if (!readable(packet, at, 24)) return false;
  const control = bytes.getUint8(at);
  const flags = bytes.getUint8(at + 1);
  const carries = (control & 0x0c) === 0x08 && (control & 0x40) === 0;
  if (!carries || (flags & 0x40) !== 0) return false;
  const quality = (control & 0x80) !== 0;
  let length = (flags & 3) === 3 ? 30 : 24;
  if (quality) {
    // An aggregate of several is not looked into.
    if (!readable(packet, at + length, 2) || (bytes.getUint8(at + length) & 0x80) !== 0) return false;
    length += (flags & 0x80) !== 0 ? 6 : 2;
  }
  return llc(packet, at + length);
}
