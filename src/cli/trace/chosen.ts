// --only: which packets are printed.
import { usageError } from '../../errors.ts';
import type { Path } from '../../trace/path.ts';
import * as path from '../../trace/path.ts';

/** Is this packet to be printed? */
export type Chosen = (way: Path) => boolean;

/** Nanoseconds of each unit. */
const UNITS: Record<string, number> = { s: 1e9, ms: 1e6, us: 1e3, µs: 1e3, ns: 1 };

const SLOWER = /^slow>(\d*\.?\d+)(s|ms|us|\u00b5s|ns)$/;

/** `lost`, `changed`, `slow>1ms`, or several with commas between them. @throws NscapError USAGE */
export function parseOnly(text: string | undefined): Chosen {
  if (text === undefined) return () => true;
  const tests = text.split(',').map((word) => parse(word.trim()));
  return (way) => tests.some((test) => test(way));
}

/** The bound of `slow>1ms`, in nanoseconds; undefined where it is not given. */
export function parseSlow(text: string | undefined): number | undefined {
  for (const word of (text ?? '').split(',')) {
    const [, number, unit] = SLOWER.exec(word.trim()) ?? [];
    if (number !== undefined) return Number(number) * UNITS[unit];
  }
  return undefined;
}

function parse(word: string): Chosen {
  if (word === 'lost') return ({ fate }) => fate === path.LOST;
  if (word === 'unknown') return ({ fate }) => fate === path.UNKNOWN;
  if (word === 'changed') {
    return ({ changes, count }) => {
      for (let k = 1; k < count; k++) if ((changes[k] & ~path.CHANGED_TTL) !== 0) return true;
      return false;
    };
  }
  const bound = parseSlow(word);
  if (bound === undefined)
    throw usageError(`'${word}' is nothing that --only knows`, 'lost, unknown, changed, slow>1ms');
  return ({ lastTime, time, count }) => lastTime[count - 1] - time[0] > bound;
}
