// A trace as one JSON document, of which schema/trace.schema.json tells the shape.
import type { Hop } from '../../trace/hops.ts';
import type { Trace } from '../../trace/trace.ts';
import type { AssertionOutcome } from '../assertions.ts';
import type { CounterReport } from './counters.ts';
import { type FlowReport, worstFlows } from './flows.ts';
import type { LostPacket, TraceLedger } from './ledger.ts';

/** Times in seconds, sizes in bytes. What is not known is null. */
export interface DelayReport {
  min: number;
  mean: number;
  p50: number;
  p99: number;
  max: number;
  /** Packets by delay: in each the upper bound of a bucket, a power of two of nanoseconds. */
  histogram: { below: number; packets: number }[];
}

/** One direction of a hop. */
export interface HopReport {
  from: string;
  to: string;
  /** Packets that were due: those lost and unknown among them. */
  packets: number;
  bytes: number;
  lost: number;
  unknown: number;
  reordered: number;
  duplicated: number;
  split: number;
  merged: number;
  changed: number;
  ambiguous: number;
  delay: DelayReport | null;
  /** Seconds that delays may be wrong by, because the clocks of the two points differ; 0 within one clock, null: not known. */
  delayError: number | null;
}

/** What was captured at a point. */
export interface PointReport {
  point: string;
  records: number;
  /** Packets that the capture itself dropped, as far as it is known. */
  captureDropped: number;
}

/** The clocks of the points. */
export interface ClockReport {
  /** `one`: no packet contradicts that it is one; `given` with --offset; else `estimated`. */
  how: 'one' | 'given' | 'estimated';
  /**
   * Where they differ: how much each is ahead of the first, in seconds, and within which error; both null where it is not
   * known. `skew`: seconds that it gains in each.
   */
  offsets: { point: string; offset: number | null; error: number | null; skew: number }[];
}

/** The document that `nscap trace --json` prints. */
export interface TraceReport {
  points: string[];
  captures: PointReport[];
  /** Seconds that a packet is waited for. */
  window: number;
  packets: number;
  complete: number;
  unknown: number;
  duplicates: number;
  ambiguous: number;
  hops: HopReport[];
  /** From the first to the last point, of packets that came there. */
  delay: DelayReport | null;
  clock: ClockReport;
  /** The worst first. */
  flows: FlowReport[];
  lost: LostPacket[];
  /** Lost packets that are counted, but not listed. */
  lostNotListed: number;
  /** Live, where packets were lost: what grew meanwhile. */
  counters: CounterReport[];
  notes: string[];
  assertions: AssertionOutcome[];
}

function hopReport(trace: Trace, hop: Hop, error: number): HopReport {
  const { from, to, min, max, sum, delays, ...counts } = hop;
  return {
    from: trace.points[from].name,
    to: trace.points[to].name,
    ...counts,
    delay: delays.count === 0 ? null : delayReport(hop),
    delayError: Number.isFinite(error) ? error / 1e9 : null,
  };
}

/** Delays of a hop, or of whole ways. */
function delayReport({ min, max, sum, delays }: Pick<Hop, 'min' | 'max' | 'sum' | 'delays'>): DelayReport {
  const [p50, p99] = delays.percentiles([0.5, 0.99]);
  return {
    min: min / 1e9,
    mean: sum / delays.count / 1e9,
    p50: within(p50, min, max) / 1e9,
    p99: within(p99, min, max) / 1e9,
    max: max / 1e9,
    histogram: octaves(delays).map(({ below, packets }) => ({ below: below / 1e9, packets })),
  };
}

/** A bucket's middle may lie beyond what was seen. */
export function within(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}

/** Packets by power of two of their delay, from the first that has any to the last. */
export function octaves(delays: Hop['delays']): { below: number; packets: number }[] {
  const counts: number[] = [];
  delays.each((nanoseconds, count) => {
    const octave = Math.max(Math.floor(Math.log2(nanoseconds)), 0);
    counts[octave] = (counts[octave] ?? 0) + count;
  });
  const first = counts.findIndex((count) => count > 0);
  return Array.from(counts.slice(Math.max(first, 0)), (count, k) => ({
    below: 2 ** (first + k + 1),
    packets: count ?? 0,
  }));
}

/** Flows listed. */
const LISTED = 20;

export function traceReport(
  trace: Trace,
  ledger: TraceLedger,
  clock: ClockReport,
  error: (from: number, to: number) => number,
  notes: readonly string[],
  counters: readonly CounterReport[],
  assertions: readonly AssertionOutcome[],
): TraceReport {
  return {
    points: trace.points.map(({ name }) => name),
    captures: trace.points.map(({ name }, point) => ({
      point: name,
      records: trace.records[point],
      captureDropped: trace.captureDropped(point),
    })),
    window: trace.window / 1e9,
    packets: trace.packets,
    complete: trace.complete,
    unknown: trace.unknown,
    duplicates: trace.duplicates,
    ambiguous: trace.ambiguous,
    hops: trace.hops.all().map((hop) => hopReport(trace, hop, error(hop.from, hop.to))),
    delay: ledger.delays.count === 0 ? null : delayReport(ledger),
    clock,
    flows: worstFlows(trace, LISTED),
    lost: ledger.lost,
    lostNotListed: ledger.lostNotListed,
    counters: [...counters],
    notes: [...notes],
    assertions: [...assertions],
  };
}
