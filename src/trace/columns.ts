// Columns of tables, which grow with their rows.

export type Column = Uint8Array | Uint16Array | Int32Array | Uint32Array | Float64Array;

/** Bytes of a cache line, and lines of the page that columns begin at. */
const LINE = 64;
const LINES = 64;
let colour = 0;

/**
 * A column that begins at another line of its page than those before. Else the cells of one row in all columns of a table
 * compete for one set of the cache, which has room for eight.
 */
export function column<T extends Column>(
  type: new (memory: ArrayBuffer, offset: number, length: number) => T,
  length: number,
  bytes: number,
): T {
  colour = (colour + 1) % LINES;
  return new type(new ArrayBuffer(length * bytes + LINE * LINES), colour * LINE, length);
}

/** The column with room for twice as many rows, the new ones filled with `empty`. */
export function doubled<T extends Int32Array | Uint32Array | Uint8Array | Float64Array>(
  column: T,
  empty = 0,
): T {
  const grown = new (column.constructor as new (length: number) => T)(column.length * 2);
  grown.set(column);
  if (empty !== 0) grown.fill(empty, column.length);
  return grown;
}
