// The cells of a sealed column as Parquet stores them: those that are not NULL, in the narrowest array that holds them, and apart
// from them which are NULL. No bigint is made of a cell, unless a double cannot hold it.
import type { Cell, ColumnData } from './rows.ts';
import type { Column } from './schema.ts';

export interface PresentCells {
  /** Integers as int32, as doubles, or, beyond 2^53, as int64; everything else as it came. */
  cells: Int32Array | Float64Array | BigInt64Array | Cell[];
  /** 1 for a cell that is there, 0 for NULL; undefined where the column cannot be NULL. */
  levels: Uint8Array | undefined;
  nulls: number;
}

const HIGH = 2 ** 32;
/** The upper half of an int64 that a double holds lies within this, or is one less than its negative. */
const SAFE_HIGH = 2 ** 21;
const MAX_INT64 = 2n ** 63n - 1n;

export function presentCells({ type, nullable }: Column, data: ColumnData): PresentCells {
  if (Array.isArray(data)) return nullable ? presentOf(data) : { cells: data, levels: undefined, nulls: 0 };
  if (data instanceof Float64Array && type !== 'double') return presentIntegers(data);
  const cells = data instanceof BigInt64Array ? narrow(data) : data;
  return { cells, levels: undefined, nulls: 0 };
}

function presentOf(data: readonly Cell[]): PresentCells {
  const levels = new Uint8Array(data.length);
  const cells: Cell[] = [];
  for (let row = 0; row < data.length; row++) {
    if (data[row] === null || data[row] === undefined) continue;
    levels[row] = 1;
    cells.push(data[row]);
  }
  return { cells, levels, nulls: data.length - cells.length };
}

/** Of integers that may be NULL, which is NaN. */
function presentIntegers(data: Float64Array): PresentCells {
  const levels = new Uint8Array(data.length);
  const packed = new Float64Array(data.length);
  let count = 0;
  let fits = true;
  let safe = true;
  for (let row = 0; row < data.length; row++) {
    const cell = data[row];
    if (Number.isNaN(cell)) continue;
    levels[row] = 1;
    packed[count++] = cell;
    if (fits && cell !== (cell | 0)) fits = false;
    if (!fits && !Number.isSafeInteger(cell)) safe = false;
  }
  const present = packed.subarray(0, count);
  const nulls = data.length - count;
  if (fits) return { cells: Int32Array.from(present), levels, nulls };
  return { cells: safe ? present : BigInt64Array.from(present, int64), levels, nulls };
}

/** @throws RangeError for what is no integer */
function int64(cell: unknown): bigint {
  const value = BigInt(cell as number);
  return value > MAX_INT64 ? MAX_INT64 : value < -MAX_INT64 ? -MAX_INT64 : value;
}

function narrow(data: BigInt64Array): Int32Array | Float64Array | BigInt64Array {
  const halves = halvesOf(data);
  let fits = true;
  for (let i = 0; i < halves.length; i += 2) {
    const high = halves[i + 1];
    // The upper half of what fits only repeats the sign of the lower.
    if (fits && high !== halves[i] >> 31) fits = false;
    if (high >= SAFE_HIGH || high < -SAFE_HIGH) return data;
  }
  if (fits) {
    const low = new Int32Array(data.length);
    for (let row = 0; row < low.length; row++) low[row] = halves[2 * row];
    return low;
  }
  const doubles = new Float64Array(data.length);
  for (let row = 0; row < doubles.length; row++)
    doubles[row] = halves[2 * row + 1] * HIGH + (halves[2 * row] >>> 0);
  return doubles;
}

/** Lower and upper halves in turn. (Every machine that Node runs on is little-endian.) */
function halvesOf(data: BigInt64Array): Int32Array {
  return new Int32Array(data.buffer, data.byteOffset, 2 * data.length);
}

/** Integers as Parquet's PLAIN encoding has them. */
export function plainIntegers(
  cells: Int32Array | Float64Array | BigInt64Array,
  type: 'INT32' | 'INT64',
): Uint8Array {
  if (cells instanceof BigInt64Array || (type === 'INT32' && cells instanceof Int32Array))
    return new Uint8Array(cells.buffer, cells.byteOffset, cells.byteLength);
  if (type === 'INT32') throw new RangeError('a number does not fit in 32 bits');
  const halves = new Int32Array(2 * cells.length);
  for (let row = 0; row < cells.length; row++) {
    const cell = cells[row];
    const high = Math.floor(cell / HIGH);
    halves[2 * row] = cell - high * HIGH;
    halves[2 * row + 1] = high;
  }
  return new Uint8Array(halves.buffer);
}

/** The lowest and highest of integers; undefined of none. */
export function rangeOf(
  cells: Int32Array | Float64Array | BigInt64Array,
): { lowest: number | bigint; highest: number | bigint } | undefined {
  if (cells.length === 0) return undefined;
  let lowest = 0;
  let highest = 0;
  if (cells instanceof BigInt64Array) {
    const halves = halvesOf(cells);
    for (let row = 1; row < cells.length; row++) {
      if (isBelow(halves, row, lowest)) lowest = row;
      else if (isBelow(halves, highest, row)) highest = row;
    }
  } else {
    for (let row = 1; row < cells.length; row++) {
      if (cells[row] < cells[lowest]) lowest = row;
      else if (cells[row] > cells[highest]) highest = row;
    }
  }
  return { lowest: cells[lowest], highest: cells[highest] };
}

function isBelow(halves: Int32Array, a: number, b: number): boolean {
  const high = halves[2 * a + 1] - halves[2 * b + 1];
  return high !== 0 ? high < 0 : halves[2 * a] >>> 0 < halves[2 * b] >>> 0;
}
