// From files of rows to ClickHouse: what is sent, and what becomes of it where replies fail. An HTTP server of the test's
// own answers, for it can lose a reply at will; npm run test:fleet does all of it with the real engine.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { BatchWriter, CAPTURE_BATCH } from '../../src/store/batch-writer.ts';
import { parseAnswer } from '../../src/store/clickhouse/answer.ts';
import { Clickhouse } from '../../src/store/clickhouse/client.ts';
import { addColumns } from '../../src/store/clickhouse/ddl.ts';
import { binaryRows } from '../../src/store/clickhouse/row-binary.ts';
import { pause, Shipper } from '../../src/store/clickhouse/ship.ts';
import { FolderLock, SHIP_LOCK } from '../../src/store/folder-lock.ts';
import { encode } from '../../src/store/parquet.ts';
import { Rows } from '../../src/store/rows.ts';
import { SCHEMA_VERSION, TABLES } from '../../src/store/schema.ts';
import { refused, SpoolWriter, unsent, waiting } from '../../src/store/spool.ts';
import { clickhouseTarget } from '../../src/store/target.ts';

const folder = mkdtempSync(join(tmpdir(), 'nscap-ship-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const ORIGIN = { host: 'höst', boot: 'b/1', capture: 'c', nscap: '1.2.3' };
const DAY = 20_000;

/** A file of drops. */
function drops(count: number): Uint8Array {
  const rows = new Rows(TABLES.drops, DAY);
  for (let i = 0; i < count; i++)
    rows.add(1n, { reason: 'R', rule: i === 1 ? 'r' : null, packets: i, harmless: i === 1, how: 'bpf' });
  return encode(rows, ORIGIN, 7);
}

test('RowBinary: each cell as ClickHouse reads it, NULL among them', async () => {
  const { columns, rows, bytes } = await binaryRows(TABLES.drops, drops(2));
  expect(columns).toEqual(TABLES.drops.columns.map(({ name }) => name));
  expect(rows).toBe(2);
  const text = (value: string) => [Buffer.from(value).length, ...Buffer.from(value)];
  const int64 = (value: number) => [value, 0, 0, 0, 0, 0, 0, 0];
  const row = (i: number) => [
    ...[
      DAY & 0xff,
      DAY >> 8,
      ...text('höst'),
      ...text('b/1'),
      7,
      0,
      0,
      0,
      i,
      0,
      0,
      0,
      ...text('c'),
      ...int64(1),
    ],
    ...[...text('R'), 1, ...(i === 1 ? [0, ...text('r')] : [1]), 1, 1, 1, ...int64(i), i, 1, ...text('bpf')],
  ];
  expect([...bytes]).toEqual([...row(0), ...row(1)]);
});

test('a file that ends too early, has another table, or is of a newer nscap is refused', async () => {
  const file = drops(3);
  await expect(binaryRows(TABLES.drops, file.subarray(0, file.length - 9))).rejects.toThrow(
    'not a whole file of rows',
  );
  // Behind the header of the first gzip member (RFC 1952) its compressed data begin.
  const compressed = Buffer.from(file).indexOf(Buffer.from([0x1f, 0x8b])) + 10;
  await expect(
    binaryRows(
      TABLES.drops,
      file.map((byte, at) => (at === compressed ? byte ^ 0xff : byte)),
    ),
  ).rejects.toThrow('not a whole file of rows');
  await expect(binaryRows(TABLES.hops, file)).rejects.toThrow('there is no column from_point');
  const newer = Buffer.from(file);
  newer[newer.indexOf('nscap.schema') + 'nscap.schema'.length + 2] = '9'.charCodeAt(0);
  await expect(binaryRows(TABLES.drops, newer)).rejects.toThrow(`knows versions up to ${SCHEMA_VERSION}`);
});

test('a file of the first version lacks what came later, and is sent without', async () => {
  const v1 = new URL(
    'fixtures/v1/samples/day=2026-11-23/host=fixture/09ed762ddbbe916a-3.parquet',
    import.meta.url,
  );
  const { columns } = await binaryRows(TABLES.samples, readFileSync(v1));
  expect(columns).toEqual(TABLES.samples.columns.filter(({ since }) => since === 1).map(({ name }) => name));
});

test('columns that are new are added behind those before them, on each place of a cluster', () => {
  const [count] = TABLES.findings.columns.filter(({ since }) => since === 2);
  expect(addColumns('n', TABLES.findings, [count], { cluster: 'c' })).toEqual(
    ['findings_local', 'findings'].map(
      (name) =>
        `ALTER TABLE \`n\`.\`${name}\` ON CLUSTER \`c\`\n  ADD COLUMN \`count\` Nullable(Int64) AFTER \`frames\``,
    ),
  );
});

test('answers: whole numbers in full, NULL, yes and no, bytes, and text with what separates cells', () => {
  const text =
    'a\tharmless\tb\tc\nInt64\tUInt8\tFixedString(2)\tNullable(String)\n9007199254740993\t1\t\\0\xff\tx\\ty\\\\\n-1\t0\t\\n\\0\t\\N\n';
  expect(parseAnswer(Buffer.from(text, 'latin1'))).toEqual({
    columns: ['a', 'harmless', 'b', 'c'],
    rows: [
      [9_007_199_254_740_993n, true, '00ff', 'x\ty\\'],
      [-1, false, '0a00', null],
    ],
  });
});

test.each([
  ['a row with fewer cells', 'a\tb\nInt64\tString\n1\n', '1'],
  ['names without types', 'a\tb\nInt64\n', 'Int64'],
  [
    'an error behind the first rows',
    'a\nInt64\n1\nCode: 241. DB::Exception: Memory limit\n',
    'Code: 241. DB::Exception: Memory limit',
  ],
  ['the page of a proxy', '<html>\n<body>\n\tgone\n', '\tgone'],
  ['a cell that is no number', 'a\nUInt64\n0x1\n', '0x1'],
])('an answer that is no table is said to be none: %s', (_, text, said) => {
  expect(() => parseAnswer(Buffer.from(text))).toThrow(`the engine's answer is not a table: ${said}`);
});

test('pauses double up to a minute, and no two hosts have the same', () => {
  expect([0, 1, 2, 30].map((failures) => pause(failures, 1))).toEqual([500, 1000, 2000, 60_000]);
  expect(pause(2, 0)).toBe(1000);
});

test('a spool takes no more than its bound, except for the row that says so', () => {
  const spool = new SpoolWriter(join(folder, 'bounded'), 10_000);
  const writer = new BatchWriter(ORIGIN, spool);
  let given = 0;
  for (let i = 0; i < 10; i++) {
    const rows = writer.rows('drops', DAY * 86_400);
    rows.add(0n, { reason: 'R', packets: 1, harmless: false, how: 'bpf' });
    try {
      writer.flush();
    } catch (error) {
      expect((error as Error).message).toContain('is full');
      given++;
    }
  }
  expect(given).toBeGreaterThan(0);
  expect(writer.lost).toBe(given);
  writer.single('findings', 99, DAY * 86_400, (rows) =>
    rows.add(0n, {
      subject: 'store',
      code: 'rows-given-up',
      severity: 'problem',
      text: '',
      frames: '',
      count: given,
    }),
  );
  spool.commit();
  expect(waiting(join(folder, 'bounded')).map(({ table }) => table)).toContain('findings');
});

test('one shipper a spool; a lock whose process is gone is no lock', () => {
  const spool = join(folder, 'locked');
  const lock = new FolderLock(spool, SHIP_LOCK);
  expect(lock.take()).toBe(true);
  expect(new FolderLock(spool, SHIP_LOCK).take()).toBe(false);
  lock.release();
  writeFileSync(join(spool, 'ship.lock'), `${process.pid} 1\n`); // this process id, in another life
  expect(new FolderLock(spool, SHIP_LOCK).take()).toBe(true);
});

/** What the server has to say to each INSERT in turn; by default that it is done. */
type Reply = 'done' | 'lost' | 'busy' | 'denied' | 'refused';
let replies: Reply[] = [];
const inserts: { token: string | null; rows: Buffer; sql: string }[] = [];
let version = SCHEMA_VERSION;
const server = createServer(answer);
let target: string;
let spool: string;
let clickhouse: Clickhouse;

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const parameters = new URL(request.url!, 'http://host').searchParams;
  const sql = parameters.get('query');
  if (sql === null) {
    const asked = body.toString();
    if (asked.includes('nscap_schema')) response.end(`${version}\t\n`);
    else if (asked.includes('system.settings')) response.end('insert_deduplication_token\n');
    else if (asked.includes('uniqExact')) response.end(`${arrived(asked)}\n`);
    else response.end('\n');
    return;
  }
  const reply = replies.shift() ?? 'done';
  if (reply === 'busy') {
    response
      .writeHead(500)
      .end('Code: 252, e.displayText() = DB::Exception: Too many parts (300), e.what() = DB::Exception');
    return;
  }
  if (reply === 'refused') {
    response
      .writeHead(500)
      .end(
        'Code: 16, e.displayText() = DB::Exception: No such column rule in table, e.what() = DB::Exception',
      );
    return;
  }
  if (reply === 'denied') {
    response
      .writeHead(401)
      .end('Code: 193, e.displayText() = DB::Exception: Wrong password for user x, e.what() = DB::Exception');
    return;
  }
  const rows = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
  inserts.push({ token: parameters.get('insert_deduplication_token'), rows, sql });
  if (reply === 'lost') request.socket.destroy();
  else response.end();
}

/** Rows of a batch that the server has. */
function arrived(sql: string): number {
  const batch = /batch = (\d+)/.exec(sql)![1];
  return inserts.some(({ token }) => token?.endsWith(`-${batch}.parquet`)) ? 1 : 0;
}

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  replies = [];
  inserts.length = 0;
  version = SCHEMA_VERSION;
  spool = mkdtempSync(join(folder, 'spool-'));
  target = `clickhouse://127.0.0.1:${(server.address() as AddressInfo).port}/db?spool=${spool}`;
  clickhouse = new Clickhouse(clickhouseTarget(target)!, { user: 'x', password: 'y' });
  const writer = new SpoolWriter(spool, 1 << 20);
  const batches = new BatchWriter(ORIGIN, writer);
  for (const table of ['drops', 'drops', 'drops'] as const)
    batches.single(table, batches.nextBatch(), DAY * 86_400, (rows) =>
      rows.add(0n, { reason: 'R', packets: 1, harmless: false, how: 'bpf' }),
    );
  writer.commit();
});
afterEach(() => clickhouse.close());

function ship(patience = 30_000): { run: Promise<unknown>; said: string[] } {
  const said: string[] = [];
  const shipper = new Shipper(clickhouse, spool, { patience, report: (sentence) => said.push(sentence) });
  return { run: shipper.run(), said };
}

test('each batch is sent with its name as its token, and deleted', async () => {
  const names = waiting(spool).map(({ name }) => name);
  expect(names[0]).toBe('drops/day=2024-10-04/host=h%C3%B6st/b%2F1-2.parquet');
  expect(await ship().run).toEqual({ files: 3, rows: 3, repeated: 0, refused: 0, left: 0 });
  expect(inserts.map(({ token }) => token)).toEqual(names);
  expect(inserts[0].sql).toMatch(/^INSERT INTO `drops` \(`day`, `host`, .*\) FORMAT RowBinary$/);
  expect(waiting(spool)).toEqual([]);
});

test('too busy: the same bytes are sent again with the same token', async () => {
  replies = ['busy', 'busy'];
  expect(await ship().run).toMatchObject({ files: 3, left: 0 });
  expect(inserts).toHaveLength(3);
});

test('an engine that closes a connection behind its answer: no insert is on it', async () => {
  const answered = new WeakSet<object>();
  const once = (request: IncomingMessage, response: ServerResponse) => {
    if (answered.has(request.socket)) request.socket.destroy();
    response.on('finish', () => answered.add(request.socket));
  };
  server.prependListener('request', once);
  const { run, said } = ship();
  expect(await run).toMatchObject({ files: 3, repeated: 0, left: 0 });
  server.off('request', once);
  expect(said).toEqual([]);
});

test('a reply lost behind the commit: nothing is stored twice', async () => {
  replies = ['done', 'lost'];
  expect(await ship().run).toEqual({ files: 2, rows: 2, repeated: 1, refused: 0, left: 0 });
  expect(new Set(inserts.map(({ token }) => token)).size).toBe(3);
  expect(inserts).toHaveLength(3);
});

test('a password that is refused ends it at once, and everything stays', async () => {
  replies = ['denied'];
  await expect(ship().run).rejects.toThrow('ClickHouse refuses user or password: Wrong password for user x');
  expect(waiting(spool)).toHaveLength(3);
});

test.each([
  [SCHEMA_VERSION + 1, /has schema version \d+, and this nscap knows versions up to/],
  [SCHEMA_VERSION - 1, /has schema version \d+, and this nscap writes version/],
])('tables of schema version %i: a clear error, and everything stays', async (found, said) => {
  version = found;
  await expect(ship().run).rejects.toThrow(said);
  expect(waiting(spool)).toHaveLength(3);
  expect(inserts).toEqual([]);
});

test('nobody answers: it gives up after its patience, and everything stays', async () => {
  clickhouse.close();
  clickhouse = new Clickhouse(clickhouseTarget(`clickhouse://127.0.0.1:1/db?spool=${spool}`)!, {
    user: 'x',
    password: '',
  });
  await expect(ship(0).run).rejects.toThrow('cannot reach ClickHouse at 127.0.0.1:1: connect ECONNREFUSED');
  expect(waiting(spool)).toHaveLength(3);
});

test('a damaged file is set aside, and one of no known table left; the others are sent', async () => {
  const [first] = waiting(spool);
  truncateSync(join(spool, first.name), first.bytes - 20);
  const other = join(spool, 'colours/day=2024-10-04/host=h/b-1.parquet');
  mkdirSync(dirname(other), { recursive: true });
  writeFileSync(other, drops(1));
  const { run, said } = ship();
  expect(await run).toEqual({ files: 2, rows: 2, repeated: 0, refused: 1, left: 1 });
  // Oldest first: which that is, of files of the same millisecond, is no matter.
  expect(said.toSorted()).toEqual([
    expect.stringMatching(/refused\/drops\/.*: not a whole file of rows: /),
    expect.stringMatching(/colours\/.*: there is no table colours/),
  ]);
  expect(refused(spool)).toHaveLength(1);
  expect(waiting(spool).map(({ name }) => name)).toEqual(['colours/day=2024-10-04/host=h/b-1.parquet']);
  expect(unsent(spool)).toEqual([
    expect.objectContaining({
      file: `refused/${first.name}`,
      set_aside: true,
      reason: expect.stringMatching(/^not a whole file of rows: /),
    }),
    expect.objectContaining({
      file: 'colours/day=2024-10-04/host=h/b-1.parquet',
      set_aside: false,
      reason: expect.stringMatching(/^there is no table colours/),
    }),
  ]);
});

test('what was sent leaves no folder behind, and a writer makes its own again', async () => {
  await ship().run;
  expect(readdirSync(spool)).toEqual(['nscap-store.json']);
  new BatchWriter(ORIGIN, new SpoolWriter(spool, 1 << 20)).single('drops', 9, DAY * 86_400, (rows) =>
    rows.add(0n, { reason: 'R', packets: 1, harmless: false, how: 'bpf' }),
  );
  expect(readdirSync(join(spool, 'drops'))).toEqual(['day=2024-10-04']);
});

test('a capture is not listed before all its rows are there', async () => {
  const writer = new SpoolWriter(spool, 1 << 20);
  new BatchWriter(ORIGIN, writer).single('captures', CAPTURE_BATCH, DAY * 86_400, (rows) =>
    rows.add(0n, {
      filter: '',
      interfaces: 'lo',
      end_time: 1n,
      packets: 3,
      segments: 0,
      connections: 0,
      sample: 0,
      stored: 1n,
    }),
  );
  writer.commit();
  replies = ['refused'];
  expect(await ship().run).toEqual({ files: 2, rows: 2, repeated: 0, refused: 0, left: 2 });
  expect(waiting(spool).map(({ table }) => table)).toEqual(['drops', 'captures']);
  // What was refused is there now.
  expect(await ship().run).toEqual({ files: 2, rows: 2, repeated: 0, refused: 0, left: 0 });
  expect(inserts.map(({ sql }) => /`(\w+)`/.exec(sql)![1])).toEqual(['drops', 'drops', 'drops', 'captures']);
});

test('a file that the engine refuses keeps no other, and is sent when the engine takes it, without a restart', async () => {
  replies = ['refused', 'done', 'done', 'refused'];
  const said: string[] = [];
  const finish = new AbortController();
  const shipper = new Shipper(clickhouse, spool, {
    follow: true,
    retry: 50,
    patience: 30_000,
    finish: finish.signal,
    report: (sentence) => said.push(sentence),
  });
  const run = shipper.run();
  await vi.waitFor(() => expect(waiting(spool)).toEqual([]), 60_000);
  finish.abort();
  expect(await run).toEqual({ files: 3, rows: 3, repeated: 0, refused: 0, left: 0 });
  expect(said).toEqual([
    expect.stringMatching(/drops\/.*: ClickHouse: No such column rule in table \(code 16\)/),
  ]);
  expect(unsent(spool)).toEqual([]);
});
