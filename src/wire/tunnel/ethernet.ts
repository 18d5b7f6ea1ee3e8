// What carries a packet on Ethernet: tags, bridges and overlays known by their EtherType.
import * as ethernet from '../ethernet.ts';
import type { Packet } from '../packet.ts';
import { IPV4, IPV6 } from '../packet.ts';
import * as ethertype from '../registry/ethertypes.ts';
import {
  endAt,
  FOUND,
  go,
  LLC,
  LWAPP,
  MAC,
  MPLS,
  type Next,
  NONE,
  NSH,
  PPP,
  readable,
  TYPE,
  WIRELESS,
} from './next.ts';

// EtherTypes (IANA, IEEE).
/** At most this is an IEEE 802.3 length, not an EtherType. */

/** MACsec's control bits for what is encrypted or changed, and for an SCI; the bytes of its check value. */
const MACSEC_ENCRYPTED = 0x0c;
const MACSEC_SCI = 0x20;
const MACSEC_ICV = 16;
/** B.A.T.M.A.N. advanced: packets to one, to one with the sender's address, to all; of protocol 15, and of 14. */
const BATMAN_HEADERS = new Map([
  [0x0f40, 10],
  [0x0f42, 18],
  [0x0f01, 14],
  [0x0e03, 10],
  [0x0e04, 14],
]);
/** TECMP's messages with data that was captured, and that of Ethernet. */
const TECMP_DATA = 3;
const TECMP_ETHERNET = 0x0080;

/** A MAC frame. */
export function byMac(packet: Packet, offset: number): Next {
  if (!readable(packet, offset, ethernet.HEADER_LENGTH)) return NONE;
  return go(packet, TYPE, offset + ethernet.HEADER_LENGTH, packet.batch.view.getUint16(offset + 12));
}

/** What follows an EtherType, or a length. */
export function byType(packet: Packet, offset: number, etherType: number): Next {
  switch (etherType) {
    case ethertype.MPLS:
    case ethertype.MPLS_MULTICAST:
      return go(packet, MPLS, offset);
    case ethertype.PPPOE_SESSION:
      return pppoe(packet, offset);
    case ethertype.VN_TAG:
    case ethertype.R_TAG: // IEEE 802.1CB
    case ethertype.HSR: // IEC 62439-3
      return tag(packet, offset, 4);
    case ethertype.E_TAG: // IEEE 802.1BR
    case ethertype.META_DATA: // Cisco: version, length, options
    case ethertype.HOMEPLUG_BACKBONE: // ITU-T G.9961
      return tag(packet, offset, 6);
    case ethertype.ARISTA:
      return arista(packet, offset);
    case ethertype.LAB_MANAGER: // VMware, across hosts
      return tag(packet, offset, 22);
    case ethertype.FABRIC_PATH: // Cisco: forwarding tag and TTL
      return go(packet, MAC, offset + 2);
    case ethertype.BACKBONE_BRIDGING: // IEEE 802.1ah: I-TAG
      return go(packet, MAC, offset + 4);
    case ethertype.TRANSPARENT_BRIDGING:
      return go(packet, MAC, offset);
    case ethertype.TRILL: // RFC 6325, 3: flags, nicknames, options of four bytes each
      if (!readable(packet, offset, 6)) return NONE;
      return go(packet, MAC, offset + 6 + ((packet.batch.view.getUint16(offset) >> 4) & 0x7c));
    case ethertype.MACSEC:
      return macsec(packet, offset);
    case ethertype.NSH:
      return go(packet, NSH, offset);
    case ethertype.BATMAN:
      return batman(packet, offset);
    case ethertype.TECMP:
      return tecmp(packet, offset);
    case ethertype.JUMBO:
      return go(packet, LLC, offset);
    case ethertype.SNA: // length, padding
      return go(packet, LLC, offset + 3);
    case ethertype.LWAPP:
    case ethertype.LWAPP_OLD:
      return go(packet, LWAPP, offset);
    case ethertype.CENTRINO:
      return go(packet, WIRELESS, offset);
    case ethertype.IPV4:
    case ethertype.IPV6:
    case ethertype.VLAN:
    case ethertype.QINQ:
    case ethertype.QINQ_9100:
      return network(packet, offset, etherType);
  }
  if (etherType > ethertype.LONGEST_LENGTH) return NONE;
  if (isSwitchLink(packet, offset - ethernet.HEADER_LENGTH)) return go(packet, MAC, offset + 12);
  endAt(packet, offset + etherType);
  return go(packet, LLC, offset);
}

function network(packet: Packet, offset: number, etherType: number): Next {
  if (!packet.carried(etherType, offset)) return NONE;
  if ((packet.layers & (IPV4 | IPV6)) !== 0) return FOUND;
  // A tag, and behind it no IP: go on from there, as long as that is further in.
  return packet.networkAt > offset ? go(packet, TYPE, packet.networkAt, packet.etherType) : NONE;
}

/** A tag of `length` bytes, and behind it the EtherType of what it is put before. */
function tag(packet: Packet, offset: number, length: number): Next {
  if (!readable(packet, offset, length + 2)) return NONE;
  const type = packet.batch.view.getUint16(offset + length);
  return type > ethertype.LONGEST_LENGTH ? go(packet, TYPE, offset + length + 2, type) : NONE;
}

/** Time stamps of Arista's switches: subtype, scale, format, and 64 or 48 bits. */
function arista(packet: Packet, offset: number): Next {
  if (!readable(packet, offset, 4) || packet.batch.view.getUint16(offset) !== 1) return NONE;
  // The lower half is the hardware; Wireshark 4.0 knows one of two.
  const format = packet.batch.view.getUint8(offset + 3);
  return format === 0x10 || format === 0x20 ? tag(packet, offset, format === 0x10 ? 12 : 10) : NONE;
}

/** RFC 2516, 4: version and type, code, session, length. */
function pppoe(packet: Packet, offset: number): Next {
  if (!readable(packet, offset, 6)) return NONE;
  endAt(packet, offset + 6 + packet.batch.view.getUint16(offset + 4));
  return go(packet, PPP, offset + 6);
}

/** IEEE 802.1AE: a frame that is only protected from change, and not encrypted. */
function macsec(packet: Packet, offset: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, offset, 16)) return NONE;
  const control = bytes.getUint8(offset);
  if ((control & MACSEC_ENCRYPTED) !== 0) return NONE;
  packet.wireEnd -= MACSEC_ICV;
  return tag(packet, offset, (control & MACSEC_SCI) === 0 ? 6 : 14);
}

function batman(packet: Packet, offset: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, offset, 2)) return NONE;
  const length = BATMAN_HEADERS.get((bytes.getUint8(offset + 1) << 8) | bytes.getUint8(offset));
  return length === undefined ? NONE : go(packet, MAC, offset + length);
}

/** Technica's capture modules: a header of 12 bytes, one of 16 for what was captured. */
function tecmp(packet: Packet, offset: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, offset, 28)) return NONE;
  const isEthernet =
    bytes.getUint8(offset + 5) === TECMP_DATA && bytes.getUint16(offset + 6) === TECMP_ETHERNET;
  if (!isEthernet) return NONE;
  endAt(packet, offset + 28 + bytes.getUint16(offset + 24));
  return go(packet, MAC, offset + 28);
}

/** Cisco's Inter-Switch Link: the destination tells, and LLC behind the length. */
function isSwitchLink(packet: Packet, offset: number): boolean {
  const bytes = packet.batch.view;
  if (offset < packet.batch.offset[packet.index] || !readable(packet, offset, 26)) return false;
  const group = bytes.getUint32(offset);
  return (group === 0x01000c00 || group === 0x0c000c00) && bytes.getUint8(offset + 4) === 0;
}
