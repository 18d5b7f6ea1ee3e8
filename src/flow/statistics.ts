// What is counted of each connection besides the verdicts: bytes, times, windows, losses.
import type { Batch } from '../base/batch.ts';
import { after, before } from '../base/sequence.ts';
import { ACK, FIN, RST, SYN } from '../wire/tcp.ts';
import type { Analysis } from './analysis.ts';
import * as cell from './connection.ts';
import { ControlSegments } from './control-segments.ts';
import { AT_ONCE, Ledger } from './ledger.ts';
import { ASKS, Losses } from './losses.ts';
import { Histogram } from './samples.ts';
import { FILLED } from './stalls.ts';
import { Summary } from './summary.ts';
import * as counter from './tally-cells.ts';
import * as verdict from './verdict.ts';
import { Windows } from './windows.ts';

/** Packets per direction whose checksum is verified. */
const CHECKSUMS = 16;

/** Lets an Analysis classify each record and accounts for its segment. */
export class Statistics extends Ledger {
  private readonly losses: Losses = new Losses(this);
  private readonly control = new ControlSegments(this, this.losses);
  private readonly windows = new Windows(this, this.losses);
  /** Round-trip times of all connections together. */
  readonly rtt = new Histogram();
  /** Seconds since 1970 of the first packet, which all times count from; its nanoseconds are in `clock`. */
  base = Number.NaN;
  /** The nanoseconds of that time. */
  get baseNanoseconds(): number {
    return this.clock[1];
  }
  /** Packets with a TCP segment, and all. */
  segments = 0;
  packets = 0;

  /** The sum of connections evicted to bound memory. */
  readonly retired = new Summary();

  /** The frames that opened them, where the analysis has a share of the connections only (halves.ts). */
  readonly retiredFrames: number[] | undefined;

  constructor(analysis: Analysis) {
    super(analysis);
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

  /** Nanoseconds from the first packet to the latest: after a clock was set back that is not the last one. */
  get span(): number {
    const { table } = this.analysis;
    let latest = Math.max(0, this.now);
    for (let row = 0; row < table.rows; row++) {
      latest = Math.max(latest, table.values(row)[table.offset(row) / 2 + cell.LAST]);
    }
    return latest;
  }

  /** Classifies record `index` and accounts for it. Returns what Analysis.add does. */
  add(batch: Batch, index: number): boolean {
    const { analysis } = this;
    this.packets++;
    if (this.packets === 1) {
      this.base = batch.seconds[index];
      this.clock[1] = batch.nanoseconds[index];
    }
    this.clock[0] = (batch.seconds[index] - this.base) * 1e9 + (batch.nanoseconds[index] - this.clock[1]);
    const found = analysis.add(batch, index);
    if (analysis.row < 0) return found;
    if (!found) {
      this.quoted();
      return false;
    }
    this.segments++;
    this.packet(batch, index);
    this.behindAck = false;
    this.counterSynAck = false;
    this.duplicate = false;
    if (analysis.segment.wellFormed && analysis.segment.length >= 0) this.segment();
    else this.malformed();
    return true;
  }

  /** What is counted of every packet: times, packets, bytes. */
  private packet(batch: Batch, index: number): void {
    const { cells, offset, sender, frame, row, segment, table } = this.analysis;
    const values = table.values(row);
    const v = offset / 2;
    if (cells[offset + cell.FIRST_FRAME] === 0) this.open(batch.interface[index]);
    const time = this.clock[0];
    const silence = time - values[v + cell.LAST];
    if (silence > values[v + cell.SILENCE]) {
      values[v + cell.SILENCE] = silence;
      cells[offset + cell.SILENCE_FRAME] = cells[offset + cell.LAST_FRAME];
    }
    // Where clocks run backwards, the latest time counts.
    if (silence > 0) values[v + cell.LAST] = time;
    cells[offset + cell.LAST_FRAME] = frame;
    const packets = ++cells[sender + cell.PACKETS];
    values[sender / 2 + cell.BYTES] += batch.wire[index];
    if (packets <= CHECKSUMS && segment.offloaded) cells[sender + cell.OFFLOADED]++;
  }

  /** A segment that a stack would process. */
  private segment(): void {
    const { analysis } = this;
    const { cells, offset, sender, receiver } = analysis;
    const { flags, length } = analysis.segment;
    const values = analysis.table.values(analysis.row);
    if ((flags & (SYN | FIN | RST)) !== 0) this.control.add();
    else if (cells[offset + cell.HANDSHAKE_FRAME] === 0 && cells[offset + cell.SYN_ACK_FRAME] !== 0)
      this.control.established();
    if (length > 0) this.payload(values);
    if (analysis.verdict !== 0) this.countVerdicts(values);
    if (analysis.acksFrame !== 0 && analysis.unambiguous) this.roundTrip(values);
    if ((flags & (SYN | RST)) === 0) this.windows.add();
    if (cells[sender + cell.SACKS] !== 0) this.losses.duplicateSack();
    if (cells[receiver + cell.REPEATED_IN_A_ROW] !== 0) this.losses.answered();
    this.answers(values);
  }

  /** The segment answers the other side, and may itself expect an answer. */
  private answers(values: Float64Array): void {
    const { cells, sender, receiver, frame, segment, verdict: mask } = this.analysis;
    const { flags, length } = segment;
    const time = this.clock[0];
    cells[receiver + cell.UNANSWERED] = 0;
    const asks = length > 0 || (flags & (SYN | FIN)) !== 0 || (mask & ASKS) !== 0;
    if (asks && !this.behindAck) {
      if (cells[sender + cell.UNANSWERED]++ === 0) {
        cells[sender + cell.UNANSWERED_FRAME] = frame;
        cells[sender + cell.UNANSWERED_SMALLEST] = length;
        values[sender / 2 + cell.UNANSWERED_SINCE] = time;
      } else if (length < cells[sender + cell.UNANSWERED_SMALLEST])
        cells[sender + cell.UNANSWERED_SMALLEST] = length;
    }
    cells[sender + cell.DIRECTION_LAST_FRAME] = frame;
    values[sender / 2 + cell.DIRECTION_LAST] = time;
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
        else this.duplicate = this.losses.repeated(begin, length);
      }
    }
    values[f + cell.UNIQUE_BYTES] += fresh;
    // A byte that is not the next one may be a keep-alive's.
    const first = fresh === length && expected !== 0 && (length > 1 || begin === expected);
    if (fills || (first && this.isAcknowledged((begin + 1) | 0)))
      this.behindAck = this.losses.behind(this.tally(), fills);
    if (fills && !this.behindAck) this.losses.repeated(begin, length);
    if (end === cells[sender + cell.NEXT]) this.windows.filled();
    const signature = begin ^ Math.imul(length, 0x9e3779b1);
    if (
      !this.duplicate &&
      signature === cells[sender + cell.SIGNATURE] &&
      (analysis.verdict & verdict.RETRANSMISSION) !== 0 &&
      this.clock[0] - values[f + cell.DIRECTION_LAST] < AT_ONCE
    ) {
      this.countDuplicate();
    }
    cells[sender + cell.SIGNATURE] = signature;
  }

  /** Counts the verdicts. */
  private countVerdicts(values: Float64Array): void {
    const { cells, sender, receiver, frame, segment, verdict: mask } = this.analysis;
    if ((mask & verdict.WINDOW_UPDATE) !== 0) cells[sender + cell.WINDOW_UPDATES]++;
    const counted = mask & ~verdict.WINDOW_UPDATE;
    if (counted === 0) return;
    this.tallies.count(this.tally(), counted, frame);
    if ((mask & verdict.LOST_SEGMENT) !== 0 && segment.length === 0)
      this.losses.skipped(this.tally(), segment.sequence);
    if ((mask & verdict.RETRANSMISSION) !== 0) {
      if (segment.length === 0 && (segment.flags & FIN) !== 0) this.control.repeatedFin();
      // What was not captured before, or is captured twice, is not sent again, whatever it is called.
      if (!this.behindAck && !this.counterSynAck && !this.duplicate) {
        cells[sender + cell.RESENT_PACKETS]++;
        values[sender / 2 + cell.RESENT_BYTES] += segment.length;
      }
    }
    if ((mask & verdict.WINDOW_FULL) !== 0 && !this.lacks(receiver)) {
      this.stalls.begin(this.stallsOf(receiver), FILLED, this.now, frame);
    }
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

  /** Adds a row to `retired` and releases what it holds in pools, before it is used again. */
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
