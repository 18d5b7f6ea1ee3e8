// fleet worst reads few of the files of a store: it must answer as if it had read all of them.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openFolder } from '../../src/store/duckdb.ts';
import { FolderWriter } from '../../src/store/folder.ts';
import { encode } from '../../src/store/parquet.ts';
import { SORT_KEYS, SORTED, type SortKey, worst } from '../../src/store/questions.ts';
import { type Cell, Rows } from '../../src/store/rows.ts';
import { type ColumnType, TABLES } from '../../src/store/schema.ts';
import { has } from '../support/needs.ts';
import { filesOf } from './read.ts';

const folder = mkdtempSync(join(tmpdir(), 'nscap-worst-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const DAY = 20_000;
const BEGIN = BigInt(DAY) * 86_400_000_000_000n;
const FILES = 40;
const ROWS = 12;
const DEFAULTS: Record<ColumnType, Cell> = {
  text: '',
  int32: 0,
  int64: 0n,
  double: 0,
  boolean: false,
  date: 0,
  address: new Uint8Array(16),
};

/** Cells of a connection of which nothing is to be said. */
function blank(): Record<string, Cell> {
  const columns = TABLES.connections.columns.slice(7);
  return Object.fromEntries(
    columns.map(({ name, type, nullable }) => [name, nullable ? null : DEFAULTS[type]]),
  );
}

function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Small numbers, so that many rows are alike; a file in ten has larger ones, one in five none, and a third says nothing of itself. */
function makeStore(): string {
  const path = join(folder, 'alike');
  const random = randomFrom(7);
  const writer = new FolderWriter(path);
  const columns = [...new Set(SORT_KEYS.flatMap((key) => SORTED[key].columns))];
  for (let file = 0; file < FILES; file++) {
    const rows = new Rows(TABLES.connections, DAY);
    for (let row = 0; row < ROWS; row++) {
      const cells = blank();
      const most = file % 10 === 0 ? 40 : file % 5 === 1 ? 1 : 4;
      for (const column of columns) {
        const value = random(most);
        cells[column] = column.startsWith('rtt_') && value === 0 ? null : value;
      }
      rows.add(BEGIN + BigInt(random(50)), { ...cells, stream: row, flow_key: `x${row}` });
    }
    const capture = String(file).padStart(3, '0');
    const bytes = encode(rows, { host: `h${file % 4}`, boot: capture, capture, nscap: 'test' }, 0);
    writer.put('connections', DAY, `h${file % 4}`, capture, 0, bytes);
  }
  writer.commit();
  for (const file of filesOf(path).filter((_, i) => i % 3 === 0)) {
    const text = readFileSync(join(path, file), 'latin1').replaceAll('nscap.most.', 'nscap.none.');
    writeFileSync(join(path, file), text, 'latin1');
  }
  return path;
}

const store = makeStore();

/** How many, and since when. */
const ASKED = [
  [1, undefined],
  [20, undefined],
  [20, 25n],
  [20, 49n],
  [20, 50n],
  [500, undefined],
] as const;

test.runIf(has('duckdb')).each(SORT_KEYS)('the worst by %s are those of all files', async (by) => {
  const whole = await openFolder(store);
  for (const [limit, since] of ASKED) {
    const options = { by, limit, since: since === undefined ? undefined : BEGIN + since };
    const engine = await openFolder(store);
    await engine.narrow!(options);
    const what = `${limit}, since ${since}`;
    expect((await engine.query(worst(options))).rows, what).toEqual((await whole.query(worst(options))).rows);
    engine.close();
  }
  whole.close();
});

test.runIf(has('duckdb'))('of many files few are read', async () => {
  const engine = await openFolder(store);
  await engine.narrow!({ by: 'stalls' satisfies SortKey, limit: 3 });
  const { rows } = await engine.query('SELECT count(*) FROM connections');
  expect(Number(rows[0]?.[0])).toBeLessThan((FILES * ROWS) / 2);
  engine.close();
});

/** What is no file of connections, under the name of one. */
const FOREIGN: [string, (whole: Buffer) => Uint8Array, RegExp][] = [
  ['nothing', () => new Uint8Array(0), /is damaged: /],
  [
    // A number of the footer (thrift's varint) that goes on for a megabyte: hours, were it read.
    'a number without an end',
    () =>
      Buffer.concat([
        Buffer.from([0x16]),
        Buffer.alloc(1 << 20, 0xff),
        Buffer.from([1, 0, 16, 0]),
        Buffer.from('PAR1'),
      ]),
    /is damaged: its footer has a number without an end/,
  ],
  ['text', () => Buffer.from('not rows at all'), /is damaged: /],
  ['the beginning of a file', (whole) => whole.subarray(0, whole.length >> 1), /is damaged: /],
  ['the end of a file', (whole) => whole.subarray(whole.length >> 1), /is damaged: /],
  [
    'a footer longer than the file',
    (whole) => {
      const copy = Buffer.from(whole);
      copy.writeUInt32LE(0xffff_fff0, copy.length - 8);
      return copy;
    },
    /is damaged: /,
  ],
  [
    'pages of zeros',
    (whole) => {
      const copy = Buffer.from(whole);
      copy.fill(0, 4, copy.length - 8 - copy.readUInt32LE(copy.length - 8));
      return copy;
    },
    /is damaged: /,
  ],
  [
    'rows of another table',
    () => {
      const rows = new Rows(TABLES.drops, DAY);
      rows.add(BEGIN, { reason: 'X', packets: 1, harmless: false, how: 'bpf' });
      return encode(rows, { host: 'h', boot: 'b', capture: 'c', nscap: 'test' }, 0);
    },
    /is damaged: it has no column stream/,
  ],
];

test.runIf(has('duckdb')).each(FOREIGN)(
  '%s in place of rows is an error that names the file',
  async (_, change, said) => {
    const path = join(folder, 'foreign');
    rmSync(path, { recursive: true, force: true });
    const writer = new FolderWriter(path);
    const rows = new Rows(TABLES.connections, DAY);
    rows.add(BEGIN, { ...blank(), retransmissions_client: 3, flow_key: 'x0' });
    const whole = Buffer.from(encode(rows, { host: 'h', boot: 'b', capture: 'c', nscap: 'test' }, 0));
    writer.put('connections', DAY, 'h', 'whole', 0, whole);
    writer.commit();
    const place = join(path, 'connections', 'day=2024-10-04', 'host=h');
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'foreign-0.parquet'), change(whole));
    for (const ask of ['worst', 'sql'] as const) {
      const engine = await openFolder(path);
      const options = { by: 'retransmissions', limit: 20 } as const;
      const answer = async () => {
        if (ask === 'worst') await engine.narrow!(options);
        return engine.query(worst(options));
      };
      await expect(answer(), ask).rejects.toMatchObject({
        code: 'STORE',
        message: expect.stringMatching(new RegExp(`foreign-0\\.parquet ${said.source}`)),
      });
      engine.close();
    }
  },
);
