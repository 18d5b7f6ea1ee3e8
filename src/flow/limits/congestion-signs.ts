// Signs that the congestion window, and not what the sender has to send, bounds the bytes in flight.

/** Beyond the least round-trip time: a queue on the path. */
const QUEUE = 1.5;
const QUEUE_LEAST = 2e6;
/** Beyond the most so far: growth, as of slow start and of congestion avoidance. */
const GROWTH = 1.1;
/** For this many round trips after a sign. BBR probes once in eight. */
const TRIPS = 10;

/**
 * A limiting congestion window grows with each round trip (RFC 5681, 3.1; RFC 9438, 4.2) until packets queue or are
 * lost; BBR probes until they queue. Where neither is seen for long, something else may bound what is in flight. Times in nanoseconds.
 */
export class CongestionSigns {
  private most = 0;
  private grown = 0;
  private until = Number.NEGATIVE_INFINITY;

  /** The sender stops with `flight` bytes in flight. `trip`: a round trip now, and `least` at least. */
  update(time: number, flight: number, trip: number, least: number): void {
    if (flight > this.most * GROWTH) {
      this.most = flight;
      const since = time - this.grown;
      this.until = time + Math.max(2 * trip, Math.min(TRIPS * trip, 2 * since));
      this.grown = time;
    }
    if (trip > least * QUEUE + QUEUE_LEAST) this.until = time + TRIPS * trip;
  }

  shown(time: number): boolean {
    return time <= this.until;
  }
}
