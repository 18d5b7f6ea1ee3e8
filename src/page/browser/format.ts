// Quantities for people.

const NONE = '–';

/** Seconds, as `38 µs`, `1.2 ms`, `3.4 s`. */
export function time(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return NONE;
  const size = Math.abs(seconds);
  if (size === 0) return '0 s';
  if (size < 1e-3) return `${digits(seconds * 1e6)} µs`;
  return size < 1 ? `${digits(seconds * 1e3)} ms` : `${digits(seconds)} s`;
}

/** The same; where it is hours or days, in these as well. */
export function longTime(seconds: number): string {
  if (seconds < 3600) return time(seconds);
  const hours = Math.floor(seconds / 3600);
  const days = Math.floor(hours / 24);
  const words =
    days > 0 ? `${whole(days)} d ${hours % 24} h` : `${hours} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${whole(Math.round(seconds))} s (${words})`;
}

export function bytes(value: number): string {
  return scaled(value, 'B');
}

/** Bits per second. */
export function rate(value: number): string {
  return scaled(value, 'bit/s');
}

function scaled(value: number, unit: string): string {
  let prefix = '';
  for (const next of ['k', 'M', 'G', 'T']) {
    if (Math.abs(value) < 1000) break;
    value /= 1000;
    prefix = next;
  }
  return `${prefix === '' ? Math.round(value) : digits(value)} ${prefix}${unit}`;
}

function digits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

export function whole(value: number): string {
  return value.toLocaleString('en-US').replaceAll(',', '\u202f');
}

/** A moment in seconds since 1970, in UTC. */
export function moment(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().replace('T', ' ').replace('Z', '')} UTC`;
}
