// The points' clocks, as far as they are known to differ, and the times of all points on one scale.
import type { Moment } from '../base/interface.ts';

const SECOND = 1e9;

export class PointClocks {
  /** The time that all others count from: the second of the first one seen. */
  base: Moment | undefined;
  /** By point: how much its clock is ahead, its skew, and the time that this is said of. */
  private readonly clocks: Float64Array;
  private isOneClock = true;

  constructor(points: number) {
    this.clocks = new Float64Array(3 * points);
  }

  /** A point's clock is ahead by `offset` nanoseconds at time `at` (seconds since 1970), and by `skew` more with each. */
  set(point: number, offset: number, skew: number, at: number): void {
    this.clocks[point * 3] = offset;
    this.clocks[point * 3 + 1] = skew;
    this.clocks[point * 3 + 2] = at;
    this.isOneClock = false;
  }

  /** A time of the common clock, in nanoseconds since the base. */
  relative(seconds: number, nanoseconds: number): number {
    this.base ??= { seconds, nanoseconds: 0 };
    return (seconds - this.base.seconds) * SECOND + nanoseconds;
  }

  /** A time that a point's clock showed, by the common clock. */
  corrected(point: number, seconds: number, nanoseconds: number): number {
    const time = this.relative(seconds, nanoseconds);
    if (this.isOneClock) return time;
    const { clocks } = this;
    const passed = (seconds - clocks[point * 3 + 2]) * SECOND + nanoseconds;
    return time - clocks[point * 3] - clocks[point * 3 + 1] * passed;
  }
}
