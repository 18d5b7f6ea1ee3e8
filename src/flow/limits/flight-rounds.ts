// The bytes in flight of each round trip: whether they end at the same bound again and again.

/** Rounds kept; where there are more, two neighbours become one. */
const ROUNDS = 2048;
/** A round ends at the bound where no more than this part, or half a segment, is missing. */
const TOLERANCE = 0.01;
/** Rounds that may be above it: what is in flight is known less well where the capture point is not the sender's. */
const ABOVE = 0.1;
/** A bound is what this many rounds end at, and this part of them. */
const FEWEST = 6;
const SHARE = 0.25;

/** Bytes in flight that are not exceeded. */
interface Bound {
  /** Nanoseconds: when they were first reached, and how long ACKs alone let the sender go on since. */
  since: number;
  waited: number;
  /** The receiver's window when they were reached. */
  window: number;
  bytes: number;
}

/**
 * A buffer or a window of a fixed size lets the bytes in flight grow to exactly that, each time. Congestion control does not:
 * Reno and CUBIC add segments while nothing is lost (RFC 5681, 3.1; RFC 9438, 4.2), BBR probes for more in every eighth round.
 */
export class FlightRounds {
  private readonly most = new Float64Array(ROUNDS);
  private readonly waited = new Float64Array(ROUNDS);
  private readonly begins = new Float64Array(ROUNDS);
  private count = 0;
  private every: number;
  private highest = 0;
  private window = Number.NaN;

  /** `every`: nanoseconds of a round trip. */
  constructor(every: number) {
    this.every = every;
  }

  /** From `begin` on `flight` bytes were in flight, until an ACK let the sender go on after `waited`. */
  add(begin: number, flight: number, waited: number, window: number): void {
    if (flight >= this.highest) {
      this.highest = flight;
      this.window = window;
    }
    if (this.count === 0 || begin >= this.begins[this.count - 1] + this.every) {
      if (this.count === ROUNDS) this.halve();
      this.begins[this.count] = begin;
      this.most[this.count] = flight;
      this.waited[this.count++] = waited;
      return;
    }
    const last = this.count - 1;
    this.waited[last] += waited;
    if (flight > this.most[last]) this.most[last] = flight;
  }

  private halve(): void {
    const { most, waited, begins } = this;
    for (let i = 0; i < ROUNDS >> 1; i++) {
      most[i] = Math.max(most[2 * i], most[2 * i + 1]);
      waited[i] = waited[2 * i] + waited[2 * i + 1];
      begins[i] = begins[2 * i];
    }
    this.count = ROUNDS >> 1;
    this.every *= 2;
  }

  /** `segment`: bytes of a full one. */
  bound(segment: number): Bound | undefined {
    const { most, waited, begins, count } = this;
    if (count < FEWEST) return undefined;
    const bytes = most.slice(0, count).sort()[Math.ceil(count * (1 - ABOVE)) - 1];
    const least = bytes - Math.max(bytes * TOLERANCE, segment / 2);
    let first = -1;
    let atBound = 0;
    let time = 0;
    for (let i = 0; i < count; i++) {
      if (first < 0 && most[i] >= least) first = i;
      if (Math.abs(most[i] - bytes) <= bytes - least) atBound++;
      if (first >= 0) time += waited[i];
    }
    if (atBound < FEWEST || atBound < SHARE * (count - first)) return undefined;
    return { since: begins[first], waited: time, window: this.window, bytes };
  }
}
