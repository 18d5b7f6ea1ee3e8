// nscap fleet: queries the rows of a store.
import { Command, Option } from 'commander';
import { usageError } from '../errors.ts';
import { KEY, SORT_KEYS } from '../store/questions.ts';
import { parseCount } from './arguments.ts';
import { type FleetFlags, FORMATS, QUESTIONS, type QuestionName } from './fleet/flags.ts';
import { readAsUser } from './read-as-user.ts';

export function command(): Command {
  return new Command('fleet')
    .description('Ask the rows of a store, of many captures and hosts')
    .addArgument(new Command().createArgument('<question>', 'what to ask, see below').choices(QUESTIONS))
    .argument('[words...]', 'of conn the key, of since the time, of sql the query')
    .option(
      '--store <target>',
      'the store: a folder (default: ~/.local/share/nscap/store), or clickhouse://HOST/DATABASE',
    )
    .option('--since <time>', 'only what is at most so old (30m, 2h, 7d), or from a day on (2026-11-30)')
    .addOption(
      new Option('--by <key>', 'of worst: what to sort by').choices(SORT_KEYS).default('retransmissions'),
    )
    .option('--limit <n>', 'rows at most', parseCount, 20)
    .addOption(new Option('--format <format>', 'how to print the rows (default: table)').choices(FORMATS))
    .option('--json', '--format json: an array of objects')
    .option('--csv', '--format csv')
    .option(
      '-o, --output <file>',
      'write to a file, - for standard output; .csv, .json and .parquet are formats',
    )
    .option('--sql', 'print the query instead of its rows')
    .addHelpText('after', HELP)
    .action(async (question: QuestionName, words: string[], flags: FleetFlags) => {
      checkWords(question, words);
      const { fleetPlan, reportPlan } = await import('./fleet/plan.ts');
      await readAsUser([]);
      if (question === 'report') {
        const { writeReport } = await import('./fleet/report.ts');
        await writeReport(reportPlan(flags));
        return;
      }
      const { ask } = await import('./fleet/ask.ts');
      await ask(fleetPlan(question, words[0] ?? '', flags));
    });
}

const HELP = `
Questions:
  worst        connections with most retransmissions, or by --by: round-trip times, stalls of windows, resets, missed bytes
  links        loss and delay from point to point, of traces
  drops        packets dropped by kernels, by reason, rule and host
  hosts        what each host has stored
  since TIME   what was found since then, by code
  conn KEY     a connection (flow_key) as each capture saw it, side by side, and the command that shows its packets
  sql QUERY    any query; the tables are in docs/store.md
  report       all of these on one HTML page, that loads nothing from elsewhere: -o FILE.html

Examples:
  nscap fleet worst --since 2h
  nscap fleet conn 9a3bc44f01d2e7a8
  nscap fleet report --since 7d -o fleet.html
  nscap fleet --store /srv/rows --json sql 'SELECT host, count(*) AS n FROM connections GROUP BY host'`;

/** The number of arguments of each query. */
const WORDS: Record<QuestionName, [number, string]> = {
  worst: [0, ''],
  links: [0, ''],
  drops: [0, ''],
  hosts: [0, ''],
  since: [1, 'a time: nscap fleet since 2h'],
  conn: [1, 'the key of a connection: nscap fleet worst lists them as flow key'],
  report: [0, ''],
  sql: [1, "a query, as one word: nscap fleet sql 'SELECT …'"],
};

function checkWords(question: QuestionName, words: readonly string[]): void {
  const [wanted, hint] = WORDS[question];
  if (words.length > wanted) throw usageError(`${question} takes no '${words[wanted]}'`, hint || undefined);
  if (words.length < wanted) throw usageError(`${question} needs one word more`, hint);
  if (question === 'conn' && !KEY.test(words[0].toLowerCase()))
    throw usageError(
      `'${words[0]}' is no key of a connection`,
      'a key is 16 hexadecimal digits, or x and 15 of them',
    );
}
