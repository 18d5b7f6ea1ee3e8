// Frames that points captured, given to the engine one by one.
import { Batch } from '../../src/base/batch.ts';
import type { Path } from '../../src/trace/path.ts';
import { Trace, type TraceOptions } from '../../src/trace/trace.ts';
import type { Bytes } from './frames.ts';

/** Records in the order of time, and what became of each packet. */
export class Captures {
  readonly fates: { fate: number; points: string; changes: number[]; expected: number }[] = [];
  readonly trace: Trace;
  private readonly batch = new Batch(1);
  private frame = 0;

  constructor(points: readonly string[], options: TraceOptions = {}) {
    this.trace = new Trace(
      points.map((name) => ({ name })),
      { ...options, report: (way) => this.note(way) },
    );
  }

  private note({ fate, count, point, changes, expected }: Path): void {
    const at = Array.from({ length: count }, (_, k) => k);
    this.fates.push({
      fate,
      points: at.map((k) => point[k]).join(''),
      changes: at.map((k) => changes[k]),
      expected,
    });
  }

  add(point: number, microseconds: number, bytes: Bytes): void {
    const { batch } = this;
    batch.reset(Uint8Array.from(bytes), 1);
    batch.offset[0] = 0;
    batch.captured[0] = batch.wire[0] = bytes.length;
    batch.seconds[0] = 1_700_000_000 + Math.floor(microseconds / 1e6);
    batch.nanoseconds[0] = (microseconds % 1e6) * 1e3;
    batch.linkType[0] = 1;
    batch.count = 1;
    this.trace.add(point, batch, 0, ++this.frame);
  }

  /** By hop: packets, lost, unknown. */
  end(): Record<string, number[]> {
    this.trace.end();
    const { points } = this.trace;
    const hops: Record<string, number[]> = {};
    for (const { from, to, packets, lost, unknown } of this.trace.hops.all())
      hops[`${points[from].name}→${points[to].name}`] = [packets, lost, unknown];
    return hops;
  }
}
