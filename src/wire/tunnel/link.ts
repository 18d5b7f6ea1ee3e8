// Link types that are not Ethernet, cooked or raw IP (https://www.tcpdump.org/linktypes.html): what their headers carry.
import * as link from '../linktype.ts';
import type { Packet } from '../packet.ts';
import { arcnet, erf, exported, juniper, nflog, tokenRing } from './link-header.ts';
import {
  AX25,
  FRAME_RELAY,
  go,
  HDLC,
  LINK,
  LLC,
  MAC,
  type Next,
  NONE,
  PPP,
  RADIOTAP,
  readable,
  TYPE,
  TZSP,
  VERSION,
  WIRELESS,
} from './next.ts';
import { monitored, perPacket } from './wireless.ts';

const PPPOE_SESSION = 0x8864;
/** No EtherType is lower than this. */
const LARGEST_LENGTH = 1500;
/** Cooked captures: Linux's numbers for what has no EtherType, and hardware types whose headers are there. */
const SLL_ETHERNET = 3;
const SLL_LLC = 4;
const SLL_PPP = 7;
const ARPHRD_FRAME_RELAY = 770;
const ARPHRD_RADIOTAP = 803;

/** What a frame at `at` carries by its link type. */
export function byLink(packet: Packet, at: number, linkType: number): Next {
  const bytes = packet.batch.view;
  switch (linkType) {
    case link.ETHERNET:
    case link.EPON:
      return go(packet, MAC, linkType === link.EPON ? at + 8 : at);
    case link.RAW:
    case 12: // as BSD numbers it
    case link.IPV4:
    case link.IPV6:
    case link.ATM_CLIP:
    case link.LINUX_CLIP:
      return go(packet, VERSION, at);
    case link.NULL:
    case link.LOOP: // address family
      return go(packet, VERSION, at + 4);
    case link.IPNET: // Solaris' own header of 24 bytes
      return go(packet, VERSION, at + 24);
    case link.ENC: // address family, SPI, flags
      return go(packet, VERSION, at + 12);
    case link.PFLOG: // its length, without the padding to a multiple of four, comes first
      return readable(packet, at, 4) ? go(packet, VERSION, at + ((bytes.getUint8(at) + 3) & ~3)) : NONE;
    case link.NFLOG:
      return nflog(packet, at);
    case link.LINUX_SLL:
      return readable(packet, at, 16)
        ? cooked(packet, at + 16, bytes.getUint16(at + 2), bytes.getUint16(at + 14))
        : NONE;
    case link.LINUX_SLL2:
      return readable(packet, at, 20)
        ? cooked(packet, at + 20, bytes.getUint16(at + 8), bytes.getUint16(at))
        : NONE;
  }
  return byMedium(packet, at, linkType);
}

function byMedium(packet: Packet, at: number, linkType: number): Next {
  const bytes = packet.batch.view;
  switch (linkType) {
    case link.PPP:
    case link.PPP_HDLC:
      return go(packet, PPP, at);
    case link.PPP_ETHER:
      return go(packet, TYPE, at, PPPOE_SESSION);
    case link.PPP_WITH_DIR:
      return go(packet, PPP, at + 1);
    case link.C_HDLC:
      return go(packet, HDLC, at);
    case link.FRAME_RELAY:
      return go(packet, FRAME_RELAY, at);
    case link.FDDI: // frame control and both addresses
      return go(packet, LLC, at + 13);
    case link.IEEE802_5:
      return tokenRing(packet, at);
    case link.ATM_RFC1483:
      return go(packet, LLC, at);
    case link.SUNATM: // traffic type, VPI, VCI: LLC, or LAN emulation with a header of two bytes
      if (!readable(packet, at, 4) || (bytes.getUint8(at) & 15) > 2) return NONE;
      return (bytes.getUint8(at) & 15) === 2 ? go(packet, LLC, at + 4) : go(packet, MAC, at + 6);
    case link.IPOIB: // 40 bytes of pseudo header, then EtherType and two bytes reserved (RFC 4391)
      return readable(packet, at, 44) ? go(packet, TYPE, at + 44, bytes.getUint16(at + 40)) : NONE;
    case link.IP_OVER_FC: // both addresses, 8 bytes each
      return go(packet, LLC, at + 16);
    case link.APPLE_IP_OVER_IEEE1394:
      return readable(packet, at, 18) ? go(packet, TYPE, at + 18, bytes.getUint16(at + 16)) : NONE;
    case link.IEEE802_11:
      return go(packet, WIRELESS, at);
    case link.IEEE802_11_RADIOTAP:
      return go(packet, RADIOTAP, at);
    case link.IEEE802_11_PRISM:
    case link.IEEE802_11_AVS:
      return monitored(packet, at, linkType === link.IEEE802_11_AVS);
    case link.AX25:
    case link.AX25_KISS:
      return go(packet, AX25, linkType === link.AX25 ? at : at + 1);
  }
  return byInstrument(packet, at, linkType);
}

/** What capture instruments and other programs put before frames. */
function byInstrument(packet: Packet, at: number, linkType: number): Next {
  const bytes = packet.batch.view;
  switch (linkType) {
    case link.PPI:
      return perPacket(packet, at);
    case link.PKTAP:
    case link.PKTAP_USER: // Apple: length, type, link type, in the byte order of Intel
      if (!readable(packet, at, 12)) return NONE;
      return go(packet, LINK, at + (bytes.getUint32(at, true) & 0xffff), bytes.getUint32(at + 8, true));
    case link.TZSP:
      return go(packet, TZSP, at);
    case link.ARCNET_BSD:
    case link.ARCNET_LINUX:
      return arcnet(packet, linkType === link.ARCNET_BSD ? at + 2 : at + 4);
    case link.SYMANTEC_FIREWALL: // a header of 44 bytes, the EtherType after the first six
      return readable(packet, at, 44) ? go(packet, TYPE, at + 44, bytes.getUint16(at + 6)) : NONE;
    case link.DOCSIS: // frame control of a packet, length of the extended header, length, check sequence
      if (!readable(packet, at, 6) || bytes.getUint8(at) >> 6 !== 0) return NONE;
      return go(packet, MAC, at + 6 + ((bytes.getUint8(at) & 1) === 0 ? 0 : bytes.getUint8(at + 1)));
    case link.ERF:
      return erf(packet, at);
    case link.UPPER_PDU:
      return exported(packet, at);
    case link.JUNIPER_ETHER:
    case link.JUNIPER_PPPOE:
    case link.JUNIPER_PPP:
    case link.JUNIPER_FRELAY:
    case link.JUNIPER_CHDLC:
    case link.JUNIPER_ATM1:
    case link.JUNIPER_ATM2:
    case link.JUNIPER_VP:
      return juniper(packet, at, linkType);
  }
  return NONE;
}

/** Linux's cooked captures: by the device's hardware type where that has a header of its own, else by protocol. */
function cooked(packet: Packet, at: number, hardware: number, protocol: number): Next {
  if (hardware === ARPHRD_RADIOTAP) return go(packet, RADIOTAP, at);
  if (hardware === ARPHRD_FRAME_RELAY) return go(packet, FRAME_RELAY, at);
  switch (protocol) {
    case SLL_ETHERNET:
      return go(packet, MAC, at);
    case SLL_LLC:
      return go(packet, LLC, at);
    case SLL_PPP:
      return go(packet, PPP, at);
  }
  return protocol > LARGEST_LENGTH ? go(packet, TYPE, at, protocol) : NONE;
}
