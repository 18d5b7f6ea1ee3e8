// Whether a sender runs out of data again and again until ACKs make room in its buffer.

/** Of the most that was in flight lately: below, a sender that has data sends (Linux defers for at most a third of it). */
const PART = 0.5;
/** Round trips that are lately, twice. */
const TRIPS = 4;
/** Waits that are needed, and their part of the time in which ACKs alone let the sender go on. */
const FEWEST = 6;
const SHARE = 0.15;

/** Times in nanoseconds. */
export class BufferDrain {
  /** When the first such wait began. */
  since = Number.NaN;
  private count = 0;
  private waited = 0;
  /** The most bytes in flight of the current period and of the one before. */
  private peak = 0;
  private peakBefore = 0;
  private periodEnd = 0;
  private drainedAt = Number.NaN;

  /** The sender stops with `flight` bytes in flight. */
  stop(time: number, flight: number, trip: number): void {
    if (time > this.periodEnd) {
      this.peakBefore = this.peak;
      this.peak = 0;
      this.periodEnd = time + TRIPS * trip;
    }
    if (flight > this.peak) this.peak = flight;
    this.drainedAt = Number.NaN;
  }

  /** ACKs have left `flight` bytes while it waits. */
  acknowledged(time: number, flight: number): void {
    if (Number.isNaN(this.drainedAt) && flight < Math.max(this.peak, this.peakBefore) * PART)
      this.drainedAt = time;
  }

  /**
   * A wait since `begin` ended by an ACK. Where most had been acknowledged for longer than `prompt` before, the sender had nothing
   * to send: neither the congestion window nor the receiver's was in its way.
   */
  end(begin: number, time: number, prompt: number): void {
    if (!(time - this.drainedAt > prompt)) return;
    if (this.count++ === 0) this.since = begin;
    this.waited += time - begin;
  }

  /** `clocked`: nanoseconds in which ACKs, or its own pace, let the sender go on. */
  recurs(clocked: number): boolean {
    return this.count >= FEWEST && this.waited >= SHARE * clocked;
  }
}
