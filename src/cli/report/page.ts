// Writes the HTML page of captures, or its data.
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { displayed } from '../../fields/displayed.ts';
import { CAUSES } from '../../flow/limits/runs.ts';
import { KINDS } from '../../flow/series/bars.ts';
import { identity } from '../../output/create.ts';
import { Closed } from '../../output/sink.ts';
import { WholeFile } from '../../output/whole-file.ts';
import type { CaptureData, PageData, TopologyData } from '../../page/document.ts';
import { gather } from '../../page/gather.ts';
import { pageHtml } from '../../page/html.ts';
import type { TraceReport } from '../../report/trace/document.ts';
import { openFile } from '../../source/file.ts';
import { filtered } from '../../source/filtered.ts';

declare const __VERSION__: string;

export interface PageFlags {
  output?: string | undefined;
  json?: boolean | undefined;
  title?: string | undefined;
  displayFilter?: string | undefined;
  maxConnections: number;
  trace?: TraceReport;
  topology?: TopologyData | undefined;
}

/** A capture: where it is read, what the page calls it, and the file that commands in the page name, null for none. */
export interface PageInput {
  path: string;
  name: string;
  file: string | null;
}

/** Reads the captures and writes the page; `filter` in pcap-filter's language. */
export async function writePage(
  inputs: readonly PageInput[],
  filter: string,
  flags: PageFlags,
): Promise<void> {
  const read = inputs.flatMap(({ path }) => statSync(path, { throwIfNoEntry: false }) ?? []);
  const output = new WholeFile(flags.output ?? '-', new Set(read.map(identity)));
  try {
    const data: PageData = {
      version: 1,
      program: `nscap ${__VERSION__}`,
      title: flags.title ?? inputs.map(({ name }) => basename(name)).join(', '),
      kinds: KINDS,
      causes: CAUSES,
      captures: [],
      ...(flags.topology === undefined ? {} : { topology: flags.topology }),
      ...(flags.trace === undefined ? {} : { trace: flags.trace }),
    };
    for (const input of inputs) data.captures.push(await captureOf(input, filter, flags));
    output.open();
    output.sink.text.utf8(flags.json ? `${JSON.stringify(data)}\n` : pageHtml(data));
    output.close(0);
  } catch (error) {
    output.abandon();
    if (!(error instanceof Closed)) throw error;
  }
}

async function captureOf(
  { path, name, file }: PageInput,
  filter: string,
  { maxConnections, displayFilter }: PageFlags,
): Promise<CaptureData> {
  const open = async () => {
    const source = await openFile(path);
    return displayed(filtered(source, filter), displayFilter, source.format === 'pcapng');
  };
  const filters = [filter, displayFilter ?? ''].filter((one) => one !== '').join('; ');
  return gather(open, {
    name,
    file,
    filter: filters,
    maxConnections,
    damaged({ damage, truncated }) {
      process.stderr.write(`nscap: ${name}: ${damage}\n`);
      if (!truncated) process.exitCode ??= 1;
    },
  });
}
