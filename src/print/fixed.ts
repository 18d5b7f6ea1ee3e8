import type { Printer } from './printer.ts';

/** `value` with so many digits behind the point, rounded as C does: halves to even where JavaScript rounds them up. */
export function fixed(value: number, digits: number): string {
  const scaled = value * 10 ** digits;
  const whole = Math.floor(scaled);
  if (scaled - whole === 0.5 && whole % 2 === 0) return (whole / 10 ** digits).toFixed(digits);
  return value.toFixed(digits);
}

/** Bytes a second, in single precision at `at`, as megabits, reckoned in single precision too. */
export function megabits(p: Printer, at: number): string {
  p.need(at, 4);
  const value = Math.fround(Math.fround(p.view.getFloat32(at) * 8) / 1_000_000);
  if (!Number.isFinite(value))
    return `${p.bytes[at] > 0x7f ? '-' : ''}${Number.isNaN(value) ? 'nan' : 'inf'}`;
  return Math.abs(value) < 1e21 ? fixed(value, 3) : `${BigInt(value)}.000`;
}
