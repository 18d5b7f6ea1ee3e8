// nscap analyze as a user runs it.
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { Text } from '../../src/base/text.ts';
import { PcapngWriter } from '../../src/file/pcapng-writer.ts';
import { openStream } from '../../src/source/file.ts';
import { randomStreams } from '../flow/random-streams.ts';
import { A, B, ip, pcap, tcp, withFile } from '../flow/support.ts';
import { nscap } from '../support/nscap.ts';

/** Runs nscap on a capture of five random conversations. */
function analyze(...args: string[]) {
  return withFile(pcap(randomStreams(4, 5, 40)), (path) => nscap(['analyze', path, ...args]));
}

test('a table of connections, totals, and what is wrong', async () => {
  const { status, stdout, stderr } = await analyze();
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(stdout).toMatch(/client \//);
  expect(stdout).toMatch(/10\.0\.2\.0:40000/);
  expect(stdout).toMatch(/\d+ TCP connections, 200 segments in 200 packets/);
  expect(stdout).toMatch(/Problems\n {2}stream \d+: /);
});

test('--packets --format tsv: a header, and a row for each segment', async () => {
  const { stdout } = await analyze('--packets', '--format', 'tsv');
  const [head, ...rows] = stdout.trimEnd().split('\n');
  const columns = head.split('\t');
  expect(columns.slice(0, 3)).toEqual(['frame', 'stream', 'retransmission']);
  expect(columns.slice(-4)).toEqual(['ack_rtt', 'dup_ack_num', 'rto', 'bytes_in_flight']);
  expect(rows.length).toBe(200);
  for (const row of rows) {
    const cells = row.split('\t');
    expect(cells.length).toBe(columns.length);
    expect(cells.slice(2, 20).every((cell) => cell === '0' || cell === '1')).toBe(true);
    expect(cells[20]).toMatch(/^(-?\d+\.\d{9})?$/);
  }
});

test('--packets --format json: an object a line; --format table: only segments with a verdict', async () => {
  const json = await analyze('--packets', '--format', 'json');
  const lines = json.stdout.trimEnd().split('\n');
  expect(lines.length).toBe(200);
  const marked = lines.map((line) => JSON.parse(line)).filter(({ verdicts }) => verdicts.length > 0).length;
  const table = await analyze('--packets');
  expect(table.stdout.trimEnd().split('\n').length).toBe(marked + 1);
});

test('--json: one document', async () => {
  const { stdout } = await analyze('--json');
  const document = JSON.parse(stdout);
  expect(document.summary).toMatchObject({ packets: 200, segments: 200, retired: 0 });
  expect(document.connections.length).toBe(document.summary.connections);
  expect(document.connections[0]).toMatchObject({ stream: 0, client: { port: expect.any(Number) } });
  const one = JSON.parse((await analyze('--json', '--stream', '1')).stdout);
  expect(one).toMatchObject({ stream: 1 });
});

test('order and number of connections, one stream in full, a filter', async () => {
  const worst = JSON.parse((await analyze('--json', '--worst', '--limit', '2')).stdout);
  expect(worst.connections.length).toBe(2);
  const bytes = JSON.parse((await analyze('--json', '--sort', 'packets')).stdout);
  const packets = bytes.connections.map(
    (one: { client: { packets: number }; server: { packets: number } }) =>
      one.client.packets + one.server.packets,
  );
  expect(packets).toEqual([...packets].sort((a: number, b: number) => b - a));
  const stream = await analyze('--stream', '0');
  expect(stream.stdout).toMatch(/^Stream 0: .*\n(.*\n)* {2}opened .*\n(.*\n)*Sent by the server/);
  const filtered = JSON.parse((await analyze('--json', 'tcp', 'port', '1000')).stdout);
  expect(filtered.summary.segments).toBe(40);
});

test('an interface’s name from a file does nothing to a terminal', async () => {
  const text = new Text();
  const writer = new PcapngWriter(text);
  writer.section({});
  writer.interface({ name: 'e\x1b[31mvil\x07', description: '', linkType: 101, snaplen: 65535 });
  const source = await openStream(Readable.from([pcap(randomStreams(4, 1, 9))], { objectMode: false }), 'x');
  for (let batch = await source.next(); batch !== null; batch = await source.next())
    for (let i = 0; i < batch.count; i++) writer.record(batch, i);
  await source.close();
  await withFile(text.take(), async (path) => {
    const shown = await nscap(['analyze', path, '--stream', '0']);
    expect(shown.stdout).toMatch(/^ {2}interface +e\\x1b\[31mvil\\x07$/m);
    const told = JSON.parse((await nscap(['analyze', path, '--stream', '0', '--json'])).stdout);
    expect(told.interface).toBe('e\x1b[31mvil\x07');
  });
});

test('assertions that do not hold end with status 3 and the value seen', async () => {
  const failed = await analyze('--assert', 'retransmissions == 0', '--assert', 'segments == 200');
  expect(failed.status).toBe(3);
  expect(failed.stderr).toMatch(
    /^nscap: retransmissions == 0 does not hold: retransmissions is \d+\nnscap: segments == 200 holds: segments is 200\n$/,
  );
  expect((await analyze('--assert', 'segments == 200')).status).toBe(0);
});

test.each([
  [['--assert', 'rtt.p99 < 1'], /lacks a unit/],
  [['--assert', 'nonsense == 1'], /nothing called 'nonsense'/],
  [['--format', 'json'], /--format is for --packets/],
  [['--sort', 'colour'], /sort/],
  [['--limit', 'x'], /whole number/],
  [['--max-connections', '0'], /above 0/],
])('%j is a usage error', async (args, message) => {
  const { status, stderr } = await analyze(...args);
  expect(status).toBe(2);
  expect(stderr).toMatch(message);
});

test('a stream that is not there; a file cut short', async () => {
  const missing = await analyze('--stream', '99');
  expect(missing.status).toBe(1);
  expect(missing.stderr).toMatch(/there is no stream 99\nhint: .* this capture has \d/);
  const whole = pcap(randomStreams(4, 1, 10));
  const cut = await withFile(whole.slice(0, -5), (path) => nscap(['analyze', path]));
  expect(cut.status).toBe(0);
  expect(cut.stdout).toMatch(/9 segments in 9 packets/);
  expect(cut.stderr).toMatch(/cut short/);
});

test('with few connections kept, the report says how many were given up', async () => {
  const { stdout } = await withFile(pcap(randomStreams(4, 100, 10)), (path) =>
    nscap(['analyze', path, '--max-connections', '10']),
  );
  expect(stdout).toMatch(/connections were evicted/);
  expect(stdout).toMatch(/1000 segments in 1000 packets/);
});

test('of a SYN flood, the report says how many connections its findings are about', async () => {
  const SYN = 2;
  const frames = Array.from({ length: 1500 }, (_, i) => ({
    time: i * 1e6,
    bytes: ip(A, B, 6, tcp({ sourcePort: 1024 + i, destinationPort: 80, flags: SYN })),
  }));
  const { status, stdout } = await withFile(pcap(frames), (path) => nscap(['analyze', path]));
  expect(status).toBe(0);
  expect(stdout).toMatch(/1500 TCP connections, .*; 1500 unanswered\n/);
  expect(stdout).toContain('  … and at least 995 more connections with the same finding\n');
  expect(stdout).toContain('These are findings about the worst 1000 of 1500 suspicious connections.\n');
});
