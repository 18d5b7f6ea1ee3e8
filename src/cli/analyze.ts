// nscap analyze FILE: what happened to every TCP connection of a capture.
import { Command, Option } from 'commander';
import { filterExpression } from '../filter/expression.ts';
import { Analysis } from '../flow/analysis.ts';
import { Queries } from '../flow/queries.ts';
import { dnsText } from '../report/dns.ts';
import { echoText } from '../report/echo.ts';
import { FORMATS, type Format, packetReport } from '../report/packets.ts';
import { Progress } from '../report/progress.ts';
import { openFile } from '../source/file.ts';
import { filtered } from '../source/filtered.ts';
import type { PacketSource } from '../source/source.ts';
import { Closed, Sink } from './sink.ts';

interface AnalyzeFlags {
  packets?: boolean;
  format: Format;
  filterFile?: string;
}

export function command(): Command {
  return new Command('analyze')
    .description('tell what happened to every TCP connection of a capture, as Wireshark 4.0 judges it')
    .argument('<file>', 'capture file, or - for standard input')
    .argument('[filter...]', 'look only at packets that this pcap-filter(7) expression takes')
    .option('-F, --filter-file <file>', 'read the filter from a file')
    .option('--packets', 'the verdicts packet by packet')
    .addOption(
      new Option(
        '--format <format>',
        'of --packets: tsv and json have every segment, table those with a verdict',
      )
        .choices(FORMATS)
        .default('table'),
    )
    .addHelpText(
      'after',
      `
Examples:
  nscap analyze trace.pcap
  nscap analyze trace.pcap --packets tcp port 7096
  nscap analyze trace.pcap --packets --format tsv > verdicts.tsv`,
    )
    .action(async (file: string, words: string[], flags: AnalyzeFlags) => {
      const source = filtered(await openFile(file), filterExpression(words, flags.filterFile));
      try {
        await packets(source, flags);
      } catch (error) {
        if (!(error instanceof Closed)) throw error;
      }
      await source.close();
      if (source.damage !== undefined) {
        process.stderr.write(`nscap: ${file}: ${source.damage}\n`);
        process.exitCode = 1;
      }
    });
}

async function packets(source: PacketSource, { packets, format }: AnalyzeFlags): Promise<void> {
  const sink = new Sink();
  const analysis = new Analysis();
  const queries = packets ? undefined : new Queries();
  const report = packetReport(format, analysis, sink.text);
  report.head();
  const progress = process.stdout.isTTY ? undefined : new Progress(source);
  for (let batch = await source.next(); batch !== null; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) {
      const tcp = analysis.add(batch, i);
      queries?.add(analysis, tcp, batch, i);
      if (!tcp) continue;
      report.row();
      sink.line();
    }
    if (source.progress === undefined) sink.flush();
    progress?.step(batch.first + batch.count - 1);
  }
  progress?.end();
  if (queries !== undefined) sink.text.utf8(echoText(queries.echo) + dnsText(queries.dns));
  sink.flush();
}
