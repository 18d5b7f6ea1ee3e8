// What tells lost from late: data that fills a gap, comes again, or came twice as its receiver says.
import { after, before } from '../base/sequence.ts';
import * as cell from './connection.ts';
import { CLOSED, FILLED } from './stalls.ts';
import { ETHERNET_MSS, type Statistics } from './statistics.ts';
import {
  BEFORE,
  BEHIND,
  BEHIND_FRAMES,
  BEHIND_PROOFS,
  BEYOND,
  DEAF,
  DOUBLED_BYTES,
  FILLING,
  FORGOTTEN,
  LATE_FROM,
  LATE_IDENTIFICATION,
  LATE_TIME,
  LATE_UNTIL,
  OVERTAKEN,
  OVERTAKEN_SURELY,
  PROBE_END,
  PROBE_FILLED,
  PROBE_LAG,
  PROBE_LENGTH,
  PROBE_STAMP,
  PROBE_TIME,
  PROBES_LATE,
  REPEATED,
  REPEATED_BYTES,
  REPEATED_FILLED,
  REPEATED_STALLED,
  SHRUNK,
  SHRUNK_FROM,
  SHRUNK_UNTIL,
  SPURIOUS_BYTES,
  SPURIOUS_IN_NAME,
  TWICE,
  UNSEEN_ECHO,
  UNSEEN_TIME,
  VAIN,
  VAIN_SINCE,
  WAITED,
} from './tally.ts';
import { CLOCK, ECHO, stampOf } from './tcp-timestamps.ts';
import * as verdict from './verdict.ts';

/** IP identifications no further apart are numbers; random ones are seldom so near. */
export const NUMBERED = 1024;
/** Duplicate ACKs, or segments behind a hole, that make a sender send again what is missing. */
const ASKED = 3;
/** Numbers no further apart belong to one gap; what comes within this time (milliseconds) comes soon. */
const NEAR = 1 << 20;
const MOMENTS = 100;
/** No sender waits so long (nanoseconds) but for its timer to run out: Linux for at least 200 ms. */
const TIMEOUT = 150e6;
/** An ACK that comes so much later than two round trips (microseconds) is not the answer. */
const UNHURRIED = 5000;
/** Segments that ask the other side whether it is still there. */
export const ASKS = verdict.KEEP_ALIVE | verdict.ZERO_WINDOW_PROBE;

/** How far one IP identification is ahead of another; they have 16 bits. */
export function distance(identification: number, from: number): number {
  return ((identification - from) << 16) >> 16;
}

/** Accounts for segments that are not the next ones: called by Statistics about the segment it has at hand. */
export class Losses {
  private readonly statistics: Statistics;

  constructor(statistics: Statistics) {
    this.statistics = statistics;
  }

  /** A segment with or without payload passes over data: what is expected comes before where it begins. */
  passed(block: number, begin: number): void {
    const { analysis, tallies } = this.statistics;
    const { cells, from, frame, expected, segment } = analysis;
    if (expected === 0 || !after(begin, expected)) return;
    tallies.open(block, expected, begin, frame, segment.identification);
    // Counted with those missing: the place it would have had.
    const place = cells[from + cell.PACKETS]! + tallies.lossCount(block, BEFORE);
    tallies.lost(block, BEFORE, place, expected);
  }

  /**
   * Was what is captured for the first time, but acknowledged already, sent again all the same, and only its first copy
   * is not in the capture? Otherwise the capture is out of order. Who numbers his packets tells of what fills a hole; time
   * stamps tell where it was sent long after what the ACK answered.
   */
  private isSecondCopy(block: number, fills: boolean): boolean {
    const { analysis, tallies, now } = this.statistics;
    const { segment } = analysis;
    if (fills) {
      const ahead = distance(segment.identification, tallies.passedBy);
      return ahead > 0 && ahead < NUMBERED;
    }
    const echo = tallies.get(block, UNSEEN_ECHO);
    const stamp = stampOf(segment, CLOCK);
    if (echo === 0 || stamp === 0) return false;
    return after(stamp, echo) && now / 1e6 - tallies.get(block, UNSEEN_TIME) >= TIMEOUT / 1e6;
  }

  /**
   * New payload (or a SYN or FIN) at hand that the other side has acknowledged before it was captured. True where that
   * says that the capture is out of order, and not that the first copy of it is missing there.
   */
  behind(block: number, fills: boolean): boolean {
    if (this.isSecondCopy(block, fills)) return false;
    const { tallies, analysis } = this.statistics;
    const known = tallies.get(block, BEHIND);
    if (known < BEHIND_PROOFS) tallies.set(block, BEHIND_FRAMES + known, analysis.frame);
    tallies.bump(block, BEHIND);
    if ((analysis.verdict & verdict.SPURIOUS_RETRANSMISSION) !== 0) tallies.bump(block, SPURIOUS_IN_NAME);
    return true;
  }

  /** An ACK of data that was not captured so far. */
  unseen(): void {
    const { tallies, analysis, now } = this.statistics;
    const { cells, to, segment } = analysis;
    if (cells[to + cell.TALLY] === 0) cells[to + cell.TALLY] = tallies.take();
    const block = cells[to + cell.TALLY]!;
    tallies.set(block, UNSEEN_ECHO, stampOf(segment, ECHO));
    tallies.set(block, UNSEEN_TIME, now / 1e6);
  }

  /**
   * Is the packet at hand, whose numbers were captured before, the very same one, captured at a second point? Who numbers
   * his packets gives one that he sends again a number of its own.
   */
  isCopy(): boolean {
    const { cells, from, segment } = this.statistics.analysis;
    const { identification } = segment;
    if (identification === 0) return false;
    const ahead = distance(identification, cells[from + cell.EDGE_IDENTIFICATION]!);
    const numbers = (cells[from + cell.STATUS]! & cell.NUMBERS) !== 0;
    return numbers && ahead <= 0 && ahead > -NUMBERED;
  }

  /**
   * Payload that had been passed over comes after all: overtaken, or lost and sent again? Who numbers his packets tells;
   * of others what comes within a round trip was overtaken as a rule.
   */
  late(block: number, begin: number, end: number): void {
    const { analysis, tallies } = this.statistics;
    const { identification } = analysis.segment;
    tallies.bump(block, FILLING);
    const ahead = distance(identification, tallies.passedBy);
    const numbered = ahead !== 0 && Math.abs(ahead) < NUMBERED;
    const quick = (analysis.verdict & verdict.OUT_OF_ORDER) !== 0 && !this.isAskedFor(begin);
    if (numbered ? ahead > 0 : !quick) {
      const from = tallies.get(block, LATE_FROM);
      const until = tallies.get(block, LATE_UNTIL);
      const near = !before(begin, from) && !after(begin, until + NEAR);
      if (!near) tallies.set(block, LATE_FROM, begin);
      if (!near || after(end, until)) tallies.set(block, LATE_UNTIL, end);
      tallies.set(block, LATE_TIME, this.statistics.now / 1e6);
      tallies.set(block, LATE_IDENTIFICATION, identification);
      return;
    }
    tallies.bump(block, OVERTAKEN);
    if (!numbered) return;
    tallies.bump(block, OVERTAKEN_SURELY);
    tallies.arrived(block, BEFORE, begin);
  }

  /**
   * What seemed lost, since it was sent again, comes twice within moments: the first was only late. Who numbers his
   * packets tells which of the two that was.
   */
  private twice(block: number, begin: number): void {
    const { tallies } = this.statistics;
    if (!this.wasLate(block, begin)) return;
    if (this.statistics.now / 1e6 - tallies.get(block, LATE_TIME) > MOMENTS) return;
    const known = tallies.get(block, LATE_IDENTIFICATION);
    const ahead = distance(this.statistics.analysis.segment.identification, known);
    if (ahead > 0 || ahead < -NUMBERED) return;
    if (tallies.get(block, OVERTAKEN) === tallies.get(block, FILLING)) return;
    tallies.bump(block, OVERTAKEN);
    tallies.bump(block, OVERTAKEN_SURELY);
    tallies.arrived(block, BEFORE, begin);
  }

  /** Did this data fill a hole lately, and seemed lost? */
  private wasLate(block: number, begin: number): boolean {
    const { tallies } = this.statistics;
    const from = tallies.get(block, LATE_FROM);
    const until = tallies.get(block, LATE_UNTIL);
    return until !== from && !before(begin, from) && before(begin, until);
  }

  /**
   * Has the receiver told of three segments behind the missing one, so that a sender sends that again (RFC 5681, 3.2;
   * RFC 8985, 6.2)?
   */
  private isAskedFor(begin: number): boolean {
    const { cells, to } = this.statistics.analysis;
    if (cells[to + cell.DUPLICATES]! >= ASKED) return true;
    let told = 0;
    for (let i = 0; i < cells[to + cell.SACKS]!; i++) {
      const range = to + cell.SACK_RANGES + 2 * i;
      if (after(cells[range]!, begin)) told += (cells[range + 1]! - cells[range]!) | 0;
    }
    return told >= ASKED * this.statistics.fullSize();
  }

  /** May these bytes have been in a hole that is forgotten? */
  isForgotten(block: number, begin: number): boolean {
    const end = this.statistics.tallies.get(block, FORGOTTEN);
    return end !== 0 && before(begin, end);
  }

  /** Payload that had been captured before is sent again. True where it is the same packet, captured twice. */
  again(begin: number, length: number): boolean {
    const { analysis } = this.statistics;
    const { cells, from, to, frame, row, table } = analysis;
    if ((analysis.verdict & ASKS) !== 0 || length === 1) return false;
    // Who has reset the connection takes no more of it.
    if (cells[to + cell.RSTS] !== 0) return false;
    const spurious = (analysis.verdict & verdict.SPURIOUS_RETRANSMISSION) !== 0;
    const block = this.statistics.tally();
    if (!this.wasLate(block, begin) && this.isCopy()) {
      this.statistics.tallies.bump(block, TWICE);
      if (spurious) this.statistics.tallies.bump(block, SPURIOUS_IN_NAME);
      return true;
    }
    this.twice(block, begin);
    const waited = this.statistics.now - table.values(row)[from / 2 + cell.DIRECTION_LAST]!;
    if (waited >= TIMEOUT) this.statistics.tallies.bump(block, WAITED);
    this.statistics.tallies.raise(block, spurious ? SPURIOUS_BYTES : REPEATED_BYTES, length);
    if (!spurious) {
      // A receiver that is full still says that it got the data: what has to come again was lost, or nobody is there.
      const stalls = cells[to + cell.STALLS]!;
      if (this.statistics.stalls.isOn(stalls, FILLED)) this.statistics.stalls.drop(stalls, FILLED);
      this.statistics.tallies.bump(block, REPEATED);
      this.vain(block);
      if (this.shutFor(begin, length)) this.statistics.tallies.bump(block, REPEATED_STALLED);
      else {
        const tight = this.statistics.isTight(to, from);
        if (tight) this.statistics.tallies.bump(block, REPEATED_FILLED);
        this.probe(block, begin, length, tight);
      }
    }
    if (cells[from + cell.STUCK_SEQUENCE] === begin && cells[from + cell.STUCK]! > 0) {
      cells[from + cell.STUCK]!++;
      this.statistics.tallies.set(block, DEAF, spurious ? this.statistics.tallies.get(block, DEAF) + 1 : 0);
    } else {
      cells[from + cell.STUCK_SEQUENCE] = begin;
      cells[from + cell.STUCK] = 1;
      this.statistics.tallies.set(block, DEAF, spurious ? 1 : 0);
      const place = analysis.placeOf(begin);
      if (place >= 0 && !spurious) this.statistics.tallies.lost(block, BEYOND, place, begin);
    }
    cells[from + cell.STUCK_FRAME] = frame;
    return false;
  }

  /** Counts what is repeated since the other side was heard. */
  private vain(block: number): void {
    const { tallies, analysis } = this.statistics;
    const { cells, from, frame } = analysis;
    const since = cells[from + cell.UNANSWERED] === 0 ? frame : cells[from + cell.UNANSWERED_FRAME]!;
    if (tallies.get(block, VAIN_SINCE) !== since) tallies.set(block, VAIN, 0);
    tallies.set(block, VAIN_SINCE, since);
    tallies.bump(block, VAIN);
  }

  /** The last data there is, sent again before its ACK came, may only ask for one (RFC 8985, 7: tail loss probe). */
  private probe(block: number, begin: number, length: number, tight: boolean): void {
    const { tallies, analysis, now } = this.statistics;
    const { cells, from, to } = analysis;
    const isLast = ((begin + length) | 0) === cells[from + cell.NEXT] && !this.statistics.lacks(to);
    tallies.set(block, PROBE_LENGTH, isLast ? length : 0);
    tallies.set(block, PROBE_END, begin + length);
    tallies.set(block, PROBE_TIME, now / 1e3);
    tallies.set(block, PROBE_STAMP, stampOf(analysis.segment, CLOCK));
    tallies.set(block, PROBE_LAG, begin - cells[to + cell.LAST_ACK]!);
    tallies.set(block, PROBE_FILLED, tight ? 1 : 0);
  }

  /**
   * Where the ACK of a probe echoes a time stamp from before it, what it repeated was there (RFC 3522, 3.2). But the
   * stamp is that of the first segment not acknowledged, so if there was one before, this counts where the ACK comes long
   * after the probe, or that much was not acknowledged that it was due before (RFC 5681, 4.2).
   */
  answered(): void {
    const { tallies, analysis, now } = this.statistics;
    const { cells, from, to, table, row, segment } = analysis;
    const block = cells[to + cell.TALLY]!;
    const length = tallies.get(block, PROBE_LENGTH);
    const end = tallies.get(block, PROBE_END);
    if (length === 0 || before(segment.acknowledgment, end)) return;
    tallies.set(block, PROBE_LENGTH, 0);
    const echoed = stampOf(segment, ECHO);
    if (echoed === 0 || !before(echoed, tallies.get(block, PROBE_STAMP))) return;
    const lag = tallies.get(block, PROBE_LAG);
    const took = (((now / 1e3) | 0) - tallies.get(block, PROBE_TIME)) | 0;
    const roundTrip = cells[to + cell.RTT_COUNT] === 0 ? 0 : table.values(row)[to / 2 + cell.RTT_MIN]!;
    const due = 2 * (cells[from + cell.MSS]! || ETHERNET_MSS);
    if (lag > 0 && lag < due && took < UNHURRIED + (2 * roundTrip) / 1e3) return;
    tallies.raise(block, REPEATED_FILLED, -tallies.get(block, PROBE_FILLED));
    tallies.bump(block, PROBES_LATE);
    tallies.raise(block, REPEATED, -1);
    tallies.raise(block, REPEATED_BYTES, -length);
    const told = cells[from + cell.SACKS] !== 0 && cells[from + cell.SACK_RANGES + 1] === end;
    if (told) tallies.raise(block, SPURIOUS_BYTES, length);
    tallies.arrived(block, BEYOND, (end - length) | 0);
  }

  /** Has the receiver closed its window, or taken back what it announced of these bytes? */
  private shutFor(begin: number, length: number): boolean {
    const { cells, to } = this.statistics.analysis;
    if (this.statistics.stalls.isOn(cells[to + cell.STALLS]!, CLOSED)) return true;
    const tally = cells[to + cell.TALLY]!;
    if (this.statistics.tallies.get(tally, SHRUNK) === 0) return false;
    return (
      after(begin + length, this.statistics.tallies.get(tally, SHRUNK_FROM)) &&
      before(begin, this.statistics.tallies.get(tally, SHRUNK_UNTIL))
    );
  }

  /** A SACK option whose first range has been acknowledged, or lies in the second, tells of data that came twice. */
  doubled(): void {
    const { cells, from, to, segment } = this.statistics.analysis;
    const ranges = from + cell.SACK_RANGES;
    const begin = cells[ranges]!;
    const end = cells[ranges + 1]!;
    const inSecond =
      cells[from + cell.SACKS]! > 1 && !before(begin, cells[ranges + 2]!) && !after(end, cells[ranges + 3]!);
    if (after(end, segment.acknowledgment) && !inSecond) return;
    const block = cells[to + cell.TALLY]!;
    if (block === 0) return;
    this.statistics.tallies.raise(block, DOUBLED_BYTES, (end - begin) | 0);
    this.statistics.tallies.arrived(block, BEYOND, begin);
  }
}
