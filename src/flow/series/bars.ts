// Ranges of sequence numbers at points in time: segments, SACK blocks, and the events that are marked among them.
import { type Axis, columnOf } from './line.ts';

/** What a bar is. Plain segments are merged first where there are too many; the others are marked events. */
export const KINDS = [
  'segment',
  'retransmission',
  'fast-retransmission',
  'spurious-retransmission',
  'out-of-order',
  'hole',
  'syn',
  'fin',
  'rst',
  'keep-alive',
  'probe',
  'sack',
  'duplicate-ack',
  'zero-window',
  'window-full',
  'ack-unseen',
  'dropped',
] as const;
export type Kind = (typeof KINDS)[number];

export const SEGMENT = 0;

/**
 * Bars in the order they were added: time, lowest and highest sequence number, frame, kind, and how many of the kind it
 * stands for. When `limit` is reached those of one kind in one column of time become one: plain segments first, marked
 * events where that does not suffice.
 */
export class Bars {
  readonly times: Float64Array;
  readonly begins: Float64Array;
  readonly ends: Float64Array;
  readonly frames: Float64Array;
  readonly kinds: Uint8Array;
  readonly counts: Float64Array;
  count = 0;
  /** Columns that plain segments, and marked events, were merged into; 0 where all are there. */
  columns = 0;
  markedColumns = 0;
  private readonly axis: Axis;
  /** Frames whose surroundings are never merged, ascending. */
  private readonly details: readonly number[];
  private detail = 0;
  private readonly open = new Int32Array(KINDS.length);

  constructor(axis: Axis, limit: number, details: readonly number[] = []) {
    this.axis = axis;
    this.times = new Float64Array(limit);
    this.begins = new Float64Array(limit);
    this.ends = new Float64Array(limit);
    this.frames = new Float64Array(limit);
    this.kinds = new Uint8Array(limit);
    this.counts = new Float64Array(limit);
    this.details = details;
  }

  add(time: number, begin: number, end: number, frame: number, kind: number): void {
    if (this.count === this.times.length) this.reduce();
    const i = this.count++;
    this.times[i] = time;
    this.begins[i] = begin;
    this.ends[i] = end;
    this.frames[i] = frame;
    this.kinds[i] = kind;
    this.counts[i] = 1;
  }

  private reduce(): void {
    const limit = this.times.length;
    if (this.columns === 0) this.columns = Math.max(1, limit >> 1);
    for (let detailed = true; ; ) {
      this.merge(detailed);
      if (this.count <= (limit * 3) >> 2) return;
      if (this.columns > limit >> 3) this.columns >>= 1;
      else if (this.markedColumns === 0) this.markedColumns = Math.max(1, limit >> 3);
      else if (detailed) detailed = false;
      else if (this.markedColumns === 1) return;
      else this.markedColumns >>= 1;
    }
  }

  private merge(detailed: boolean): void {
    const { axis, columns, markedColumns, times, kinds, open } = this;
    open.fill(-1);
    this.detail = 0;
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      const kind = kinds[i];
      const wide = kind === SEGMENT ? columns : markedColumns;
      const free = wide !== 0 && !(detailed && this.isDetail(this.frames[i]));
      const into = free ? open[kind] : -1;
      if (into >= 0 && columnOf(axis, wide, times[into]) === columnOf(axis, wide, times[i])) {
        this.begins[into] = Math.min(this.begins[into], this.begins[i]);
        this.ends[into] = Math.max(this.ends[into], this.ends[i]);
        this.counts[into] += this.counts[i];
        continue;
      }
      times[kept] = times[i];
      kinds[kept] = kind;
      this.begins[kept] = this.begins[i];
      this.ends[kept] = this.ends[i];
      this.frames[kept] = this.frames[i];
      this.counts[kept] = this.counts[i];
      if (free) open[kind] = kept;
      kept++;
    }
    this.count = kept;
  }

  /** Whether the frame is near one of `details`. To be called with ascending frames. */
  private isDetail(frame: number): boolean {
    const { details } = this;
    while (this.detail < details.length && details[this.detail] + NEAR < frame) this.detail++;
    return this.detail < details.length && Math.abs(details[this.detail] - frame) <= NEAR;
  }
}

/** Frames before and after a finding's frame that are kept individually. */
const NEAR = 50;
