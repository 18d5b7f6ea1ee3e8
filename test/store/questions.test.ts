// What is asked of a store, of rows whose answers are known.
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openFolder } from '../../src/store/duckdb.ts';
import { FolderWriter } from '../../src/store/folder.ts';
import { encode } from '../../src/store/parquet.ts';
import { links, type QuestionOptions } from '../../src/store/questions.ts';
import { type Cell, Rows } from '../../src/store/rows.ts';
import { TABLES } from '../../src/store/schema.ts';
import { waiting } from '../../src/store/spool.ts';
import { has } from '../support/needs.ts';

const folder = mkdtempSync(join(tmpdir(), 'nscap-questions-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const DAY = 20_000;
const BEGIN = BigInt(DAY) * 86_400_000_000_000n;
const OPTIONS: QuestionOptions = { limit: 10, by: 'retransmissions' };

/** A store with these rows of hops, a second apart. */
function hops(name: string, rows: Record<string, Cell>[]): string {
  const path = join(folder, name);
  const writer = new FolderWriter(path);
  const table = new Rows(TABLES.hops, DAY);
  for (const [i, cells] of rows.entries()) {
    const rest = TABLES.hops.columns
      .slice(7)
      .map(({ name, type, nullable }): [string, Cell] => [name, nullable ? null : type === 'text' ? '' : 0]);
    table.add(BEGIN + BigInt(i) * 1_000_000_000n, { ...Object.fromEntries(rest), ...cells });
  }
  writer.put(
    'hops',
    DAY,
    'h',
    'b',
    0,
    encode(table, { host: 'h', boot: 'b', capture: 'c', nscap: 'test' }, 0),
  );
  writer.commit();
  return path;
}

/** The answer to `links`, a row an object. */
async function asked(path: string, options: QuestionOptions): Promise<Record<string, unknown>[]> {
  const engine = await openFolder(path);
  const { columns, rows } = await engine.query(links(options));
  engine.close();
  return rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]])));
}

test.runIf(has('duckdb'))(
  'links: shares of all packets that were due, means of those that came',
  async () => {
    const hop = { from_point: 'a', to_point: 'b' };
    const path = hops('links', [
      { ...hop, packets: 100, lost: 10, unknown: 40, delay_mean: 1000, delay_min: 10, delay_max: 5000 },
      { ...hop, packets: 100, lost: 0, unknown: 0, delay_mean: 2000, delay_min: 20, delay_max: 9000 },
      { ...hop, packets: 10, lost: 10, unknown: 0 },
    ]);
    const [all] = await asked(path, OPTIONS);
    const number = (name: string) => Number(all![name]);
    expect(number('packets_due')).toBe(210);
    expect(number('loss_percent')).toBeCloseTo((100 * 20) / 210, 3);
    expect(number('mean_delay')).toBe(Math.round((1000 * 50 + 2000 * 100) / 150));
    expect(number('shortest_delay')).toBe(10);
    expect(number('longest_delay')).toBe(9000);
    // A row of that very moment counts.
    const [since] = await asked(path, { ...OPTIONS, since: BEGIN + 1_000_000_000n });
    expect(Number(since!.packets_due)).toBe(110);
    const [after] = await asked(path, { ...OPTIONS, since: BEGIN + 1_000_000_001n });
    expect(Number(after!.packets_due)).toBe(10);
  },
);

test('a capture is sent behind its connections, and of each the oldest first', () => {
  const spool = join(folder, 'spool');
  const put = (name: string, age: number) => {
    const path = join(spool, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, 'rows');
    utimesSync(path, 1_700_000_000 - age, 1_700_000_000 - age);
  };
  put('captures/day=1/a.parquet', 30);
  put('connections/day=1/new.parquet', 10);
  put('connections/day=1/old.parquet', 20);
  put('captures/day=1/b.parquet', 40);
  put('connections/day=1/.part.writing-1', 50);
  expect(waiting(spool).map(({ name }) => name)).toEqual([
    'connections/day=1/old.parquet',
    'connections/day=1/new.parquet',
    'captures/day=1/b.parquet',
    'captures/day=1/a.parquet',
  ]);
});
