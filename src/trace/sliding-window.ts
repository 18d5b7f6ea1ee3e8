// The most recent sightings: those older than the window are resolved, and released.
import type { Resolver } from './resolver.ts';
import { following, REPEATED, RESOLVED, type Sightings } from './sightings.ts';

/** Groups of equal packets from this size on are resolved half a window at a time, not packet by packet. */
const LARGE_GROUP = 64;

export class SlidingWindow {
  /** Packets resolved before their window was over, because there were more than are kept. */
  early = 0;
  private readonly sightings: Sightings;
  private readonly resolver: Resolver;
  /** Nanoseconds that a packet is waited for. */
  private readonly length: number;
  private now = Number.NEGATIVE_INFINITY;
  /** The next sighting that the end of the window comes to. */
  private cursor = 0;

  constructor(sightings: Sightings, resolver: Resolver, length: number) {
    this.sightings = sightings;
    this.resolver = resolver;
    this.length = length;
  }

  /** A record of this time comes next. */
  meet(time: number): void {
    const { sightings } = this;
    if (time <= this.now) return;
    this.now = time;
    const due = this.cursor & sightings.mask;
    if (this.cursor !== sightings.end && sightings.time[due] <= time - this.length)
      this.settle(time - this.length);
  }

  /** No record before this time comes any more. Returns the latest time that is known. */
  advance(time: number): number {
    if (time > this.now) this.now = time;
    this.settle(this.now - this.length);
    return this.now;
  }

  /** All is resolved now; later records have times from this one on. */
  restart(time: number): void {
    this.resolveAll();
    this.now = time;
  }

  /** Resolves all, whatever it waits for. */
  resolveAll(): void {
    const { sightings } = this;
    this.settle(Number.POSITIVE_INFINITY);
    for (let at = sightings.oldest; at !== sightings.end; at = following(at)) {
      const i = at & sightings.mask;
      if ((sightings.state[i] & RESOLVED) === 0)
        this.resolver.resolve(sightings.head[i], Number.POSITIVE_INFINITY, true);
    }
    this.release();
  }

  /** Resolves what is older than a time. */
  settle(horizon: number): void {
    const { sightings } = this;
    const half = this.length / 2;
    while (this.cursor !== sightings.end) {
      const i = this.cursor & sightings.mask;
      if (sightings.time[i] > horizon) break;
      if ((sightings.state[i] & RESOLVED) === 0) {
        const head = sightings.head[i] & sightings.mask;
        const isLarge = sightings.count[head] > LARGE_GROUP && (sightings.state[head] & REPEATED) !== 0;
        if (isLarge && sightings.time[i] > horizon - half) break;
        this.resolver.resolve(sightings.head[i], horizon);
      }
      this.cursor = following(this.cursor);
    }
    this.release();
  }

  /** Releases the oldest that are resolved. */
  release(): void {
    const { sightings } = this;
    let { oldest } = sightings;
    while (oldest !== this.cursor && (sightings.state[oldest & sightings.mask] & RESOLVED) !== 0)
      oldest = following(oldest);
    sightings.release(oldest);
  }

  /** Makes room for `count` more sightings, unless the oldest cannot be resolved yet: then there are some more for a while. */
  ensureRoom(count: number): void {
    const { sightings } = this;
    if (!sightings.isFull(count)) return;
    this.release();
    if (sightings.isFull(count)) this.makeRoom();
  }

  /** The oldest are resolved before their time. */
  private makeRoom(): void {
    const { sightings } = this;
    const until = (sightings.oldest + (sightings.size >> 3)) & 0x7fffffff;
    const horizon = sightings.time[(until - 1) & sightings.mask];
    for (let at = sightings.oldest; at !== until; at = following(at)) {
      const i = at & sightings.mask;
      if ((sightings.state[i] & RESOLVED) === 0) {
        this.early++;
        this.resolver.resolve(sightings.head[i], horizon, true);
      }
      if (at === this.cursor) this.cursor = following(at);
    }
    this.release();
  }
}
