// nscap analyze --plot: one connection as a plot on the terminal.
import { usageError } from '../errors.ts';
import { Analysis } from '../flow/analysis.ts';
import { type Connection, connectionOf } from '../flow/record.ts';
import { ConnectionSeries } from '../flow/series/connection-series.ts';
import { Statistics } from '../flow/statistics.ts';
import { Sink } from '../output/sink.ts';
import { noStream } from '../report/analysis.ts';
import { type Plot, plotText } from '../report/plot.ts';
import { terminalWidth } from '../report/table.ts';
import { rowOf } from '../report/tcp/report.ts';
import { lacksUnicode, toAscii } from '../report/terminal-charset.ts';
import type { PacketSource } from '../source/source.ts';

/** Points kept per line: more than any terminal has columns of dots. */
const POINTS = 4000;
/** Lines of a plot if the output is no terminal. */
const HEIGHT = 24;

/** Prints the plot of a stream of what `open` opens, which is read twice. */
export async function plot(
  open: () => Promise<PacketSource>,
  file: string,
  kind: Plot,
  stream: number,
  maxConnections: number,
): Promise<void> {
  if (file === '-') throw usageError('--plot reads the capture twice, which standard input does not allow');
  const statistics = new Statistics(new Analysis(maxConnections));
  await each(open, (batch, i) => statistics.add(batch, i));
  const row = rowOf(statistics, stream);
  if (row === undefined) {
    throw noStream(statistics, stream);
  }
  const connection = connectionOf(statistics, row);
  const series = await seriesOf(open, connection, statistics, maxConnections);
  const { client, server, clientDirection } = connection;
  const fromClient = client.payloadBytes >= server.payloadBytes;
  const [sender, receiver] = fromClient ? [client, server] : [server, client];
  const direction = series.directions[fromClient === (clientDirection === 0) ? 0 : 1];
  const height = Math.min(process.stdout.rows ?? HEIGHT, 60) - 2;
  const drawn = plotText(kind, series, direction, terminalWidth(), height);
  const text = lacksUnicode() ? toAscii(drawn) : drawn;
  new Sink().end(`stream ${stream}: data from ${sender.endpoint} to ${receiver.endpoint}\n${text}`);
}

async function seriesOf(
  open: () => Promise<PacketSource>,
  { start, end, stream }: Connection,
  { base, baseNanoseconds }: Statistics,
  maxConnections: number,
): Promise<ConnectionSeries> {
  const series = new ConnectionSeries({ start, span: end - start }, POINTS);
  const analysis = new Analysis(maxConnections);
  await each(open, (batch, i) => {
    if (!analysis.add(batch, i) || analysis.stream !== stream) return;
    const time = (batch.seconds[i] - base) * 1e9 + (batch.nanoseconds[i] - baseNanoseconds);
    series.add(analysis, time, batch.wire[i]);
  });
  return series;
}

async function each(
  open: () => Promise<PacketSource>,
  use: (batch: NonNullable<Awaited<ReturnType<PacketSource['next']>>>, index: number) => void,
): Promise<void> {
  const source = await open();
  try {
    for (let batch = await source.next(); batch !== null; batch = await source.next()) {
      for (let i = 0; i < batch.count; i++) use(batch, i);
    }
  } finally {
    await source.close();
  }
}
