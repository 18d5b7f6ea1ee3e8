// The times that requests took, by who asked whom.
import type { Exchanges } from '../flow/exchanges.ts';
import type { Pair } from '../flow/pairs.ts';

/** Of the answered requests of a pair. Nanoseconds. Percentiles are of the latest requests, by nearest rank. */
export interface RoundTrips {
  min: number;
  mean: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

/** What is still known of a pair: the slots of its requests in `exchanges`, oldest first. */
export function slotsByPair(exchanges: Exchanges): Map<number, number[]> {
  const slots = new Map<number, number[]>();
  for (let age = 0; age < exchanges.count; age++) {
    const slot = exchanges.slotAt(age);
    const pair = exchanges.pair[slot];
    const known = slots.get(pair);
    if (known === undefined) slots.set(pair, [slot]);
    else known.push(slot);
  }
  return slots;
}

/** The round trips of pairs, of which the latest are in these slots; undefined where none was answered. */
export function roundTrips(
  pairs: readonly Pair[],
  exchanges: Exchanges,
  slots: readonly number[],
): RoundTrips | undefined {
  let replies = 0;
  let sum = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = 0;
  for (const pair of pairs) {
    replies += pair.replies;
    sum += pair.rttSum;
    min = Math.min(min, pair.rttMin);
    max = Math.max(max, pair.rttMax);
  }
  if (replies === 0) return undefined;
  const times = Float64Array.from(
    slots.filter((slot) => exchanges.answerFrame[slot] !== 0),
    (slot) => exchanges.elapsed[slot],
  ).sort();
  const mean = sum / replies;
  const rank = (share: number) => times[Math.max(Math.ceil(share * times.length) - 1, 0)] ?? mean;
  return { min, mean, p50: rank(0.5), p95: rank(0.95), p99: rank(0.99), max };
}

/** The same in seconds, for programs. */
export function inSeconds(times: RoundTrips | undefined): RoundTrips | null {
  if (times === undefined) return null;
  const { min, mean, p50, p95, p99, max } = times;
  return {
    min: seconds(min),
    mean: seconds(mean),
    p50: seconds(p50),
    p95: seconds(p95),
    p99: seconds(p99),
    max: seconds(max),
  };
}

/** Nanoseconds as seconds, without the noise of binary fractions. */
export function seconds(nanoseconds: number): number {
  return Number((nanoseconds / 1e9).toFixed(9));
}
