// Several live captures as one: their packets in the order of their time stamps.
import { Batch } from '../base/batch.ts';
import { type Interface, type InterfaceNames, recordedNames } from '../base/interface.ts';
import type { LiveSource, Tally } from './live.ts';
import { interfaceNames } from './source.ts';

/**
 * Milliseconds that a packet waits for earlier ones of sources that cannot tell until when they have delivered. The
 * kernel hands packets over in blocks, on each interface at another moment; this is some times as long as it keeps one.
 */
const PATIENCE = 60;
/** Milliseconds by which a packet's time stamp may be older than the moment at which its capture gets it. */
const QUEUED = 40;
/** Milliseconds between two questions to a quiet source, until when it has delivered. */
const STEP = 5;
/** Bytes of packets gathered for a batch. */
const ROOM = 1 << 20;

interface Input {
  source: LiveSource;
  /** Number of its first interface among all. */
  base: number;
  batch: Batch | null;
  /** Next record of the batch. */
  at: number;
  /** When the batch came, in milliseconds of the monotonic clock. */
  arrived: number;
  /** Milliseconds since 1970: no packet stamped before is still to come. */
  until: number;
  waiting: boolean;
  ended: boolean;
}

/**
 * Merges live captures. The last of them may find further interfaces as it goes. Ends when all have ended, after `limit` packets, or with the
 * first failure.
 */
export class MergedSource implements LiveSource {
  readonly interfaces: Interface[];
  /** Each input knows those of its own namespace. */
  readonly interfaceName: InterfaceNames;
  damage: string | undefined;
  private readonly inputs: Input[];
  private readonly limit: number;
  private readonly queued: number;
  private readonly batch = new Batch();
  private bytes = new Uint8Array(ROOM);
  /** Bytes of it that records have. */
  private used = 0;
  private readonly captured: number[];
  private total = 0;
  private failure: unknown;
  private notify: () => void = () => {};

  /** `queued`: milliseconds by which a packet's time stamp may be older than the moment at which its capture gets it. */
  constructor(sources: readonly LiveSource[], limit = Number.POSITIVE_INFINITY, queued = QUEUED) {
    this.limit = limit;
    this.queued = queued;
    this.interfaces = sources.flatMap((source) => source.interfaces);
    this.captured = this.interfaces.map(() => 0);
    let base = 0;
    this.inputs = sources.map((source) => {
      const input = { source, base, batch: null, at: 0, arrived: 0, until: 0, waiting: false, ended: false };
      base += source.interfaces.length;
      return input;
    });
    const names = this.inputs.flatMap(({ source, base }) =>
      source.interfaces.map(() => {
        const name = interfaceNames(source);
        return (number: number, index: number) => name(number - base, index);
      }),
    );
    const recorded = recordedNames(this.interfaces);
    this.interfaceName = (number, index) => (names[number] ?? recorded)(number, index);
  }

  async next(): Promise<Batch | null> {
    const { batch } = this;
    for (;;) {
      for (const input of this.inputs) this.request(input);
      if (this.failure !== undefined) throw this.failure;
      if (this.total >= this.limit || this.inputs.every((input) => input.ended)) {
        await this.close();
        return null;
      }
      batch.reset(this.bytes, batch.first + batch.count);
      this.gather();
      if (batch.count > 0) return batch;
      await this.change();
    }
  }

  /** Asks an input for more once its batch is used up. */
  private request(input: Input): void {
    if (input.waiting || input.ended || input.batch !== null) return;
    input.waiting = true;
    input.source.next().then(
      (batch) => {
        input.waiting = false;
        input.batch = batch;
        input.ended = batch === null;
        input.at = 0;
        input.arrived = performance.now();
        this.notify();
      },
      (error) => {
        input.ended = true;
        this.failure = error;
        this.notify();
      },
    );
  }

  /** Copies records, the earliest first, until one may still be missing, or the batch is full. */
  private gather(): void {
    const { batch, inputs } = this;
    this.used = 0;
    while (!batch.full && this.total < this.limit) {
      let first: Input | undefined;
      let second: Input | undefined;
      for (const input of inputs) {
        if (input.batch === null) continue;
        if (first === undefined || earlier(input, first)) {
          second = first;
          first = input;
        } else if (second === undefined || earlier(input, second)) second = input;
      }
      if (first === undefined) return;
      const ahead = this.stampedAhead();
      const until = ahead === undefined ? this.certainUntil(first) : Number.NEGATIVE_INFINITY;
      if (until === undefined) return;
      first = ahead ?? first;
      const count = this.run(first, second, until);
      if (count === 0) return;
      this.copy(first, count);
      first.at += count;
      if (first.at === first.batch!.count) {
        first.batch = null;
        this.request(first);
      }
    }
  }

  /**
   * An input whose next packet was stamped later than now: before the clock was set back. It goes at once, and alone; those of now
   * would always be earlier, and until the clock is there again nobody says that none is to come before it.
   */
  private stampedAhead(): Input | undefined {
    const now = Date.now() + this.queued;
    return this.inputs.find(
      ({ batch, at }) => batch !== null && batch.seconds[at] * 1000 + batch.nanoseconds[at] / 1e6 > now,
    );
  }

  /**
   * Until when (milliseconds since 1970) no source that has nothing now can have a packet any more; undefined where
   * one may still come that is earlier than the first of `first`.
   */
  private certainUntil(first: Input): number | undefined {
    const { batch, at } = first;
    const time = batch!.seconds[at] * 1000 + batch!.nanoseconds[at] / 1e6;
    let until = Number.POSITIVE_INFINITY;
    for (const input of this.inputs) {
      if (!input.waiting) continue;
      if (input.source.deliveredUntil === undefined) {
        if (performance.now() - first.arrived < PATIENCE) return undefined;
        until = Math.min(until, time);
      } else {
        if (input.until <= time) input.until = input.source.deliveredUntil() - this.queued;
        if (input.until <= time) return undefined;
        until = Math.min(until, input.until);
      }
    }
    return until;
  }

  /**
   * How many records of `first` come next: one, and those behind it that are earlier than the next of `second` and than
   * `until`, as far as there is room; 0 where there is none.
   */
  private run(first: Input, second: Input | undefined, until: number): number {
    const { batch: to, used } = this;
    const { seconds, nanoseconds, offset, captured, optionsLength, count } = first.batch!;
    const { at } = first;
    const start = offset[at];
    const length = captured[at] + optionsLength[at];
    if (used + length > this.bytes.length) {
      if (to.count > 0) return 0;
      this.bytes = new Uint8Array(length);
      to.reset(this.bytes, to.first);
    }
    if (optionsLength[at] !== 0) return 1;
    const most = Math.min(count - at, to.capacity - to.count, this.limit - this.total);
    const endSeconds = second === undefined ? Number.POSITIVE_INFINITY : second.batch!.seconds[second.at];
    const endNanoseconds = second === undefined ? 0 : second.batch!.nanoseconds[second.at];
    const room = this.bytes.length - used + start;
    let taken = 1;
    for (let i = at + 1; taken < most; i++, taken++) {
      const whole = seconds[i];
      const fraction = nanoseconds[i];
      if (whole > endSeconds || (whole === endSeconds && fraction >= endNanoseconds)) break;
      if (whole * 1000 + fraction / 1e6 >= until) break;
      // Such as stand behind one another in the source's buffer are copied at once.
      const begin = offset[i];
      if (begin < start || begin + captured[i] > room || optionsLength[i] !== 0) break;
    }
    return taken;
  }

  /** The next `count` records of an input. */
  private copy({ source, batch, at, base }: Input, count: number): void {
    const { batch: to, bytes, used } = this;
    const from = batch!;
    const last = at + count - 1;
    const start = from.offset[at];
    const end = from.offset[last] + from.captured[last];
    bytes.set(from.bytes.subarray(start, end), used);
    const shift = used - start;
    for (let i = at; i <= last; i++) {
      const number = base + from.interface[i];
      if (this.interfaces.length <= number) this.discover(source, base, number);
      const index = to.count++;
      to.offset[index] = from.offset[i] + shift;
      to.captured[index] = from.captured[i];
      to.wire[index] = from.wire[i];
      to.seconds[index] = from.seconds[i];
      to.nanoseconds[index] = from.nanoseconds[i];
      to.linkType[index] = from.linkType[i];
      to.flags[index] = from.flags[i];
      to.optionsLength[index] = 0;
      to.interface[index] = number;
      this.captured[number]!++;
    }
    this.total += count;
    this.used = used + end - start;
    const length = from.optionsLength[at];
    if (length > 0) this.copyOptions(from, at, length);
  }

  /** Those of the record that was copied last; it was copied alone. */
  private copyOptions(from: Batch, at: number, length: number): void {
    const { batch: to, bytes, used } = this;
    const options = from.options[at];
    bytes.set(from.bytes.subarray(options, options + length), used);
    to.options[to.count - 1] = used;
    to.optionsLength[to.count - 1] = length;
    to.optionsLittleEndian = from.optionsLittleEndian;
    this.used += length;
  }

  /** A source has met further interfaces. */
  private discover(source: LiveSource, base: number, number: number): void {
    while (this.interfaces.length <= number) {
      this.interfaces.push(source.interfaces[this.interfaces.length - base]);
      this.captured.push(0);
    }
  }

  /** Waits until an input has something new, or it is time to look again whether the earliest packet may go. */
  private change(): Promise<void> {
    const { inputs } = this;
    const arrivals = inputs.filter((input) => input.batch !== null).map((input) => input.arrived);
    const asked = inputs.every(({ source, waiting }) => !waiting || source.deliveredUntil !== undefined);
    const pause = asked ? STEP : Math.max(Math.min(...arrivals) + PATIENCE - performance.now(), 1);
    return new Promise((resolve) => {
      const timer = arrivals.length === 0 ? undefined : setTimeout(resolve, pause);
      this.notify = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  deliveredUntil(): number {
    let until = Number.POSITIVE_INFINITY;
    for (const { source, batch, at, waiting } of this.inputs) {
      if (batch !== null) until = Math.min(until, batch.seconds[at] * 1000 + batch.nanoseconds[at] / 1e6);
      else if (waiting)
        until = Math.min(until, (source.deliveredUntil?.() ?? Date.now() - PATIENCE) - this.queued);
    }
    return until;
  }

  tallies(): Tally[] {
    const all = this.inputs.flatMap((input) => input.source.tallies());
    return this.interfaces.map((_, i) => ({ ...all[i], captured: this.captured[i] }));
  }

  get gone(): string[] {
    return this.inputs.flatMap(({ source }) => source.gone);
  }

  stop(): void {
    for (const { source } of this.inputs) source.stop();
  }

  async close(): Promise<void> {
    await Promise.all(this.inputs.map(({ source }) => source.close()));
  }
}

function earlier(one: Input, other: Input): boolean {
  const [a, b] = [one.batch!, other.batch!];
  const seconds = a.seconds[one.at] - b.seconds[other.at];
  return seconds !== 0 ? seconds < 0 : a.nanoseconds[one.at] < b.nanoseconds[other.at];
}
