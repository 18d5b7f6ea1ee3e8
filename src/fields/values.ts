// The values of one field in one packet: what a row of the catalogue reads, a column writes, and a display filter compares.

const NOTHING = new DataView(new ArrayBuffer(0));

/**
 * One field's values, in the order they occur in the packet; reused from packet to packet, so that nothing is allocated.
 * Which columns hold the value depends on the type of the field (field.ts): whole numbers, addresses of IPv4 and times
 * (in seconds) are numbers; everything else lies in bytes.
 */
export class Values {
  count = 0;
  /** The number; of a time, its whole seconds. */
  number = new Float64Array(8);
  /** Of a time: nanoseconds, of the same sign. */
  nanoseconds = new Int32Array(8);
  /** Bytes: where they lie. */
  view: DataView[] = new Array<DataView>(8).fill(NOTHING);
  offset = new Int32Array(8);
  length = new Int32Array(8);
  /** Which of the protocol's headers in the packet it is from, counted from 0. */
  layer = new Int32Array(8);

  clear(): void {
    this.count = 0;
  }

  /** A number; presence alone is the number 1. */
  add(layer: number, value: number): void {
    if (this.count === this.number.length) this.grow();
    const i = this.count++;
    this.number[i] = value;
    this.layer[i] = layer;
  }

  /** A time. */
  time(layer: number, seconds: number, nanoseconds: number): void {
    if (this.count === this.number.length) this.grow();
    const i = this.count++;
    this.number[i] = seconds;
    this.nanoseconds[i] = nanoseconds;
    this.layer[i] = layer;
  }

  /** Bytes `[offset, offset + length)` of `view`. */
  span(layer: number, view: DataView, offset: number, length: number): void {
    if (this.count === this.number.length) this.grow();
    const i = this.count++;
    this.view[i] = view;
    this.offset[i] = offset;
    this.length[i] = length;
    this.layer[i] = layer;
  }

  /** Puts the values from `start` on in the order of their headers; those of one header stay as they are. */
  sortByLayer(start: number): void {
    for (let i = start + 1; i < this.count; i++) {
      for (let j = i; j > start && this.layer[j] < this.layer[j - 1]; j--) this.swap(j, j - 1);
    }
  }

  private swap(i: number, j: number): void {
    const { number, nanoseconds, view, offset, length, layer } = this;
    for (const column of [number, nanoseconds, offset, length, layer]) {
      const kept = column[i];
      column[i] = column[j];
      column[j] = kept;
    }
    const kept = view[i];
    view[i] = view[j];
    view[j] = kept;
  }

  private grow(): void {
    const size = this.number.length * 2;
    const number = new Float64Array(size);
    number.set(this.number);
    this.number = number;
    this.nanoseconds = grown(this.nanoseconds, size);
    this.offset = grown(this.offset, size);
    this.length = grown(this.length, size);
    this.layer = grown(this.layer, size);
    while (this.view.length < size) this.view.push(NOTHING);
  }
}

/** The same numbers in an array of another size. */
export function grown(array: Int32Array, size: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(size);
  larger.set(array);
  return larger;
}
