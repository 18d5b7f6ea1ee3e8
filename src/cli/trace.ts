// nscap trace POINT POINT…: each packet from point to point, its delay, its loss, its changes.
import { Command } from 'commander';
import { filterExpression } from '../filter/expression.ts';
import { traceAssertionHelp } from '../report/trace/assertions.ts';
import { filesAndFilter } from './files-and-filter.ts';
import { Closed } from './sink.ts';
import { traceFiles } from './trace/files.ts';
import { addTraceOptions, type TraceFlags } from './trace/flags.ts';

export function command(): Command {
  const trace = new Command('trace')
    .description('Follow each packet from point to point: what it took, where it was lost, what was changed')
    .argument(
      '[words...]',
      'capture files, one a point, or one pcapng file with several interfaces; and a filter',
    )
    .usage('[options] FILE [FILE...] [filter...]');
  return addTraceOptions(trace)
    .addHelpText(
      'after',
      () => `
${traceAssertionHelp()}
Examples:
  nscap trace pc.pcap router-lan.pcap router-dmz.pcap server.pcap
  nscap trace -q all-points.pcapng tcp port 443
  nscap trace --only lost --assert 'loss == 0' --assert 'delay.p99 < 1ms' a.pcap b.pcap`,
    )
    .action(async (words: string[], flags: TraceFlags) => {
      const [first, ...rest] = words;
      const { files, words: filter } = filesAndFilter(first, rest, undefined);
      try {
        await traceFiles(files, filterExpression(filter, flags.filterFile), flags);
      } catch (error) {
        // Whoever read standard output has seen enough.
        if (!(error instanceof Closed)) throw error;
      }
    });
}
