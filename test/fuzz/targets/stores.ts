// What a store holds and what engines answer: footers of Parquet files, names of a spool, answers of ClickHouse, targets.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { NscapError } from '../../../src/errors.ts';
import { parseAnswer } from '../../../src/store/clickhouse/answer.ts';
import { footerOf, requiredColumns } from '../../../src/store/footers.ts';
import { encode } from '../../../src/store/parquet.ts';
import { SORT_KEYS } from '../../../src/store/questions.ts';
import { Rows } from '../../../src/store/rows.ts';
import { TABLE_NAMES, TABLES } from '../../../src/store/schema.ts';
import { refused, tableOf, waiting } from '../../../src/store/spool.ts';
import { clickhouseTarget } from '../../../src/store/target.ts';
import { Broken, bytes, LINES, type Target, TOKENS, textOf } from '../target.ts';

const ORIGIN = { host: 'h\u00f6st', boot: 'b', capture: 'c', nscap: '1.2.3' };
const CONTROL = /[\x00-\x1f\x7f]/;

function sample(): Uint8Array {
  const rows = new Rows(TABLES.drops, 20_000);
  for (let i = 0; i < 3; i++)
    rows.add(1_700_000_000_123_456_789n + BigInt(i), {
      reason: 'NO_SOCKET',
      rule: i === 0 ? null : 'inet f input handle 2',
      packets: 7,
      harmless: false,
      how: 'bpf',
    });
  return encode(rows, ORIGIN, 7);
}

/** The files of earlier schemas, too: connections with what they have at most. */
function* stored(): Iterable<Uint8Array> {
  yield sample();
  const folder = 'test/store/fixtures';
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort())
    if (name.endsWith('.parquet')) yield new Uint8Array(readFileSync(join(folder, name)));
}

export const parquet: Target = {
  name: 'parquet',
  about: 'Parquet files of a store, read back',
  seeds: stored,
  words: ['PAR1', 'nscap.schema', 'nscap.most.', '\xff\xff\xff\xff\x0f', '\x80\x80\x80\x80\x80'],
  run(input) {
    for (const name of TABLE_NAMES) {
      const table = TABLES[name];
      try {
        const footer = footerOf('x', input, requiredColumns(table));
        if (!Number.isSafeInteger(footer.rows) || footer.rows < 0) throw new Broken(`${footer.rows} rows`);
        for (const column of footer.columns) {
          const { lowest, highest } = footer.range(column);
          for (const value of [lowest, highest])
            if (!['number', 'bigint', 'undefined'].includes(typeof value))
              throw new Broken(`a range to ${value}`);
        }
        if (name === 'connections')
          for (const key of SORT_KEYS)
            if (!(footer.most(key) >= 0)) throw new Broken(`at most ${footer.most(key)} of ${key}`);
      } catch (error) {
        if (!(error instanceof NscapError)) throw error;
        if (CONTROL.test(error.message))
          throw new Broken(`control bytes in ${JSON.stringify(error.message)}`);
      }
    }
  },
};

/** A folder for the files of one input. */
let place: string | undefined;

export const spool: Target = {
  name: 'spool',
  about: 'names of files in a spool, a line each',
  structure: LINES,
  seeds: () => [
    bytes(
      'connections/day=2026-01-02/host=a/b-000001.parquet\ncaptures/day=2026-01-02/host=a/b-000000.parquet\nrefused/drops/day=1/host=%2e/x.parquet\n',
    ),
  ],
  words: ['refused/', 'captures/', '.parquet', '.part', 'day=', 'host=%', '..', '\n'],
  run(input) {
    place ??= mkdtempSync(join(tmpdir(), 'nscap-fuzz-'));
    const folder = join(place, 'spool');
    const made = new Set<string>();
    // What leads out of the folder can be no name in it.
    for (const line of textOf(input).split('\n').slice(0, 8)) {
      const parts = line.split('/').filter((part) => !['', '.', '..'].includes(part) && part.length < 100);
      if (parts.length === 0 || parts.length > 6 || line.includes('\0')) continue;
      try {
        mkdirSync(dirname(join(folder, ...parts)), { recursive: true });
        writeFileSync(join(folder, ...parts), 'x');
        made.add(parts.join('/'));
      } catch {
        // A folder has that name.
      }
    }
    try {
      for (const one of [...waiting(folder), ...refused(folder)]) {
        const { name, bytes: size } = one;
        if (![...made].some((path) => path === name || path === `refused/${name}`))
          throw new Broken(`${JSON.stringify(name)} is none of the files`);
        if (size !== 1) throw new Broken(`a file of ${size} bytes`);
        tableOf(one);
      }
    } catch (error) {
      if (!(error instanceof NscapError)) throw error;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

export const answer: Target = {
  name: 'answer',
  about: 'answers of ClickHouse',
  structure: TOKENS,
  seeds: () =>
    [
      'host\trows\tmean\tworst\naddress\nString\tUInt64\tNullable(Float64)\tLowCardinality(String)\na\\tb\t18446744073709551615\t1.5e3\t\\N\n',
      'a\tb\tc\nFixedString(16)\tUInt8\tDecimal(9, 3)\n\\0\\0\\x\t1\tinf\n',
      'harmless\tclosed\nUInt8\tBool\n1\ttrue\n',
    ].map(bytes),
  words: ['\t', '\n', '\\N', '\\', 'UInt64', 'Nullable(', 'Int8', 'nan', '1e400', '-', '\xff'],
  run(input) {
    try {
      const { columns, rows } = parseAnswer(Buffer.from(input));
      for (const row of rows) {
        if (row.length !== columns.length)
          throw new Broken(`a row of ${row.length} cells, ${columns.length} columns`);
        if (row.some((cell) => cell === undefined || Number.isNaN(cell)))
          throw new Broken('a cell without a value');
      }
    } catch (error) {
      if (!(error instanceof NscapError)) throw error;
    }
  },
};

export const storeTarget: Target = {
  name: 'store-target',
  about: 'targets of --store',
  structure: TOKENS,
  seeds: () =>
    [
      '/var/lib/nscap',
      'clickhouse://h:8123,[::1]:9000/db?spool=/x&spool_size=4G&every=60',
      'clickhouses://h.example/d%20b?ca=/etc/ca.pem',
    ].map(bytes),
  words: ['clickhouse://', '%', '&', '=', 'spool_size', '@', '[', ']', ':0', '65536', '?', '../..'],
  run(input) {
    try {
      const target = clickhouseTarget(textOf(input));
      if (target === undefined) return;
      for (const { host, port } of target.endpoints)
        if (host === '' || !(port >= 1 && port <= 65_535)) throw new Broken(`an endpoint ${host}:${port}`);
      if (!(target.spoolBytes > 0 && target.every > 0)) throw new Broken('a bound that is none');
    } catch (error) {
      if (!(error instanceof NscapError)) throw error;
      const [, secret] = /^[a-z][a-z\d+.-]*:\/\/[^/@]*:([^/@]{4,})@/i.exec(textOf(input)) ?? [];
      if (secret !== undefined && error.message.includes(secret))
        throw new Broken(`a password is said: ${error.message}`);
    }
  },
};
