// The records of all files of a trace, in the order of time.
import type { Batch } from '../base/batch.ts';
import { type CaptureFile, openFile } from '../source/file.ts';
import { Head } from '../source/time-order.ts';

/** A file of the trace, and which point each of its interfaces is. */
export interface PointFile {
  path: string;
  capture: CaptureFile;
  /** By interface; NO_POINT where it has packets that the kernel dropped. */
  points: number[];
  /** Are its records in the order of time? dumpcap writes what it has of one interface, then what it has of the next. */
  isOrdered: boolean;
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
  capture: CaptureFile;
  points: readonly number[];
  ahead: number;
  /** The interface whose records are taken; ALL for all. */
  only: number;
}

const ALL = -1;

/**
 * Hands over the records of all files in the order of time; of equal times, those of the earlier file first. `aheads`: by
 * file, the nanoseconds that its clock is ahead of the first file's. A file that is not in order is read once for each
 * interface, which is, so that no more of it need be kept.
 */
export async function readInTurn(
  files: readonly PointFile[],
  aheads: readonly number[],
  taker: Taker,
): Promise<void> {
  const all: Next[] = [];
  const reopened: CaptureFile[] = [];
  try {
    for (const [k, { path, capture, points, isOrdered }] of files.entries()) {
      const add = (from: CaptureFile, only: number) =>
        all.push({ head: new Head(from), capture: from, points, ahead: aheads[k], only });
      add(capture, isOrdered ? ALL : 0);
      for (let only = 1; !isOrdered && only < points.length; only++) {
        const again = await openFile(path);
        reopened.push(again);
        add(again, only);
      }
    }
    let records = 0;
    for (const next of all) await load(next);
    while (all.some(({ head }) => head.batch !== null)) {
      records += merge(all, taker);
      taker.step(records);
      for (const next of all) await load(next);
    }
  } finally {
    for (const capture of reopened) await capture.close();
  }
}

/** Gets the next batch that has records to be taken, where this one is used up. */
async function load(next: Next): Promise<void> {
  const { head } = next;
  do {
    await head.load();
    skip(next);
  } while (head.batch !== null && head.at >= head.batch.count);
}

/** Goes to the next record that is to be taken. */
function skip({ head, only }: Next): void {
  const { batch } = head;
  if (only === ALL || batch === null) return;
  while (head.at < batch.count && batch.interface[head.at] !== only) head.at++;
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
    const next = all[first];
    const { head, points } = next;
    const batch = head.batch!;
    const i = head.at++;
    const point = points[points.length === 1 ? 0 : batch.interface[i]];
    if (point !== NO_POINT) taker.take(batch, i, point);
    else taker.drop(batch, i, next.capture);
    records++;
    skip(next);
    if (head.at >= batch.count) return records;
    times[first] = timeOf(head, base) - next.ahead;
  }
}

function timeOf({ batch, at }: Head, base: number): number {
  if (batch === null) return Number.POSITIVE_INFINITY;
  return (batch.seconds[at] - base) * 1e9 + batch.nanoseconds[at];
}
