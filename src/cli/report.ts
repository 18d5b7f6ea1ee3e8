// nscap report INPUT… -o report.html: captures as one HTML page.
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { Command } from 'commander';
import { usageError } from '../errors.ts';
import { filterExpression } from '../filter/expression.ts';
import { DEFAULT_MAX_CONNECTIONS } from '../flow/analysis.ts';
import { CAUSES } from '../flow/limits/runs.ts';
import { KINDS } from '../flow/series/bars.ts';
import type { CaptureData, PageData } from '../page/document.ts';
import { gather } from '../page/gather.ts';
import { pageHtml } from '../page/html.ts';
import { openFile } from '../source/file.ts';
import { filtered } from '../source/filtered.ts';
import { gather as gatherWords, parseCount } from './arguments.ts';
import { Output } from './convert/output.ts';
import { identity } from './create.ts';
import { displayed } from './displayed.ts';
import { displayFilterOption } from './field-options.ts';
import { filesAndFilter } from './files-and-filter.ts';
import { Closed } from './sink.ts';

declare const __VERSION__: string;

interface ReportFlags {
  output?: string;
  json?: boolean;
  title?: string;
  displayFilter?: string;
  read?: string[];
  filterFile?: string;
  maxConnections: number;
}

export function command(): Command {
  return new Command('report')
    .addOption(displayFilterOption('only packets'))
    .description('show captures as one HTML page: connections, graphs over time, findings')
    .argument('[file]', 'capture file; several are shown in one page')
    .argument('[filter...]', 'report only packets that match this pcap-filter(7) expression')
    .option('-o, --output <file>', 'the page to write, - for standard output')
    .option('-r, --read <file>', 'capture file, as for tcpdump; may be given several times', gatherWords)
    .option('-F, --filter-file <file>', 'read the filter from a file')
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
  nscap report trace.pcap --json | jq .captures[0].findings`;

async function action(first: string | undefined, rest: string[], flags: ReportFlags): Promise<void> {
  const { files, words } = filesAndFilter(first, rest, flags.read);
  if (flags.json !== true && flags.output === undefined) {
    throw usageError('no file to write is given', '-o report.html; - is standard output');
  }
  const filter = filterExpression(words, flags.filterFile);
  const inputs = new Set(files.map((file) => identity(statSync(file))));
  const output = new Output(flags.output ?? '-', inputs);
  try {
    const data: PageData = {
      version: 1,
      program: `nscap ${__VERSION__}`,
      title: flags.title ?? files.map((file) => basename(file)).join(', '),
      kinds: KINDS,
      causes: CAUSES,
      captures: [],
    };
    for (const file of files) {
      data.captures.push(await captureOf(file, filter, flags));
    }
    output.open();
    output.sink.text.utf8(flags.json ? `${JSON.stringify(data)}\n` : pageHtml(data));
    output.close(0);
  } catch (error) {
    output.abandon();
    if (!(error instanceof Closed)) throw error;
  }
}

/** A capture read twice; `filter` in pcap-filter's language. */
async function captureOf(file: string, filter: string, flags: ReportFlags): Promise<CaptureData> {
  const { maxConnections, displayFilter } = flags;
  const open = async () => {
    const source = await openFile(file);
    return displayed(filtered(source, filter), displayFilter, source.format === 'pcapng');
  };
  const filters = [filter, displayFilter ?? ''].filter((one) => one !== '').join('; ');
  return gather(open, { name: file, file, filter: filters, maxConnections });
}
