// What kept a sender from sending, wait by wait: an estimate from the packets alone, as it looks from the sender's end.
import { CAUSES, type Cause, Runs } from './runs.ts';

const CAUSE = Object.fromEntries(CAUSES.map((name, index) => [name, index])) as Record<Cause, number>;

/** An ACK and what it lets go lie this close together, or this part of the round-trip time. */
const PROMPT = 1e6;
const PROMPT_SHARE = 1 / 8;
const PROMPT_MOST = 50e6;
/** ACKs on their way to the sender. */
const PENDING = 1 << 12;
/** What counts as growth of the bytes in flight, and how long they have not grown where a buffer or window bounds them. */
const GROWTH = 1.1;
const STEADY = 100e6;
const STEADY_TRIPS = 6;
/** After a loss a congestion window grows slowly near the size at which it was met (RFC 9438, 4.1). */
const STEADY_TRIPS_LOST = 50;
/** A sender woken by room in its buffer has more than this part still in flight. */
const DRAINED = 0.1;
/** Below the initial window (RFC 6928) no congestion window is the limit; there an ACK that lets go is followed this soon. */
const INITIAL_WINDOW = 10;
const CLOCKED = 0.25;
const HALF = 0.5;
const FADE = 0.95;
/** A sender that waits for the window keeps at most this part of it unused (tcp_tso_win_divisor). */
const UNUSED = 1 / 3;

/** What is known of a direction before its segments are looked at in turn. Times in nanoseconds. */
export interface Circumstances {
  /** From the capture point to the sender and back; ACKs reach it, and what they let go is seen, this much later. */
  toSender: number;
  /** The whole round trip. */
  rtt: number;
  mss: number;
  /** When the direction may begin to send. */
  begin: number;
}

/**
 * One direction of a connection. Each time between two of its segments is a wait, whose cause follows from what ended
 * it: a retransmission (loss), an ACK that moved the window (receiver), an ACK alone (congestion window, or send buffer
 * where the sender had pushed all that it had), or nothing (application).
 */
export class SenderLimits {
  readonly runs = new Runs();
  /** When the last wait that is accounted for ended. */
  end: number;
  private readonly known: Circumstances;
  private readonly prompt: number;
  /** ACKs that have not reached the sender: time, acknowledgment, window's end, 1 where there was data with it. */
  private readonly pending = new Float64Array(PENDING * 4);
  private first = 0;
  private held = 0;

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
  /** Bytes in flight when a loss was met: until they are reached again the congestion window is the loss's. */
  private flightAtLoss = 0;
  private lost = false;
  private tooBig = false;

  // The wait that goes on: how it began, and what has happened since.
  private frame = 0;
  private pushed = false;
  private short = false;
  private flight = 0;
  private unused = 0;
  private window = 0;
  private lastAck = Number.NEGATIVE_INFINITY;
  private lastAckHasData = false;
  private emptied = Number.NaN;
  private lastLength = 0;

  /** The most bytes in flight since a loss, when they grew to that, and whether that is long ago. */
  private plateau = 0;
  private plateauSince = 0;
  private steady = false;
  /** Share of full-sized segments, of the latest ones. */
  private fullSized = 1;
  /** Time since the last ACK at the end of a wait, as a share of the wait: near 0 where ACKs are what ends it. */
  private delays = 0;

  constructor(known: Circumstances) {
    this.known = known;
    this.end = known.begin;
    this.prompt = Math.max(PROMPT, Math.min(PROMPT_MOST, known.rtt * PROMPT_SHARE));
  }

  /** An ICMP error says that a packet of the direction was too big. */
  packetTooBig(): void {
    if (this.recovery < 0) this.recover();
    this.tooBig = true;
  }

  /** The other side acknowledges; `edge` is where its window ends. */
  acknowledge(time: number, acknowledgment: number, edge: number, hasData: boolean): void {
    if (this.held === PENDING) this.take();
    const slot = ((this.first + this.held++) % PENDING) * 4;
    this.pending[slot] = time + this.known.toSender;
    this.pending[slot + 1] = acknowledgment;
    this.pending[slot + 2] = edge;
    this.pending[slot + 3] = hasData ? 1 : 0;
  }

  /** The sender sends from `begin` to `end`. `probe`: into a closed window, or a keep-alive. */
  send(
    time: number,
    begin: number,
    end: number,
    frame: number,
    { pushed, finishes, probe }: { pushed: boolean; finishes: boolean; probe: boolean },
  ): void {
    this.arrive(time);
    const again = this.seen && begin < this.next;
    if (!this.closed) this.account(time, frame, probe ? 0 : end - begin, again && !probe);
    if (probe) return;
    if (!this.seen) this.acknowledged = Math.max(this.acknowledged, begin);
    this.seen = true;
    if (again) this.lose(begin, end);
    if (end > this.next) {
      this.next = end;
      this.pushed = pushed;
      this.short = end - begin < this.known.mss;
      this.fullSized = this.fullSized * FADE + (this.short ? 0 : 1 - FADE);
    }
    if (finishes) this.closed = true;
    this.waitFrom(time, frame, end - begin);
  }

  /** No more packets come: the wait until `time`. */
  finish(time: number, frame: number): void {
    this.arrive(time);
    if (this.closed) return;
    const closed = this.seen && this.edge - this.next < 1;
    const cause = this.recovery >= 0 ? this.lossCause : closed ? CAUSE['receiver-window'] : CAUSE.application;
    this.close(time, cause, frame);
  }

  private get lossCause(): number {
    return this.tooBig ? CAUSE['path-mtu'] : CAUSE.loss;
  }

  /** Something below what was sent before is sent. */
  private lose(begin: number, end: number): void {
    const full = this.known.mss * 0.9;
    if (this.recovery >= 0 && !this.tooBig && begin === this.acknowledged && this.lastLength > full) {
      // Sent again in smaller pieces: the path takes no larger ones (RFC 4821), and all the time since the loss is its.
      if (end - begin < full && end < this.next) {
        this.tooBig = true;
        this.runs.reassign(this.recoverySince, CAUSE.loss, CAUSE['path-mtu']);
      }
    }
    if (this.recovery < 0 && end > this.acknowledged) this.recover();
  }

  private recover(): void {
    this.recovery = this.next;
    this.recoverySince = this.end;
    this.flightAtLoss = Math.max(this.flightAtLoss, this.next - this.acknowledged);
    this.plateau = 0;
    this.lost = true;
  }

  /** ACKs reach the sender up to now. */
  private arrive(time: number): void {
    while (this.held > 0 && this.pending[this.first * 4]! <= time) this.take();
  }

  private take(): void {
    const slot = this.first * 4;
    const [time, acknowledgment, edge, hasData] = [
      this.pending[slot]!,
      this.pending[slot + 1]!,
      this.pending[slot + 2]!,
      this.pending[slot + 3]! !== 0,
    ];
    this.first = (this.first + 1) % PENDING;
    this.held--;
    if (!(edge <= this.edge) || acknowledgment >= this.acknowledged) this.edge = edge;
    if (acknowledgment > this.acknowledged) this.acknowledged = acknowledgment;
    if (this.recovery >= 0 && this.acknowledged >= this.recovery) {
      if (!this.closed) this.close(time, this.lossCause, this.frame);
      this.recovery = -1;
      this.tooBig = false;
    }
    this.lastAck = time;
    this.lastAckHasData = hasData;
    if (this.acknowledged >= this.next && Number.isNaN(this.emptied)) this.emptied = time;
  }

  private waitFrom(time: number, frame: number, length: number): void {
    this.end = Math.max(this.end, time);
    this.frame = frame;
    this.flight = this.next - this.acknowledged;
    this.window = this.edge - this.acknowledged;
    this.unused = this.edge - this.next;
    this.emptied = this.flight <= 0 ? time : Number.NaN;
    this.lastLength = length;
    if (this.flight > this.flightAtLoss * GROWTH) this.flightAtLoss = 0;
  }

  /** The wait ends with a segment of `length` bytes. */
  private account(time: number, frame: number, length: number, again: boolean): void {
    this.close(time, this.causeOf(time, length, again), frame);
  }

  private causeOf(time: number, length: number, again: boolean): number {
    if (again || this.recovery >= 0) return this.lossCause;
    if (!this.seen) return CAUSE.application;
    const { mss } = this.known;
    // Sent though there is no room: a probe, or a window that was taken back.
    if (this.edge - this.next < Math.min(length, mss) || (length === 0 && this.edge - this.next < 1)) {
      return CAUSE['receiver-window'];
    }
    const prompted = this.lastAck > this.end - this.prompt && time - this.lastAck <= this.prompt;
    if (!prompted) return this.unprompted(time);
    const full = this.unused < mss || this.unused <= this.window * UNUSED;
    if (full && !this.lastAckHasData) return CAUSE['receiver-window'];
    // One short segment in flight and the next one behind its ACK: a dialogue, or Nagle's algorithm (RFC 1122, 4.2.3.4).
    if (this.lastAckHasData || (this.short && this.flight <= this.lastLength)) return CAUSE.application;
    return this.clocked(time);
  }

  /** Nothing that was seen let the segment go: the application wrote, or the sender spaces out what it has (pacing). */
  private unprompted(time: number): number {
    if (this.edge - this.next < this.known.mss) return CAUSE['receiver-window'];
    const idle = !Number.isNaN(this.emptied) || time - this.end > this.known.rtt;
    return idle || (this.pushed && this.short) ? CAUSE.application : this.clocked(time);
  }

  private get congestion(): number {
    return this.flightAtLoss > 0 ? CAUSE.loss : CAUSE['congestion-window'];
  }

  /** An ACK let it go, or the sender's own clock. */
  private clocked(time: number): number {
    // A congestion window grows while it is what limits, until a loss; a buffer, or a window, stays as it is.
    if (this.flight > this.plateau * GROWTH) {
      this.plateau = this.flight;
      this.plateauSince = this.end;
      this.steady = false;
    }
    const wait = time - this.end;
    if (wait > this.prompt / 10)
      this.delays = this.delays * FADE + ((time - this.lastAck) / wait) * (1 - FADE);
    if (this.fullSized < HALF) return this.short && this.pushed ? CAUSE.application : this.congestion;
    const drained = this.next - this.acknowledged < this.plateau * DRAINED;
    if (this.short && this.pushed && drained) return CAUSE.application;
    if (this.flightAtLoss > 0 || drained) return this.congestion;
    const trips = this.lost ? STEADY_TRIPS_LOST : STEADY_TRIPS;
    if (!(time - this.plateauSince > Math.max(STEADY, this.known.rtt * trips))) return this.congestion;
    const bounded = this.window < this.plateau * 2;
    if (!bounded && this.plateau < INITIAL_WINDOW * this.known.mss && this.delays > CLOCKED)
      return CAUSE.application;
    const cause = bounded ? CAUSE['receiver-window'] : CAUSE['send-buffer'];
    if (!this.steady) this.runs.reassign(this.plateauSince, CAUSE['congestion-window'], cause);
    this.steady = true;
    return cause;
  }

  private close(time: number, cause: number, frame: number): void {
    this.runs.add(this.end, time, cause, this.frame, frame);
    this.end = Math.max(this.end, time);
  }
}
