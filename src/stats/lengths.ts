// How long packets are: ranges as `tshark -z plen,tree` has them, with the busiest tenth of a second of each.
import type { Dissection } from '../fields/dissection.ts';
import type { Clock, Statistic } from './statistic.ts';

/** The first length of each range; the last has no end. */
export const RANGES = [0, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120] as const;

export interface LengthRow {
  /** Undefined: all. */
  from?: number;
  /** Absent: without end. */
  to?: number;
  count: number;
  /** Absent where there is none. */
  average?: number;
  minimum?: number;
  maximum?: number;
  /** Packets a millisecond; absent where all came at once, negative where the last one is the earliest. */
  rate?: number;
  /** 0 to 1. */
  share: number;
  /** Packets a millisecond in the busiest 100 ms, and when those began, in seconds. */
  burstRate?: number;
  burstStart?: number;
}

/** Milliseconds: the window in which a burst is counted, and the steps in which it moves. */
const WINDOW = 100;
const STEP = 5;
const STEPS = WINDOW / STEP;

export class Lengths implements Statistic {
  readonly needs = 0;
  /** All, and each range. */
  private readonly bursts = Array.from({ length: RANGES.length + 1 }, () => new Burst());
  private readonly counts = new Float64Array(RANGES.length + 1);
  private readonly sums = new Float64Array(RANGES.length + 1);
  private readonly least = new Float64Array(RANGES.length + 1).fill(Number.POSITIVE_INFINITY);
  private readonly most = new Float64Array(RANGES.length + 1);
  private start = -1;
  private elapsed = 0;

  add({ batch, index }: Dissection, { milliseconds: now }: Clock): void {
    if (this.start < 0) this.start = now;
    this.elapsed = now - this.start;
    const length = batch.wire[index];
    let range = RANGES.length;
    while (length < RANGES[range - 1]) range--;
    this.tally(0, length, now);
    this.tally(range, length, now);
  }

  private tally(row: number, length: number, now: number): void {
    this.counts[row]++;
    this.sums[row] += length;
    if (length < this.least[row]) this.least[row] = length;
    if (length > this.most[row]) this.most[row] = length;
    this.bursts[row].add(now);
  }

  rows(): LengthRow[] {
    const { counts, sums, least, most, bursts, elapsed } = this;
    return [0, ...RANGES.map((_, i) => i + 1)].map((row) => {
      const count = counts[row];
      return {
        ...(row === 0 ? {} : { from: RANGES[row - 1] }),
        ...(row === 0 || row === RANGES.length ? {} : { to: RANGES[row] - 1 }),
        count,
        ...(count === 0 ? {} : { average: sums[row] / count, minimum: least[row], maximum: most[row] }),
        ...(elapsed === 0 ? {} : { rate: count / elapsed }),
        share: counts[0] === 0 ? 0 : count / counts[0],
        ...(bursts[row].highest === 0
          ? {}
          : { burstRate: bursts[row].highest / WINDOW, burstStart: bursts[row].began / 1000 }),
      };
    });
  }
}

/** The most packets in a window that moves in steps: what was counted in each step of the window, oldest first. */
class Burst {
  highest = 0;
  /** Milliseconds since the capture began. */
  began = 0;
  private sum = 0;
  private used = 1;
  private readonly step = new Float64Array(STEPS + 2);
  private readonly count = new Float64Array(STEPS + 2);
  private readonly start = new Float64Array(STEPS + 2);

  add(now: number): void {
    const step = Math.floor(now / STEP);
    const { step: steps } = this;
    if (step > steps[this.used - 1]) {
      this.insert(this.used, step, now);
      this.sum++;
      let gone = 0;
      while (step >= steps[gone] + STEPS) this.sum -= this.count[gone++];
      if (gone > 0) this.remove(gone);
    } else if (step < steps[0]) {
      // A packet out of order; one before the window counts for no burst.
      if (step + STEPS > steps[this.used - 1]) {
        this.insert(0, step, now);
        this.sum++;
      }
    } else {
      let at = this.used - 1;
      while (step < steps[at]) at--;
      if (steps[at] === step) {
        this.count[at]++;
        if (now < this.start[at]) this.start[at] = now;
      } else this.insert(at + 1, step, now);
      this.sum++;
    }
    if (this.sum > this.highest) {
      this.highest = this.sum;
      this.began = this.start[0];
    }
  }

  private insert(at: number, step: number, now: number): void {
    for (const column of [this.step, this.count, this.start]) column.copyWithin(at + 1, at, this.used);
    this.step[at] = step;
    this.count[at] = 1;
    this.start[at] = now;
    this.used++;
  }

  private remove(count: number): void {
    for (const column of [this.step, this.count, this.start]) column.copyWithin(0, count, this.used);
    this.used -= count;
  }
}
