// nscap report INPUT… -o report.html: captures as one HTML page.
import { Command } from 'commander';
import { usageError } from '../errors.ts';
import { filterExpression } from '../filter/expression.ts';
import { DEFAULT_MAX_CONNECTIONS } from '../flow/analysis.ts';
import { gather, parseCount, parseDuration } from './arguments.ts';
import { displayFilterOption } from './field-options.ts';
import { filesAndFilter } from './files-and-filter.ts';
import { readAsUser } from './read-as-user.ts';
import { writePage } from './report/page.ts';
import { captureFor, inputsOf } from './report/temporary.ts';

interface ReportFlags {
  output?: string;
  json?: boolean;
  title?: string;
  displayFilter?: string;
  maxConnections: number;
  duration?: number;
  read?: string[];
  filterFile?: string;
}

export function command(): Command {
  return new Command('report')
    .description('show captures as one HTML page: connections, graphs over time, findings')
    .argument('[file]', 'capture file, or - for standard input; several are shown in one page')
    .argument('[filter...]', 'report only packets that match this pcap-filter(7) expression')
    .usage('[options] (FILE... | --duration TIME NAMESPACE INTERFACE...) [filter...]')
    .option('-o, --output <file>', 'the page to write, - for standard output')
    .option('--duration <time>', 'capture live for this time, and report that: 10s, 5m', parseDuration)
    .option('-r, --read <file>', 'capture file, as for tcpdump; may be given several times', gather)
    .option('-F, --filter-file <file>', 'read the filter from a file')
    .addOption(displayFilterOption('only packets'))
    .option('--title <text>', 'title of the page')
    .option('--json', "print the page's data instead, as one JSON document")
    .option(
      '--max-connections <n>',
      'connections kept at a time, about 1 kB each; beyond, closed and idle ones are evicted',
      parseCount,
      DEFAULT_MAX_CONNECTIONS,
    )
    .addHelpText('after', HELP)
    .action(action);
}

const HELP = `
The page is one file that any browser opens; it loads nothing from elsewhere.

Examples:
  nscap report trace.pcap -o report.html
  nscap report client.pcap server.pcap -o report.html tcp port 443
  nscap report --duration 30s ns1 veth0 -o report.html
  nscap report trace.pcap --json | jq .captures[0].findings`;

async function action(first: string | undefined, rest: string[], flags: ReportFlags): Promise<void> {
  if (flags.json !== true && flags.output === undefined) {
    throw usageError('no file to write is given', '-o report.html; - is standard output');
  }
  const { title, displayFilter, maxConnections } = flags;
  const request = { title, displayFilter, maxConnections };
  const output = { path: flags.output ?? '-', json: flags.json };
  if (flags.duration !== undefined) {
    if (first === undefined || rest.length === 0) {
      throw usageError('--duration captures, and where is not given', '--duration 10s NAMESPACE INTERFACE');
    }
    const { topologyOf } = await import('./report/topology.ts');
    const topology = await topologyOf([first]);
    const input = await captureFor([first, ...rest], flags.duration);
    if (input === undefined) return;
    await readAsUser([input.path]);
    await writePage([input], { ...request, filter: '', topology }, output);
    return;
  }
  const { files, words } = filesAndFilter(first, rest, flags.read);
  await readAsUser(files);
  const filter = filterExpression(words, flags.filterFile);
  await writePage(await inputsOf(files), { ...request, filter }, output);
}
