// Columns that grow with a table's rows.

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
