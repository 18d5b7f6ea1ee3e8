// What is counted of each connection besides the verdicts: bytes, times, windows, losses.
import type { Batch } from '../base/batch.ts';
import { after, before } from '../base/sequence.ts';
import { ACK, FIN, RST, SYN } from '../wire/tcp.ts';
import type { Analysis } from './analysis.ts';
import * as cell from './connection.ts';
import { ASKS, distance, ID_RANGE, Losses } from './losses.ts';
import { Histogram, Samples } from './samples.ts';
import { CLOSED, FILLED, Stalls } from './stalls.ts';
import { Summary } from './summary.ts';
import { Tallies } from './tally.ts';
import * as counter from './tally-cells.ts';
import * as verdict from './verdict.ts';

/** Packets of a direction whose checksum is looked at. */
const CHECKSUMS = 16;
/** A segment right behind the same one within this time may be the same packet at a second place of capture. */
const AT_ONCE = 1e6;
/** Numbers further apart than this belong to no one connection. */
const FAR = 1 << 28;
/** A SYN is sent again after a second as a rule (RFC 6298, 2.1), and never within this time (nanoseconds). */
const SYN_SOON = 100e6;
/** A window that loses this share of itself was taken back. */
const MUCH = 0.25;
/** Payload of a segment where the SYN was not seen (RFC 9293 on Ethernet), and what options take of it at most. */
export const ETHERNET_MSS = 1460;
const OPTIONS = 40;

/** Lets an Analysis judge each record and accounts for its segment. */
export class Statistics {
  readonly analysis: Analysis;
  readonly samples = new Samples();
  readonly tallies = new Tallies();
  readonly stalls = new Stalls();
  private readonly losses: Losses = new Losses(this);
  /** Round-trip times of all connections together. */
  readonly rtt = new Histogram();
  /** Seconds since 1970 of the first packet, which all times count from; what it had beyond is behind the clock. */
  base = Number.NaN;
  /** Packets with a TCP segment, and all. */
  segments = 0;
  packets = 0;
  /**
   * Nanoseconds of the last packet since the first, and those of the first beyond `base`; in an array, since a double in
   * a field or an argument is an object.
   */
  private readonly clock = new Float64Array(2);
  /** The segment at hand was captured behind its own ACK. */
  private late = false;
  /** It is the SYN-ACK with which a side that had sent a SYN answers one. */
  private countered = false;
  /** It is the same packet as one before, captured a second time. */
  private copied = false;

  /** Connections given up to keep memory bounded, summed up. */
  readonly retired = new Summary();

  /** The frames that opened them, where the analysis has a share of the connections only (halves.ts). */
  readonly retiredFrames: number[] | undefined;

  constructor(analysis: Analysis) {
    this.analysis = analysis;
    this.retiredFrames = analysis.half === undefined ? undefined : [];
    analysis.onRetire = (row) => this.release(row);
  }

  /** All connections together, those retired included. */
  summary(): Summary {
    const summary = new Summary();
    summary.merge(this.retired);
    for (let row = 0; row < this.analysis.table.rows; row++) summary.add(this, row);
    return summary;
  }

  /** Nanoseconds of the last packet since `base`. */
  get now(): number {
    return this.clock[0];
  }

  /** Nanoseconds from the first packet to the latest: after a clock was set back that is not the last one. */
  get span(): number {
    const { table } = this.analysis;
    let latest = Math.max(0, this.now);
    for (let row = 0; row < table.rows; row++) {
      latest = Math.max(latest, table.values(row)[table.offset(row) / 2 + cell.LAST]);
    }
    return latest;
  }

  /** Judges record `index` and accounts for it. Answers what Analysis.add does. */
  add(batch: Batch, index: number): boolean {
    const { analysis } = this;
    this.packets++;
    if (this.packets === 1) {
      this.base = batch.seconds[index];
      this.clock[1] = batch.nanoseconds[index];
    }
    const time = (batch.seconds[index] - this.base) * 1e9 + (batch.nanoseconds[index] - this.clock[1]);
    this.clock[0] = time;
    const found = analysis.add(batch, index);
    const row = analysis.row;
    if (row < 0) return found;
    if (!found) {
      this.quoted();
      return false;
    }
    this.segments++;
    const { cells, offset, sender, receiver, frame } = analysis;
    const { segment } = analysis;
    const { flags, length } = segment;
    const values = analysis.table.values(row);
    const v = offset / 2;
    const f = sender / 2;
    if (cells[offset + cell.FIRST_FRAME] === 0) this.open(batch.interface[index]);
    const silence = time - values[v + cell.LAST];
    if (silence > values[v + cell.SILENCE]) {
      values[v + cell.SILENCE] = silence;
      cells[offset + cell.SILENCE_FRAME] = cells[offset + cell.LAST_FRAME];
    }
    // Where clocks run backwards, the latest time counts.
    if (silence > 0) values[v + cell.LAST] = time;
    cells[offset + cell.LAST_FRAME] = frame;
    const packets = ++cells[sender + cell.PACKETS];
    values[f + cell.BYTES] += batch.wire[index];
    if (packets <= CHECKSUMS && segment.offloaded) cells[sender + cell.OFFLOADED]++;
    this.late = false;
    this.countered = false;
    this.copied = false;
    if (!segment.wellFormed || length < 0) {
      this.malformed();
      return true;
    }
    if ((flags & (SYN | FIN | RST)) !== 0) this.control();
    else if (cells[offset + cell.HANDSHAKE_FRAME] === 0 && cells[offset + cell.SYN_ACK_FRAME] !== 0)
      this.established();
    if (length > 0) this.payload(values);
    if (analysis.verdict !== 0) this.judged(values);
    if (analysis.acksFrame !== 0 && analysis.unambiguous) this.roundTrip(values);
    if ((flags & (SYN | RST)) === 0) this.window();
    if (cells[sender + cell.SACKS] !== 0) this.losses.duplicateSack();
    if (cells[receiver + cell.REPEATED_IN_A_ROW] !== 0) this.losses.answered();
    // An answer to whatever the other side asked; and does this one ask for an answer?
    cells[receiver + cell.UNANSWERED] = 0;
    const asks = length > 0 || (flags & (SYN | FIN)) !== 0 || (analysis.verdict & ASKS) !== 0;
    if (asks && !this.late) {
      if (cells[sender + cell.UNANSWERED]++ === 0) {
        cells[sender + cell.UNANSWERED_FRAME] = frame;
        cells[sender + cell.UNANSWERED_SMALLEST] = length;
        values[f + cell.UNANSWERED_SINCE] = time;
      } else if (length < cells[sender + cell.UNANSWERED_SMALLEST])
        cells[sender + cell.UNANSWERED_SMALLEST] = length;
    }
    cells[sender + cell.DIRECTION_LAST_FRAME] = frame;
    values[f + cell.DIRECTION_LAST] = time;
    return true;
  }

  /** A header that contradicts itself: no stack takes the segment, so it says nothing of the connection. */
  private malformed(): void {
    const { cells, sender, frame } = this.analysis;
    const block = this.tally();
    if (this.tallies.get(block, counter.MALFORMED) === 0)
      this.tallies.set(block, counter.MALFORMED_FRAME, frame);
    this.tallies.bump(block, counter.MALFORMED);
    const counted = this.analysis.verdict & ~verdict.WINDOW_UPDATE;
    if (counted !== 0) this.tallies.count(block, counted, frame);
    cells[sender + cell.DIRECTION_LAST_FRAME] = frame;
    this.analysis.table.values(this.analysis.row)[sender / 2 + cell.DIRECTION_LAST] = this.clock[0];
  }

  /** The first packet of a connection. Without a SYN, the lower port is taken for the server's. */
  private open(interfaceIndex: number): void {
    const { analysis } = this;
    const { cells, offset, frame, direction } = analysis;
    const { flags, ports } = analysis.segment;
    const values = analysis.table.values(analysis.row);
    cells[offset + cell.FIRST_FRAME] = frame;
    cells[offset + cell.LAST_FRAME] = frame;
    cells[offset + cell.INTERFACE] = interfaceIndex;
    values[offset / 2 + cell.START] = this.clock[0];
    values[offset / 2 + cell.LAST] = this.clock[0];
    const fromClient = (flags & SYN) !== 0 ? (flags & ACK) === 0 : ports >>> 16 >= (ports & 0xffff);
    if (fromClient === (direction === 1)) cells[offset + cell.STATE] |= cell.CLIENT_HIGH;
    cells[analysis.sender + cell.MIN_WINDOW] = -1;
    cells[analysis.receiver + cell.MIN_WINDOW] = -1;
  }

  /** SYN, FIN and RST. */
  private control(): void {
    const { cells, offset, sender, frame, segment } = this.analysis;
    const { flags } = segment;
    if ((flags & SYN) !== 0) {
      const again = cells[sender + cell.SYNS] !== 0;
      if (!again) this.acknowledgedBefore();
      if (again && this.isSynCopy()) this.twice();
      else this.opening();
      if (!again) cells[sender + cell.EDGE_IDENTIFICATION] = segment.identification;
      cells[sender + cell.LAST_SYN_FRAME] = frame;
      if ((flags & ACK) === 0) {
        if (this.isFromClient()) {
          if (cells[offset + cell.SYN_FRAME] === 0) cells[offset + cell.SYN_FRAME] = frame;
        } else if (cells[offset + cell.PEER_SYN_FRAME] === 0) cells[offset + cell.PEER_SYN_FRAME] = frame;
      } else if (cells[offset + cell.SYN_ACK_FRAME] === 0) {
        cells[offset + cell.SYN_ACK_FRAME] = frame;
        this.analysis.table.values(this.analysis.row)[offset / 2 + cell.SYN_ACK_TIME] = this.clock[0];
      }
      const options = this.analysis.options;
      if (segment.headerLength > 20 && segment.headerCaptured) {
        cells[sender + cell.MSS] = options.mss;
        cells[sender + cell.OFFERS] =
          (Math.min(options.scale, 14) + 1) |
          (options.sackPermitted ? cell.OFFERS_SACK : 0) |
          (options.timestamps ? cell.OFFERS_TIMESTAMPS : 0);
      }
    }
    if ((flags & FIN) !== 0 && cells[sender + cell.FIN_FRAME] === 0) {
      cells[sender + cell.FIN_FRAME] = frame;
      if (segment.length === 0) this.acknowledgedBefore();
      // A FIN that was passed over has a number of its own in the hole.
      const number = (segment.sequence + segment.length) | 0;
      if (cells[sender + cell.TALLY] !== 0)
        this.tallies.fill(cells[sender + cell.TALLY], number, (number + 1) | 0);
    }
    if ((flags & RST) !== 0 && cells[sender + cell.RSTS]++ === 0) {
      cells[sender + cell.RST_FRAME] = frame;
      cells[sender + cell.RST_WITHOUT_ACK] = (flags & ACK) === 0 ? 1 : 0;
    }
  }

  private isFromClient(): boolean {
    const { cells, offset, direction } = this.analysis;
    return ((cells[offset + cell.STATE] & cell.CLIENT_HIGH) === 0) === (direction === 0);
  }

  /** Is it a SYN-ACK of a side that has sent a SYN, and got one (simultaneous open)? */
  private isCounter(): boolean {
    const { cells, offset, segment } = this.analysis;
    return (
      (segment.flags & ACK) !== 0 &&
      cells[offset + cell.PEER_SYN_FRAME] !== 0 &&
      cells[offset + cell.SYN_FRAME] !== 0
    );
  }

  /** The first of these does not send its SYN again. */
  private isFirstCounter(): boolean {
    const { cells, sender } = this.analysis;
    return this.isCounter() && this.tallies.get(cells[sender + cell.TALLY], counter.COUNTER_SYN_ACKS) === 0;
  }

  /** Counts a SYN or SYN-ACK. */
  private opening(): void {
    const { cells, sender } = this.analysis;
    cells[sender + cell.SYNS]++;
    if (!this.isCounter()) return;
    this.countered = this.isFirstCounter();
    this.tallies.bump(this.tally(), counter.COUNTER_SYN_ACKS);
  }

  /** Of a SYN or FIN seen for the first time: is it behind its own ACK? */
  private acknowledgedBefore(): void {
    const { cells, sender, receiver, segment } = this.analysis;
    if (cells[receiver + cell.PACKETS] === 0 || (cells[sender + cell.STATUS] & cell.BASE_KNOWN) === 0) return;
    const ahead = (this.acknowledged() - segment.sequence) | 0;
    const syn = (segment.flags & SYN) !== 0;
    if (syn ? ahead === 1 || (ahead > 0 && cells[receiver + cell.DATA_PACKETS] > 0) : ahead > 0)
      this.late = this.losses.behind(this.tally(), false);
  }

  /** The highest acknowledgment of the other side; 0 where it sent none. */
  private acknowledged(): number {
    const { cells, receiver } = this.analysis;
    return cells[receiver + cell.HIGHEST_ACK] || cells[receiver + cell.LAST_ACK];
  }

  /** Is the direction's last packet that of a frame, and so short a time ago that this one may be the same, elsewhere? */
  private isAtOnce(frame: number, limit = AT_ONCE): boolean {
    const { cells, sender, row, table } = this.analysis;
    if (frame === 0 || cells[sender + cell.DIRECTION_LAST_FRAME] !== frame) return false;
    return this.clock[0] - table.values(row)[sender / 2 + cell.DIRECTION_LAST] < limit;
  }

  /** Is the SYN or SYN-ACK at hand the one before, captured a second time? No stack sends it again so soon. */
  private isSynCopy(): boolean {
    const { cells, sender, segment } = this.analysis;
    if (this.isFirstCounter()) return false;
    const same = segment.identification === cells[sender + cell.EDGE_IDENTIFICATION];
    return (
      this.isAtOnce(cells[sender + cell.LAST_SYN_FRAME], same ? SYN_SOON : AT_ONCE) || this.losses.isCopy()
    );
  }

  /** The client's first ACK after the SYN-ACK; where both sent SYNs, that of either. */
  private established(): void {
    const { cells, offset, frame, row, table } = this.analysis;
    if (!this.isFromClient() && cells[offset + cell.PEER_SYN_FRAME] === 0) return;
    cells[offset + cell.HANDSHAKE_FRAME] = frame;
    table.values(row)[offset / 2 + cell.HANDSHAKE_TIME] = this.clock[0];
  }

  /** Bytes, and which of them are new. */
  private payload(values: Float64Array): void {
    const { analysis } = this;
    const { cells, sender, frame, expected, bytesInFlight } = analysis;
    const { flags, length } = analysis.segment;
    const f = sender / 2;
    if (cells[sender + cell.DATA_PACKETS]++ === 0) {
      cells[sender + cell.FIRST_DATA_FRAME] = frame;
      values[f + cell.FIRST_DATA_TIME] = this.clock[0];
    }
    values[f + cell.PAYLOAD_BYTES] += length;
    if (bytesInFlight > cells[sender + cell.MAX_FLIGHT]) cells[sender + cell.MAX_FLIGHT] = bytesInFlight;
    const begin = (analysis.segment.sequence + ((flags & SYN) === 0 ? 0 : 1)) | 0;
    const end = (begin + length) | 0;
    if (length > cells[sender + cell.LARGEST]) {
      if (cells[sender + cell.LARGEST] < this.fullSize()) cells[sender + cell.LARGEST_END] = end;
      cells[sender + cell.LARGEST] = length;
    }
    let fresh = length;
    let fills = false;
    if (expected !== 0 && begin !== expected) {
      const block = this.tally();
      if (after(begin, expected)) {
        this.losses.skipped(block, begin);
      } else {
        const overlap = before(end, expected) ? end : expected;
        const filled = this.tallies.fill(block, begin, overlap);
        fresh = filled + Math.max(0, (end - expected) | 0);
        fills = filled > 0 && this.isAcknowledged(end);
        if (filled > 0 && !fills) this.losses.fillsHole(block, begin, end);
        else if (this.losses.isForgotten(block, begin)) this.tallies.bump(block, counter.HOLES_FILLED);
        else this.copied = this.losses.repeated(begin, length);
      }
    }
    values[f + cell.UNIQUE_BYTES] += fresh;
    // A byte that is not the next one may be a keep-alive's.
    const first = fresh === length && expected !== 0 && (length > 1 || begin === expected);
    if (fills || (first && this.isAcknowledged((begin + 1) | 0)))
      this.late = this.losses.behind(this.tally(), fills);
    if (fills && !this.late) this.losses.repeated(begin, length);
    if (end === cells[sender + cell.NEXT]) this.filled();
    const signature = begin ^ Math.imul(length, 0x9e3779b1);
    if (
      !this.copied &&
      signature === cells[sender + cell.SIGNATURE] &&
      (analysis.verdict & verdict.RETRANSMISSION) !== 0 &&
      this.clock[0] - values[f + cell.DIRECTION_LAST] < AT_ONCE
    ) {
      this.twice();
    }
    cells[sender + cell.SIGNATURE] = signature;
  }

  /** Has the other side acknowledged what comes before `end`? */
  private isAcknowledged(end: number): boolean {
    const acknowledged = this.acknowledged();
    const ahead = (acknowledged - end) | 0;
    return acknowledged !== 0 && ahead >= 0 && ahead < FAR;
  }

  /** Counts the verdicts. */
  private judged(values: Float64Array): void {
    const { cells, sender, receiver, frame, segment, verdict: mask } = this.analysis;
    if ((mask & verdict.WINDOW_UPDATE) !== 0) cells[sender + cell.WINDOW_UPDATES]++;
    const counted = mask & ~verdict.WINDOW_UPDATE;
    if (counted === 0) return;
    this.tallies.count(this.tally(), counted, frame);
    if ((mask & verdict.LOST_SEGMENT) !== 0 && segment.length === 0)
      this.losses.skipped(this.tally(), segment.sequence);
    if ((mask & verdict.RETRANSMISSION) !== 0) {
      if (segment.length === 0 && (segment.flags & FIN) !== 0) this.repeatedFin();
      // What was not captured before, or is captured twice, is not sent again, whatever it is called.
      if (!this.late && !this.countered && !this.copied) {
        cells[sender + cell.RESENT_PACKETS]++;
        values[sender / 2 + cell.RESENT_BYTES] += segment.length;
      }
    }
    if ((mask & verdict.WINDOW_FULL) !== 0 && !this.lacks(receiver)) {
      this.stalls.begin(this.stallsOf(receiver), FILLED, this.now, frame);
    }
  }

  private repeatedFin(): void {
    const { cells, sender, receiver, segment } = this.analysis;
    const block = this.tally();
    if (this.isAtOnce(cells[sender + cell.FIN_FRAME]) || this.losses.isCopy()) this.twice();
    else if (after(cells[receiver + cell.LAST_ACK], segment.sequence))
      this.tallies.bump(block, counter.SPURIOUS_FIN);
    else {
      this.tallies.bump(block, counter.REPEATED);
      this.tallies.bump(block, counter.REPEATED_FIN);
      this.tallies.bump(block, counter.REPEATED_BYTES);
    }
  }

  /** The segment at hand was captured before. */
  private twice(): void {
    this.copied = true;
    this.tallies.bump(this.tally(), counter.DUPLICATE_CAPTURES);
  }

  private roundTrip(values: Float64Array): void {
    const { cells, receiver, ackRtt } = this.analysis;
    const t = receiver / 2;
    const rtt = Math.max(0, ackRtt.value);
    const count = cells[receiver + cell.RTT_COUNT]++;
    values[t + cell.RTT_SUM] += rtt;
    if (count === 0 || rtt < values[t + cell.RTT_MIN]) values[t + cell.RTT_MIN] = rtt;
    if (rtt > values[t + cell.RTT_MAX]) values[t + cell.RTT_MAX] = rtt;
    const kept = cells[receiver + cell.RTT_KEPT];
    cells[receiver + cell.RTT_SAMPLES] = this.samples.add(cells[receiver + cell.RTT_SAMPLES], kept, rtt);
    if (this.samples.kept) cells[receiver + cell.RTT_KEPT] = kept + 1;
    this.rtt.add(rtt);
  }

  /** What window the segment announces: closed, opened, taken back, filled no more. */
  private window(): void {
    const { cells, sender, receiver, frame, windowSize, segment } = this.analysis;
    const first = cells[sender + cell.MIN_WINDOW] === -1;
    if (windowSize > cells[sender + cell.MAX_WINDOW]) cells[sender + cell.MAX_WINDOW] = windowSize;
    if (windowSize < cells[sender + cell.MIN_WINDOW] || first) {
      cells[sender + cell.MIN_WINDOW] = windowSize;
    }
    const block = cells[sender + cell.STALLS];
    if (windowSize === 0) this.stalls.begin(this.stallsOf(sender), CLOSED, this.now, frame);
    else if (block !== 0) this.stalls.end(block, CLOSED, this.now, frame);
    if ((segment.flags & ACK) === 0) return;
    if (cells[receiver + cell.PACKETS] !== 0 && after(segment.acknowledgment, cells[receiver + cell.NEXT]))
      this.losses.unseen();
    const edge = (segment.acknowledgment + windowSize) | 0;
    const last = cells[sender + cell.WINDOW_EDGE];
    const { identification } = segment;
    if (!first) {
      // One that was overtaken announces nothing.
      const ack = cells[sender + cell.HIGHEST_ACK];
      if (before(segment.acknowledgment, ack)) return;
      const ahead = distance(identification, cells[sender + cell.EDGE_IDENTIFICATION]);
      if (segment.acknowledgment === ack && ahead < 0 && ahead > -ID_RANGE) return;
    }
    cells[sender + cell.HIGHEST_ACK] = segment.acknowledgment;
    if (
      identification !== cells[sender + cell.EDGE_IDENTIFICATION] &&
      cells[sender + cell.EDGE_IDENTIFICATION] !== 0
    )
      cells[sender + cell.STATUS] |= cell.NUMBERED;
    cells[sender + cell.EDGE_IDENTIFICATION] = identification;
    cells[sender + cell.WINDOW_EDGE] = edge;
    if (first) return;
    if (block !== 0 && this.stalls.isOn(block, FILLED)) {
      const opened = after(edge, last) && !this.isTight(sender, receiver);
      if (opened || this.lacks(sender)) this.stalls.end(block, FILLED, this.now, frame);
    }
    if (before(edge, last)) this.shrunk(edge, last);
  }

  /** Payload of a segment that is as large as this direction's may be, give or take options. */
  fullSize(): number {
    return (this.analysis.cells[this.analysis.receiver + cell.MSS] || ETHERNET_MSS) - OPTIONS;
  }

  /**
   * After new data: has the receiver room for another segment? Where it has not, the sender waits (RFC 9293, 3.8.6.2.1),
   * though the last segment did not fill the window to the byte, which is what Wireshark calls full.
   */
  private filled(): void {
    const { cells, sender, receiver, frame } = this.analysis;
    const block = cells[receiver + cell.STALLS];
    if (this.stalls.isOn(block, FILLED)) this.stalls.end(block, FILLED, this.now, frame);
    if (this.isTight(receiver, sender) && !this.lacks(receiver)) {
      this.stalls.begin(this.stallsOf(receiver), FILLED, this.now, frame);
    }
  }

  /**
   * Did the direction at `side` say last that data is missing? Then what came behind it fills the window until it is sent
   * again: the sender waits for that, not for a process to read.
   */
  lacks(side: number): boolean {
    const { cells } = this.analysis;
    for (let i = 0; i < cells[side + cell.SACKS]; i++) {
      // What lies before the ACK came twice, and is not what waits (RFC 2883).
      if (after(cells[side + cell.SACK_RANGES + 2 * i + 1], cells[side + cell.LAST_ACK])) return true;
    }
    return cells[side + cell.DUPLICATES] > 0;
  }

  /** Has the window of the direction at `receiver` less room for the direction at `sender` than a segment, or half of it all? */
  isTight(receiver: number, sender: number): boolean {
    const { cells } = this.analysis;
    if (cells[receiver + cell.SCALE] === cell.UNKNOWN_SCALE || cells[receiver + cell.MIN_WINDOW] === -1)
      return false;
    const room = (cells[receiver + cell.WINDOW_EDGE] - cells[sender + cell.NEXT]) | 0;
    const segment = (cells[receiver + cell.MSS] || ETHERNET_MSS) - OPTIONS;
    return room < Math.min(segment, cells[receiver + cell.MAX_WINDOW] >> 1);
  }

  /**
   * The window's right edge has gone back. Scaling rounds it by up to one unit, kernels trim it by a few segments
   * (RFC 9293, 3.8.6: unwise, and to be expected), old ACKs seem to; what counts took much of it, or touched data sent.
   */
  private shrunk(edge: number, last: number): void {
    const { cells, sender, receiver, frame, segment, windowScaleFactor } = this.analysis;
    if (before(segment.sequence, cells[sender + cell.NEXT])) return;
    const lost = (last - edge) | 0;
    const announced = (last - segment.acknowledgment) | 0;
    if (lost < windowScaleFactor) return;
    if (lost < announced * MUCH && !after(cells[receiver + cell.NEXT], edge)) return;
    const tally = this.tally();
    if (this.tallies.get(tally, counter.SHRUNK) === 0) this.tallies.set(tally, counter.SHRUNK_FRAME, frame);
    this.tallies.bump(tally, counter.SHRUNK);
    this.tallies.set(tally, counter.SHRUNK_FROM, edge);
    this.tallies.set(tally, counter.SHRUNK_UNTIL, last);
  }

  /** The stalls of the direction whose cells begin at `side`. */
  private stallsOf(side: number): number {
    const { cells } = this.analysis;
    if (cells[side + cell.STALLS] === 0) cells[side + cell.STALLS] = this.stalls.take();
    return cells[side + cell.STALLS];
  }

  /** An ICMP error quotes a segment of the connection. */
  private quoted(): void {
    const { cells, offset, frame, segment } = this.analysis;
    if (cells[offset + cell.FIRST_FRAME] === 0) {
      // Only quoted so far: not a connection of this capture yet.
      return;
    }
    if (cells[offset + cell.ICMP_FRAME] !== 0) return;
    cells[offset + cell.ICMP_FRAME] = frame;
    cells[offset + cell.ICMP_KIND] = segment.icmpKind;
  }

  /** The block of counters of the segment's direction. */
  tally(): number {
    const { cells, sender } = this.analysis;
    if (cells[sender + cell.TALLY] === 0) cells[sender + cell.TALLY] = this.tallies.take();
    return cells[sender + cell.TALLY];
  }

  /** Sums a row up and gives back what it holds in pools, before it is used again. */
  private release(row: number): void {
    const { table } = this.analysis;
    this.retired.add(this, row);
    this.retiredFrames?.push(table.cells(row)[table.offset(row) + cell.CREATED]);
    const cells = table.cells(row);
    for (let i = 0; i < 2; i++) {
      const side = table.offset(row) + cell.DIRECTIONS + i * cell.DIRECTION_CELLS;
      this.tallies.give(cells[side + cell.TALLY]);
      this.stalls.give(cells[side + cell.STALLS]);
      this.samples.give(cells[side + cell.RTT_SAMPLES]);
    }
  }
}
