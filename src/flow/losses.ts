// Lost or late: data that fills a hole, is sent again, or is reported as a duplicate by its receiver.
import { after, before } from '../base/sequence.ts';
import * as cell from './connection.ts';
import { ETHERNET_MSS, type Ledger } from './ledger.ts';
import { CLOSED, FILLED } from './stalls.ts';
import { BEHIND_ACK_PROOFS, DOWNSTREAM, UPSTREAM } from './tally.ts';
import * as counter from './tally-cells.ts';
import { TSECR, TSVAL, timestampOf } from './tcp-timestamps.ts';
import * as verdict from './verdict.ts';

/** IPv4 identifications this close together were counted up; random ones rarely are. */
export const ID_RANGE = 1024;
/** Duplicate ACKs, or segments after a hole, that make a sender retransmit what is missing. */
const ASKED = 3;
/** Sequence numbers this close together belong to one hole; within this time (milliseconds) is soon. */
const NEAR = 1 << 20;
const MOMENTS = 100;
/** A sender waits this long (nanoseconds) only for its retransmission timer: Linux for at least 200 ms. */
const TIMEOUT = 150e6;
/** An ACK this much later than two round trips (microseconds) does not answer the probe. */
const UNHURRIED = 5000;
/** Segments that probe whether the other side is alive. */
export const ASKS = verdict.KEEP_ALIVE | verdict.ZERO_WINDOW_PROBE;

/** How far one IP identification is ahead of another; they have 16 bits. */
export function distance(identification: number, earlier: number): number {
  return ((identification - earlier) << 16) >> 16;
}

/** Accounts for segments that are not the next expected ones. */
export class Losses {
  private readonly ledger: Ledger;

  constructor(ledger: Ledger) {
    this.ledger = ledger;
  }

  /** A segment with or without payload skips data: it begins after the expected sequence number. */
  skipped(block: number, begin: number): void {
    const { analysis, tallies } = this.ledger;
    const { cells, sender, frame, expected, segment } = analysis;
    if (expected === 0 || !after(begin, expected)) return;
    tallies.open(block, expected, begin, frame, segment.identification);
    // Counted with those missing: the place it would have had.
    const place = cells[sender + cell.PACKETS] + tallies.lossCount(block, UPSTREAM);
    tallies.lost(block, UPSTREAM, place, expected);
  }

  /**
   * Is data that is captured for the first time, but already acknowledged, a retransmission whose first copy is missing from
   * the capture? Otherwise the capture is out of order. IPv4 identifications show it where the data fills a hole; timestamps
   * where it was sent long after what the ACK answered.
   */
  private isSecondCopy(block: number, fills: boolean): boolean {
    const { analysis, tallies, now } = this.ledger;
    const { segment } = analysis;
    if (fills) {
      const ahead = distance(segment.identification, tallies.passedBy);
      return ahead > 0 && ahead < ID_RANGE;
    }
    const echo = tallies.get(block, counter.UNSEEN_TSECR);
    const stamp = timestampOf(segment, TSVAL);
    if (echo === 0 || stamp === 0) return false;
    return after(stamp, echo) && now / 1e6 - tallies.get(block, counter.UNSEEN_TIME) >= TIMEOUT / 1e6;
  }

  /**
   * New payload (or a SYN or FIN) at hand that the other side has acknowledged before it was captured. True where that
   * says that the capture is out of order, and not that the first copy of it is missing there.
   */
  behind(block: number, fills: boolean): boolean {
    if (this.isSecondCopy(block, fills)) return false;
    const { tallies, analysis } = this.ledger;
    const known = tallies.get(block, counter.BEHIND_ACK);
    if (known < BEHIND_ACK_PROOFS) tallies.set(block, counter.BEHIND_ACK_FRAMES + known, analysis.frame);
    tallies.bump(block, counter.BEHIND_ACK);
    if ((analysis.verdict & verdict.SPURIOUS_RETRANSMISSION) !== 0)
      tallies.bump(block, counter.SPURIOUS_BY_NAME_ONLY);
    return true;
  }

  /** An ACK of data that was not captured so far. */
  unseen(): void {
    const { tallies, analysis, now } = this.ledger;
    const { cells, receiver, segment } = analysis;
    if (cells[receiver + cell.TALLY] === 0) cells[receiver + cell.TALLY] = tallies.take();
    const block = cells[receiver + cell.TALLY];
    tallies.set(block, counter.UNSEEN_TSECR, timestampOf(segment, TSECR));
    tallies.set(block, counter.UNSEEN_TIME, now / 1e6);
  }

  /**
   * Is the packet, whose sequence numbers were captured before, the same one captured at a second point? A sender that counts
   * IPv4 identifications up gives a retransmission a new one.
   */
  isCopy(): boolean {
    const { cells, sender, segment } = this.ledger.analysis;
    const { identification } = segment;
    if (identification === 0) return false;
    const ahead = distance(identification, cells[sender + cell.EDGE_IDENTIFICATION]);
    const numbers = (cells[sender + cell.STATUS] & cell.NUMBERED) !== 0;
    return numbers && ahead <= 0 && ahead > -ID_RANGE;
  }

  /**
   * Data that had been skipped arrives: reordered, or lost and sent again? IPv4 identifications show it where they are counted
   * up; otherwise what arrives within a round trip was probably reordered.
   */
  fillsHole(block: number, begin: number, end: number): void {
    const { analysis, tallies } = this.ledger;
    const { identification } = analysis.segment;
    tallies.bump(block, counter.HOLES_FILLED);
    const ahead = distance(identification, tallies.passedBy);
    const numbered = ahead !== 0 && Math.abs(ahead) < ID_RANGE;
    const quick = (analysis.verdict & verdict.OUT_OF_ORDER) !== 0 && !this.isAskedFor(begin);
    if (numbered ? ahead > 0 : !quick) {
      const lateBegin = tallies.get(block, counter.LATE_BEGIN);
      const lateEnd = tallies.get(block, counter.LATE_END);
      const near = !before(begin, lateBegin) && !after(begin, lateEnd + NEAR);
      if (!near) tallies.set(block, counter.LATE_BEGIN, begin);
      if (!near || after(end, lateEnd)) tallies.set(block, counter.LATE_END, end);
      tallies.set(block, counter.LATE_TIME, this.ledger.now / 1e6);
      tallies.set(block, counter.LATE_IDENTIFICATION, identification);
      return;
    }
    tallies.bump(block, counter.REORDERED);
    if (!numbered) return;
    tallies.bump(block, counter.REORDERED_SURELY);
    tallies.arrived(block, UPSTREAM, begin);
  }

  /**
   * Data that seemed lost, since it was sent again, arrives twice within a short time: the first copy was only late. IPv4
   * identifications show which of the two that was.
   */
  private onlyLate(block: number, begin: number): void {
    const { tallies } = this.ledger;
    if (!this.wasLate(block, begin)) return;
    if (this.ledger.now / 1e6 - tallies.get(block, counter.LATE_TIME) > MOMENTS) return;
    const known = tallies.get(block, counter.LATE_IDENTIFICATION);
    const ahead = distance(this.ledger.analysis.segment.identification, known);
    if (ahead > 0 || ahead < -ID_RANGE) return;
    if (tallies.get(block, counter.REORDERED) === tallies.get(block, counter.HOLES_FILLED)) return;
    tallies.bump(block, counter.REORDERED);
    tallies.bump(block, counter.REORDERED_SURELY);
    tallies.arrived(block, UPSTREAM, begin);
  }

  /** Did this data recently fill a hole, and seem lost? */
  private wasLate(block: number, begin: number): boolean {
    const { tallies } = this.ledger;
    const lateBegin = tallies.get(block, counter.LATE_BEGIN);
    const lateEnd = tallies.get(block, counter.LATE_END);
    return lateEnd !== lateBegin && !before(begin, lateBegin) && before(begin, lateEnd);
  }

  /**
   * Has the receiver reported three segments after the missing one, so that the sender retransmits it (RFC 5681, 3.2;
   * RFC 8985, 6.2)?
   */
  private isAskedFor(begin: number): boolean {
    const { cells, receiver } = this.ledger.analysis;
    if (cells[receiver + cell.DUPLICATES] >= ASKED) return true;
    let reported = 0;
    for (let i = 0; i < cells[receiver + cell.SACKS]; i++) {
      const range = receiver + cell.SACK_RANGES + 2 * i;
      if (after(cells[range], begin)) reported += (cells[range + 1] - cells[range]) | 0;
    }
    return reported >= ASKED * this.ledger.fullSize();
  }

  /** May these bytes have been in a hole that is forgotten? */
  isForgotten(block: number, begin: number): boolean {
    const end = this.ledger.tallies.get(block, counter.FORGOTTEN);
    return end !== 0 && before(begin, end);
  }

  /** Payload that had been captured before is sent again. True where it is the same packet, captured twice. */
  repeated(begin: number, length: number): boolean {
    const { analysis } = this.ledger;
    const { cells, sender, receiver, frame, row, table } = analysis;
    if ((analysis.verdict & ASKS) !== 0 || length === 1) return false;
    // A side that has reset the connection accepts no more data.
    if (cells[receiver + cell.RSTS] !== 0) return false;
    const spurious = (analysis.verdict & verdict.SPURIOUS_RETRANSMISSION) !== 0;
    const block = this.ledger.tally();
    if (!this.wasLate(block, begin) && this.isCopy()) {
      this.ledger.tallies.bump(block, counter.DUPLICATE_CAPTURES);
      if (spurious) this.ledger.tallies.bump(block, counter.SPURIOUS_BY_NAME_ONLY);
      return true;
    }
    this.onlyLate(block, begin);
    const waited = this.ledger.now - table.values(row)[sender / 2 + cell.DIRECTION_LAST];
    if (waited >= TIMEOUT) this.ledger.tallies.bump(block, counter.TIMEOUTS);
    this.ledger.tallies.raise(block, spurious ? counter.SPURIOUS_BYTES : counter.REPEATED_BYTES, length);
    if (!spurious) {
      // A receiver that is full still says that it got the data: what has to come again was lost, or the receiver is gone.
      const stalls = cells[receiver + cell.STALLS];
      if (this.ledger.stalls.isOn(stalls, FILLED)) this.ledger.stalls.drop(stalls, FILLED);
      this.ledger.tallies.bump(block, counter.REPEATED);
      this.countUnanswered(block);
      if (this.isWindowShutFor(begin, length)) this.ledger.tallies.bump(block, counter.REPEATED_STALLED);
      else {
        const tight = this.ledger.isTight(receiver, sender);
        if (tight) this.ledger.tallies.bump(block, counter.REPEATED_FILLED);
        this.probe(block, begin, length, tight);
      }
    }
    if (cells[sender + cell.REPEATED_SEQUENCE] === begin && cells[sender + cell.REPEATED_IN_A_ROW] > 0) {
      cells[sender + cell.REPEATED_IN_A_ROW]++;
      this.ledger.tallies.set(
        block,
        counter.ACKS_LOST,
        spurious ? this.ledger.tallies.get(block, counter.ACKS_LOST) + 1 : 0,
      );
    } else {
      cells[sender + cell.REPEATED_SEQUENCE] = begin;
      cells[sender + cell.REPEATED_IN_A_ROW] = 1;
      this.ledger.tallies.set(block, counter.ACKS_LOST, spurious ? 1 : 0);
      const place = analysis.placeOf(begin);
      if (place >= 0 && !spurious) this.ledger.tallies.lost(block, DOWNSTREAM, place, begin);
    }
    cells[sender + cell.REPEATED_FRAME] = frame;
    return false;
  }

  /** Counts what is repeated since the other side was heard. */
  private countUnanswered(block: number): void {
    const { tallies, analysis } = this.ledger;
    const { cells, sender, frame } = analysis;
    const since = cells[sender + cell.UNANSWERED] === 0 ? frame : cells[sender + cell.UNANSWERED_FRAME];
    if (tallies.get(block, counter.REPEATED_UNANSWERED_SINCE) !== since)
      tallies.set(block, counter.REPEATED_UNANSWERED, 0);
    tallies.set(block, counter.REPEATED_UNANSWERED_SINCE, since);
    tallies.bump(block, counter.REPEATED_UNANSWERED);
  }

  /** The last data there is, sent again before its ACK came, may only ask for one (RFC 8985, 7: tail loss probe). */
  private probe(block: number, begin: number, length: number, tight: boolean): void {
    const { tallies, analysis, now } = this.ledger;
    const { cells, sender, receiver } = analysis;
    const isLast = ((begin + length) | 0) === cells[sender + cell.NEXT] && !this.ledger.lacks(receiver);
    tallies.set(block, counter.PROBE_LENGTH, isLast ? length : 0);
    tallies.set(block, counter.PROBE_END, begin + length);
    tallies.set(block, counter.PROBE_TIME, now / 1e3);
    tallies.set(block, counter.PROBE_TIMESTAMP, timestampOf(analysis.segment, TSVAL));
    tallies.set(block, counter.PROBE_LAG, begin - cells[receiver + cell.LAST_ACK]);
    tallies.set(block, counter.PROBE_FILLED, tight ? 1 : 0);
  }

  /**
   * Where the ACK of a probe echoes a time stamp from before it, what it repeated was there (RFC 3522, 3.2). But the
   * stamp is that of the first segment not acknowledged, so if there was one before, this counts where the ACK comes long
   * after the probe, or that much was not acknowledged that it was due before (RFC 5681, 4.2).
   */
  answered(): void {
    const { tallies, analysis, now } = this.ledger;
    const { cells, sender, receiver, table, row, segment } = analysis;
    const block = cells[receiver + cell.TALLY];
    const length = tallies.get(block, counter.PROBE_LENGTH);
    const end = tallies.get(block, counter.PROBE_END);
    if (length === 0 || before(segment.acknowledgment, end)) return;
    tallies.set(block, counter.PROBE_LENGTH, 0);
    const echoed = timestampOf(segment, TSECR);
    if (echoed === 0 || !before(echoed, tallies.get(block, counter.PROBE_TIMESTAMP))) return;
    const lag = tallies.get(block, counter.PROBE_LAG);
    const took = (((now / 1e3) | 0) - tallies.get(block, counter.PROBE_TIME)) | 0;
    const roundTrip =
      cells[receiver + cell.RTT_COUNT] === 0 ? 0 : table.values(row)[receiver / 2 + cell.RTT_MIN];
    const due = 2 * (cells[sender + cell.MSS] || ETHERNET_MSS);
    if (lag > 0 && lag < due && took < UNHURRIED + (2 * roundTrip) / 1e3) return;
    tallies.raise(block, counter.REPEATED_FILLED, -tallies.get(block, counter.PROBE_FILLED));
    tallies.bump(block, counter.PROBES_NEEDLESS);
    tallies.raise(block, counter.REPEATED, -1);
    tallies.raise(block, counter.REPEATED_BYTES, -length);
    const told = cells[sender + cell.SACKS] !== 0 && cells[sender + cell.SACK_RANGES + 1] === end;
    if (told) tallies.raise(block, counter.SPURIOUS_BYTES, length);
    tallies.arrived(block, DOWNSTREAM, (end - length) | 0);
  }

  /** Has the receiver closed its window, or taken back what it announced of these bytes? */
  private isWindowShutFor(begin: number, length: number): boolean {
    const { cells, receiver } = this.ledger.analysis;
    if (this.ledger.stalls.isOn(cells[receiver + cell.STALLS], CLOSED)) return true;
    const tally = cells[receiver + cell.TALLY];
    if (this.ledger.tallies.get(tally, counter.SHRUNK) === 0) return false;
    return (
      after(begin + length, this.ledger.tallies.get(tally, counter.SHRUNK_FROM)) &&
      before(begin, this.ledger.tallies.get(tally, counter.SHRUNK_UNTIL))
    );
  }

  /** A SACK option whose first range has been acknowledged, or lies in the second, tells of data that came twice. */
  duplicateSack(): void {
    const { cells, sender, receiver, segment } = this.ledger.analysis;
    const ranges = sender + cell.SACK_RANGES;
    const begin = cells[ranges];
    const end = cells[ranges + 1];
    const inSecond =
      cells[sender + cell.SACKS] > 1 && !before(begin, cells[ranges + 2]) && !after(end, cells[ranges + 3]);
    if (after(end, segment.acknowledgment) && !inSecond) return;
    const block = cells[receiver + cell.TALLY];
    if (block === 0) return;
    this.ledger.tallies.raise(block, counter.DSACK_BYTES, (end - begin) | 0);
    this.ledger.tallies.arrived(block, DOWNSTREAM, begin);
  }
}
