// The options of `nscap stats`, as commander makes them, and what they ask for. Times in milliseconds.
import { usageError } from '../../errors.ts';
import type { StatsPlan } from './plan.ts';

export interface StatsFlags {
  statistic?: string[];
  interval?: number;
  column?: string[];
  top?: number;
  interface?: string[];
  duration?: number;
  read?: string[];
  displayFilter?: string;
  filterFile?: string;
  maxConnections?: number;
  json?: boolean;
  csv?: boolean;
}

/** Milliseconds of an interval of io, and between two outputs of live statistics. */
const INTERVAL = 1000;

/** @throws NscapError USAGE where options exclude each other */
export function statsPlan(flags: StatsFlags): StatsPlan {
  if (flags.json && flags.csv) throw usageError('--json and --csv exclude each other');
  const { filterFile, interval = INTERVAL } = flags;
  return {
    tshark: flags.statistic ?? [],
    io: { interval, columns: flags.column ?? [''] },
    displayFilter: flags.displayFilter,
    filterFile,
    maxConnections: flags.maxConnections,
    files: flags.read,
    live:
      flags.interface === undefined
        ? undefined
        : { places: flags.interface, duration: flags.duration, interval, filterFile },
    output: {
      format: flags.json ? 'json' : flags.csv ? 'csv' : 'text',
      asLines: flags.interface !== undefined,
      rows: flags.top,
    },
  };
}
