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
  /** When the batch came, in milliseconds. */
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
  private readonly batch = new Batch();
  private bytes = new Uint8Array(ROOM);
  private readonly captured: number[];
  private total = 0;
  private failure: unknown;
  private notify: () => void = () => {};

  constructor(sources: readonly LiveSource[], limit = Number.POSITIVE_INFINITY) {
    this.limit = limit;
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
        input.arrived = Date.now();
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
    let used = 0;
    let missing = inputs.some((input) => input.waiting);
    while (!batch.full && this.total < this.limit) {
      let first: Input | undefined;
      for (const input of inputs) {
        if (input.batch !== null && (first === undefined || earlier(input, first))) first = input;
      }
      if (first === undefined) return;
      if (missing && this.mayBePreceded(first)) return;
      const from = first.batch!;
      const length = from.captured[first.at]! + from.optionsLength[first.at]!;
      if (used + length > this.bytes.length) {
        if (batch.count > 0) return;
        this.bytes = new Uint8Array(length);
        batch.reset(this.bytes, batch.first);
      }
      this.copy(first, used);
      used += length;
      if (++first.at === from.count) {
        first.batch = null;
        this.request(first);
        missing = true;
      }
    }
  }

  /** Whether a source that has nothing now may still have a packet that is earlier than this one. */
  private mayBePreceded(first: Input): boolean {
    const from = first.batch!;
    const time = from.seconds[first.at]! * 1000 + from.nanoseconds[first.at]! / 1e6;
    for (const input of this.inputs) {
      if (!input.waiting || input.until > time) continue;
      if (input.source.deliveredUntil === undefined) {
        if (Date.now() - first.arrived < PATIENCE) return true;
      } else {
        input.until = input.source.deliveredUntil();
        if (input.until <= time) return true;
      }
    }
    return false;
  }

  private copy({ source, batch: from, at, base }: Input, offset: number): void {
    const { batch: to, bytes } = this;
    const i = to.count++;
    const start = from!.offset[at]!;
    const length = from!.captured[at]!;
    bytes.set(from!.bytes.subarray(start, start + length), offset);
    to.offset[i] = offset;
    to.captured[i] = length;
    to.wire[i] = from!.wire[at]!;
    to.seconds[i] = from!.seconds[at]!;
    to.nanoseconds[i] = from!.nanoseconds[at]!;
    to.linkType[i] = from!.linkType[at]!;
    to.flags[i] = from!.flags[at]!;
    to.options[i] = offset + length;
    const options = from!.options[at]!;
    const optionsLength = from!.optionsLength[at]!;
    to.optionsLength[i] = optionsLength;
    if (optionsLength > 0) bytes.set(from!.bytes.subarray(options, options + optionsLength), offset + length);
    to.optionsLittleEndian = from!.optionsLittleEndian;
    const number = base + from!.interface[at]!;
    to.interface[i] = number;
    while (this.interfaces.length <= number) {
      this.interfaces.push(source.interfaces[this.interfaces.length - base]!);
      this.captured.push(0);
    }
    this.captured[number]!++;
    this.total++;
  }

  /** Waits until an input has something new, or it is time to look again whether the earliest packet may go. */
  private change(): Promise<void> {
    const { inputs } = this;
    const arrivals = inputs.filter((input) => input.batch !== null).map((input) => input.arrived);
    const asked = inputs.every(({ source, waiting }) => !waiting || source.deliveredUntil !== undefined);
    const pause = asked ? STEP : Math.max(Math.min(...arrivals) + PATIENCE - Date.now(), 1);
    return new Promise((resolve) => {
      const timer = arrivals.length === 0 ? undefined : setTimeout(resolve, pause);
      this.notify = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  tallies(): Tally[] {
    const all = this.inputs.flatMap((input) => input.source.tallies());
    return this.interfaces.map((_, i) => ({ ...all[i], captured: this.captured[i]! }));
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
  const seconds = a.seconds[one.at]! - b.seconds[other.at]!;
  return seconds !== 0 ? seconds < 0 : a.nanoseconds[one.at]! < b.nanoseconds[other.at]!;
}
