// Compares the round-trip times and the throughput of the report's data with tshark's: node scripts/ts.mjs bench/page-series.ts FILE...
// tcp.analysis.ack_rtt of every ACK, bytes of each direction in each of the graph's bins, and the whole as `-z io,stat` counts it.
// Left out: what is reduced to columns, what tshark gives no stream to (fragments, segments in ICMP errors), and segments that it
// takes for malformed: `-z conv,tcp` doesn't count them, `-Y tcp.stream` shows them. Connections that the page lists but does
// not draw are not compared. Beyond 104 days after the first packet a double has no room for nanoseconds: times are compared as
// exactly as it has.
import { spawnSync } from 'node:child_process';
import { basename } from 'node:path';
import type { CaptureData, DirectionData, PageData } from '../src/page/document.ts';

interface Frame {
  time: bigint;
  length: number;
  stream: number;
  source: string;
  rtt: number | undefined;
}

const FIELDS =
  'frame.time_epoch frame.len tcp.stream ip.src ipv6.src tcp.srcport tcp.analysis.ack_rtt tcp.len icmp.type icmpv6.type';
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
    const [time, length, stream, ip4, ip6, port, rtt, payload, icmp, icmp6] = line.split('\t');
    if (!stream || !payload || icmp || icmp6) continue;
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

/** Nanoseconds since 1970. */
function nanoseconds(time: string): bigint {
  const [whole, part = ''] = time.split('.');
  return BigInt(whole) * 1_000_000_000n + BigInt(part.padEnd(9, '0'));
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
  const [first] = frames.map(({ time }) => time).sort((a, b) => (a < b ? -1 : 1));
  const exact = precision(Math.abs(graph.start) + span);
  for (const direction of graph.directions) {
    const sender = row[direction.sender];
    const title = `${basename(file)} stream ${stream} ${direction.sender}`;
    compareRtt(
      title,
      direction,
      frames.filter(({ source }) => source !== sender),
      first,
      exact,
    );
    compareBins(
      title,
      direction,
      frames.filter(({ source }) => source === sender),
      first,
      span,
      exact,
    );
  }
}

function compareRtt(
  title: string,
  { rtt }: DirectionData,
  acks: Frame[],
  first: bigint,
  exact: number,
): void {
  if (rtt.columns !== undefined) return;
  const theirs = acks.flatMap(({ time, rtt: value }): [number, number][] =>
    value === undefined ? [] : [[Number(time - first), Math.max(0, value)]],
  );
  let [at, value] = [0, 0];
  const ours = rtt.t.map((t, i): [number, number] => {
    at += t;
    value += rtt.v[i];
    return [at, value];
  });
  const missing = theirs.filter((one) => !ours.some((other) => near(one, other, exact)));
  const more = ours.filter((one) => !theirs.some((other) => near(one, other, exact)));
  total.rtts += theirs.length;
  total.rttsDiffering += Math.max(missing.length, more.length);
  if (missing.length + more.length > 0)
    console.log(
      `${title} ack_rtt: tshark only ${missing.slice(0, 3).join(' ')} (${missing.length}), nscap only ${more.slice(0, 3).join(' ')} (${more.length})`,
    );
}

/** The same, but for what a double loses of nanoseconds. */
function near(one: [number, number], other: [number, number], exact: number): boolean {
  return Math.abs(one[0] - other[0]) <= exact && Math.abs(one[1] - other[1]) < exact;
}

/** Nanoseconds between two neighbouring doubles of this size. */
function precision(nanoseconds: number): number {
  return 2 ** Math.max(0, Math.floor(Math.log2(Math.abs(nanoseconds) || 1)) - 52);
}

function compareBins(
  title: string,
  { bytes }: DirectionData,
  sent: Frame[],
  first: bigint,
  span: number,
  exact: number,
): void {
  const theirs = bytes.map(() => 0);
  for (const { time, length } of sent) {
    const bin = span <= 0 ? 0 : Math.floor(Number(time - first) / (span / bytes.length));
    theirs[Math.max(0, Math.min(bytes.length - 1, bin))] += length;
  }
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  const blurred = exact * bytes.length > span / 100 && sum(theirs) === sum(bytes);
  const differing = blurred ? [] : theirs.flatMap((value, i) => (value === bytes[i] ? [] : [i]));
  total.bins += bytes.length;
  total.binsDiffering += differing.length;
  if (differing.length > 0) {
    const [bin] = differing;
    console.log(
      `${title} throughput: ${differing.length} bins; in bin ${bin} tshark ${theirs[bin]}, nscap ${bytes[bin]}`,
    );
  }
}
