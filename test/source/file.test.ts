import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openFile, openStream } from '../../src/source/file.ts';
import { join, pcapHeader, pcapRecord } from '../file/build.ts';
import { has } from '../support/needs.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path(tmpdir(), 'nscap-file-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const record = (n: number) => pcapRecord(n, 1, 60, 60);
const records = (from: number, count: number) =>
  join(...Array.from({ length: count }, (_, i) => record(from + i)));

async function count(file: string): Promise<[packets: number, damage: string | undefined]> {
  const source = await openFile(file);
  let n = 0;
  for (let batch = await source.next(); batch !== null; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) {
      expect(batch.seconds[i]).toBe(n++);
      expect(batch.frame(i)).toBe(n);
    }
  }
  await source.close();
  await source.close();
  return [n, source.damage];
}

test('a file of several buffers, plain and gzipped, whatever its name', async () => {
  const bytes = join(pcapHeader(), records(0, 50_000));
  const plain = path(folder, 'plain.gz');
  const packed = path(folder, 'packed.pcap');
  writeFileSync(plain, bytes);
  writeFileSync(packed, gzipSync(bytes));
  expect(await count(plain)).toEqual([50_000, undefined]);
  expect(await count(packed)).toEqual([50_000, undefined]);
});

test('corrupt gzip data on disk: every packet before the corrupt byte', async () => {
  // Stored, not deflated, so that the place where a block's length and its complement differ is known.
  const packed = gzipSync(join(pcapHeader(), records(0, 20_000)), { level: 0 });
  const file = path(folder, 'corrupt.pcap.gz');
  const blocks: number[] = [];
  for (let at = 10; at < packed.length - 8; at += 5 + packed.readUInt16LE(at + 1)) {
    expect(packed.readUInt16LE(at + 1) ^ packed.readUInt16LE(at + 3)).toBe(0xffff);
    blocks.push(at);
  }
  const half = blocks.length >> 1;
  const broken = Buffer.from(packed);
  broken[blocks[half] + 3] ^= 1;
  writeFileSync(file, broken);
  const [n, damage] = await count(file);
  expect(n).toBe(Math.floor((blocks[half] - 10 - 5 * half - 24) / 76));
  const complaint = /^damaged: its gzip data are corrupt at byte (\d+)$/.exec(damage!);
  expect(Math.abs(Number(complaint?.[1]) - blocks[half])).toBeLessThan(6);
  // Only the checksum wrong: every packet, and the complaint.
  packed[packed.length - 6] ^= 1;
  writeFileSync(file, packed);
  expect(await count(file)).toEqual([20_000, expect.stringContaining('corrupt')]);
});

test('what cannot be opened is told in one sentence', async () => {
  mkdirSync(path(folder, 'dir'));
  await expect(openFile(path(folder, 'none'))).rejects.toThrow(
    /^cannot open .*none: no such file or directory$/,
  );
  await expect(openFile(path(folder, 'dir'))).rejects.toThrow(/^cannot read .*dir: it is a directory$/);
  for (const [magic, name] of [
    ['04224d18', 'lz4'],
    ['fd377a585a00', 'xz'],
    ['425a6839', 'bzip2'],
  ] as const) {
    const file = path(folder, `it's.${name}`);
    writeFileSync(file, Buffer.concat([Buffer.from(magic, 'hex'), Buffer.alloc(40)]));
    const error = await openFile(file).catch((e) => e);
    expect(error.message).toContain(`is compressed with ${name}`);
    expect(error.hint).toMatch(new RegExp(`^${name} -dc '.*/it'\\\\''s\\.${name}' \\| nscap `));
  }
});

test.runIf(has('zstd'))(
  'zstd is unpacked where Node can, and named with the command where it cannot',
  async () => {
    const file = path(folder, 'a.pcap.zst');
    writeFileSync(`${file}.raw`, join(pcapHeader(), records(0, 10)));
    execFileSync('zstd', ['-q', '-f', '-o', file, `${file}.raw`]);
    const can = 'createZstdDecompress' in (await import('node:zlib'));
    if (can) expect(await count(file)).toEqual([10, undefined]);
    else
      await expect(openFile(file)).rejects.toThrow(/compressed with zstd, which this Node.js cannot unpack/);
  },
);

test('a live pipe delivers each packet when it has arrived', async () => {
  const pipe = new PassThrough();
  pipe.write(pcapHeader());
  const source = await openStream(pipe, 'a pipe');
  for (let i = 0; i < 3; i++) {
    const one = record(i);
    pipe.write(one.subarray(0, 30));
    const next = source.next();
    const early = await Promise.race([
      next,
      new Promise((resolve) => setTimeout(resolve, 30, 'nothing yet')),
    ]);
    expect(early).toBe('nothing yet');
    pipe.write(one.subarray(30));
    expect(await next).toMatchObject({ count: 1 });
  }
  pipe.end(record(3));
  expect(await source.next()).toMatchObject({ count: 1 });
  expect(await source.next()).toBe(null);
  expect(source.damage).toBe(undefined);
});

test('closing ends a wait for the next packet', async () => {
  const pipe = new PassThrough();
  pipe.write(pcapHeader());
  const source = await openStream(pipe, 'a pipe');
  const next = source.next();
  await source.close();
  expect(await next).toBe(null);
});

test('a named pipe', async () => {
  const file = path(folder, 'fifo');
  execFileSync('mkfifo', [file]);
  const opened = openFile(file);
  const writer = openSync(file, 'r+');
  writeSync(writer, join(pcapHeader(), records(0, 2)));
  const source = await opened;
  expect(await source.next()).toMatchObject({ count: 2 });
  writeSync(writer, record(2));
  expect(await source.next()).toMatchObject({ count: 1 });
  const next = source.next();
  await source.close();
  expect(await next).toBe(null);
  closeSync(writer);
});
