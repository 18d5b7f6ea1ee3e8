// The bytes of packets, for a while: a ring that overwrites the oldest.
import { Batch } from '../base/batch.ts';

const FIRST_SIZE = 1 << 20;
const MOST_BYTES = 1 << 25;

export class KeptBytes {
  private ring: Uint8Array = new Uint8Array(0);
  /** Bytes ever written, what was left free at the ring's end among them. */
  private written = 0;
  private readonly batch = new Batch(1);
  /** Bytes kept of a packet at most. */
  readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  /** Keeps the beginning of a record. Returns where; the length is `Math.min(captured, most)`. */
  keep(batch: Batch, index: number): number {
    const length = Math.min(batch.captured[index], this.most);
    if (this.ring.length === 0) this.ring = new Uint8Array(FIRST_SIZE);
    if (this.written + length > this.ring.length && this.ring.length < MOST_BYTES) this.grow();
    const size = this.ring.length;
    const place = this.written % size;
    if (place + length > size) this.written += size - place;
    const at = this.written;
    const { bytes } = batch;
    const from = batch.offset[index];
    const to = at % size;
    if (length < 128) for (let i = 0; i < length; i++) this.ring[to + i] = bytes[from + i];
    else this.ring.set(bytes.subarray(from, from + length), to);
    this.written = at + length;
    return at;
  }

  private grow(): void {
    // Nothing has been overwritten yet, so offsets stay valid.
    const grown = new Uint8Array(this.ring.length * 2);
    grown.set(this.ring);
    this.ring = grown;
  }

  /** A batch whose record 0 is the packet; undefined where it has been overwritten. */
  record(
    at: number,
    length: number,
    wire: number,
    linkType: number,
    seconds: number,
    nanoseconds: number,
  ): Batch | undefined {
    const { batch, ring } = this;
    if (length === 0 || at < this.written - ring.length) return undefined;
    batch.reset(ring, 1);
    batch.offset[0] = at % ring.length;
    batch.captured[0] = length;
    batch.wire[0] = wire;
    batch.seconds[0] = seconds;
    batch.nanoseconds[0] = nanoseconds;
    batch.linkType[0] = linkType;
    batch.count = 1;
    return batch;
  }
}
