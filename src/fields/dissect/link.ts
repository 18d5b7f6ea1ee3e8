// Link layers: Ethernet, VLAN tags, cooked headers, ARP. What they carry lies in internet.ts.
import * as arp from '../../wire/arp.ts';
import * as ethernet from '../../wire/ethernet.ts';
import * as link from '../../wire/linktype.ts';
import * as ethertype from '../../wire/registry/ethertypes.ts';
import { step } from '../../wire/tunnel/descend.ts';
import * as next from '../../wire/tunnel/next.ts';
import { COOKED_2, WITH_LENGTH } from '../marks.ts';
import type { Cursor } from './cursor.ts';
import { carries, internet4, internet6 } from './internet.ts';

/** The hardware type of netlink (if_arp.h). */
const NETLINK = 824;

/** Bytes that a raw packet has at least. */
const RAW_LEAST = 8;

export function linkLayer(cursor: Cursor, at: number, type: number): next.Next {
  const { view, packet } = cursor;
  if (type === link.ETHERNET) return etherFrame(cursor, at);
  if (type === link.LINUX_SLL || type === link.LINUX_SLL2) {
    // Messages of netlink.
    const hardware = at + (type === link.LINUX_SLL ? 2 : 8);
    if (hardware + 2 <= cursor.readable && view.getUint16(hardware) === NETLINK) return next.NONE;
    cursor.headers.sll.push(
      view,
      at,
      cursor.readable,
      cursor.wireEnd,
      -1,
      type === link.LINUX_SLL ? 0 : COOKED_2,
    );
  }
  if (type === link.IPV4 && at < cursor.readable) {
    return view.getUint8(at) >> 4 === 6 ? internet6(cursor, at) : internet4(cursor, at);
  }
  if (type === link.IPV6) return internet6(cursor, at);
  // Wireshark looks for PPP in what should be IP before it takes it for that.
  if (type === link.RAW && at + RAW_LEAST > cursor.readable) return next.NONE;
  packet.nextAt = at;
  packet.nextType = type;
  return step(packet, next.LINK);
}

export function etherFrame(cursor: Cursor, at: number): next.Next {
  const { view, packet } = cursor;
  const { eth } = cursor.headers;
  if (at + ethernet.HEADER_LENGTH > cursor.readable) return next.NONE;
  // `parent` is where the frame itself ends.
  eth.push(view, at, cursor.readable, cursor.wireEnd, cursor.wireEnd);
  const type = view.getUint16(at + 12);
  if (type !== 0 && type <= ethertype.LONGEST_LENGTH) {
    eth.mark[eth.count - 1] |= WITH_LENGTH;
    carries(cursor, Math.min(cursor.wireEnd, at + ethernet.HEADER_LENGTH + type));
  }
  return next.go(packet, next.TYPE, at + ethernet.HEADER_LENGTH, type);
}

export function byEtherType(cursor: Cursor, at: number, type: number): next.Next {
  const { view, packet, readable } = cursor;
  switch (type) {
    case ethertype.IPV4: {
      const is6 = at < readable && view.getUint8(at) >> 4 === 6;
      // A version that the type does not announce is shown as such, and as what it is.
      if (!is6 || (cursor.quoted === 0 && cursor.headers.ip.count === 0)) {
        const what = internet4(cursor, at);
        if (!is6) return what;
      }
      return internet6(cursor, at);
    }
    case ethertype.IPV6:
      return internet6(cursor, at);
    case ethertype.IPX: // the checksum and the length
      if (at + 4 <= readable) carries(cursor, at + view.getUint16(at + 2));
      break;
    case ethertype.EAPOL: // IEEE 802.1X, 11.3: version, type, length
      if (at + 4 <= readable) carries(cursor, at + 4 + view.getUint16(at + 2));
      break;
    case ethertype.LLDP:
      carries(cursor, endOfUnits(view, at, cursor.wireEnd, readable));
      break;
    case ethertype.FABRIC_PATH: // its addresses are no MAC addresses
      cursor.headers.eth.count--;
      packet.wireEnd -= ethernet.FCS_LENGTH;
      break;
    case ethertype.BACKBONE_BRIDGING: // the customer's addresses have fields of their own
      return customerFrame(cursor, at);
    case ethertype.PPPOE_SESSION: // what is behind its payload is no trailer to Wireshark
      carries(cursor, cursor.wireEnd);
      break;
    case ethertype.ARP:
    case ethertype.REVERSE_ARP:
      return arpMessage(cursor, at);
    case ethertype.VLAN:
    case ethertype.QINQ:
    case ethertype.QINQ_9100:
      return vlanTag(cursor, at, type);
    case ethertype.VLAN_9200: // Wireshark knows nothing of it
      return next.NONE;
  }
  packet.nextAt = at;
  packet.nextType = type;
  return step(packet, next.TYPE);
}

/**
 * Where Wireshark has the units of LLDP end (IEEE 802.1AB, 8.4: a type of 7 bits and a length of 9 bits each, type 0 the
 * last): a byte before the last one begins.
 */
function endOfUnits(view: DataView, start: number, wireEnd: number, readable: number): number {
  for (let at = start; at + 2 <= readable; ) {
    const unit = view.getUint16(at);
    if (unit >> 9 === 0) return Math.max(start, at - 1);
    at += 2 + (unit & 0x1ff);
  }
  return wireEnd;
}

/** IEEE 802.1ah: an I-TAG, two addresses, a type. */
function customerFrame(cursor: Cursor, at: number): next.Next {
  const type = at + 4 + 12;
  if (type + 2 > cursor.readable) return next.NONE;
  return next.go(cursor.packet, next.TYPE, type + 2, cursor.view.getUint16(type));
}

function vlanTag(cursor: Cursor, at: number, type: number): next.Next {
  const { view, packet } = cursor;
  const { vlan } = cursor.headers;
  // The outer tag of 802.1ad has fields of its own.
  const isOuter = type === ethertype.QINQ;
  if (!isOuter) vlan.push(view, at, cursor.readable, cursor.wireEnd);
  if (at + 4 > cursor.readable) return next.NONE;
  if (packet.vlan === 0 && type !== ethertype.QINQ) packet.vlan = view.getUint16(at) & 0xfff;
  const inner = view.getUint16(at + 2);
  if (inner <= ethertype.LONGEST_LENGTH && !isOuter) {
    vlan.mark[vlan.count - 1] |= WITH_LENGTH;
    carries(cursor, Math.min(cursor.wireEnd, at + 4 + inner));
  }
  return next.go(packet, next.TYPE, at + 4, inner);
}

function arpMessage(cursor: Cursor, at: number): next.Next {
  const { view, readable } = cursor;
  let end = cursor.wireEnd;
  if (at + arp.HEADER_LENGTH <= readable)
    end = at + arp.HEADER_LENGTH + 2 * (view.getUint8(at + 4) + view.getUint8(at + 5));
  carries(cursor, Math.min(end, cursor.wireEnd));
  cursor.headers.arp.push(view, at, readable, end);
  return next.NONE;
}
