// The options of `nscap capture`: tcpdump's letters with tcpdump's meaning, and some of our own.
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Direction } from '../../binding/libpcap.ts';
import { DEFAULT_SNAPLEN } from '../../file/pcap-writer.ts';
import { gather, parseCount, parseDuration, parseSize } from '../arguments.ts';
import { addFieldOptions, type FieldFlags, linkOrField } from '../field-options.ts';
import { addPrintOptions, type PrintFlags } from '../print-options.ts';
import { STORE_OPTION } from '../store/options.ts';

/** What commander makes of them. Sizes in bytes (the kernel's buffer in KiB), -G in seconds, the duration in milliseconds. */
export interface CaptureFlags extends PrintFlags, FieldFlags {
  e?: boolean | string[];
  interface?: string[];
  count?: number;
  snapshotLength: number;
  bufferSize?: number;
  promiscuousMode: boolean;
  direction?: Direction;
  immediateMode?: boolean;
  timeStampType?: string;
  timeStampPrecision?: 'micro' | 'nano';
  linktype?: string;
  filterFile?: string;
  write?: string;
  pcapng?: boolean;
  names: boolean;
  print?: boolean;
  drops?: boolean;
  sockets?: boolean;
  /** Milliseconds. */
  socketsInterval?: number;
  process?: boolean;
  packetBuffered?: boolean;
  C?: number;
  G?: number;
  W?: number;
  postrotateCommand?: string;
  duration?: number;
  maxSize?: number;
  wait?: boolean;
  relinquishPrivileges?: string;
  binding: 'libpcap' | 'cap';
  json?: boolean;
  analyze?: boolean;
  store?: string;
  assert?: string[];
  junit?: string;
  maxConnections?: number;
  listInterfaces?: boolean;
  listDataLinkTypes?: boolean;
  listTimeStampTypes?: boolean;
}

/** libpcap takes the ring's size in bytes, as an int. */
const LARGEST_BUFFER = 2 ** 21 - 1;

export function addCaptureOptions(command: Command, typed: readonly string[] = []): Command {
  command
    .option(
      '-i, --interface <name>',
      'an interface, or NAMESPACE:INTERFACE for another namespace; may be given several times',
      gather,
    )
    .option('-c, --count <n>', 'exit after n packets', parseCount)
    .option(
      '-s, --snapshot-length <bytes>',
      'capture at most this many bytes of each packet; 0 for all',
      snaplen,
      DEFAULT_SNAPLEN,
    )
    .option(
      '-B, --buffer-size <KiB>',
      "size of the kernel's buffer (default: 8192, or 4096 where packets are only written)",
      buffer,
    )
    .option('-p, --no-promiscuous-mode', 'do not put the interface into promiscuous mode')
    .addOption(
      new Option('-Q, --direction <direction>', 'only packets that come in or go out').choices([
        'in',
        'out',
        'inout',
      ]),
    )
    .option('--immediate-mode', 'take each packet at once, by itself: for slow traffic only')
    .option('-j, --time-stamp-type <type>', 'where time stamps come from; -J lists the types')
    .addOption(
      new Option('--time-stamp-precision <precision>', 'of what is written and printed').choices([
        'micro',
        'nano',
      ]),
    )
    .option('-y, --linktype <name>', 'link type; -L lists those the interface has')
    .option('-F, --filter-file <file>', 'read the filter from a file')
    .option(
      '-w, --write <file>',
      'write the packets to a file, pcapng where its name ends so; - for standard output',
    )
    .option('--pcapng', 'write pcapng whatever the name')
    .option('--no-names', 'do not write to pcapng files which namespace an address belongs to')
    .option('--drops', 'show packets that the kernel drops in the namespace, too, with the reason')
    .option(
      '--sockets',
      "the kernel's tcp_info of the namespace's TCP sockets: with -w to pcapng as comments, for nscap report; with --store in samples",
    )
    .option('--sockets-interval <time>', 'between two samples of --sockets (default: 100ms)', parseDuration)
    .option(
      '--process',
      'show the processes at the ends of each TCP connection and UDP flow, as far as they are in the namespace',
    )
    .option('--print', 'with -w: print the packets as well')
    .option('-U, --packet-buffered', 'with -w: write each packet as it comes')
    .option('-l', 'ignored; for compatibility with tcpdump: each line is written as it comes')
    .option(
      '-C <size>',
      'begin a new file after this many million bytes, or KiB, MiB, GiB with a suffix k, m, g',
      megabytes,
    )
    .option(
      '-G <seconds>',
      'begin a new file at this interval (also 5m, 2h); strftime(3) fills in the name',
      wholeSeconds,
    )
    .option('-W <n>', 'with -C: a ring of n files; with -G: exit after n files', parseCount)
    .option('-z, --postrotate-command <command>', 'run COMMAND FILE after each file that is finished')
    .option(
      '--duration <time>',
      'exit after this time: seconds, or with a unit 500ms, 10s, 5m, 2h',
      parseDuration,
    )
    .option(
      '--max-size <size>',
      'exit before the files exceed this many bytes; k, m, g as with -C',
      parseSize,
    )
    .option('--wait', 'wait for a namespace or interface that does not exist yet, and until it is up')
    .option(
      '-Z, --relinquish-privileges <user>',
      'become this user once the capture is open (default: the user who ran sudo)',
    )
    .addOption(
      new Option('--binding <binding>', 'how to reach libpcap')
        .choices(['libpcap', 'cap'])
        .default('libpcap'),
    )
    .option('--json', 'print no packets, and at the end the counters as one JSON document')
    .option(...STORE_OPTION)
    .option('--analyze', 'analyze TCP as it arrives: verdicts after each line, findings at the end')
    .option(
      '--assert <assertion>',
      'exit with status 3 unless it holds at the end, such as "retransmissions == 0"; may be given several times; nscap analyze --help lists what can be asserted',
      gather,
    )
    .option('--junit <file>', 'write the results of the assertions as JUnit XML, for CI')
    .option(
      '--max-connections <n>',
      'of the analysis: connections followed at a time on each interface; beyond, idle and closed ones are given up (default: 100000)',
      parseCount,
    )
    .option('-D, --list-interfaces', 'list the interfaces of the namespace')
    .option('-L, --list-data-link-types', 'list the link types of the interface')
    .option('-J, --list-time-stamp-types', 'list the time stamp types of the interface');
  return addPrintOptions(addFieldOptions(command), linkOrField(typed));
}

/** -G: in seconds. */
function wholeSeconds(text: string): number {
  if (/^\d+$/.test(text)) return parseCount(text);
  const milliseconds = parseDuration(text);
  if (milliseconds % 1000 !== 0) throw new InvalidArgumentError('whole seconds are wanted.');
  return milliseconds / 1000;
}

export function snaplen(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count > DEFAULT_SNAPLEN) {
    throw new InvalidArgumentError(`a number from 0 to ${DEFAULT_SNAPLEN} is wanted.`);
  }
  return count === 0 ? DEFAULT_SNAPLEN : count;
}

export function buffer(text: string): number {
  const kib = parseCount(text);
  if (kib > LARGEST_BUFFER) throw new InvalidArgumentError(`${LARGEST_BUFFER} KiB is the most there can be.`);
  return kib;
}

/** tcpdump's -C: millions of bytes, or, with a suffix, in powers of 1024. */
function megabytes(text: string): number {
  return /^\d+$/.test(text) ? parseSize(text) * 1_000_000 : parseSize(text);
}
