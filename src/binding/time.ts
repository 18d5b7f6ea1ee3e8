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
