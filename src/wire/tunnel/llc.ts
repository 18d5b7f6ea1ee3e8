// IEEE 802.2, SNAP, and the network layer protocol identifiers of ISO.

import type { Packet } from '../packet.ts';
import * as ethertype from '../registry/ethertypes.ts';
import * as nlpids from '../registry/nlpids.ts';
import { go, MAC, type Next, NLPID, NONE, PPP, readable, SNAP, TYPE } from './next.ts';

// Network layer protocol identifiers (ISO/IEC TR 9577).
/** Unnumbered information. */
const UI = 3;
/** Bridged Ethernet frames (RFC 2684, 5.2; RFC 2427, 4.2), with and without a check sequence. */
const BRIDGED = 0x0080c2;
const BRIDGED_WITH_FCS = 1;
const BRIDGED_ETHERNET = 7;
/** Padding that stands before them on ATM, and not on Frame Relay. */
const BRIDGE_PADDING = 2;

/** IEEE 802.2 (RFC 1042). */
export function llc(packet: Packet, offset: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, offset, 3) || bytes.getUint8(offset + 2) !== UI) return NONE;
  switch (bytes.getUint16(offset)) {
    case 0xaaaa:
      return snap(packet, offset + 3, BRIDGE_PADDING);
    case 0x0606: // the Internet Protocol's own
      return go(packet, TYPE, offset + 3, ethertype.IPV4);
    case 0x8080: // 3Com's: an EtherType
      return readable(packet, offset, 5) ? go(packet, TYPE, offset + 5, bytes.getUint16(offset + 3)) : NONE;
    case 0xfefe: // ISO's network layer (RFC 2684, 5.2)
      return go(packet, NLPID, offset + 3);
  }
  return NONE;
}

/** SNAP: whose protocol (RFC 1042, 802.1H's bridge tunnel, or bridged frames), and which. */
export function snap(packet: Packet, offset: number, padding = 0): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, offset, 5)) return NONE;
  const protocol = bytes.getUint16(offset + 3);
  switch (bytes.getUint32(offset) >>> 8) {
    case 0:
    case 0xf8:
      return go(packet, TYPE, offset + 5, protocol);
    case BRIDGED:
      if (protocol !== BRIDGED_WITH_FCS && protocol !== BRIDGED_ETHERNET) return NONE;
      return go(packet, MAC, offset + 5 + padding);
  }
  return NONE;
}

/** What the identifier at `offset` says comes behind it. */
export function nlpid(packet: Packet, offset: number): Next {
  if (!readable(packet, offset, 2)) return NONE;
  switch (packet.batch.view.getUint8(offset)) {
    case nlpids.IPV4:
      return go(packet, TYPE, offset + 1, ethertype.IPV4);
    case nlpids.IPV6:
      return go(packet, TYPE, offset + 1, ethertype.IPV6);
    case nlpids.SNAP:
      return go(packet, SNAP, offset + 1);
    case nlpids.PPP:
      return go(packet, PPP, offset + 1);
  }
  return NONE;
}
