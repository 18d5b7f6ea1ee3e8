// What is counted only of directions that need it: verdicts, the frames that prove them, losses, holes.
import * as counter from './tally-cells.ts';
import { VERDICTS } from './verdict.ts';

/** Frames remembered for each verdict. */
const PROOFS = 4;
/** Losses of each kind whose place in the direction is remembered. */
export const LOSSES = 16;
/** Where it was lost: upstream of the capture point, so that it left a hole, or downstream, so that it was captured again. */
export const UPSTREAM = 0;
export const DOWNSTREAM = 1;
type LossKind = typeof UPSTREAM | typeof DOWNSTREAM;
/** Holes a direction remembers at a time; of more, the oldest is forgotten. */
const HOLES = 32;

/** Frames that BEHIND_ACK_FRAMES has room for. */
export const BEHIND_ACK_PROOFS = 4;

// A block: a counter for each verdict, frames for each, losses of each kind (their number, how many of them are
// remembered, and the places and sequence numbers of these), and holes of four cells each.
const COUNTS = 0;
const FRAMES = COUNTS + VERDICTS.length;
const LOSS_COUNT = FRAMES + VERDICTS.length * PROOFS;
const LOSS_KEPT = 1;
const LOSS_PLACES = 2;
const LOSS_SEQUENCES = LOSS_PLACES + LOSSES;
const LOSS_CELLS = LOSS_SEQUENCES + LOSSES;
const HOLE_COUNT = LOSS_COUNT + 2 * LOSS_CELLS;
const HOLE_CELLS = HOLE_COUNT + 1;
// Cells of a hole: its first number and the one after its last, and frame and IP identification of what passed over it.
const HOLE = 4;
const HOLE_END = 1;
const HOLE_FRAME = 2;
const HOLE_IDENTIFICATION = 3;
const EXTRA = HOLE_CELLS + HOLES * HOLE;
const STRIDE = EXTRA + counter.COUNTERS;

/** Blocks of counters in one pool; a direction keeps the handle of its block, 0 while it has none. */
export class Tallies {
  private cells = new Int32Array(STRIDE * 64);
  /** Block 0 stands for none. */
  private used = STRIDE;
  private readonly free: number[] = [];
  /** IP identification of what passed over the hole filled last. */
  passedBy = 0;

  /** A cleared block. */
  take(): number {
    const block = this.free.pop();
    if (block !== undefined) return block;
    if (this.used === this.cells.length) {
      const cells = new Int32Array(this.cells.length * 2);
      cells.set(this.cells);
      this.cells = cells;
    }
    this.used += STRIDE;
    return this.used - STRIDE;
  }

  give(block: number): void {
    if (block === 0) return;
    this.cells.fill(0, block, block + STRIDE);
    this.free.push(block);
  }

  /** All blocks, to be handed to another thread. */
  release(): Int32Array<ArrayBuffer> {
    return this.cells.slice(STRIDE, this.used);
  }

  /** Appends the blocks of another pool. Returns what is to be added to their handles. */
  append(blocks: Int32Array): number {
    const offset = this.used - STRIDE;
    const cells = new Int32Array(this.used + blocks.length);
    cells.set(this.cells.subarray(0, this.used));
    cells.set(blocks, this.used);
    this.cells = cells;
    this.used = cells.length;
    return offset;
  }

  /** Counts one of the counters up. */
  bump(block: number, counter: number): void {
    this.cells[block + EXTRA + counter]++;
  }

  /** Adds to one of the counters. */
  raise(block: number, counter: number, amount: number): void {
    this.cells[block + EXTRA + counter] += amount;
  }

  set(block: number, counter: number, value: number): void {
    this.cells[block + EXTRA + counter] = value;
  }

  /** One of the counters; 0 without a block. */
  get(block: number, counter: number): number {
    return block === 0 ? 0 : this.cells[block + EXTRA + counter];
  }

  /** Counts each verdict of the mask, seen in `frame`. */
  count(block: number, mask: number, frame: number): void {
    for (let left = mask; left !== 0; left &= left - 1) {
      const bit = 31 - Math.clz32(left & -left);
      const count = this.cells[block + COUNTS + bit]++;
      if (count < PROOFS) this.cells[block + FRAMES + bit * PROOFS + count] = frame;
    }
  }

  /** How often the verdict with this bit number was given. */
  counted(block: number, bit: number): number {
    return block === 0 ? 0 : this.cells[block + COUNTS + bit];
  }

  /** How often any verdict was given. */
  total(block: number): number {
    let sum = 0;
    for (let bit = 0; bit < VERDICTS.length; bit++) sum += this.counted(block, bit);
    return sum;
  }

  /** The first frames with that verdict. */
  frames(block: number, bit: number): number[] {
    const count = Math.min(this.counted(block, bit), PROOFS);
    const first = block + FRAMES + bit * PROOFS;
    return Array.from(this.cells.subarray(first, first + count));
  }

  /** Remembers that the `place`-th packet of the direction, whose data begins at `begin`, was lost. */
  lost(block: number, kind: LossKind, place: number, begin: number): void {
    const list = block + LOSS_COUNT + kind * LOSS_CELLS;
    this.cells[list]++;
    const kept = this.cells[list + LOSS_KEPT];
    if (kept === LOSSES) return;
    this.cells[list + LOSS_PLACES + kept] = place;
    this.cells[list + LOSS_SEQUENCES + kept] = begin;
    this.cells[list + LOSS_KEPT] = kept + 1;
  }

  /** The data that begins at `begin`, and was taken for lost, had arrived, or was only late. */
  arrived(block: number, kind: LossKind, begin: number): void {
    const list = block + LOSS_COUNT + kind * LOSS_CELLS;
    const kept = this.cells[list + LOSS_KEPT];
    for (let i = kept - 1; i >= 0; i--) {
      if (this.cells[list + LOSS_SEQUENCES + i] !== begin) continue;
      const places = list + LOSS_PLACES;
      this.cells.copyWithin(places + i, places + i + 1, places + kept);
      const sequences = list + LOSS_SEQUENCES;
      this.cells.copyWithin(sequences + i, sequences + i + 1, sequences + kept);
      this.cells[list]--;
      this.cells[list + LOSS_KEPT] = kept - 1;
      return;
    }
  }

  /** How many losses of a kind there were. */
  lossCount(block: number, kind: LossKind): number {
    return block === 0 ? 0 : this.cells[block + LOSS_COUNT + kind * LOSS_CELLS];
  }

  /** The places of the first losses of a kind, in the order they were seen. */
  losses(block: number, kind: LossKind): number[] {
    if (block === 0) return [];
    const list = block + LOSS_COUNT + kind * LOSS_CELLS;
    const places = list + LOSS_PLACES;
    return Array.from(this.cells.subarray(places, places + this.cells[list + LOSS_KEPT]));
  }

  /** Remembers that the numbers from `begin` up to before `end` were passed over in `frame`. */
  open(block: number, begin: number, end: number, frame: number, identification: number): void {
    const { cells } = this;
    const first = block + HOLE_CELLS;
    let count = cells[block + HOLE_COUNT];
    if (count === HOLES) {
      cells[block + EXTRA + counter.FORGOTTEN] = cells[first + HOLE_END];
      cells.copyWithin(first, first + HOLE, first + HOLES * HOLE);
      count--;
    }
    const hole = first + count * HOLE;
    cells[hole] = begin;
    cells[hole + HOLE_END] = end;
    cells[hole + HOLE_FRAME] = frame;
    cells[hole + HOLE_IDENTIFICATION] = identification;
    cells[block + HOLE_COUNT] = count + 1;
  }

  /** Takes the numbers from `begin` up to before `end` out of the holes. Returns how many of them were in holes. */
  fill(block: number, begin: number, end: number): number {
    const { cells } = this;
    let filled = 0;
    for (let i = cells[block + HOLE_COUNT] - 1; i >= 0; i--) {
      const hole = block + HOLE_CELLS + i * HOLE;
      const holeBegin = cells[hole];
      const holeEnd = cells[hole + HOLE_END];
      const left = Math.max(0, (begin - holeBegin) | 0);
      const right = Math.max(0, (holeEnd - end) | 0);
      const length = (holeEnd - holeBegin) | 0;
      if (left >= length || right >= length) continue;
      filled += length - left - right;
      this.passedBy = cells[hole + HOLE_IDENTIFICATION];
      if (left > 0 && right > 0) {
        cells[hole + HOLE_END] = begin;
        this.open(block, end, holeEnd, cells[hole + HOLE_FRAME], this.passedBy);
      } else if (left > 0) cells[hole + HOLE_END] = begin;
      else if (right > 0) cells[hole] = end;
      else {
        const last = block + HOLE_CELLS + (cells[block + HOLE_COUNT] - 1) * HOLE;
        cells.copyWithin(hole, hole + HOLE, last + HOLE);
        cells[block + HOLE_COUNT]--;
      }
    }
    return filled;
  }

  /** The holes still open before `acknowledged`: bytes in them, and the frames that passed over them. */
  holes(block: number, acknowledged: number): { bytes: number; frames: number[] } {
    const found = { bytes: 0, frames: [] as number[] };
    if (block === 0) return found;
    for (let i = 0; i < this.cells[block + HOLE_COUNT]; i++) {
      const hole = block + HOLE_CELLS + i * HOLE;
      if (((this.cells[hole + HOLE_END] - acknowledged) | 0) > 0) continue;
      found.bytes += (this.cells[hole + HOLE_END] - this.cells[hole]) | 0;
      found.frames.push(this.cells[hole + HOLE_FRAME]);
    }
    return found;
  }
}
