// Dates and times of day, written without a Date object.
import type { Text } from '../../base/text.ts';

const DAY = 86_400;

/** A moment in UTC, seconds since 1970, as `2024-05-01 12:00:00`. */
export function writeDate(out: Text, seconds: number): void {
  const day = Math.floor(seconds / DAY);
  writeDay(out, day);
  writeClock(out, seconds - day * DAY);
}

/** The time of day, `second` counted from midnight. */
export function writeClock(out: Text, second: number): void {
  out.padded((second / 3600) | 0, 2);
  out.byte(0x3a);
  out.padded(((second / 60) | 0) % 60, 2);
  out.byte(0x3a);
  out.padded(second % 60, 2);
}

/** The date of a day counted from 1970, and a space (proleptic Gregorian calendar). */
export function writeDay(out: Text, day: number): void {
  const shifted = day + 719_468; // days since 0000-03-01
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  out.padded(yearOfEra + era * 400 + (month <= 2 ? 1 : 0), 4);
  out.byte(0x2d);
  out.padded(month, 2);
  out.byte(0x2d);
  out.padded(dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1, 2);
  out.byte(0x20);
}
