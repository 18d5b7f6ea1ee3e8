// Local time by the C library's own strftime, which is what names with % in them mean to tcpdump's users.
import { usageError } from '../errors.ts';
import { koffi } from './load.ts';

/** Longest name that Linux takes (PATH_MAX). */
const LONGEST = 4096;
/** struct tm has 56 bytes on 64-bit Linux. */
const TM_SIZE = 64;

/** A strftime(3) pattern filled in with a moment, in seconds since 1970, as local time. */
export function formatTime(pattern: string, seconds: number): string {
  const library = koffi().load(null);
  const localtime = library.func('void *localtime_r(void *, void *)');
  const format = library.func('size_t strftime(void *, size_t, const char *, void *)');
  // localtime_r alone need not look at TZ.
  library.func('void tzset()')();
  const moment = new Uint8Array(TM_SIZE);
  localtime(new BigInt64Array([BigInt(seconds)]), moment);
  const name = new Uint8Array(LONGEST);
  const length = format(name, LONGEST, pattern, moment) as number;
  if (length === 0)
    throw usageError(`no file name can be made from '${pattern}'`, 'strftime(3) describes such names');
  return Buffer.from(name.buffer, 0, length).toString();
}

const CLOCK_REALTIME = 0;
const CLOCK_MONOTONIC = 1;

/** What CLOCK_REALTIME is ahead of CLOCK_MONOTONIC at this moment, in nanoseconds; it changes when the clock is set. */
export function realtimeOffset(): bigint {
  const read = koffi().load(null).func('int clock_gettime(int, void *)');
  const time = new BigInt64Array(2);
  const clock = (id: number) => {
    read(id, time);
    return time[0] * 1_000_000_000n + time[1];
  };
  const before = clock(CLOCK_MONOTONIC);
  const real = clock(CLOCK_REALTIME);
  return real - (before + clock(CLOCK_MONOTONIC)) / 2n;
}
