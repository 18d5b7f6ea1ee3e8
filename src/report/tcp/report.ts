// The report of `nscap analyze`: the table, the totals in a sentence, problems and notes.
import { agree, byteSize, count, duration } from '../../base/units.ts';
import { type Connection, connectionOf } from '../../flow/record.ts';
import type { Statistics } from '../../flow/statistics.ts';
import type { Summary } from '../../flow/summary.ts';
import { type Finding, findingsOf, findingText } from './findings.ts';
import { ordered, type SortKey, suspicious } from './order.ts';

/** Connections whose findings are looked for: the worst, and the first few for what is normal. */
const WORST = 1000;
const FIRST = 20;
/** Findings of one code that are printed. */
const ALIKE = 5;

/** `3 connections, 120 segments, 1.2 MB in 3.4 s: …`. */
export function totalsText(statistics: Statistics, summary: Summary): string {
  const { openings } = summary;
  const { packets, analysis } = statistics;
  const known = [
    words(openings.refused, 'refused'),
    words(openings.unanswered, 'unanswered'),
    words(openings['half-open'], 'half-open'),
    words(summary.resetLater, 'reset'),
    words(summary.timedOut, 'timed out'),
  ].filter(Boolean);
  const what = `${count(summary.connections, 'TCP connection')}, ${count(summary.segments, 'segment')} in ${count(packets, 'packet')}, ${byteSize(summary.bytes)} in ${duration(statistics.span)}`;
  const how = known.length === 0 ? '' : `; ${known.join(', ')}`;
  const retired =
    analysis.retired === 0
      ? ''
      : `${count(analysis.retired, 'connection')} ${agree(analysis.retired, 'was', 'were')} evicted to bound memory (--max-connections): ${agree(analysis.retired, 'it counts', 'they count')} in the totals and ${agree(analysis.retired, 'is', 'are')} not listed.\n`;
  return `${what}${how}\n${retired}`;
}

function words(n: number, what: string): string {
  return n > 0 ? `${n} ${what}` : '';
}

/** The connections to list, in order, and how many are left out. `limit` 0 lists all. */
export function chosen(
  statistics: Statistics,
  sort: SortKey,
  limit: number,
): { rows: number[]; left: number } {
  const rows = ordered(statistics, sort);
  return limit === 0 || rows.length <= limit
    ? { rows, left: 0 }
    : { rows: rows.slice(0, limit), left: rows.length - limit };
}

/** The findings about the worst connections and, for notes, about the first; `suspects`: rows of connections, the worst first. */
export function allFindings(statistics: Statistics, suspects = suspicious(statistics)): Finding[] {
  const rows = new Set(suspects.slice(0, WORST));
  for (const row of ordered(statistics, 'stream').slice(0, FIRST)) rows.add(row);
  return [...rows].flatMap((row) => findingsOf(connectionOf(statistics, row)));
}

/** Suspicious connections that `allFindings` leaves out, as others are worse. */
export function unexamined(statistics: Statistics): number {
  return Math.max(0, suspicious(statistics).length - WORST);
}

/** Problems and notes in sentences, those alike together; of many alike the first few. */
export function findingsText(statistics: Statistics): string {
  const suspects = suspicious(statistics);
  const findings = allFindings(statistics, suspects);
  const more = suspects.length > WORST ? 'at least ' : '';
  const lines: string[] = [];
  for (const severity of ['problem', 'note'] as const) {
    const groups = new Map<Finding['code'], Finding[]>();
    for (const finding of findings) {
      if (finding.severity !== severity) continue;
      const group = groups.get(finding.code);
      if (group === undefined) groups.set(finding.code, [finding]);
      else group.push(finding);
    }
    if (groups.size === 0) {
      if (severity === 'problem') lines.push('No problems found.');
      continue;
    }
    lines.push(severity === 'problem' ? 'Problems' : 'Notes');
    for (const group of groups.values()) {
      const shown = severity === 'note' ? group.slice(0, 1) : group.slice(0, ALIKE);
      for (const finding of shown) lines.push(`  stream ${finding.stream}: ${findingText(finding)}`);
      if (group.length > shown.length)
        lines.push(
          `  … and ${more}${count(group.length - shown.length, 'more connection')} with the same finding`,
        );
    }
  }
  if (suspects.length > WORST)
    lines.push(`These are findings about the worst ${WORST} of ${suspects.length} suspicious connections.`);
  return `${lines.join('\n')}\n`;
}

/** The row of a stream, or undefined. */
export function rowOf(statistics: Statistics, stream: number): number | undefined {
  return ordered(statistics, 'stream').find((row) => connectionOf(statistics, row).stream === stream);
}

/** Connections for listing, each read when it is its turn: hundreds of thousands would fill the memory. */
export function connections(statistics: Statistics, rows: readonly number[]): Iterable<Connection> {
  return {
    *[Symbol.iterator]() {
      for (const row of rows) yield connectionOf(statistics, row);
    },
  };
}
