// The parts of a packet that stay the same from point to point, whatever NAT, segmentation and tunnels change.
import type { Batch } from '../base/batch.ts';
import { mix } from '../base/hash.ts';
import * as icmp from '../wire/icmp.ts';
import * as link from '../wire/linktype.ts';
import { OptionCursor } from '../wire/options.ts';
import * as layer from '../wire/packet.ts';
import { Packet } from '../wire/packet.ts';
import * as ethertype from '../wire/registry/ethertypes.ts';
import * as ipProtocol from '../wire/registry/ip-protocols.ts';
import * as tcpOption from '../wire/registry/tcp-options.ts';
import * as tcp from '../wire/tcp.ts';
import { mayCarry } from '../wire/tunnel/datagram.ts';
import { descend } from '../wire/tunnel/descend.ts';
import { UNVERIFIED } from './checksums.ts';
import { KIND, writeFlowKey } from './flow-key.ts';
import {
  ARP,
  BOUND,
  ECHO,
  FRAGMENT,
  HAS_TIMESTAMPS,
  HASHED,
  ICMP_ERROR,
  ICMP_OTHER,
  IdentityFields,
  IP_OTHER,
  LINK_SCOPE,
  MAY_FRAGMENT,
  NOT_IP,
  step,
  TCP_CONTROL,
  TCP_DATA,
  UDP,
  UDP_HEADER,
} from './identity-fields.ts';
import { placePlain } from './plain-packet.ts';

/** The protocol that flows of ARP have: no IP protocol has the number of an EtherType. */
const ARP_FLOW = 0x806;
/** The most nested tunnels that are decoded. */
const DEPTH = 8;
/** Bytes of a first fragment that hold the headers of a tunnel, of the packet in it, and the payload that is hashed. */
const LEAST_FIRST = 256;
/** Fragmented packets remembered; a power of two. */
const TUNNELLED = 1 << 10;
/** The one packet of a pass, read for pairing. Fields hold until the next `place`. */
export class Identity extends IdentityFields {
  private readonly packet = new Packet();
  private readonly cursor = new OptionCursor();
  private timestampValue = 0;
  private timestampEcho = 0;
  /** Hash of the values of TCP options other than time stamps: SACK blocks, above all. */
  private optionValues = 0;
  /** Keys of fragmented packets that carry another, the latest of each slot. */
  private readonly tunnelled = new Int32Array(TUNNELLED);

  /** Reads record `index`. */
  place(batch: Batch, index: number): void {
    if (!placePlain(this, batch, index)) this.placeAny(batch, index);
  }

  /** The same, whatever the packet is. */
  placeAny(batch: Batch, index: number): void {
    const { packet } = this;
    packet.decode(batch, index);
    this.bytes = batch.view;
    this.reset(batch, index);
    this.vlan = packet.vlan;
    this.unwrap(batch, index);
    const { layers } = packet;
    if ((layers & layer.ARP) !== 0) this.arp();
    else if ((layers & (layer.IPV4 | layer.IPV6)) !== 0) this.internet();
    else this.other(batch, index);
    if (this.protocol === 0) this.flowKey[KIND] = 0;
    else writeFlowKey(this.flowKey, this);
    this.writeHeaders();
  }

  private reset(batch: Batch, index: number): void {
    this.traits = 0;
    this.protocol = 0;
    this.isIpv6 = false;
    this.sourcePort = this.destinationPort = 0;
    this.sourceMac = this.destinationMac = -1;
    this.sequence = this.length = this.transmission = 0;
    this.tcpFlags = this.window = this.mss = this.options = 0;
    this.ipId = this.ttl = this.tos = this.tunnel = this.payloadHash = 0;
    this.timestampValue = this.timestampEcho = this.optionValues = 0;
    this.checksums.state = UNVERIFIED;
    if (batch.linkType[index] === link.ETHERNET && batch.captured[index] >= 14) {
      const { view } = batch;
      const at = batch.offset[index];
      this.destinationMac = view.getUint16(at) * 0x1_0000_0000 + view.getUint32(at + 2);
      this.sourceMac = view.getUint16(at + 6) * 0x1_0000_0000 + view.getUint32(at + 8);
      if ((view.getUint8(at) & 1) !== 0) this.traits |= LINK_SCOPE;
    }
  }

  /** Goes to the innermost packet. */
  private unwrap(batch: Batch, index: number): void {
    const { packet } = this;
    let depth = 0;
    let tunnel = 0;
    while (depth < DEPTH && carries(packet)) {
      if (depth === 0) tunnel = (Math.max(packet.protocol, 0) << 16) | portOf(packet);
      const before = depth;
      packet.nextType = 0;
      const fragment = (packet.layers & layer.FRAGMENT) === 0 ? 0 : fragmentKey(packet);
      if (!enter(packet)) {
        if (this.carriesArp()) {
          depth++;
          break;
        }
        // Not decodable: back to the outer one, by the same steps.
        packet.decode(batch, index);
        for (let step = 0; step < before; step++) enter(packet);
        break;
      }
      if (fragment !== 0) this.tunnelled[fragment & (TUNNELLED - 1)] = fragment;
      depth++;
    }
    if (depth > 0 && tunnel !== 0) {
      this.tunnel = tunnel;
      // The outer frame's destination says nothing about the inner packet.
      this.traits &= ~LINK_SCOPE;
    }
  }

  /** `descend` looks for IP. Has it come to ARP, as in VXLAN? */
  private carriesArp(): boolean {
    const { packet } = this;
    if (packet.nextType !== ethertype.ARP) return false;
    if (!packet.arp.open(packet.batch.view, packet.nextAt, packet.captureEnd)) return false;
    packet.layers = layer.ARP;
    return true;
  }

  private arp(): void {
    const { packet } = this;
    const { arp } = packet;
    this.begin(ARP);
    // Not forwarded, except through a tunnel.
    if (this.tunnel === 0) this.traits |= LINK_SCOPE;
    this.feed(arp.operation);
    const end = Math.min(arp.endAt, packet.captureEnd);
    this.hashBytes(arp.senderHardwareAt, end);
    this.feed(this.payloadHash);
    this.coarse = this.keyA;
    if (arp.protocolLength !== 4 || arp.targetProtocolAt + 4 > packet.captureEnd) return;
    const { view } = packet.batch;
    this.protocol = ARP_FLOW;
    words4(this.source, view, arp.senderProtocolAt);
    words4(this.destination, view, arp.targetProtocolAt);
  }

  private other(batch: Batch, index: number): void {
    this.begin(NOT_IP);
    this.traits |= LINK_SCOPE;
    const at = batch.offset[index];
    const skipped = batch.linkType[index] === link.ETHERNET ? 12 : 0;
    const end = at + Math.min(batch.captured[index], this.payloadLimit);
    this.hashBytes(Math.min(at + skipped, end), end);
    this.feed(this.payloadHash);
    this.feed(batch.wire[index]);
    this.coarse = this.keyA;
  }

  private internet(): void {
    const { packet } = this;
    const { view } = packet.batch;
    this.isIpv6 = (packet.layers & layer.IPV6) !== 0;
    this.protocol = packet.protocol < 0 ? 255 : packet.protocol;
    let start: number;
    if (this.isIpv6) {
      const { ipv6 } = packet;
      start = ipv6.offset;
      words16(this.source, view, ipv6.sourceAt);
      words16(this.destination, view, packet.routedAt || ipv6.destinationAt);
      this.ttl = ipv6.hopLimit;
      this.tos = ipv6.trafficClass;
      const high = this.destination[0] >>> 16;
      if (high >= 0xff00 || (high & 0xffc0) === 0xfe80) this.traits |= LINK_SCOPE;
    } else {
      const { ipv4 } = packet;
      start = ipv4.offset;
      words4(this.source, view, ipv4.sourceAt);
      words4(this.destination, view, ipv4.destinationAt);
      this.ttl = ipv4.ttl;
      this.tos = ipv4.tos;
      this.ipId = ipv4.identification;
      const high = this.destination[0] >>> 16;
      if (high >= 0xe000 || high === 0xa9fe) this.traits |= LINK_SCOPE;
      if (!ipv4.dontFragment) this.traits |= MAY_FRAGMENT;
    }
    if ((packet.layers & layer.FRAGMENT) !== 0) this.fragment(start);
    else if ((packet.layers & layer.TCP) !== 0) this.tcp(start);
    else if ((packet.layers & layer.UDP) !== 0) this.udp(start);
    else if ((packet.layers & (layer.ICMP | layer.ICMPV6)) !== 0) this.icmp(start);
    else this.otherProtocol(start);
  }

  private fragment(start: number): void {
    const { packet } = this;
    this.begin(FRAGMENT);
    this.traits |= BOUND;
    this.protocol = packet.fragmentProtocol;
    this.sequence = packet.fragmentOffset;
    this.length = packet.fragmentEnd - packet.fragmentAt;
    this.transmission = mix(packet.fragmentId, packet.fragmentProtocol);
    this.ipId = packet.fragmentId & 0xffff;
    const key = fragmentKey(packet);
    // It ends where the tunnel does: what goes on from there is known by the first fragment.
    if (this.tunnelled[key & (TUNNELLED - 1)] === key) this.traits |= LINK_SCOPE;
    this.feed(packet.fragmentId);
    this.feed(this.sequence);
    this.feed(this.length);
    this.coarse = this.keyA;
    this.payload(start, packet.fragmentAt);
  }

  private tcp(start: number): void {
    const { packet } = this;
    const segment = packet.tcp;
    const headerLength = Math.max(segment.headerLength, tcp.HEADER_LENGTH);
    const length = Math.max(Math.min(packet.transportEnd, packet.wireEnd) - segment.offset - headerLength, 0);
    this.begin(length > 0 ? TCP_DATA : TCP_CONTROL);
    this.sourcePort = segment.sourcePort;
    this.destinationPort = segment.destinationPort;
    this.sequence = segment.sequence;
    this.length = length;
    this.tcpFlags = segment.flags;
    this.window = segment.window;
    const shown = this.tcpFlags & (tcp.SYN | tcp.FIN | tcp.RST | tcp.ACK);
    const { sequence } = this;
    const { acknowledgment } = segment;
    this.acknowledgment = acknowledgment;
    const lengthAndFlags = (length << 8) | shown;
    const coarse = mix(mix(mix(this.keyA, sequence), acknowledgment), lengthAndFlags);
    this.coarse = coarse;
    if (segment.offset + headerLength - start <= this.headerLimit) this.tcpOptions(headerLength);
    const { timestampValue, timestampEcho } = this;
    const windowAndId = (this.window << 16) | this.ipId;
    this.transmission = mix(mix(acknowledgment, timestampValue), timestampEcho);
    this.keyA = mix(mix(coarse, this.transmission), windowAndId);
    let b = step(step(step(this.keyB, sequence), acknowledgment), lengthAndFlags);
    b = step(step(step(b, timestampValue), timestampEcho), windowAndId);
    this.keyB = b;
    if ((shown & tcp.SYN) === 0 && this.optionValues !== 0) this.feed(this.optionValues);
    if (length > 0) this.payload(start, segment.offset + headerLength);
    this.checksums.verify(packet, headerLength);
  }

  private tcpOptions(headerLength: number): void {
    const { packet, cursor } = this;
    if (headerLength === tcp.HEADER_LENGTH) return;
    const { view } = packet.batch;
    const first = packet.tcp.offset + tcp.HEADER_LENGTH;
    const end = packet.tcp.offset + headerLength;
    if (
      headerLength === tcp.HEADER_LENGTH + tcpOption.USUAL_LENGTH &&
      end <= packet.captureEnd &&
      view.getInt32(first) === tcpOption.USUAL
    ) {
      this.timestamps(first + 4);
      return;
    }
    cursor.open(view, first, end, Math.min(end, packet.captureEnd));
    while (cursor.step()) {
      const { kind, offset, length } = cursor;
      this.options |= 1 << Math.min(kind, 31);
      if (kind === tcpOption.TIMESTAMPS && length === 10) this.timestamps(offset + 2);
      else {
        if (kind === tcpOption.MAXIMUM_SEGMENT_SIZE && length === 4) this.mss = view.getUint16(offset + 2);
        for (let at = offset; at < offset + length; at++)
          this.optionValues = mix(this.optionValues, view.getUint8(at));
      }
    }
  }

  private timestamps(at: number): void {
    const { view } = this.packet.batch;
    this.traits |= HAS_TIMESTAMPS;
    this.options |= 1 << tcpOption.TIMESTAMPS;
    this.timestampValue = view.getInt32(at);
    this.timestampEcho = view.getInt32(at + 4);
  }

  private udp(start: number): void {
    const { udp } = this.packet;
    this.begin(UDP);
    this.traits |= BOUND;
    this.sourcePort = udp.sourcePort;
    this.destinationPort = udp.destinationPort;
    this.length = udp.length;
    this.payloadAt = udp.offset + UDP_HEADER;
    this.payloadEnd = Math.min(this.packet.captureEnd, start + this.payloadLimit);
    this.payload(start, this.payloadAt);
    this.datagram(udp.length);
    this.checksums.verify(this.packet, UDP_HEADER);
  }

  private icmp(start: number): void {
    const { packet } = this;
    const message = packet.icmp;
    const { type, code, offset } = message;
    const isEcho =
      (packet.layers & layer.ICMP) !== 0
        ? type === icmp.ECHO_REQUEST || type === icmp.ECHO_REPLY
        : type === icmp.V6_ECHO_REQUEST || type === icmp.V6_ECHO_REPLY;
    this.length = Math.min(packet.transportEnd, packet.wireEnd) - offset;
    if (isEcho) {
      this.begin(ECHO);
      this.traits |= BOUND;
      // Of both directions alike, so that request and reply are of one flow.
      this.sourcePort = this.destinationPort = message.identifier;
      this.feed(type);
      this.feed(message.sequence);
      this.payload(start, offset + icmp.HEADER_LENGTH);
      this.datagram(this.length);
      this.checksums.verify(packet, icmp.HEADER_LENGTH);
      return;
    }
    this.begin(ICMP_OTHER);
    this.feed((type << 8) | code);
    const isError = (packet.layers & layer.ICMP) !== 0 ? type >= 3 && type <= 12 && type !== 8 : type < 128;
    if (isError) {
      this.traits |= ICMP_ERROR;
      this.quoted(offset + icmp.HEADER_LENGTH);
    } else this.payload(start, offset + 4);
    this.feed(this.payloadHash);
    this.feed(this.length);
    this.feed(this.ipId);
    this.coarse = this.keyA;
    if (this.ttl === 255 && !isError && this.isIpv6) this.traits |= LINK_SCOPE;
  }

  /** The parts of the packet quoted by an ICMP error that NAT does not change. */
  private quoted(at: number): void {
    const { captureEnd, batch } = this.packet;
    const { view } = batch;
    if (at + 28 > captureEnd) return;
    let transport: number;
    let protocol: number;
    if (view.getUint8(at) >> 4 === 6) {
      protocol = view.getUint8(at + 6);
      this.feed(view.getUint16(at + 4));
      transport = at + 40;
    } else {
      protocol = view.getUint8(at + 9);
      this.feed(view.getInt32(at + 2));
      transport = at + ((view.getUint8(at) & 15) << 2);
    }
    this.feed(protocol);
    // TCP's sequence number, UDP's length, an echo's sequence number.
    if (transport + 8 > captureEnd) return;
    if (protocol === ipProtocol.TCP) this.feed(view.getInt32(transport + 4));
    else if (protocol === ipProtocol.UDP) this.feed(view.getUint16(transport + 4));
    else if (protocol === ipProtocol.ICMP || protocol === ipProtocol.ICMPV6)
      this.feed(view.getUint16(transport + 6));
  }

  private otherProtocol(start: number): void {
    const { packet } = this;
    this.begin(IP_OTHER);
    this.traits |= BOUND;
    this.feed(this.protocol);
    this.length = Math.min(packet.transportEnd, packet.wireEnd) - packet.transportAt;
    this.payload(start, packet.transportAt);
    this.datagram(this.length);
  }

  /** Hashes the bytes from `at` on, as far as all points have them. */
  private payload(start: number, at: number): void {
    const { packet } = this;
    const end = Math.min(packet.captureEnd, packet.wireEnd, packet.transportEnd, at + HASHED);
    const fragmentEnd =
      this.kind === FRAGMENT ? Math.min(packet.fragmentEnd, packet.captureEnd, at + HASHED) : end;
    this.hashBytes(at, Math.min(fragmentEnd, start + this.payloadLimit));
  }
}

/** What all fragments of a packet have in common, hashed; never 0. */
function fragmentKey(packet: Packet): number {
  const { view } = packet.batch;
  const isIpv6 = (packet.layers & layer.IPV6) !== 0;
  const source = isIpv6 ? packet.ipv6.sourceAt + 12 : packet.ipv4.sourceAt;
  const destination = isIpv6 ? packet.ipv6.destinationAt + 12 : packet.ipv4.destinationAt;
  const ends = mix(view.getInt32(source), view.getInt32(destination));
  return mix(mix(ends, packet.fragmentId), packet.fragmentProtocol) || 1;
}

/** Descends to the packet that this one carries. If it is a fragment, the other ones have the rest of that. */
function enter(packet: Packet): boolean {
  const isFragment = (packet.layers & layer.FRAGMENT) !== 0;
  if (!descend(packet)) return false;
  if (isFragment) packet.wireEnd = Math.max(packet.wireEnd, packet.transportEnd);
  return true;
}

/** Is it a first fragment, with all that identifies a packet in it? */
function isLargeFirst({ fragmentOffset, fragmentAt, fragmentEnd }: Packet): boolean {
  return fragmentOffset === 0 && fragmentEnd - fragmentAt >= LEAST_FIRST;
}

/** May this packet carry another? A cheap test, for hardly any does. */
function carries(packet: Packet): boolean {
  if ((packet.layers & layer.FRAGMENT) !== 0 && !isLargeFirst(packet)) return false;
  if ((packet.layers & (layer.IPV4 | layer.IPV6)) === 0) return (packet.layers & layer.ARP) === 0;
  switch (packet.protocol) {
    case ipProtocol.TCP:
    case ipProtocol.ICMP:
    case ipProtocol.ICMPV6:
    case -1:
      return false;
    case ipProtocol.UDP:
      return (packet.layers & layer.UDP) !== 0 && mayCarry(packet.udp.sourcePort, packet.udp.destinationPort);
  }
  return true;
}

function portOf(packet: Packet): number {
  return (packet.layers & layer.UDP) !== 0 ? packet.udp.destinationPort : 0;
}

function words4(words: Int32Array, view: DataView, at: number): void {
  words[0] = view.getInt32(at);
  words[1] = words[2] = words[3] = 0;
}

function words16(words: Int32Array, view: DataView, at: number): void {
  for (let i = 0; i < 4; i++) words[i] = view.getInt32(at + 4 * i);
}
