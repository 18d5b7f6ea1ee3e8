// What kept a sender from sending, wait by wait: an estimate from the packets alone, as it looks from the sender's end.
import { type AckDetails, AcksOnWay } from './acks-on-way.ts';
import { CongestionSigns } from './congestion-signs.ts';
import { LossMemory } from './loss-memory.ts';
import { CAUSE, Runs } from './runs.ts';
import { CLOCKED, UNPROMPTED, UNPROMPTED_LITTLE, Undecided, WRITTEN, WRITTEN_LITTLE } from './undecided.ts';
import { WindowMemory } from './window-memory.ts';

/** An ACK and what it lets go lie this close together, or this part of the wait, or of the time from the capture point to the sender and back. */
const PROMPT = 1e6;
const PROMPT_SHARE = 1 / 8;
const PROMPT_MOST = 50e6;
/** A silence that may have been a retransmission timeout (RFC 6298, 2.4; Linux takes 200 ms at least). */
const TIMEOUT = 190e6;
/** Of the time from the capture point to the sender and back: what an answer takes at least. */
const ANSWER = 0.8;
const NOTICEABLE = 2e6;
/** Waits that are shorter may be a sender's spacing, or what a queue makes of it. */
const BRIEF = 20e6;
const PACED = 100e6;
/** Part of a new round-trip time in the mean (RFC 6298, 2). */
const SMOOTHING = 1 / 8;
/** The same: how much longer an answer takes that is one nevertheless. */
const LATE = 0.5;
/** A segment below this part of a full one is short. */
const FULL = 0.9;
const HALF = 0.5;
/** What may be an answer of a remote sender, in round trips. */
const REMOTE = 1.5;
const FADE = 0.95;
/** A sender that waits for the window keeps at most this part of it unused (tcp_tso_win_divisor). */
const UNUSED = 1 / 3;
/** And has used all of it within this many round trips. */
const NEAR = 4;

/** What is known of a direction before its segments are processed in turn. Times in nanoseconds. */
export interface Circumstances {
  /** From the capture point to the sender and back; ACKs reach it, and what they let go is seen, this much later. */
  toSender: number;
  /** The whole round trip. */
  rtt: number;
  /** Bytes of the largest segment that was sent, and of one that the receiver takes. */
  mss: number;
  announced: number;
  /** When the direction may begin to send. */
  begin: number;
}

/**
 * One direction of a connection. Each time between two of its segments is a wait, whose cause follows from what ended
 * it: a retransmission (loss), an ACK that moved the window (receiver), an ACK alone (congestion window, or send buffer
 * where the bytes in flight end at the same bound again and again), or nothing (application). Which ACKs the sender had got when
 * it sent is known from the time stamp that it echoes (RFC 7323), else from the least time to the sender and back.
 */
export class SenderLimits {
  readonly runs = new Runs();
  /** When the last wait that is accounted for ended. */
  end: number;
  private readonly known: Circumstances;
  /** Bytes of a full segment, as known.mss and known.announced; less where the path has turned out to take no larger ones. */
  private mss: number;
  private announced: number;
  private readonly prompt: number;
  private readonly onWay = new AcksOnWay();

  // The state at the sender. Sequence numbers count from the direction's first one.
  private acknowledged = 0;
  private next = 0;
  /** End of the window; NaN while it is not known, which compares as neither closed nor full. */
  private edge = Number.NaN;
  private seen = false;
  private closed = false;
  /** Loss: up to where what was sent before has to be acknowledged; -1 for none. */
  private recovery = -1;
  private recoverySince = 0;
  /** Segments that were sent again since, and when all was acknowledged. */
  private repeated = 0;
  private recovered = Number.NEGATIVE_INFINITY;
  private readonly lossMemory = new LossMemory();
  private tooBig = false;

  // The wait that goes on: how it began, and what has happened since.
  private frame = 0;
  private pushed = false;
  private short = false;
  private whole = false;
  /** It ends a write: nothing more was there to send. */
  private written = false;
  private lastWritten = Number.NEGATIVE_INFINITY;
  /** When a wait ended last that began with the window closed, as far as full segments go. */
  private lastClosed = Number.NEGATIVE_INFINITY;
  private flight = 0;
  private unused = 0;
  private window = 0;
  private lastAck = Number.NEGATIVE_INFINITY;
  private lastAckHasData = false;
  /** Since when what is in flight waits: for the first ACK, or the next one. */
  private waiting = 0;
  private emptied = Number.NaN;
  private lastLength = 0;
  private readonly windowMemory = new WindowMemory();
  /** How long the window keeps the sender from sending, on average. */
  private fullWait = 0;

  /** The most bytes in flight since a loss. */
  private plateau = 0;
  /** Mean times from the capture point to the receiver and back, and of answers of the sender beyond the least. */
  private far = 0;
  private late = 0;
  private readonly undecided: Undecided;
  private readonly signs = new CongestionSigns();
  /** A silence that nothing was seen to end, and the segment after it. */
  private silence: { begin: number; end: number; length: number; pushed: boolean } | undefined;
  /** Share of full-sized segments, of the latest ones. */
  private fullSized = 1;
  /** Time since the last ACK at the end of a wait, as a share of the wait: near 0 where ACKs are what ends it. */
  private delays = 0;

  constructor(known: Circumstances) {
    this.known = known;
    this.mss = known.mss;
    this.announced = known.announced;
    this.end = known.begin;
    this.undecided = new Undecided(Math.max(NOTICEABLE, known.rtt));
    this.prompt = Math.max(PROMPT, Math.min(PROMPT_MOST, known.toSender * PROMPT_SHARE));
  }

  /** An ICMP error says that a packet of the direction was too big. */
  packetTooBig(): void {
    if (this.recovery < 0) this.recover();
    this.tooBig = true;
  }

  /**
   * The other side acknowledges; `edge` is where its window ends, `stamp` its time stamp, 0 for none,
   * `rtt` how long ago what it acknowledges passed the capture point, NaN where that is not known.
   */
  acknowledge(
    time: number,
    acknowledgment: number,
    edge: number,
    { rtt, ...details }: AckDetails & { rtt: number },
  ): void {
    if (rtt > 0) this.far += (rtt - this.far) * SMOOTHING;
    if (this.onWay.isFull) this.take();
    this.onWay.push(time + this.known.toSender, acknowledgment, edge, details);
  }

  /** The sender sends from `begin` to `end`. `probe`: into a closed window, or a keep-alive; `echo`: the time stamp that it echoes. */
  send(
    time: number,
    begin: number,
    end: number,
    frame: number,
    { pushed, finishes, probe, echo }: { pushed: boolean; finishes: boolean; probe: boolean; echo: number },
  ): void {
    this.arrive(time, echo);
    // A tail loss probe (RFC 8985, 7) while the window is full says that an ACK is awaited, not that something is lost.
    const asks = end === this.next && begin > this.acknowledged && this.edge - this.next < this.mss;
    const again = this.seen && begin < this.next && (!asks || this.recovery >= 0);
    const since = this.end;
    if (!this.closed) this.account(time, frame, probe ? 0 : end - begin, again && !probe);
    if (probe) return;
    if (!this.seen) this.acknowledged = Math.max(this.acknowledged, begin);
    this.seen = true;
    this.resize(end - begin, again);
    if (again) this.lose(begin, end);
    else this.explainSilence(since, time, { begin, end, pushed });
    if (this.next <= this.acknowledged) this.waiting = time;
    if (end > this.next) {
      this.next = end;
      this.pushed = pushed;
      this.short = end - begin < this.mss;
      this.whole = (end - begin) % this.mss === 0;
      this.written = pushed && (end - begin) % this.announced !== 0;
      this.fullSized = this.fullSized * FADE + (this.short ? 0 : 1 - FADE);
    }
    if (finishes) this.closed = true;
    this.waitFrom(time, frame, end - begin);
  }

  /** No more packets come: the wait until `time`. */
  finish(time: number, frame: number): void {
    this.arrive(time, 0);
    if (!this.closed) {
      const closed = this.seen && this.edge - this.next < 1;
      const cause =
        this.recovery >= 0 ? this.lossCause : closed ? CAUSE['receiver-window'] : CAUSE.application;
      this.close(time, cause, frame);
    }
    const { remote, delays, mss, late: jitter } = this;
    this.undecided.settle(this.runs, { mss, remote, delays, jitter });
  }

  /** The round-trip time of now, which queues make longer than the least. */
  private get trip(): number {
    return Math.max(this.known.rtt, this.far + this.known.toSender + this.late);
  }

  /** The capture point is nearer to the receiver: what the sender knew, and when, is an estimate. */
  private get remote(): boolean {
    return this.known.toSender * 2 > this.known.rtt;
  }

  private get lossCause(): number {
    return this.tooBig ? CAUSE['path-mtu'] : CAUSE.loss;
  }

  /** Something below what was sent before is sent. */
  private lose(begin: number, end: number): void {
    this.repeated++;
    const full = this.mss * FULL;
    this.lossMemory.lose(this.end, 0);
    if (this.recovery >= 0 && !this.tooBig && begin === this.acknowledged && this.lastLength > full) {
      // Sent again in smaller pieces: the path takes no larger ones (RFC 4821), and all the time since the loss is its.
      if (end - begin < full && end < this.next) {
        this.tooBig = true;
        this.runs.reassign(this.recoverySince, CAUSE.loss, CAUSE['path-mtu']);
      }
    }
    if (this.recovery < 0 && end > this.acknowledged) this.recover();
  }

  /**
   * What was sent again had come, and its ACK was only late: delayed until more came (RFC 1122, 4.2.3.2), so that a probe went
   * (RFC 8985, 7). The sender had sent all that it had.
   */
  private forgetLoss(): void {
    this.repeated = 0;
    this.runs.reassign(this.recoverySince, CAUSE.loss, this.behindWrite(UNPROMPTED));
    this.lossMemory.forget();
  }

  /** Between two losses the congestion window grows at the pace that the first one left it, unless it has doubled since. */
  private linkLosses(): void {
    const { since, until } = this.lossMemory.link();
    for (const one of [CAUSE['congestion-window'], CLOCKED])
      this.runs.reassign(since, one, CAUSE.loss, until);
  }

  /** After a packet was too big the segments that are sent again are as large as the path takes; larger ones may get through later. */
  private resize(length: number, again: boolean): void {
    const { mss, announced } = this.known;
    if (length > this.mss && length <= announced) {
      this.mss = Math.min(mss, length);
      this.announced = length;
    }
    if (!this.tooBig || !again || length >= this.mss) return;
    const isFirst = this.announced === announced;
    if (isFirst || length > this.mss) {
      this.mss = length;
      this.announced = length;
    }
  }

  private recover(): void {
    // Nothing that was in flight has been answered since: that time was the loss's.
    if (this.recovery < 0) {
      const others = [WRITTEN, UNPROMPTED, CLOCKED, WRITTEN_LITTLE, UNPROMPTED_LITTLE];
      for (const one of [CAUSE.application, CAUSE['congestion-window'], ...others])
        this.runs.reassign(this.waiting, one, this.lossCause);
    }
    this.repeated = 1;
    this.recovery = this.next;
    this.recoverySince = this.waiting;
    this.lossMemory.lose(this.end, this.next - this.acknowledged);
    this.plateau = 0;
  }

  /**
   * After a silence one segment, and then new data after a hole: what filled the hole was sent before the silence and lost
   * on its way to the capture point; the one segment was sent again at a timeout (F-RTO, RFC 5682). Where it is smaller than
   * segments can be, the path takes no larger ones.
   */
  private explainSilence(
    since: number,
    time: number,
    { begin, end, pushed }: { begin: number; end: number; pushed: boolean },
  ): void {
    const { silence } = this;
    const { announced } = this;
    const { toSender } = this.known;
    this.silence = undefined;
    if (silence !== undefined && begin > this.next) {
      const small = silence.length < announced * FULL && !silence.pushed;
      const answered = toSender > NOTICEABLE && time - silence.end > toSender * ANSWER;
      if (!small && !answered) return;
      this.tooBig = small;
      this.runs.reassign(silence.begin, CAUSE.application, this.lossCause);
      this.recover();
      this.recovery = end;
      this.recoverySince = silence.begin;
      return;
    }
    if (time - since < TIMEOUT || begin !== Math.max(this.next, this.acknowledged)) return;
    this.silence = { begin: since, end: time, length: end - begin, pushed };
  }

  /** ACKs reach the sender up to now: those whose time stamp it echoes, and not later ones. */
  private arrive(time: number, echo: number): void {
    const { onWay } = this;
    while (!onWay.isEmpty) {
      const { due, stamp } = onWay;
      const known = echo !== 0 && stamp !== 0;
      const age = known ? (stamp - echo) | 0 : 0;
      if (age > 0 || (age === 0 && due > time)) return;
      const inFlight = this.acknowledged < this.next;
      this.take();
      if (known && inFlight && time > due && time < due + PACED)
        this.late += (time - due - this.late) * SMOOTHING;
      // The segment before did not echo it, so it came between the two, and this one was on its way for longer than at least.
      if (known && time - due < Math.max(this.prompt, this.known.toSender * LATE)) this.lastAck = time;
    }
  }

  private take(): void {
    const { due: time, acknowledgment, edge, hasData, twice } = this.onWay;
    this.onWay.shift();
    if (!(edge <= this.edge) || acknowledgment >= this.acknowledged) this.edge = edge;
    if (acknowledgment > this.acknowledged) {
      this.acknowledged = acknowledgment;
      this.waiting = time;
      this.undecided.acknowledged(time, this.next - acknowledgment);
    }
    if (this.recovery >= 0 && this.acknowledged >= this.recovery) {
      if (!this.closed) this.close(time, this.lossCause, this.frame);
      this.recovered = time;
      this.recovery = -1;
      this.tooBig = false;
    }
    if (twice && this.repeated === 1 && time - this.recovered <= this.trip) this.forgetLoss();
    else if (this.recovered === time && this.repeated > 0) this.linkLosses();
    this.lastAck = time;
    this.lastAckHasData = hasData;
    if (this.acknowledged >= this.next && Number.isNaN(this.emptied)) this.emptied = time;
  }

  private waitFrom(time: number, frame: number, length: number): void {
    this.end = Math.max(this.end, time);
    this.frame = frame;
    this.flight = this.next - this.acknowledged;
    this.window = this.edge - this.acknowledged;
    if (this.written) this.lastWritten = time;
    this.unused = this.edge - this.next;
    this.emptied = this.flight <= 0 ? time : Number.NaN;
    this.lastLength = length;
    this.plateau = Math.max(this.plateau, this.flight);
    this.lossMemory.update(time, this.flight, this.trip);
    this.undecided.send(time, length, this.flight, this.trip);
    this.undecided.stop(time, this.flight, this.trip);
    this.signs.update(time, this.flight, this.trip, this.known.rtt);
  }

  /** The wait ends with a segment of `length` bytes. */
  private account(time: number, frame: number, length: number, again: boolean): void {
    this.close(time, this.causeOf(time, length, again), frame);
  }

  private causeOf(time: number, length: number, again: boolean): number {
    if (again || this.recovery >= 0) return this.lossCause;
    if (!this.seen) return CAUSE.application;
    const { mss } = this;
    // Sent though there is no room: a probe, or a window that was taken back.
    if (this.edge - this.next < Math.min(length, mss) || (length === 0 && this.edge - this.next < 1)) {
      return CAUSE['receiver-window'];
    }
    const soon = Math.max(this.prompt, Math.min(PROMPT_MOST, (time - this.end) * PROMPT_SHARE));
    const prompted = this.lastAck > this.end - this.prompt && time - this.lastAck <= soon;
    if (this.written) this.undecided.addWritten(time - this.end, time, this.trip, this.remote);
    const answer = this.remote ? this.trip * REMOTE : Math.max(soon, this.trip / 2);
    const closed = this.unused < mss && time - this.lastAck <= answer;
    if (!prompted && !closed) return this.unprompted(time);
    if (closed) this.lastClosed = time;
    const near = this.unused <= this.window * UNUSED && time - this.lastClosed <= this.trip * NEAR;
    const full = closed || this.unused < mss || near;
    if (full && !this.lastAckHasData && !(this.written && this.unused >= mss)) {
      this.windowMemory.full(time, this.flight, this.trip);
      this.fullWait += (time - this.end - this.fullWait) * SMOOTHING;
      return CAUSE['receiver-window'];
    }
    // One short segment in flight and the next one after its ACK: a dialogue, or Nagle's algorithm (RFC 1122, 4.2.3.4).
    if (this.lastAckHasData || (this.short && this.flight <= this.lastLength)) return CAUSE.application;
    return this.clocked(time);
  }

  /** Nothing that was seen let the segment go: the application wrote, or the sender spaces out what it has (pacing). */
  private unprompted(time: number): number {
    if (this.edge - this.next < this.mss) return CAUSE['receiver-window'];
    // Where the window was full just now, the wait may have ended by an ACK that is not seen as the sender saw it.
    const wait = time - this.end;
    const usual = Math.max(this.trip, Math.min(this.fullWait, BRIEF));
    if (this.remote && wait <= usual && this.end - this.windowMemory.last <= usual * 2)
      return CAUSE['receiver-window'];
    const emptied = time - this.emptied > this.prompt;
    // Full segments up to the last byte: the sender has more, and spaces out what it sends.
    if (this.whole && !emptied && wait < PACED) return this.clocked(time);
    if (!Number.isNaN(this.emptied)) {
      // When a remote sender has got the last ACK is known within some part of a round trip.
      if (this.remote && wait <= this.trip * REMOTE) return this.behindWrite(UNPROMPTED);
      this.waitForAck();
      return CAUSE.application;
    }
    if (wait > this.trip) return CAUSE.application;
    return this.written || (this.pushed && this.short) ? this.behindWrite(UNPROMPTED) : this.clocked(time);
  }

  /** Of a wait in which all was acknowledged the first part: until then a send buffer may have been full. */
  private waitForAck(): void {
    const cause = this.behindWrite(UNPROMPTED);
    if (this.emptied - this.end <= this.trip * 2) this.close(this.emptied, cause, this.frame);
  }

  /** All that was written was sent: no send buffer is as small as less than a segment. */
  private behindWrite(undecided: typeof WRITTEN | typeof UNPROMPTED): number {
    if (this.flight < this.announced) return CAUSE.application;
    return this.undecided.behindWrite(this.remote, undecided);
  }

  private get congestion(): number {
    return this.lossMemory.active ? CAUSE.loss : CAUSE['congestion-window'];
  }

  /** An ACK let it go, or the sender's own clock. */
  private clocked(time: number): number {
    const wait = time - this.end;
    if (wait > this.prompt / 10)
      this.delays = this.delays * FADE + ((time - this.lastAck) / wait) * (1 - FADE);
    if (this.fullSized < HALF) return this.short && this.pushed ? CAUSE.application : this.congestion;
    if (this.lossMemory.active) return CAUSE.loss;
    // The window, not the sender's pace, is what a round trip carries.
    if (!this.written && this.windowMemory.holds(this.end, this.flight, this.trip))
      return CAUSE['receiver-window'];
    if (Number.isNaN(this.edge)) return CAUSE.unknown;
    this.undecided.add(this.end, time, this.prompt, this.flight, this.window);
    const writes = this.end - this.lastWritten <= this.trip || (this.short && this.pushed);
    if (writes) return this.behindWrite(WRITTEN);
    return this.signs.shown(this.end) ? CAUSE['congestion-window'] : CLOCKED;
  }

  private close(time: number, cause: number, frame: number): void {
    this.runs.add(this.end, time, cause, this.frame, frame);
    this.end = Math.max(this.end, time);
  }
}
