// What is asked and answered besides TCP's own talk: ICMP echo and DNS.
import type { Batch } from '../base/batch.ts';
import * as icmp from '../wire/icmp.ts';
import { FRAGMENT, ICMP, ICMPV6, Packet, UDP } from '../wire/packet.ts';
import { AddressPair } from './address-pair.ts';
import type { Analysis } from './analysis.ts';
import { DnsTable, isDnsPort, OVER_TCP } from './dns.ts';
import { DnsStreams } from './dns-stream.ts';
import { EchoTable } from './echo.ts';
import { KEEP_ALIVE, RESENT } from './verdict.ts';

/** The echo requests and DNS queries of a capture. Feed it each record after the Analysis has processed it. */
export class Queries {
  readonly echo = new EchoTable();
  readonly dns = new DnsTable();
  private readonly addresses = new AddressPair();
  private readonly streams = new DnsStreams();
  private readonly outer = new Packet();

  /** `tcp` is what `analysis.add` returned for this record. */
  add(analysis: Analysis, tcp: boolean, batch: Batch, index: number): void {
    const { segment } = analysis;
    if (tcp) {
      const { ports } = segment;
      if (isDnsPort(ports >>> 16) || isDnsPort(ports & 0xffff)) this.stream(analysis, batch, index);
      return;
    }
    const { packet } = segment;
    const { layers } = packet;
    if ((layers & (ICMP | ICMPV6 | UDP)) === 0 || (layers & FRAGMENT) !== 0) return;
    if (segment.quoted) this.quoted(packet, batch, index);
    else if ((layers & UDP) !== 0) this.datagram(packet, batch, index);
    else this.echo.add(packet, batch, index);
  }

  private datagram(packet: Packet, batch: Batch, index: number): void {
    const { addresses } = this;
    const { udp, captureEnd, transportEnd } = packet;
    const { sourcePort, destinationPort } = udp;
    if (!isDnsPort(sourcePort) && !isDnsPort(destinationPort)) return;
    addresses.place(packet);
    const end = Math.min(captureEnd, transportEnd, udp.offset + udp.length);
    this.dns.add(
      addresses,
      batch,
      index,
      addresses.bytes,
      udp.offset + 8,
      end,
      sourcePort,
      destinationPort,
      0,
    );
  }

  private stream(analysis: Analysis, batch: Batch, index: number): void {
    const { streams, addresses } = this;
    const { segment } = analysis;
    if ((analysis.verdict & (RESENT | KEEP_ALIVE)) !== 0 || analysis.row < 0 || segment.length <= 0) return;
    const { packet, ports } = segment;
    addresses.place(packet);
    const offset = packet.transportAt + segment.headerLength;
    const end = Math.min(packet.captureEnd, offset + segment.length);
    const key = 2 * analysis.stream + analysis.direction;
    streams.open(key, segment.sequence, addresses.bytes, offset, end);
    while (streams.next()) {
      this.dns.add(
        addresses,
        batch,
        index,
        streams.bytes,
        streams.offset,
        streams.end,
        ports >>> 16,
        ports & 0xffff,
        OVER_TCP,
      );
    }
  }

  /** The datagram or request that an ICMP error quotes. */
  private quoted(packet: Packet, batch: Batch, index: number): void {
    const { outer, addresses } = this;
    const layers = outer.decode(batch, index);
    if ((layers & (ICMP | ICMPV6)) === 0) return;
    const { type, code } = outer.icmp;
    if ((layers & ICMP) !== 0 && (type === icmp.REDIRECT || type === icmp.SOURCE_QUENCH)) return;
    const kind = (type << 8) | code;
    const frame = batch.frame(index);
    if ((packet.layers & UDP) === 0) {
      this.echo.fail(packet, kind, frame);
      return;
    }
    const { offset, sourcePort, destinationPort } = packet.udp;
    if (!isDnsPort(destinationPort)) return;
    addresses.place(packet);
    this.dns.fail(addresses, offset + 8, packet.captureEnd, sourcePort, destinationPort, kind, frame);
  }
}
