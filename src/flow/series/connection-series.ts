// What a connection's graphs show: gathered segment by segment from an Analysis, in bounded memory.
import { ACK, FIN, RST, SYN } from '../../wire/tcp.ts';
import type { Analysis } from '../analysis.ts';
import * as cell from '../connection.ts';
import type { Segment } from '../segment.ts';
import * as verdict from '../verdict.ts';
import { Bars, KINDS, type Kind } from './bars.ts';
import { type Axis, Line } from './line.ts';

/** Bins of time that throughput is counted in. */
export const BINS = 300;

/** Bytes ahead or behind that a window spans at most (RFC 7323, 2.3). */
const FAR = 1 << 30;

const KIND = Object.fromEntries(KINDS.map((name, index) => [name, index])) as Record<Kind, number>;

/** One direction: what a sender sent, and how the receiver answered. Sequence numbers count from the first one. */
export class DirectionSeries {
  /** The sequence number that all others count from, as it is on the wire; undefined before any was seen. */
  base: number | undefined;
  readonly bars: Bars;
  /** Acknowledgments, and ends of the window, that the receiver sent. */
  readonly acks: Line;
  readonly edges: Line;
  /** Round-trip times of its data in nanoseconds: tcp.analysis.ack_rtt. */
  readonly rtt: Line;
  /** tcp.analysis.bytes_in_flight, and the window in bytes that the receiver announced. */
  readonly flight: Line;
  readonly window: Line;
  /** Nanoseconds since the direction's packet before. */
  readonly gaps: Line;
  /** Bytes on the wire, and payload that was new, of each bin of time. */
  readonly bytes = new Float64Array(BINS);
  readonly fresh = new Float64Array(BINS);
  /** What extended sequence numbers count from: the last one, as sent and extended. */
  private last = 0;
  private extended = 0;
  /** The highest extended end of data, and the time of the last packet. */
  reached = 0;
  previous = Number.NaN;

  constructor(axis: Axis, limit: number, details: readonly number[]) {
    this.bars = new Bars(axis, limit, details);
    this.acks = new Line(axis, limit);
    this.edges = new Line(axis, limit);
    this.rtt = new Line(axis, limit);
    this.flight = new Line(axis, limit);
    this.window = new Line(axis, limit);
    this.gaps = new Line(axis, limit);
  }

  /** A sequence number without wrapping, from the direction's first one. */
  extend(sequence: number): number {
    if (this.base === undefined) {
      this.base = sequence >>> 0;
      this.last = sequence;
    }
    const ahead = (sequence - this.last) | 0;
    const extended = this.extended + ahead;
    // A number that is far off, as in a forged RST, is no base for the next ones.
    if (Math.abs(ahead) < FAR) {
      this.extended = extended;
      this.last = sequence;
    }
    return extended;
  }
}

/** Both directions of a connection: 0 what the lower endpoint sent, 1 what the higher did (connection.ts). */
export class ConnectionSeries {
  readonly axis: Axis;
  readonly directions: [DirectionSeries, DirectionSeries];
  readonly bin: number;

  /**
   * `axis`: the connection's life; `limit`: points kept of each graph; `details`: frames near which all is kept.
   */
  constructor(axis: Axis, limit: number, details: readonly number[] = []) {
    this.axis = axis;
    this.bin = axis.span / BINS;
    this.directions = [new DirectionSeries(axis, limit, details), new DirectionSeries(axis, limit, details)];
  }

  /** Adds the segment that `analysis` has just classified; `time` in nanoseconds as the axis, `wire` bytes on the wire. */
  add(analysis: Analysis, time: number, wire: number): void {
    const { segment, direction } = analysis;
    if (!segment.complete || segment.quoted || segment.partial || segment.length < 0) return;
    const sent = this.directions[direction];
    if (!Number.isNaN(sent.previous)) sent.gaps.add(time, time - sent.previous);
    sent.previous = time;
    const bin = this.binOf(time);
    sent.bytes[bin] += wire;
    this.addSequence(analysis, sent, time, bin);
    const received = this.directions[1 - direction];
    if (analysis.acksFrame !== 0 && !analysis.ackRtt.isZero) {
      received.rtt.add(time, Math.max(0, analysis.ackRtt.value));
    }
    if ((segment.flags & ACK) !== 0 && (segment.flags & RST) === 0) {
      this.addAcknowledgment(analysis, received, time);
    }
  }

  /** A segment of this connection that the kernel dropped, in a separate record: `direction` as above. */
  addDropped({ sequence, length, flags }: Segment, direction: 0 | 1, time: number, frame: number): void {
    const { base, bars } = this.directions[direction];
    // What nothing else was seen of has no place on the axis of sequence numbers.
    if (base === undefined) return;
    const begin = this.directions[direction].extend(sequence);
    const control = (flags & (SYN | FIN)) === 0 ? 0 : 1;
    bars.add(time, begin, begin + Math.max(0, length) + control, frame, KIND.dropped);
  }

  private binOf(time: number): number {
    return this.bin === 0
      ? 0
      : Math.max(0, Math.min(BINS - 1, Math.floor((time - this.axis.start) / this.bin)));
  }

  private addSequence(analysis: Analysis, sent: DirectionSeries, time: number, bin: number): void {
    const { segment, frame, verdict: mask } = analysis;
    const { flags, length } = segment;
    const kind = kindOf(mask);
    let begin = sent.extend(segment.sequence);
    if ((flags & SYN) !== 0) sent.bars.add(time, begin, ++begin, frame, kind || KIND.syn);
    let end = begin + length;
    if (length > 0) {
      sent.fresh[bin] += Math.max(0, Math.min(length, end - Math.max(sent.reached, begin)));
      sent.bars.add(time, begin, end, frame, kind);
      if (analysis.bytesInFlight > 0) sent.flight.add(time, analysis.bytesInFlight);
    }
    if ((flags & FIN) !== 0) sent.bars.add(time, end, ++end, frame, (length === 0 && kind) || KIND.fin);
    if (end > sent.reached) sent.reached = end;
    if ((flags & RST) !== 0) sent.bars.add(time, begin, begin, frame, KIND.rst);
    if ((mask & verdict.LOST_SEGMENT) !== 0) sent.bars.add(time, begin, begin, frame, KIND.hole);
    if ((mask & verdict.WINDOW_FULL) !== 0) sent.bars.add(time, end, end, frame, KIND['window-full']);
  }

  /** What the segment says of the other direction: acknowledged, window, SACK blocks, round-trip time. */
  private addAcknowledgment(analysis: Analysis, received: DirectionSeries, time: number): void {
    const { segment, frame, verdict: mask, cells, sender } = analysis;
    const ack = received.extend(segment.acknowledgment);
    const edge = ack + analysis.windowSize;
    received.acks.add(time, ack);
    received.edges.add(time, edge);
    received.window.add(time, analysis.windowSize);
    if ((mask & verdict.DUPLICATE_ACK) !== 0) received.bars.add(time, ack, ack, frame, KIND['duplicate-ack']);
    if ((mask & verdict.ZERO_WINDOW) !== 0) received.bars.add(time, edge, edge, frame, KIND['zero-window']);
    if ((mask & verdict.ACK_LOST_SEGMENT) !== 0) received.bars.add(time, ack, ack, frame, KIND['ack-unseen']);
    for (let i = 0; i < cells[sender + cell.SACKS]; i++) {
      const range = sender + cell.SACK_RANGES + 2 * i;
      const begin = ack + ((cells[range] - segment.acknowledgment) | 0);
      const end = ack + ((cells[range + 1] - segment.acknowledgment) | 0);
      received.bars.add(time, begin, end, frame, KIND.sack);
    }
  }
}

function kindOf(mask: number): number {
  if ((mask & verdict.SPURIOUS_RETRANSMISSION) !== 0) return KIND['spurious-retransmission'];
  if ((mask & verdict.FAST_RETRANSMISSION) !== 0) return KIND['fast-retransmission'];
  if ((mask & verdict.RETRANSMISSION) !== 0) return KIND.retransmission;
  if ((mask & verdict.OUT_OF_ORDER) !== 0) return KIND['out-of-order'];
  if ((mask & verdict.KEEP_ALIVE) !== 0) return KIND['keep-alive'];
  if ((mask & verdict.ZERO_WINDOW_PROBE) !== 0) return KIND.probe;
  return KIND.segment;
}
