// The TCP segment of a record, wherever it lies: at the top, in a tunnel, or put together from IP fragments.

import { endpointText, ipv4Text, ipv6Text } from '../base/address.ts';
import type { Batch } from '../base/batch.ts';
import * as ethernet from '../wire/ethernet.ts';
import * as icmp from '../wire/icmp.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';
import * as link from '../wire/linktype.ts';
import { OptionCursor } from '../wire/options.ts';
import { FRAGMENT, ICMP, ICMPV6, IPV6, Packet } from '../wire/packet.ts';
import { pseudoHeaderSum } from '../wire/pseudo-header.ts';
import * as ethertype from '../wire/registry/ethertypes.ts';
import * as ipProtocol from '../wire/registry/ip-protocols.ts';
import * as ipv4Option from '../wire/registry/ipv4-options.ts';
import * as tcpOption from '../wire/registry/tcp-options.ts';
import { HEADER_LENGTH } from '../wire/tcp.ts';
import { descend } from '../wire/tunnel/descend.ts';
import { Fragments } from './fragments.ts';
import { groupOf, type Half } from './halves.ts';

/** Bytes of header up to and with the window: with fewer captured, a segment has no connection. */
const COMPLETE = 16;
/** Bytes of header up to and with both ports: with fewer, it is no segment. */
const PORTS = 4;
/** Tunnels within tunnels that are looked into. */
const DEPTH = 16;
const NOTHING: DataView = new DataView(new ArrayBuffer(0));

// An Ethernet frame with an IPv4 header without options and a TCP header: where things lie in it.
const FRAME = ethernet.HEADER_LENGTH;
const PLAIN_LENGTH = FRAME + ipv4.HEADER_LENGTH + HEADER_LENGTH;
/** EtherType, version and header length: 24 bits from byte 12 on. */
const PLAIN = (ethertype.IPV4 << 8) | 0x45;

/** The one segment of a pass. `place` puts it over a record; its fields hold until the next call. */
export class Segment {
  /** What its header and addresses lie in, where the TCP header begins, and the first byte not captured. */
  bytes: DataView = NOTHING;
  offset = 0;
  captureEnd = 0;
  /** Where the addresses lie, and whether they are IPv6. */
  sourceAt = 0;
  destinationAt = 0;
  isIpv6 = false;
  sequence = 0;
  acknowledgment = 0;
  flags = 0;
  /** As in the header: unscaled. */
  window = 0;
  /** Source << 16 | destination. */
  ports = 0;
  /** Bytes of header, and of payload on the wire; the latter below 0 where the header is longer than the segment. */
  headerLength = 0;
  length = 0;
  /** At least the header up to the window is there. */
  complete = false;
  /** The header was captured, its options perhaps not. */
  headerCaptured = false;
  /** The header is whole and has no option, or nothing but a time stamp: nothing that says more than the header. */
  bare = false;
  /** An ICMP error quotes it: it was not sent here. */
  quoted = false;
  /** Of the ICMP error that quotes it: IP version << 16 | type << 8 | code. */
  icmpKind = 0;
  /** The record has a segment that is not placed: it is in the other half of the connections. */
  inOtherHalf = false;
  /** It is the first fragment of a datagram that cannot be put together. */
  partial = false;
  private readonly placed = new Packet();
  private readonly options = new OptionCursor();
  /** The record, where `placed` does not lie over it yet. */
  private plain: Batch | undefined;
  private index = 0;
  private readonly fragments = new Fragments();

  /**
   * Places the segment over record `index`; false where that is no TCP segment, or, with `others` set, one of a
   * connection that is not in the requested share.
   */
  place(batch: Batch, index: number, half?: Half): boolean {
    this.quoted = false;
    this.partial = false;
    this.inOtherHalf = false;
    const offset = batch.offset[index];
    const captureEnd = offset + batch.captured[index];
    if (batch.linkType[index] === link.ETHERNET && captureEnd - offset >= PLAIN_LENGTH) {
      // What nearly all packets are is read straight off; the packet views find all the others.
      const bytes = batch.view;
      const fragmented = (bytes.getUint16(offset + FRAME + 6) & 0x3fff) !== 0;
      const total = bytes.getUint16(offset + FRAME + 2);
      if (
        bytes.getUint32(offset + 12) >>> 8 === PLAIN &&
        bytes.getUint8(offset + FRAME + 9) === ipProtocol.TCP &&
        !fragmented &&
        total >= PLAIN_LENGTH - FRAME
      ) {
        const sourceAt = offset + FRAME + 12;
        if (half !== undefined) {
          const mixed = bytes.getInt32(sourceAt) ^ bytes.getInt32(sourceAt + 4);
          if (!half.takes(groupOf(bytes.getInt32(sourceAt + 8), mixed))) {
            this.inOtherHalf = true;
            return false;
          }
        }
        const wireEnd = Math.max(captureEnd, offset + batch.wire[index]);
        this.plain = batch;
        this.index = index;
        this.bytes = bytes;
        this.sourceAt = sourceAt;
        this.destinationAt = sourceAt + 4;
        this.isIpv6 = false;
        return this.read(sourceAt + 8, Math.min(offset + FRAME + total, wireEnd), captureEnd);
      }
    }
    this.plain = undefined;
    this.placed.decode(batch, index);
    if (!this.search()) return false;
    this.inOtherHalf = half !== undefined && !half.takes(this.group);
    return !this.inOtherHalf;
  }

  /** The packet it lies in, or else the one that holds no segment, with all its layers. */
  get packet(): Packet {
    if (this.plain !== undefined) {
      this.placed.decode(this.plain, this.index);
      this.plain = undefined;
    }
    return this.placed;
  }

  /** Is the header at least as long as a header must be? */
  get wellFormed(): boolean {
    return this.headerLength >= HEADER_LENGTH;
  }

  /** Looks for the segment in tunnels, in fragments and in what ICMP errors quote. */
  private search(): boolean {
    const packet = this.placed;
    for (let depth = 0; depth < DEPTH; depth++) {
      if ((packet.layers & FRAGMENT) !== 0 && !this.quoted) {
        const whole = this.fragments.add(packet);
        if (whole !== undefined) {
          packet.decode(whole, 0);
          continue;
        }
        // A first IPv4 fragment that was cut short is decoded alone, as far as captured.
        const cut = packet.fragmentOffset === 0 && packet.fragmentEnd > packet.captureEnd;
        if (!cut || (packet.layers & IPV6) !== 0) return false;
        this.partial = packet.protocol === ipProtocol.TCP;
      }
      if (packet.protocol === ipProtocol.TCP) return this.found();
      if ((packet.layers & (ICMP | ICMPV6)) !== 0) {
        if (!this.quote()) return false;
      } else if (!descend(packet)) return false;
    }
    return false;
  }

  /** Moves the packet to the one that an ICMP error quotes. */
  private quote(): boolean {
    const packet = this.placed;
    const { type, code, offset } = packet.icmp;
    if (this.quoted) return false;
    this.icmpKind = ((packet.layers & ICMP) !== 0 ? 4 << 16 : 6 << 16) | (type << 8) | code;
    packet.wireEnd = Math.min(packet.wireEnd, packet.transportEnd);
    if ((packet.layers & ICMP) !== 0) {
      const error =
        type === icmp.UNREACHABLE ||
        type === icmp.SOURCE_QUENCH ||
        type === icmp.TIME_EXCEEDED ||
        type === icmp.PARAMETER_PROBLEM;
      this.quoted = error && packet.carried(ethertype.IPV4, offset + icmp.HEADER_LENGTH);
    } else
      this.quoted = type >= 1 && type <= 4 && packet.carried(ethertype.IPV6, offset + icmp.HEADER_LENGTH);
    return this.quoted;
  }

  /** The packet is placed over a segment. */
  private found(): boolean {
    const packet = this.placed;
    this.bytes = packet.batch.view;
    this.isIpv6 = (packet.layers & IPV6) !== 0;
    this.sourceAt = this.isIpv6 ? packet.ipv6.sourceAt : packet.ipv4.sourceAt;
    this.destinationAt = this.isIpv6
      ? packet.routedAt || packet.ipv6.destinationAt
      : packet.ipv4.destinationAt;
    if (!this.isIpv6 && packet.ipv4.headerLength > ipv4.HEADER_LENGTH && !this.soundOptions()) return false;
    let end = packet.transportEnd;
    if (this.isIpv6 && packet.ipv6.payloadLength === 0) {
      // Unlike IPv4's total length, a payload length of 0 holds no segment, unless a jumbogram says how long it is.
      const jumbo = packet.ipv6.jumboLength(packet.captureEnd);
      if (jumbo === 0) return false;
      end = packet.ipv6.offset + ipv6.HEADER_LENGTH + jumbo;
    }
    return this.read(packet.transportAt, Math.min(end, packet.wireEnd), packet.captureEnd);
  }

  /** IPv4's identification, by which many senders number their packets (RFC 6864 leaves it open); 0 of IPv6. */
  get identification(): number {
    return this.isIpv6 ? 0 : this.bytes.getUint16(this.sourceAt - 8);
  }

  /** Reads the header at `offset`; the segment ends before `end` on the wire. */
  private read(offset: number, end: number, captureEnd: number): boolean {
    const captured = Math.min(end, captureEnd) - offset;
    if (captured < PORTS) return false;
    const bytes = this.bytes;
    this.offset = offset;
    this.captureEnd = captureEnd;
    this.ports = bytes.getInt32(offset);
    this.complete = captured >= COMPLETE;
    if (!this.complete) return true;
    this.sequence = bytes.getInt32(offset + 4);
    this.acknowledgment = bytes.getInt32(offset + 8);
    // Offset, flags and window are one word.
    const word = bytes.getInt32(offset + 12);
    const headerLength = (word >>> 28) << 2;
    this.headerLength = headerLength;
    this.flags = (word >>> 16) & 0xff;
    this.window = word & 0xffff;
    this.length = end - offset - headerLength;
    this.headerCaptured = captured >= HEADER_LENGTH;
    this.bare =
      headerLength === HEADER_LENGTH
        ? this.headerCaptured
        : headerLength === HEADER_LENGTH + tcpOption.USUAL_LENGTH &&
          captured >= headerLength &&
          bytes.getInt32(offset + HEADER_LENGTH) === tcpOption.USUAL;
    return true;
  }

  /** The group of its connection (halves.ts). */
  get group(): number {
    const { bytes, ports, sourceAt, destinationAt } = this;
    const low = this.isIpv6 ? 12 : 0;
    return groupOf(ports, bytes.getInt32(sourceAt + low) ^ bytes.getInt32(destinationAt + low));
  }

  /** As in the header. */
  get checksum(): number {
    return this.headerCaptured ? this.bytes.getUint16(this.offset + 16) : 0;
  }

  /**
   * Was the checksum left to the network card? What is there then is the sum over the pseudo header alone (RFC 9293,
   * 3.1), which the sending stack puts in for the card to go on from.
   */
  get offloaded(): boolean {
    const { bytes, sourceAt, headerLength, length, isIpv6 } = this;
    const destination = sourceAt + (isIpv6 ? 16 : 4);
    const segment = headerLength + length;
    const sum = pseudoHeaderSum(bytes, isIpv6 ? 6 : 4, sourceAt, destination, ipProtocol.TCP, segment);
    return this.headerCaptured && this.checksum === sum % 0xffff;
  }

  /** Source (or else destination) as text, such as `10.0.1.0:7096`. */
  endpoint(source: boolean): string {
    const bytes = new Uint8Array(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
    const offset = source ? this.sourceAt : this.destinationAt;
    const port = source ? this.ports >>> 16 : this.ports & 0xffff;
    return endpointText(this.isIpv6 ? ipv6Text(bytes, offset) : ipv4Text(bytes, offset), port);
  }

  /** Reads the options of IPv4. False where one is shorter than its own format: Wireshark reads no further then. */
  private soundOptions(): boolean {
    const { ipv4: header, captureEnd } = this.placed;
    const { options } = this;
    const end = Math.min(header.offset + header.headerLength, captureEnd);
    let routed = false;
    options.open(header.bytes, header.offset + ipv4.HEADER_LENGTH, end);
    while (options.step()) {
      const { kind, offset, length } = options;
      if (length < shortestOption(kind)) return false;
      if (routed || (kind !== ipv4Option.LOOSE_ROUTE && kind !== ipv4Option.STRICT_ROUTE)) continue;
      // While it is underway, the last address of the route is where it goes (RFC 791, 3.1). There may be one only.
      routed = true;
      const pointer = header.bytes.getUint8(offset + 2);
      if (pointer >= 4 && pointer % 4 === 0 && pointer <= length) this.destinationAt = offset + length - 4;
    }
    return true;
  }
}

/** Bytes that an IPv4 option has at least (IANA; RFC 791, 1108, 2113, 4782). */
function shortestOption(kind: number): number {
  switch (kind) {
    case ipv4Option.RECORD_ROUTE:
    case ipv4Option.SECURITY:
    case ipv4Option.LOOSE_ROUTE:
    case ipv4Option.EXTENDED_SECURITY:
    case ipv4Option.STRICT_ROUTE:
      return 3;
    case ipv4Option.MTU_PROBE:
    case ipv4Option.MTU_REPLY:
    case ipv4Option.TIMESTAMP:
    case ipv4Option.STREAM:
    case ipv4Option.ROUTER_ALERT:
      return 4;
    case ipv4Option.COMMERCIAL_SECURITY:
      return 6;
    case ipv4Option.QUICK_START:
      return 8;
    case ipv4Option.TRACEROUTE:
      return 12;
  }
  return 2;
}
