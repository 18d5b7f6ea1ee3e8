// How long after a loss the congestion window remains the one that the loss left.

/** What counts as growth of the bytes in flight beyond the loss, and within half of the time in which they are observed. */
const GROWTH = 1.1;
const STEADY_GROWTH = 1.05;
/** For this many round trips after a loss the congestion window is the loss's, and longer while it still grows. */
const TRIPS = 10;
const LEAST = 100e6;
/** Between two losses, what is no longer growth from what the first left. */
const DOUBLED = 2;

/** Times in nanoseconds. */
export class LossMemory {
  /** Bytes in flight when a loss was seen, 0 for none: until they are reached again the congestion window is the loss's. */
  private flightAtLoss = 0;
  private flightBefore = 0;
  private before: { time: number; flight: number } | undefined;
  private latest: { time: number; flight: number } | undefined;
  private last = Number.NEGATIVE_INFINITY;
  /** The most bytes in flight of the latest half of the time after a loss, of the half before, and when that ends. */
  private grown = 0;
  private grownBefore = 0;
  private grownUntil = Number.NEGATIVE_INFINITY;

  get active(): boolean {
    return this.flightAtLoss > 0;
  }

  /** A loss while `flight` bytes are in flight. */
  lose(time: number, flight: number): void {
    if (flight > 0) {
      this.flightBefore = this.flightAtLoss;
      this.before = this.latest;
      this.latest = { time, flight };
    }
    this.flightAtLoss = Math.max(this.flightAtLoss, flight);
    this.last = time;
  }

  /** From the loss before the last one, to that: nothing where the bytes in flight have doubled between. */
  link(): { since: number; until: number } {
    const { before, latest } = this;
    const grown = before === undefined || latest === undefined || latest.flight > before.flight * DOUBLED;
    return grown ? { since: 0, until: 0 } : { since: before.time, until: latest.time };
  }

  /** Nothing was lost the last time. */
  forget(): void {
    this.flightAtLoss = this.flightBefore;
    this.latest = this.before;
  }

  /** `flight` bytes are in flight; a round trip takes `trip`. It is over when they have grown beyond, or, as BBR's, stay. */
  update(time: number, flight: number, trip: number): void {
    if (!this.active) return;
    const half = Math.max(LEAST, TRIPS * trip) / 2;
    this.grown = Math.max(this.grown, flight);
    if (time - this.last < half) {
      this.grown = 0;
      this.grownBefore = 0;
      this.grownUntil = this.last + half;
    } else if (flight > this.flightAtLoss * GROWTH) this.flightAtLoss = 0;
    else if (time > this.grownUntil) {
      if (this.grownBefore > 0 && this.grown < this.grownBefore * STEADY_GROWTH) this.flightAtLoss = 0;
      this.grownBefore = this.grown;
      this.grown = 0;
      this.grownUntil = time + half;
    }
  }
}
