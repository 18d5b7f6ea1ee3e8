// Is the checksum of a packet right, as a point captured it?
import { folded, sum16 } from '../base/checksum.ts';
import type { Packet } from '../wire/packet.ts';
import * as layer from '../wire/packet.ts';
import { pseudoHeaderSum } from '../wire/pseudo-header.ts';
import * as ipProtocol from '../wire/registry/ip-protocols.ts';

/** Not known: not captured whole, a fragment, none there, or left to be computed by a device (offload). */
export const UNVERIFIED = 0;
export const RIGHT = 1;
export const WRONG = 2;
/** Bit: the checksum of the IPv4 header is wrong. */
export const IP_WRONG = 4;

/** Longer packets come from segmentation offload, and have no checksum yet or no longer. */
const LONGEST = 9216;

export class Checksums {
  /** One of the first three values, and IP_WRONG. */
  state = UNVERIFIED;
  /** The sum of the payload, where the checksum is right: equal payloads have equal ones. */
  payload = 0;

  /** Verifies those of the IP header and of TCP, UDP or ICMP, whose header takes `header` bytes. */
  verify(packet: Packet, header: number): void {
    this.state = UNVERIFIED;
    this.payload = 0;
    const { view } = packet.batch;
    const isIpv4 = (packet.layers & layer.IPV4) !== 0;
    if (isIpv4 && isWrongIpv4(packet)) this.state = IP_WRONG;
    const { protocol, transportAt: at, transportEnd: end } = packet;
    const length = end - at;
    const place = placeOf(protocol);
    if (place === 0 || length > LONGEST || length < header || end > packet.captureEnd) return;
    if ((packet.layers & layer.FRAGMENT) !== 0) return;
    const found = view.getUint16(at + place);
    if (protocol === ipProtocol.UDP && (found === 0 || packet.udp.length !== length)) return;
    let pseudo = 0;
    if (protocol !== ipProtocol.ICMP) {
      const { ipv4, ipv6 } = packet;
      const source = isIpv4 ? ipv4.sourceAt : ipv6.sourceAt;
      const destination = isIpv4 ? ipv4.destinationAt : packet.routedAt || ipv6.destinationAt;
      pseudo = pseudoHeaderSum(view, isIpv4 ? 4 : 6, source, destination, protocol, length);
      if (isPartial(found, pseudo, length)) return;
    }
    const payload = sum16(view, at + header, end);
    const sum = folded(pseudo + sum16(view, at, at + header) + payload);
    this.state |= sum === 0xffff ? RIGHT : WRONG;
    this.payload = payload === 0xffff ? 0 : payload;
  }
}

/** Where the checksum is in the header; 0 where there is none that is known. */
function placeOf(protocol: number): number {
  switch (protocol) {
    case ipProtocol.TCP:
      return 16;
    case ipProtocol.UDP:
      return 6;
    case ipProtocol.ICMP:
    case ipProtocol.ICMPV6:
      return 2;
  }
  return 0;
}

/** Has Linux left the checksum to the device? Then the field holds the sum of the pseudo header, or its complement. */
function isPartial(found: number, pseudo: number, length: number): boolean {
  const sum = folded(pseudo);
  if (found === sum || found === (~sum & 0xffff)) return true;
  const rest = folded(pseudo + (~folded((length & 0xffff) + (length >>> 16)) & 0xffff));
  return found === rest || found === (~rest & 0xffff);
}

/** 0 is what a device computes. */
function isWrongIpv4(packet: Packet): boolean {
  const { ipv4, captureEnd } = packet;
  const end = ipv4.offset + ipv4.headerLength;
  if (end > captureEnd || ipv4.checksum === 0 || ipv4.totalLength === 0) return false;
  const { view } = packet.batch;
  let sum = 0;
  for (let at = ipv4.offset; at < end; at += 4) {
    const word = view.getInt32(at);
    sum += (word >>> 16) + (word & 0xffff);
  }
  return folded(sum) !== 0xffff;
}
