// nscap fleet report: what is asked of a store most, on one page.
import { usageError } from '../../errors.ts';
import { Sink } from '../../output/sink.ts';
import { writeWhole } from '../../output/whole-file.ts';
import { type FleetSection, fleetHtml } from '../../page/fleet.ts';
import { cellText } from '../../report/answer.ts';
import type { Engine } from '../../store/answer.ts';
import * as questions from '../../store/questions.ts';
import { forPeople, unitOf } from './columns.ts';
import type { FleetFlags } from './flags.ts';

interface Question {
  title: string;
  meaning: string;
  sql(options: questions.QuestionOptions): string;
  /** The column that bars are drawn of. */
  bars: string;
  /** Of connections, by what they are sorted. */
  by?: questions.SortKey;
}

const QUESTIONS: readonly Question[] = [
  {
    title: 'Days',
    meaning:
      'Connections of all hosts by the day (UTC) they began, and the share of segments with data that are retransmissions.',
    sql: questions.days,
    bars: 'retransmitted_percent',
  },
  {
    title: 'Hosts',
    meaning: 'What each host stored.',
    sql: questions.hosts,
    bars: 'retransmitted',
  },
  worst('retransmissions', 'Connections with the most retransmissions', 'retransmitted'),
  worst('rtt', 'Connections with the longest round-trip times', 'worst_rtt_p99'),
  worst('stalls', 'Connections whose windows were closed or full for longest', 'stalled'),
  {
    title: 'Links',
    meaning: 'Loss and delay from point to point, of traces.',
    sql: questions.links,
    bars: 'loss_percent',
  },
  {
    title: 'Drops',
    meaning: 'Packets dropped by kernels, by reason, rule and host; expected drops are left out.',
    sql: questions.drops,
    bars: 'dropped',
  },
  { title: 'Findings', meaning: 'What was found, by code.', sql: questions.found, bars: 'times_found' },
];

function worst(by: questions.SortKey, title: string, bars: string): Question {
  return {
    title,
    meaning: 'nscap fleet conn KEY shows a connection as each capture saw it; KEY is its flow key.',
    sql: (options) => questions.worst({ ...options, by }),
    bars,
    by,
  };
}

/** Writes the page. @throws NscapError USAGE without a file, and as the engine does */
export async function writeReport(
  target: string,
  flags: FleetFlags,
  options: questions.QuestionOptions,
  open: () => Promise<Engine>,
): Promise<void> {
  if (flags.sql) {
    new Sink().end(QUESTIONS.map(({ sql }) => `${sql(options)};\n`).join('\n'));
    return;
  }
  if (flags.format !== undefined || flags.json || flags.csv)
    throw usageError('a report is an HTML page', '--format, --json and --csv are of the other questions');
  if (flags.output === undefined)
    throw usageError('a report needs a file', 'nscap fleet report -o fleet.html');
  const sections: FleetSection[] = [];
  for (const question of QUESTIONS) sections.push(await sectionOf(question, options, open));
  const page = fleetHtml({
    title: 'nscap fleet report',
    facts: [
      `${target}, ${flags.since === undefined ? 'all rows' : `rows since ${flags.since}`}, ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`,
      `At most ${options.limit} rows a table; the verdicts are those of Wireshark.`,
    ],
    sections,
    cell: (value, column) => cellText(value, unitOf(column)),
  });
  if (flags.output === '-') new Sink().end(page);
  else writeWhole(flags.output, page);
}

/** An engine for each: `narrow` leaves out rows that other questions are about. */
async function sectionOf(
  { title, meaning, sql, bars, by }: Question,
  options: questions.QuestionOptions,
  open: () => Promise<Engine>,
): Promise<FleetSection> {
  const engine = await open();
  try {
    if (by !== undefined) await engine.narrow?.({ ...options, by });
    const query = sql(options);
    return { title, meaning, table: forPeople(await engine.query(query)), bars, sql: query };
  } finally {
    engine.close();
  }
}
