// The clocks of files: as --offset says, or estimated.
import path from 'node:path';
import { usageError } from '../../errors.ts';
import { type Clocks, estimatedClocks, knownClocks } from '../../report/trace/clocks.ts';
import type { ClockEstimate } from '../../trace/clock.ts';
import type { Point } from '../../trace/trace.ts';
import type { ClocksPlan } from './plan.ts';

/** `files`: paths, and which point each interface is (below 0 for none). @throws NscapError USAGE for a wrong --offset */
export async function findClocks(
  files: readonly { path: string; points: readonly number[] }[],
  points: readonly Point[],
  plan: ClocksPlan,
): Promise<Clocks> {
  const given = givenOffsets(files, points, plan.offsets);
  if (given !== undefined) return knownClocks(points, given, 'given', []);
  return estimatedClocks(files, points, plan.unsynchronised);
}

/** --offset: taken as exact. */
function givenOffsets(
  files: readonly { path: string; points: readonly number[] }[],
  points: readonly Point[],
  texts: readonly string[],
): Clocks['estimates'] {
  if (texts.length === 0) return undefined;
  const estimates: ClockEstimate[] = points.map(() => ({ offset: 0, error: 0, skew: 0, at: 0 }));
  for (const text of texts) {
    const [, name = '', seconds] = /^(.+)=([+-]?\d*\.?\d+(?:e[+-]?\d+)?)$/i.exec(text) ?? [];
    if (seconds === undefined)
      throw usageError(`'${text}' is not FILE=SECONDS`, '--offset server.pcap=-0.25');
    const file =
      files.find((one) => one.path === name) ?? files.find((one) => path.basename(one.path) === name);
    const named = file?.points ?? points.flatMap((point, k) => (point.name === name ? [k] : []));
    if (named.length === 0)
      throw usageError(
        `--offset names '${name}', which is not one of the files`,
        files.map((one) => one.path).join(', '),
      );
    for (const point of named) if (point >= 0) estimates[point].offset = Number(seconds) * 1e9;
  }
  return estimates;
}
