// Series as arrays of small whole numbers: differences, which JSON writes in few characters.
import { CAUSES, type Runs } from '../flow/limits/runs.ts';
import type { SenderLimits } from '../flow/limits/sender.ts';
import type { Bars } from '../flow/series/bars.ts';
import type { DirectionSeries } from '../flow/series/connection-series.ts';
import type { Line } from '../flow/series/line.ts';
import { seconds } from '../report/round-trips.ts';
import type { BarData, DirectionData, LimitsData, LineData } from './document.ts';

/** A direction; its times count from `start`. */
export function directionData(
  sender: 'client' | 'server',
  series: DirectionSeries,
  limits: SenderLimits,
  start: number,
): DirectionData {
  return {
    sender,
    base: series.base ?? 0,
    bars: barData(series.bars, start),
    acks: lineData(series.acks, start),
    edges: lineData(series.edges, start),
    rtt: lineData(series.rtt, start),
    flight: lineData(series.flight, start),
    window: lineData(series.window, start),
    gaps: lineData(series.gaps, start),
    bytes: Array.from(series.bytes),
    fresh: Array.from(series.fresh),
    limits: limitsData(limits.runs, start),
  };
}

function limitsData(runs: Runs, start: number): LimitsData {
  const { totals, waits, longest, begins, ends, causes, count } = runs;
  const sum = totals.reduce((a, b) => a + b, 0);
  return {
    estimate: true,
    causes: CAUSES.flatMap((cause, i) => {
      if (totals[i] === 0) return [];
      const proof = longest[i];
      return [
        {
          cause,
          seconds: seconds(totals[i]!),
          share: Number((totals[i]! / sum).toFixed(4)),
          waits: waits[i]!,
          longest:
            proof === undefined
              ? null
              : {
                  seconds: seconds(proof.nanoseconds),
                  fromFrame: proof.fromFrame,
                  untilFrame: proof.untilFrame,
                },
        },
      ];
    }),
    runs: {
      b: differences(begins, count, start),
      l: Array.from({ length: count }, (_, i) => Math.round(ends[i]! - begins[i]!)),
      c: Array.from(causes.subarray(0, count)),
    },
  };
}

function lineData({ times, values, count, columns }: Line, start: number): LineData {
  return {
    t: differences(times, count, start),
    v: differences(values, count, 0),
    ...(columns === 0 ? {} : { columns }),
  };
}

function barData(bars: Bars, start: number): BarData {
  const { times, begins, ends, frames, kinds, counts, count, columns } = bars;
  const each = counts.subarray(0, count).every((one) => one === 1);
  return {
    t: differences(times, count, start),
    b: differences(begins, count, 0),
    l: Array.from({ length: count }, (_, i) => ends[i]! - begins[i]!),
    f: differences(frames, count, 0),
    k: Array.from(kinds.subarray(0, count)),
    ...(each ? {} : { c: Array.from(counts.subarray(0, count)) }),
    ...(columns === 0 ? {} : { columns }),
  };
}

function differences(values: Float64Array, count: number, from: number): number[] {
  const found = new Array<number>(count);
  let last = from;
  for (let i = 0; i < count; i++) {
    found[i] = Math.round(values[i]!) - Math.round(last);
    last = values[i]!;
  }
  return found;
}
