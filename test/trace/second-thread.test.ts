// nscap trace on files that are large enough for a second thread: it finds what one thread alone finds.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nscap } from '../support/nscap.ts';
import { Random } from '../support/random.ts';
import { LINK, type Link, Network, pcapFiles } from './simulation.ts';
import { calm, tcp, udp } from './traffic.ts';

/** Files from this size on, all together, get a second thread. */
const LARGE = 1 << 24;
let folder: string;
let files: string[];

/** Datagrams that a router puts together and cuts again, and TCP through NAT, with losses. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nscap-trace-'));
  const random = new Random(5);
  const links: Link[] = [LINK, { ...LINK, router: true }, LINK].map((link) => ({ ...link }));
  const back = links.map((link) => ({ ...link }));
  links[0].merge = 5;
  links[1].segment = 500;
  links[1].loss = 0.05;
  links[1].change = (packet) => {
    packet.source = 0x0a020001;
    packet.sourcePort += 10_000;
  };
  back[1].change = (packet) => {
    packet.destination = 0x0a01000a;
    packet.destinationPort -= 10_000;
  };
  const network = new Network(links, back, random);
  calm(network, 0);
  udp(network, random, { count: 2000, length: 500, gap: 2000, whole: true });
  tcp(network, random, { bytes: 1_000_000, start: 3e9 });
  calm(network, 60e9);
  files = [...pcapFiles(network), other()].map((bytes, point) => {
    const path = join(folder, `${point}.pcap`);
    writeFileSync(path, bytes);
    return path;
  });
});

/** What another point captured meanwhile: much, and nothing of IP. */
function other(): Uint8Array {
  const length = 250_000;
  const file = new Uint8Array(24 + 80 * (16 + length)).fill(0xff);
  const view = new DataView(file.buffer);
  [0xa1b23c4d, (4 << 16) | 2, 0, 0, 262_144, 101].forEach((word, k) => {
    view.setUint32(4 * k, word, true);
  });
  for (let k = 0; k < 80; k++) {
    const header = [1_700_000_002 + Math.floor(k / 10), (k % 10) * 1e8, length, length];
    header.forEach((word, n) => {
      view.setUint32(24 + k * (16 + length) + 4 * n, word, true);
    });
  }
  return file;
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('two threads find what one finds, which a filter that takes all asks for', async () => {
  const sizes = files.map((path) => readFileSync(path).length);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(LARGE);
  const two = await nscap(['trace', '--json', ...files]);
  const one = await nscap(['trace', '--json', ...files, 'ip or not ip']);
  expect({ status: two.status, stderr: two.stderr }).toEqual({ status: 0, stderr: '' });
  const found = JSON.parse(two.stdout);
  expect(found).toEqual(JSON.parse(one.stdout));
  expect(found.lost.length).toBeGreaterThan(10);
  expect(found.hops.some((hop: { merged: number }) => hop.merged > 0)).toBe(true);
});

test('what is wrong with a file is said, whichever thread reads it', async () => {
  const bytes = readFileSync(files[1]);
  const cut = join(folder, 'cut.pcap');
  writeFileSync(cut, bytes.subarray(0, bytes.length - 10));
  const damaged = join(folder, 'damaged.pcap');
  const broken = Uint8Array.from(bytes);
  broken.fill(0xff, bytes.length - 40_000);
  writeFileSync(damaged, broken);
  const [a, , ...rest] = files;
  for (const [path, status] of [
    [cut, 0],
    [damaged, 1],
  ] as const) {
    const two = await nscap(['trace', '--json', a, path, ...rest]);
    const one = await nscap(['trace', '--json', a, path, ...rest, 'ip or not ip']);
    expect(two.stderr).toContain(`nscap: ${path}: `);
    expect(two).toEqual({ ...one, stdout: two.stdout });
    expect(two.status).toBe(status);
    expect(JSON.parse(two.stdout)).toEqual(JSON.parse(one.stdout));
  }
});
