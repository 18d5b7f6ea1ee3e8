// A row of blocks that shows the course of a value.

/** Blocks of eight heights: a sparkline of values; blanks for what is not known. */
export function sparkline(values: readonly (number | undefined)[]): string {
  const top = Math.max(...values.map((value) => value ?? 0), 0);
  return values
    .map((value) => {
      if (value === undefined) return ' ';
      const height = top === 0 ? 0 : Math.min(7, Math.floor((value / top) * 8));
      return String.fromCharCode(0x2581 + height);
    })
    .join('');
}
