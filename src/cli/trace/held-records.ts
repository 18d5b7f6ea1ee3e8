// Records that wait until the fate of their packets is known: a ring, bounded in bytes.
import { Batch } from '../../base/batch.ts';

const FIRST_COUNT = 1 << 12;
const FIRST_SIZE = 1 << 20;
/** Bytes of packets held at most: beyond, the oldest go before their time. */
const MOST_BYTES = 1 << 26;

export class HeldRecords {
  /** Serial numbers of the oldest held and of the next. */
  oldest = 0;
  end = 0;
  private mask = FIRST_COUNT - 1;
  private bytes = new Uint8Array(FIRST_SIZE);
  /** Bytes ever taken of the ring, what was left free at its end among them. */
  private used = 0;
  private at = new Float64Array(FIRST_COUNT);
  private seconds = new Float64Array(FIRST_COUNT);
  private nanoseconds = new Float64Array(FIRST_COUNT);
  private captured = new Uint32Array(FIRST_COUNT);
  private wire = new Uint32Array(FIRST_COUNT);
  private linkType = new Uint16Array(FIRST_COUNT);
  private point = new Uint8Array(FIRST_COUNT);
  private flags = new Uint32Array(FIRST_COUNT);
  /** Number among the records of its point, from 1. */
  private number = new Float64Array(FIRST_COUNT);
  private readonly batch = new Batch(1);

  /** Whether a record of this length can be taken without giving up the oldest. */
  hasRoom(length: number): boolean {
    if (this.oldest === this.end) return true;
    return this.place(length) + length - this.at[this.oldest & this.mask] <= MOST_BYTES;
  }

  /** Where the next record of this length goes, in bytes ever taken: never over the ring's end. */
  private place(length: number): number {
    const size = this.bytes.length;
    const inside = this.used % size;
    return inside + length > size ? this.used + size - inside : this.used;
  }

  take(from: Batch, index: number, number: number): void {
    const length = from.captured[index];
    while (this.mustGrow(length)) this.growBytes(length);
    if (this.end - this.oldest > this.mask) this.growCount();
    const place = this.place(length);
    const start = place % this.bytes.length;
    const begin = from.offset[index];
    if (length < 128) for (let i = 0; i < length; i++) this.bytes[start + i] = from.bytes[begin + i];
    else this.bytes.set(from.bytes.subarray(begin, begin + length), start);
    this.used = place + length;
    const slot = this.end++ & this.mask;
    this.at[slot] = place;
    this.seconds[slot] = from.seconds[index];
    this.nanoseconds[slot] = from.nanoseconds[index];
    this.captured[slot] = length;
    this.wire[slot] = from.wire[index];
    this.linkType[slot] = from.linkType[index];
    this.point[slot] = from.interface[index];
    this.flags[slot] = from.flags[index];
    this.number[slot] = number;
  }

  private mustGrow(length: number): boolean {
    const first = this.oldest === this.end ? this.used : this.at[this.oldest & this.mask];
    return this.place(length) + length - first > this.bytes.length;
  }

  /** The oldest record's time is before this one. */
  isBefore(seconds: number, nanoseconds: number): boolean {
    const slot = this.oldest & this.mask;
    const whole = this.seconds[slot];
    return whole < seconds || (whole === seconds && this.nanoseconds[slot] < nanoseconds);
  }

  get oldestPoint(): number {
    return this.point[this.oldest & this.mask];
  }

  get oldestNumber(): number {
    return this.number[this.oldest & this.mask];
  }

  get oldestSeconds(): number {
    return this.seconds[this.oldest & this.mask];
  }

  get oldestNanoseconds(): number {
    return this.nanoseconds[this.oldest & this.mask];
  }

  /** Gives up the oldest and returns it as record 0 of a batch, valid until the next call of `take`. */
  release(): Batch {
    const { batch } = this;
    const slot = this.oldest++ & this.mask;
    batch.reset(this.bytes, 1);
    batch.count = 1;
    batch.offset[0] = this.at[slot] % this.bytes.length;
    batch.captured[0] = this.captured[slot];
    batch.wire[0] = this.wire[slot];
    batch.seconds[0] = this.seconds[slot];
    batch.nanoseconds[0] = this.nanoseconds[slot];
    batch.linkType[0] = this.linkType[slot];
    batch.interface[0] = this.point[slot];
    batch.flags[0] = this.flags[slot];
    return batch;
  }

  /** A ring of twice the size, with everything held in sequence. */
  private growBytes(length: number): void {
    const { bytes, at, captured, mask } = this;
    const grown = new Uint8Array(2 * Math.max(bytes.length, length));
    let used = 0;
    for (let serial = this.oldest; serial !== this.end; serial++) {
      const slot = serial & mask;
      const start = at[slot] % bytes.length;
      grown.set(bytes.subarray(start, start + captured[slot]), used);
      at[slot] = used;
      used += captured[slot];
    }
    this.used = used;
    this.bytes = grown;
  }

  private growCount(): void {
    const mask = 2 * this.mask + 1;
    const columns = this as unknown as Record<string, unknown>;
    for (const [name, column] of Object.entries(columns)) {
      if (!ArrayBuffer.isView(column) || name === 'bytes') continue;
      const old = column as Float64Array;
      const grown = new (old.constructor as Float64ArrayConstructor)(mask + 1);
      for (let serial = this.oldest; serial !== this.end; serial++)
        grown[serial & mask] = old[serial & this.mask];
      columns[name] = grown;
    }
    this.mask = mask;
  }
}
