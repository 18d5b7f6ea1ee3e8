// Moments as people type them for --from and --to.
import type { Batch } from '../base/batch.ts';
import type { Moment } from '../base/interface.ts';
import { usageError } from '../errors.ts';

/** A moment, or seconds after the first packet. */
export type Bound = { at: Moment } | { after: Moment };

/**
 * Reads `1700000000.123456789` (seconds since 1970), `+2.5` (seconds after the first packet), or a date and time:
 * `2024-01-31 12:34:56.789`, also with `T` and with `Z` or `+01:00`; without these it is local time, as tcpdump prints
 * it. All digits of the fraction count. @throws NscapError USAGE.
 */
export function parseBound(text: string): Bound {
  const number = /^(\+?)(\d{1,12})(?:\.(\d{1,9}))?$/.exec(text);
  if (number !== null) {
    const moment = { seconds: Number(number[2]), nanoseconds: fraction(number[3]) };
    return number[1] === '+' ? { after: moment } : { at: moment };
  }
  const date = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?$/i.exec(
    text,
  );
  const zone = date?.[4] === undefined ? '' : date[4].replace(/^([+-]\d\d)(\d\d)$/, '$1:$2').toUpperCase();
  const milliseconds = date === null ? Number.NaN : Date.parse(`${date[1]}T${date[2] ?? '00:00'}${zone}`);
  if (Number.isNaN(milliseconds)) {
    throw usageError(
      `'${text}' is not a time`,
      "such as 2024-01-31T12:34:56.789Z, '2024-01-31 12:34' (local time), 1700000000.5, or +10 (seconds after the first packet)",
    );
  }
  return { at: { seconds: Math.floor(milliseconds / 1000), nanoseconds: fraction(date![3]) } };
}

function fraction(digits = ''): number {
  return Number(digits.padEnd(9, '0'));
}

/** The moment meant, once the first packet's time is known. */
export function resolve(bound: Bound, first: Moment): Moment {
  if ('at' in bound) return bound.at;
  return add(first, bound.after);
}

function add(moment: Moment, { seconds, nanoseconds }: Moment): Moment {
  const sum = moment.nanoseconds + nanoseconds;
  const carry = Math.floor(sum / 1_000_000_000);
  return { seconds: moment.seconds + seconds + carry, nanoseconds: sum - carry * 1_000_000_000 };
}

/** The moment this many milliseconds after another. */
export function later(moment: Moment, milliseconds: number): Moment {
  const seconds = Math.floor(milliseconds / 1000);
  return add(moment, { seconds, nanoseconds: (milliseconds - seconds * 1000) * 1_000_000 });
}

export function isBefore(a: Moment, b: Moment): boolean {
  return (a.seconds - b.seconds || a.nanoseconds - b.nanoseconds) < 0;
}

/** True where record `index` comes before a moment. */
export function isEarlier(batch: Batch, index: number, moment: Moment): boolean {
  return (batch.seconds[index] - moment.seconds || batch.nanoseconds[index] - moment.nanoseconds) < 0;
}
