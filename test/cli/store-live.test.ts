// --store on trace and drops: hops, and dropped packets, as rows.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Pair } from '../drops/pair.ts';
import { pcap } from '../flow/support.ts';
import { bulk, Talk } from '../report/talk.ts';
import { filesOf, tableOf } from '../store/read.ts';
import { has } from '../support/needs.ts';
import { finish, nscap, type Result, seen, start } from '../support/nscap.ts';
import { Lab } from './capture-lab.ts';

const folder = mkdtempSync(join(tmpdir(), 'nscap-store-live-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('trace of files: a row for each hop; the same trace again changes nothing', async () => {
  const { frames } = bulk(new Talk().handshake(), 10);
  const [a, b, store] = ['a.pcap', 'b.pcap', 'store'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(a, pcap(frames));
  // The client's 10th packet is lost; all others take 0.4 ms.
  const late = frames.filter((_, i) => i !== 9).map(({ time, bytes }) => ({ time: time + 400_000, bytes }));
  writeFileSync(b, pcap(late));
  const { stdout } = await nscap(['trace', '--json', '--store', store, a, b]);
  const document = JSON.parse(stdout);
  const rows = await tableOf(store, 'hops');
  expect(rows).toHaveLength(document.hops.length);
  for (const hop of document.hops) {
    const row = rows.find((one) => one.from_point === hop.from && one.to_point === hop.to);
    expect(row).toMatchObject({
      packets: BigInt(hop.packets),
      bytes: BigInt(hop.bytes),
      lost: BigInt(hop.lost),
      unknown: BigInt(hop.unknown),
      delay_min: hop.delay === null ? null : BigInt(Math.round(hop.delay.min * 1e9)),
      delay_max: hop.delay === null ? null : BigInt(Math.round(hop.delay.max * 1e9)),
      time: 1_700_000_000_001_000_000n,
    });
  }
  const files = filesOf(store);
  const again = await nscap(['trace', '-q', '--store', store, a, b]);
  expect(again.stderr).toContain('this trace is in the store already');
  expect(filesOf(store)).toEqual(files);
  if (!has('duckdb')) return;
  const links = await nscap(['fleet', '--store', store, '--json', 'links']);
  expect(
    JSON.parse(links.stdout).reduce(
      (sum: number, link: { packets_lost: number }) => sum + link.packets_lost,
      0,
    ),
  ).toBe(document.hops.reduce((sum: number, hop: { lost: number }) => sum + hop.lost, 0));
});

describe.runIf(has('bpf', 'nft'))('drops', () => {
  let pair: Pair;
  beforeAll(() => {
    pair = new Pair();
  });
  afterAll(() => pair?.remove());

  /** Watches while datagrams come to a port that nothing listens on. */
  async function watched(args: string[], datagrams: number): Promise<Result> {
    const child = start(['drops', ...args, pair.b, 'udp']);
    const ended = finish(child);
    await seen(child.stderr, /watching drops/);
    const printed = seen(child.stdout, new RegExp(`(?:.*9999.*\\n){${datagrams}}`));
    for (let i = 0; i < datagrams; i++) pair.udp(pair.a, '10.77.0.2', 9999);
    await printed;
    child.kill('SIGINT');
    return ended;
  }

  test('a row for each packet, with reason, place and the packet', async () => {
    const store = join(folder, 'drops');
    expect((await watched(['--store', store], 2)).status).toBe(0);
    const rows = await tableOf(store, 'drops');
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({
      reason: 'NO_SOCKET',
      namespace: pair.b,
      interface: 'veth1',
      direction: 'in',
      packets: 1n,
      harmless: false,
      how: 'bpf',
      packet: expect.stringMatching(/^IP 10\.77\.0\.1\.\d+ > 10\.77\.0\.2\.9999: UDP, length 5$/),
    });
    expect(Math.abs(Number((rows[0].time as bigint) / 1_000_000n) - Date.now())).toBeLessThan(600_000);
    expect(await tableOf(store, 'hosts')).toHaveLength(1);
  });

  test('a full disk costs rows, which are counted, and no packet', async () => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8k', 'nscap-test', disk]).status).toBe(0);
    try {
      // The mark takes one page and the row of the host the other.
      const { status, stdout, stderr } = await watched(['--store', join(disk, 'store')], 2);
      expect(status).toBe(1);
      expect(stdout.match(/NO_SOCKET in/g)).toHaveLength(2);
      expect(stderr).toMatch(/cannot write .*: no space left on device; going on without\n/);
      expect(stderr).toMatch(/^nscap: 2 rows could not be stored: cannot write/m);
    } finally {
      spawnSync('umount', [disk]);
    }
  });
});

describe.runIf(has('netns'))('capture', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.make();
  });
  afterAll(() => lab?.remove());

  test('a connection is a row when the capture ends, as analyze sees it in the file', async () => {
    const [store, file] = [join(lab.folder, 'rows'), join(lab.folder, 'all.pcap')];
    const server = lab.start([
      ...['ip', 'netns', 'exec', 'b', process.execPath, '-e'],
      `require('node:net').createServer((socket) => socket.resume().on('end', () => socket.end()))
         .listen(7000, '10.1.0.2', () => console.log('listening'));`,
    ]);
    await server.printed(/listening/);
    const capture = await lab.capture([
      '-U',
      '-w',
      file,
      '--store',
      store,
      'a',
      'veth0',
      'tcp',
      'port',
      '7000',
    ]);
    const client = `require('node:net').connect(7000, '10.1.0.2').end('hello\\n').resume().on('close', () => {});`;
    for (let i = 0; i < 2; i++)
      expect(await lab.run('ip', 'netns', 'exec', 'a', process.execPath, '-e', client)).toMatchObject({
        status: 0,
      });
    expect(await capture.stop()).toMatchObject({ status: 0 });
    server.child.kill('SIGKILL');
    const { connections } = JSON.parse((await nscap(['analyze', '--json', file])).stdout);
    const rows = await tableOf(store, 'connections');
    expect(
      rows.map((row) => [row.stream, row.client_port, row.packets_client, row.payload_bytes_client]),
    ).toEqual(
      connections.map((one: { stream: number; client: Record<string, number> }) => [
        one.stream,
        one.client.port,
        BigInt(one.client.packets),
        BigInt(one.client.payloadBytes),
      ]),
    );
    expect(rows.at(-1)).toMatchObject({ payload_bytes_client: 6n, interface: 'a:veth0' });
    expect(await tableOf(store, 'captures')).toMatchObject([
      { file, filter: 'tcp port 7000', interfaces: 'a:veth0' },
    ]);
  });

  test("--sockets: what the sender's kernel knows is in samples, live and of the file", async () => {
    const [store, file] = [join(lab.folder, 'sockets'), join(lab.folder, 'sockets.pcapng')];
    const server = lab.start([
      ...['ip', 'netns', 'exec', 'b', process.execPath, '-e'],
      `require('node:net').createServer((socket) => socket.resume().on('end', () => socket.end()))
         .listen(7001, '10.1.0.2', () => console.log('listening'));`,
    ]);
    await server.printed(/listening/);
    const sampled = ['--sockets', '--sockets-interval', '20ms', '--store', store];
    const capture = await lab.capture([...sampled, '-w', file, 'a', 'veth0', 'tcp', 'port', '7001']);
    const client = `const socket = require('node:net').connect(7001, '10.1.0.2').resume();
      let left = 20;
      const timer = setInterval(() => {
        if (left-- > 0) return socket.write('hello\\n');
        clearInterval(timer);
        socket.end();
      }, 50);`;
    expect(await lab.run('ip', 'netns', 'exec', 'a', process.execPath, '-e', client)).toMatchObject({
      status: 0,
    });
    expect(await capture.stop()).toMatchObject({ status: 0 });
    server.child.kill('SIGKILL');
    const imported = join(lab.folder, 'imported');
    expect(await nscap(['store', 'import', '--store', imported, file])).toMatchObject({ status: 0 });
    for (const folder of [store, imported]) {
      const rows = await tableOf(folder, 'samples');
      const [known] = rows.filter((row) => row.from_client && (row.cwnd ?? null) !== null);
      expect(known, 'of the client').toMatchObject({
        cwnd: expect.any(Number),
        srtt: expect.any(BigInt),
        kernel_retransmissions: 0n,
      });
      expect(known.cwnd).toBeGreaterThan(0);
      expect(Number(known.srtt)).toBeGreaterThan(1000);
      // The server's socket is in another namespace.
      expect(rows.filter((row) => !row.from_client && (row.cwnd ?? null) !== null)).toEqual([]);
    }
  });
});
