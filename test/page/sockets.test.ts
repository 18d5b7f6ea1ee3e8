// What the kernel says of sockets: sampled beside packets, joined by connection, divided among what limits a sender.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseSamples, type SocketSample, sampleLine } from '../../src/base/socket-sample.ts';
import { kernelLimits } from '../../src/flow/limits/kernel.ts';
import { CAUSES, type Cause, Runs } from '../../src/flow/limits/runs.ts';
import { SocketSampler } from '../../src/netns/sockets.ts';
import { kernelData } from '../../src/page/pack.ts';
import { has } from '../support/needs.ts';
import { finish, nscap, start } from '../support/nscap.ts';

const sample = (time: number, numbers: SocketSample['numbers']): SocketSample => ({
  time,
  local: '10.0.0.1:1000',
  remote: '[fe80::1]:80',
  numbers,
});

test('a sample is read from the comment that it was written to', () => {
  const one = sample(1700000000.123456, { cwnd: 10, rtt: 2500, delivery_rate: 12345678901 });
  const other = sample(1700000001, { state: 1 });
  expect(parseSamples(`${sampleLine(one)}\n${sampleLine(other)}`)).toEqual([one, other]);
});

test('comments of others, and what is no number, are no samples', () => {
  expect(parseSamples('a remark about tcp_info 1 2 3')).toEqual([]);
  expect(parseSamples('tcp_info yesterday a b cwnd=1')).toEqual([]);
  expect(parseSamples('tcp_info 1 a b cwnd=x __proto__=3 rtt=7')).toEqual([
    { time: 1, local: 'a', remote: 'b', numbers: { rtt: 7 } },
  ]);
});

/** What packets say: the congestion window for a second, then loss. */
function estimate(): Runs {
  const runs = new Runs();
  runs.add(0, 2e9, CAUSES.indexOf('congestion-window'), 1, 2);
  runs.add(2e9, 4e9, CAUSES.indexOf('loss'), 2, 3);
  return runs;
}

test("the kernel's times divide the time between samples", () => {
  const runs = kernelLimits(
    [
      sample(100, { busy: 0, rwnd_limited: 0, sndbuf_limited: 0, total_retrans: 0 }),
      sample(101, { busy: 1e6, rwnd_limited: 600_000, sndbuf_limited: 0, total_retrans: 0 }),
      sample(103, { busy: 2e6, rwnd_limited: 600_000, sndbuf_limited: 250_000, total_retrans: 3 }),
    ],
    { begin: 0.5e9, base: 99 },
    estimate(),
  )!;
  const seconds = Object.fromEntries(CAUSES.map((cause, i) => [cause, runs.totals[i] / 1e9]));
  expect(seconds['receiver-window']).toBeCloseTo(0.6, 6);
  expect(seconds['congestion-window']).toBeCloseTo(0.4, 6);
  expect(seconds['send-buffer']).toBeCloseTo(0.25, 6);
  expect(seconds.loss).toBeCloseTo(0.75, 6);
  expect(seconds.application).toBeCloseTo(1.5, 6);
  expect(runs.begins[0]).toBe(0.5e9);
});

/** What the kernel says at the end of a second in which data was in flight, and its shares where packets say `packets`. */
function sharesOf(numbers: SocketSample['numbers'], packets: Cause): Record<string, number> {
  const runs = new Runs();
  runs.add(0, 1e9, CAUSES.indexOf(packets), 1, 2);
  runs.doubt('application', 'send-buffer');
  const busy = { busy: 1e6, rwnd_limited: 0, sndbuf_limited: 0, mss: 1448, ca_state: 0, ...numbers };
  const found = kernelLimits([sample(1, busy)], { begin: 0, base: 0 }, runs)!;
  expect([...found.candidates]).toEqual([]);
  return Object.fromEntries(
    CAUSES.flatMap((cause, i) => (found.totals[i] > 0 ? [[cause, found.totals[i] / 1e9]] : [])),
  );
}

/** A buffer of 128 kB and a congestion window of 40 segments, in which `unacked` are in flight, `notsent` bytes wait, and `wmem_queued` are used. */
const socket = (unacked: number, notsent: number, wmem_queued: number) => ({
  cwnd: 40,
  unacked,
  notsent,
  sndbuf: 131_072,
  wmem_queued,
  snd_wnd: 500_000,
});

test.each([
  ['all was sent, and the buffer has room', socket(20, 0, 50_000), 'unknown', 'application'],
  ['all was sent, and the buffer is full', socket(30, 0, 120_000), 'unknown', 'send-buffer'],
  ['a full buffer, all in flight: no matter what packets say', socket(30, 0, 120_000), 'loss', 'send-buffer'],
  ['a full congestion window', socket(40, 40_000, 125_000), 'unknown', 'congestion-window'],
  ['a full congestion window after a loss', socket(40, 40_000, 125_000), 'loss', 'loss'],
  ['the same in recovery', { ...socket(40, 40_000, 125_000), ca_state: 3 }, 'application', 'loss'],
  [
    "a full window of the receiver's",
    { ...socket(30, 40_000, 125_000), snd_wnd: 30 * 1448 },
    'unknown',
    'receiver-window',
  ],
  ['little is left of a full buffer: it paces', socket(30, 15_000, 120_000), 'unknown', 'send-buffer'],
  ['little is left, and the buffer has room', socket(10, 5000, 40_000), 'unknown', 'application'],
  ['most of a full buffer is not sent', socket(10, 100_000, 125_000), 'unknown', 'congestion-window'],
] as const)('what a socket has to send: %s', (_, numbers, packets, cause) => {
  expect(sharesOf(numbers, packets)).toEqual({ [cause]: 1 });
});

test('the page has the window in bytes and the round-trip time in nanoseconds, and shares of causes', () => {
  const runs = new Runs();
  runs.add(0, 3e9, CAUSES.indexOf('congestion-window'), 1, 2);
  runs.add(3e9, 4e9, CAUSES.indexOf('loss'), 2, 3);
  const samples = [
    sample(100, { cwnd: 10, mss: 1448, rtt: 2500, busy: 0, rwnd_limited: 0, sndbuf_limited: 0 }),
    sample(103, { cwnd: 30, mss: 1000, rtt: 400, busy: 3e6, rwnd_limited: 1e6, sndbuf_limited: 0 }),
  ];
  const { kernel } = kernelData(samples, 100, 0, 4e9, runs);
  // Differences, each to the one before.
  expect(kernel!.cwnd).toMatchObject({ t: [0, 3e9], v: [14_480, 15_520] });
  expect(kernel!.srtt).toMatchObject({ t: [0, 3e9], v: [2_500_000, -2_100_000] });
  const share = Object.fromEntries(kernel!.limits!.causes.map((one) => [one.cause, one.share]));
  expect(share['receiver-window']).toBe(0.3333);
});

test('a kernel that does not count these times says nothing', () => {
  expect(
    kernelLimits([sample(1, { cwnd: 1 }), sample(2, { cwnd: 1 })], { begin: 0, base: 0 }, estimate()),
  ).toBeUndefined();
});

test.runIf(has('root'))('capture --sockets, and the report that joins samples and packets', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nscap-sockets-'));
  const server = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const file = join(folder, 'sockets.pcapng');
  try {
    const filter = ['tcp', 'port', String(port)];
    const options = ['-w', file, '--sockets', '--sockets-interval', '20ms'];
    const capture = start(['capture', ...options, 'host', 'lo', ...filter]);
    const ended = finish(capture);
    await new Promise<void>((resolve) => {
      capture.stderr.on('data', (text) => String(text).includes('listening') && resolve());
    });
    const client = connect(port, '127.0.0.1');
    for (let i = 0; i < 30; i++) {
      client.write(Buffer.alloc(10_000));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    client.end();
    await once(client, 'close');
    capture.kill('SIGINT');
    expect(await ended).toMatchObject({ status: 0 });
    const { captures } = JSON.parse((await nscap(['report', file, '--json'])).stdout);
    const { kernel } = captures[0].graphs[0].directions[0];
    expect(kernel.last.cwnd).toBeGreaterThan(0);
    expect(kernel.cwnd.t.length).toBeGreaterThan(2);
    expect(kernel.limits.estimate).toBe(false);
    expect(kernel.limits.causes[0].cause).toBe('application');
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
});

test('one sample has the sockets of both families, those of IPv4 in IPv6 as their packets are', async () => {
  const server = createServer().listen(0, '::');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted = new Promise<void>((resolve) => {
    let count = 0;
    server.on('connection', () => ++count === 2 && resolve());
  });
  const sampler = new SocketSampler();
  const sockets = ['127.0.0.1', '::1'].map((host) => connect(port, host));
  try {
    await Promise.all([accepted, ...sockets.map((socket) => once(socket, 'connect'))]);
    const found = (await sampler.sample()).filter(({ remote }) => remote.endsWith(`:${port}`));
    expect(found.map(({ remote }) => remote).sort()).toEqual([`127.0.0.1:${port}`, `[::1]:${port}`]);
    for (const { numbers } of found) {
      expect(numbers.cwnd).toBeGreaterThan(0);
      expect(numbers.busy).toBe(0);
      expect(numbers.sndbuf).toBeGreaterThan(0);
      expect(numbers.wmem_queued).toBe(0);
      expect(numbers.snd_wnd).toBeGreaterThan(0);
    }
    const local = (await sampler.sample()).filter((one) => one.local.endsWith(`:${port}`));
    expect(local.map((one) => one.local).sort()).toEqual([`127.0.0.1:${port}`, `[::1]:${port}`]);
  } finally {
    for (const socket of sockets) socket.destroy();
    sampler.close();
    server.close();
  }
});

test('samples need a pcapng file', async () => {
  expect(await nscap(['capture', '--sockets', '-w', '/tmp/x.pcap', 'host', 'lo'])).toMatchObject({
    status: 2,
  });
});
