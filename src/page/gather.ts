// A capture as the data of its page: read once to find out what happened, and once more for the graphs of what matters.
import type { Batch } from '../base/batch.ts';
import { Analysis } from '../flow/analysis.ts';
import { ConnectionLimits } from '../flow/limits/connection-limits.ts';
import { Queries } from '../flow/queries.ts';
import { type Connection, connectionOf, type Side } from '../flow/record.ts';
import { Segment } from '../flow/segment.ts';
import { BINS, ConnectionSeries } from '../flow/series/connection-series.ts';
import { Statistics } from '../flow/statistics.ts';
import { dnsJson } from '../report/dns.ts';
import { echoJson } from '../report/echo.ts';
import { seconds } from '../report/round-trips.ts';
import { type Finding, findingsOf } from '../report/tcp/findings.ts';
import { summaryJson } from '../report/tcp/json.ts';
import { ordered } from '../report/tcp/order.ts';
import { allFindings, totalsText, unexamined } from '../report/tcp/report.ts';
import type { PacketSource } from '../source/source.ts';
import { Hierarchy, type ProtocolNode } from '../stats/hierarchy.ts';
import { Tally } from '../stats/tally.ts';
import type { CaptureData, ConnectionData, GraphData, ProtocolData } from './document.ts';
import { RecordedDrops } from './drops.ts';
import { framesOf, packetLines } from './lines.ts';
import { directionData, kernelData } from './pack.ts';
import { SocketSamples } from './socket-samples.ts';

/** Connections that the table lists, and of these the worst and the largest, which get graphs. */
const LISTED = 1000;
const WORST = 12;
const LARGEST = 12;
/** Points of all graphs together, and of one: what keeps a page below 2 MB. */
const POINTS = 90_000;
const MOST_POINTS = 4000;
const FEWEST_POINTS = 200;
/** Lines and bars of a connection that have points. */
const SERIES = 14;
/** Bins of a row's sparkline. */
const SPARK = 24;
/** Findings that are listed, and exchanges of DNS and echo. */
const FINDINGS = 300;
const EXCHANGES = 200;
/** Nanoseconds that a dropped packet may lie outside of its connection's others. */
const AROUND = 10e9;

export interface GatherOptions {
  /** What the page calls the capture, and the file that commands in the page name. */
  name: string;
  file: string | null;
  /** The one interface of the file that it is of, where there are several. */
  interface?: number | undefined;
  /** Its share of the points that graphs of the page have together. */
  share?: number;
  filter: string;
  maxConnections: number;
  /** Called where the file is damaged, once. */
  damaged?: (source: PacketSource) => void;
  /** Called after each batch with the packets read so far, of both passes. */
  step?: (packets: number) => void;
}

/** Reads what `open` opens three times; it must be the same packets each time. */
export async function gather(
  open: () => Promise<PacketSource>,
  options: GatherOptions,
): Promise<CaptureData> {
  const statistics = new Statistics(new Analysis(options.maxConnections));
  const queries = new Queries();
  const samples = new SocketSamples();
  const hierarchy = new Hierarchy();
  const tally = new Tally([hierarchy], { maxConnections: options.maxConnections });
  const source = await open();
  const drops = new RecordedDrops(source);
  try {
    for (let batch = await source.next(); batch !== null; batch = await source.next()) {
      for (let i = 0; i < batch.count; i++) {
        if (drops.isDrop(batch, i)) {
          drops.add(batch, i);
          continue;
        }
        tally.add(batch, i);
        queries.add(statistics.analysis, statistics.add(batch, i), batch, i);
        samples.add(batch, i);
      }
      options.step?.(statistics.packets);
    }
  } finally {
    await source.close();
  }
  if (source.damage !== undefined) options.damaged?.(source);
  const chosen = new Chosen(statistics);
  const again = await open();
  const second = new SecondPass(statistics, chosen, options);
  try {
    for (let batch = await again.next(); batch !== null; batch = await again.next()) {
      for (let i = 0; i < batch.count; i++) {
        if (drops.isDrop(batch, i)) second.addDropped(batch, i);
        else if (second.packets < statistics.packets) second.add(batch, i);
      }
      options.step?.(statistics.packets + second.packets);
    }
  } finally {
    await again.close();
  }
  second.finish();
  const proofs = [...chosen.findings.values()].flat().flatMap(({ frames }) => frames);
  const third = await open();
  try {
    const lines = await packetLines(third, framesOf([...proofs, ...drops.frames], second.series));
    for (const frame of drops.frames) if (lines[frame] !== undefined) lines[frame] += drops.remark(frame);
    const dropped = drops.data();
    return {
      ...captureData(statistics, queries, source, chosen, second, samples, { ...options, lines }),
      protocols: protocolData(hierarchy.root()),
      ...(dropped === undefined ? {} : { drops: dropped }),
    };
  } finally {
    await third.close();
  }
}

/** Which connections are listed, worst first, and which of them get graphs. */
class Chosen {
  readonly connections: Connection[];
  readonly omitted: number;
  /** Findings of each row listed. */
  readonly findings: Map<Connection, Finding[]>;
  readonly drawn: Connection[];

  constructor(statistics: Statistics) {
    const rows = ordered(statistics, 'worst');
    const largest = ordered(statistics, 'bytes').slice(0, LARGEST);
    const listed = [...new Set([...rows.slice(0, WORST), ...largest, ...rows])].slice(0, LISTED);
    const rank = new Map(rows.map((row, index) => [row, index]));
    listed.sort((a, b) => rank.get(a)! - rank.get(b)!);
    this.connections = listed.map((row) => connectionOf(statistics, row));
    this.omitted = rows.length - listed.length;
    this.findings = new Map(this.connections.map((one) => [one, findingsOf(one)]));
    const big = new Set(largest);
    this.drawn = this.connections.filter(({ row }, index) => index < WORST || big.has(row));
  }
}

/** The second reading: graphs, sparklines, packets over time. */
class SecondPass {
  packets = 0;
  readonly series: (ConnectionSeries | undefined)[] = [];
  readonly limits: (ConnectionLimits | undefined)[] = [];
  readonly sparks: Uint32Array[] = [];
  readonly io = { packets: new Float64Array(BINS), bytes: new Float64Array(BINS) };
  private readonly segment = new Segment();
  private readonly analysis: Analysis;
  private readonly statistics: Statistics;
  private readonly span: number;
  /** Of each stream its place among the connections listed, or -1. */
  private readonly places: Int32Array;
  private readonly connections: Connection[];

  constructor(
    statistics: Statistics,
    { connections, drawn, findings }: Chosen,
    { maxConnections, share: part = 1 }: GatherOptions,
  ) {
    this.statistics = statistics;
    this.span = statistics.span;
    this.analysis = new Analysis(maxConnections);
    this.connections = connections;
    this.places = new Int32Array(statistics.analysis.streams).fill(-1);
    for (const [place, connection] of connections.entries()) {
      this.places[connection.stream] = place;
      this.sparks.push(new Uint32Array(SPARK));
    }
    // The first, which is worst, has most.
    const weights = drawn.map((_, index) => 1 / (1 + index / 4));
    const sum = weights.reduce((a, b) => a + b, 0);
    for (const [index, connection] of drawn.entries()) {
      const share = Math.floor((POINTS * part * weights[index]) / sum / SERIES);
      const limit = Math.max(FEWEST_POINTS, Math.min(MOST_POINTS, share));
      const details = findings.get(connection)!.flatMap(({ frames }) => frames);
      const place = this.places[connection.stream];
      const series = new ConnectionSeries(
        { start: connection.start, span: connection.end - connection.start },
        limit,
        details.sort((a, b) => a - b),
      );
      this.series[place] = series;
      this.limits[place] = new ConnectionLimits(connection, series);
    }
  }

  add(batch: Batch, index: number): void {
    const { analysis } = this;
    this.packets++;
    const time = this.timeOf(batch, index);
    const bin = binOf(time, this.span, BINS);
    this.io.packets[bin]!++;
    this.io.bytes[bin] += batch.wire[index];
    const isSegment = analysis.add(batch, index);
    const place = this.places[analysis.stream] ?? -1;
    if (place < 0) {
      if (analysis.segment.quoted && !analysis.segment.complete) this.addQuoted(analysis.segment, time);
      return;
    }
    this.limits[place]?.add(analysis, time);
    if (!isSegment) return;
    const { start, end } = this.connections[place];
    this.sparks[place][binOf(time - start, end - start, SPARK)] += batch.wire[index];
    this.series[place]?.add(analysis, time, batch.wire[index]);
  }

  /** A record of a packet that was dropped. */
  addDropped(batch: Batch, index: number): void {
    const { segment } = this;
    if (!segment.place(batch, index) || !segment.complete || segment.quoted) return;
    const time = this.timeOf(batch, index);
    for (const [place, direction] of this.directionsOf(segment, time))
      this.series[place]?.addDropped(segment, direction, time, batch.frame(index));
  }

  /** The begin of a segment in an ICMP error: routers need not quote more than its ports and sequence number (RFC 792). */
  private addQuoted(segment: Segment, time: number): void {
    for (const [place, direction] of this.directionsOf(segment, time))
      this.limits[place]?.addQuoted(segment, direction);
  }

  /** Connections that a segment without a stream may be of, by their ports, and its direction in them. */
  private *directionsOf(segment: Segment, time: number): Generator<[place: number, direction: 0 | 1]> {
    const [from, to] = [segment.endpoint(true), segment.endpoint(false)];
    for (const [place, { client, server, clientDirection, start, end }] of this.connections.entries()) {
      const isClient = from === client.endpoint && to === server.endpoint;
      if (!isClient && (from !== server.endpoint || to !== client.endpoint)) continue;
      if (time < start - AROUND || time > end + AROUND) continue;
      yield [place, isClient ? clientDirection : ((1 - clientDirection) as 0 | 1)];
    }
  }

  /** Nanoseconds since the capture's first packet. */
  private timeOf({ seconds, nanoseconds }: Batch, index: number): number {
    const { base, baseNanoseconds } = this.statistics;
    return (seconds[index] - base) * 1e9 + (nanoseconds[index] - baseNanoseconds);
  }

  /** After the last packet. */
  finish(): void {
    for (const [place, limits] of this.limits.entries()) {
      const { end, lastFrame } = this.connections[place];
      limits?.finish(end, lastFrame);
    }
  }
}

function binOf(time: number, span: number, bins: number): number {
  return span <= 0 ? 0 : Math.max(0, Math.min(bins - 1, Math.floor((time * bins) / span)));
}

function captureData(
  statistics: Statistics,
  queries: Queries,
  source: PacketSource,
  { connections, omitted, findings }: Chosen,
  { series, limits, sparks, io }: SecondPass,
  samples: SocketSamples,
  { name, file, interface: only, filter, lines }: GatherOptions & Pick<CaptureData, 'lines'>,
): Omit<CaptureData, 'protocols' | 'drops'> {
  const summary = statistics.summary();
  const begin = statistics.base + statistics.baseNanoseconds / 1e9;
  const all = allFindings(statistics);
  const dns = dnsJson(queries.dns);
  const echo = echoJson(queries.echo);
  for (const pair of dns.pairs) pair.exchanges.splice(EXCHANGES);
  return {
    name,
    file,
    ...(only === undefined ? {} : { interface: only }),
    filter,
    begin: statistics.packets === 0 ? null : begin,
    span: seconds(statistics.span),
    packets: statistics.packets,
    interfaces: source.interfaces
      .filter((_, number) => only === undefined || number === only)
      .map((one) => one.name)
      .filter((one) => one !== ''),
    damage: source.damage ?? null,
    totals: totalsText(statistics, summary).trim(),
    summary: summaryJson(statistics, summary),
    unlisted: { findings: Math.max(0, all.length - FINDINGS), connections: unexamined(statistics) },
    findings: all
      .slice(0, FINDINGS)
      .map(({ severity, code, stream, text, frames }) => ({ severity, code, stream, text, frames })),
    connections: connections.map((one, place) =>
      connectionData(one, findings.get(one)!, Array.from(sparks[place])),
    ),
    omitted,
    graphs: connections.flatMap((one, place) => graphOf(one, series[place], limits[place], samples, begin)),
    lines,
    io: { packets: Array.from(io.packets), bytes: Array.from(io.bytes) },
    echo,
    dns,
  };
}

function connectionData(connection: Connection, findings: Finding[], spark: number[]): ConnectionData {
  const { client, server, start, end } = connection;
  const rtt = (mean: number) => (Number.isNaN(mean) ? null : seconds(mean));
  return {
    stream: connection.stream,
    client: client.endpoint,
    server: server.endpoint,
    start: seconds(start),
    duration: seconds(end - start),
    packets: client.packets + server.packets,
    clientBytes: client.bytes,
    serverBytes: server.bytes,
    retransmissions: client.resentPackets + server.resentPackets,
    clientRtt: rtt(client.rtt.mean),
    serverRtt: rtt(server.rtt.mean),
    opening: connection.opening,
    closing: connection.closing,
    problems: findings.filter(({ severity }) => severity === 'problem').length,
    findings: [...new Set(findings.map(({ code }) => code))],
    verdicts: verdictsOf(client, server),
    spark,
  };
}

function graphOf(
  connection: Connection,
  series: ConnectionSeries | undefined,
  limits: ConnectionLimits | undefined,
  samples: SocketSamples,
  begin: number,
): GraphData[] {
  if (series === undefined || limits === undefined) return [];
  const { stream, start, end, clientDirection, client, server } = connection;
  const of = (name: 'client' | 'server') => {
    const direction = (name === 'client') === (clientDirection === 0) ? 0 : 1;
    const [sender, receiver] = name === 'client' ? [client, server] : [server, client];
    return {
      ...directionData(name, series.directions[direction], limits.directions[direction], start),
      ...kernelData(samples.of(sender, receiver), begin, start, end, limits.directions[direction].runs),
    };
  };
  return [
    {
      stream,
      start,
      span: end - start,
      directions: [of('client'), of('server')],
    },
  ];
}

function protocolData({ protocol, frames, bytes, children }: ProtocolNode, depth = 0): ProtocolData[] {
  return [{ protocol, depth, frames, bytes }, ...children.flatMap((one) => protocolData(one, depth + 1))];
}

function verdictsOf(...sides: Side[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { name, count } of sides.flatMap(({ verdicts }) => verdicts)) {
    if (count > 0) counts[name] = (counts[name] ?? 0) + count;
  }
  return counts;
}
