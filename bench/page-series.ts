// Compares the round-trip times and the throughput of the report's data with tshark's: node scripts/ts.mjs bench/page-series.ts FILE...
// tcp.analysis.ack_rtt of every ACK, bytes of each direction in each of the graph's bins, and the whole as `-z io,stat` counts it.
// Left out: what is reduced to columns, and what tshark gives no stream to (fragments, segments in ICMP errors). Connections that
// the page lists but does not draw are not compared.
import { spawnSync } from 'node:child_process';
import { basename } from 'node:path';
import type { CaptureData, DirectionData, PageData } from '../src/page/document.ts';

interface Frame {
  time: number;
  length: number;
  stream: number;
  source: string;
  rtt: number | undefined;
}

const FIELDS =
  'frame.time_epoch frame.len tcp.stream ip.src ipv6.src tcp.srcport tcp.analysis.ack_rtt icmp.type icmpv6.type';
const total = {
  files: 0,
  connections: 0,
  rtts: 0,
  rttsDiffering: 0,
  bins: 0,
  binsDiffering: 0,
  totalsDiffering: 0,
};
for (const file of process.argv.slice(2)) {
  const { frames, count, bytes } = tshark(file);
  if (count === 0) continue;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['dist/nscap.js', 'report', '--json', file],
    {
      maxBuffer: 1 << 29,
      encoding: 'utf8',
    },
  );
  if (stdout === '') {
    console.log(`${basename(file)} nscap ends with ${status}: ${stderr.trim()}`);
    continue;
  }
  const [capture] = (JSON.parse(stdout) as PageData).captures;
  total.files++;
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  if (sum(capture.io.packets) !== count || sum(capture.io.bytes) !== bytes) {
    total.totalsDiffering++;
    console.log(
      `${basename(file)} io,stat: ${count} frames, ${bytes} bytes; nscap ${capture.packets}, ${sum(capture.io.bytes)}`,
    );
  }
  for (const graph of capture.graphs) compareConnection(file, capture, graph, frames);
}
console.log(JSON.stringify(total));

function tshark(file: string): { frames: Frame[]; count: number; bytes: number } {
  const fields = FIELDS.split(' ').flatMap((field) => ['-e', field]);
  const words = ['-n', '-r', file, '-T', 'fields', '-E', 'occurrence=l', ...fields, '-z', 'io,stat,0'];
  const { stdout } = spawnSync('tshark', words, { maxBuffer: 1 << 29, encoding: 'utf8' });
  const frames: Frame[] = [];
  let [count, bytes] = [0, 0];
  for (const line of stdout.split('\n')) {
    const io = /^\|\s+[\d.]+ <> +[\d.]+ \|\s+(\d+) \|\s+(\d+) \|$/.exec(line);
    if (io !== null) [count, bytes] = [Number(io[1]), Number(io[2])];
    const [time, length, stream, ip4, ip6, port, rtt, icmp, icmp6] = line.split('\t');
    if (stream === undefined || stream === '' || icmp || icmp6) continue;
    frames.push({
      time: nanoseconds(time),
      length: Number(length),
      stream: Number(stream),
      source: ip6 ? `[${ip6}]:${port}` : `${ip4}:${port}`,
      rtt: rtt ? Math.round(Number(rtt) * 1e9) : undefined,
    });
  }
  return { frames, count, bytes };
}

/** Nanoseconds since an arbitrary hour, so that a number holds them. */
function nanoseconds(time: string): number {
  const [whole, part = ''] = time.split('.');
  return (Number(whole) % 3600_000) * 1e9 + Number(part.padEnd(9, '0'));
}

function compareConnection(
  file: string,
  capture: CaptureData,
  graph: CaptureData['graphs'][number],
  all: Frame[],
): void {
  const { stream, span } = graph;
  const row = capture.connections.find((one) => one.stream === stream)!;
  const frames = all.filter((one) => one.stream === stream);
  if (frames.length === 0) return;
  total.connections++;
  const first = Math.min(...frames.map(({ time }) => time));
  for (const direction of graph.directions) {
    const sender = row[direction.sender];
    const title = `${basename(file)} stream ${stream} ${direction.sender}`;
    compareRtt(
      title,
      direction,
      frames.filter(({ source }) => source !== sender),
      first,
    );
    compareBins(
      title,
      direction,
      frames.filter(({ source }) => source === sender),
      first,
      span,
    );
  }
}

function compareRtt(title: string, { rtt }: DirectionData, acks: Frame[], first: number): void {
  if (rtt.columns !== undefined) return;
  const theirs = acks.flatMap(({ time, rtt: value }): [number, number][] =>
    value === undefined ? [] : [[time - first, Math.max(0, value)]],
  );
  let [at, value] = [0, 0];
  const ours = rtt.t.map((t, i): [number, number] => {
    at += t;
    value += rtt.v[i];
    return [at, value];
  });
  const missing = theirs.filter((one) => !ours.some((other) => near(one, other)));
  const more = ours.filter((one) => !theirs.some((other) => near(one, other)));
  total.rtts += theirs.length;
  total.rttsDiffering += Math.max(missing.length, more.length);
  if (missing.length + more.length > 0)
    console.log(
      `${title} ack_rtt: tshark only ${missing.slice(0, 3).join(' ')} (${missing.length}), nscap only ${more.slice(0, 3).join(' ')} (${more.length})`,
    );
}

/** The same, but for what a double loses of nanoseconds in a capture of many days. */
function near(one: [number, number], other: [number, number]): boolean {
  return Math.abs(one[0] - other[0]) < 100 && one[1] === other[1];
}

function compareBins(
  title: string,
  { bytes }: DirectionData,
  sent: Frame[],
  first: number,
  span: number,
): void {
  const theirs = bytes.map(() => 0);
  for (const { time, length } of sent) {
    const bin = span <= 0 ? 0 : Math.floor((time - first) / (span / bytes.length));
    theirs[Math.max(0, Math.min(bytes.length - 1, bin))] += length;
  }
  const differing = theirs.flatMap((value, i) => (value === bytes[i] ? [] : [i]));
  total.bins += bytes.length;
  total.binsDiffering += differing.length;
  if (differing.length > 0) {
    const [bin] = differing;
    console.log(
      `${title} throughput: ${differing.length} bins; in bin ${bin} tshark ${theirs[bin]}, nscap ${bytes[bin]}`,
    );
  }
}
