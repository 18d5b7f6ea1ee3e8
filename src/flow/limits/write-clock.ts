// Whether what an application writes comes when ACKs make room for it, or at times of its own.

/** ACKs are counted by the time since the one before in steps of this factor; the first ends at LEAST nanoseconds. */
const FACTOR = 2 ** 0.5;
const LEAST = 1000;
const STEPS = 64;
/** Fewer writes tell nothing. */
const FEWEST = 8;
/** The mean, 1/2, less what chance makes of it. */
const INDEPENDENT = 0.38;
/** The part of the time between ACKs that is soon after one, so of independent writes as many. */
const SOON = 0.1;
/** More are soon after an ACK because of it, at least at times. */
const FEW = 0.2;
/** A writer that an ACK wakes is late now and then on a busy machine. */
const LATE = 0.2;
const MOST = 0.6;

/**
 * An application does not see ACKs. If its writes are independent of them, then the time since the last ACK, as a part of all
 * times that there are between ACKs, is as often large as small: 1/2 in the mean. It is near 0 where each write waits for room in the
 * send buffer, which an ACK makes. Times in nanoseconds.
 */
export class WriteClock {
  /** Intervals between ACKs by their length: how many, and their sum. */
  private readonly counts = new Float64Array(STEPS);
  private readonly sums = new Float64Array(STEPS);
  private lastAck = Number.NaN;
  private positions = 0;
  private weights = 0;
  /** Of the weights those of writes soon after an ACK. */
  private soon = 0;
  private writes = 0;

  acknowledged(time: number): void {
    const interval = time - this.lastAck;
    this.lastAck = time;
    if (!(interval > 0)) return;
    const step = Math.ceil(Math.log(interval / LEAST) / Math.log(FACTOR));
    const index = Math.max(0, Math.min(STEPS - 1, step));
    this.counts[index]!++;
    this.sums[index] += interval;
  }

  /** A write ended a wait at `time`, which counts for `weight`. */
  write(time: number, weight: number): void {
    const age = time - this.lastAck;
    if (!(age >= 0)) return;
    const position = this.position(age);
    if (Number.isNaN(position)) return;
    this.writes++;
    this.weights += weight;
    this.positions += position * weight;
    if (position < SOON) this.soon += weight;
  }

  /** Mean interval between ACKs. */
  get interval(): number {
    let sum = 0;
    let count = 0;
    for (let i = 0; i < STEPS; i++) {
      sum += this.sums[i];
      count += this.counts[i];
    }
    return sum / count;
  }

  /** They are as if independent, also in how few come soon after an ACK; or next to none does. */
  get isOwn(): boolean {
    const { mean, weights, soon } = this;
    return this.isKnown && soon <= weights * (mean >= INDEPENDENT ? FEW : SOON);
  }

  /** All but a few come soon after an ACK; also where no write is known. */
  get isByAcks(): boolean {
    return !this.isKnown || (this.mean <= LATE && this.soon >= MOST * this.weights);
  }

  private get isKnown(): boolean {
    return this.writes >= FEWEST;
  }

  private get mean(): number {
    return this.positions / this.weights;
  }

  /** The part of all time between ACKs that lies no more than `age` after one. */
  private position(age: number): number {
    let within = 0;
    let all = 0;
    for (let i = 0; i < STEPS; i++) {
      const sum = this.sums[i];
      all += sum;
      within += Math.min(sum, this.counts[i] * age);
    }
    return within / all;
  }
}
