// nscap convert IN… OUT: pcap and pcapng into each other, cut, filtered, merged, split.
import { Command, Option } from 'commander';
import { convert, type Plan, type Result } from '../convert/convert.ts';
import { parseBound } from '../convert/time.ts';
import { usageError } from '../errors.ts';
import { filterExpression } from '../filter/expression.ts';
import { Closed } from '../output/sink.ts';
import { Progress } from '../report/progress.ts';
import { gather, parseCount, parseDuration, parseSize } from './arguments.ts';
import { displayFilterOption } from './field-options.ts';
import { interruptible } from './interrupt.ts';
import { readAsUser } from './read-as-user.ts';
import { sayHints } from './source-end.ts';

declare const __VERSION__: string;

interface ConvertFlags {
  format?: 'pcap' | 'pcapng';
  timeStampPrecision?: 'micro' | 'nano';
  filter?: string;
  filterFile?: string;
  displayFilter?: string;
  interface?: string[];
  from?: string;
  to?: string;
  snapshotLength?: number;
  append?: boolean;
  splitCount?: number;
  splitSize?: string;
  splitTime?: string;
  read?: string[];
  write?: string;
  annotate?: boolean;
  json?: boolean;
}

export function command(): Command {
  return new Command('convert')
    .description('convert captures between pcap and pcapng; filter, cut, merge and split them')
    .argument(
      '[files...]',
      'captures to read, several are merged by time, and last the one to write; - is a pipe',
    )
    .addOption(
      new Option(
        '--format <format>',
        "what to write; else as the output's name ends, else as the first input is",
      ).choices(['pcap', 'pcapng']),
    )
    .addOption(
      new Option('--time-stamp-precision <p>', 'of pcap; else nano where the inputs have it').choices([
        'micro',
        'nano',
      ]),
    )
    .option('-f, --filter <expression>', 'take only packets that match this pcap-filter(7) expression')
    .option('-F, --filter-file <file>', 'read the filter from a file')
    .addOption(displayFilterOption('take only packets'))
    .option(
      '-i, --interface <name>',
      'take only packets of this interface (name or number, counted from 0); may be repeated',
      gather,
    )
    .option('--from <time>', 'take packets from this time on')
    .option('--to <time>', 'take packets before this time')
    .option('-s, --snapshot-length <bytes>', 'truncate packets to this many bytes', parseCount)
    .option('-a, --append', 'one input after the other instead of merged by time')
    .option(
      '--split-count <packets>',
      'begin another file after this many packets: out_00001.pcap, out_00002.pcap, …',
      parseCount,
    )
    .option('--split-size <size>', 'begin another file before one grows beyond this (4096, 10k, 10M)')
    .option(
      '--split-time <time>',
      'begin another file at this interval of the capture: seconds, or 500ms, 5m, 2h',
    )
    .option(
      '--annotate',
      'write what analyze finds as comments on the packets that prove it, for Wireshark to show; pcapng only',
    )
    .option('-r, --read <file>', 'a capture to read, as tcpdump takes it; may be given several times', gather)
    .option('-w, --write <file>', 'the capture to write')
    .option('--json', 'print what was written as one JSON document on standard output')
    .addHelpText(
      'after',
      `
Times are 2024-01-31T12:34:56.789Z, '2024-01-31 12:34:56' (local time), seconds since 1970, or +SECONDS after the first packet.

Examples:
  nscap convert trace.pcapng trace.pcap
  nscap convert ns1.pcap ns2.pcap both.pcapng
  nscap convert -f 'tcp port 7096' --from +10 --to +20 -s 96 trace.pcap.gz part.pcap
  nscap convert --split-size 100M big.pcap part.pcap`,
    )
    .action(async (words: string[], flags: ConvertFlags) => {
      const files = [...(flags.read ?? []), ...words, ...(flags.write === undefined ? [] : [flags.write])];
      if (files.length === 0) throw usageError('there is nothing to read', 'nscap convert IN… OUT');
      await run(planOf(files, flags), flags.json === true);
    });
}

function planOf(files: string[], flags: ConvertFlags): Plan {
  const inputs = files.slice(0, -1);
  const output = files.at(-1)!;
  if (inputs.length === 0) throw usageError('there is nothing to write to', `nscap convert ${output} OUT`);
  if (inputs.filter((path) => path === '-').length > 1)
    throw usageError('standard input can be read only once');
  const splits = [flags.splitCount, flags.splitSize, flags.splitTime].some((value) => value !== undefined);
  if (output === '-' && splits) throw usageError('standard output cannot be split', 'name a file');
  if (output === '-' && flags.json) {
    throw usageError(
      'standard output cannot take both the capture and --json',
      'name a file for the capture',
    );
  }
  if (output === '-' && process.stdout.isTTY) {
    throw usageError('a capture is nothing for a terminal', 'name a file, or send it through a pipe');
  }
  return {
    inputs,
    output,
    filter: filterExpression(flags.filter === undefined ? [] : [flags.filter], flags.filterFile),
    ...(flags.displayFilter !== undefined && { displayFilter: flags.displayFilter }),
    interfaces: flags.interface ?? [],
    snaplen: flags.snapshotLength ?? 0,
    append: flags.append === true,
    ...(flags.splitCount !== undefined && { splitPackets: flags.splitCount }),
    ...(flags.splitSize !== undefined && { splitBytes: parseSize(flags.splitSize) }),
    ...(flags.splitTime !== undefined && { splitMilliseconds: parseDuration(flags.splitTime) }),
    application: `nscap ${__VERSION__}`,
    ...(flags.format && { format: flags.format }),
    ...(flags.timeStampPrecision && { nanoseconds: flags.timeStampPrecision === 'nano' }),
    ...(flags.annotate && { comments: frameComments }),
    ...(flags.from !== undefined && { from: parseBound(flags.from) }),
    ...(flags.to !== undefined && { to: parseBound(flags.to) }),
  };
}

/** `read FILE -w OUT`: the packets that the filter takes, in pcap unless the name says pcapng. */
export async function copy(
  input: string,
  output: string,
  filter: string,
  count: number | undefined,
  displayFilter: string | undefined,
): Promise<void> {
  const format = /\.pcapng(\.\w+)?$/i.test(output) ? 'pcapng' : 'pcap';
  const plan: Plan = {
    ...planOf([input, output], { format }),
    filter,
    ...(count === undefined ? {} : { count }),
    ...(displayFilter === undefined ? {} : { displayFilter }),
  };
  await run(plan, false);
}

async function run(plan: Plan, json: boolean): Promise<void> {
  await readAsUser(plan.inputs);
  const progress = new Progress();
  try {
    report(
      await interruptible((signal) => convert(plan, signal, (part, packets) => progress.step(packets, part))),
      json,
    );
  } catch (error) {
    if (!(error instanceof Closed)) throw error;
  } finally {
    progress.end();
  }
}

function report(result: Result, json: boolean): void {
  const { hints, ...document } = result;
  if (json) process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  else for (const note of result.notes) process.stderr.write(`nscap: ${note}\n`);
  sayHints(hints);
  for (const { input, damage } of result.damage) process.stderr.write(`nscap: ${input}: ${damage}\n`);
  // A killed capture ends this way: all of its complete packets are there.
  if (result.damage.some(({ truncated }) => !truncated)) process.exitCode = 1;
}

/** Loads the analysis, which other conversions do not need. */
async function frameComments(input: string): Promise<ReadonlyMap<number, string>> {
  return (await import('../report/tcp/frame-comments.ts')).frameComments(input);
}
