// How certain it is that a point would have captured a packet that passed it.
import type { Shared } from './shared.ts';

export const CERTAIN = 0;
export const UNCERTAIN = 1;
/** The point's next record will decide. */
export const WAIT = 2;
/** The point has captured nothing before: later records will decide whether it lost the packet, or had not begun. */
export const EARLY = 3;

/**
 * Nanoseconds after the first record of a capture that began amid packets, in which it may still miss some. The time stamp is
 * older than the record: the packet has waited in a processor's queue, while those of other queues passed before there was a
 * capture (net_timestamp_check() and enqueue_to_backlog() in net/core/dev.c).
 */
const BEGINNING = 50e6;
/** Packets that a point did not see just before its first record, from which on it began amid packets. */
const AMID = 8;

export class Certainty {
  /** For packets being resolved now, a doubtful end counts as a loss: it matches the usual rate of loss. */
  isUsualLoss = false;
  private readonly shared: Shared;
  /** By point: packets that were due in the last BEGINNING before its first record. */
  private readonly missed: Uint32Array;

  constructor(shared: Shared) {
    this.shared = shared;
    this.missed = new Uint32Array(shared.firsts.length);
  }

  /** A packet, seen last at that time, was due at a point at its beginning (EARLY). */
  noteEarly(time: number, expected: number): void {
    const first = this.shared.firsts[expected];
    if (time < first && time >= first - BEGINNING) this.missed[expected]++;
  }

  /** Of the packet of a flow (a root, -1 for none) seen last at sighting `last`, that a point should have. */
  of(last: number, root: number, expected: number): number {
    const { shared } = this;
    const { sightings, flows } = shared;
    const time = sightings.time[last];
    const hop = shared.hops.known(sightings.point[last], expected);
    const latest = time + (hop?.max ?? 0);
    if (shared.gaps.overlaps(expected, time, latest)) return UNCERTAIN;
    const first = shared.firsts[expected];
    const isBeginning = time >= first && time < first + BEGINNING && this.missed[expected] >= AMID;
    if (isBeginning) return this.isUsualLoss ? CERTAIN : EARLY;
    if (time >= first && shared.lasts[expected] > latest) return CERTAIN;
    // A later packet of its flow has arrived, and there is no reordering here.
    const isOvertaken = root >= 0 && flows.routes.departure(root, expected) > time;
    if (time >= first && isOvertaken && (hop?.reordered ?? 0) === 0) return CERTAIN;
    if (this.isUsualLoss) return CERTAIN;
    // A point that has seen nothing of the flow tells nothing about when it began and stopped capturing.
    if (root < 0 || flows.routes.next(root, sightings.point[last]) < 0) {
      const isEarly = time < first && first < Number.POSITIVE_INFINITY && time < shared.start + shared.window;
      return isEarly ? EARLY : CERTAIN;
    }
    return time < first ? EARLY : WAIT;
  }
}
