// The SQL of nscap, judged by ClickHouse of today (chdb).
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nscap, seen } from '../support/nscap.ts';

const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'nscap-chdb-'));
const captures = fileURLToPath(new URL('../../captures', import.meta.url));
const FILES = ['nc-7096.pcap', 'no-route.pcap', 'walkthrough.pcap'].map((name) => join(captures, name));
const bridge = spawn(process.execPath, [fileURLToPath(new URL('chdb-bridge.cjs', import.meta.url)), folder]);
let target: string;
const spool = join(folder, 'spool');

beforeAll(async () => {
  const port = (await seen(bridge.stdout, /\d+\n/)).trim();
  target = `clickhouse://127.0.0.1:${port}/nscap?spool=${spool}`;
});
afterAll(() => {
  bridge.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

test('init makes tables with a TTL and a window for tokens', async () => {
  const made = await nscap(['store', 'init', '--store', target, '--days', '36500']);
  expect(made, made.stderr).toMatchObject({ status: 0, stderr: '' });
  expect(made.stdout).toContain('8 tables made');
  const { stdout } = await nscap([
    ...['fleet', '--store', target, '--csv', 'sql'],
    "SELECT count() AS n FROM system.tables WHERE database = 'nscap' AND create_table_query LIKE '%TTL day + %36500%' AND create_table_query LIKE '%non_replicated_deduplication_window = 10000%'",
  ]);
  expect(stdout).toBe('n\n8\n');
});

test('the same batches sent twice by two who know nothing of each other are stored once', async () => {
  for (const host of ['a', 'b'])
    await nscap(['store', 'import', '--sample', '1', '--host', host, '--store', spool, ...FILES]);
  const kept = join(folder, 'kept');
  cpSync(spool, kept, { recursive: true });
  const first = await nscap(['store', 'ship', '--json', '--store', target]);
  expect(JSON.parse(first.stdout)).toMatchObject({ repeated: 0, refused: 0, left: 0 });
  const again = await nscap(['store', 'ship', '--json', '--store', target.replace('/spool', '/kept')]);
  expect(JSON.parse(again.stdout)).toMatchObject({ files: 0, refused: 0, left: 0 });
  const status = JSON.parse((await nscap(['store', 'status', '--json', '--store', target])).stdout);
  const sent = JSON.parse(first.stdout).rows;
  expect(status.tables.reduce((sum: number, { rows }: { rows: number }) => sum + rows, 0)).toBe(sent);
});

test('a token that was used drops the insert, whatever is in it', async () => {
  const { Clickhouse } = await import('../../src/store/clickhouse/client.ts');
  const { clickhouseTarget } = await import('../../src/store/target.ts');
  const { binaryRows } = await import('../../src/store/clickhouse/row-binary.ts');
  const { encode } = await import('../../src/store/parquet.ts');
  const { Rows } = await import('../../src/store/rows.ts');
  const { TABLES } = await import('../../src/store/schema.ts');
  const clickhouse = new Clickhouse(clickhouseTarget(target)!, { user: 'default', password: '' });
  const rows = new Rows(TABLES.drops, 20_000);
  for (let i = 0; i < 5000; i++) rows.add(1n, { reason: 'R', packets: i, harmless: false, how: 'bpf' });
  const { columns, bytes } = await binaryRows(
    TABLES.drops,
    encode(rows, { host: 'h', boot: 'b', capture: 'c', nscap: 't' }, 1),
  );
  const sql = `INSERT INTO \`drops\` (${columns.map((name) => `\`${name}\``).join(', ')}) FORMAT RowBinary`;
  for (let i = 0; i < 2; i++) await clickhouse.insert(sql, bytes, { insert_deduplication_token: 'one' });
  expect((await clickhouse.query('SELECT count(), sum(packets) FROM drops')).toString()).toBe(
    `5000\t${(4999 * 5000) / 2}\n`,
  );
  clickhouse.close();
});

test('fleet answers as DuckDB does', async () => {
  const files = join(folder, 'files');
  for (const host of ['a', 'b'])
    await nscap(['store', 'import', '--sample', '1', '--host', host, '--store', files, ...FILES]);
  const questions = [
    ...[['worst'], ['worst', '--by', 'rtt'], ['hosts'], ['since', '2020-01-01'], ['links']],
    ['conn', '5a633524dcac8ee7'],
  ];
  for (const words of questions) {
    const [duckdb, clickhouse] = await Promise.all(
      [files, target].map((store) => nscap(['fleet', '--json', '--store', store, ...words])),
    );
    expect(clickhouse.stderr, words.join(' ')).toBe('');
    expect(JSON.parse(clickhouse.stdout), words.join(' ')).toEqual(JSON.parse(duckdb.stdout));
  }
});

test("the dashboard's queries are answered", async () => {
  const { PANELS } = await import('../../src/store/dashboard.ts');
  for (const { title, sql } of PANELS) {
    const filled = sql
      .replaceAll('$__fromTime', "toDateTime('2020-01-01 00:00:00')")
      .replaceAll('$__toTime', "toDateTime('2030-01-01 00:00:00')")
      .replaceAll(`\${host:raw}`, '^a$');
    const { status, stdout, stderr } = await nscap(['fleet', '--store', target, '--json', 'sql', filled]);
    expect(status, `${title}: ${stderr}`).toBe(0);
    if (sql.includes('FROM connections')) expect(JSON.parse(stdout).length, title).toBeGreaterThan(0);
  }
});
