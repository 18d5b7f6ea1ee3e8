// Writes the HTML page of captures, or its data.
import { identity } from '../../output/create.ts';
import { Closed } from '../../output/sink.ts';
import { WholeFile } from '../../output/whole-file.ts';
import { type PageInput, pageData } from '../../page/data.ts';
import type { TopologyData } from '../../page/document.ts';
import { pageHtml } from '../../page/html.ts';
import type { TraceReport } from '../../report/trace/document.ts';
import { statInput } from '../../source/input.ts';

export interface PageFlags {
  output?: string | undefined;
  json?: boolean | undefined;
  title?: string | undefined;
  displayFilter?: string | undefined;
  maxConnections: number;
  trace?: TraceReport;
  topology?: TopologyData | undefined;
}

/** Reads the captures and writes the page; `filter` in pcap-filter's language. */
export async function writePage(
  inputs: readonly PageInput[],
  filter: string,
  flags: PageFlags,
): Promise<void> {
  const read = inputs.flatMap(({ path }) => statInput(path) ?? []);
  const output = new WholeFile(flags.output ?? '-', new Set(read.map(identity)));
  const { title, displayFilter, maxConnections, trace, topology } = flags;
  try {
    const data = await pageData(inputs, {
      title,
      filter,
      displayFilter,
      maxConnections,
      trace,
      topology,
      damaged({ name }, { damage, truncated }) {
        process.stderr.write(`nscap: ${name}: ${damage}\n`);
        if (!truncated) process.exitCode ??= 1;
      },
    });
    output.open();
    // A terminal is what standard output may be; JSON's own way to write control characters means the same.
    if (flags.json) output.sink.print(`${JSON.stringify(data)}\n`);
    else output.sink.text.utf8(pageHtml(data));
    output.close(0);
  } catch (error) {
    output.abandon();
    if (!(error instanceof Closed)) throw error;
  }
}
