// A point in time, as people type it.
import { usageError } from '../../errors.ts';

/** Milliseconds. */
const UNITS: Record<string, number> = { s: 1e3, m: 6e4, h: 3.6e6, d: 8.64e7, w: 6.048e8 };

/**
 * `30m`, `2h`, `7d` before now, or a day or time in UTC: `2026-11-30`, `2026-11-30T09:00`. In nanoseconds since 1970.
 * @throws NscapError USAGE
 */
export function parseSince(text: string, now: number): bigint {
  const [, number, unit] = /^(\d{1,6}(?:\.\d+)?)([smhdw])$/.exec(text) ?? [];
  const time =
    unit !== undefined
      ? now - Number(number) * UNITS[unit]
      : /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?$/.test(text)
        ? Date.parse(text.length === 10 ? text : `${text.replace(' ', 'T')}Z`)
        : Number.NaN;
  if (Number.isNaN(time))
    throw usageError(`'${text}' is not a time`, 'such as 30m, 2h, 7d, 2026-11-30 or 2026-11-30T09:00 (UTC)');
  return BigInt(Math.round(time)) * 1_000_000n;
}
