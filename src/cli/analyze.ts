// nscap analyze FILE: every TCP connection of a capture analyzed.
import { Command, InvalidArgumentError, Option } from 'commander';
import { type Partner, startPartner } from '../analyze/second-thread.ts';
import { escapeControls } from '../base/escape-controls.ts';
import { isTerminal } from '../base/terminal.ts';
import { usageError } from '../errors.ts';
import type { Display } from '../fields/displayed.ts';
import { filterExpression } from '../filter/expression.ts';
import { Analysis, DEFAULT_MAX_CONNECTIONS } from '../flow/analysis.ts';
import { GroupSample, Half } from '../flow/halves.ts';
import { merge } from '../flow/partition.ts';
import { Queries } from '../flow/queries.ts';
import { Segment } from '../flow/segment.ts';
import { Statistics } from '../flow/statistics.ts';
import { Closed, Sink } from '../output/sink.ts';
import {
  type Assertion,
  assertionHelp,
  checkAssertions,
  type Outcome,
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
import { tellOverlooked } from './overlooked.ts';
import { STORE_OPTION } from './store/options.ts';
import type { StoredCapture } from './store/stored-capture.ts';

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
/** Connections listed unless asked otherwise. */
const LISTED = 20;
/** Packets looked at to split the connections between two threads. */
const SAMPLED = 20_000;

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
        'one connection as a plot on the terminal: --plot rtt --stream 3, or --plot rtt and 3 behind the file',
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
      if (flags.format !== undefined && !flags.packets) {
        throw usageError('--format is for --packets', 'for all connections as JSON use --json');
      }
      if (flags.store !== undefined && flags.packets) {
        throw usageError('--store is for the report of connections, not for --packets');
      }
      if (flags.plot !== undefined) return drawPlot(flags.plot, files, words, flags);
      const filter = filterExpression(words, flags.filterFile);
      const outcomes: Outcome[] = [];
      for (const [at, file] of files.entries()) {
        const many = files.length > 1;
        if (many) heading(file, at, flags);
        await analyzeFile(file, filter, flags, assertions, outcomes, many ? file : '');
      }
      if (files.length > 1 && flags.json) new Sink().end(']\n');
      await delivered(flags.store);
      reportOutcomes('analyze', outcomes, flags.junit);
    });
}

/** One connection as a plot; its number stands in --stream or behind the file, before a filter. */
async function drawPlot(kind: Plot, files: string[], words: string[], flags: AnalyzeFlags): Promise<void> {
  const given =
    flags.stream === undefined && /^\d{1,15}$/.test(words[0] ?? '') ? Number(words.shift()) : flags.stream;
  if (given === undefined) throw usageError('--plot draws one connection, and none is given', '--stream 0');
  const [file, second] = files;
  if (second !== undefined) throw usageError('--plot draws a connection of one capture');
  const filter = filterExpression(words, flags.filterFile);
  const open = async () => {
    const source = await openFile(file!);
    const chosen = filtered(source, filter);
    if (flags.displayFilter === undefined) return chosen;
    return (await import('../fields/displayed.ts')).displayed(
      chosen,
      flags.displayFilter,
      source.format === 'pcapng',
    );
  };
  const { plot } = await import('./analyze-plot.ts');
  await plot(open, file!, kind, given, flags.maxConnections);
}

/** Before each of several files: its name, or what separates the documents of an array. */
function heading(file: string, at: number, flags: AnalyzeFlags): void {
  const title = flags.packets ? `# ${escapeControls(file)}\n` : `${escapeControls(file)}\n`;
  new Sink().end(
    flags.json || flags.format === 'json' ? (at === 0 ? '[' : ',') : `${at === 0 ? '' : '\n'}${title}`,
  );
}

async function analyzeFile(
  file: string,
  filter: string,
  flags: AnalyzeFlags,
  assertions: Assertion[],
  outcomes: Outcome[],
  label: string,
): Promise<void> {
  const half = Math.ceil(flags.maxConnections / 2);
  let partner: Partner | undefined;
  let source: PacketSource | undefined;
  try {
    // Rows are written in the order of the packets, by one thread; and a display filter follows all of them.
    if (!flags.packets && flags.store === undefined && flags.displayFilter === undefined)
      partner = await startPartner({ file, filter, maxConnections: half }, split);
    const capture = await openFile(file);
    const named = capture.format === 'pcapng';
    source = filtered(capture, filter);
    if (flags.packets) await packets(source, flags, await displayOf(source, flags.displayFilter, named));
    else {
      if (flags.displayFilter !== undefined) {
        source = await (await import('../fields/displayed.ts')).displayed(source, flags.displayFilter, named);
      }
      const store = await storing(file, filter, flags);
      await connections(source, flags, assertions, partner, outcomes, label, store);
    }
  } catch (error) {
    if (!(error instanceof Closed)) throw error;
  } finally {
    partner?.stop();
    await source?.close();
  }
  if (source !== undefined) tellOverlooked(source);
  if (source?.damage !== undefined) {
    process.stderr.write(`nscap: ${file}: ${source.damage}\n`);
    if (!source.truncated) process.exitCode ??= 1;
  }
}

type Storing = (source: PacketSource, statistics: Statistics) => StoredCapture;

/** What stores a file's rows; undefined where it is not asked for, or they are in the store. */
async function storing(file: string, filter: string, flags: AnalyzeFlags): Promise<Storing | undefined> {
  if (flags.store === undefined) return undefined;
  const { storeOf } = await import('./store/stored-capture.ts');
  return storeOf(flags.store, file, filter);
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

/** How the connections that a file begins with are split between two threads. */
async function split(file: string): Promise<Uint8Array> {
  const sample = new GroupSample();
  const segment = new Segment();
  const source = await openFile(file);
  for (let batch = await source.next(); batch !== null; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) if (segment.place(batch, i)) sample.add(segment.group);
    if (batch.first + batch.count > SAMPLED) break;
  }
  await source.close();
  return sample.halves();
}

/** The verdicts packet by packet. */
async function packets(
  source: PacketSource,
  flags: AnalyzeFlags,
  display: Display | undefined,
): Promise<void> {
  const sink = new Sink();
  const analysis = new Analysis(flags.maxConnections);
  const report = packetReport(flags.format ?? 'table', analysis, sink.text);
  report.head();
  const progress = isTerminal(1) ? undefined : new Progress(source);
  for (let batch = await source.next(); batch !== null; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) {
      const isTaken = display === undefined || display.takes(batch, i);
      if (!analysis.add(batch, i) || !isTaken) continue;
      report.row();
      sink.line();
    }
    if (source.progress === undefined) sink.flush();
    progress?.step(batch.first + batch.count - 1);
  }
  progress?.end();
  sink.flush();
}

/** The connections, and the findings about them. */
async function connections(
  source: PacketSource,
  flags: AnalyzeFlags,
  assertions: Assertion[],
  partner: Partner | undefined,
  outcomes: Outcome[],
  label: string,
  storing: Storing | undefined,
): Promise<void> {
  const { maxConnections } = flags;
  const analysis =
    partner === undefined
      ? new Analysis(maxConnections)
      : new Analysis(Math.ceil(maxConnections / 2), new Half(0, partner.halves));
  const statistics = new Statistics(analysis);
  const queries = new Queries();
  const progress = new Progress(source);
  const stored = storing?.(source, statistics);
  try {
    for (let batch = await source.next(); batch !== null; batch = await source.next()) {
      for (let i = 0; i < batch.count; i++) {
        const segment = statistics.add(batch, i);
        queries.add(analysis, segment, batch, i);
        if (segment) stored?.add(batch, i);
      }
      progress.step(batch.first + batch.count - 1);
    }
    stored?.finish();
  } catch (error) {
    stored?.abort();
    throw error;
  }
  if (partner !== undefined) merge(statistics, await partner.result);
  progress.end();
  const { print } = await import('../report/analysis.ts');
  const found =
    assertions.length === 0
      ? []
      : checkAssertions(assertions, statistics.summary(), statistics, queries, label);
  outcomes.push(...found);
  await print(statistics, queries, source.interfaces, {
    ...flags,
    outcomes: found,
    file: label,
    limit: flags.limit ?? (flags.json ? 0 : LISTED),
  });
}
