// nscap fleet report: the most common queries of a store, on one page.
import { Sink } from '../../output/sink.ts';
import { writeWhole } from '../../output/whole-file.ts';
import { type FleetSection, fleetHtml } from '../../page/fleet.ts';
import { cellText } from '../../report/answer.ts';
import * as questions from '../../store/questions.ts';
import { forPeople, unitOf } from './columns.ts';
import { openEngine } from './engine.ts';
import type { ReportPlan } from './plan.ts';

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

/** Writes the page. @throws NscapError as the engine does */
export async function writeReport({ target, options, since, queryOnly, file }: ReportPlan): Promise<void> {
  if (queryOnly) {
    new Sink().end(QUESTIONS.map(({ sql }) => `${sql(options)};\n`).join('\n'));
    return;
  }
  const sections: FleetSection[] = [];
  for (const question of QUESTIONS) sections.push(await sectionOf(question, target, options));
  const page = fleetHtml({
    title: 'nscap fleet report',
    facts: [
      `${target}, ${since === undefined ? 'all rows' : `rows since ${since}`}, ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`,
      `At most ${options.limit} rows a table; the verdicts are those of Wireshark.`,
    ],
    sections,
    cell: (value, column) => cellText(value, unitOf(column)),
  });
  if (file === undefined) new Sink().end(page);
  else writeWhole(file, page);
}

/** An engine for each: `narrow` leaves out rows that other questions are about. */
async function sectionOf(
  { title, meaning, sql, bars, by }: Question,
  target: string,
  options: questions.QuestionOptions,
): Promise<FleetSection> {
  const engine = await openEngine(target);
  try {
    if (by !== undefined) await engine.narrow?.({ ...options, by });
    const query = sql(options);
    return { title, meaning, table: forPeople(await engine.query(query)), bars, sql: query };
  } finally {
    engine.close();
  }
}
