// What all statistics have in common: they look at one record after the other, and keep nothing of it.
import type { Dissection } from '../fields/dissection.ts';

/** When a record came, since the capture's first one; negative before it. */
export interface Clock {
  /** Seconds, as a double has them. */
  seconds: number;
  /** The same in milliseconds, as exact as can be: steps of whole milliseconds are counted by it. */
  milliseconds: number;
  /** Whole microseconds, rounded as tshark's io,stat rounds. */
  microseconds: number;
}

export interface Statistic {
  /** What the dissection must keep for it: bits of fields/needs.ts. */
  readonly needs: number;
  /** Takes the record at hand. */
  add(packet: Dissection, clock: Clock): void;
}

/** Rows that a table may have; what is beyond is counted, not kept. */
export const MOST_ROWS = 1 << 20;
