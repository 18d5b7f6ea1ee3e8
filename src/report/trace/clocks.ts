// The clocks of a trace's files: one, as long as no packet contradicts, or those of several hosts.
import { duration } from '../../base/units.ts';
import { openFile } from '../../source/file.ts';
import { type ClockEstimate, ClockEstimator } from '../../trace/clock.ts';
import { SAMPLED } from '../../trace/common-clock.ts';
import type { Point } from '../../trace/trace.ts';
import type { ClockReport } from './document.ts';

/** What is known of the points' clocks. */
export interface Clocks {
  report: ClockReport;
  /** By point; undefined where all have one clock. */
  estimates: (ClockEstimate | undefined)[] | undefined;
  notes: string[];
}

/** All points have one clock. */
export const ONE_CLOCK: Clocks = { report: { how: 'one', offsets: [] }, estimates: undefined, notes: [] };

/**
 * Reads the files to find out whether their points have one clock.
 *
 * @param files their paths, and which point each interface is (below 0 for none)
 * @param differ the clocks are known to differ
 */
export async function estimatedClocks(
  files: readonly { path: string; points: readonly number[] }[],
  points: readonly Point[],
  differ: boolean,
): Promise<Clocks> {
  if (files.length < 2) return ONE_CLOCK;
  const quick = await estimate(files, points.length, SAMPLED, differ);
  if (!differ && quick.every((one) => one === undefined || one.offset === 0)) return ONE_CLOCK;
  const all = await estimate(files, points.length, Number.POSITIVE_INFINITY, differ);
  const notes = all.flatMap((one, point) =>
    point === 0 || (one?.offset === 0 && one.error === 0)
      ? []
      : [sentence(points[point].name, points[0].name, one)],
  );
  if (!differ) notes.unshift('the files are of hosts whose clocks differ: packets arrive before they left');
  return knownClocks(points, all, 'estimated', notes);
}

function sentence(name: string, first: string, estimate: ClockEstimate | undefined): string {
  if (estimate === undefined) return `nothing tells how the clock of ${name} differs from that of ${first}`;
  const { offset, error, skew } = estimate;
  const by = `${duration(Math.abs(offset))} ${offset < 0 ? 'behind' : 'ahead of'}`;
  if (error === Number.POSITIVE_INFINITY)
    return `the clock of ${name} is about ${by} that of ${first}: packets in one direction do not tell it better`;
  const gains =
    skew === 0
      ? ''
      : `, and ${skew < 0 ? 'loses' : 'gains'} ${(Math.abs(skew) * 1e6).toFixed(2)} µs a second`;
  return `the clock of ${name} is ${by} that of ${first}, ± ${duration(error)}${gains}`;
}

/** What was given or estimated, as the report has it. */
export function knownClocks(
  points: readonly Point[],
  estimates: Clocks['estimates'],
  how: ClockReport['how'],
  notes: string[],
): Clocks {
  const offsets = (estimates ?? []).map((one, point) => ({
    point: points[point].name,
    offset: one === undefined ? null : one.offset / 1e9,
    error: one === undefined || one.error === Number.POSITIVE_INFINITY ? null : one.error / 1e9,
    skew: one?.skew ?? 0,
  }));
  return { report: { how, offsets }, estimates, notes };
}

/** Nanoseconds that a delay between two points may be wrong by. */
export function clockError(estimates: Clocks['estimates'], from: number, to: number): number {
  if (estimates === undefined || from === to) return 0;
  return (
    (estimates[from]?.error ?? Number.POSITIVE_INFINITY) + (estimates[to]?.error ?? Number.POSITIVE_INFINITY)
  );
}

async function estimate(
  files: readonly { path: string; points: readonly number[] }[],
  points: number,
  most: number,
  differ: boolean,
): Promise<(ClockEstimate | undefined)[]> {
  const estimator = new ClockEstimator(points);
  for (const file of files) {
    const capture = await openFile(file.path);
    try {
      for (
        let batch = await capture.next();
        batch !== null && batch.first <= most;
        batch = await capture.next()
      ) {
        for (let i = 0; i < batch.count; i++) {
          const point = file.points.length === 1 ? file.points[0] : file.points[batch.interface[i]];
          if (point >= 0) estimator.add(point, batch, i);
        }
      }
    } finally {
      await capture.close();
    }
  }
  return estimator.estimates(differ);
}
