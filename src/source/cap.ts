// Packets from a live interface through the npm package `cap`: the same interface, fewer facts (binding/cap.ts says which).
import { Batch } from '../base/batch.ts';
import type { Interface } from '../base/interface.ts';
import type { CapHandle } from '../binding/cap.ts';
import { type LiveSource, nameHere, type Tally } from './live.ts';

/** Bytes of packets that wait for `next` at first; it grows by doubling. */
const ROOM = 1 << 20;
/** Records a batch can hold; grows by doubling too. */
const RECORDS = 8192;

/** Packets gathered until they are asked for. */
interface Gathered {
  bytes: Uint8Array;
  used: number;
  batch: Batch;
}

/** One interface, by `cap`. */
export class CapSource implements LiveSource {
  readonly interfaces: readonly Interface[];
  readonly interfaceName = nameHere;
  readonly gone: readonly string[] = [];
  damage: string | undefined;
  private captured = 0;
  private readonly handle: CapHandle;
  private readonly limit: number;
  /** One is filled while the other is read. */
  private filling: Gathered = gathered();
  private reading: Gathered = gathered();
  private ended = false;
  private arrived: () => void = () => {};

  /** Takes the handle over. Ends by itself after `limit` packets. */
  constructor(handle: CapHandle, description: Interface, limit = Number.POSITIVE_INFINITY) {
    this.handle = handle;
    this.limit = limit;
    this.interfaces = [description];
    handle.start((packet, cut) => this.take(packet, cut));
  }

  private take(packet: Uint8Array, cut: boolean): void {
    if (this.ended) return;
    const { filling } = this;
    const at = filling.used;
    if (at + packet.length > filling.bytes.length) grow(filling);
    if (filling.batch.full) enlarge(filling);
    const now = performance.timeOrigin + performance.now();
    const milliseconds = Math.floor(now);
    const { batch } = filling;
    const i = batch.count++;
    filling.bytes.set(packet, at);
    filling.used += packet.length;
    batch.offset[i] = at;
    batch.captured[i] = packet.length;
    // How long a cut packet was is not known; that it was longer is.
    batch.wire[i] = packet.length + (cut ? 1 : 0);
    batch.seconds[i] = Math.floor(milliseconds / 1000);
    batch.nanoseconds[i] = (milliseconds % 1000) * 1_000_000 + Math.floor((now - milliseconds) * 1000) * 1000;
    batch.linkType[i] = this.handle.linkType;
    this.captured++;
    if (this.captured >= this.limit) this.stop();
    this.arrived();
  }

  async next(): Promise<Batch | null> {
    while (this.filling.batch.count === 0) {
      if (this.ended) return null;
      await new Promise<void>((resolve) => {
        this.arrived = resolve;
      });
    }
    const first = this.reading.batch.first + this.reading.batch.count;
    [this.filling, this.reading] = [this.reading, this.filling];
    this.filling.used = 0;
    this.filling.batch.reset(this.filling.bytes, 1);
    const { batch, bytes } = this.reading;
    const { count } = batch;
    batch.reset(bytes, first);
    batch.count = count;
    return batch;
  }

  tallies(): Tally[] {
    return [{ captured: this.captured }];
  }

  stop(): void {
    if (this.ended) return;
    this.ended = true;
    this.handle.close();
    this.arrived();
  }

  async close(): Promise<void> {
    this.stop();
  }
}

function gathered(): Gathered {
  const bytes = new Uint8Array(ROOM);
  const batch = new Batch(RECORDS);
  batch.reset(bytes, 1);
  return { bytes, used: 0, batch };
}

function grow(filling: Gathered): void {
  const bytes = new Uint8Array(filling.bytes.length * 2);
  bytes.set(filling.bytes.subarray(0, filling.used));
  filling.bytes = bytes;
  filling.batch.bytes = bytes;
  filling.batch.view = new DataView(bytes.buffer);
}

function enlarge(filling: Gathered): void {
  const { batch: old, bytes } = filling;
  const batch = new Batch(old.capacity * 2);
  batch.reset(bytes, old.first);
  batch.offset.set(old.offset);
  batch.captured.set(old.captured);
  batch.wire.set(old.wire);
  batch.seconds.set(old.seconds);
  batch.nanoseconds.set(old.nanoseconds);
  batch.linkType.set(old.linkType);
  batch.count = old.count;
  filling.batch = batch;
}
