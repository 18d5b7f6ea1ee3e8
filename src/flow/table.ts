// The table of connections: from addresses and ports to the row of the connection, without a string or an object.
import { mix, SECRET } from '../base/hash.ts';
import {
  CLOSED,
  DIRECTION_CELLS,
  DIRECTIONS,
  HASH,
  HIGH_ADDRESS,
  IN_USE,
  KEY_CELLS,
  LAST_ACK_SECONDS,
  LOW_ADDRESS,
  PORTS,
  REPLACED,
  ROW_CELLS,
  SCOPE,
  STATE,
} from './connection.ts';

const PAGE_SHIFT = 8;
/** Rows a page holds. */
const PAGE_ROWS = 1 << PAGE_SHIFT;
const FIRST_SIZE = 1 << 12;
/** Rows examined to evict one, and what being closed counts for, in seconds of being idle. */
const LOOKED_AT = 64;
const CLOSED_BONUS = 1e6;

/**
 * Rows of connections, found by an open-addressed index with linear probing, at most half full. A key is found alike
 * from both ends: the endpoint with the lower address, or the lower port, is put first.
 */
export class ConnectionTable {
  /** Rows ever made; rows that were removed are made again before new ones. */
  rows = 0;
  /** Of the last key looked up: 0 where its sender is the lower endpoint, 1 where it is the higher. */
  direction = 0;
  /** The row found last, -1 for none. */
  private row = -1;
  /** The row examined last for eviction. */
  private hand = -1;
  private readonly pages: Int32Array[] = [];
  private readonly doubles: Float64Array[] = [];
  /** Hash and row + 1, in turn. */
  private index = new Int32Array(FIRST_SIZE * 2);
  private mask = FIRST_SIZE - 1;
  /** Keys in the index. */
  private found = 0;
  private readonly free: number[] = [];
  /** The last key looked up: lower and higher address, ports, scope. */
  private readonly low = new Int32Array(4);
  private readonly high = new Int32Array(4);
  private ports = 0;
  private scope = 0;
  private hash = 0;

  /** Rows of connections. */
  get size(): number {
    return this.rows - this.free.length;
  }

  /**
   * Of the next rows in turn, the one that is closed and idle for longest at `now` (in seconds), or else the one idle
   * for longest, but not the one found last; -1 where there is none.
   */
  leastNeeded(now: number): number {
    let chosen = -1;
    let highest = -1;
    for (let looked = 0; looked < LOOKED_AT; looked++) {
      this.hand = (this.hand + 1) % this.rows;
      const cells = this.cells(this.hand);
      const offset = this.offset(this.hand);
      const state = cells[offset + STATE];
      if ((state & IN_USE) === 0 || this.hand === this.row) continue;
      const low = now - cells[offset + DIRECTIONS + LAST_ACK_SECONDS];
      const high = now - cells[offset + DIRECTIONS + DIRECTION_CELLS + LAST_ACK_SECONDS];
      const score = Math.max(0, Math.min(low, high)) + ((state & CLOSED) === 0 ? 0 : CLOSED_BONUS);
      if (score <= highest) continue;
      highest = score;
      chosen = this.hand;
    }
    return chosen;
  }

  /** The pages of all rows, to be handed to another thread. */
  release(): ArrayBuffer[] {
    return this.pages.map((page) => page.buffer as ArrayBuffer);
  }

  /** Appends the pages of another table, whose rows no key finds here. Returns what is to be added to their numbers. */
  append(pages: readonly ArrayBuffer[]): number {
    const first = this.pages.length << PAGE_SHIFT;
    for (const page of pages) {
      this.pages.push(new Int32Array(page));
      this.doubles.push(new Float64Array(page));
    }
    this.rows = this.pages.length << PAGE_SHIFT;
    return first;
  }

  /** The int32 cells a row lies in, from `at(row)` on. */
  cells(row: number): Int32Array {
    return this.pages[row >>> PAGE_SHIFT];
  }

  /** The same as float64, from `at(row) / 2` on. */
  values(row: number): Float64Array {
    return this.doubles[row >>> PAGE_SHIFT];
  }

  offset(row: number): number {
    return (row & (PAGE_ROWS - 1)) * ROW_CELLS;
  }

  /**
   * The row of the connection between two IPv4 endpoints, or -1. Keeps the key for `insert`, and sets `direction`.
   * Addresses are given by where they lie in `bytes`, ports as source << 16 | destination.
   */
  find4(bytes: DataView, source: number, destination: number, ports: number, scope: number): number {
    let low = bytes.getInt32(source);
    let high = bytes.getInt32(destination);
    let both = ports;
    this.direction = 0;
    if (low > high || (low === high && ports >>> 16 > (ports & 0xffff))) {
      const lower = high;
      high = low;
      low = lower;
      both = (ports << 16) | (ports >>> 16);
      this.direction = 1;
    }
    const hash = mix(mix(mix(SECRET ^ scope, low), high), both);
    const { index, mask } = this;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const row = index[slot * 2 + 1] - 1;
      if (row < 0) break;
      if (index[slot * 2] !== hash) continue;
      const cells = this.pages[row >>> PAGE_SHIFT];
      const offset = this.offset(row);
      if (
        cells[offset + LOW_ADDRESS] === low &&
        cells[offset + HIGH_ADDRESS] === high &&
        cells[offset + PORTS] === both &&
        cells[offset + SCOPE] === scope
      ) {
        this.hash = hash;
        this.row = row;
        return row;
      }
    }
    this.low.fill(0);
    this.high.fill(0);
    this.low[0] = low;
    this.high[0] = high;
    this.ports = both;
    this.scope = scope;
    this.hash = hash;
    this.row = -1;
    return -1;
  }

  /** The same for IPv6. */
  find6(bytes: DataView, source: number, destination: number, ports: number, scope: number): number {
    let order = 0;
    for (let i = 0; i < 4 && order === 0; i++) {
      const a = bytes.getInt32(source + i * 4);
      const b = bytes.getInt32(destination + i * 4);
      order = a === b ? 0 : a < b ? -1 : 1;
    }
    if (order === 0) order = (ports >>> 16) - (ports & 0xffff);
    const low = order > 0 ? destination : source;
    const high = order > 0 ? source : destination;
    this.direction = order > 0 ? 1 : 0;
    let hash = SECRET ^ scope;
    for (let i = 0; i < 4; i++) {
      this.low[i] = bytes.getInt32(low + i * 4);
      this.high[i] = bytes.getInt32(high + i * 4);
      hash = mix(mix(hash, this.low[i]), this.high[i]);
    }
    this.ports = order > 0 ? (ports << 16) | (ports >>> 16) : ports;
    this.scope = scope;
    hash = mix(hash, this.ports);
    this.hash = hash;
    const { index, mask } = this;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const row = index[slot * 2 + 1] - 1;
      if (row >= 0 && (index[slot * 2] !== hash || !this.hasKey(row))) continue;
      this.row = row;
      return row;
    }
  }

  private hasKey(row: number): boolean {
    const cells = this.cells(row);
    const offset = this.offset(row);
    if (cells[offset + PORTS] !== this.ports || cells[offset + SCOPE] !== this.scope) return false;
    for (let i = 0; i < 4; i++) {
      if (
        cells[offset + LOW_ADDRESS + i] !== this.low[i] ||
        cells[offset + HIGH_ADDRESS + i] !== this.high[i]
      )
        return false;
    }
    return true;
  }

  /** A cleared row for the last key looked up. The row that had the key before stays, but is found no more. */
  insert(): number {
    const row = this.free.pop() ?? this.rows++;
    if (row >>> PAGE_SHIFT === this.pages.length) {
      const buffer = new ArrayBuffer(PAGE_ROWS * ROW_CELLS * 4);
      this.pages.push(new Int32Array(buffer));
      this.doubles.push(new Float64Array(buffer));
    }
    const cells = this.cells(row);
    const offset = this.offset(row);
    cells[offset + HASH] = this.hash;
    const before = this.row;
    if (before < 0) {
      cells.set(this.low, offset + LOW_ADDRESS);
      cells.set(this.high, offset + HIGH_ADDRESS);
      cells[offset + PORTS] = this.ports;
      cells[offset + SCOPE] = this.scope;
      this.enter(row);
    } else {
      const old = this.offset(before);
      cells.set(this.cells(before).subarray(old, old + KEY_CELLS), offset);
      this.cells(before)[old + STATE] |= REPLACED | CLOSED;
      this.index[this.slot(this.hash, before) * 2 + 1] = row + 1;
    }
    this.row = row;
    return row;
  }

  private enter(row: number): void {
    const { hash, index, mask } = this;
    let slot = hash & mask;
    while (index[slot * 2 + 1] !== 0) slot = (slot + 1) & mask;
    index[slot * 2] = hash;
    index[slot * 2 + 1] = row + 1;
    if (++this.found * 2 > mask) this.grow();
  }

  /** Where a row stands in the index. */
  private slot(hash: number, row: number): number {
    let slot = hash & this.mask;
    while (this.index[slot * 2 + 1] !== row + 1) slot = (slot + 1) & this.mask;
    return slot;
  }

  /** Takes a row out; its cells are cleared and will be used again. */
  remove(row: number): void {
    const cells = this.cells(row);
    const offset = this.offset(row);
    if ((cells[offset + STATE] & REPLACED) === 0) this.unlink(this.slot(cells[offset + HASH], row));
    cells.fill(0, offset, offset + ROW_CELLS);
    this.free.push(row);
  }

  /** Empties a slot of the index and closes the gap, so that no probe ends there too early. */
  private unlink(gap: number): void {
    const { index, mask } = this;
    let slot = gap;
    this.found--;
    for (let next = (slot + 1) & mask; index[next * 2 + 1] !== 0; next = (next + 1) & mask) {
      const home = index[next * 2] & mask;
      if (((next - home) & mask) < ((next - slot) & mask)) continue;
      index[slot * 2] = index[next * 2];
      index[slot * 2 + 1] = index[next * 2 + 1];
      slot = next;
    }
    index[slot * 2] = 0;
    index[slot * 2 + 1] = 0;
  }

  private grow(): void {
    const old = this.index;
    const mask = this.mask * 2 + 1;
    const index = new Int32Array((mask + 1) * 2);
    for (let i = 0; i < old.length; i += 2) {
      if (old[i + 1] === 0) continue;
      let slot = old[i] & mask;
      while (index[slot * 2 + 1] !== 0) slot = (slot + 1) & mask;
      index[slot * 2] = old[i];
      index[slot * 2 + 1] = old[i + 1];
    }
    this.index = index;
    this.mask = mask;
  }
}
