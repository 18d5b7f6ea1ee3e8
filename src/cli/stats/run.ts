// What `nscap stats` does: counts the packets of files or of a live capture, and shows the result.
import { isTerminal } from '../../base/terminal.ts';
import { filterExpression } from '../../filter/expression.ts';
import { Closed, Sink } from '../../output/sink.ts';
import { Progress } from '../../report/progress.ts';
import { sectionsCsv, sectionText } from '../../report/stats/text.ts';
import { openFile } from '../../source/file.ts';
import { filtered } from '../../source/filtered.ts';
import { Tally } from '../../stats/tally.ts';
import { filesAndFilter } from '../files-and-filter.ts';
import { readAsUser } from '../read-as-user.ts';
import { sayEnd } from '../source-end.ts';
import type { OutputPlan, StatsPlan } from './plan.ts';
import { condition, type Shown, statisticsOf } from './request.ts';

/** Rows shown of each table of an overview. */
const OVERVIEW_ROWS = 10;

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
  const capture = await openFile(file);
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
  if (format === 'json') sink.end(json(shown, asLines));
  else if (format === 'csv') sink.end(sectionsCsv(shown.map((statistic) => statistic.section())));
  else {
    const top = rows ?? (overview ? OVERVIEW_ROWS : Number.POSITIVE_INFINITY);
    const bars = isTerminal(1);
    const full = shown.filter((statistic) => !overview || !statistic.isEmpty());
    const texts = full.map(
      (statistic) => statistic.tshark?.() ?? sectionText(statistic.section(), top, bars),
    );
    sink.end(
      texts.join(full.some((statistic) => statistic.tshark !== undefined) ? '' : '\n') + (final ? '' : '\n'),
    );
  }
}

/** `conversations.tcp` becomes a member of a member. */
function json(shown: readonly Shown[], line: boolean): string {
  const document: Record<string, unknown> = {};
  for (const statistic of shown) {
    const [name, kind] = statistic.name.split('.') as [string, string | undefined];
    if (kind === undefined) document[name] = statistic.json();
    else document[name] = { ...(document[name] as object | undefined), [kind]: statistic.json() };
  }
  return `${line ? JSON.stringify(document) : JSON.stringify(document, null, 2)}\n`;
}
