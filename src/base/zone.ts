// Local time, in every way TZ may name a zone. Node knows those of the IANA (`Europe/Berlin`); what POSIX.1-2017, 8.3,
// lets people write instead (`CET-1CEST,M3.5.0,M10.5.0/3`) it takes for UTC, where the C library does not.
import { zoneFile } from './zone-file.ts';

const HOUR = 3600;
const DAY = 86_400;

/** A zone of the IANA that is spelled as POSIX would: its own history counts, not the rule of today. */
const NAMED = new Set(['EST5EDT', 'CST6CDT', 'MST7MDT', 'PST8PDT']);
/** What a zone with summer time but without a rule has: that of the United States, as the C library has it. */
const USUAL_RULE = 'M3.2.0,M11.1.0';

const NAME = '(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)';
const TIME = '[+-]?\\d{1,3}(?::\\d{1,2}(?::\\d{1,2})?)?';
const CHANGE = `((?:M\\d{1,2}\\.[1-5]\\.[0-6]|J?\\d{1,3})(?:/${TIME})?)`;
const ZONE = new RegExp(`^${NAME}(${TIME})(?:(${NAME})(${TIME})?(?:,${CHANGE},${CHANGE})?)?$`);

/** Seconds to add to UTC for local time, at a moment in seconds since 1970. */
export type Zone = (seconds: number) => number;

/** The zone that TZ names, where it does so as POSIX has it; undefined where Node knows better. */
function posixZone(name: string | undefined): Zone | undefined {
  const [, west, summer, summerWest, from = '', to = ''] = ZONE.exec(name ?? '') ?? [];
  if (west === undefined || NAMED.has(name!)) return undefined;
  const standard = -seconds(west);
  if (summer === undefined) return () => standard;
  const advanced = summerWest === undefined ? standard + HOUR : -seconds(summerWest);
  const [begin, end] = (from === '' ? USUAL_RULE : `${from},${to}`).split(',').map(change) as [
    Change,
    Change,
  ];
  return (moment) => {
    const year = new Date(moment * 1000).getUTCFullYear();
    const start = begin(year) - standard;
    const stop = end(year) - advanced;
    // South of the equator summer begins in one year and ends in the next.
    const isSummer = start < stop ? moment >= start && moment < stop : moment >= start || moment < stop;
    return isSummer ? advanced : standard;
  };
}

/** The calendar repeats every 400 years. */
export const CALENDAR = 146_097 * DAY;

/** A moment of the same calendar that Date can hold: it ends with the year 275 760. */
function withinDate(moment: number): number {
  return Math.abs(moment) < 8e12 ? moment : CALENDAR * 5 + (moment % CALENDAR);
}

/** Seconds to add to UTC for local time, in the reader's zone. */
export function localOffset(moment: number): number {
  const zone = posixZone(process.env.TZ);
  const near = withinDate(moment);
  return zone === undefined ? new Date(near * 1000).getTimezoneOffset() * -60 : zone(near);
}

/** What the reader's zone is called at a moment: `CET`, `UTC`. */
export function zoneName(moment: number): string {
  const name = process.env.TZ;
  const near = withinDate(moment);
  const named = posixName(name, near);
  if (named !== undefined) return named;
  const file = zoneFile(name);
  const known = file !== undefined && near >= file.lastChange ? posixName(file.rule, near) : undefined;
  const abbreviation = known ?? file?.abbreviation(near);
  if (abbreviation !== undefined) return abbreviation;
  const format = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' });
  const part = format.formatToParts(near * 1000).find(({ type }) => type === 'timeZoneName');
  return part?.value ?? 'UTC';
}

/** The same of a zone that is spelled as POSIX has it. */
function posixName(zone: string | undefined, moment: number): string | undefined {
  const posix = ZONE.exec(zone ?? '');
  const offset = posixZone(zone);
  if (posix === null || offset === undefined) return undefined;
  const [standard, summer] = [/^(?:<[^>]*>|[A-Za-z]+)/.exec(zone!)![0], posix[2]];
  const isSummer = summer !== undefined && offset(moment) !== -seconds(posix[1]);
  return (isSummer ? summer : standard).replace(/[<>]/g, '');
}

/** When a change happens in a year, in local time of before, as seconds since 1970. */
type Change = (year: number) => number;

function change(rule: string): Change {
  const [day, time = '2'] = rule.split('/') as [string, string?];
  const at = seconds(time);
  const first = (year: number, month = 0) => Date.UTC(year, month) / 1000;
  if (day[0] === 'M') {
    const [month, week, weekday] = day.slice(1).split('.').map(Number) as [number, number, number];
    return (year) => {
      const start = first(year, month - 1);
      const days = Math.round((first(year, month) - start) / DAY);
      const ahead = (weekday - new Date(start * 1000).getUTCDay() + 7) % 7;
      // The fifth is the last one, which may be the fourth.
      let date = ahead + (week - 1) * 7;
      if (date >= days) date -= 7;
      return start + date * DAY + at;
    };
  }
  const number = Number(day.replace('J', ''));
  if (day[0] !== 'J') return (year) => first(year) + number * DAY + at;
  // Days from 1 on, of which February 29 is none.
  return (year) => first(year, 0) + (number - 1 + (number >= 60 && leap(year) ? 1 : 0)) * DAY + at;
}

function leap(year: number): boolean {
  return new Date(Date.UTC(year, 1, 29)).getUTCMonth() === 1;
}

/** `-3:30` in seconds. */
function seconds(text: string): number {
  const [hours, minutes = 0, rest = 0] = text.replace(/^[+-]/, '').split(':').map(Number) as number[];
  return (text[0] === '-' ? -1 : 1) * (hours * HOUR + minutes * 60 + rest);
}
