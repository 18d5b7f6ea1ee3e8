import { expect, test } from 'vitest';
import { read } from '../source/support.ts';
import { join, numbers, PACKET, pcapHeader, pcapRecord } from './build.ts';

const two = (options: { little?: boolean; extra?: number } = {}) =>
  join(pcapRecord(1000, 1, 60, 60, options), pcapRecord(4_000_000_000, 999_999, 60, 70, options));
const ROWS = ['1000.000001000 60/60 0 1', '4000000000.999999000 60/70 0 1'];

test('both byte orders, microseconds and nanoseconds', async () => {
  for (const little of [true, false]) {
    const micro = await read(join(pcapHeader({ little }), two({ little })));
    expect(micro).toMatchObject({ rows: ROWS, complaint: undefined });
    const nano = await read(join(pcapHeader({ little, magic: 0xa1b23c4d }), two({ little })));
    expect(nano.rows).toEqual(['1000.000000001 60/60 0 1', '4000000000.000999999 60/70 0 1']);
    expect([micro, nano].map(({ source }) => source!.interfaces[0].resolution)).toEqual([6, 9]);
  }
});

test("Kuznetzov's variant and Ixia's", async () => {
  for (const little of [true, false]) {
    const modified = await read(join(pcapHeader({ little, magic: 0xa1b2cd34 }), two({ little, extra: 8 })));
    expect(modified).toMatchObject({ rows: ROWS, complaint: undefined });
    for (const magic of [0x1c0001ac, 0x1c0001ab]) {
      const file = join(pcapHeader({ little, magic }), numbers(little, 'd', 152), two({ little }));
      expect(await read(file)).toMatchObject({ rows: ROWS, complaint: undefined });
    }
  }
});

test('old versions have the lengths the other way round, 2.3 either way', async () => {
  const record = (first: number, second: number) => pcapRecord(1, 2, first, second);
  for (const [major, minor] of [
    [2, 0],
    [2, 1],
    [2, 2],
    [543, 0],
  ] as const) {
    const seen = await read(join(pcapHeader({ major, minor }), record(70, 60), record(60, 60)));
    expect(seen.rows).toEqual(['1.000002000 60/70 0 1', '1.000002000 60/60 0 1']);
  }
  const either = await read(join(pcapHeader({ minor: 3 }), record(70, 60), record(60, 70)));
  expect(either.rows).toEqual(['1.000002000 60/70 0 1', '1.000002000 60/70 0 1']);
  expect((await read(join(pcapHeader({ major: 1 }), record(60, 60)))).complaint).toMatch(
    /version 1\.4 is not known/,
  );
});

test('FCS lengths in the link type, raw IP under its other numbers, link types nobody knows', async () => {
  const linkOf = async (link: number) =>
    (await read(join(pcapHeader({ link }), two()))).rows[0]?.split(' ').at(-1);
  expect(await linkOf(0x34000001)).toBe('1');
  expect(await linkOf(0xf4000001)).toBe('1');
  expect(await linkOf(12)).toBe('101');
  expect(await linkOf(14)).toBe('101');
  expect(await linkOf(500)).toBe('500');
  expect((await read(join(pcapHeader({ link: 0x00010001 }), two()))).complaint).toMatch(/link type 65537/);
});

test('lengths that cannot be are damage; lengths that only disagree are not', async () => {
  const header = pcapHeader({ snaplen: 32 });
  const odd = join(
    header,
    pcapRecord(1, 0, 60, 40),
    pcapRecord(1, 0, 0, 60, { packet: new Uint8Array(0) }),
    two(),
  );
  expect(await read(odd)).toMatchObject({ complaint: undefined, rows: { length: 4 } });
  for (const length of [262145, 0x7fffffff, 0xffffffff]) {
    const seen = await read(join(header, two(), pcapRecord(1, 0, length, length)));
    expect(seen.rows).toEqual(ROWS);
    expect(seen.complaint).toBe(
      `damaged at byte 176: a packet of ${length} bytes, more than the 262144 there can be`,
    );
  }
});

test('the longest packet there can be, and one of no bytes at the very end', async () => {
  const packet = new Uint8Array(262144);
  const longest = pcapRecord(1, 0, packet.length, packet.length, { packet });
  const empty = pcapRecord(2, 0, 0, 60, { packet: new Uint8Array(0) });
  const file = join(pcapHeader({ snaplen: 262144 }), longest, empty);
  // At once, in small pieces, and with a piece that ends with the last header.
  for (const sizes of [[], [1000], [24, longest.length, empty.length]]) {
    expect(await read(file, ...sizes)).toMatchObject({
      rows: ['1.000000000 262144/262144 0 1', '2.000000000 0/60 0 1'],
      complaint: undefined,
    });
  }
});

test('a packet larger than the buffer, of a link type that may have it', async () => {
  const packet = new Uint8Array(5 << 20).fill(7);
  const large = pcapRecord(1, 0, packet.length, packet.length, { packet });
  const file = join(pcapHeader({ link: 231 }), large, pcapRecord(1, 0, 60, 60));
  const seen = await read(file, 65536);
  expect(seen.rows.map((row) => row.split(' ')[1])).toEqual(['5242880/5242880', '60/60']);
  // 100 MiB told, 1 KiB there: the memory of what is there, and a complaint.
  const before = process.memoryUsage().arrayBuffers;
  const liar = join(
    pcapHeader({ link: 231 }),
    pcapRecord(1, 0, 100 << 20, 100 << 20, { packet: new Uint8Array(1024) }),
  );
  expect((await read(liar)).complaint).toBe(
    'cut short at byte 1064: the record that begins at byte 24 has 1040 of 104857616 bytes',
  );
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 << 20);
});

test('no capture, an empty file, half a header', async () => {
  expect((await read(new Uint8Array(0))).complaint).toBe('x is empty: it holds not even a file header');
  expect((await read(new Uint8Array(3))).complaint).toBe('x is not a capture file');
  expect((await read(PACKET)).complaint).toBe('x is not a capture file');
  expect((await read(pcapHeader().subarray(0, 20))).complaint).toBe(
    'x is cut short at byte 20, in the file header',
  );
  expect(await read(pcapHeader())).toMatchObject({ rows: [], complaint: undefined });
});
