// Rows of one table that wait to be written: a column each, so that nothing is allocated per row of numbers.
import type { Column, ColumnType, Table } from './schema.ts';

/** A cell, as `add` takes it: numbers for int64 where they are exact. */
export type Cell = string | number | bigint | boolean | Uint8Array | null;
/** What a column holds: numbers in typed arrays, of which those that may be NULL are doubles, and NaN is NULL. */
export type ColumnData = Int32Array | BigInt64Array | Float64Array | Cell[];

const FIRST_CAPACITY = 256;

const TYPED: Partial<Record<ColumnType, new (size: number) => Int32Array | BigInt64Array | Float64Array>> = {
  int32: Int32Array,
  date: Int32Array,
  int64: BigInt64Array,
  double: Float64Array,
};

function make({ type, nullable }: Column, capacity: number): ColumnData {
  const Typed = TYPED[type];
  if (Typed === undefined) return [];
  return nullable ? new Float64Array(capacity).fill(Number.NaN) : new Typed(capacity);
}

/** The first columns of every table, by their place: `seal` fills all but the time. */
const DAY = 0;
const HOST = 1;
const BOOT = 2;
const BATCH = 3;
const ROW = 4;
const CAPTURE = 5;
export const TIME = 6;

/** Where rows come from. */
export interface Origin {
  host: string;
  boot: string;
  capture: string;
  /** Version of the nscap that writes. */
  nscap: string;
}

/** Rows of a table and a day. `columns` are in the order of the schema; typed arrays are longer than `count`. */
export class Rows {
  readonly table: Table;
  /** Days since 1970. */
  readonly day: number;
  count = 0;
  columns: ColumnData[];
  private capacity = FIRST_CAPACITY;

  constructor(table: Table, day: number) {
    this.table = table;
    this.day = day;
    this.columns = table.columns.map((column) => make(column, this.capacity));
  }

  /**
   * One row more, at a time in nanoseconds. Answers its number; the caller fills the columns behind the time, of which numbers
   * are 0, or NULL where they may be, until then.
   */
  next(time: bigint): number {
    if (this.count === this.capacity) this.grow();
    (this.columns[TIME] as BigInt64Array)[this.count] = time;
    return this.count++;
  }

  /** Adds a row by the names of the columns; what is left out is NULL. @throws Error for a name or NULL that cannot be. */
  add(time: bigint, cells: Record<string, Cell>): void {
    const { name: tableName, columns } = this.table;
    const at = this.next(time);
    let named = 0;
    for (let i = TIME + 1; i < columns.length; i++) {
      const { name, type, nullable } = columns[i];
      const cell = cells[name];
      if (cell !== undefined) named++;
      if (nullable) (this.columns[i] as Cell[])[at] = nullableCell(type, cell ?? null);
      else if (cell === undefined || cell === null) throw new Error(`${tableName}.${name} cannot be NULL`);
      else (this.columns[i] as Cell[])[at] = plainCell(type, cell);
    }
    if (named === Object.values(cells).filter((cell) => cell !== undefined).length) return;
    const known = new Set(columns.map(({ name }) => name));
    throw new Error(`${tableName} has no column ${Object.keys(cells).filter((name) => !known.has(name))}`);
  }

  /** The columns, exactly `count` long, with origin and number of the batch. */
  seal({ host, boot, capture }: Origin, batch: number): ColumnData[] {
    const { count, columns } = this;
    (columns[DAY] as Int32Array).fill(this.day, 0, count);
    columns[HOST] = new Array<string>(count).fill(host);
    columns[BOOT] = new Array<string>(count).fill(boot);
    (columns[BATCH] as Int32Array).fill(batch, 0, count);
    for (let row = 0; row < count; row++) (columns[ROW] as Int32Array)[row] = row;
    columns[CAPTURE] = new Array<string>(count).fill(capture);
    return columns.map((column) => (Array.isArray(column) ? column : column.subarray(0, count)));
  }

  private grow(): void {
    this.capacity *= 2;
    this.columns = this.columns.map((old, i) => {
      if (Array.isArray(old)) return old;
      const grown = make(this.table.columns[i], this.capacity) as typeof old;
      grown.set(old as never);
      return grown;
    });
  }
}

/** Whole nanoseconds or bytes. */
export function toInt64(value: number | bigint): bigint {
  return typeof value === 'bigint' ? value : BigInt(Math.round(value));
}

function plainCell(type: ColumnType, cell: Cell): Cell {
  return type === 'int64' ? toInt64(cell as number | bigint) : cell;
}

/** Of numbers NaN stands for NULL. */
function nullableCell(type: ColumnType, cell: Cell): Cell {
  if (TYPED[type] === undefined) return cell;
  if (cell === null) return Number.NaN;
  return type === 'int64' ? Math.round(Number(cell)) : cell;
}

/** The latest second whose nanoseconds int64 holds, in the year 2262: hostile time stamps do not become others. */
const LATEST = 9_223_372_035;

/** Seconds since 1970, within what can be stored. */
export function storable(seconds: number): number {
  return Math.min(Math.max(seconds, 0), LATEST);
}

/** A time in nanoseconds since 1970; fractions of seconds count as far as a double holds them. */
export function nanoseconds(seconds: number, rest: number): bigint {
  const whole = Math.floor(storable(seconds));
  return BigInt(whole) * 1_000_000_000n + BigInt(Math.round((storable(seconds) - whole) * 1e9 + rest));
}
