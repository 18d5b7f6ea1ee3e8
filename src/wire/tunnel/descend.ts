// What carries a packet inside another: tunnels, and link layers that the packet lines do not know.

import * as link from '../linktype.ts';
import { IPV4, IPV6, type Packet, UDP } from '../packet.ts';
import * as ethertype from '../registry/ethertypes.ts';
import * as ipProtocol from '../registry/ip-protocols.ts';
import { byPorts } from './datagram.ts';
import { byMac, byType } from './ethernet.ts';
import { byProtocol, gre, nsh } from './internet.ts';
import { byLink } from './link.ts';
import { llc, nlpid, snap } from './llc.ts';
import * as next from './next.ts';
import { ax25, frameRelay, hdlc, mpls, ppp } from './serial.ts';
import { lwapp, radiotap, tzsp, wireless } from './wireless.ts';

/** Headers that are gone through at most, so that none that leads back to itself holds anyone up. */
const DEPTH = 64;

/**
 * Moves the packet to the one it carries: from the outer headers of a tunnel to the inner ones, or past a link layer
 * that `decode` stopped at. False where it carries none; the packet is then no longer to be read.
 */
export function descend(packet: Packet): boolean {
  let what = begin(packet);
  for (let depth = 0; depth < DEPTH; depth++) {
    if (what === next.FOUND) return true;
    if (what === next.NONE) return false;
    what = step(packet, what);
  }
  return false;
}

/** What comes behind the headers that were decoded. */
function begin(packet: Packet): next.Next {
  const { batch, index } = packet;
  if ((packet.layers & (IPV4 | IPV6)) !== 0) {
    next.endAt(packet, packet.transportEnd);
    const offset = packet.transportAt;
    if (packet.protocol !== ipProtocol.UDP && packet.protocol !== UDP_LITE) return byProtocol(packet, offset);
    const isUdp = (packet.layers & UDP) !== 0 || packet.udp.open(batch.view, offset, packet.captureEnd);
    return isUdp ? byPorts(packet, offset + 8) : next.NONE;
  }
  const linkType = batch.linkType[index];
  const isCooked = linkType === link.LINUX_SLL || linkType === link.LINUX_SLL2;
  if (packet.etherType === 0 || isCooked) return next.go(packet, next.LINK, batch.offset[index], linkType);
  return next.go(packet, next.TYPE, packet.networkAt, packet.etherType);
}

/** UDP-Lite (RFC 3828): its ports are UDP's. */
const UDP_LITE = 136;

/** One header further: what follows `what`, which begins at `nextAt`. */
export function step(packet: Packet, what: next.Next): next.Next {
  const { nextAt: offset, nextType: type } = packet;
  switch (what) {
    case next.MAC:
      return byMac(packet, offset);
    case next.TYPE:
      return byType(packet, offset, type);
    case next.VERSION:
      return byVersion(packet, offset);
    case next.LLC:
      return llc(packet, offset);
    case next.SNAP:
      return snap(packet, offset);
    case next.NLPID:
      return nlpid(packet, offset);
    case next.PPP:
      return ppp(packet, offset);
    case next.MPLS:
      return mpls(packet, offset);
    case next.HDLC:
      return hdlc(packet, offset);
    case next.FRAME_RELAY:
      return frameRelay(packet, offset);
    case next.WIRELESS:
      return wireless(packet, offset);
    case next.RADIOTAP:
      return radiotap(packet, offset);
    case next.GRE:
      return gre(packet, offset);
    case next.LINK:
      return byLink(packet, offset, type);
    case next.NSH:
      return nsh(packet, offset);
    case next.AX25:
      return ax25(packet, offset);
    case next.TZSP:
      return tzsp(packet, offset);
    case next.LWAPP:
      return lwapp(packet, offset);
  }
  return next.NONE;
}

/** IPv4 or IPv6 as the first four bits say. */
function byVersion(packet: Packet, offset: number): next.Next {
  if (!next.readable(packet, offset, 1)) return next.NONE;
  const version = packet.batch.view.getUint8(offset) >> 4;
  if (version === 4) return next.go(packet, next.TYPE, offset, ethertype.IPV4);
  return version === 6 ? next.go(packet, next.TYPE, offset, ethertype.IPV6) : next.NONE;
}
