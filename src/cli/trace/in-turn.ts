// The records of all files of a trace, in the order of time.
import type { Batch } from '../../base/batch.ts';
import type { CaptureFile } from '../../source/file.ts';
import { Head } from '../../source/time-order.ts';

/** A file of the trace, and which point each of its interfaces is. */
export interface PointFile {
  path: string;
  capture: CaptureFile;
  /** By interface; NO_POINT where it has packets that the kernel dropped. */
  points: number[];
}

export const NO_POINT = -1;

/** Who takes the records: one of a point, or one of a file's interface that has packets that the kernel dropped. */
export interface Taker {
  take(batch: Batch, index: number, point: number): void;
  drop(batch: Batch, index: number, capture: CaptureFile): void;
  /** Called from time to time, with the number of records so far. */
  step(records: number): void;
}

interface Next {
  head: Head;
  file: PointFile;
  ahead: number;
}

/**
 * Hands over the records of all files in the order of time; of equal times, those of the earlier file first. `aheads`: by
 * file, the nanoseconds that its clock is ahead of the first file's.
 */
export async function readInTurn(
  files: readonly PointFile[],
  aheads: readonly number[],
  taker: Taker,
): Promise<void> {
  const all: Next[] = files.map((file, k) => ({ head: new Head(file.capture), file, ahead: aheads[k] }));
  let records = 0;
  for (const { head } of all) await head.load();
  while (all.some(({ head }) => head.batch !== null)) {
    records += merge(all, taker);
    taker.step(records);
    for (const { head } of all) await head.load();
  }
}

/** Hands over records until a file needs its next batch; returns how many. */
function merge(all: readonly Next[], taker: Taker): number {
  const some = all.find(({ head }) => head.batch !== null)!.head;
  const base = some.batch!.seconds[some.at];
  /** Of each file, when its next record was captured, in nanoseconds from `base` on. */
  const times = Float64Array.from(all, ({ head, ahead }) => timeOf(head, base) - ahead);
  let records = 0;
  for (;;) {
    let first = 0;
    for (let k = 1; k < times.length; k++) if (times[k] < times[first]) first = k;
    const { head, file, ahead } = all[first];
    const { points } = file;
    const batch = head.batch!;
    const i = head.at++;
    const point = points[points.length === 1 ? 0 : batch.interface[i]];
    if (point !== NO_POINT) taker.take(batch, i, point);
    else taker.drop(batch, i, file.capture);
    records++;
    if (head.at === batch.count) return records;
    times[first] = timeOf(head, base) - ahead;
  }
}

function timeOf({ batch, at }: Head, base: number): number {
  if (batch === null) return Number.POSITIVE_INFINITY;
  return (batch.seconds[at] - base) * 1e9 + batch.nanoseconds[at];
}
