// Requests matched with their answers: the latest of them in a ring of columns, found by endpoints and a number.
import { mix, SECRET } from '../base/hash.ts';

/** Slots of the first ring. */
const FIRST_CAPACITY = 256;
const NONE = -1;

/**
 * The latest requests of a capture, each with what became of it. A request lies in a slot; when all slots are taken the
 * oldest is dropped. Nothing is allocated per request except when the ring grows to its limit.
 */
export class Exchanges {
  /** Slots in use, from 0 on. */
  count = 0;
  /** The endpoints: a number that the owner assigns. */
  pair: Int32Array<ArrayBuffer>;
  /** What the request and its answer have in common besides: another number of the owner's. */
  tag: Int32Array<ArrayBuffer>;
  /** When it was sent, in whole seconds since the owner's begin and nanoseconds, and in which frame. */
  seconds: Float64Array<ArrayBuffer>;
  nanoseconds: Float64Array<ArrayBuffer>;
  frame: Float64Array<ArrayBuffer>;
  /** How often the same request was seen. */
  sent: Uint32Array<ArrayBuffer>;
  /** Frame of the answer, 0 while there is none; and the nanoseconds it took. */
  answerFrame: Float64Array<ArrayBuffer>;
  elapsed: Float64Array<ArrayBuffer>;
  /** Frame of an ICMP error about the request, 0 where there is none; and its kind as type << 8 | code. */
  errorFrame: Float64Array<ArrayBuffer>;
  error: Uint16Array<ArrayBuffer>;
  private readonly limit: number;
  private next = 0;
  /** The newest slot of each chain, and in each slot the one before it. */
  private heads: Int32Array;
  private older: Int32Array<ArrayBuffer>;

  /** At most `limit` slots, a power of two. */
  constructor(limit: number) {
    this.limit = limit;
    const capacity = Math.min(FIRST_CAPACITY, limit);
    this.pair = new Int32Array(capacity);
    this.tag = new Int32Array(capacity);
    this.seconds = new Float64Array(capacity);
    this.nanoseconds = new Float64Array(capacity);
    this.frame = new Float64Array(capacity);
    this.sent = new Uint32Array(capacity);
    this.answerFrame = new Float64Array(capacity);
    this.elapsed = new Float64Array(capacity);
    this.errorFrame = new Float64Array(capacity);
    this.error = new Uint16Array(capacity);
    this.older = new Int32Array(capacity);
    this.heads = new Int32Array(capacity).fill(NONE);
  }

  get capacity(): number {
    return this.pair.length;
  }

  /** The slot of the newest request with these numbers, or -1. */
  find(pair: number, tag: number): number {
    let slot = this.heads[this.chain(pair, tag)];
    while (slot !== NONE && (this.pair[slot] !== pair || this.tag[slot] !== tag)) slot = this.older[slot];
    return slot;
  }

  /** A new request; returns its slot. */
  ask(pair: number, tag: number, seconds: number, nanoseconds: number, frame: number): number {
    if (this.count === this.capacity && this.count < this.limit) this.grow();
    const slot = this.next;
    if (this.count === this.limit) this.unlink(slot);
    else this.count++;
    this.next = (slot + 1) & (this.limit - 1);
    this.pair[slot] = pair;
    this.tag[slot] = tag;
    this.seconds[slot] = seconds;
    this.nanoseconds[slot] = nanoseconds;
    this.frame[slot] = frame;
    this.sent[slot] = 1;
    this.answerFrame[slot] = 0;
    this.elapsed[slot] = 0;
    this.errorFrame[slot] = 0;
    this.error[slot] = 0;
    this.link(slot);
    return slot;
  }

  /** The request in `slot` was sent again, and from now on counts from there. */
  askAgain(slot: number, seconds: number, nanoseconds: number, frame: number): void {
    this.seconds[slot] = seconds;
    this.nanoseconds[slot] = nanoseconds;
    this.frame[slot] = frame;
    this.sent[slot]++;
  }

  /** Nanoseconds from the request in `slot` to this time. */
  since(slot: number, seconds: number, nanoseconds: number): number {
    return (seconds - this.seconds[slot]) * 1e9 + (nanoseconds - this.nanoseconds[slot]);
  }

  /** The request in `slot` is answered; returns the nanoseconds that took. */
  answer(slot: number, seconds: number, nanoseconds: number, frame: number): number {
    const elapsed = this.since(slot, seconds, nanoseconds);
    this.answerFrame[slot] = frame;
    this.elapsed[slot] = elapsed;
    return elapsed;
  }

  /** An ICMP error of this kind (type << 8 | code) says that the request in `slot` failed; nothing where that is -1. */
  fail(slot: number, kind: number, frame: number): void {
    if (slot < 0) return;
    this.errorFrame[slot] = frame;
    this.error[slot] = kind;
  }

  /** The slot `age` requests after the oldest one, 0 to count - 1. */
  slotAt(age: number): number {
    return this.count === this.limit ? (this.next + age) & (this.limit - 1) : age;
  }

  private chain(pair: number, tag: number): number {
    return mix(mix(SECRET, pair), tag) & (this.heads.length - 1);
  }

  private link(slot: number): void {
    const chain = this.chain(this.pair[slot], this.tag[slot]);
    this.older[slot] = this.heads[chain];
    this.heads[chain] = slot;
  }

  /** The oldest slot of all is the last one of its chain. */
  private unlink(slot: number): void {
    const chain = this.chain(this.pair[slot], this.tag[slot]);
    let newer = this.heads[chain];
    if (newer === slot) {
      this.heads[chain] = NONE;
      return;
    }
    while (this.older[newer] !== slot) newer = this.older[newer];
    this.older[newer] = NONE;
  }

  private grow(): void {
    const capacity = this.capacity * 2;
    this.pair = widen(this.pair, new Int32Array(capacity));
    this.tag = widen(this.tag, new Int32Array(capacity));
    this.seconds = widen(this.seconds, new Float64Array(capacity));
    this.nanoseconds = widen(this.nanoseconds, new Float64Array(capacity));
    this.frame = widen(this.frame, new Float64Array(capacity));
    this.sent = widen(this.sent, new Uint32Array(capacity));
    this.answerFrame = widen(this.answerFrame, new Float64Array(capacity));
    this.elapsed = widen(this.elapsed, new Float64Array(capacity));
    this.errorFrame = widen(this.errorFrame, new Float64Array(capacity));
    this.error = widen(this.error, new Uint16Array(capacity));
    this.older = new Int32Array(capacity);
    this.heads = new Int32Array(capacity).fill(NONE);
    for (let slot = 0; slot < this.count; slot++) this.link(slot);
  }
}

function widen<T extends Int32Array | Float64Array | Uint16Array | Uint32Array>(old: T, wider: T): T {
  wider.set(old);
  return wider;
}
