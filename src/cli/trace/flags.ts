// The options of `nscap trace`.
import { type Command, Option } from 'commander';
import { DEFAULT_SNAPLEN } from '../../file/pcap-writer.ts';
import { gather, parseCount, parseDuration } from '../arguments.ts';
import { buffer, snaplen } from '../capture/flags.ts';
import { displayFilterOption } from '../field-options.ts';
import { addPrintOptions, type PrintFlags } from '../print-options.ts';
import { STORE_OPTION } from '../store/options.ts';

/** What commander makes of them. Times are in milliseconds. `-q` (PrintFlags.q) is: summary only. */
export interface TraceFlags extends PrintFlags {
  only?: string;
  json?: boolean;
  assert?: string[];
  junit?: string;
  report?: string;
  window?: number;
  /** `FILE=SECONDS`, several times. */
  offset?: string[];
  unsynchronised?: boolean;
  filterFile?: string;
  displayFilter?: string;
  /** Live: where packets go, as `CaptureFlags` has it; the target and its port, or the lab, that give the points. */
  to?: string;
  udp?: boolean;
  lab?: string | true;
  listPoints?: boolean;
  write?: string;
  count?: number;
  duration?: number;
  snapshotLength: number;
  bufferSize?: number;
  promiscuousMode: boolean;
  relinquishPrivileges?: string;
  store?: string;
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
      '--report <file>',
      'write an HTML page: hops, and the connections at each point, as nscap report does',
    )
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
    .option(...STORE_OPTION)
    .option('-F, --filter-file <file>', 'read the filter from a file')
    .addOption(displayFilterOption('only packets'))
    .option('--to <target>', 'live: the points are all interfaces on the way from NAMESPACE to this target')
    .option('-u, --udp', 'with --to and a port: the way of UDP, not TCP')
    .option('--lab [name]', 'live: the points are both ends of each link of the lab')
    .option('-D, --list-points', 'live: list the points and exit')
    .option(
      '-w, --write <file>',
      'live: write all points to one pcapng file, with comments; - for standard output',
    )
    .option('-c, --count <n>', 'live: exit after n packets', parseCount)
    .option('--duration <time>', 'live: exit after this time: seconds, or 500ms, 10s, 5m, 2h', parseDuration)
    .option(
      '-s, --snapshot-length <bytes>',
      'live: capture at most this many bytes of each packet; 0 for all',
      snaplen,
      DEFAULT_SNAPLEN,
    )
    .option(
      '-B, --buffer-size <KiB>',
      "live: size of the kernel's buffer of each point (default: 32768)",
      buffer,
    )
    .option('-p, --no-promiscuous-mode', 'live: do not put the interfaces into promiscuous mode')
    .option(
      '-Z, --relinquish-privileges <user>',
      'live: become this user once all is open (default: the user who ran sudo)',
    );
}
