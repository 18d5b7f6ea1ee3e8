// Windows that kept a sender from sending: closed by the receiver, or filled by the sender.

/** The kinds of stall a direction's window has. */
export const CLOSED = 0;
export const FILLED = 1;
type StallKind = typeof CLOSED | typeof FILLED;

/** A stall: nanoseconds in all, nanoseconds of the longest, and the frames between which that one lies (0: to the end). */
export interface Stall {
  total: number;
  longest: number;
  fromFrame: number;
  untilFrame: number;
}

// A record: three float64, then int32 cells; two of them, one a kind, are a block.
const TOTAL = 0;
/** When it began; negative while there is none. */
const SINCE = 1;
const LONGEST = 2;
const SINCE_FRAME = 6;
const FROM_FRAME = 7;
const UNTIL_FRAME = 8;
const RECORD = 10;
const STRIDE = 2 * RECORD;

/** The stalls of all directions that had one, in one pool. A direction keeps the handle of its block, 0 for none. */
export class Stalls {
  private cells = new Int32Array(STRIDE * 64);
  private times = new Float64Array(this.cells.buffer);
  /** Block 0 stands for none. */
  private used = STRIDE;
  private readonly free: number[] = [];

  /** A block without a stall. */
  take(): number {
    const block = this.free.pop() ?? this.make();
    this.times[block / 2 + SINCE] = -1;
    this.times[(block + RECORD) / 2 + SINCE] = -1;
    return block;
  }

  private make(): number {
    if (this.used === this.cells.length) this.grow(this.cells.length * 2);
    this.used += STRIDE;
    return this.used - STRIDE;
  }

  private grow(length: number): void {
    const cells = new Int32Array(length);
    cells.set(this.cells);
    this.cells = cells;
    this.times = new Float64Array(cells.buffer);
  }

  give(block: number): void {
    if (block === 0) return;
    this.cells.fill(0, block, block + STRIDE);
    this.free.push(block);
  }

  isOn(block: number, kind: StallKind): boolean {
    return block !== 0 && this.times[(block + kind * RECORD) / 2 + SINCE] >= 0;
  }

  /** It begins at a time (nanoseconds) with a frame, where it is not on. */
  begin(block: number, kind: StallKind, time: number, frame: number): void {
    if (this.isOn(block, kind)) return;
    const record = block + kind * RECORD;
    this.times[record / 2 + SINCE] = time;
    this.cells[record + SINCE_FRAME] = frame;
  }

  /** It ends, where it is on. */
  end(block: number, kind: StallKind, time: number, frame: number): void {
    if (!this.isOn(block, kind)) return;
    const record = block + kind * RECORD;
    const lasted = time - this.times[record / 2 + SINCE];
    this.times[record / 2 + SINCE] = -1;
    this.times[record / 2 + TOTAL] += lasted;
    if (lasted < this.times[record / 2 + LONGEST]) return;
    this.times[record / 2 + LONGEST] = lasted;
    this.cells[record + FROM_FRAME] = this.cells[record + SINCE_FRAME];
    this.cells[record + UNTIL_FRAME] = frame;
  }

  /** Discards a stall that turned out not to be one. */
  drop(block: number, kind: StallKind): void {
    this.times[(block + kind * RECORD) / 2 + SINCE] = -1;
  }

  /** What there was by `end`, the time of the connection's last packet. One that is on lasts until then. */
  stall(block: number, kind: StallKind, end: number): Stall {
    if (block === 0) return { total: 0, longest: 0, fromFrame: 0, untilFrame: 0 };
    const record = block + kind * RECORD;
    const total = this.times[record / 2 + TOTAL];
    const longest = this.times[record / 2 + LONGEST];
    const known = {
      longest,
      fromFrame: this.cells[record + FROM_FRAME],
      untilFrame: this.cells[record + UNTIL_FRAME],
    };
    if (!this.isOn(block, kind)) return { total, ...known };
    const lasting = end - this.times[record / 2 + SINCE];
    const last = { longest: lasting, fromFrame: this.cells[record + SINCE_FRAME], untilFrame: 0 };
    return { total: total + lasting, ...(lasting >= longest ? last : known) };
  }

  /** Nanoseconds that the window was closed or filled, whichever is more, by `end`. */
  time(block: number, end: number): number {
    if (block === 0) return 0;
    return Math.max(this.stall(block, CLOSED, end).total, this.stall(block, FILLED, end).total);
  }

  /** All blocks, to be handed to another thread. */
  release(): Int32Array<ArrayBuffer> {
    return this.cells.slice(STRIDE, this.used);
  }

  /** Appends the blocks of another pool. Returns what is to be added to their handles. */
  append(blocks: Int32Array): number {
    const offset = this.used - STRIDE;
    const used = this.used + blocks.length;
    if (used > this.cells.length) this.grow(used);
    this.cells.set(blocks, this.used);
    this.used = used;
    return offset;
  }
}
