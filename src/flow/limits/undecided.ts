// Waits that ACKs, or the sender's own clock, ended while data was in flight: what the whole connection says of them, and what
// remains unknown.
import { BufferDrain } from './buffer-drain.ts';
import { FlightRounds } from './flight-rounds.ts';
import { CAUSES, type Cause, type Runs } from './runs.ts';

const CAUSE = Object.fromEntries(CAUSES.map((name, index) => [name, index])) as Record<Cause, number>;

/** In the place of a cause until `settle`. All that was written before was sent: the congestion window is not it. */
export const WRITTEN = CAUSES.length;
/** The same, and no ACK lets the sender go on. */
export const UNPROMPTED = CAUSES.length + 1;
/** An ACK lets it go on; nothing indicates that the congestion window was the limit. */
export const CLOCKED = CAUSES.length + 2;

/** A window less than this many times a bound of the bytes in flight is that bound. */
const BOUNDING = 1.5;
/** Below the initial window (RFC 6928) no congestion window is the limit; there an ACK that lets go is followed this soon. */
const INITIAL_WINDOW = 10;
const SOON = 0.25;
/** Share of waits after a write that no ACK ended: from here on the application paces writes, below ACKs make room for them. */
const OWN_CLOCK = 0.75;
const NO_CLOCK = 0.35;
const PACING = 0.1;
/** Of all time: what is not worth a doubt. */
const NEGLIGIBLE = 0.05;
/** The same: for what candidates are not named. */
const NOT_SAID = 0.005;

/** How a direction was, once all of it is known. */
interface Settling {
  mss: number;
  /** The sender's own view is an estimate. */
  remote: boolean;
  /** Time since the last ACK at the end of waits, as a share of them. */
  delays: number;
}

export class Undecided {
  private readonly rounds: FlightRounds;
  private readonly drain = new BufferDrain();
  /** Waits after a write that an ACK ended, and others, each counted as at most a round trip. */
  private prompted = 0;
  private own = 0;
  /** Time between segments of one write that no ACK let go: the sender spaces them out. */
  private paced = 0;

  /** `every`: nanoseconds of a round trip. */
  constructor(every: number) {
    this.rounds = new FlightRounds(every);
  }

  stop(time: number, flight: number, trip: number): void {
    this.drain.stop(time, flight, trip);
  }

  acknowledged(time: number, flight: number): void {
    this.drain.acknowledged(time, flight);
  }

  /** An ACK, or the sender's clock, ended a wait since `begin`, in which `flight` bytes of a `window` were in flight. */
  add(begin: number, time: number, prompt: number, flight: number, window: number): void {
    this.rounds.add(begin, flight, time - begin, window);
    this.drain.end(begin, time, prompt);
  }

  /** A wait after a write has ended. */
  addWritten(wait: number, trip: number, prompted: boolean): void {
    if (prompted) this.prompted += Math.min(wait, trip);
    else this.own += Math.min(wait, trip);
  }

  addPaced(wait: number): void {
    this.paced += wait;
  }

  /** How far writes have a clock of their own: 0 where an ACK lets each go on. */
  private get clock(): number {
    return this.own === 0 ? 0 : this.own / (this.own + this.prompted);
  }

  /** Gives each wait that has none its cause. */
  settle(runs: Runs, settling: Settling): void {
    const { totals } = runs;
    // The next write of a sender that spaces out what it has may have waited for that, or for room in its buffer.
    const paces = this.paced > PACING * (this.own + this.prompted);
    if (this.clock >= OWN_CLOCK && !paces) {
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
      if (cause !== 'application' && totals[UNPROMPTED] < NO_CLOCK * totals[CAUSE[cause]])
        runs.reassign(since, UNPROMPTED, CAUSE[cause]);
    };
    const clocks = this.clock > NO_CLOCK;
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
