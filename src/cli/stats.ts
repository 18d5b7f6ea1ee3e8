// nscap stats FILE…: conversations, endpoints, protocols, lengths, intervals and round-trip times, of files or live.
import { Command } from 'commander';
import { gather, parseCount, parseDuration } from './arguments.ts';
import { type StatsFlags, statsPlan } from './stats/flags.ts';
import { statisticsHelp, TSHARK_SYNTAX } from './stats/names.ts';

export function command(): Command {
  return new Command('stats')
    .description(
      'Count packets as the statistics of tshark do: who talked with whom, in which protocols, how much and when',
    )
    .argument('[words...]', 'statistics, capture files, and a filter in pcap-filter(7) syntax')
    .usage('[options] [STATISTIC...] FILE... [filter...]')
    .option(
      '-z, --statistic <name>',
      "a statistic by tshark's name, in tshark's layout; may be given several times",
      gather,
    )
    .option(
      '--interval <time>',
      'of io: seconds, or with a unit 500ms, 10s, 5m; live: time between two outputs (default: 1s)',
      parseDuration,
    )
    .option(
      '--column <column>',
      'of io: CALCULATION(FIELD)FILTER, or a display filter; may be given several times',
      gather,
    )
    .option('--top <n>', 'rows of each table at most (default: all; 10 if no statistic is named)', parseCount)
    .option('-i, --interface <place>', 'NAMESPACE:INTERFACE: live from there, until Ctrl-C', gather)
    .option('--duration <time>', 'live: exit after this time', parseDuration)
    .option('-r, --read <file>', 'a capture file, as tshark takes it; may be given several times', gather)
    .option('-Y, --display-filter <filter>', 'count only packets that match this display filter')
    .option('-F, --filter-file <file>', 'read the filter from a file')
    .option('-q', 'ignored; for compatibility with tshark')
    .option('-n', 'ignored; for compatibility with tshark: names are never looked up')
    .option('--max-connections <n>', 'keep at most this many TCP connections', parseCount)
    .option('--json', 'one JSON document; live: one a line')
    .option('--csv', 'comma-separated values')
    .addHelpText(
      'after',
      `
Statistics (KINDS: eth, ip, ipv6, tcp, udp; all if none is named):
${statisticsHelp()}

Names of tshark's that -z takes: ${Object.values(TSHARK_SYNTAX).join('  ')}

Examples:
  nscap stats trace.pcap
  nscap stats conversations,tcp endpoints,ip trace.pcap
  nscap stats io --interval 100ms --column 'AVG(tcp.analysis.ack_rtt)' --column tcp trace.pcap
  nscap stats -z conv,tcp -z io,phs trace.pcap
  nscap stats io -i ns1:veth0 --interval 1s`,
    )
    .action(async (words: string[], flags: StatsFlags) =>
      (await import('./stats/run.ts')).run(words, statsPlan(flags)),
    );
}
