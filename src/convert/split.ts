// When `convert` begins another file.
import type { Batch } from '../base/batch.ts';
import type { Moment } from '../base/interface.ts';
import { isEarlier, later } from './time.ts';

/** Packets, bytes and time that a file may have; 0 or absent for no limit. */
export interface SplitPlan {
  splitPackets?: number;
  splitBytes?: number;
  splitMilliseconds?: number;
}

/**
 * Says where a file ends. A period of `splitMilliseconds` is counted from the very first packet, so that files begin at
 * even distances, as with editcap -i; one without packets makes no file.
 */
export class Split {
  /** True where there may be several files. */
  readonly wanted: boolean;
  private readonly plan: Required<SplitPlan>;
  private first: Moment | undefined;
  /** Where the open file's period ends. */
  private end: Moment | undefined;

  constructor(plan: SplitPlan) {
    const { splitPackets = 0, splitBytes = 0, splitMilliseconds = 0 } = plan;
    this.plan = { splitPackets, splitBytes, splitMilliseconds };
    this.wanted = splitPackets > 0 || splitBytes > 0 || splitMilliseconds > 0;
  }

  /** A file begins with record `index`. */
  begin(batch: Batch, index: number): void {
    const step = this.plan.splitMilliseconds;
    if (step === 0) return;
    const here = { seconds: batch.seconds[index], nanoseconds: batch.nanoseconds[index] };
    this.first ??= here;
    const { seconds, nanoseconds } = this.first;
    const past = (here.seconds - seconds) * 1000 + (here.nanoseconds - nanoseconds) / 1e6;
    this.end = later(this.first, (Math.floor(past / step) + 1) * step);
  }

  /** True where record `index` belongs into another file than the open one with `packets`, which it would make `size`. */
  due(batch: Batch, index: number, packets: number, size: number): boolean {
    const { splitPackets, splitBytes } = this.plan;
    if (splitPackets > 0 && packets >= splitPackets) return true;
    if (splitBytes > 0 && packets > 0 && size > splitBytes) return true;
    return this.end !== undefined && !isEarlier(batch, index, this.end);
  }
}
