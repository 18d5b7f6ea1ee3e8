// Words of the command line that mean quantities.
import { InvalidArgumentError } from 'commander';
import { usageError } from '../errors.ts';

/** setTimeout takes 2^31 - 1 milliseconds at most. */
const LONGEST = 2_147_483;

/** Milliseconds of each unit; without one it is seconds. */
const TIMES: Record<string, number> = { ms: 1, '': 1000, s: 1000, m: 60_000, h: 3_600_000 };

/** A time as people type it, in milliseconds: `3`, `0.5` (seconds), `500ms`, `10s`, `1m`, `2h`. @throws NscapError USAGE. */
export function parseDuration(text: string): number {
  const [, number, unit = ''] = /^(\d*\.?\d+)(ms|s|m|h)?$/.exec(text) ?? [];
  const value = Number(number) * TIMES[unit];
  if (!(value > 0))
    throw usageError(`'${text}' is not a time`, 'such as 3 (seconds), 0.5, 500ms, 10s, 1m or 2h');
  if (value > LONGEST * 1000) throw usageError(`${text} is too long`, `at most ${LONGEST} seconds, 24 days`);
  return value;
}

const UNITS: Record<string, number> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** A size as people type it, in bytes: `4096`, `10k`, `10M`, `2G`, in powers of 1024. @throws NscapError USAGE. */
export function parseSize(text: string): number {
  const [, digits, unit] = /^(\d{1,15})([kmg]?)b?$/i.exec(text) ?? [];
  const bytes = Number(digits) * (UNITS[unit?.toLowerCase() ?? ''] ?? Number.NaN);
  if (!(bytes > 0) || !Number.isSafeInteger(bytes)) {
    throw usageError(`'${text}' is not a size`, 'such as 4096, 10k, 10M or 2G');
  }
  return bytes;
}

/** A whole number above 0. @throws InvalidArgumentError, which commander appends to the option's name. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || !Number.isSafeInteger(count)) {
    throw new InvalidArgumentError('a whole number above 0 is wanted.');
  }
  return count;
}

/** For an option that may be given several times: all its values, in order. */
export function gather(text: string, before: string[] = []): string[] {
  return [...before, text];
}
