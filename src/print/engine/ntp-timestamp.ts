// Time stamps of NTP (RFC 5905, 6), which other protocols use as well.
import type { Printer } from './printer.ts';

/** Seconds from 1900, where NTP counts from, to 1970. */
const EPOCH = 2_208_988_800;
/** Parts of a second that the fraction counts. */
export const FRACTION = 2 ** 32;

/** 32 bits of seconds since 1900 and 32 of fraction, and the time they mean. */
export function printTimestamp(p: Printer, offset: number): void {
  const seconds = p.u32(offset);
  p.decimal(seconds);
  p.ascii('.');
  p.out.padded(Math.floor((p.u32(offset + 4) / FRACTION) * 1e9), 9);
  if (seconds === 0) return;
  p.ascii(' (');
  p.ascii(new Date((seconds - EPOCH) * 1000).toISOString().replace('.000Z', 'Z'));
  p.ascii(')');
}
