// The options of `nscap trace`.
import { type Command, Option } from 'commander';
import { gather, parseDuration } from '../arguments.ts';
import { addPrintOptions, type PrintFlags } from '../print-options.ts';

/** What commander makes of them. Times are in milliseconds. `-q` (PrintFlags.q) is: summary only. */
export interface TraceFlags extends PrintFlags {
  only?: string;
  json?: boolean;
  assert?: string[];
  junit?: string;
  window?: number;
  /** `FILE=SECONDS`, several times. */
  offset?: string[];
  unsynchronised?: boolean;
  filterFile?: string;
}

export function addTraceOptions(command: Command): Command {
  addPrintOptions(command);
  const quiet = command.options.find(({ short }) => short === '-q');
  if (quiet !== undefined) quiet.description = 'no packets, only the summary';
  return command
    .option(
      '--only <which>',
      'print only packets that are lost, unknown, changed or slow>1ms; with commas several',
    )
    .option('--json', 'one JSON document at the end: times in seconds, sizes in bytes')
    .option(
      '--assert <assertion>',
      'exit with status 3 unless it holds at the end; may be given several times',
      gather,
    )
    .option('--junit <file>', 'write the results of the assertions as JUnit XML, for CI')
    .option(
      '--window <time>',
      'how long a packet may take from its first point to its last (default: 1s)',
      parseDuration,
    )
    .addOption(
      new Option(
        '--offset <file=seconds>',
        "what a file's clock is ahead of the first file's by; may be given several times",
      ).argParser(gather),
    )
    .option('--unsynchronised', 'the files are of hosts whose clocks differ: estimate by how much')
    .option('-F, --filter-file <file>', 'read the filter from a file');
}
