// nscap read FILE: a capture file as tcpdump prints it.
import { Command } from 'commander';
import { escapeOutput } from '../base/escape-controls.ts';
import { isTerminal } from '../base/terminal.ts';
import { usageError } from '../errors.ts';
import { filterExpression } from '../filter/expression.ts';
import { Closed, Sink } from '../output/sink.ts';
import { PacketPrinter } from '../print/packet.ts';
import { Progress } from '../report/progress.ts';
import { openFile } from '../source/file.ts';
import { filtered } from '../source/filtered.ts';
import { interfaceNames } from '../source/source.ts';
import { describeLinkType } from '../wire/linktype-names.ts';
import { parseCount } from './arguments.ts';
import {
  addFieldOptions,
  type FieldFlags,
  type FieldRequest,
  fieldRequest,
  linkOrField,
} from './field-options.ts';
import { addPrintOptions, type PrintFlags, printOptions } from './print-options.ts';
import { readAsUser } from './read-as-user.ts';
import { sayEnd } from './source-end.ts';

interface ReadFlags extends PrintFlags, FieldFlags {
  e?: boolean | string[];
  count?: number;
  filterFile?: string;
  read?: string;
  write?: string;
  analyze?: boolean;
}

export function command(typed: readonly string[] = []): Command {
  const read = new Command('read')
    .argument('[file]', 'capture file, or - for standard input')
    .argument('[filter...]', 'print only packets that match this pcap-filter(7) expression')
    .option('-r, --read <file>', 'the capture file, as tcpdump takes it')
    .option('-c, --count <n>', 'exit after n packets', parseCount)
    .option('-F, --filter-file <file>', 'read the filter from a file')
    .option(
      '-w, --write <file>',
      'write the packets to a file instead, as tcpdump -r FILE -w FILE does: pcapng where its name ends so, else pcap',
    )
    .option('-l', 'ignored; for compatibility with tcpdump')
    .option('-s, --snapshot-length <bytes>', 'ignored; for compatibility with tcpdump')
    .option('--analyze', 'analyze TCP: verdicts after each line, as analyze gives them');
  return addPrintOptions(addFieldOptions(read), linkOrField(typed))
    .addHelpText('after', '\nExample:\n  nscap read -e -X trace.pcap tcp port 7096')
    .action(async (first: string | undefined, words: string[], flags: ReadFlags) => {
      const file = flags.read ?? first;
      if (file === undefined) {
        throw usageError('no capture file is given', 'nscap read FILE, or - for standard input');
      }
      const filter = flags.read !== undefined && first !== undefined ? [first, ...words] : words;
      if (flags.write !== undefined) {
        const { copy } = await import('./convert.ts');
        const expression = filterExpression(filter, flags.filterFile);
        await copy(file, flags.write, expression, flags.count, flags.displayFilter);
        return;
      }
      try {
        const expression = filterExpression(filter, flags.filterFile);
        await readAsUser([file]);
        const request = await fieldRequest(flags);
        if (request === undefined) await print(file, expression, flags);
        else await printFields(file, expression, flags, request);
      } catch (error) {
        // The reader of standard output has closed it.
        if (!(error instanceof Closed)) throw error;
      }
    });
}

async function print(file: string, filter: string, flags: ReadFlags): Promise<void> {
  const capture = await openFile(file, { allRecords: flags.displayFilter !== undefined });
  const packets = filtered(capture, filter);
  const source =
    flags.displayFilter === undefined
      ? packets
      : await (await import('../fields/displayed.ts')).displayed(
          packets,
          flags.displayFilter,
          capture.format === 'pcapng',
        );
  const sink = new Sink();
  const options = { ...printOptions(flags), interfaceName: interfaceNames(source) };
  const names = flags.resolve === true ? new (await import('./resolve.ts')).Resolver(options) : undefined;
  const printer = new PacketPrinter({ ...options, names }, sink.text);
  // Lines on a terminal show the progress themselves.
  const progress = isTerminal(1) ? undefined : new Progress(source);
  const analysis = flags.analyze
    ? new (await import('../flow/live-analysis.ts')).LiveAnalysis(source, undefined, true)
    : undefined;
  printer.remark = analysis?.remark;
  // Only pcap has one snapshot length, and only there does libpcap cut what is longer.
  const snaplen = (capture.format === 'pcap' && capture.interfaces[0]?.snaplen) || undefined;
  let left = flags.count ?? Number.POSITIVE_INFINITY;
  try {
    for (let batch = await source.next(); batch !== null && left > 0; batch = await source.next()) {
      if (names !== undefined) await names.prepare(batch, left);
      for (let i = 0; i < batch.count && left > 0; i++, left--) {
        analysis?.add(batch, i);
        while (!printer.print(batch, i, snaplen)) await printer.load();
        sink.line();
      }
      // Input from a pipe is shown at once; lines of a file are batched.
      if (capture.progress === undefined) sink.flush();
      progress?.step(batch.first + batch.count - 1);
      if (left <= 0) break;
    }
    if (analysis !== undefined)
      sink.print(await (await import('../report/live-analysis.ts')).interfacesText(analysis.all));
    sink.flush();
  } finally {
    progress?.end();
    await source.close();
  }
  sayUnsupported(printer);
  sayEnd(file, source);
}

/** Prints the requested fields of each packet. */
async function printFields(
  file: string,
  filter: string,
  flags: ReadFlags,
  request: FieldRequest,
): Promise<void> {
  const capture = await openFile(file, { allRecords: true });
  const source = filtered(capture, filter);
  // Values are raw, as tshark writes them, where a program reads them.
  const sink = new Sink(1, 'standard output', isTerminal(1) ? escapeBytes : undefined);
  const { FieldLines } = await import('./field-lines.ts');
  const { displayFilter } = await import('../fields/filter/compile.ts');
  const display = flags.displayFilter === undefined ? undefined : await displayFilter(flags.displayFilter);
  const lines = new FieldLines(source, capture.format === 'pcapng', request, sink, display);
  const progress = isTerminal(1) ? undefined : new Progress(source);
  let left = flags.count ?? Number.POSITIVE_INFINITY;
  try {
    lines.begin();
    for (let batch = await source.next(); batch !== null && left > 0; batch = await source.next()) {
      for (let i = 0; i < batch.count && left > 0; i++) if (lines.add(batch, i)) left--;
      if (capture.progress === undefined) sink.flush();
      progress?.step(batch.first + batch.count - 1);
      if (left <= 0) break;
    }
    lines.end();
  } finally {
    progress?.end();
    await source.close();
  }
  sayEnd(file, source);
}

/** The part that may be sent to a terminal. */
function escapeBytes(bytes: Uint8Array): Uint8Array {
  return Buffer.from(escapeOutput(Buffer.from(bytes).toString()));
}

function sayUnsupported(printer: PacketPrinter): void {
  for (const [linkType, count] of printer.unsupported) {
    const [packets, are] = count === 1 ? ['1 packet', 'is'] : [`${count} packets`, 'are'];
    process.stderr.write(
      `nscap: ${packets} of link type ${describeLinkType(linkType)} ${are} shown as bytes: it has no printer\n`,
    );
  }
}
