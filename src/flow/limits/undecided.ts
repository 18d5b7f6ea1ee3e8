// Waits that ACKs, or the sender's own clock, ended while data was in flight: what the whole connection says of them, and what
// remains unknown.
import { BufferDrain } from './buffer-drain.ts';
import { FlightRounds } from './flight-rounds.ts';
import { CAUSES, type Cause, type Runs } from './runs.ts';
import { WriteClock } from './write-clock.ts';

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
  private readonly writes = new WriteClock();

  /** `every`: nanoseconds of a round trip. */
  constructor(every: number) {
    this.rounds = new FlightRounds(every);
  }

  stop(time: number, flight: number, trip: number): void {
    this.drain.stop(time, flight, trip);
  }

  acknowledged(time: number, flight: number): void {
    this.writes.acknowledged(time);
    this.drain.acknowledged(time, flight);
  }

  /** An ACK, or the sender's clock, ended a wait since `begin`, in which `flight` bytes of a `window` were in flight. */
  add(begin: number, time: number, prompt: number, flight: number, window: number): void {
    this.rounds.add(begin, flight, time - begin, window);
    this.drain.end(begin, time, prompt);
  }

  /** A wait after a write has ended. */
  addWritten(wait: number, time: number, trip: number): void {
    this.writes.write(time, Math.min(wait, trip));
  }

  /** Gives each wait that has none its cause. */
  settle(runs: Runs, settling: Settling): void {
    const { totals } = runs;
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
