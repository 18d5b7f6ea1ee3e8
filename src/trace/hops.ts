// What happened between each point and the next, counted.
import { Histogram } from '../flow/samples.ts';

/** One direction of a hop. Delays in nanoseconds. */
export class Hop {
  readonly from: number;
  readonly to: number;
  /** Packets that `from` saw and that were due at `to`, and their bytes on the wire: those lost and unknown among them. */
  packets = 0;
  bytes = 0;
  /** Seen neither at `to` nor later. */
  lost = 0;
  /** Not seen at `to`, and the capture may be the cause. */
  unknown = 0;
  /** Came later than one of their flow that had left after them (RFC 4737, 3.3). */
  reordered = 0;
  /** Copies that came besides. */
  duplicated = 0;
  /** Packets of `from` that came as several; packets of `from` that came as a part of one. */
  split = 0;
  merged = 0;
  /** Packets that arrived with a reported change. */
  changed = 0;
  /** Packets that may have been confused with equal ones. */
  ambiguous = 0;
  min = Number.POSITIVE_INFINITY;
  max = 0;
  sum = 0;
  readonly delays = new Histogram();

  constructor(from: number, to: number) {
    this.from = from;
    this.to = to;
  }

  /** A packet came after this time. */
  came(delay: number): void {
    const time = Math.max(delay, 0);
    this.delays.add(time);
    this.sum += time;
    if (time < this.min) this.min = time;
    if (time > this.max) this.max = time;
  }
}

/** All hops that were taken, by their points. */
export class Hops {
  private readonly points: number;
  private readonly hops: (Hop | undefined)[];

  constructor(points: number) {
    this.points = points;
    this.hops = new Array<Hop | undefined>(points * points).fill(undefined);
  }

  /** The hop between two points; made where there is none. */
  between(from: number, to: number): Hop {
    const at = from * this.points + to;
    let hop = this.hops[at];
    if (hop === undefined) {
      hop = new Hop(from, to);
      this.hops[at] = hop;
    }
    return hop;
  }

  /** The hop between two points, if it was taken. */
  known(from: number, to: number): Hop | undefined {
    return this.hops[from * this.points + to];
  }

  all(): Hop[] {
    return this.hops.filter((hop) => hop !== undefined);
  }
}
