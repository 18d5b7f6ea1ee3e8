// Series as arrays of small whole numbers: differences, which JSON writes in few characters.
import type { SocketSample } from '../base/socket-sample.ts';
import { kernelLimits } from '../flow/limits/kernel.ts';
import { CAUSES, type Runs } from '../flow/limits/runs.ts';
import type { SenderLimits } from '../flow/limits/sender.ts';
import type { Bars } from '../flow/series/bars.ts';
import type { DirectionSeries } from '../flow/series/connection-series.ts';
import { Line } from '../flow/series/line.ts';
import { seconds } from '../report/round-trips.ts';
import type { BarData, DirectionData, LimitsData, LineData } from './document.ts';

/** Nanoseconds that a sample may lie outside of a connection's packets: of a socket with these ports before or after. */
const SLACK = 1e9;

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
    limits: limitsData(limits.runs, start, true),
  };
}

/** What the sender's kernel said between `from` and `to`; nothing without samples. `base`: seconds since 1970 of time 0. */
export function kernelData(
  all: readonly SocketSample[],
  base: number,
  from: number,
  to: number,
  estimate: Runs,
): Pick<DirectionData, 'kernel'> {
  const samples = all.filter(({ time }) => {
    const at = (time - base) * 1e9;
    return at >= from - SLACK && at <= to + SLACK;
  });
  const last = samples.at(-1);
  if (last === undefined) return {};
  const axis = { start: from, span: to - from };
  const cwnd = new Line(axis, Math.max(4, samples.length));
  const srtt = new Line(axis, Math.max(4, samples.length));
  for (const { time, numbers } of samples) {
    const at = (time - base) * 1e9;
    cwnd.add(at, (numbers.cwnd ?? 0) * (numbers.mss ?? 0));
    srtt.add(at, (numbers.rtt ?? 0) * 1000);
  }
  const runs = kernelLimits(samples, { begin: from, base }, estimate);
  return {
    kernel: {
      cwnd: lineData(cwnd, from),
      srtt: lineData(srtt, from),
      limits: runs === undefined ? null : limitsData(runs, from, false),
      last: last.numbers,
    },
  };
}

function limitsData(runs: Runs, start: number, estimate: boolean): LimitsData {
  const { totals, waits, longest, begins, ends, causes, count } = runs;
  const sum = totals.reduce((a, b) => a + b, 0);
  return {
    estimate,
    causes: CAUSES.flatMap((cause, i) => {
      if (totals[i] === 0) return [];
      const proof = longest[i];
      return [
        {
          cause,
          seconds: seconds(totals[i]),
          share: Number((totals[i] / sum).toFixed(4)),
          waits: waits[i],
          longest:
            proof === undefined || proof.fromFrame === 0
              ? null
              : {
                  seconds: seconds(proof.nanoseconds),
                  fromFrame: proof.fromFrame,
                  untilFrame: proof.untilFrame,
                },
        },
      ];
    }),
    candidates: CAUSES.filter((cause) => runs.candidates.has(cause)),
    runs: {
      b: differences(begins, count, start),
      l: Array.from({ length: count }, (_, i) => Math.round(ends[i] - begins[i])),
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
    l: Array.from({ length: count }, (_, i) => ends[i] - begins[i]),
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
    found[i] = Math.round(values[i]) - Math.round(last);
    last = values[i];
  }
  return found;
}
