// nscap trace on files: what is printed, counted and asserted.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Ajv from 'ajv';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TraceReport } from '../../src/report/trace/document.ts';
import { nscap } from '../support/nscap.ts';
import { Random } from '../support/random.ts';
import { LINK, type Link, Network, pcapFiles } from '../trace/simulation.ts';
import { calm, ping, udp } from '../trace/traffic.ts';

const NAMES = ['pc', 'router-lan', 'router-dmz', 'server'];
const schema = JSON.parse(readFileSync(new URL('../../schema/trace.schema.json', import.meta.url), 'utf8'));
let folder: string;
let files: string[];
let apart: string[];

/** pc – router that masquerades and drops each 7th datagram – server. */
function network(): Network {
  const links: Link[] = [LINK, { ...LINK, router: true }, LINK].map((link) => ({ ...link }));
  const back = links.map((link) => ({ ...link }));
  links[1].loss = (packet, n) => packet.protocol === 'udp' && n % 7 === 3;
  links[1].change = (packet) => {
    packet.source = 0x0a020001;
  };
  back[1].change = (packet) => {
    packet.destination = 0x0a01000a;
  };
  return new Network(links, back, new Random(1));
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nscap-trace-'));
  const made = network();
  calm(made, 0);
  udp(made, new Random(2), { count: 70 });
  ping(made, 20, 3e9);
  calm(made, 5e9);
  const write = (contents: Uint8Array[], prefix: string) =>
    contents.map((bytes, i) => {
      const path = join(folder, `${prefix}${NAMES[i]}.pcap`);
      writeFileSync(path, bytes);
      return path;
    });
  files = write(pcapFiles(made), '');
  apart = write(
    pcapFiles(made, (point) => (point === 3 ? 250_000_000 : 0)),
    'apart-',
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function report(args: string[]): Promise<TraceReport> {
  const { stdout, status } = await nscap(['trace', '--json', ...args]);
  expect(status).toBe(0);
  return JSON.parse(stdout) as TraceReport;
}

test('each packet once, its hops below, and where it was lost', async () => {
  const { stdout, stderr, status } = await nscap(['trace', ...files], {
    env: { ...process.env, COLUMNS: '120' },
  });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  expect(stdout).toMatch(
    /IP 10\.1\.0\.10 > 10\.2\.0\.20: ICMP echo request, id 7, seq 0, length 64\n {8}pc \+0 → router-lan \+1\d\.\d µs → router-dmz \+\d+\.\d µs \[ttl 64→63, src 10\.1\.0\.10→10\.2\.0\.1\] → server \+\d+\.\d µs\n/,
  );
  expect(stdout.match(/✗ lost after router-lan\n/g)).toHaveLength(10);
  expect(stdout).toContain('114 packets: 104 complete, 10 lost, 0 unknown\n');
  expect(stdout).toContain(
    '\n  pc\n   │  ↓ 92   ↑ 22\n  router-lan\n   │  ↓ 92, ✗ 10 lost   ↑ 22\n  router-dmz\n',
  );
});

test('--json has the shape of the schema, and names each lost packet', async () => {
  const found = await report(files);
  const valid = new Ajv.default({ strict: false }).compile(schema);
  expect(valid(found), JSON.stringify(valid.errors)).toBe(true);
  expect(found.points).toEqual(NAMES);
  expect(found.hops.find(({ from, to }) => from === 'router-lan' && to === 'router-dmz')).toMatchObject({
    packets: 92,
    lost: 10,
    unknown: 0,
    changed: 82,
  });
  // The first record is that of the echo before.
  expect(found.lost.map(({ frame, after, reason }) => [frame, after, reason]).slice(0, 2)).toEqual([
    [5, 'router-lan', null],
    [12, 'router-lan', null],
  ]);
});

test('--only lost prints nothing else, and -q no packet at all', async () => {
  const only = await nscap(['trace', '--only', 'lost', ...files]);
  expect(only.stdout.match(/^ {8}pc /gm)).toHaveLength(10);
  expect((await nscap(['trace', '-q', ...files])).stdout).toMatch(/^114 packets: /);
});

test('--only changed, slow packets, and several at once', async () => {
  const printed = async (only: string) =>
    ((await nscap(['trace', '--only', only, ...files])).stdout.match(/^ {8}\S+ \+0/gm) ?? []).length;
  // Masquerade changes all that comes through to the server.
  expect(await printed('changed')).toBe(82);
  expect(await printed('lost,changed')).toBe(92);
  expect(await printed('slow>1ms')).toBe(0);
  expect(await printed('slow>1us')).toBe(114);
  const wrong = await nscap(['trace', '--only', 'quick', ...files]);
  expect(wrong).toMatchObject({ status: 2, stdout: '' });
});

test('in a pipe: no line of the summary is wider than a terminal, whatever names are, and none is coloured', async () => {
  const long = files.map((path, k) => {
    const copy = join(folder, `container:shop-frontend-production-eu-west-${k}-7f9c:veth8a7b6c5.pcap`);
    writeFileSync(copy, readFileSync(path));
    return copy;
  });
  const { stdout } = await nscap(['trace', '-q', ...long]);
  const lines = stdout.split('\n');
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(stdout).not.toContain('\u001b');
  expect(stdout).toContain('  [2] container:shop-frontend-production-eu-west-1-7f9c:veth8a7b6c5\n');
  expect(stdout).toMatch(/^\[2\] → \[3\] {2}92 .* 10 {4}/m);
});

test('a filter chooses packets by their record at any point, and lost ones as well as others', async () => {
  const before = await report([...files, 'udp', 'and', 'src', 'host', '10.1.0.10']);
  const behind = await report([...files, 'udp', 'and', 'src', 'host', '10.2.0.1']);
  expect([before.packets, before.lost.length]).toEqual([70, 10]);
  expect([behind.packets, behind.lost.length]).toEqual([70, 10]);
});

test('-Y chooses packets in the language of display filters, with the state of TCP at each point', async () => {
  const datagrams = await report([...files, '-Y', 'udp && ip.src == 10.1.0.10']);
  expect([datagrams.packets, datagrams.lost.length]).toEqual([70, 10]);
  const both = await report([...files, '-Y', 'ip.src == 10.1.0.10', 'udp']);
  expect([both.packets, both.lost.length]).toEqual([70, 10]);
  // Each packet is seen at four points, and sent but once.
  const resent = await report([...files, '-Y', 'tcp.analysis.retransmission']);
  expect(resent.packets).toBe(0);
  const wrong = await nscap(['trace', ...files, '-Y', 'ip.scr == 1.2.3.4']);
  expect(wrong).toMatchObject({ status: 2, stdout: '' });
  expect(wrong.stderr).toContain('ip.scr');
});

test('assertions about all and about one hop; JUnit', async () => {
  const junit = join(folder, 'junit.xml');
  const { status, stderr } = await nscap([
    'trace',
    '-q',
    '--assert',
    'loss == 0',
    '--assert',
    'loss < 10%',
    '--assert',
    'delay.p99 < 1ms',
    '--assert',
    'router-dmz→server.loss == 0',
    '--assert',
    'router-lan->router-dmz.loss == 10',
    '--assert',
    'pc->server.loss < 5%',
    '--junit',
    junit,
    ...files,
  ]);
  expect(status).toBe(3);
  expect(stderr).toContain('loss == 0 does not hold: loss is 10\n');
  expect(stderr).toContain('loss < 10% holds: loss is 8.77 %\n');
  expect(stderr).toContain('router-dmz→server.loss == 0 holds: loss is 0\n');
  expect(stderr).toContain('router-lan->router-dmz.loss == 10 holds: loss is 10\n');
  // No packet goes from the first point to the last without another on its way.
  expect(stderr).toContain('pc->server.loss < 5% is unknown: there is no loss\n');
  expect(readFileSync(junit, 'utf8')).toContain('tests="6" failures="2"');
});

test('every quantity that --help names can be asserted, of all packets and of one hop', async () => {
  const { stdout } = await nscap(['trace', '--help']);
  const [, list = ''] = /Assertions [^\n]*\n([\s\S]*?)\n\n/.exec(stdout) ?? [];
  const names = list.split('\n').map((line) => line.trim().split(' ')[0]);
  expect(names).toContain('delay.p99');
  const assertions = names.flatMap((name) => {
    const value = name.startsWith('delay.') ? '1000s' : '1000000';
    return [`${name} <= ${value}`, `router-lan→router-dmz.${name} <= ${value}`, `${name} > ${value}`];
  });
  const flags = assertions.flatMap((text) => ['--assert', text]);
  const { status, stderr } = await nscap(['trace', '-q', ...flags, ...files]);
  expect(status).toBe(3);
  for (const text of assertions)
    expect(stderr).toContain(`${text} ${text.includes('<=') ? 'holds' : 'does not hold'}: `);
});

test.each([
  ['speed == 0', /there is nothing called 'speed'/],
  ['router-lan→nowhere.loss == 0', /about a point 'nowhere', and there is none/],
  ['delay.p99 < 1', /lacks a unit/],
])('the assertion %j is a usage error', async (text, message) => {
  const { status, stderr } = await nscap(['trace', '-q', '--assert', text, ...files]);
  expect(status).toBe(2);
  expect(stderr).toMatch(message);
});

test('clocks that differ are found, told, and given', async () => {
  const found = await report(apart);
  expect(found.clock.how).toBe('estimated');
  const server = found.clock.offsets[3];
  expect(Math.abs(server.offset! - 0.25)).toBeLessThanOrEqual(server.error!);
  expect(server.error).toBeLessThan(0.0001);
  expect(found.hops.map(({ lost, unknown }) => [lost, unknown])).toEqual([
    [0, 0],
    [0, 0],
    [10, 0],
    [0, 0],
    [0, 0],
    [0, 0],
  ]);
  expect(found.lost).toHaveLength(10);
  const { stdout, stderr } = await nscap(['trace', ...apart]);
  expect(stderr).toMatch(/the clock of apart-server is 250 ms ahead of that of apart-pc, ± [\d.]+ µs\n/);
  expect(stdout).toMatch(/→ apart-server \+[\d.]+ µs ± [\d.]+ µs\n/);
  const given = await report(['--offset', `${apart[3]}=0.25`, ...apart]);
  expect(given.clock).toMatchObject({ how: 'given' });
  expect(given.hops.map(({ lost, delayError }) => [lost, delayError])).toEqual([
    [0, 0],
    [0, 0],
    [10, 0],
    [0, 0],
    [0, 0],
    [0, 0],
  ]);
});

test('one file with one interface is a usage error', async () => {
  const { status, stderr } = await nscap(['trace', files[0]]);
  expect(status).toBe(2);
  expect(stderr).toMatch(/has only one interface/);
});
