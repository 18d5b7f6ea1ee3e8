// For how long after the receiver's window was full it is what a sender's pace comes from.

/** BBR probes for more once in eight round trips, and then meets the window again; its estimate is the highest of ten. */
const TRIPS = 10;
/** What fills a window again and again does so at about this many times the interval between the latest two. */
const INTERVALS = 1.5;
const LONGEST = 1e9;
/** More than this in flight, against what was when the window was full, and another thing lets it grow. */
const GROWTH = 1.1;

/** Times in nanoseconds. */
export class WindowMemory {
  /** When the window was last what kept the sender from sending. */
  last = Number.NEGATIVE_INFINITY;
  private flight = 0;
  private interval = 0;

  /** At `time` a wait for the window ended, in which `flight` bytes were in flight. */
  full(time: number, flight: number, trip: number): void {
    const since = time - this.last;
    if (since > trip * 2 && since < LONGEST) this.interval = since;
    this.last = time;
    this.flight = flight;
  }

  /**
   * Whether a sender that stopped at `time` with `flight` bytes in flight is still held by it: without a loss since, no congestion
   * window is less than what was in flight when the window was full, and a rate that was measured (BBR) is the receiver's.
   */
  holds(time: number, flight: number, trip: number): boolean {
    const since = time - this.last;
    if (since <= trip * 2) return true;
    return (
      flight <= this.flight * GROWTH &&
      since <= Math.max(TRIPS * trip, Math.min(LONGEST, this.interval * INTERVALS))
    );
  }
}
