// What is counted of a connection besides the verdicts, and the segment that is being accounted for.
import { after } from '../base/sequence.ts';
import type { Analysis } from './analysis.ts';
import * as cell from './connection.ts';
import { Samples } from './samples.ts';
import { Stalls } from './stalls.ts';
import { Tallies } from './tally.ts';
import * as counter from './tally-cells.ts';

/** A segment right after an equal one within this time (nanoseconds) may be the same packet at a second capture point. */
export const AT_ONCE = 1e6;
/** Sequence numbers further apart than this do not belong to one connection. */
const FAR = 1 << 28;
/** Payload of a full segment on Ethernet, where the SYN was not captured, and what options take of it at most. */
export const ETHERNET_MSS = 1460;
const OPTIONS = 40;

/** The pools of counters, and what the parts of Statistics share about the segment that Analysis has just classified. */
export class Ledger {
  readonly analysis: Analysis;
  readonly samples = new Samples();
  readonly tallies = new Tallies();
  readonly stalls = new Stalls();
  /**
   * Nanoseconds of the last packet since the first, and those of the first beyond `base`; in an array, since a double in
   * a field or an argument is an object.
   */
  protected readonly clock = new Float64Array(2);
  /** The segment was captured after its own ACK. */
  behindAck = false;
  /** It is the SYN-ACK with which a side that had sent a SYN answers one. */
  counterSynAck = false;
  /** It is a packet that was captured before, at a second point. */
  duplicate = false;

  constructor(analysis: Analysis) {
    this.analysis = analysis;
  }

  /** Nanoseconds of the last packet since `base`. */
  get now(): number {
    return this.clock[0];
  }

  isFromClient(): boolean {
    const { cells, offset, direction } = this.analysis;
    return ((cells[offset + cell.STATE] & cell.CLIENT_HIGH) === 0) === (direction === 0);
  }

  /** The highest acknowledgment of the other side; 0 where it sent none. */
  acknowledged(): number {
    const { cells, receiver } = this.analysis;
    return cells[receiver + cell.HIGHEST_ACK] || cells[receiver + cell.LAST_ACK];
  }

  /** Has the other side acknowledged what comes before `end`? */
  isAcknowledged(end: number): boolean {
    const acknowledged = this.acknowledged();
    const ahead = (acknowledged - end) | 0;
    return acknowledged !== 0 && ahead >= 0 && ahead < FAR;
  }

  /** Was the direction's last packet in `frame`, and within `limit`, so that this one may be the same at another capture point? */
  isAtOnce(frame: number, limit = AT_ONCE): boolean {
    const { cells, sender, row, table } = this.analysis;
    if (frame === 0 || cells[sender + cell.DIRECTION_LAST_FRAME] !== frame) return false;
    return this.clock[0] - table.values(row)[sender / 2 + cell.DIRECTION_LAST] < limit;
  }

  /** The segment at hand was captured before. */
  countDuplicate(): void {
    this.duplicate = true;
    this.tallies.bump(this.tally(), counter.DUPLICATE_CAPTURES);
  }

  /** Payload of a full-sized segment of this direction, less room for options. */
  fullSize(): number {
    return (this.analysis.cells[this.analysis.receiver + cell.MSS] || ETHERNET_MSS) - OPTIONS;
  }

  /**
   * Does the last segment of the direction at `side` report missing data? Then later data fills the window until it is sent
   * again: the sender waits for that, not for a process to read.
   */
  lacks(side: number): boolean {
    const { cells } = this.analysis;
    for (let i = 0; i < cells[side + cell.SACKS]; i++) {
      // A block before the ACK is a duplicate, not data that waits (RFC 2883).
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

  /** The block of counters of the segment's direction. */
  tally(): number {
    const { cells, sender } = this.analysis;
    if (cells[sender + cell.TALLY] === 0) cells[sender + cell.TALLY] = this.tallies.take();
    return cells[sender + cell.TALLY];
  }

  /** The stalls of the direction whose cells begin at `side`. */
  stallsOf(side: number): number {
    const { cells } = this.analysis;
    if (cells[side + cell.STALLS] === 0) cells[side + cell.STALLS] = this.stalls.take();
    return cells[side + cell.STALLS];
  }
}
