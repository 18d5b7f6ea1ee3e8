// `convert` of the library. What it writes packet by packet is tested with the command, by test/cli/convert.test.ts.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const { convert, openFile, PcapWriter } = (await import(
  new URL('../../dist/index.js', import.meta.url).href
)) as typeof import('../../src/index.ts');

const folder = mkdtempSync(join(tmpdir(), 'nscap-convert-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A file of packets of 60 bytes, one at each of these seconds. */
function made(name: string, seconds: number[]): string {
  const path = join(folder, name);
  const writer = new PcapWriter(path);
  for (const second of seconds) writer.write({ bytes: new Uint8Array(60), seconds: second });
  writer.close();
  return path;
}

async function times(path: string): Promise<number[]> {
  const found: number[] = [];
  for await (const { seconds } of await openFile(path)) found.push(seconds);
  return found;
}

const odd = made('odd.pcap', [1, 3, 5]);
const even = made('even.pcap', [2, 4, 6]);

test('several files are merged by time', async () => {
  const output = join(folder, 'all.pcapng');
  expect(await convert([odd, even], output)).toEqual({
    format: 'pcapng',
    files: [{ path: output, packets: 6, bytes: expect.any(Number) }],
    notes: [],
    damage: [],
  });
  expect(await times(output)).toEqual([1, 2, 3, 4, 5, 6]);
});

test('from and to are dates, moments, or what --from takes', async () => {
  const output = join(folder, 'some.pcap');
  await convert([odd, even], output, { from: new Date(2000), to: { seconds: 5, nanoseconds: 0 } });
  expect(await times(output)).toEqual([2, 3, 4]);
  await convert(odd, output, { from: '+2' });
  expect(await times(output)).toEqual([3, 5]);
});

test('a split numbers the files', async () => {
  const { files } = await convert(odd, join(folder, 'split.pcap'), { splitPackets: 2 });
  expect(files.map(({ path, packets }) => [path, packets])).toEqual([
    [join(folder, 'split_00001.pcap'), 2],
    [join(folder, 'split_00002.pcap'), 1],
  ]);
});

test('what cannot be done is an error, and leaves no file', async () => {
  const before = readdirSync(folder);
  const output = join(folder, 'none.pcap');
  await expect(convert(join(folder, 'missing.pcap'), output)).rejects.toMatchObject({ code: 'FILE' });
  await expect(convert(odd, output, { filter: 'tcp prot 80' })).rejects.toMatchObject({ code: 'USAGE' });
  await expect(convert(odd, output, { annotate: true })).rejects.toMatchObject({ code: 'USAGE' });
  await expect(convert(odd, odd)).rejects.toMatchObject({ code: 'USAGE' });
  await expect(convert([], output)).rejects.toMatchObject({ code: 'USAGE' });
  expect(readdirSync(folder)).toEqual(before);
});
