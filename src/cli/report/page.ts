// Writes the HTML page of captures, or its data.
import { identity } from '../../output/create.ts';
import { Closed } from '../../output/sink.ts';
import { WholeFile } from '../../output/whole-file.ts';
import { type PageInput, type PageRequest, pageData } from '../../page/data.ts';
import { pageHtml } from '../../page/html.ts';
import { statInput } from '../../source/input.ts';

/** Where the page goes, and as what. */
interface PageOutput {
  /** The file to write, - for standard output. */
  path: string;
  /** The page's data instead, as JSON. */
  json?: boolean | undefined;
}

/** Reads the captures and writes the page. */
export async function writePage(
  inputs: readonly PageInput[],
  request: Omit<PageRequest, 'damaged'>,
  { path: to, json }: PageOutput,
): Promise<void> {
  const read = inputs.flatMap(({ path }) => statInput(path) ?? []);
  const output = new WholeFile(to, new Set(read.map(identity)));
  try {
    const data = await pageData(inputs, {
      ...request,
      damaged({ name }, { damage, truncated }) {
        process.stderr.write(`nscap: ${name}: ${damage}\n`);
        if (!truncated) process.exitCode ??= 1;
      },
    });
    output.open();
    // A terminal is what standard output may be; JSON's own way to write control characters means the same.
    if (json) output.sink.print(`${JSON.stringify(data)}\n`);
    else output.sink.text.utf8(pageHtml(data));
    output.close(0);
  } catch (error) {
    output.abandon();
    if (!(error instanceof Closed)) throw error;
  }
}
