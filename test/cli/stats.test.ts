// nscap stats: the numbers of tshark's statistics, and how they are shown.
import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pcap, withFile } from '../flow/support.ts';
import { has } from '../support/needs.ts';
import { finish, nscap, PROGRAM, run } from '../support/nscap.ts';
import { Lab } from './capture-lab.ts';

const CAPTURES = fileURLToPath(new URL('../../captures', import.meta.url));
const DATA = fileURLToPath(new URL('../data', import.meta.url));
const TCP = `${CAPTURES}/walkthrough.pcap`;

/** Over TCP and UDP, IPv4 and IPv6, tunnels and fragments. */
const FILES = [
  TCP,
  `${DATA}/transport/tcp.pcap`,
  `${DATA}/transport/udp.pcap`,
  `${DATA}/tunnel/gre.pcap`,
  `${DATA}/network/ipv6.pcap`,
  `${DATA}/application/dns.pcap`,
];
const KINDS = ['eth', 'ip', 'ipv6', 'tcp', 'udp'];

const FLOOD = 40_000;

/** A pcap file of SYNs, each from another address, ten microseconds apart unless told otherwise. */
function synFlood(count: number, step = 10): Uint8Array {
  const [header, length] = [24, 54];
  const view = new DataView(new ArrayBuffer(header + count * (16 + length)));
  for (const [i, word] of [0xa1b2c3d4, 0x00020004, 0, 0, 65535, 1].entries()) view.setUint32(4 * i, word);
  for (let i = 0; i < count; i++) {
    const at = header + i * (16 + length);
    const words = [1_700_000_000 + Math.floor((step * i) / 1e6), (step * i) % 1e6, length, length];
    for (const [n, word] of words.entries()) view.setUint32(at + 4 * n, word);
    const ip = at + 16 + 14;
    view.setUint16(ip - 2, 0x0800);
    for (const [n, word] of [0x45000028, 0, 0x40060000, 0x0b000000 + i, 0x0a010002].entries())
      view.setUint32(ip + 4 * n, word);
    for (const [n, word] of [((1024 + i) << 16) | 80, i, 0, 0x5002faf0, 0].entries())
      view.setUint32(ip + 20 + 4 * n, word);
  }
  return new Uint8Array(view.buffer);
}

describe.runIf(has('tshark'))('as tshark has it, to the byte', () => {
  const statistics = [...KINDS.flatMap((kind) => [`conv,${kind}`, `endpoints,${kind}`]), 'plen,tree'].flatMap(
    (name) => ['-z', name],
  );

  test.each(FILES.map((path) => [basename(path), path]))('%s', async (_, file) => {
    const [theirs, ours] = await Promise.all([
      run('tshark', ['-n', '-q', '-r', file, ...statistics]),
      nscap(['stats', ...statistics, '-r', file]),
    ]);
    expect(ours.stdout).toBe(theirs.stdout);
  });

  test('packets in the wrong order, routing headers and fragments of IPv6', async () => {
    const host = (last: number) => [0xfd, 0, ...Array(13).fill(0), last];
    const ipv6 = (next: number, payload: number[], from = 1, to = 2) =>
      new Uint8Array([
        ...[0x60, 0, 0, 0, 0, payload.length, next, 64, ...host(from), ...host(to), ...payload],
      ]);
    const datagram = [0, 5, 0, 9, 0, 16, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8];
    const routed = (type: number) => [17, 2, type, 1, 0, 0, 0, 0, ...host(9), ...datagram];
    const fragment = (offset: number, more: number, bytes: number[]) => [
      17,
      0,
      0,
      offset | more,
      0,
      0,
      0,
      7,
      ...bytes,
    ];
    const frames = [
      ipv6(17, datagram),
      ...[0, 2, 3, 4, 5].map((type) => ipv6(43, routed(type))),
      ipv6(44, fragment(0, 1, datagram.slice(0, 8))),
      ipv6(44, fragment(8, 0, datagram.slice(8))),
      ipv6(44, fragment(0, 1, datagram.slice(0, 8)), 3),
      ipv6(17, datagram, 2, 1),
      ipv6(17, datagram),
    ];
    const times = [50, 40, 60, 20, 30, 70, 80, 90, 10, 5, 1];
    const capture = pcap(frames.map((bytes, i) => ({ bytes, time: times[i] * 1e6 })));
    await withFile(capture, async (file) => {
      const theirs = await run('tshark', ['-n', '-q', '-r', file, ...statistics]);
      expect(theirs.stdout).toContain('fd00::9');
      expect((await nscap(['stats', ...statistics, '-r', file])).stdout).toBe(theirs.stdout);
    });
  });

  test('bursts of packets that come on the tick of a clock', async () => {
    await withFile(synFlood(500, 10_000), async (file) => {
      const words = ['-z', 'plen,tree', '-r', file];
      const theirs = await run('tshark', ['-n', '-q', ...words]);
      expect((await nscap(['stats', ...words])).stdout).toBe(theirs.stdout);
    });
  });

  test('io,phs and a filter', async () => {
    const words = ['-z', 'io,phs,tcp.port == 7096', '-r', `${CAPTURES}/nc-7096.pcap`];
    const theirs = await run('tshark', ['-n', '-q', ...words]);
    const ours = await nscap(['stats', ...words]);
    // What is upon TCP is not ours to name.
    const known = (text: string) => text.split('\n').filter((line) => /^ *(eth|ip|ipv6|tcp) /.test(line));
    expect(known(ours.stdout)).toEqual(known(theirs.stdout));
    expect(known(ours.stdout).length).toBeGreaterThan(2);
  });

  test('io: sums, means, least, most and counts by interval', async () => {
    const columns = [
      'SUM(frame.len)frame.len',
      'AVG(tcp.len)tcp.len',
      'COUNT(tcp.flags)tcp.flags',
      'MIN(tcp.window_size)tcp.window_size',
      'MAX(tcp.len)tcp.len',
      'tcp.len > 0',
    ];
    const theirs = await run('tshark', ['-n', '-q', '-r', TCP, '-z', `io,stat,1,${columns.join(',')}`]);
    const rows = theirs.stdout
      .split('\n')
      .filter((line) => line.includes('<>'))
      .map((line) =>
        line
          .split('|')
          .slice(2, -1)
          .map((cell) => Number(cell)),
      );
    const ours = JSON.parse(
      (
        await nscap([
          'stats',
          'io',
          '--interval',
          '1',
          ...columns.flatMap((one) => ['--column', one]),
          '--json',
          TCP,
        ])
      ).stdout,
    ).io as Record<string, number | null>[];
    const numbers = ours.map((row) =>
      Object.values(row)
        .slice(2)
        .map((value) => Math.floor(value ?? 0)),
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(numbers.slice(0, rows.length)).toEqual(rows);
  });
});

describe('nscap stats', () => {
  test('JSON, CSV and tables of the same rows', async () => {
    const json = JSON.parse((await nscap(['stats', 'conversations,tcp', '--json', TCP])).stdout);
    const [row] = json.conversations.tcp;
    expect(row.framesAtoB + row.framesBtoA).toBeGreaterThan(2);
    const csv = (await nscap(['stats', 'conversations,tcp', '--csv', TCP])).stdout.trim().split('\n');
    expect(csv[0]).toBe('a,b,framesAtoB,bytesAtoB,framesBtoA,bytesBtoA,frames,bytes,start,duration');
    expect(csv[1].split(',').slice(0, 4)).toEqual([
      `${row.a.address}:${row.a.port}`,
      `${row.b.address}:${row.b.port}`,
      String(row.framesAtoB),
      String(row.bytesAtoB),
    ]);
    const text = (await nscap(['stats', 'conversations,tcp', TCP])).stdout;
    expect(text).toMatch(
      /^TCP conversations\n {2}A +B +A→B +Bytes +B→A +Bytes +Packets +Bytes +Start +Duration\n/,
    );
  });

  test('rtt: by connection and together', async () => {
    const { rtt } = JSON.parse((await nscap(['stats', 'rtt', '--json', TCP])).stdout);
    const fields = await nscap(['read', '-T', 'fields', '-e', 'tcp.analysis.ack_rtt', TCP]);
    const times = fields.stdout
      .split('\n')
      .filter(Boolean)
      .map((text) => Math.round(Number(text) * 1e9));
    expect(rtt.total).toMatchObject({
      samples: times.length,
      minimum: Math.min(...times),
      maximum: Math.max(...times),
    });
    const samples = rtt.connections.flatMap(
      (one: { atA?: { samples: number }; atB?: { samples: number } }) => [
        one.atA?.samples ?? 0,
        one.atB?.samples ?? 0,
      ],
    );
    expect(samples.reduce((sum: number, one: number) => sum + one, 0)).toBe(times.length);
  });

  test('a flood of connections takes no memory for their rows', async () => {
    const flood = synFlood(FLOOD);
    const small = [process.execPath, '--max-old-space-size=32', PROGRAM, 'stats'];
    const [text, json, csv] = await Promise.all([
      finish(spawn(small[0], [...small.slice(1), 'conversations,ip,tcp', '-']), flood),
      finish(spawn(small[0], [...small.slice(1), 'conversations,tcp', '--json', '-']), flood),
      finish(spawn(small[0], [...small.slice(1), 'endpoints,ip,tcp', '--csv', '-']), flood),
    ]);
    expect([text, json, csv].map(({ status, stderr }) => [status, stderr])).toEqual(Array(3).fill([0, '']));
    const lines = text.stdout.split('\n');
    expect(lines).toHaveLength(2 * (FLOOD + 2) + 2);
    expect(lines[FLOOD + 6].trim().split(/ +/)).toEqual([
      '11.0.0.1:1025',
      '10.1.0.2:80',
      '1',
      '54',
      '0',
      '0',
      '1',
      '54',
      '0.00001',
      '0',
    ]);
    const rows = JSON.parse(json.stdout).conversations.tcp;
    expect(rows).toHaveLength(FLOOD);
    expect(rows[1]).toEqual({
      a: { address: '11.0.0.1', port: 1025 },
      b: { address: '10.1.0.2', port: 80 },
      framesAtoB: 1,
      bytesAtoB: 54,
      framesBtoA: 0,
      bytesBtoA: 0,
      start: 0.00001,
      duration: 0,
    });
    expect(csv.stdout.split('\n').slice(0, 4)).toEqual([
      '# IPv4 endpoints',
      'endpoint,frames,bytes,sentFrames,sentBytes,receivedFrames,receivedBytes',
      `10.1.0.2,${FLOOD},${54 * FLOOD},0,0,${FLOOD},${54 * FLOOD}`,
      '11.0.0.0,1,54,1,54,0,0',
    ]);
  });

  test('what cannot be meant is refused, with what is meant', async () => {
    const wrong = [
      [['stats', 'conversations,tpc', TCP], "'tpc' is no kind of conversation"],
      [['stats', '-z', 'conv,foo', TCP], "'foo' is no kind of conversation"],
      [['stats', '-z', 'io,stats,1', TCP], '-z io,stats,1 is not known'],
      [['stats', 'io', '--column', 'AVG(tcp.lenn)', TCP], "there is no field 'tcp.lenn'"],
      [['stats', 'io', '--column', 'AVG(ip.src)', TCP], 'AVG of ip.src: its values are no numbers'],
      [['stats', 'io', '--column', 'tcp.port ==', TCP], 'Unexpected end of filter expression'],
      [['stats', '--json', '--csv', TCP], 'exclude each other'],
    ] as const;
    const results = await Promise.all(wrong.map(([words]) => nscap([...words])));
    for (const [i, { status, stderr }] of results.entries()) {
      expect(status, stderr).toBe(2);
      expect(stderr).toContain(wrong[i][1]);
    }
  });
});

describe.runIf(has('netns'))('live', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.make();
  });
  afterAll(() => lab.remove());

  test('--interval prints what was counted so far, and Ctrl-C all of it', async () => {
    const stats = lab.start([
      process.execPath,
      PROGRAM,
      'stats',
      'endpoints,ip',
      'io',
      '-i',
      'a:veth0',
      '--interval',
      '200ms',
      '--json',
      'icmp',
    ]);
    await stats.said(/counting on veth0/);
    await lab.ping(10);
    await stats.printed(/"10\.1\.0\.2"/);
    const { status, stdout } = await stats.stop();
    expect(status).toBe(0);
    const last = JSON.parse(stdout.trim().split('\n').at(-1)!);
    const row = last.endpoints.ip.find(({ address }: { address: string }) => address === '10.1.0.1');
    expect(row).toMatchObject({ sentFrames: 10, sentBytes: 980, receivedFrames: 10, receivedBytes: 980 });
    expect(last.io.reduce((sum: number, one: { frames: number }) => sum + one.frames, 0)).toBe(20);
  });

  test('ends when its reader has gone away', async () => {
    const words = ['stats', 'endpoints,ip', '-i', 'a:veth0', '--interval', '100ms'];
    const stats = lab.start([process.execPath, PROGRAM, ...words]);
    await stats.printed(/IPv4 endpoints/);
    stats.child.stdout!.destroy();
    const { status, signal, stderr } = await stats.end();
    expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: 'counting on veth0\n' });
  });
});
