import type { Printer } from './printer.ts';

/** Tells that a length is less than what is asked for, as ` [length 8 < 28] (invalid)`; returns whether it is. */
export function short(p: Printer, length: number, least: number, what = 'length'): boolean {
  if (length >= least) return false;
  p.ascii(` [${what} ${length} < ${least}]`);
  p.invalid();
  return true;
}
