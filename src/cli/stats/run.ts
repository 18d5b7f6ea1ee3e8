// What `nscap stats` does: counts the packets of files or of a live capture, and shows the result.
import { isObject } from '../../base/json.ts';
import { isTerminal } from '../../base/terminal.ts';
import { filterExpression } from '../../filter/expression.ts';
import { Closed, Sink } from '../../output/sink.ts';
import { Progress } from '../../report/progress.ts';
import { csvLines, sectionLines } from '../../report/stats/text.ts';
import { openFile } from '../../source/file.ts';
import { filtered } from '../../source/filtered.ts';
import { Rows } from '../../stats/rows.ts';
import { Tally } from '../../stats/tally.ts';
import { filesAndFilter } from '../files-and-filter.ts';
import { readAsUser } from '../read-as-user.ts';
import { sayEnd } from '../source-end.ts';
import { condition } from './condition.ts';
import type { OutputPlan, StatsPlan } from './plan.ts';
import { statisticsOf } from './request.ts';
import type { Shown } from './shown.ts';

/** Rows shown of each table of an overview. */
const OVERVIEW_ROWS = 10;
/** Characters that are encoded at once. */
const PIECE = 1 << 14;

export async function run(words: readonly string[], plan: StatsPlan): Promise<void> {
  const { shown, rest, overview } = await statisticsOf(words, plan.tshark, plan.io);
  const { takes, needs } = await condition(plan.displayFilter);
  const tally = new Tally(
    shown.map(({ statistic }) => statistic),
    { takes, needs, maxConnections: plan.maxConnections },
  );
  const show = (sink: Sink, final = true) => print(sink, shown, plan.output, overview, final);
  try {
    if (plan.live !== undefined) {
      const { watch } = await import('./live.ts');
      await watch(rest, plan.live, tally, show);
      return;
    }
    const [first, ...others] = rest;
    const { files, words: filter } = filesAndFilter(first, others, plan.files);
    await readAsUser(files);
    for (const file of files) await count(file, filterExpression(filter, plan.filterFile), tally);
    show(new Sink());
  } catch (error) {
    // The reader of standard output has closed it.
    if (!(error instanceof Closed)) throw error;
  }
}

async function count(file: string, filter: string, tally: Tally): Promise<void> {
  const capture = await openFile(file, { allRecords: true });
  const source = filtered(capture, filter);
  const progress = new Progress(source);
  try {
    for (let batch = await source.next(); batch !== null; batch = await source.next()) {
      for (let i = 0; i < batch.count; i++) tally.add(batch, i);
      progress.step(batch.first + batch.count - 1);
    }
  } finally {
    progress.end();
    await source.close();
  }
  sayEnd(file, source);
}

function print(
  sink: Sink,
  shown: readonly Shown[],
  { format, asLines, rows }: OutputPlan,
  overview: boolean,
  final: boolean,
): void {
  let waiting = '';
  const put = (text: string) => {
    waiting += text;
    if (waiting.length < PIECE && text !== '') return;
    sink.print(waiting);
    sink.line();
    waiting = '';
  };
  if (format === 'json') {
    for (const piece of json(document(shown), asLines ? '' : '\n')) put(piece);
    put('\n');
  } else if (format === 'csv') {
    for (const line of csvLines(shown.map((statistic) => statistic.section()))) put(`${line}\n`);
  } else {
    const top = rows ?? (overview ? OVERVIEW_ROWS : Number.POSITIVE_INFINITY);
    const bars = isTerminal(1);
    const full = shown.filter((statistic) => !overview || !statistic.isEmpty());
    const parted = full.every((statistic) => statistic.tshark === undefined);
    for (const [i, statistic] of full.entries()) {
      if (i > 0 && parted) put('\n');
      const lines = statistic.tshark?.() ?? sectionLines(statistic.section(), top, bars);
      for (const line of lines) put(`${line}\n`);
    }
    if (!final) put('\n');
  }
  put('');
  sink.flush();
}

/** `conversations.tcp` becomes a member of a member. */
function document(shown: readonly Shown[]): Record<string, unknown> {
  const document: Record<string, unknown> = {};
  for (const statistic of shown) {
    const [name, kind] = statistic.name.split('.') as [string, string | undefined];
    if (kind === undefined) document[name] = statistic.json();
    else document[name] = { ...(document[name] as object | undefined), [kind]: statistic.json() };
  }
  return document;
}

/** As JSON.stringify has it, row by row; `newline` is empty where all is to be one line. */
function* json(value: unknown, newline: string): Generator<string> {
  const inner = newline === '' ? '' : `${newline}  `;
  let before = '';
  if (value instanceof Rows) {
    for (const row of value) {
      yield `${before || '['}${inner}${written(row, inner)}`;
      before = ',';
    }
    yield before === '' ? '[]' : `${newline}]`;
  } else if (isObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      if (member === undefined) continue;
      yield `${before || '{'}${inner}${JSON.stringify(name)}:${newline === '' ? '' : ' '}`;
      yield* json(member, inner);
      before = ',';
    }
    yield before === '' ? '{}' : `${newline}}`;
  } else yield written(value, newline);
}

function written(value: unknown, newline: string): string {
  return newline === '' ? JSON.stringify(value) : JSON.stringify(value, null, 2).replaceAll('\n', newline);
}
