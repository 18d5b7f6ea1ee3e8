// Rows through Parquet and back, and what names a connection.
import { parquetMetadata } from 'hyparquet';
import { expect, test } from 'vitest';
import { Analysis } from '../../src/flow/analysis.ts';
import { Statistics } from '../../src/flow/statistics.ts';
import { openFile } from '../../src/source/file.ts';
import { BatchWriter } from '../../src/store/batch-writer.ts';
import { addressBytes } from '../../src/store/connection-row.ts';
import { flowKey } from '../../src/store/flow-key.ts';
import { encode } from '../../src/store/parquet.ts';
import { nanoseconds, Rows } from '../../src/store/rows.ts';
import { SCHEMA_VERSION, TABLES } from '../../src/store/schema.ts';
import { type Frame, pcap, withFile } from '../flow/support.ts';
import { Talk } from '../report/talk.ts';
import { rowsOf } from './read.ts';

const ORIGIN = { host: 'höst', boot: 'b', capture: 'c', nscap: '1.2.3' };

test('what is written is read: whole nanoseconds, names in UTF-8, NULL, more rows than there was room for', async () => {
  const rows = new Rows(TABLES.drops, 20_000);
  for (let i = 0; i < 1000; i++) {
    rows.add(1_700_000_000_123_456_789n + BigInt(i), {
      reason: i % 2 === 0 ? 'NO_SOCKET' : 'NETFILTER_DROP',
      rule: i % 2 === 0 ? null : 'inet f input handle 2: «drop»',
      packets: 2 ** 40 + i,
      harmless: i % 3 === 0,
      how: 'bpf',
    });
  }
  const file = encode(rows, ORIGIN, 7);
  const read = await rowsOf(file);
  expect(read).toHaveLength(1000);
  expect(read[999]).toMatchObject({
    day: new Date('2024-10-04T00:00:00Z'),
    host: 'höst',
    boot: 'b',
    batch: 7,
    row: 999,
    time: 1_700_000_000_123_457_788n,
    rule: 'inet f input handle 2: «drop»',
    packets: 2n ** 40n + 999n,
    harmless: true,
  });
  expect(read[998].rule ?? null).toBeNull();
  const { key_value_metadata, created_by } = parquetMetadata(Uint8Array.from(file).buffer);
  expect(key_value_metadata).toEqual([{ key: 'nscap.schema', value: String(SCHEMA_VERSION) }]);
  expect(created_by).toBe('nscap 1.2.3');
});

test.each<[what: string, bytes: (row: number) => number, mean: (row: number) => number | null]>([
  ['zero, and NULL', () => 0, () => null],
  ['all different, within 32 bits', (row) => row * 4_194_301 - 2 ** 31, (row) => 2 ** 31 - 1 - row],
  ['one beyond 32 bits', (row) => (row === 700 ? 2 ** 31 : row), (row) => (row === 3 ? -(2 ** 31) - 1 : row)],
  ['few values, beyond 32 bits', (row) => (row % 3) * 2 ** 33, (row) => (row % 2 === 0 ? null : -(2 ** 40))],
  [
    'beyond 53 bits',
    (row) => 2 ** 60 + row * 1024,
    (row) => (row % 3 === 0 ? null : -(2 ** 62) + row * 1024),
  ],
  ['at the edges of 53 bits', (row) => (row % 2 === 0 ? 1 : -1) * (2 ** 53 - 1 - row), () => 2 ** 53],
  ['below zero, beyond 32 bits', (row) => -(2 ** 32) - row, (row) => -(2 ** 32) * row],
  ['few that are not zero', (row) => (row % 100 === 7 ? -1 : 0), (row) => (row % 100 === 0 ? 5 : null)],
])('cells of 64 bits: %s', async (_, bytes, mean) => {
  const rows = new Rows(TABLES.hops, 0);
  for (let row = 0; row < 1000; row++) {
    rows.add(BigInt(row), {
      ...{ from_point: 'a', to_point: 'b', end_time: row, packets: 1, lost: 0, unknown: 0 },
      ...{ reordered: 0, duplicated: 0, changed: 0, bytes: bytes(row), delay_mean: mean(row) },
    });
  }
  const read = await rowsOf(encode(rows, ORIGIN, 1));
  for (const [row, cells] of read.entries()) {
    expect(cells.bytes).toBe(BigInt(bytes(row)));
    expect(cells.delay_mean ?? null).toBe(mean(row) === null ? null : BigInt(mean(row)!));
  }
  expect(read).toHaveLength(1000);
});

test('texts that differ in every row, in any script, and what UTF-8 has no bytes for', async () => {
  const texts = ['', 'a', 'é', 'x'.repeat(300), '日本語', '🦊🦊', 'lone \ud800 half', 'end \udc00'];
  const rows = new Rows(TABLES.drops, 0);
  for (let row = 0; row < 800; row++)
    rows.add(0n, {
      reason: `${row}${texts[row % texts.length]}`,
      rule: row % 5 === 0 ? null : `${texts[row % texts.length]}${row}`,
      packet: null,
      ...{ packets: row, harmless: row > 400, how: texts[row % texts.length] },
    });
  const read = await rowsOf(encode(rows, ORIGIN, 1));
  for (const [row, cells] of read.entries()) {
    const text = Buffer.from(texts[row % texts.length]).toString();
    expect(cells).toMatchObject({
      reason: `${row}${text}`,
      how: text,
      packets: BigInt(row),
      harmless: row > 400,
    });
    expect(cells.rule ?? null).toBe(row % 5 === 0 ? null : `${text}${row}`);
    expect(cells.packet ?? null).toBeNull();
  }
  expect(read).toHaveLength(800);
});

test('a file says between which times its rows lie, so that readers leave it out', () => {
  const rows = new Rows(TABLES.drops, 19_675);
  for (const time of [1_700_000_000_000_000_007n, 1_699_999_999_999_999_999n, 1_700_000_000_000_000_001n])
    rows.add(time, { reason: 'X', packets: 1, harmless: false, how: 'bpf' });
  const { row_groups } = parquetMetadata(Uint8Array.from(encode(rows, ORIGIN, 1)).buffer);
  const range = (name: string) =>
    row_groups[0].columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === name)?.meta_data
      ?.statistics;
  expect(range('time')).toMatchObject({
    min_value: 1_699_999_999_999_999_999n,
    max_value: 1_700_000_000_000_000_007n,
    null_count: 0n,
  });
  expect(range('reason')).toBeUndefined();
});

test('a row with a column that the table has not, or without one it must have, is a defect', () => {
  const rows = new Rows(TABLES.drops, 0);
  const whole = { reason: 'X', packets: 1, harmless: false, how: 'bpf' };
  expect(() => rows.add(0n, { ...whole, colour: 'red' })).toThrow('drops has no column colour');
  expect(() => rows.add(0n, { reason: 'X', packets: 1, harmless: false })).toThrow(
    'drops.how cannot be NULL',
  );
});

test('batches are of one day each', () => {
  const put: [string, number, number][] = [];
  const writer = new BatchWriter(ORIGIN, {
    put: (table, day, _h, _b, batch) => put.push([table, day, batch]),
  });
  const row = { reason: 'X', packets: 1, harmless: false, how: 'bpf' };
  for (const seconds of [0, 86_399, 86_400, 1])
    writer.rows('drops', seconds).add(BigInt(seconds) * 10n ** 9n, row);
  writer.flush();
  expect(put).toEqual([
    ['drops', 0, 2],
    ['drops', 1, 3],
  ]);
  expect(writer.written).toEqual({ drops: 4 });
});

test.each([
  ['10.1.2.3', '00000000000000000000ffff0a010203'],
  ['::', '00000000000000000000000000000000'],
  ['fe80::1', 'fe800000000000000000000000000001'],
  ['2001:db8:1:2:3:4:5:6', '20010db8000100020003000400050006'],
  ['1::', '00010000000000000000000000000000'],
  ['::ffff:1.2.3.4', '00000000000000000000ffff01020304'],
])('%s as 16 bytes', (text, hex) => {
  expect(Buffer.from(addressBytes(text)).toString('hex')).toBe(hex);
});

async function keyOf(frames: Frame[]): Promise<string> {
  return withFile(pcap(frames), async (path) => {
    const statistics = new Statistics(new Analysis());
    const source = await openFile(path);
    for (let batch = await source.next(); batch !== null; batch = await source.next())
      for (let i = 0; i < batch.count; i++) statistics.add(batch, i);
    await source.close();
    return flowKey(statistics.analysis, 0);
  });
}

/** The same packets behind a source NAT, with another address and port of the client's. */
function translated(frames: readonly Frame[]): Frame[] {
  return frames.map(({ time, bytes }) => {
    const copy = Uint8Array.from(bytes);
    const fromClient = new DataView(copy.buffer).getUint16(20) === 1000;
    copy.set([192, 0, 2, 9], fromClient ? 12 : 16);
    new DataView(copy.buffer).setUint16(fromClient ? 20 : 22, 61_000);
    return { time: time + 500_000, bytes: copy };
  });
}

test('the key of a connection is the same behind NAT, and with parts of the handshake only', async () => {
  const talk = new Talk().handshake().client({ length: 100 }).server();
  const key = await keyOf(talk.frames);
  expect(key).toBe('000003e800001388'); // Talk begins at 1000 and 5000
  expect(await keyOf(translated(talk.frames))).toBe(key);
  expect(await keyOf(talk.frames.slice(1)), 'from the SYN-ACK on').toBe(key);
});

test('the key of a connection is the same whichever address NAT makes the lower', async () => {
  const { frames } = new Talk().handshake().client({ length: 100 }).server();
  for (const address of [1, 100, 250]) {
    const moved = frames.map(({ time, bytes }) => {
      const copy = Uint8Array.from(bytes);
      copy[new DataView(copy.buffer).getUint16(20) === 1000 ? 12 : 16] = address;
      return { time, bytes: copy };
    });
    expect(await keyOf(moved), `${address}.…`).toBe('000003e800001388');
  }
});

test('without a SYN-ACK the key is of addresses and ports, alike from both ends', async () => {
  const talk = new Talk().handshake().client({ length: 100 }).server({ length: 10 });
  const key = await keyOf(talk.frames.slice(3));
  expect(key).toMatch(/^x[0-9a-f]{15}$/);
  expect(await keyOf(talk.frames.slice(4)), 'the other side first').toBe(key);
  expect(await keyOf(translated(talk.frames.slice(3)))).not.toBe(key);
});

test('times that no clock shows are within what 64 bits hold, and no others than they were before', () => {
  expect(nanoseconds(1_700_000_000, 999_999_999)).toBe(1_700_000_000_999_999_999n);
  for (const seconds of [-1, 2 ** 32, 9_223_372_036, 2 ** 53, Number.POSITIVE_INFINITY]) {
    const time = nanoseconds(seconds, 999_999_999);
    expect(time >= 0n && BigInt.asIntN(64, time) === time, `${seconds} s`).toBe(true);
  }
});
