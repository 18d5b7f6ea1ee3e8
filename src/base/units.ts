// Quantities in words for people: three digits are enough to compare by.

/** A time given in nanoseconds, as `38 µs`, `1.2 ms`, `3.4 s`. */
export function duration(nanoseconds: number): string {
  if (nanoseconds < 1e6) return `${digits(nanoseconds / 1e3)} µs`;
  if (nanoseconds < 1e9) return `${digits(nanoseconds / 1e6)} ms`;
  return `${digits(nanoseconds / 1e9)} s`;
}

/** A rate given in bytes per second, as `1.25 Gbit/s`. */
export function bitRate(bytesPerSecond: number): string {
  return scaled(bytesPerSecond * 8, 'bit/s');
}

/** Bytes, in a second or in all, as `1.25 MB`. */
export function byteSize(bytes: number): string {
  return scaled(bytes, 'B');
}

function scaled(value: number, unit: string): string {
  let prefix = '';
  for (const next of ['k', 'M', 'G', 'T']) {
    if (value < 1000) break;
    value /= 1000;
    prefix = next;
  }
  return prefix === '' ? `${Math.round(value)} ${unit}` : `${digits(value)} ${prefix}${unit}`;
}

/** `1 packet`, `2 packets`; the plural where it is not made by an s. */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : plural}`;
}

/** The word that agrees in number with `n`: `agree(n, 'was', 'were')`, or its own form for more than one. */
export function agree(n: number, one: string, more: string): string {
  return n === 1 ? one : more;
}

/** `once`, `twice`, `3 times`. */
export function times(n: number): string {
  return n === 1 ? 'once' : n === 2 ? 'twice' : `${n} times`;
}

function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
