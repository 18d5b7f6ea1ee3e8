// One packet, decoded in place: which layers it has and where each lies.

import type { Batch } from '../base/batch.ts';
import { carriedType, FAMILY_LENGTH } from './address-family.ts';
import { Arp } from './arp.ts';
import * as ethernet from './ethernet.ts';
import { Icmp } from './icmp.ts';
import * as ipv4 from './ipv4.ts';
import { Ipv4 } from './ipv4.ts';
import * as ipv6 from './ipv6.ts';
import { Ipv6 } from './ipv6.ts';
import { EXTENSION_LEAST, extensionLength, leadsToTransport } from './ipv6-extensions.ts';
import * as link from './linktype.ts';
import * as ethertype from './registry/ethertypes.ts';
import * as ipProtocol from './registry/ip-protocols.ts';
import { Tcp } from './tcp.ts';
import { Udp } from './udp.ts';

/** Bits of `Packet.layers`. */
export const ARP = 1;
export const IPV4 = 2;
export const IPV6 = 4;
export const TCP = 8;
export const UDP = 16;
export const ICMP = 32;
export const ICMPV6 = 64;
/** Set with IPV4 or IPV6 for a fragment; a later fragment has no transport layer. */
export const FRAGMENT = 128;
export const VLAN = 256;

/**
 * The one packet of a pass, placed over record after record. `decode` is lax: it never throws, and `layers` says which
 * headers were whole. Only the views of layers that are set may be read.
 */
export class Packet {
  batch!: Batch;
  /** Record of the batch it lies over. */
  index = 0;
  /** Layers reached, a mask of the constants above. */
  layers = 0;
  /** First byte not captured. */
  captureEnd = 0;
  /** First byte behind the frame as it was on the wire; lengths in headers may claim more. */
  wireEnd = 0;
  /** Where the network header begins. */
  networkAt = 0;
  /** EtherType of the network header, 0 where there is none. */
  etherType = 0;
  /** VLAN identifier (12 bits) of the frame's first 802.1Q tag, be it outside of a tunnel; 0 where there is none. */
  vlan = 0;
  /** Of a fragment: where its part of the datagram begins and ends, and at which byte of the datagram. */
  fragmentAt = 0;
  fragmentEnd = 0;
  fragmentOffset = 0;
  moreFragments = false;
  /** The datagram's identification, and the IP protocol of what it carries. */
  fragmentId = 0;
  fragmentProtocol = 0;
  /** Of IPv6 with a routing header on its way: where the address of the route's end lies; otherwise 0. */
  routedAt = 0;
  /** IP protocol of the transport header, after IPv6 extension headers; -1 where there is none. */
  protocol = -1;
  /** Where the transport header begins, and where IP says that it and its payload end. */
  transportAt = 0;
  transportEnd = 0;
  /** Where what comes next in a tunnel begins, and its EtherType or link type (tunnel/next.ts). */
  nextAt = 0;
  nextType = 0;
  readonly arp = new Arp();
  readonly ipv4 = new Ipv4();
  readonly ipv6 = new Ipv6();
  readonly tcp = new Tcp();
  readonly udp = new Udp();
  /** ICMP or ICMPv6, as the layer bit says. */
  readonly icmp = new Icmp();

  /** Places the packet over record `index` of the batch and finds its layers. Returns `layers`. */
  decode(batch: Batch, index: number): number {
    this.batch = batch;
    this.index = index;
    this.layers = 0;
    this.protocol = -1;
    this.etherType = 0;
    this.vlan = 0;
    const offset = batch.offset[index];
    const end = offset + batch.captured[index];
    this.captureEnd = end;
    const wire = Math.max(batch.wire[index], batch.captured[index]);
    this.wireEnd = offset + wire;
    const bytes = batch.view;
    switch (batch.linkType[index]) {
      case link.ETHERNET:
        if (offset + ethernet.HEADER_LENGTH <= end)
          this.network(bytes.getUint16(offset + 12), offset + 14, wire - 14);
        break;
      case link.LINUX_SLL:
        if (offset + 16 <= end) this.network(bytes.getUint16(offset + 14), offset + 16, wire - 16);
        break;
      case link.LINUX_SLL2:
        if (offset + 20 <= end) this.network(bytes.getUint16(offset), offset + 20, wire - 20);
        break;
      case link.RAW:
      case link.IPV4:
      case link.IPV6:
        if (offset < end) this.version(offset, wire);
        break;
      case link.NULL:
      case link.LOOP:
        if (offset + FAMILY_LENGTH <= end) this.loopback(batch.linkType[index], offset, wire);
        break;
    }
    return this.layers;
  }

  /**
   * Places the packet over one that it carries (wire/tunnel/), which is of an EtherType and begins at `offset`. Bounded
   * by `captureEnd` and `wireEnd` of the outer one. True where a network header or a tag was found.
   */
  carried(etherType: number, offset: number): boolean {
    this.layers = 0;
    this.protocol = -1;
    this.etherType = 0;
    this.network(etherType, offset, this.wireEnd - offset);
    return this.layers !== 0;
  }

  /** Goes on with a transport header behind the one it stands at. */
  follows(protocol: number, offset: number, end: number): boolean {
    this.transport(protocol, offset, end);
    return true;
  }

  private loopback(linkType: number, offset: number, length: number): void {
    const type = carriedType(linkType, this.batch.view.getUint32(offset));
    if (type !== 0) this.network(type, offset + FAMILY_LENGTH, length - FAMILY_LENGTH);
  }

  private version(offset: number, length: number): void {
    const version = this.batch.view.getUint8(offset) >> 4;
    if (version === 4) this.network(ethertype.IPV4, offset, length);
    else if (version === 6) this.network(ethertype.IPV6, offset, length);
  }

  private network(etherType: number, offset: number, length: number): void {
    const bytes = this.batch.view;
    while (
      etherType === ethertype.VLAN ||
      etherType === ethertype.QINQ ||
      etherType === ethertype.QINQ_9100
    ) {
      if (offset + 4 > this.captureEnd) return;
      if (this.vlan === 0 && etherType !== ethertype.QINQ) this.vlan = bytes.getUint16(offset) & 0xfff;
      this.layers |= VLAN;
      etherType = bytes.getUint16(offset + 2);
      offset += 4;
      length -= 4;
    }
    this.etherType = etherType;
    this.networkAt = offset;
    if (etherType === ethertype.IPV4) {
      // Some senders put IPv6 behind IPv4's EtherType; the version is right.
      if (offset < this.captureEnd && bytes.getUint8(offset) >> 4 === 6) this.internet6(offset, length);
      else this.internet4(offset, length);
    } else if (etherType === ethertype.IPV6) this.internet6(offset, length);
    else if (etherType === ethertype.ARP && this.arp.open(bytes, offset, this.captureEnd)) this.layers |= ARP;
  }

  private internet4(offset: number, length: number): void {
    const ip = this.ipv4;
    if (!ip.open(this.batch.view, offset, this.captureEnd)) return;
    const header = ip.headerLength;
    if (ip.version !== 4 || header < ipv4.HEADER_LENGTH) return;
    // A total length of 0 stands for a segment larger than 64 KiB that was captured before segmentation (TSO/BIG TCP).
    const total = ip.totalLength === 0 ? length : ip.totalLength;
    if (total < header) return;
    this.layers |= IPV4;
    if (ip.fragmented) {
      this.fragment(
        offset + header,
        offset + total,
        ip.fragmentOffset,
        ip.moreFragments,
        ip.identification,
        ip.protocol,
      );
      if (ip.fragmentOffset !== 0) return;
    }
    this.transport(ip.protocol, offset + header, offset + total);
  }

  private internet6(offset: number, length: number): void {
    const ip = this.ipv6;
    const bytes = this.batch.view;
    this.routedAt = 0;
    if (!ip.open(bytes, offset, this.captureEnd) || ip.version !== 6) return;
    this.layers |= IPV6;
    const end = ip.payloadLength === 0 ? offset + length : offset + ipv6.HEADER_LENGTH + ip.payloadLength;
    let next = ip.nextHeader;
    offset += ipv6.HEADER_LENGTH;
    while (leadsToTransport(next)) {
      if (offset + EXTENSION_LEAST > this.captureEnd) return;
      if (next === ipProtocol.ROUTING) this.route(offset);
      else if (next === ipProtocol.FRAGMENT && !this.fragment6(offset, end)) return;
      const header = extensionLength(bytes, next, offset);
      next = bytes.getUint8(offset);
      offset += header;
    }
    if (next !== ipProtocol.NO_NEXT_HEADER) this.transport(next, offset, end);
  }

  /** While a routing header has segments left, the end of its route is where the packet goes (RFC 8754, RFC 6275, 6.4). */
  private route(offset: number): void {
    const bytes = this.batch.view;
    if (bytes.getUint8(offset + 3) === 0) return;
    const addresses = bytes.getUint8(offset + 1) >> 1;
    const type = bytes.getUint8(offset + 2);
    // The source routes of RFC 2460 and, where nothing is left out, of RFC 6554 end with their last address; segment
    // routing and mobility have it first.
    let end = 0;
    if (type === 0 || (type === 3 && bytes.getUint16(offset + 4) === 0))
      end = offset + 8 + 16 * (addresses - 1);
    else if (type === 2 || type === 4) end = offset + 8;
    if (addresses > 0 && end > 0 && end + 16 <= this.captureEnd) this.routedAt = end;
  }

  /** The fragment header of IPv6; false where the transport header is in another fragment. */
  private fragment6(offset: number, end: number): boolean {
    const bytes = this.batch.view;
    const offsetAndMore = bytes.getUint16(offset + 2);
    const fragmentOffset = offsetAndMore & 0xfff8;
    const more = (offsetAndMore & 1) !== 0;
    if (fragmentOffset !== 0 || more) {
      this.fragment(
        offset + EXTENSION_LEAST,
        end,
        fragmentOffset,
        more,
        bytes.getUint32(offset + 4),
        bytes.getUint8(offset),
      );
    }
    return fragmentOffset === 0;
  }

  private fragment(
    offset: number,
    end: number,
    fragmentOffset: number,
    more: boolean,
    id: number,
    protocol: number,
  ): void {
    this.layers |= FRAGMENT;
    this.fragmentAt = offset;
    this.fragmentEnd = end;
    this.fragmentOffset = fragmentOffset;
    this.moreFragments = more;
    this.fragmentId = id;
    this.fragmentProtocol = protocol;
  }

  private transport(protocol: number, offset: number, end: number): void {
    const bytes = this.batch.view;
    this.protocol = protocol;
    this.transportAt = offset;
    this.transportEnd = end;
    if (protocol === ipProtocol.TCP) {
      if (this.tcp.open(bytes, offset, this.captureEnd, end)) this.layers |= TCP;
    } else if (protocol === ipProtocol.UDP) {
      if (this.udp.open(bytes, offset, this.captureEnd)) this.layers |= UDP;
    } else if (protocol === ipProtocol.ICMP) {
      if (this.icmp.open(bytes, offset, this.captureEnd)) this.layers |= ICMP;
    } else if (protocol === ipProtocol.ICMPV6) {
      if (this.icmp.open(bytes, offset, this.captureEnd)) this.layers |= ICMPV6;
    }
  }
}
