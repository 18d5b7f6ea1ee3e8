// How sure it is that a point would have captured a packet, had it come.
import type { Shared } from './shared.ts';

export const CERTAIN = 0;
export const UNCERTAIN = 1;
/** The point's next record will tell. */
export const WAIT = 2;
/** The point has captured nothing before: what comes later will tell whether it lost the packet, or had not begun. */
export const EARLY = 3;

export class Certainty {
  /** Of what is resolved now, a doubtful end is a loss: it fits what is lost as a rule. */
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
    // Another of its flow that had left later has come, and none overtakes here.
    const isOvertaken = root >= 0 && flows.routes.departure(root, expected) > time;
    if (time >= first && isOvertaken && (hop?.reordered ?? 0) === 0) return CERTAIN;
    if (this.isUsualLoss) return CERTAIN;
    // A point that has never seen anything of the flow does not show by it when it began and ended to capture.
    if (root < 0 || flows.routes.next(root, sightings.point[last]) < 0) {
      const isEarly = time < first && first < Number.POSITIVE_INFINITY && time < shared.start + shared.window;
      return isEarly ? EARLY : CERTAIN;
    }
    return time < first ? EARLY : WAIT;
  }
}
