// What is counted only of directions with something to tell: verdicts, the frames that prove them, losses, holes.
import { VERDICTS } from './verdict.ts';

/** Frames remembered for each verdict. */
export const PROOFS = 4;
/** Losses whose place in the direction is remembered. */
export const LOSSES = 16;
/** Holes a direction remembers at a time; of more, the oldest is forgotten. */
export const HOLES = 8;

// Counters besides those of verdicts.
/** Segments that filled a hole; and of these, so soon that they count as overtaken. */
export const FILLING = 0;
export const OVERTAKEN = 1;
/** Segments captured before and not acknowledged; and of these, those the receiver's window was shut for. */
export const REPEATED = 2;
export const REPEATED_STALLED = 3;
/** Segments captured twice. */
export const TWICE = 4;
/** Windows taken back, and the frame that did so first. */
export const SHRUNK = 5;
export const SHRUNK_FRAME = 6;
/** The sequence numbers the last of them had announced before, from the one where it ends now. */
export const SHRUNK_FROM = 7;
export const SHRUNK_UNTIL = 8;
const EXTRAS = 9;

// A block: a counter for each verdict, frames for each, places of losses, and holes of three cells each.
const COUNTS = 0;
const FRAMES = COUNTS + VERDICTS.length;
const LOSS_COUNT = FRAMES + VERDICTS.length * PROOFS;
const LOSS_PLACES = LOSS_COUNT + 1;
const HOLE_COUNT = LOSS_PLACES + LOSSES;
const HOLE_CELLS = HOLE_COUNT + 1;
const EXTRA = HOLE_CELLS + HOLES * 3;
const STRIDE = EXTRA + EXTRAS;

/** Blocks of counters in one pool; a direction keeps the handle of its block, 0 while it has none. */
export class Tallies {
  private cells = new Int32Array(STRIDE * 64);
  /** Block 0 stands for none. */
  private used = STRIDE;
  private readonly free: number[] = [];

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

  /** Takes in the blocks of another pool. Answers what is to be added to their handles. */
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
    this.cells[block + EXTRA + counter]!++;
  }

  set(block: number, counter: number, value: number): void {
    this.cells[block + EXTRA + counter] = value;
  }

  /** One of the counters; 0 without a block. */
  get(block: number, counter: number): number {
    return block === 0 ? 0 : this.cells[block + EXTRA + counter]!;
  }

  /** Counts each verdict of the mask, seen in `frame`. */
  count(block: number, mask: number, frame: number): void {
    for (let left = mask; left !== 0; left &= left - 1) {
      const bit = 31 - Math.clz32(left & -left);
      const count = this.cells[block + COUNTS + bit]!++;
      if (count < PROOFS) this.cells[block + FRAMES + bit * PROOFS + count] = frame;
    }
  }

  /** How often the verdict with this bit number was given. */
  counted(block: number, bit: number): number {
    return block === 0 ? 0 : this.cells[block + COUNTS + bit]!;
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
    const from = block + FRAMES + bit * PROOFS;
    return Array.from(this.cells.subarray(from, from + count));
  }

  /** Remembers that the `place`-th packet of the direction was lost. */
  lost(block: number, place: number): void {
    const count = this.cells[block + LOSS_COUNT]!;
    if (count < LOSSES) this.cells[block + LOSS_PLACES + count] = place;
    this.cells[block + LOSS_COUNT]!++;
  }

  /** How many losses there were. */
  lossCount(block: number): number {
    return block === 0 ? 0 : this.cells[block + LOSS_COUNT]!;
  }

  /** The places of the first losses, in the order they were seen. */
  losses(block: number): number[] {
    if (block === 0) return [];
    const count = Math.min(this.cells[block + LOSS_COUNT]!, LOSSES);
    return Array.from(this.cells.subarray(block + LOSS_PLACES, block + LOSS_PLACES + count));
  }

  /** Remembers that the numbers from `begin` up to before `end` were passed over in `frame`. */
  open(block: number, begin: number, end: number, frame: number): void {
    const { cells } = this;
    const first = block + HOLE_CELLS;
    let count = cells[block + HOLE_COUNT]!;
    if (count === HOLES) {
      cells.copyWithin(first, first + 3, first + HOLES * 3);
      count--;
    }
    cells[first + count * 3] = begin;
    cells[first + count * 3 + 1] = end;
    cells[first + count * 3 + 2] = frame;
    cells[block + HOLE_COUNT] = count + 1;
  }

  /** Takes the numbers from `begin` up to before `end` out of the holes. Answers how many of them were in holes. */
  fill(block: number, begin: number, end: number): number {
    const { cells } = this;
    let filled = 0;
    for (let i = cells[block + HOLE_COUNT]! - 1; i >= 0; i--) {
      const hole = block + HOLE_CELLS + i * 3;
      const from = cells[hole]!;
      const to = cells[hole + 1]!;
      const left = Math.max(0, (begin - from) | 0);
      const right = Math.max(0, (to - end) | 0);
      const length = (to - from) | 0;
      if (left >= length || right >= length) continue;
      filled += length - left - right;
      if (left > 0 && right > 0) {
        cells[hole + 1] = begin;
        this.open(block, end, to, cells[hole + 2]!);
      } else if (left > 0) cells[hole + 1] = begin;
      else if (right > 0) cells[hole] = end;
      else {
        const last = block + HOLE_CELLS + (cells[block + HOLE_COUNT]! - 1) * 3;
        cells.copyWithin(hole, hole + 3, last + 3);
        cells[block + HOLE_COUNT]!--;
      }
    }
    return filled;
  }

  /** The holes still open before `acknowledged`: bytes in them, and the frames that passed over them. */
  holes(block: number, acknowledged: number): { bytes: number; frames: number[] } {
    const found = { bytes: 0, frames: [] as number[] };
    if (block === 0) return found;
    for (let i = 0; i < this.cells[block + HOLE_COUNT]!; i++) {
      const hole = block + HOLE_CELLS + i * 3;
      if (((this.cells[hole + 1]! - acknowledged) | 0) > 0) continue;
      found.bytes += (this.cells[hole + 1]! - this.cells[hole]!) | 0;
      found.frames.push(this.cells[hole + 2]!);
    }
    return found;
  }
}
