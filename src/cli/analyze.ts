// nscap analyze FILE: every TCP connection of a capture analyzed.
import { Command, InvalidArgumentError, Option } from 'commander';
import { type AnalyzedFile, analyzeFile, openFiltered } from '../analyze/file.ts';
import { escapeControls } from '../base/escape-controls.ts';
import type { Interface } from '../base/interface.ts';
import { isTerminal } from '../base/terminal.ts';
import { usageError } from '../errors.ts';
import type { Display } from '../fields/displayed.ts';
import { filterExpression } from '../filter/expression.ts';
import { Analysis, DEFAULT_MAX_CONNECTIONS } from '../flow/analysis.ts';
import type { Statistics } from '../flow/statistics.ts';
import { Closed, Sink } from '../output/sink.ts';
import type { Found, Listing } from '../report/analysis.ts';
import {
  type AssertionOutcome,
  assertionHelp,
  checkAssertions,
  parseAssertions,
} from '../report/assertions.ts';
import { FORMATS, type Format, packetReport } from '../report/packets.ts';
import type { Plot } from '../report/plot.ts';
import { Progress } from '../report/progress.ts';
import { SORT_KEYS, type SortKey } from '../report/tcp/order.ts';
import { openFile } from '../source/file.ts';
import { filtered } from '../source/filtered.ts';
import type { PacketSource } from '../source/source.ts';
import { gather, parseCount } from './arguments.ts';
import { checkJunit, reportOutcomes } from './assertions.ts';
import { displayFilterOption, displayOf } from './field-options.ts';
import { filesAndFilter } from './files-and-filter.ts';
import { readAsUser } from './read-as-user.ts';
import { sayEnd } from './source-end.ts';
import { STORE_OPTION } from './store/options.ts';

interface AnalyzeFlags {
  packets?: boolean;
  plot?: Plot;
  format?: Format;
  json?: boolean;
  sort: SortKey;
  worst?: boolean;
  limit?: number;
  stream?: number;
  assert?: string[];
  junit?: string;
  read?: string[];
  filterFile?: string;
  displayFilter?: string;
  maxConnections: number;
  store?: string;
}

const PLOTS = ['rtt', 'sequence', 'throughput', 'window'] as const satisfies readonly Plot[];
/** Connections listed by default. */
const LISTED = 20;

export function command(): Command {
  return new Command('analyze')
    .description("analyze every TCP connection of a capture by Wireshark 4.0's rules")
    .argument('[file]', 'capture file, or - for standard input; with several each is analyzed by itself')
    .argument('[filter...]', 'analyze only packets that match this pcap-filter(7) expression')
    .option('-r, --read <file>', 'capture file, as for tcpdump; may be given several times', gather)
    .option('-F, --filter-file <file>', 'read the filter from a file')
    .addOption(displayFilterOption('analyze only packets, or with --packets list only those,'))
    .addOption(new Option('--sort <key>', 'order of the connections').choices(SORT_KEYS).default('stream'))
    .option('--worst', 'the worst connections first (--sort worst)')
    .option(
      '--limit <n>',
      `list at most N connections, 0 for all (default: ${LISTED}, with --json all)`,
      whole,
    )
    .option('--stream <n>', 'one connection in full, by its number (tcp.stream)', whole)
    .addOption(
      new Option(
        '--plot <plot>',
        'one connection as a plot on the terminal: --plot rtt --stream 3, or --plot rtt and 3 after the file',
      ).choices(PLOTS),
    )
    .option('--packets', 'verdicts packet by packet')
    .addOption(
      new Option(
        '--format <format>',
        'for --packets: tsv and json list every segment, table (the default) those with a verdict',
      ).choices(FORMATS),
    )
    .option('--json', 'one JSON document: times in seconds, sizes in bytes, rates in bits per second')
    .option('--assert <assertion>', 'exit with status 3 unless it holds; may be given several times', gather)
    .option('--junit <file>', 'write the results of the assertions as JUnit XML, for CI')
    .option(
      '--max-connections <n>',
      'connections kept at a time, about 1 kB each; beyond, closed and idle ones are evicted',
      parseCount,
      DEFAULT_MAX_CONNECTIONS,
    )
    .option(...STORE_OPTION)
    .addHelpText('after', () => `\n${assertionHelp()}${HELP}`)
    .action(async (first: string | undefined, rest: string[], flags: AnalyzeFlags) => {
      checkJunit(flags.junit, flags.assert);
      const assertions = parseAssertions(flags.assert ?? []);
      const { files, words } = filesAndFilter(first, rest, flags.read);
      checkFlags(flags);
      await readAsUser(files);
      const { plot, stream, displayFilter, maxConnections, store, json = false } = flags;
      if (plot !== undefined) {
        const number = plottedStream(words, stream);
        if (files.length > 1) throw usageError('--plot draws a connection of one capture');
        const filter = filterExpression(words, flags.filterFile);
        const open = () => openFiltered(files[0], filter, displayFilter);
        return (await import('./analyze-plot.ts')).plot(open, files[0], plot, number, maxConnections);
      }
      const filter = filterExpression(words, flags.filterFile);
      const sort = flags.worst ? 'worst' : flags.sort;
      const listing = { sort, limit: flags.limit ?? (json ? 0 : LISTED) };
      const several = files.length > 1;
      const outcomes: AssertionOutcome[] = [];
      for (const [index, file] of files.entries()) {
        if (several) heading(file, index, json || flags.format === 'json', flags.packets === true);
        const input: Input = { file, filter, displayFilter, maxConnections };
        const label = several ? file : '';
        if (flags.packets) {
          await packets(input, flags.format ?? 'table');
          continue;
        }
        const { found, source } = await analyzed(input, store);
        const checked = checkAssertions(assertions, found, label);
        outcomes.push(...checked);
        await untilClosed(() => print(found, source.interfaces, { json, stream, listing, label }, checked));
        sayEnd(file, source);
      }
      if (several && json) new Sink().end(']\n');
      await delivered(store);
      reportOutcomes('analyze', outcomes, flags.junit);
    });
}

/** A capture to analyze, and which packets of it. */
interface Input {
  file: string;
  /** A pcap-filter(7) expression; empty for none. */
  filter: string;
  displayFilter: string | undefined;
  /** Connections kept at a time. */
  maxConnections: number;
}

/** How the connections are printed. */
interface Shape {
  json: boolean;
  /** One connection in full. */
  stream: number | undefined;
  listing: Listing;
  /** The file's name if there are several files; else empty. */
  label: string;
}

/** @throws NscapError USAGE where options contradict each other */
function checkFlags({ format, packets, store }: AnalyzeFlags): void {
  if (format !== undefined && !packets) {
    throw usageError('--format is for --packets', 'for all connections as JSON use --json');
  }
  if (store !== undefined && packets) {
    throw usageError('--store is for the report of connections, not for --packets');
  }
}

/** The number of the connection to plot: --stream, or the word after the file, before a filter. */
function plottedStream(words: string[], given: number | undefined): number {
  const stream = given === undefined && /^\d{1,15}$/.test(words[0] ?? '') ? Number(words.shift()) : given;
  if (stream === undefined) throw usageError('--plot draws one connection, and none is given', '--stream 0');
  return stream;
}

/** Before each of several files: its name, or the separator of an array's documents. */
function heading(file: string, index: number, isJson: boolean, ofPackets: boolean): void {
  const title = ofPackets ? `# ${escapeControls(file)}\n` : `${escapeControls(file)}\n`;
  new Sink().end(isJson ? (index === 0 ? '[' : ',') : `${index === 0 ? '' : '\n'}${title}`);
}

/** Prints until the reader of standard output closes it. */
async function untilClosed(print: () => Promise<void>): Promise<void> {
  try {
    await print();
  } catch (error) {
    if (!(error instanceof Closed)) throw error;
  }
}

/** The connections of a file, which are also stored if there is a store. */
async function analyzed(input: Input, store: string | undefined): Promise<AnalyzedFile> {
  const { file, filter } = input;
  const progress = new Progress();
  try {
    return await analyzeFile(file, {
      ...input,
      rows: store === undefined ? undefined : (...about) => rows(store, file, filter, ...about),
      step: (count, part) => progress.step(count, part),
    });
  } finally {
    progress.end();
  }
}

/** What stores a file's rows; undefined where they are in the store. */
async function rows(
  store: string,
  file: string,
  filter: string,
  source: PacketSource,
  statistics: Statistics,
) {
  const { storeOf } = await import('./store/stored-capture.ts');
  return (await storeOf(store, file, filter))?.(source, statistics);
}

/** Brings rows from the spool to the engine, where the store is one. */
async function delivered(target: string | undefined): Promise<void> {
  if (target === undefined) return;
  const { deliver } = await import('./store/delivery.ts');
  await deliver(target);
}

const HELP = `
RTT is the time from a segment to its ACK, without retransmitted segments (Karn's algorithm). Percentiles of a connection
are exact up to 2048 samples per direction; beyond, and over all connections, they are accurate to 0.4 %.

Examples:
  nscap analyze trace.pcap
  nscap analyze trace.pcap --worst --limit 5
  nscap analyze trace.pcap --stream 3
  nscap analyze trace.pcap --plot sequence --stream 3
  nscap analyze trace.pcap --packets --format tsv > verdicts.tsv
  nscap analyze trace.pcap --assert 'retransmissions == 0' --assert 'rtt.p99 < 1ms' tcp port 7096`;

function whole(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('a whole number is required.');
  return Number(text);
}

/** The verdicts packet by packet. */
async function packets(
  { file, filter, displayFilter, maxConnections }: Input,
  format: Format,
): Promise<void> {
  const capture = await openFile(file, { allRecords: displayFilter !== undefined });
  let source: PacketSource;
  try {
    source = filtered(capture, filter);
    const display = await displayOf(source, displayFilter, capture.format === 'pcapng');
    await untilClosed(() => printPackets(source, display, new Analysis(maxConnections), format));
  } finally {
    await capture.close();
  }
  sayEnd(file, source);
}

async function printPackets(
  source: PacketSource,
  display: Display | undefined,
  analysis: Analysis,
  format: Format,
): Promise<void> {
  const sink = new Sink();
  const report = packetReport(format, analysis, sink.text);
  report.head();
  const progress = isTerminal(1) ? undefined : new Progress();
  for (let batch = await source.next(); batch !== null; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) {
      const isTaken = display === undefined || display.takes(batch, i);
      if (!analysis.add(batch, i) || !isTaken) continue;
      report.row();
      sink.line();
    }
    if (source.progress === undefined) sink.flush();
    progress?.step(batch.first + batch.count - 1, source.progress);
  }
  progress?.end();
  sink.flush();
}

/** The connections, and the findings about them. */
async function print(
  found: Found,
  interfaces: readonly Interface[],
  { json, stream, listing, label }: Shape,
  outcomes: readonly AssertionOutcome[],
): Promise<void> {
  // Loaded only now, so that reading starts at once.
  const { printAnalysis, printDocument, streamReport } = await import('../report/analysis.ts');
  const sink = new Sink();
  const nameOf = (number: number) => interfaces[number]?.name ?? '';
  if (stream !== undefined) sink.print(streamReport(found.statistics, nameOf, stream, json));
  else if (json) await printDocument(sink, found, nameOf, listing, { file: label, outcomes });
  else {
    await printAnalysis(
      (text) => {
        sink.print(text);
        sink.line();
      },
      found,
      listing,
    );
  }
  sink.flush();
}
