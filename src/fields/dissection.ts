// One record taken apart as Wireshark takes it apart: which headers it has, outer ones first, and where each lies.
import type { Batch } from '../base/batch.ts';
import { Analysis } from '../flow/analysis.ts';
import { Fragments } from '../flow/fragments.ts';
import * as arp from '../wire/arp.ts';
import * as ethernet from '../wire/ethernet.ts';
import * as icmp from '../wire/icmp.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';
import { EXTENSION_LEAST, extensionLength } from '../wire/ipv6-extensions.ts';
import * as link from '../wire/linktype.ts';
import { FRAGMENT, Packet } from '../wire/packet.ts';
import * as ethertype from '../wire/registry/ethertypes.ts';
import * as ipProtocol from '../wire/registry/ip-protocols.ts';
import * as ports from '../wire/registry/ports.ts';
import * as tcp from '../wire/tcp.ts';
import { byPorts } from '../wire/tunnel/datagram.ts';
import { step } from '../wire/tunnel/descend.ts';
import { byProtocol } from '../wire/tunnel/internet.ts';
import * as next from '../wire/tunnel/next.ts';
import * as udp from '../wire/udp.ts';
import { DnsExchanges } from './dns-exchanges.ts';
import { Echoes } from './echo.ts';
import { Layers } from './layers.ts';
import * as need from './needs.ts';
import { Origin } from './origin.ts';
import { TcpStreams } from './tcp-streams.ts';
import { Texts } from './texts.ts';
import { UdpStreams } from './udp-streams.ts';

/** Headers that are gone through at most. */
const DEPTH = 64;

/** Bits of a layer's `mark`. */
/** An ICMP error quotes it. */
export const QUOTED = 1;
/** The header is sound: what stands behind what its length depends on may be shown. */
export const SOUND = 2;
/** Of IP: a fragment of which the payload is not taken apart here. */
export const PIECE = 4;
/** Of TCP and UDP: the addresses are those of an IPv6 header. */
export const OVER_IPV6 = 8;
/** Of IEEE 802.3 frames: a length stands where others have a type. */
export const WITH_LENGTH = 16;
/** Of cooked captures: version 2. */
export const COOKED_2 = 32;
/** Of IPv4: another version stands in it; it claims to be longer than what carries it. */
export const BOGUS_VERSION = 64;
export const BOGUS_LENGTH = 128;
/** Of Ethernet: the network header has said where what it carries ends. */
export const ENDED = 1024;
/** Of DNS: it came over TCP. */
export const OVER_TCP = 512;
/** Of UDP: a length that is not possible. */
export const BAD_LENGTH = 256;

/** The one record at hand. Its fields hold until the next `place`. */
export class Dissection {
  batch!: Batch;
  index = 0;
  /** Counts records, so that what is found on demand knows whether it was found for this one. */
  serial = 0;
  readonly eth = new Layers();
  readonly vlan = new Layers();
  readonly sll = new Layers();
  readonly arp = new Layers();
  readonly ip = new Layers();
  readonly ipv6 = new Layers();
  readonly hopopts = new Layers();
  readonly dstopts = new Layers();
  readonly routing = new Layers();
  readonly fraghdr = new Layers();
  readonly icmp = new Layers();
  readonly icmpv6 = new Layers();
  readonly tcp = new Layers();
  readonly udp = new Layers();
  readonly dns = new Layers();
  readonly gre = new Layers();
  readonly vxlan = new Layers();
  private readonly all = [
    this.eth,
    this.vlan,
    this.sll,
    this.arp,
    this.ip,
    this.ipv6,
    this.hopopts,
    this.dstopts,
    this.routing,
    this.fraghdr,
    this.icmp,
    this.icmpv6,
    this.tcp,
    this.udp,
    this.dns,
    this.gre,
    this.vxlan,
  ];
  /** Text that fields make up. */
  readonly texts = new Texts();
  /** What is known of the interfaces. */
  readonly origin: Origin;
  /** Seconds and nanoseconds of the first record, and of the one before. */
  readonly times = new Float64Array(6);
  readonly analysis: Analysis;
  readonly streams = new TcpStreams();
  readonly udpStreams = new UdpStreams();
  readonly echoes = new Echoes();
  readonly exchanges = new DnsExchanges();
  private readonly needs: number;
  private readonly packet = new Packet();
  private readonly fragments = new Fragments();
  private view!: DataView;
  /** First byte not captured of what is at hand, and first behind it on the wire. */
  private captureEnd = 0;
  private wireEnd = 0;
  private quoted = 0;
  /** The IP header at hand: its number, and OVER_IPV6 where it is one of IPv6. */
  private carrier = 0;
  private over = 0;
  /** The record is one header of which nothing but the beginning is shown: a plain frame. */
  private dirty = true;

  /**
   * `needs`: what the fields asked for need (needs.ts). `maxConnections`: TCP connections kept at a time.
   */
  constructor(needs: number, origin = new Origin(), maxConnections?: number) {
    this.needs = needs;
    this.origin = origin;
    this.analysis = new Analysis(maxConnections);
  }

  /** Takes record `index` of the batch apart, and follows what has to be followed for the fields asked for. */
  add(batch: Batch, index: number): void {
    const { needs } = this;
    this.place(batch, index);
    this.texts.clear();
    if ((needs & need.TIMES) !== 0) this.pass();
    if ((needs & need.DNS_EXCHANGES) !== 0 && this.dns.count > 0) this.exchanges.add(this);
    if ((needs & need.ECHO) !== 0) this.followEcho();
    if ((needs & need.UDP_STREAMS) !== 0) this.followDatagram();
    if ((needs & need.ANALYSIS) !== 0) {
      this.analysis.add(batch, index);
      if ((needs & need.TCP_STREAMS) !== 0)
        this.streams.add(this.analysis, batch.seconds[index], batch.nanoseconds[index]);
    }
  }

  /** Matches an echo reply with its request. */
  private followEcho(): void {
    const { icmp: v4, icmpv6: v6, echoes, batch, index } = this;
    echoes.frame = 0;
    const list = v4.count > 0 ? v4 : v6;
    const carriers = v4.count > 0 ? this.ip : this.ipv6;
    const request = v4.count > 0 ? icmp.ECHO_REQUEST : icmp.V6_ECHO_REQUEST;
    const reply = v4.count > 0 ? icmp.ECHO_REPLY : icmp.V6_ECHO_REPLY;
    for (let i = 0; i < list.count; i++) {
      if ((list.mark[i] & QUOTED) !== 0 || list.at[i] + icmp.HEADER_LENGTH > list.end[i]) continue;
      const type = list.view[i].getUint8(list.at[i]);
      if (type !== request && type !== reply) continue;
      const [source, words] = v4.count > 0 ? [ipv4.SOURCE, 1] : [ipv6.SOURCE, 4];
      const frame = batch.frame(index);
      const { seconds, nanoseconds } = batch;
      echoes.add(
        list,
        i,
        carriers,
        source,
        words,
        type === request,
        frame,
        seconds[index],
        nanoseconds[index],
      );
    }
  }

  /** Finds the stream of each datagram. */
  private followDatagram(): void {
    const { udp: list, ip, ipv6: ip6, udpStreams, batch, index } = this;
    for (let i = 0; i < list.count; i++) {
      if (list.at[i] + 4 > list.end[i]) continue;
      const isIpv6 = (list.mark[i] & OVER_IPV6) !== 0;
      const carrier = isIpv6 ? ip6 : ip;
      const parent = list.parent[i];
      const source = carrier.at[parent] + (isIpv6 ? ipv6.SOURCE : ipv4.SOURCE);
      udpStreams.add(
        i,
        carrier.view[parent],
        source,
        source + (isIpv6 ? 16 : 4),
        isIpv6,
        list.view[i],
        list.at[i],
        batch.seconds[index],
        batch.nanoseconds[index],
      );
    }
  }

  private pass(): void {
    const { times, batch, index } = this;
    if (this.serial === 1) {
      times[0] = times[4] = batch.seconds[index];
      times[1] = times[5] = batch.nanoseconds[index];
    }
    times[2] = times[4];
    times[3] = times[5];
    times[4] = batch.seconds[index];
    times[5] = batch.nanoseconds[index];
  }

  private place(batch: Batch, index: number): void {
    this.batch = batch;
    this.index = index;
    this.serial++;
    if (this.dirty) for (let i = 0; i < this.all.length; i++) this.all[i].count = 0;
    else {
      this.eth.count = 0;
      this.ip.count = 0;
      this.tcp.count = 0;
    }
    this.quoted = 0;
    this.view = batch.view;
    const at = batch.offset[index];
    this.captureEnd = at + batch.captured[index];
    this.wireEnd = at + Math.max(batch.wire[index], batch.captured[index]);
    this.dirty = true;
    if (batch.linkType[index] === link.ETHERNET && this.plain(at)) {
      this.dirty = false;
      return;
    }
    const { packet } = this;
    packet.batch = batch;
    packet.index = index;
    packet.vlan = 0;
    packet.captureEnd = this.captureEnd;
    packet.wireEnd = this.wireEnd;
    packet.layers = 0;
    packet.protocol = -1;
    packet.etherType = 0;
    packet.nextType = batch.linkType[index];
    packet.nextAt = at;
    this.walk(next.LINK);
  }

  /** What nearly all packets are, Ethernet, IPv4 without options, and TCP, straight away. */
  private plain(at: number): boolean {
    const { view, captureEnd } = this;
    const networkAt = at + ethernet.HEADER_LENGTH;
    if (networkAt + ipv4.HEADER_LENGTH + tcp.HEADER_LENGTH > captureEnd) return false;
    if (view.getUint32(at + 12) >>> 8 !== ((ethertype.IPV4 << 8) | 0x45)) return false;
    if (view.getUint8(networkAt + 9) !== ipProtocol.TCP || (view.getUint16(networkAt + 6) & 0x3fff) !== 0)
      return false;
    const total = view.getUint16(networkAt + 2);
    const end = networkAt + total;
    if (total < ipv4.HEADER_LENGTH + tcp.HEADER_LENGTH || end > this.wireEnd) return false;
    const tcpAt = networkAt + ipv4.HEADER_LENGTH;
    const header = (view.getUint8(tcpAt + 12) >> 4) << 2;
    const portPair = view.getUint32(tcpAt);
    if (header < tcp.HEADER_LENGTH || isDnsOverTcp(portPair >>> 16) || isDnsOverTcp(portPair & 0xffff))
      return false;
    const readable = Math.min(end, captureEnd);
    this.eth.push(view, at, captureEnd, end, this.wireEnd, ENDED);
    this.ip.push(view, networkAt, readable, end, -1, SOUND);
    this.tcp.push(view, tcpAt, readable, end, 0, SOUND);
    return true;
  }

  private walk(first: next.Next): void {
    let what: next.Next = first;
    const { packet } = this;
    for (let depth = 0; depth < DEPTH; depth++) {
      const { nextAt: at, nextType: type } = packet;
      this.captureEnd = packet.captureEnd;
      this.wireEnd = packet.wireEnd;
      switch (what) {
        case next.NONE:
          return;
        case next.FOUND: // a header that says which transport comes behind it
          what = this.transport(packet.protocol, packet.transportAt, this.carrier, this.over);
          break;
        case next.LINK:
          what = this.link(at, type);
          break;
        case next.MAC:
          what = this.ethernet(at);
          break;
        case next.TYPE:
          what = this.type(at, type);
          break;
        case next.VERSION:
          what = at < this.captureEnd ? this.version(at) : next.NONE;
          break;
        case next.GRE:
          this.gre.push(this.view, at, this.readable, this.wireEnd);
          what = step(packet, what);
          break;
        default:
          what = step(packet, what);
      }
    }
  }

  private get readable(): number {
    return Math.min(this.captureEnd, this.wireEnd);
  }

  private link(at: number, type: number): next.Next {
    const { view, packet } = this;
    if (type === link.ETHERNET) return this.ethernet(at);
    if (type === link.LINUX_SLL || type === link.LINUX_SLL2) {
      this.sll.push(view, at, this.readable, this.wireEnd, -1, type === link.LINUX_SLL ? 0 : COOKED_2);
    }
    packet.nextAt = at;
    packet.nextType = type;
    return step(packet, next.LINK);
  }

  private version(at: number): next.Next {
    const version = this.view.getUint8(at) >> 4;
    return version === 6 ? this.internet6(at) : version === 4 ? this.internet4(at) : next.NONE;
  }

  private ethernet(at: number): next.Next {
    const { view, packet } = this;
    const { eth } = this;
    // `parent` is where the frame itself ends.
    eth.push(view, at, this.readable, this.wireEnd, this.wireEnd);
    if (at + ethernet.HEADER_LENGTH > this.readable) return next.NONE;
    const type = view.getUint16(at + 12);
    if (type <= ethertype.LONGEST_LENGTH) {
      eth.mark[eth.count - 1] |= WITH_LENGTH;
      this.carries(Math.min(this.wireEnd, at + ethernet.HEADER_LENGTH + type));
    }
    return next.go(packet, next.TYPE, at + ethernet.HEADER_LENGTH, type);
  }

  private type(at: number, type: number): next.Next {
    const { view, packet, readable } = this;
    switch (type) {
      case ethertype.IPV4:
        return at < readable && view.getUint8(at) >> 4 === 6 ? this.internet6(at) : this.internet4(at);
      case ethertype.IPV6:
        return this.internet6(at);
      case ethertype.ARP:
      case ethertype.REVERSE_ARP:
        return this.address(at);
      case ethertype.VLAN:
      case ethertype.QINQ:
      case ethertype.QINQ_9100:
      case ethertype.VLAN_9200:
        return this.tag(at, type);
    }
    packet.nextAt = at;
    packet.nextType = type;
    return step(packet, next.TYPE);
  }

  private tag(at: number, type: number): next.Next {
    const { view, vlan, packet } = this;
    // The outer tag of 802.1ad has fields of its own.
    const isOuter = type === ethertype.QINQ;
    if (!isOuter) vlan.push(view, at, this.readable, this.wireEnd);
    if (at + 4 > this.readable) return next.NONE;
    if (packet.vlan === 0 && type !== ethertype.QINQ) packet.vlan = view.getUint16(at) & 0xfff;
    const inner = view.getUint16(at + 2);
    if (inner <= ethertype.LONGEST_LENGTH && !isOuter) vlan.mark[vlan.count - 1] |= WITH_LENGTH;
    return next.go(packet, next.TYPE, at + 4, inner);
  }

  private address(at: number): next.Next {
    const { view, readable } = this;
    let end = this.wireEnd;
    if (at + arp.HEADER_LENGTH <= readable)
      end = at + arp.HEADER_LENGTH + 2 * (view.getUint8(at + 4) + view.getUint8(at + 5));
    this.carries(Math.min(end, this.wireEnd));
    this.arp.push(view, at, readable, end);
    return next.NONE;
  }

  /** The network header says that it and its payload end here: what is behind is the link's trailer. */
  private carries(end: number): void {
    const { eth } = this;
    const last = eth.count - 1;
    if (last < 0 || this.quoted !== 0 || this.view !== this.batch.view || (eth.mark[last] & ENDED) !== 0)
      return;
    eth.mark[last] |= ENDED;
    eth.wireEnd[last] = Math.min(eth.wireEnd[last], end);
  }

  private internet4(at: number): next.Next {
    const { view, packet, ip } = this;
    let readable = this.readable;
    if (at >= readable) return next.NONE;
    const number = ip.push(view, at, readable, this.wireEnd, -1, this.quoted);
    const header = (view.getUint8(at) & 15) << 2;
    if (view.getUint8(at) >> 4 !== 4) {
      ip.mark[number] |= BOGUS_VERSION;
      ip.end[number] = at + 1;
      return next.NONE;
    }
    if (header < ipv4.HEADER_LENGTH || at + 4 > readable) return next.NONE;
    const total = view.getUint16(at + 2);
    const end = total === 0 ? this.wireEnd : Math.min(this.wireEnd, at + total);
    if (total !== 0 && total < header) return next.NONE;
    if (at + total > this.wireEnd && this.quoted === 0) ip.mark[number] |= BOGUS_LENGTH;
    ip.wireEnd[number] = end;
    ip.mark[number] |= SOUND;
    this.carries(end);
    readable = Math.min(this.captureEnd, end);
    ip.end[number] = readable;
    if (at + header > readable) return next.NONE;
    packet.wireEnd = end;
    packet.transportAt = at + header;
    packet.transportEnd = end;
    packet.protocol = view.getUint8(at + 9);
    if ((view.getUint16(at + 6) & 0x3fff) !== 0 && this.quoted === 0) {
      return this.fragment(ethertype.IPV4, at, ip, number);
    }
    return this.transport(packet.protocol, at + header, number, 0);
  }

  /** A fragment: what it completes is gone on with, in a buffer of its own. */
  private fragment(etherType: number, at: number, list: Layers, number: number): next.Next {
    const { packet } = this;
    const end = packet.wireEnd;
    if (!packet.carried(etherType, at) || (packet.layers & FRAGMENT) === 0) return next.NONE;
    list.mark[number] |= PIECE;
    const whole = this.fragments.add(packet);
    if (whole !== undefined) {
      packet.decode(whole, 0);
      packet.batch = whole;
      this.view = whole.view;
      this.captureEnd = packet.captureEnd;
      this.wireEnd = packet.wireEnd;
      return this.transport(
        packet.protocol,
        packet.transportAt,
        number,
        etherType === ethertype.IPV6 ? OVER_IPV6 : 0,
      );
    }
    packet.wireEnd = end;
    const cut = packet.fragmentOffset === 0 && packet.fragmentEnd > packet.captureEnd;
    if (!cut || etherType === ethertype.IPV6) return next.NONE;
    return this.transport(packet.protocol, packet.transportAt, number, 0);
  }

  private internet6(at: number): next.Next {
    const { view, packet, ipv6: list } = this;
    if (at >= this.readable) return next.NONE;
    const number = list.push(view, at, this.readable, this.wireEnd, -1, this.quoted);
    if (at + ipv6.HEADER_LENGTH > this.readable) return next.NONE;
    const length = view.getUint16(at + 4);
    let end = this.wireEnd;
    if (length !== 0) end = Math.min(end, at + ipv6.HEADER_LENGTH + length);
    list.wireEnd[number] = end;
    list.mark[number] |= SOUND;
    this.carries(end);
    packet.wireEnd = end;
    this.wireEnd = end;
    packet.transportEnd = end;
    return this.extensions(view.getUint8(at + 6), at + ipv6.HEADER_LENGTH, at, number);
  }

  private extensions(first: number, start: number, ipAt: number, number: number): next.Next {
    const { view, packet } = this;
    let kind = first;
    let at = start;
    for (;;) {
      const list = this.extensionList(kind);
      const known = list !== undefined || kind === ipProtocol.AH;
      if (!known || at + EXTENSION_LEAST > this.readable) {
        if (list !== undefined) list.push(view, at, this.readable, this.wireEnd, number);
        break;
      }
      list?.push(view, at, this.readable, this.wireEnd, number);
      if (kind === ipProtocol.FRAGMENT && this.quoted === 0) {
        const offsetAndMore = view.getUint16(at + 2);
        if ((offsetAndMore & 0xfff9) !== 0) {
          packet.protocol = view.getUint8(at);
          return this.fragment(ethertype.IPV6, ipAt, this.ipv6, number);
        }
      }
      const length = extensionLength(view, kind, at);
      kind = view.getUint8(at);
      at += length;
    }
    packet.protocol = kind;
    packet.transportAt = at;
    return at < this.wireEnd ? this.transport(kind, at, number, OVER_IPV6) : next.NONE;
  }

  private extensionList(kind: number): Layers | undefined {
    switch (kind) {
      case ipProtocol.HOP_BY_HOP:
        return this.hopopts;
      case ipProtocol.DESTINATION_OPTIONS:
        return this.dstopts;
      case ipProtocol.ROUTING:
        return this.routing;
      case ipProtocol.FRAGMENT:
        return this.fraghdr;
    }
    return undefined;
  }

  private transport(protocol: number, at: number, number: number, over: number): next.Next {
    const { view, packet } = this;
    this.carrier = number;
    this.over = over;
    this.wireEnd = packet.wireEnd;
    const { readable } = this;
    switch (protocol) {
      case ipProtocol.TCP:
        return this.segment(at, number, over);
      case ipProtocol.UDP:
        return this.datagram(at, number, over);
      case ipProtocol.ICMP:
        this.icmp.push(view, at, readable, this.wireEnd, number, this.quoted | over);
        return over === 0 ? this.quote(at) : next.NONE;
      case ipProtocol.ICMPV6:
        this.icmpv6.push(view, at, readable, this.wireEnd, number, this.quoted | over);
        return this.quote6(at);
      case UDP_LITE:
        if (!packet.udp.open(view, at, this.captureEnd)) return next.NONE;
        return byPorts(packet, at + udp.HEADER_LENGTH);
    }
    if (packet.protocol !== protocol) packet.protocol = protocol;
    packet.transportAt = at;
    packet.transportEnd = packet.wireEnd;
    return this.quoted === 0 ? byProtocol(packet, at) : next.NONE;
  }

  private segment(at: number, number: number, over: number): next.Next {
    const { view, readable, wireEnd } = this;
    const sound = at + 13 <= readable && view.getUint8(at + 12) >> 4 >= 5 ? SOUND : 0;
    if (at >= readable) return next.NONE;
    const segment = this.tcp.push(view, at, readable, wireEnd, number, this.quoted | over | sound);
    if (
      sound !== 0 &&
      this.quoted === 0 &&
      (isDnsOverTcp(view.getUint16(at)) || isDnsOverTcp(view.getUint16(at + 2)))
    )
      this.dnsMessages(segment, at + ((view.getUint8(at + 12) >> 4) << 2), readable);
    return next.NONE;
  }

  /** DNS messages that are whole within a segment, each behind its length (RFC 1035, 4.2.2). */
  private dnsMessages(segment: number, start: number, end: number): void {
    const { view } = this;
    for (let at = start; at + 2 <= end; ) {
      const next = at + 2 + view.getUint16(at);
      if (next > end || next === at + 2) return;
      this.dns.push(view, at + 2, next, next, segment, OVER_TCP);
      at = next;
    }
  }

  private datagram(at: number, number: number, over: number): next.Next {
    const { view, packet, readable } = this;
    const datagram = this.udp.push(view, at, readable, this.wireEnd, number, this.quoted | over);
    if (at + udp.HEADER_LENGTH > readable) return next.NONE;
    const length = view.getUint16(at + 4);
    if (length < udp.HEADER_LENGTH && !(length === 0 && over !== 0)) {
      this.udp.mark[datagram] |= BAD_LENGTH;
      return next.NONE;
    }
    if (length > this.wireEnd - at && this.quoted === 0) this.udp.mark[datagram] |= BAD_LENGTH;
    this.udp.mark[datagram] |= SOUND;
    const end = length === 0 ? this.wireEnd : Math.min(this.wireEnd, at + length);
    this.udp.wireEnd[datagram] = end;
    this.udp.end[datagram] = Math.min(readable, end);
    const source = view.getUint16(at);
    const destination = view.getUint16(at + 2);
    const payloadAt = at + udp.HEADER_LENGTH;
    const payloadEnd = this.udp.end[datagram];
    if (payloadAt >= end) return next.NONE;
    if (isDnsPort(source) || isDnsPort(destination)) {
      this.dns.push(view, payloadAt, payloadEnd, end, datagram, this.quoted);
      return next.NONE;
    }
    if (this.quoted !== 0) return next.NONE;
    if (destination === ports.VXLAN || source === ports.VXLAN)
      this.vxlan.push(view, payloadAt, payloadEnd, end, datagram);
    packet.udp.open(view, at, this.captureEnd);
    packet.protocol = ipProtocol.UDP;
    return byPorts(packet, payloadAt);
  }

  /** Goes on with the packet that an ICMP error quotes. */
  private quote(at: number): next.Next {
    const { view, packet } = this;
    const inner = at + icmp.HEADER_LENGTH;
    if (inner > this.readable || this.quoted !== 0) return next.NONE;
    switch (view.getUint8(at)) {
      case icmp.UNREACHABLE:
      case icmp.SOURCE_QUENCH:
      case icmp.REDIRECT:
      case icmp.TIME_EXCEEDED:
      case icmp.PARAMETER_PROBLEM:
        this.quoted = QUOTED;
        return next.go(packet, next.TYPE, inner, ethertype.IPV4);
    }
    return next.NONE;
  }

  private quote6(at: number): next.Next {
    const { view, packet } = this;
    const inner = at + icmp.HEADER_LENGTH;
    if (inner > this.readable || this.quoted !== 0) return next.NONE;
    const type = view.getUint8(at);
    if (type < 1 || type > 4) return next.NONE;
    this.quoted = QUOTED;
    return next.go(packet, next.TYPE, inner, ethertype.IPV6);
  }
}

/** UDP-Lite (RFC 3828). */
const UDP_LITE = 136;

function isDnsPort(port: number): boolean {
  return port === ports.DNS || port === ports.MULTICAST_DNS || port === ports.LLMNR;
}

export function isDnsOverTcp(port: number): boolean {
  return port === ports.DNS || port === ports.MULTICAST_DNS;
}
