// A packet as users of the library see it.
import { Batch } from '../base/batch.ts';
import { type Interface, type InterfaceNames, recordedNames } from '../base/interface.ts';
import { commentsOf } from '../file/pcapng-options.ts';
import type { PacketSource } from '../source/source.ts';
import { ETHERNET } from '../wire/linktype.ts';
import * as layer from '../wire/packet.ts';
import { ArpLayer, EthernetLayer, IcmpLayer, Ipv4Layer, Ipv6Layer, TcpLayer, UdpLayer } from './layers.ts';

/** Which way a packet went, as far as the capture says so. */
export type PacketDirection = 'in' | 'out' | undefined;

/** What a packet has to know of its capture. */
type Source = Pick<PacketSource, 'interfaces' | 'interfaceName'>;

const ETHERNET_HEADER = 14;
const BILLION = 1_000_000_000;

/**
 * A captured packet. Iterating over a capture reuses one object, which is placed over packet after packet: it, its
 * layers and its bytes are **valid until the next step** of the loop. `copy` makes one that lasts.
 *
 * Headers are decoded when a layer is first asked for. Decoding never throws: a header that was cut short or is
 * malformed is a layer that is `undefined`. Inside of tunnels (GRE, VXLAN, …) nothing is decoded.
 */
export class Packet {
  private readonly source: Source;
  private readonly names: InterfaceNames;
  private readonly decoded = new layer.Packet();
  private current = false;
  private record!: Batch;
  private recordIndex = 0;
  private readonly ethernetLayer = new EthernetLayer(this.decoded);
  private readonly arpLayer = new ArpLayer(this.decoded);
  private readonly ipv4Layer = new Ipv4Layer(this.decoded);
  private readonly ipv6Layer = new Ipv6Layer(this.decoded);
  private readonly tcpLayer = new TcpLayer(this.decoded);
  private readonly udpLayer = new UdpLayer(this.decoded);
  private readonly icmpLayer = new IcmpLayer(this.decoded);

  /**
   * @param source the capture whose batches the packet will be placed over
   */
  constructor(source: Pick<PacketSource, 'interfaces' | 'interfaceName'>) {
    this.source = source;
    this.names = source.interfaceName ?? recordedNames(source.interfaces);
  }

  /**
   * Places the packet over record `index` of a batch, and returns the packet. For those who read batch by batch
   * (`Capture.next`); loops over packets do it by themselves.
   */
  place(batch: Batch, index: number): this {
    this.record = batch;
    this.recordIndex = index;
    this.current = false;
    return this;
  }

  /** The batch that the packet lies in. */
  get batch(): Batch {
    return this.record;
  }
  /** Which record of the batch it is, counted from 0. */
  get index(): number {
    return this.recordIndex;
  }
  /** Frame number in the capture, counted from 1 and before any filter, as in Wireshark. */
  get number(): number {
    return this.record.frame(this.recordIndex);
  }
  /** Time stamp: whole seconds since 1970 UTC; negative before. */
  get seconds(): number {
    return this.record.seconds[this.recordIndex];
  }
  /** Time stamp: nanoseconds after `seconds`. Only a damaged pcap file has more than 999 999 999. */
  get nanoseconds(): number {
    return this.record.nanoseconds[this.recordIndex];
  }
  /** Time stamp as a Date, which has milliseconds. */
  get date(): Date {
    return new Date(this.seconds * 1000 + Math.floor(this.nanoseconds / 1e6));
  }
  /** Time stamp in the format of RFC 3339, with nine digits: `2026-11-30T06:46:24.123456789Z`. */
  get iso(): string {
    const { nanoseconds } = this;
    const date = new Date((this.seconds + Math.floor(nanoseconds / BILLION)) * 1000);
    if (Number.isNaN(date.getTime())) return 'Invalid Date';
    return `${date.toISOString().slice(0, -'.000Z'.length)}.${String(nanoseconds % BILLION).padStart(9, '0')}Z`;
  }
  /** All interfaces of its capture that are known so far. */
  get interfaces(): readonly Interface[] {
    return this.source.interfaces;
  }
  /** The interface it was captured on. */
  get interface(): Interface {
    return this.source.interfaces[this.record.interface[this.recordIndex]];
  }
  /**
   * Name of the interface with this index on the capturing machine, as a packet captured on `any` has it in its cooked
   * header; the index where no name is known.
   */
  interfaceName(index: number): string {
    return this.names(this.record.interface[this.recordIndex], index);
  }
  /** LINKTYPE_ value, one of `LinkType`: what the bytes begin with. */
  get linkType(): number {
    return this.record.linkType[this.recordIndex];
  }
  /** Bytes captured. */
  get capturedLength(): number {
    return this.record.captured[this.recordIndex];
  }
  /** Bytes that the packet had on the wire. */
  get length(): number {
    return this.record.wire[this.recordIndex];
  }
  /** The captured bytes, from the link-layer header on: a view, valid until the next step. */
  get bytes(): Uint8Array {
    const offset = this.record.offset[this.recordIndex];
    return this.record.bytes.subarray(offset, offset + this.capturedLength);
  }
  /** Which way it went; undefined where the capture does not say. */
  get direction(): PacketDirection {
    const direction = this.record.flags[this.recordIndex] & 3;
    return direction === 1 ? 'in' : direction === 2 ? 'out' : undefined;
  }
  /** Comments that a pcapng file has for it; empty where there is none. */
  get comments(): string[] {
    return commentsOf(this.record, this.recordIndex);
  }

  /** Which headers were found whole: a mask of `Layer`. */
  get layers(): number {
    return this.decode();
  }
  /** EtherType of the network header, behind VLAN tags; 0 where there is none. */
  get etherType(): number {
    this.decode();
    return this.decoded.etherType;
  }
  /** VLAN identifier (12 bits) of the first 802.1Q tag; undefined for an untagged frame. */
  get vlan(): number | undefined {
    return this.layers & layer.VLAN ? this.decoded.vlan : undefined;
  }
  /** IP protocol of what IPv4 or IPv6 carries, behind extension headers; undefined where none was found. */
  get protocol(): number | undefined {
    return this.layers !== 0 && this.decoded.protocol >= 0 ? this.decoded.protocol : undefined;
  }
  /** The Ethernet header. */
  get ethernet(): EthernetLayer | undefined {
    if (this.linkType !== ETHERNET || this.capturedLength < ETHERNET_HEADER) return undefined;
    this.decode();
    return this.ethernetLayer;
  }
  /** ARP or RARP. */
  get arp(): ArpLayer | undefined {
    return this.layers & layer.ARP ? this.arpLayer : undefined;
  }
  /** The IPv4 header. */
  get ipv4(): Ipv4Layer | undefined {
    return this.layers & layer.IPV4 ? this.ipv4Layer : undefined;
  }
  /** The IPv6 header. */
  get ipv6(): Ipv6Layer | undefined {
    return this.layers & layer.IPV6 ? this.ipv6Layer : undefined;
  }
  /** The IPv4 or IPv6 header, whichever there is: both have `source` and `destination`. */
  get ip(): Ipv4Layer | Ipv6Layer | undefined {
    return this.ipv4 ?? this.ipv6;
  }
  /** The TCP header. */
  get tcp(): TcpLayer | undefined {
    return this.layers & layer.TCP ? this.tcpLayer : undefined;
  }
  /** The UDP header. */
  get udp(): UdpLayer | undefined {
    return this.layers & layer.UDP ? this.udpLayer : undefined;
  }
  /** ICMP. */
  get icmp(): IcmpLayer | undefined {
    return this.layers & layer.ICMP ? this.icmpLayer : undefined;
  }
  /** ICMPv6. */
  get icmpv6(): IcmpLayer | undefined {
    return this.layers & layer.ICMPV6 ? this.icmpLayer : undefined;
  }

  private decode(): number {
    if (this.current) return this.decoded.layers;
    this.current = true;
    return this.decoded.decode(this.record, this.recordIndex);
  }

  /** A packet with the same content and bytes of its own, which lasts as long as it is held. */
  copy(): Packet {
    const { record: from, recordIndex: index } = this;
    const captured = from.captured[index];
    const options = from.optionsLength[index];
    const bytes = new Uint8Array(captured + options);
    bytes.set(this.bytes);
    bytes.set(from.bytes.subarray(from.options[index], from.options[index] + options), captured);
    const batch = new Batch(1);
    batch.reset(bytes, this.number);
    batch.count = 1;
    batch.captured[0] = captured;
    batch.wire[0] = from.wire[index];
    batch.seconds[0] = from.seconds[index];
    batch.nanoseconds[0] = from.nanoseconds[index];
    batch.linkType[0] = from.linkType[index];
    batch.flags[0] = from.flags[index];
    batch.options[0] = captured;
    batch.optionsLength[0] = options;
    batch.optionsLittleEndian = from.optionsLittleEndian;
    const [names, number] = [this.names, from.interface[index]];
    return new Packet({
      interfaces: [this.interface],
      interfaceName: (_, interfaceIndex) => names(number, interfaceIndex),
    }).place(batch, 0);
  }
}
