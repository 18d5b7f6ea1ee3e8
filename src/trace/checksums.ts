// Is the checksum of a packet right, as a point captured it?
import { folded, sum16 } from '../base/checksum.ts';
import { CHECKSUM, DESTINATION, HEADER_LENGTH, SOURCE, TOTAL_LENGTH } from '../wire/ipv4.ts';
import type { Packet } from '../wire/packet.ts';
import * as layer from '../wire/packet.ts';
import { pseudoHeaderSum } from '../wire/pseudo-header.ts';
import * as ipProtocol from '../wire/registry/ip-protocols.ts';
import { LENGTH as UDP_LENGTH } from '../wire/udp.ts';

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
    const { ipv4, ipv6, captureEnd } = packet;
    const { view } = packet.batch;
    const isIpv4 = (packet.layers & layer.IPV4) !== 0;
    this.begin(isIpv4 && isWrongIpv4(view, ipv4.offset, ipv4.headerLength, captureEnd));
    if ((packet.layers & layer.FRAGMENT) !== 0) return;
    const { protocol, transportAt: at, transportEnd: end } = packet;
    if (!isWhole(protocol, end - at, header) || end > captureEnd) return;
    const source = isIpv4 ? ipv4.sourceAt : ipv6.sourceAt;
    const destination = isIpv4 ? ipv4.destinationAt : packet.routedAt || ipv6.destinationAt;
    this.verifyTransport(view, isIpv4 ? 4 : 6, source, destination, protocol, at, end, header);
  }

  /** The same of a packet whose IPv4 header is at `ip` and has no options, and which ends at `end`. */
  verifyPlain(
    view: DataView,
    ip: number,
    protocol: number,
    end: number,
    captureEnd: number,
    header: number,
  ): void {
    this.begin(isWrongIpv4(view, ip, HEADER_LENGTH, captureEnd));
    const at = ip + HEADER_LENGTH;
    if (end > captureEnd || !isWhole(protocol, end - at, header)) return;
    this.verifyTransport(view, 4, ip + SOURCE, ip + DESTINATION, protocol, at, end, header);
  }

  private begin(isIpWrong: boolean): void {
    this.state = isIpWrong ? IP_WRONG : UNVERIFIED;
    this.payload = 0;
  }

  /** Of what begins at `at` and is captured up to its `end`. */
  private verifyTransport(
    view: DataView,
    ipVersion: number,
    source: number,
    destination: number,
    protocol: number,
    at: number,
    end: number,
    header: number,
  ): void {
    const length = end - at;
    const found = view.getUint16(at + placeOf(protocol));
    if (protocol === ipProtocol.UDP && (found === 0 || view.getUint16(at + UDP_LENGTH) !== length)) return;
    let pseudo = 0;
    if (protocol !== ipProtocol.ICMP) {
      pseudo = pseudoHeaderSum(view, ipVersion, source, destination, protocol, length);
      if (isPartial(found, pseudo, length)) return;
    }
    const payload = sum16(view, at + header, end);
    const sum = folded(pseudo + sum16(view, at, at + header) + payload);
    this.state |= sum === 0xffff ? RIGHT : WRONG;
    this.payload = payload === 0xffff ? 0 : payload;
  }
}

/** Has it a checksum, and a length with which it is known? */
function isWhole(protocol: number, length: number, header: number): boolean {
  return placeOf(protocol) !== 0 && length <= LONGEST && length >= header;
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
function isWrongIpv4(view: DataView, at: number, headerLength: number, captureEnd: number): boolean {
  const end = at + headerLength;
  if (end > captureEnd || view.getUint16(at + CHECKSUM) === 0 || view.getUint16(at + TOTAL_LENGTH) === 0)
    return false;
  let sum = 0;
  for (let offset = at; offset < end; offset += 4) {
    const word = view.getInt32(offset);
    sum += (word >>> 16) + (word & 0xffff);
  }
  return folded(sum) !== 0xffff;
}
