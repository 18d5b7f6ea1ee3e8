// One record taken apart as Wireshark takes it apart: which headers it has, outer ones first, and where each lies; and what is
// kept from record to record for the fields that ask for it.
import type { Batch } from '../base/batch.ts';
import { Analysis } from '../flow/analysis.ts';
import * as icmp from '../wire/icmp.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';
import * as ports from '../wire/registry/ports.ts';
import { RecordDissector } from './dissect/record.ts';
import { DnsExchanges } from './dns-exchanges.ts';
import { DnsStreams } from './dns-streams.ts';
import { Echoes } from './echo.ts';
import { Headers } from './headers.ts';
import type { Layers } from './layers.ts';
import { OVER_IPV6, QUOTED, SOUND } from './marks.ts';
import * as need from './needs.ts';
import { Origin } from './origin.ts';
import { destinationAt } from './source-route.ts';
import { TcpStreams } from './tcp-streams.ts';
import { Texts } from './texts.ts';
import { UdpStreams } from './udp-streams.ts';

/** The one record at hand. Its fields hold until the next `add`. */
export class Dissection extends Headers {
  batch!: Batch;
  index = 0;
  /** Counts records, so that what is found on demand knows whether it was found for this one. */
  serial = 0;
  /** Text that fields make up. */
  readonly texts = new Texts();
  /** What is known of the interfaces. */
  readonly origin: Origin;
  /** Seconds and nanoseconds: of the first record, of the one before, of this one, of the last that is displayed. */
  readonly times = new Float64Array(8);
  private displayed = false;
  readonly analysis: Analysis;
  readonly streams = new TcpStreams();
  readonly udpStreams = new UdpStreams();
  readonly echoes = new Echoes();
  readonly exchanges = new DnsExchanges();
  private readonly dnsStreams = new DnsStreams();
  private readonly needs: number;
  private readonly record = new RecordDissector(this);

  /**
   * `needs`: what the fields asked for need (needs.ts). `maxConnections`: TCP connections kept at a time.
   */
  constructor(needs: number, origin = new Origin(), maxConnections?: number) {
    super();
    this.needs = needs;
    this.origin = origin;
    this.analysis = new Analysis(maxConnections);
  }

  /** Takes record `index` of the batch apart, and follows what has to be followed for the fields asked for. */
  add(batch: Batch, index: number): void {
    const { needs } = this;
    this.batch = batch;
    this.index = index;
    this.serial++;
    this.record.place(batch, index);
    this.texts.clear();
    if ((needs & need.TIMES) !== 0) this.pass();
    if ((needs & need.ECHO) !== 0) this.followEcho();
    if ((needs & need.UDP_STREAMS) !== 0) this.followDatagram();
    const isDns = (needs & need.DNS_STREAMS) !== 0 && this.tcp.count > 0 && hasDnsPort(this.tcp);
    // Verdicts on other connections are of no use to DNS.
    if ((needs & need.ANALYSIS) !== 0 || isDns) {
      this.analysis.add(batch, index);
      if ((needs & need.TCP_STREAMS) !== 0)
        this.streams.add(this.analysis, batch.seconds[index], batch.nanoseconds[index]);
      if (isDns) this.dnsStreams.add(this, this.analysis);
    }
    if ((needs & need.DNS_EXCHANGES) === need.DNS_EXCHANGES && this.dns.count > 0) this.exchanges.add(this);
  }

  /** Matches an echo reply with its request. */
  private followEcho(): void {
    const { icmp: v4, icmpv6: v6, echoes, batch, index } = this;
    echoes.frame = 0;
    const list = v4.count > 0 ? v4 : v6;
    const request = v4.count > 0 ? icmp.ECHO_REQUEST : icmp.V6_ECHO_REQUEST;
    const reply = v4.count > 0 ? icmp.ECHO_REPLY : icmp.V6_ECHO_REPLY;
    for (let i = 0; i < list.count; i++) {
      if ((list.mark[i] & QUOTED) !== 0 || list.at[i] + icmp.HEADER_LENGTH > list.end[i]) continue;
      const type = list.view[i].getUint8(list.at[i]);
      if (type !== request && type !== reply) continue;
      // Either protocol may be carried by either version of IP.
      const isOverIpv6 = (list.mark[i] & OVER_IPV6) !== 0;
      const carriers = isOverIpv6 ? this.ipv6 : this.ip;
      const [source, words] = isOverIpv6 ? [ipv6.SOURCE, 4] : [ipv4.SOURCE, 1];
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
      if ((list.mark[i] & SOUND) === 0) continue;
      const isIpv6 = (list.mark[i] & OVER_IPV6) !== 0;
      const carrier = isIpv6 ? ip6 : ip;
      const parent = list.parent[i];
      const at = carrier.at[parent];
      const source = at + (isIpv6 ? ipv6.SOURCE : ipv4.SOURCE);
      udpStreams.add(
        i,
        carrier.view[parent],
        source,
        isIpv6 ? at + ipv6.DESTINATION : destinationAt(carrier.view[parent], at, carrier.end[parent]),
        isIpv6,
        list.view[i],
        list.at[i],
        batch.seconds[index],
        batch.nanoseconds[index],
      );
    }
  }

  /** The record is shown: a display filter takes it, or there is none. */
  display(): void {
    this.displayed = true;
    this.times[6] = this.batch.seconds[this.index];
    this.times[7] = this.batch.nanoseconds[this.index];
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
    if (this.displayed) return;
    times[6] = times[4];
    times[7] = times[5];
  }
}

/** The last segment of a packet is DNS's, where its header has ports. */
function hasDnsPort({ view, at, mark, count }: Layers): boolean {
  const last = count - 1;
  if ((mark[last] & SOUND) === 0) return false;
  const source = view[last].getUint16(at[last]);
  const destination = view[last].getUint16(at[last] + 2);
  return (
    source === ports.DNS ||
    destination === ports.DNS ||
    source === ports.MULTICAST_DNS ||
    destination === ports.MULTICAST_DNS
  );
}
