// What is queried from a store, and how the result is written.
import { usageError } from '../../errors.ts';
import { defaultStore } from '../../store/folder.ts';
import type { QuestionOptions } from '../../store/questions.ts';
import { clickhouseTarget } from '../../store/target.ts';
import type { FleetFlags, Format, QuestionName } from './flags.ts';
import { parseSince } from './since.ts';

export interface FleetPlan {
  question: QuestionName;
  /** The question's argument: of conn a key, of since a time, of sql a query; else empty. */
  argument: string;
  target: string;
  options: QuestionOptions;
  /** The query is printed instead of its rows. */
  queryOnly: boolean;
  format: Format;
  /** undefined for standard output. */
  file: string | undefined;
}

/** A page of all questions. */
export interface ReportPlan {
  target: string;
  options: QuestionOptions;
  /** As --since has it. */
  since: string | undefined;
  queryOnly: boolean;
  /** undefined for standard output. */
  file: string | undefined;
}

/** @throws NscapError USAGE where options exclude each other */
export function fleetPlan(question: QuestionName, argument: string, flags: FleetFlags): FleetPlan {
  return {
    question,
    argument,
    format: formatOf(flags),
    target: flags.store ?? defaultStore(),
    options: optionsOf(question === 'since' ? argument : flags.since, flags),
    queryOnly: flags.sql === true,
    file: fileOf(flags),
  };
}

/** @throws NscapError USAGE without a file, or with a format */
export function reportPlan(flags: FleetFlags): ReportPlan {
  if (!flags.sql) {
    if (flags.format !== undefined || flags.json || flags.csv)
      throw usageError('a report is an HTML page', '--format, --json and --csv are of the other questions');
    if (flags.output === undefined)
      throw usageError('a report needs a file', 'nscap fleet report -o fleet.html');
  }
  return {
    target: flags.store ?? defaultStore(),
    options: optionsOf(flags.since, flags),
    since: flags.since,
    queryOnly: flags.sql === true,
    file: fileOf(flags),
  };
}

function fileOf({ output }: FleetFlags): string | undefined {
  return output === '-' ? undefined : output;
}

function formatOf({ format, json, csv, output }: FleetFlags): Format {
  const asked = [
    ...(format === undefined ? [] : [format]),
    ...(json ? ['json'] : []),
    ...(csv ? ['csv'] : []),
  ];
  if (new Set(asked).size > 1) throw usageError(`one format, please: ${asked.join(' or ')}`);
  const named = /\.(csv|json|parquet)$/.exec(output ?? '')?.[1];
  const chosen = (asked[0] ?? named ?? 'table') as Format;
  if (chosen === 'parquet' && (output === undefined || output === '-'))
    throw usageError('Parquet is no text for standard output', '-o FILE.parquet');
  return chosen;
}

function optionsOf(since: string | undefined, { store, limit, by }: FleetFlags): QuestionOptions {
  return {
    since: since === undefined ? undefined : parseSince(since, Date.now()),
    limit,
    by,
    final: store !== undefined && clickhouseTarget(store) !== undefined,
  };
}
