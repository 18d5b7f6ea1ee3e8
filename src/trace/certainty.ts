// How certain it is that a point would have captured a packet that passed it.
import type { Shared } from './shared.ts';

export const CERTAIN = 0;
export const UNCERTAIN = 1;
/** The point's next record will decide. */
export const WAIT = 2;
/** The point has captured nothing before: later records will decide whether it lost the packet, or had not begun. */
export const EARLY = 3;

export class Certainty {
  /** For packets being resolved now, a doubtful end counts as a loss: it matches the usual rate of loss. */
  isUsualLoss = false;
  private readonly shared: Shared;

  constructor(shared: Shared) {
    this.shared = shared;
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
