// What UDP carries that carries a packet: tunnels known by their port.

import type { Packet } from '../packet.ts';
import * as ethertype from '../registry/ethertypes.ts';
import * as ipProtocol from '../registry/ip-protocols.ts';
import * as ports from '../registry/ports.ts';
import * as vxlan from '../vxlan.ts';
import { service } from './internet.ts';
import {
  endAt,
  GRE,
  go,
  LLC,
  LWAPP,
  MAC,
  MPLS,
  type Next,
  NONE,
  PPP,
  readable,
  TYPE,
  TZSP,
  VERSION,
} from './next.ts';
import { swapped } from './wireless.ts';

// UDP ports.
const LLC_FIRST = 12000;
const LLC_LAST = 12004;

/** By port: 1 where it is one of those below. */
const CARRYING = new Uint8Array(1 << 16);
for (const port of [
  ports.VXLAN,
  ports.VXLAN_GPE,
  ports.GENEVE,
  ports.GRE_IN_UDP,
  ports.MPLS_IN_UDP,
  ports.LISP,
  ports.JUNIPER_MIRROR,
  ports.TZSP,
  ports.LWAPP_DATA,
  ports.GTP_U,
  ports.GTP_PRIME,
  ports.L2TP,
  ports.TEREDO,
  ports.CAPWAP,
  ports.AMT,
  ports.MOBILE_IP,
  ports.BATMAN_GATEWAY,
])
  CARRYING[port] = 1;
CARRYING.fill(1, LLC_FIRST, LLC_LAST + 1);

/** May a datagram with these ports carry a packet? */
export function mayCarry(source: number, destination: number): boolean {
  return (CARRYING[source] | CARRYING[destination]) !== 0;
}

/** What follows the UDP header, at `offset`, by either port. */
export function byPorts(packet: Packet, offset: number): Next {
  const { udp } = packet;
  if (!mayCarry(udp.sourcePort, udp.destinationPort)) return NONE;
  // What stands there in UDP-Lite is how much the checksum covers.
  if (packet.protocol === ipProtocol.UDP) endAt(packet, offset - 8 + Math.max(udp.length, 8));
  // A client of ports.DNS may have any port.
  if (udp.destinationPort === ports.DNS || udp.sourcePort === ports.DNS) return NONE;
  return byPort(packet, udp.destinationPort, offset) || byPort(packet, udp.sourcePort, offset);
}

function byPort(packet: Packet, port: number, offset: number): Next {
  const bytes = packet.batch.view;
  switch (port) {
    case ports.VXLAN: // RFC 7348, 5
      return go(packet, MAC, offset + vxlan.HEADER_LENGTH);
    case ports.VXLAN_GPE:
      if (!readable(packet, offset, vxlan.HEADER_LENGTH)) return NONE;
      return service(packet, offset + vxlan.HEADER_LENGTH, bytes.getUint8(offset + vxlan.NEXT_PROTOCOL));
    case ports.GENEVE: // RFC 8926, 3.4
      if (!readable(packet, offset, 8)) return NONE;
      return go(
        packet,
        TYPE,
        offset + 8 + ((bytes.getUint8(offset) & 0x3f) << 2),
        bytes.getUint16(offset + 2),
      );
    case ports.GRE_IN_UDP:
      return go(packet, GRE, offset);
    case ports.MPLS_IN_UDP:
      return go(packet, MPLS, offset);
    case ports.LISP: // RFC 9300, 5
    case ports.JUNIPER_MIRROR: // an intercept and a session
      return go(packet, VERSION, offset + 8);
    case ports.TZSP:
      return go(packet, TZSP, offset);
    case ports.LWAPP_DATA:
      return go(packet, LWAPP, offset);
  }
  if (port >= LLC_FIRST && port <= LLC_LAST) return go(packet, LLC, offset);
  return byMessage(packet, port, offset);
}

/** Of protocols that carry more than packets, the messages that do. */
function byMessage(packet: Packet, port: number, offset: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, offset, 4)) return NONE;
  const type = bytes.getUint8(offset);
  switch (port) {
    case ports.GTP_U:
    case ports.GTP_PRIME:
      return gtp(packet, offset);
    case ports.L2TP:
      return l2tp(packet, offset);
    case ports.TEREDO:
      return teredo(packet, offset);
    case ports.CAPWAP:
      return capwap(packet, offset);
    case ports.AMT: // RFC 7450, 5.1.6: multicast data
      return type === 6 ? go(packet, VERSION, offset + 2) : NONE;
    case ports.MOBILE_IP: // RFC 3519, 3.3: tunnelled data
      return type === 4 ? go(packet, VERSION, offset + 4) : NONE;
    case ports.BATMAN_GATEWAY:
      return type === 1 ? go(packet, VERSION, offset + 1) : NONE;
  }
  return NONE;
}

/** GTP-U (3GPP TS 29.281, 5), and version 0 before it (3GPP TS 09.60, 6). */
function gtp(packet: Packet, offset: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, offset, 8) || bytes.getUint8(offset + 1) !== 0xff) return NONE;
  const flags = bytes.getUint8(offset);
  const length = bytes.getUint16(offset + 2);
  if (flags >> 4 === 1) {
    endAt(packet, offset + 20 + length);
    return go(packet, VERSION, offset + 20);
  }
  if (flags >> 4 !== 3) return NONE;
  endAt(packet, offset + 8 + length);
  return (flags & 7) === 0
    ? go(packet, VERSION, offset + 8)
    : extended(packet, offset + 8, (flags & 4) !== 0);
}

/** Behind GTP-U's optional fields and extension headers. */
function extended(packet: Packet, offset: number, hasExtensions: boolean): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, offset, 4)) return NONE;
  let next = hasExtensions ? bytes.getUint8(offset + 3) : 0;
  offset += 4;
  while (next !== 0) {
    if (!readable(packet, offset, 4)) return NONE;
    const length = bytes.getUint8(offset) << 2;
    if (length === 0 || !readable(packet, offset, length)) return NONE;
    offset += length;
    next = bytes.getUint8(offset - 1);
  }
  return go(packet, VERSION, offset);
}

/** ports.L2TP version 2 data messages (RFC 2661, 3.1). */
function l2tp(packet: Packet, offset: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, offset, 6)) return NONE;
  const flags = bytes.getUint16(offset);
  if ((flags & 0x8000) !== 0 || (flags & 15) !== 2) return NONE;
  offset += 6;
  if ((flags & 0x4000) !== 0) offset += 2; // length
  if ((flags & 0x0800) !== 0) offset += 4; // Ns, Nr
  if ((flags & 0x0200) !== 0) {
    if (!readable(packet, offset, 2)) return NONE;
    offset += 2 + bytes.getUint16(offset);
  }
  return go(packet, PPP, offset);
}

/** Teredo (RFC 4380, 5.1.1): authentication and origin may stand before the IPv6 packet. */
function teredo(packet: Packet, offset: number): Next {
  const bytes = packet.batch.view;
  if (bytes.getUint16(offset) === 1) offset += 13 + bytes.getUint8(offset + 2) + bytes.getUint8(offset + 3);
  if (readable(packet, offset, 8) && bytes.getUint16(offset) === 0) offset += 8;
  if (!readable(packet, offset, 1) || bytes.getUint8(offset) >> 4 !== 6) return NONE;
  return go(packet, TYPE, offset, ethertype.IPV6);
}

/** ports.CAPWAP data (RFC 5415, 4.3), not encrypted and whole: Ethernet, or 802.11 as Cisco sends it, its first bytes swapped. */
function capwap(packet: Packet, offset: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, offset, 8) || bytes.getUint8(offset) !== 0) return NONE;
  const flags = bytes.getUint8(offset + 3);
  if ((flags & 0x88) !== 0) return NONE; // a fragment, or to keep alive
  const inner = offset + ((bytes.getUint8(offset + 1) >> 3) << 2);
  return (bytes.getUint8(offset + 2) & 1) === 0 ? go(packet, MAC, inner) : swapped(packet, inner);
}
