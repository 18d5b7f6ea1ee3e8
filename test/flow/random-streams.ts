// Random TCP conversations, from orderly to absurd: retransmissions, holes, closed windows, odd flags, wrong clocks.
import { ACK, FIN, PSH, RST, SYN } from '../../src/wire/tcp.ts';
import { datagram, type Frame, type Segment } from './support.ts';

/** A generator of numbers in [0, 1) that a seed determines (mulberry32). */
export function random(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

interface Side {
  first: number;
  next: number;
  sent: number[];
  window: number;
  acknowledged: number;
  sacks: boolean;
}

const STEPS = [0, 1e3, 1e5, 1e6, 2_999_999, 3e6, 3_000_001, 19_999_999, 2e7, 20_000_001, 1.5e7, 2e8, 1e9];
const HOUR = 3600e9;

/** `streams` conversations of `length` segments each, an hour apart. */
export function randomStreams(seed: number, streams: number, length: number): Frame[] {
  const frames: Frame[] = [];
  const conversation = new Conversation(random(seed), frames);
  for (let stream = 0; stream < streams; stream++) conversation.talk(stream, length);
  return frames;
}

class Conversation {
  private readonly next: () => number;
  private readonly frames: Frame[];
  private time = 0;

  constructor(next: () => number, frames: Frame[]) {
    this.next = next;
    this.frames = frames;
  }

  talk(stream: number, length: number): void {
    this.time = stream * HOUR;
    const wild = this.next() < 0.15;
    const sane = this.next() < 0.4;
    const handshake = this.next() < 0.6 && !wild;
    const sides = [this.side(), this.side()] as const;
    for (let step = 0; step < length; step++) {
      if (handshake && step < 3) this.handshake(stream, sides, step);
      else this.segment(stream, sides, wild, sane);
    }
  }

  private side(): Side {
    const edge = this.pick([0, 1, 0x7fffff00, 0xffffff00]);
    const first = this.next() < 0.1 ? edge : this.whole(2 ** 32);
    const window = this.pick([200, 1000, 5000, 65535]);
    return { first, next: first, sent: [], window, acknowledged: 0, sacks: this.next() < 0.3 };
  }

  private handshake(stream: number, sides: readonly [Side, Side], step: number): void {
    const from = step === 1 ? 1 : 0;
    const [mine, theirs] = [sides[from], sides[1 - from]];
    const flags = [SYN, SYN | ACK, ACK][step];
    const length = step < 2 && this.next() < 0.1 ? this.pick([5, 100]) : 0;
    this.emit(stream, from, {
      flags,
      sequence: mine.next,
      acknowledgment: step === 0 ? 0 : theirs.next,
      window: mine.window,
      length,
      options: this.options(step < 2, mine, theirs),
    });
    if (step < 2) mine.next = (mine.next + 1 + length) >>> 0;
  }

  private segment(stream: number, sides: readonly [Side, Side], wild: boolean, sane: boolean): void {
    const from = this.whole(2);
    const [mine, theirs] = [sides[from], sides[1 - from]];
    const { next } = this;
    let flags = ACK;
    let length = 0;
    if (next() < 0.5) {
      length = this.pick([1, 2, 10, 100, 100, 100, 300, 1000, Math.min(1400, theirs.window || 1)]);
      if (next() < 0.5) flags |= PSH;
    }
    let sequence = this.sequence(mine, wild, sane);
    let acknowledgment = this.acknowledgment(mine, theirs, wild);
    const window = this.window(mine);
    const odd = next();
    if (odd < 0.02) flags |= FIN;
    else if (odd < 0.04) flags = next() < 0.5 ? RST : flags | RST;
    else if (odd < 0.06) {
      flags = next() < 0.5 ? SYN : flags | SYN;
      if (flags === SYN) acknowledgment = next() < 0.8 ? 0 : acknowledgment;
      if (next() < 0.6) sequence = this.pick([mine.first, mine.next, this.whole(2 ** 32)]);
    } else if (odd < 0.07) flags &= ~ACK;
    else if (odd < 0.075)
      flags = this.pick([0, SYN | FIN, SYN | RST, FIN, FIN | RST | ACK, 63, SYN | FIN | ACK]);
    const options = this.options((flags & SYN) !== 0, mine, theirs);
    this.emit(stream, from, { flags, sequence, acknowledgment, window, length, options });
    mine.window = window;
    mine.acknowledged = acknowledgment;
    const end = (sequence + length + ((flags & (SYN | FIN)) === 0 ? 0 : 1)) >>> 0;
    if (end !== sequence) mine.sent.push(sequence);
    if (mine.sent.length > 12) mine.sent.shift();
    if (((end - mine.next) | 0) > 0) mine.next = end;
  }

  private sequence(mine: Side, wild: boolean, sane: boolean): number {
    const kind = this.next();
    let sequence = mine.next;
    if (kind < (sane ? 0.75 : 0.5)) return sequence;
    if (kind < 0.58) sequence = mine.next - 1;
    else if (kind < 0.75) sequence = mine.sent.length === 0 ? mine.next : this.pick(mine.sent);
    else if (kind < 0.82) sequence = mine.next + this.pick([1, 10, 100, 300]);
    else if (kind < 0.86) sequence = mine.next - this.whole(300);
    else if (kind < 0.88 && wild) {
      sequence = this.pick([
        0,
        0xffffffff,
        this.whole(2 ** 32),
        mine.next + 2 ** 31,
        mine.next + 2 ** 31 - 1,
      ]);
    }
    return sequence >>> 0;
  }

  private acknowledgment(mine: Side, theirs: Side, wild: boolean): number {
    const kind = this.next();
    let acknowledgment = theirs.next;
    if (kind < 0.55) return acknowledgment;
    if (kind < 0.75) acknowledgment = mine.acknowledged;
    else if (kind < 0.85) acknowledgment = theirs.sent.length === 0 ? theirs.next : this.pick(theirs.sent);
    else if (kind < 0.9) acknowledgment = theirs.next + this.pick([1, 10, 100, 300]);
    else if (kind < 0.93) acknowledgment = theirs.next - this.whole(300);
    else if (kind < 0.95 && wild) acknowledgment = this.pick([0, this.whole(2 ** 32), theirs.next + 2 ** 31]);
    return acknowledgment >>> 0;
  }

  private window(mine: Side): number {
    const kind = this.next();
    if (kind < 0.15) return this.pick([0, 0, 0, 100, 1000, 2000, 65535]);
    return kind < 0.2 ? Math.max(0, mine.window - this.whole(200)) : mine.window;
  }

  private options(syn: boolean, mine: Side, theirs: Side): number[] {
    const options: number[] = [];
    if (syn) {
      if (this.next() < 0.6) options.push(3, 3, this.pick([0, 1, 2, 7, 14, 15, 200]), 1);
      if (this.next() < 0.5) options.push(2, 4, 5, 180);
      const cookie = [34, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1];
      const experiment = [254, 12, 0xf9, 0x89, 1, 2, 3, 4, 5, 6, 7, 8];
      if (this.next() < 0.15)
        options.push(...this.pick([cookie, experiment, [34, 2, 1, 1], [254, 4, 0xf9, 0x89]]));
    } else if (mine.sacks && this.next() < 0.6) {
      const ranges = 1 + this.whole(4);
      options.push(1, 1, 5, 2 + 8 * ranges);
      for (let i = 0; i < ranges; i++) {
        const left = theirs.sent.length > 0 ? this.pick(theirs.sent) : theirs.next + this.whole(500) - 250;
        const length = this.next() < 0.1 ? -this.whole(200) : this.whole(300);
        for (const edge of [left >>> 0, (left + length) >>> 0]) {
          options.push(edge >>> 24, (edge >> 16) & 255, (edge >> 8) & 255, edge & 255);
        }
      }
    } else if (this.next() < 0.03) options.push(3, 3, this.whole(16), 1);
    return options.slice(0, 40);
  }

  private emit(stream: number, from: number, segment: Segment): void {
    this.time += this.pick(STEPS);
    if (this.next() < 0.01) this.time = Math.max(stream * HOUR, this.time - this.pick([1, 1e3, 1e6, 2e9]));
    const low = { address: [10, 0, 1, 0], port: 1000 + stream };
    const high = { address: [10, 0, 2, 0], port: 40_000 };
    const [source, destination] = from === 0 ? [low, high] : [high, low];
    const bytes = datagram({
      ...segment,
      source: source.address,
      sourcePort: source.port,
      destination: destination.address,
      destinationPort: destination.port,
    });
    this.frames.push({ bytes, time: this.time });
  }

  private whole(n: number): number {
    return Math.floor(this.next() * n);
  }

  private pick<T>(values: T[]): T {
    return values[this.whole(values.length)];
  }
}
