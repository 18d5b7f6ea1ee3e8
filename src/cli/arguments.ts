// Words of the command line that mean quantities.
import { InvalidArgumentError } from 'commander';
import { usageError } from '../errors.ts';

/** setTimeout takes 2^31 - 1 milliseconds at most. */
const LONGEST = 2_147_483;

/** Seconds as people type them (`3`, `0.5`), in milliseconds. @throws NscapError USAGE. */
export function parseSeconds(text: string): number {
  const value = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || !(value > 0)) {
    throw usageError(`'${text}' is no number of seconds`, 'such as 3 or 0.5');
  }
  if (value > LONGEST) throw usageError(`${text} seconds are too long`, `at most ${LONGEST}, 24 days`);
  return value * 1000;
}

const UNITS: Record<string, number> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** A size as people type it, in bytes: `4096`, `10k`, `10M`, `2G`, in powers of 1024. @throws NscapError USAGE. */
export function parseSize(text: string): number {
  const [, digits, unit] = /^(\d{1,15})([kmg]?)b?$/i.exec(text) ?? [];
  const bytes = Number(digits) * (UNITS[unit?.toLowerCase() ?? ''] ?? Number.NaN);
  if (!(bytes > 0) || !Number.isSafeInteger(bytes)) {
    throw usageError(`'${text}' is no size`, 'such as 4096, 10k, 10M or 2G');
  }
  return bytes;
}

/** A whole number above 0. @throws InvalidArgumentError, which commander puts behind the option's name. */
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
