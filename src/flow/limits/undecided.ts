// Waits that ACKs, or the sender's own clock, ended while data was in flight: what the whole connection says of them, and what
// remains unknown.
import { BufferDrain } from './buffer-drain.ts';
import { FlightRounds } from './flight-rounds.ts';
import { CAUSE, CAUSES, type Cause, type Runs } from './runs.ts';
import { WriteClock } from './write-clock.ts';

/** In the place of a cause until `settle`. All that was written before was sent: the congestion window is not it. */
export const WRITTEN = CAUSES.length;
/** The same, and no ACK lets the sender go on. */
export const UNPROMPTED = CAUSES.length + 1;
/** An ACK lets it go on; nothing indicates that the congestion window was the limit. */
export const CLOCKED = CAUSES.length + 2;
/** As WRITTEN and UNPROMPTED, with no more in flight than any send buffer takes unless an application made it small. */
export const WRITTEN_LITTLE = CAUSES.length + 3;
export const UNPROMPTED_LITTLE = CAUSES.length + 4;

/** Bytes that a send buffer takes at least before it is asked to take less (tcp(7), tcp_wmem). */
const LITTLE = 16_384;
/** What is more than this many times that isn't one segment too many in a small one. */
const EXCESS = 2;
/** Memory that a segment takes beside its data. */
const OVERHEAD = 2304;
/** How many bytes are in flight at a remote sender is known within this factor. */
const BLUR = 4;
/** Weight of a new segment in the mean length. */
const SMOOTHING = 1 / 8;
/** A phase without much in flight: for this many round trips, and nanoseconds, at least. */
const PHASE = 8;
const LONG = 20e6;

/** A window less than this many times a bound of the bytes in flight is that bound. */
const BOUNDING = 1.5;
/** Below the initial window (RFC 6928) no congestion window is the limit; there an ACK that lets go is followed this soon. */
const INITIAL_WINDOW = 10;
const SOON = 0.25;
/** Waits after a write that no ACK ended, as a part of those that one did: as many where ACKs make room. */
const UNPROMPTED_PART = 0.35;
/** What is known of when ACKs reach a remote sender has to be better than this part of the time between them. */
const SHARP = 0.25;
/** Of all time: what is not worth a doubt. */
const NEGLIGIBLE = 0.05;
/** The same: for what candidates are not named. */
const NOT_SAID = 0.005;

/** How a direction was, once all of it is known. */
interface Settling {
  mss: number;
  /** The sender's own view is an estimate. */
  remote: boolean;
  /** How late answers of a remote sender come beyond the least time, in the mean. */
  jitter: number;
  /** Time since the last ACK at the end of waits, as a share of them. */
  delays: number;
}

export class Undecided {
  private readonly rounds: FlightRounds;
  private readonly drain = new BufferDrain();
  /** Of all writes, and of those behind which more was in flight than LITTLE. */
  private readonly allWrites = new WriteClock();
  private readonly largeWrites = new WriteClock();
  /** The most bytes in flight in two phases, and the mean length of segments. */
  private most = 0;
  private meanLength = 0;
  /** The most bytes in flight of this phase, and of the one before. */
  private peak = 0;
  private peakBefore = 0;
  private phaseEnd = 0;

  /** `every`: nanoseconds of a round trip. */
  constructor(every: number) {
    this.rounds = new FlightRounds(every);
  }

  /** A segment of `length` bytes went out, and `flight` are in flight with it. */
  send(time: number, length: number, flight: number, trip: number): void {
    this.meanLength += (length - this.meanLength) * (this.meanLength === 0 ? 1 : SMOOTHING);
    if (time > this.phaseEnd) {
      // Once is none: one segment too many, however long, goes into a full buffer.
      this.most = Math.max(this.most, Math.min(this.peak, this.peakBefore));
      this.peakBefore = this.peak;
      this.peak = 0;
      this.phaseEnd = time + Math.max(PHASE * trip, LONG);
    }
    if (flight > this.peak) this.peak = flight;
  }

  /**
   * All that was written is in flight. A send buffer that has taken more before, and takes little for a while, isn't full;
   * the kernel lets it grow, never shrink.
   */
  behindWrite(remote: boolean, undecided: typeof WRITTEN | typeof UNPROMPTED): number {
    const needed = this.memory(remote);
    if (needed < this.most) return CAUSE.application;
    if (needed >= LITTLE) return undecided;
    return undecided === WRITTEN ? WRITTEN_LITTLE : UNPROMPTED_LITTLE;
  }

  /** Memory of the send buffer that what is in flight takes, at most of late. */
  private memory(remote: boolean): number {
    const flight = Math.max(this.peak, this.peakBefore);
    const segments = Math.ceil(flight / Math.max(1, this.meanLength));
    return (flight + segments * OVERHEAD) * (remote ? BLUR : 1);
  }

  stop(time: number, flight: number, trip: number): void {
    this.drain.stop(time, flight, trip);
  }

  acknowledged(time: number, flight: number): void {
    this.allWrites.acknowledged(time);
    this.largeWrites.acknowledged(time);
    this.drain.acknowledged(time, flight);
  }

  /** An ACK, or the sender's clock, ended a wait since `begin`, in which `flight` bytes of a `window` were in flight. */
  add(begin: number, time: number, prompt: number, flight: number, window: number): void {
    this.rounds.add(begin, flight, time - begin, window);
    this.drain.end(begin, time, prompt);
  }

  /** A wait after a write has ended. */
  addWritten(wait: number, time: number, trip: number, remote: boolean): void {
    this.allWrites.write(time, Math.min(wait, trip));
    const needed = this.memory(remote);
    if (needed >= LITTLE && needed >= this.most) this.largeWrites.write(time, Math.min(wait, trip));
  }

  private get writes(): WriteClock {
    return this.most < LITTLE * EXCESS ? this.allWrites : this.largeWrites;
  }

  /** Gives each wait that has none its cause. */
  settle(runs: Runs, settling: Settling): void {
    const { totals } = runs;
    // Never full with that little, where it has taken more: at another time, or from the start.
    const little = this.most < LITTLE * EXCESS;
    runs.reassign(Number.NEGATIVE_INFINITY, WRITTEN_LITTLE, little ? WRITTEN : CAUSE.application);
    runs.reassign(Number.NEGATIVE_INFINITY, UNPROMPTED_LITTLE, little ? UNPROMPTED : CAUSE.application);
    const sharp = !settling.remote || settling.jitter < SHARP * this.writes.interval;
    if (this.writes.isOwn && sharp) {
      for (const one of [WRITTEN, UNPROMPTED])
        runs.reassign(Number.NEGATIVE_INFINITY, one, CAUSE.application);
    }
    this.applyBound(runs, settling);
    const all = totals.reduce((a, b) => a + b, 0);
    const rest = totals[WRITTEN] + totals[UNPROMPTED];
    // Few that no ACK ended are those that came late.
    if (totals[WRITTEN] === 0 || rest < NEGLIGIBLE * all)
      runs.reassign(Number.NEGATIVE_INFINITY, UNPROMPTED, CAUSE.application);
    if (totals[WRITTEN] + totals[UNPROMPTED] > NOT_SAID * all) runs.doubt('application', 'send-buffer');
    if (totals[CLOCKED] > NOT_SAID * all) runs.doubt('send-buffer', 'congestion-window');
    for (const one of [WRITTEN, UNPROMPTED, CLOCKED])
      runs.reassign(Number.NEGATIVE_INFINITY, one, CAUSE.unknown);
  }

  /** Bytes in flight that end at the same bound again and again are not congestion control's, nor are those that run out. */
  private applyBound(runs: Runs, { mss, remote, delays }: Settling): void {
    const { totals } = runs;
    const bound = this.rounds.bound(mss);
    const undecided = () => totals[CAUSE['congestion-window']] + totals[CLOCKED] + totals[WRITTEN];
    const give = (since: number, cause: Cause) => {
      for (const one of [CAUSE['congestion-window'], CLOCKED, WRITTEN])
        runs.reassign(since, one, CAUSE[cause]);
      if (cause !== 'application' && totals[UNPROMPTED] < UNPROMPTED_PART * totals[CAUSE[cause]])
        runs.reassign(since, UNPROMPTED, CAUSE[cause]);
    };
    const clocks = !this.writes.isByAcks;
    if (bound === undefined) {
      if (!remote && !clocks && this.drain.recurs(undecided())) give(this.drain.since, 'send-buffer');
      return;
    }
    if (bound.waited < totals[CAUSE.application]) return;
    if (bound.window < bound.bytes * BOUNDING) give(bound.since, 'receiver-window');
    else if (bound.bytes < mss * 2) give(bound.since, 'application');
    else if (bound.bytes < INITIAL_WINDOW * mss && delays > SOON) {
      for (const one of [CAUSE['congestion-window'], CLOCKED]) runs.reassign(bound.since, one, WRITTEN);
    } else if (!clocks) give(bound.since, 'send-buffer');
  }
}
