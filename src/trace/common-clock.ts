// Do all points have one clock, as far as their first records show?
import type { Batch } from '../base/batch.ts';
import { ClockEstimator } from './clock.ts';
import type { Identity } from './identity.ts';

/** Records of each point examined. */
export const SAMPLED = 50_000;

export class CommonClock {
  private readonly estimator: ClockEstimator;
  /** By point: records still to be examined; and the points that have some. */
  private readonly left: number[];
  private unfinished: number;

  constructor(points: number) {
    this.estimator = new ClockEstimator(points);
    this.left = new Array<number>(points).fill(SAMPLED);
    this.unfinished = points;
  }

  /** Takes a record that `packet` has read. Returns whether that was the last one needed. */
  sample(point: number, packet: Identity, batch: Batch, index: number): boolean {
    if (this.left[point] === 0) return false;
    this.estimator.sample(point, packet, batch, index);
    return --this.left[point] === 0 && --this.unfinished === 0;
  }

  /** May all points have one clock? */
  get isLikely(): boolean {
    return this.estimator.estimates(false).every((one) => one === undefined || one.offset === 0);
  }
}
