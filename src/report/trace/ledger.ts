// What a report keeps of the packets that went by.
import { Histogram } from '../../flow/samples.ts';
import type { Path } from '../../trace/path.ts';
import * as path from '../../trace/path.ts';
import type { Trace } from '../../trace/trace.ts';
import { dropText, flowText } from './names.ts';

/** A packet that was lost. */
export interface LostPacket {
  /** Its number at the point that saw it last. */
  frame: number;
  /** Packets that this stands for: more than one where it had been cut into segments, and several did not come. */
  packets: number;
  /** The point that saw it last, and the one where it was due. */
  after: string;
  expected: string | null;
  /** Why, as far as the kernel said so. */
  reason: string | null;
  /** When it was seen last: seconds since 1970. */
  time: number;
  /** `TCP 10.1.0.10:40112 → 10.2.0.20:80`; null where it is not IP. */
  flow: string | null;
  /** Where it was seen first, and its number there. */
  first: { point: string; frame: number };
}

/** Lost packets listed at most. */
const MOST = 100_000;

export class TraceLedger {
  readonly lost: LostPacket[] = [];
  lostNotListed = 0;
  /** Whole ways of complete packets, from their first to their last point. */
  min = Number.POSITIVE_INFINITY;
  max = 0;
  sum = 0;
  readonly delays = new Histogram();
  private readonly trace: Trace;

  constructor(trace: Trace) {
    this.trace = trace;
  }

  /** Takes a packet in. */
  add(way: Path): void {
    const last = way.count - 1;
    if (way.fate === path.COMPLETE && last > 0) {
      const delay = Math.max(way.lastTime[last] - way.time[0], 0);
      this.delays.add(delay);
      this.sum += delay;
      if (delay < this.min) this.min = delay;
      if (delay > this.max) this.max = delay;
    } else if (way.fate === path.LOST) this.lose(way, way.lostAfter);
  }

  private lose(way: Path, last: number): void {
    if (this.lost.length >= MOST) {
      this.lostNotListed++;
      return;
    }
    const { points, base } = this.trace;
    this.lost.push({
      frame: way.frame[last],
      packets: way.losses,
      after: points[way.point[last]].name,
      expected: way.expected < 0 ? null : points[way.expected].name,
      reason: way.drop === undefined ? null : dropText(way.drop),
      time: base!.seconds + way.time[last] / 1e9,
      flow: way.flow[last] < 0 ? null : flowText(this.trace, way.flow[last]),
      first: { point: points[way.point[0]].name, frame: way.frame[0] },
    });
  }
}
