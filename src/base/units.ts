// Quantities in words for people: three digits are enough to compare by.

/** A time given in nanoseconds, as `38 µs`, `1.2 ms`, `3.4 s`. */
export function duration(nanoseconds: number): string {
  if (nanoseconds < 1e6) return `${digits(nanoseconds / 1e3)} µs`;
  if (nanoseconds < 1e9) return `${digits(nanoseconds / 1e6)} ms`;
  return `${digits(nanoseconds / 1e9)} s`;
}

/** A rate given in bytes per second, as `1.25 Gbit/s`. */
export function bitRate(bytesPerSecond: number): string {
  let value = bytesPerSecond * 8;
  let unit = 'bit/s';
  for (const next of ['kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s']) {
    if (value < 1000) break;
    value /= 1000;
    unit = next;
  }
  return `${digits(value)} ${unit}`;
}

/** `1 packet`, `2 packets`; the plural where it is not made by an s. */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : plural}`;
}

function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
