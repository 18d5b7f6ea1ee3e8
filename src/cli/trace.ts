// nscap trace POINT POINT…: each packet from point to point, its delay, its loss, its changes.
import { statSync } from 'node:fs';
import { Command } from 'commander';
import { filterExpression } from '../filter/expression.ts';
import { Closed } from '../output/sink.ts';
import { traceAssertionHelp } from '../report/trace/assertions.ts';
import { filesAndFilter } from './files-and-filter.ts';
import { readAsUser } from './read-as-user.ts';
import { traceFiles } from './trace/files.ts';
import { addTraceOptions, type TraceFlags } from './trace/flags.ts';
import { isPoint } from './trace/point.ts';

export function command(): Command {
  const trace = new Command('trace')
    .description(
      'Follow each packet from point to point: delay of each hop, where it was lost, what was changed',
    )
    .argument(
      '[words...]',
      'points, NAMESPACE:INTERFACE each; or capture files, one a point, or one pcapng file with several interfaces; and a filter',
    )
    .usage('[options] (POINT POINT... | NAMESPACE --to TARGET [PORT] | --lab | FILE...) [filter...]');
  return addTraceOptions(trace)
    .addHelpText(
      'after',
      () => `
${traceAssertionHelp()}
Examples:
  nscap trace pc:eth0 router:lan router:dmz server:eth0 tcp port 80
  nscap trace pc --to 10.2.0.20 80
  nscap trace --lab -w story.pcapng --duration 10s
  nscap trace pc.pcap router-lan.pcap router-dmz.pcap server.pcap
  nscap trace -q all-points.pcapng tcp port 443
  nscap trace --only lost --assert 'loss == 0' --assert 'delay.p99 < 1ms' a.pcap b.pcap`,
    )
    .action(async (words: string[], flags: TraceFlags) => {
      try {
        const { livePlan, filesPlan } = await import('./trace/request.ts');
        if (isLive(words, flags)) {
          await (await import('./trace/live-session.ts')).traceLive(words, livePlan(flags));
        } else {
          const [first, ...rest] = words;
          const { files, words: filter } = filesAndFilter(first, rest, undefined);
          await readAsUser(files);
          await traceFiles(files, filterExpression(filter, flags.filterFile), filesPlan(flags));
        }
      } catch (error) {
        // The reader of standard output has closed it.
        if (!(error instanceof Closed)) throw error;
      }
    });
}

/** An existing file is a file, whatever its name. */
function isLive([first]: readonly string[], { to, lab }: TraceFlags): boolean {
  if (to !== undefined || lab !== undefined) return true;
  return first !== undefined && isPoint(first) && statSync(first, { throwIfNoEntry: false }) === undefined;
}
