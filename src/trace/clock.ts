// Clocks of several hosts: by how much they differ, estimated from packets in both directions.
import type { Batch } from '../base/batch.ts';
import { Flows } from './flows.ts';
import { Identity } from './identity.ts';
import { ECHO, TCP_CONTROL, TCP_DATA, UDP } from './identity-fields.ts';

/** Packets sampled at most; a power of two. */
const SLOTS = 1 << 15;
/** Pieces of the whole time, from the offsets of which the skew is computed. */
const PIECES = 8;
/** Nanoseconds by which times of one clock may be in the wrong order: captures with microseconds are rounded. */
const ROUNDING = 2000;
/** Probes for a free slot. */
const PROBES = 8;

/** A point's clock relative to that of the first point. Nanoseconds. */
export interface ClockEstimate {
  /** How much it is ahead, at time `at` of the first point (seconds since 1970). */
  offset: number;
  /** The error of the offset; infinite if packets went in one direction only. */
  error: number;
  /** Nanoseconds that it gains in each; 0 where that is less than the error. */
  skew: number;
  at: number;
}

/** Between two points: the least time of those that went from one to the other, and the most (below 0) of those back. */
interface Bounds {
  forward: number;
  backward: number;
}

/** Samples packets by a hash of what identifies them, so that all points take the same ones. */
export class ClockEstimator {
  private readonly points: number;
  private readonly packet = new Identity();
  private readonly flows: Flows;
  private readonly keys = new Int32Array(SLOTS);
  private readonly flow = new Int32Array(SLOTS);
  /** By slot and point: nanoseconds since `base`; NaN where it was not seen, infinite where twice. */
  private readonly times: Float64Array;
  private base: number | undefined;
  private first = Number.POSITIVE_INFINITY;
  private last = Number.NEGATIVE_INFINITY;
  /** Only hashes with these bits 0 are taken: more of them as more packets come. */
  private mask = 0;
  private used = 0;

  constructor(points: number) {
    this.points = points;
    this.flows = new Flows(points);
    this.times = new Float64Array(SLOTS * points).fill(Number.NaN);
  }

  /** Takes a record. */
  add(point: number, batch: Batch, index: number): void {
    this.packet.place(batch, index);
    this.sample(point, this.packet, batch, index);
  }

  /** Takes a record that `packet` has read. */
  sample(point: number, packet: Identity, batch: Batch, index: number): void {
    const { kind, keyA } = packet;
    if (kind !== TCP_DATA && kind !== TCP_CONTROL && kind !== UDP && kind !== ECHO) return;
    if ((keyA & this.mask) !== 0) return;
    this.base ??= batch.seconds[index];
    const time = (batch.seconds[index] - this.base) * 1e9 + batch.nanoseconds[index];
    const slot = this.slotOf(packet);
    if (slot < 0) return;
    const at = slot * this.points + point;
    // Equal packets cannot be distinguished.
    this.times[at] = Number.isNaN(this.times[at]) ? time : Number.POSITIVE_INFINITY;
    if (point === 0) {
      if (time < this.first) this.first = time;
      if (time > this.last) this.last = time;
    }
  }

  /** The slot of a key, made where there is none; -1 where there is no room. */
  private slotOf({ keyA: key, flowKey, time }: Identity): number {
    const shown = key === 0 ? 1 : key;
    for (let probe = 0; probe < PROBES; probe++) {
      const slot = ((key >>> 12) + probe) & (SLOTS - 1);
      if (this.keys[slot] === shown) return slot;
      if (this.keys[slot] !== 0) continue;
      this.keys[slot] = shown;
      this.flow[slot] = this.flows.find(flowKey, 0, time);
      if (++this.used > SLOTS / 2) this.thin();
      return slot;
    }
    return -1;
  }

  /** Samples half as many from now on. Existing samples stay: they cover the beginning. */
  private thin(): void {
    this.mask = (this.mask << 1) | 1;
    let kept = 0;
    for (let slot = 0; slot < SLOTS; slot++) {
      if (this.keys[slot] === 0) continue;
      if ((this.keys[slot] & this.mask) === 0) kept++;
      else {
        this.keys[slot] = 0;
        this.times.fill(Number.NaN, slot * this.points, (slot + 1) * this.points);
      }
    }
    this.used = kept;
  }

  /**
   * By how much each point's clock is ahead of the first one's; undefined for points without samples. Points
   * that may have one clock are given 0 and no error, unless `differ`.
   */
  estimates(differ: boolean): (ClockEstimate | undefined)[] {
    const found: (ClockEstimate | undefined)[] = new Array(this.points).fill(undefined);
    found[0] = { offset: 0, error: 0, skew: 0, at: this.base ?? 0 };
    // From the points that are known to their neighbours, the most certain first.
    for (let round = 1; round < this.points; round++) {
      let best: { point: number; estimate: ClockEstimate } | undefined;
      for (let from = 0; from < this.points; from++) {
        const known = found[from];
        if (known === undefined) continue;
        for (let to = 0; to < this.points; to++) {
          if (found[to] !== undefined) continue;
          const between = this.between(from, to, differ);
          if (between === undefined) continue;
          const estimate = {
            offset: known.offset + between.offset,
            error: known.error + between.error,
            skew: known.skew + between.skew,
            at: between.at,
          };
          if (best === undefined || estimate.error < best.estimate.error) best = { point: to, estimate };
        }
      }
      if (best === undefined) break;
      found[best.point] = best.estimate;
    }
    return found;
  }

  private between(from: number, to: number, differ: boolean): ClockEstimate | undefined {
    const { forward, backward } = this.bounds(from, to, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    const at = this.base ?? 0;
    if (forward === Number.POSITIVE_INFINITY && backward === Number.NEGATIVE_INFINITY) return undefined;
    if (!differ && backward <= ROUNDING && forward >= -ROUNDING) return { offset: 0, error: 0, skew: 0, at };
    if (forward === Number.POSITIVE_INFINITY || backward === Number.NEGATIVE_INFINITY) {
      const offset = forward === Number.POSITIVE_INFINITY ? backward : forward;
      return { offset, error: Number.POSITIVE_INFINITY, skew: 0, at };
    }
    return this.fit(from, to, { forward, backward });
  }

  /** Offset and skew from the offsets of each piece of the time. */
  private fit(from: number, to: number, whole: Bounds): ClockEstimate {
    const at = this.base ?? 0;
    const length = (this.last - this.first) / PIECES;
    let [n, sumX, sumY, sumXX, sumXY, error] = [0, 0, 0, 0, 0, 0];
    for (let piece = 0; piece < PIECES && length > 0; piece++) {
      const start = this.first + piece * length;
      const { forward, backward } = this.bounds(from, to, start, start + length);
      if (!Number.isFinite(forward) || !Number.isFinite(backward)) continue;
      const [x, y] = [start + length / 2, (forward + backward) / 2];
      n++;
      sumX += x;
      sumY += y;
      sumXX += x * x;
      sumXY += x * y;
      error = Math.max(error, Math.abs(forward - backward) / 2);
    }
    const spread = n * sumXX - sumX * sumX;
    const skew = n < 3 || spread <= 0 ? 0 : (n * sumXY - sumX * sumY) / spread;
    // A skew that is less than the error may be none.
    if (skew !== 0 && Math.abs(skew) * length * (PIECES - 1) > 2 * error)
      return { offset: (sumY - skew * sumX) / n, error, skew, at };
    const { forward, backward } = whole;
    return { offset: (forward + backward) / 2, error: Math.abs(forward - backward) / 2, skew: 0, at };
  }

  /** Over packets that `from` saw between two times. */
  private bounds(from: number, to: number, start: number, end: number): Bounds {
    // Of each flow, the direction whose packets take less time (by these clocks) is the one back.
    const least = new Map<number, number>();
    const most = new Map<number, number>();
    for (let slot = 0; slot < SLOTS; slot++) {
      if (this.keys[slot] === 0) continue;
      const time = this.times[slot * this.points + from];
      const apart = this.times[slot * this.points + to] - time;
      if (!Number.isFinite(apart) || time < start || time >= end) continue;
      const flow = this.flow[slot];
      least.set(flow, Math.min(least.get(flow) ?? Number.POSITIVE_INFINITY, apart));
      most.set(flow, Math.max(most.get(flow) ?? Number.NEGATIVE_INFINITY, apart));
    }
    let forward = Number.POSITIVE_INFINITY;
    let backward = Number.NEGATIVE_INFINITY;
    for (const [flow, value] of least) {
      const other = least.get(flow ^ 1);
      if (other === undefined || value <= other) continue;
      forward = Math.min(forward, value);
      backward = Math.max(backward, most.get(flow ^ 1)!);
    }
    return { forward, backward };
  }
}
