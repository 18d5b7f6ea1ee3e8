// A value over time, in bounded memory: all points while they are few, then the lowest and the highest of each column.

/** The axis of time: its beginning and length in nanoseconds. */
export interface Axis {
  start: number;
  span: number;
}

/** Column of `columns` that a time lies in; times outside, as after a clock was set back, lie in the outermost. */
export function columnOf({ start, span }: Axis, columns: number, time: number): number {
  if (span <= 0) return 0;
  return Math.max(0, Math.min(columns - 1, Math.floor(((time - start) * columns) / span)));
}

/**
 * Points (time, value) in the order they were added. When `limit` is reached, each column of time keeps its lowest and
 * its highest point; columns become wider until that halves the number.
 */
export class Line {
  readonly times: Float64Array;
  readonly values: Float64Array;
  count = 0;
  /** Points added, and the columns they were reduced to; 0 where all are there. */
  added = 0;
  columns = 0;
  private readonly axis: Axis;

  constructor(axis: Axis, limit: number) {
    this.axis = axis;
    this.times = new Float64Array(limit);
    this.values = new Float64Array(limit);
  }

  add(time: number, value: number): void {
    if (this.count === this.times.length) this.reduce();
    this.times[this.count] = time;
    this.values[this.count++] = value;
    this.added++;
  }

  private reduce(): void {
    const limit = this.times.length;
    if (this.columns === 0) this.columns = Math.max(1, limit >> 2);
    for (;;) {
      this.merge();
      if (this.count <= limit >> 1 || this.columns === 1) return;
      this.columns >>= 1;
    }
  }

  private merge(): void {
    const { times, values, axis, columns } = this;
    let kept = 0;
    for (let i = 0; i < this.count; ) {
      const column = columnOf(axis, columns, times[i]);
      let low = i;
      let high = i;
      let next = i + 1;
      for (; next < this.count && columnOf(axis, columns, times[next]) === column; next++) {
        if (values[next] < values[low]) low = next;
        if (values[next] >= values[high]) high = next;
      }
      const [first, second] = low <= high ? [low, high] : [high, low];
      kept = this.move(first, kept);
      if (second !== first) kept = this.move(second, kept);
      i = next;
    }
    this.count = kept;
  }

  private move(from: number, to: number): number {
    this.times[to] = this.times[from];
    this.values[to] = this.values[from];
    return to + 1;
  }
}
