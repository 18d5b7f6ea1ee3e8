// The table of connections: from addresses and ports to the row of the connection, without a string or an object.
import {
  HIGH_ADDRESS, KEY_CELLS, LOW_ADDRESS, PORTS, ROW_CELLS, SCOPE,
} from './connection.ts';

/** Rows a page holds: a power of two. */
const PAGE_ROWS = 1024;
const PAGE_SHIFT = 10;
const FIRST_SIZE = 1 << 12;

/**
 * Rows of connections, found by an open-addressed index with linear probing (load at most one half). A key is found
 * alike from both ends: the endpoint with the lower address, or the lower port, is put first.
 */
export class ConnectionTable {
  /** Rows in use. */
  count = 0;
  /** What `find` was asked: where in the row of a connection its sender is kept: 0 lower endpoint, 1 higher. */
  direction = 0;
  /** Page by page: `row >> PAGE_SHIFT` is the page. */
  private readonly pages: Int32Array[] = [];
  private readonly doubles: Float64Array[] = [];
  private index = new Int32Array(FIRST_SIZE * 2);
  private mask = FIRST_SIZE - 1;
  private readonly key = new Int32Array(KEY_CELLS);
  private hash = 0;
  private rows = 0;

  /** The cells of a row's page, and where the row begins in them. */
  cells(row: number): Int32Array {
    return this.pages[row >>> PAGE_SHIFT]!;
  }
  values(row: number): Float64Array {
    return this.doubles[row >>> PAGE_SHIFT]!;
  }
  at(row: number): number {
    return (row & (PAGE_ROWS - 1)) * ROW_CELLS;
  }

  /**
   * The row of the connection between two endpoints, or -1. `words` is the length of the addresses in 32-bit words.
   * Remembers the key for `insert` and sets `direction`.
   */
  find(
    bytes: DataView, sourceAt: number, destinationAt: number, words: number,
    sourcePort: number, destinationPort: number, scope: number,
  ): number {
    const key = this.key;
    let order = 0;
    for (let i = 0; i < words; i++) {
      const a = bytes.getInt32(sourceAt + i * 4);
      const b = bytes.getInt32(destinationAt + i * 4);
      key[LOW_ADDRESS + i] = a;
      key[HIGH_ADDRESS + i] = b;
      if (order === 0) order = a < b ? -1 : a > b ? 1 : 0;
    }
    for (let i = words; i < 4; i++) {
      key[LOW_ADDRESS + i] = 0;
      key[HIGH_ADDRESS + i] = 0;
    }
    if (order === 0) order = sourcePort - destinationPort;
    if (order > 0) {
      for (let i = 0; i < words; i++) {
        const a = key[LOW_ADDRESS + i]!;
        key[LOW_ADDRESS + i] = key[HIGH_ADDRESS + i]!;
        key[HIGH_ADDRESS + i] = a;
      }
      key[PORTS] = (destinationPort << 16) | sourcePort;
      this.direction = 1;
    } else {
      key[PORTS] = (sourcePort << 16) | destinationPort;
      this.direction = 0;
    }
    key[SCOPE] = scope;
    let hash = 0;
    for (let i = 0; i < KEY_CELLS; i++) {
      hash = Math.imul(hash ^ key[i]!, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    this.hash = hash;
    const index = this.index;
    const mask = this.mask;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const row = index[slot * 2 + 1]! - 1;
      if (row < 0) return -1;
      if (index[slot * 2] === hash && this.same(row)) return row;
    }
  }

  private same(row: number): boolean {
    const cells = this.cells(row);
    const at = this.at(row);
    const key = this.key;
    for (let i = 0; i < KEY_CELLS; i++) if (cells[at + i] !== key[i]) return false;
    return true;
  }

  /** A cleared row for the key last asked for. A row that had the key before keeps its cells but is found no more. */
  insert(): number {
    const row = this.rows++;
    if (row >>> PAGE_SHIFT === this.pages.length) {
      const buffer = new ArrayBuffer(PAGE_ROWS * ROW_CELLS * 4);
      this.pages.push(new Int32Array(buffer));
      this.doubles.push(new Float64Array(buffer));
    }
    this.count++;
    this.cells(row).set(this.key, this.at(row));
    const index = this.index;
    const mask = this.mask;
    let slot = this.hash & mask;
    for (;;) {
      const old = index[slot * 2 + 1]! - 1;
      if (old < 0 || (index[slot * 2] === this.hash && this.same(old))) break;
      slot = (slot + 1) & mask;
    }
    index[slot * 2] = this.hash;
    index[slot * 2 + 1] = row + 1;
    if (this.count * 2 > mask) this.grow();
    return row;
  }

  private grow(): void {
    const old = this.index;
    this.mask = this.mask * 2 + 1;
    const index = new Int32Array((this.mask + 1) * 2);
    for (let i = 0; i < old.length; i += 2) {
      if (old[i + 1] === 0) continue;
      let slot = old[i]! & this.mask;
      while (index[slot * 2 + 1] !== 0) slot = (slot + 1) & this.mask;
      index[slot * 2] = old[i]!;
      index[slot * 2 + 1] = old[i + 1]!;
    }
    this.index = index;
  }
}
