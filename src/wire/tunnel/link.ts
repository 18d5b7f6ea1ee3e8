// Link types that are not Ethernet, cooked or raw IP (https://www.tcpdump.org/linktypes.html): what their headers carry.
import { carriedType, FAMILY_LENGTH, isPpp } from '../address-family.ts';
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

function loopback(packet: Packet, offset: number, linkType: number): Next {
  if (!readable(packet, offset, FAMILY_LENGTH)) return NONE;
  const word = packet.batch.view.getUint32(offset);
  if (isPpp(linkType, word)) return go(packet, PPP, offset);
  const type = carriedType(linkType, word);
  return type === 0 ? NONE : go(packet, TYPE, offset + FAMILY_LENGTH, type);
}

/** What a frame at `offset` carries by its link type. */
export function byLink(packet: Packet, offset: number, linkType: number): Next {
  const bytes = packet.batch.view;
  switch (linkType) {
    case link.ETHERNET:
    case link.EPON:
      return go(packet, MAC, linkType === link.EPON ? offset + 8 : offset);
    case link.RAW:
    case 12: // as BSD numbers it
    case link.IPV4:
    case link.IPV6:
    case link.ATM_CLIP:
    case link.LINUX_CLIP:
      return go(packet, VERSION, offset);
    case link.NULL:
    case link.LOOP:
      return loopback(packet, offset, linkType);
    case link.IPNET: // Solaris' own header of 24 bytes
      return go(packet, VERSION, offset + 24);
    case link.ENC: // address family, SPI, flags
      return go(packet, VERSION, offset + 12);
    case link.PFLOG: // its length, without the padding to a multiple of four, comes first
      return readable(packet, offset, 4)
        ? go(packet, VERSION, offset + ((bytes.getUint8(offset) + 3) & ~3))
        : NONE;
    case link.NFLOG:
      return nflog(packet, offset);
    case link.LINUX_SLL:
      return readable(packet, offset, 16)
        ? cooked(packet, offset + 16, bytes.getUint16(offset + 2), bytes.getUint16(offset + 14))
        : NONE;
    case link.LINUX_SLL2:
      return readable(packet, offset, 20)
        ? cooked(packet, offset + 20, bytes.getUint16(offset + 8), bytes.getUint16(offset))
        : NONE;
  }
  return byMedium(packet, offset, linkType);
}

function byMedium(packet: Packet, offset: number, linkType: number): Next {
  const bytes = packet.batch.view;
  switch (linkType) {
    case link.PPP:
    case link.PPP_HDLC:
      return go(packet, PPP, offset);
    case link.PPP_ETHER:
      return go(packet, TYPE, offset, PPPOE_SESSION);
    case link.PPP_WITH_DIR:
      return go(packet, PPP, offset + 1);
    case link.C_HDLC:
      return go(packet, HDLC, offset);
    case link.FRAME_RELAY:
      return go(packet, FRAME_RELAY, offset);
    case link.FDDI: // frame control and both addresses
      return go(packet, LLC, offset + 13);
    case link.IEEE802_5:
      return tokenRing(packet, offset);
    case link.ATM_RFC1483:
      return go(packet, LLC, offset);
    case link.SUNATM: // traffic type, VPI, VCI: LLC, or LAN emulation with a header of two bytes
      if (!readable(packet, offset, 4) || (bytes.getUint8(offset) & 15) > 2) return NONE;
      return (bytes.getUint8(offset) & 15) === 2 ? go(packet, LLC, offset + 4) : go(packet, MAC, offset + 6);
    case link.IPOIB: // 40 bytes of pseudo header, then EtherType and two bytes reserved (RFC 4391)
      return readable(packet, offset, 44)
        ? go(packet, TYPE, offset + 44, bytes.getUint16(offset + 40))
        : NONE;
    case link.IP_OVER_FC: // both addresses, 8 bytes each
      return go(packet, LLC, offset + 16);
    case link.APPLE_IP_OVER_IEEE1394:
      return readable(packet, offset, 18)
        ? go(packet, TYPE, offset + 18, bytes.getUint16(offset + 16))
        : NONE;
    case link.IEEE802_11:
      return go(packet, WIRELESS, offset);
    case link.IEEE802_11_RADIOTAP:
      return go(packet, RADIOTAP, offset);
    case link.IEEE802_11_PRISM:
    case link.IEEE802_11_AVS:
      return monitored(packet, offset, linkType === link.IEEE802_11_AVS);
    case link.AX25:
    case link.AX25_KISS:
      return go(packet, AX25, linkType === link.AX25 ? offset : offset + 1);
  }
  return byInstrument(packet, offset, linkType);
}

/** What capture instruments and other programs put before frames. */
function byInstrument(packet: Packet, offset: number, linkType: number): Next {
  const bytes = packet.batch.view;
  switch (linkType) {
    case link.PPI:
      return perPacket(packet, offset);
    case link.PKTAP:
    case link.PKTAP_USER: // Apple: length, type, link type, in the byte order of Intel
      if (!readable(packet, offset, 12)) return NONE;
      return go(
        packet,
        LINK,
        offset + (bytes.getUint32(offset, true) & 0xffff),
        bytes.getUint32(offset + 8, true),
      );
    case link.TZSP:
      return go(packet, TZSP, offset);
    case link.ARCNET_BSD:
    case link.ARCNET_LINUX:
      return arcnet(packet, linkType === link.ARCNET_BSD ? offset + 2 : offset + 4);
    case link.SYMANTEC_FIREWALL: // a header of 44 bytes, the EtherType after the first six
      return readable(packet, offset, 44) ? go(packet, TYPE, offset + 44, bytes.getUint16(offset + 6)) : NONE;
    case link.DOCSIS: // frame control of a packet, length of the extended header, length, check sequence
      if (!readable(packet, offset, 6) || bytes.getUint8(offset) >> 6 !== 0) return NONE;
      return go(
        packet,
        MAC,
        offset + 6 + ((bytes.getUint8(offset) & 1) === 0 ? 0 : bytes.getUint8(offset + 1)),
      );
    case link.ERF:
      return erf(packet, offset);
    case link.UPPER_PDU:
      return exported(packet, offset);
    case link.JUNIPER_ETHER:
    case link.JUNIPER_PPPOE:
    case link.JUNIPER_PPP:
    case link.JUNIPER_FRELAY:
    case link.JUNIPER_CHDLC:
    case link.JUNIPER_ATM1:
    case link.JUNIPER_ATM2:
    case link.JUNIPER_VP:
      return juniper(packet, offset, linkType);
  }
  return NONE;
}

/** Linux's cooked captures: by the device's hardware type where that has a header of its own, else by protocol. */
function cooked(packet: Packet, offset: number, hardware: number, protocol: number): Next {
  if (hardware === ARPHRD_RADIOTAP) return go(packet, RADIOTAP, offset);
  if (hardware === ARPHRD_FRAME_RELAY) return go(packet, FRAME_RELAY, offset);
  switch (protocol) {
    case SLL_ETHERNET:
      return go(packet, MAC, offset);
    case SLL_LLC:
      return go(packet, LLC, offset);
    case SLL_PPP:
      return go(packet, PPP, offset);
  }
  return protocol > LARGEST_LENGTH ? go(packet, TYPE, offset, protocol) : NONE;
}
