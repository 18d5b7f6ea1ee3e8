// One TCP connection followed: the bytes each side sent, in the order the other could read them.
import { endpointText, ipv4Text, ipv6Text } from '../base/address.ts';
import type { Batch } from '../base/batch.ts';
import { IPV6 } from '../wire/packet.ts';
import { ACK, FIN, RST, SYN } from '../wire/tcp.ts';
import { Analysis, DEFAULT_MAX_CONNECTIONS } from './analysis.ts';
import { Reassembly, type StreamOutput } from './reassembly.ts';

export const CLIENT = 0;
export const SERVER = 1;
/** Which side sent it. */
export type Side = typeof CLIENT | typeof SERVER;

/** Where the bytes go: of which side, else as StreamOutput. */
export interface FollowOutput {
  data(side: Side, bytes: Uint8Array, begin: number, end: number): void;
  gap(side: Side, length: number): void;
}

/** Follows one stream of a capture; streams are numbered as Wireshark numbers them (tcp.stream). */
export class Follow {
  /** The two ends as ADDRESS:PORT, client first; undefined until the stream was seen. */
  endpoints: [string, string] | undefined;
  /** Whether a SYN showed which side is the client. Without one the lower port is taken for the server's. */
  opened = false;
  readonly sides: readonly [Reassembly, Reassembly];
  private readonly stream: number;
  private readonly analysis: Analysis;
  private retiredBefore = 0;
  /** Analysis.direction of segments from the client. */
  private client = 0;

  /**
   * `limit`: bytes kept at most, for both sides together, of segments that wait for others. `maxConnections`: how many
   * connections are kept at a time; the one followed always is.
   */
  constructor(stream: number, output: FollowOutput, limit: number, maxConnections = DEFAULT_MAX_CONNECTIONS) {
    this.stream = stream;
    this.analysis = new Analysis(maxConnections);
    const outputOf = (side: Side): StreamOutput => ({
      data: (bytes, begin, end) => output.data(side, bytes, begin, end),
      gap: (length) => output.gap(side, length),
    });
    const half = Math.max(Math.floor(limit / 2), 1);
    this.sides = [new Reassembly(outputOf(CLIENT), half), new Reassembly(outputOf(SERVER), half)];
  }

  /** Streams met so far. */
  get streams(): number {
    return this.analysis.streams;
  }

  /** Connections evicted before the stream was seen: one of them that went on counted as another stream from then on. */
  get retired(): number {
    return this.endpoints === undefined ? this.analysis.retired : this.retiredBefore;
  }

  /**
   * Takes record `index` of the batch; does nothing unless it is a segment of the stream. Of one that is not `wanted` the
   * data is left out.
   */
  add(batch: Batch, index: number, wanted = true): void {
    const { analysis } = this;
    if (!analysis.add(batch, index) || analysis.stream !== this.stream) return;
    const { segment } = analysis;
    const { flags, sequence, packet } = segment;
    if (this.endpoints === undefined) this.meet();
    if (!wanted) return;
    if (segment.partial || segment.quoted || !segment.wellFormed || segment.length < 0) return;
    const side: Side = analysis.direction === this.client ? CLIENT : SERVER;
    const [sender, receiver] = [this.sides[side], this.sides[1 - side]];
    const first = flags & SYN ? (sequence + 1) | 0 : sequence;
    if (flags & SYN) sender.begin(first);
    const offset = packet.tcp.offset + segment.headerLength;
    const end = Math.min(offset + segment.length, packet.captureEnd);
    if (flags & RST) {
      // What an RST carries is its reason, as text (RFC 9293, 3.5.3).
      if (end > offset) sender.segment(first, packet.batch.bytes, offset, end);
      return;
    }
    if (flags & ACK) receiver.acknowledge(segment.acknowledgment);
    sender.segment(first, packet.batch.bytes, offset, end);
    if (flags & FIN) sender.fin((first + segment.length) | 0);
  }

  /** The capture is at its end. */
  end(): void {
    for (const side of this.sides) side.end();
  }

  private meet(): void {
    const { segment, direction } = this.analysis;
    this.analysis.pinned = this.analysis.row;
    this.retiredBefore = this.analysis.retired;
    const { packet, ports, flags } = segment;
    const isIpv6 = (packet.layers & IPV6) !== 0;
    const ip = isIpv6 ? packet.ipv6 : packet.ipv4;
    const text = isIpv6 ? ipv6Text : ipv4Text;
    const { bytes } = packet.batch;
    const sender = endpointText(text(bytes, ip.sourceAt), ports >>> 16);
    const receiver = endpointText(text(bytes, ip.destinationAt), ports & 0xffff);
    this.opened = (flags & SYN) !== 0;
    const sends = this.opened ? (flags & ACK) === 0 : ports >>> 16 >= (ports & 0xffff);
    this.client = sends ? direction : 1 - direction;
    this.endpoints = sends ? [sender, receiver] : [receiver, sender];
  }
}
