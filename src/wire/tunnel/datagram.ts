// What UDP carries that carries a packet: tunnels known by their port.

import type { Packet } from '../packet.ts';
import * as ethertype from '../registry/ethertypes.ts';
import * as ipProtocol from '../registry/ip-protocols.ts';
import * as ports from '../registry/ports.ts';
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

/** What follows the UDP header, at `at`, by either port. */
export function byPorts(packet: Packet, at: number): Next {
  const { udp } = packet;
  // What stands there in UDP-Lite is how much the checksum covers.
  if (packet.protocol === ipProtocol.UDP) endAt(packet, at - 8 + Math.max(udp.length, 8));
  // A client of ports.DNS may have any port.
  if (udp.destinationPort === ports.DNS || udp.sourcePort === ports.DNS) return NONE;
  return byPort(packet, udp.destinationPort, at) || byPort(packet, udp.sourcePort, at);
}

function byPort(packet: Packet, port: number, at: number): Next {
  const bytes = packet.batch.view;
  switch (port) {
    case ports.VXLAN: // RFC 7348, 5
      return go(packet, MAC, at + 8);
    case ports.VXLAN_GPE:
      return readable(packet, at, 8) ? service(packet, at + 8, bytes.getUint8(at + 3)) : NONE;
    case ports.GENEVE: // RFC 8926, 3.4
      if (!readable(packet, at, 8)) return NONE;
      return go(packet, TYPE, at + 8 + ((bytes.getUint8(at) & 0x3f) << 2), bytes.getUint16(at + 2));
    case ports.GRE_IN_UDP:
      return go(packet, GRE, at);
    case ports.MPLS_IN_UDP:
      return go(packet, MPLS, at);
    case ports.LISP: // RFC 9300, 5
    case ports.JUNIPER_MIRROR: // an intercept and a session
      return go(packet, VERSION, at + 8);
    case ports.TZSP:
      return go(packet, TZSP, at);
    case ports.LWAPP_DATA:
      return go(packet, LWAPP, at);
  }
  if (port >= LLC_FIRST && port <= LLC_LAST) return go(packet, LLC, at);
  return byMessage(packet, port, at);
}

/** Of protocols that carry more than packets, the messages that do. */
function byMessage(packet: Packet, port: number, at: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, at, 4)) return NONE;
  const type = bytes.getUint8(at);
  switch (port) {
    case ports.GTP_U:
    case ports.GTP_PRIME:
      return gtp(packet, at);
    case ports.L2TP:
      return l2tp(packet, at);
    case ports.TEREDO:
      return teredo(packet, at);
    case ports.CAPWAP:
      return capwap(packet, at);
    case ports.AMT: // RFC 7450, 5.1.6: multicast data
      return type === 6 ? go(packet, VERSION, at + 2) : NONE;
    case ports.MOBILE_IP: // RFC 3519, 3.3: tunnelled data
      return type === 4 ? go(packet, VERSION, at + 4) : NONE;
    case ports.BATMAN_GATEWAY:
      return type === 1 ? go(packet, VERSION, at + 1) : NONE;
  }
  return NONE;
}

/** GTP-U (3GPP TS 29.281, 5), and version 0 before it (3GPP TS 09.60, 6). */
function gtp(packet: Packet, at: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, at, 8) || bytes.getUint8(at + 1) !== 0xff) return NONE;
  const flags = bytes.getUint8(at);
  const length = bytes.getUint16(at + 2);
  if (flags >> 4 === 1) {
    endAt(packet, at + 20 + length);
    return go(packet, VERSION, at + 20);
  }
  if (flags >> 4 !== 3) return NONE;
  endAt(packet, at + 8 + length);
  return (flags & 7) === 0 ? go(packet, VERSION, at + 8) : extended(packet, at + 8, (flags & 4) !== 0);
}

/** Behind GTP-U's optional fields and extension headers. */
function extended(packet: Packet, at: number, hasExtensions: boolean): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, at, 4)) return NONE;
  let next = hasExtensions ? bytes.getUint8(at + 3) : 0;
  at += 4;
  while (next !== 0) {
    if (!readable(packet, at, 4)) return NONE;
    const length = bytes.getUint8(at) << 2;
    if (length === 0 || !readable(packet, at, length)) return NONE;
    at += length;
    next = bytes.getUint8(at - 1);
  }
  return go(packet, VERSION, at);
}

/** ports.L2TP version 2 data messages (RFC 2661, 3.1). */
function l2tp(packet: Packet, at: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, at, 6)) return NONE;
  const flags = bytes.getUint16(at);
  if ((flags & 0x8000) !== 0 || (flags & 15) !== 2) return NONE;
  at += 6;
  if ((flags & 0x4000) !== 0) at += 2; // length
  if ((flags & 0x0800) !== 0) at += 4; // Ns, Nr
  if ((flags & 0x0200) !== 0) {
    if (!readable(packet, at, 2)) return NONE;
    at += 2 + bytes.getUint16(at);
  }
  return go(packet, PPP, at);
}

/** Teredo (RFC 4380, 5.1.1): authentication and origin may stand before the IPv6 packet. */
function teredo(packet: Packet, at: number): Next {
  const bytes = packet.batch.view;
  if (bytes.getUint16(at) === 1) at += 13 + bytes.getUint8(at + 2) + bytes.getUint8(at + 3);
  if (readable(packet, at, 8) && bytes.getUint16(at) === 0) at += 8;
  if (!readable(packet, at, 1) || bytes.getUint8(at) >> 4 !== 6) return NONE;
  return go(packet, TYPE, at, ethertype.IPV6);
}

/** ports.CAPWAP data (RFC 5415, 4.3), not encrypted and whole: Ethernet, or 802.11 as Cisco sends it, its first bytes swapped. */
function capwap(packet: Packet, at: number): Next {
  const bytes = packet.batch.view;
  if (!readable(packet, at, 8) || bytes.getUint8(at) !== 0) return NONE;
  const flags = bytes.getUint8(at + 3);
  if ((flags & 0x88) !== 0) return NONE; // a fragment, or to keep alive
  const inner = at + ((bytes.getUint8(at + 1) >> 3) << 2);
  return (bytes.getUint8(at + 2) & 1) === 0 ? go(packet, MAC, inner) : swapped(packet, inner);
}
