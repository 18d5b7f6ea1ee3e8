// A pcapng file with several interfaces, in which what came to one is written before what came to another earlier.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { nscap } from '../support/nscap.ts';
import { Random } from '../support/random.ts';
import { LINK, Network, pcapFiles, type Record_ } from './simulation.ts';
import { calm, ping, udp } from './traffic.ts';

const folder = mkdtempSync(join(tmpdir(), 'nscap-trace-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function block(type: number, body: readonly number[], data: Uint8Array = new Uint8Array()): Buffer {
  const padded = (data.length + 3) & ~3;
  const bytes = Buffer.alloc(12 + 4 * body.length + padded);
  [type, bytes.length, ...body].forEach((word, k) => {
    bytes.writeUInt32LE(word >>> 0, 4 * k);
  });
  bytes.set(data, 8 + 4 * body.length);
  bytes.writeUInt32LE(bytes.length, bytes.length - 4);
  return bytes;
}

/** An interface with raw IP and nanoseconds (if_tsresol). */
const INTERFACE = block(1, [101, 262_144, 9 | (1 << 16), 9, 0]);

function pcapng(points: number, records: readonly Record_[]): Buffer {
  const packets = records.map(({ point, time, bytes, wire }) => {
    const stamp = 1_700_000_000n * 1_000_000_000n + BigInt(time);
    return block(6, [point, Number(stamp >> 32n), Number(stamp & 0xffffffffn), bytes.length, wire], bytes);
  });
  const header = block(0x0a0d0d0a, [0x1a2b3c4d, 1, 0xffffffff, 0xffffffff]);
  return Buffer.concat([header, ...Array.from({ length: points }, () => INTERFACE), ...packets]);
}

test('what dumpcap writes gives what a file for each interface gives', async () => {
  const links = [LINK, LINK, LINK].map((link) => ({ ...link }));
  links[1].loss = (packet, n) => packet.protocol === 'udp' && n % 7 === 3;
  const network = new Network(links, [LINK, LINK, LINK], new Random(3));
  calm(network, 0);
  udp(network, new Random(4), { count: 200 });
  ping(network, 100, 3e9);
  calm(network, 9e9);
  // All that came within 150 ms to one interface, then the same of the next.
  const part = ({ time }: Record_) => Math.floor(time / 150e6);
  const records = [...network.records].sort(
    (a, b) => part(a) - part(b) || b.point - a.point || a.time - b.time,
  );
  const one = join(folder, 'all.pcapng');
  writeFileSync(one, pcapng(network.points, records));
  const files = pcapFiles(network).map((bytes, point) => {
    const path = join(folder, `interface ${point}.pcap`);
    writeFileSync(path, bytes);
    return path;
  });
  const [together, apart] = await Promise.all(
    [[one], files].map(async (paths) => {
      const { stdout, stderr, status } = await nscap(['trace', '--json', ...paths]);
      expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
      return JSON.parse(stdout);
    }),
  );
  expect(together.points).toEqual(['interface 0', 'interface 1', 'interface 2', 'interface 3']);
  expect(together.hops).toEqual(apart.hops);
  expect(together.lost).toHaveLength(network.lost.size);
});
