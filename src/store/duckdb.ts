// A store that is a folder, asked in SQL: DuckDB reads the Parquet files. It is loaded only here.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { NscapError } from '../errors.ts';
import type { Answer, Engine, Value } from './answer.ts';
import { escapeGlob, fileList, sqlText } from './duckdb-sql.ts';
import { filesOfWorst } from './duckdb-worst.ts';
import { checkVersion, folderVersion } from './folder.ts';
import { SCHEMA_KEY } from './parquet-keys.ts';
import type { QuestionOptions } from './questions.ts';
import { type ColumnType, TABLES, type Table } from './schema.ts';

const PACKAGE = '@duckdb/node-api';

const DUCKDB_TYPES: Record<ColumnType, string> = {
  text: 'VARCHAR',
  int32: 'INTEGER',
  int64: 'BIGINT',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
  date: 'DATE',
  address: 'BLOB',
};

export interface DuckdbOptions {
  /** Bytes of memory that it may take; by default DuckDB's own bound, 80 % of what there is. */
  memory?: number;
  threads?: number;
}

/** @throws NscapError MISSING_TOOL where the package is missing, STORE where the folder is no store that can be read */
export async function openFolder(folder: string, options: DuckdbOptions = {}): Promise<Engine> {
  if (folderVersion(folder) === undefined) {
    throw new NscapError('STORE', `there is no store in ${folder}`, {
      hint: `nscap store import --store ${folder} FILE… makes one`,
    });
  }
  const { DuckDBInstance } = await loadDuckdb();
  const instance = await DuckDBInstance.create(':memory:', {
    // Nothing is fetched: Parquet and JSON are built in.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    ...(options.memory === undefined ? {} : { memory_limit: `${options.memory}B` }),
    ...(options.threads === undefined ? {} : { threads: String(options.threads) }),
  });
  const connection = await instance.connect();
  return new FolderEngine(connection, folder);
}

async function loadDuckdb(): Promise<typeof import('@duckdb/node-api')> {
  try {
    const loaded = await import('@duckdb/node-api');
    return (loaded as unknown as { default?: typeof loaded }).default ?? loaded;
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code?.endsWith('MODULE_NOT_FOUND') ?? false;
    throw new NscapError(
      'MISSING_TOOL',
      absent
        ? `DuckDB, which asks the files of a store, is not installed: there is no package ${PACKAGE}`
        : `DuckDB cannot be loaded: ${(error as Error).message.split('\n', 1)[0]}`,
      { hint: `npm install ${PACKAGE} beside nscap (with -g where nscap was installed so)`, cause: error },
    );
  }
}

class FolderEngine implements Engine {
  private readonly connection: DuckDBConnection;
  private readonly folder: string;
  private readonly prepared = new Set<string>();

  constructor(connection: DuckDBConnection, folder: string) {
    this.connection = connection;
    this.folder = folder;
  }

  /**
   * A view for each table that the query names, or for all where it names none (`SHOW TABLES`); one without files is
   * empty. Of tables that nobody asks for no file is opened.
   */
  private async prepare(sql: string): Promise<void> {
    const tables = Object.values(TABLES);
    const named = tables.filter(({ name }) => new RegExp(`\\b${name}\\b`, 'i').test(sql));
    for (const table of named.length === 0 ? tables : named) {
      if (this.prepared.has(table.name)) continue;
      this.prepared.add(table.name);
      const files = sqlText(this.pattern(table));
      const some = hasFiles(join(this.folder, table.name));
      if (some) await this.checkFiles(files);
      const view = some ? viewOf(table, await this.columnsOf(files), files) : emptyView(table);
      await this.run(`CREATE VIEW ${table.name} AS ${view}`);
    }
  }

  /** A view of `connections` without the files that have none of the worst, going by what they say of their columns. */
  async narrow(options: QuestionOptions): Promise<void> {
    if (this.prepared.has('connections') || !hasFiles(join(this.folder, 'connections'))) return;
    const all = sqlText(this.pattern(TABLES.connections));
    await this.checkFiles(all);
    const files = await filesOfWorst((sql) => this.run(sql), all, options);
    if (files.length === 0) return;
    const list = fileList(files);
    await this.run(
      `CREATE VIEW connections AS ${viewOf(TABLES.connections, await this.columnsOf(list), list)}`,
    );
    this.prepared.add('connections');
  }

  /** All files of a table. */
  private pattern({ name }: Table): string {
    return join(escapeGlob(this.folder), name, 'day=*', 'host=*', '*.parquet');
  }

  async query(sql: string): Promise<Answer> {
    await this.prepare(sql);
    return this.run(sql);
  }

  private async run(sql: string): Promise<Answer> {
    try {
      const reader = await this.connection.runAndReadAll(sql);
      const columns = reader.columnNames();
      const rows = reader.getRows();
      return { columns, rows: rows.map((row) => row.map(cellOf)) };
    } catch (error) {
      throw this.explained(error);
    }
  }

  async writeParquet(sql: string, file: string): Promise<void> {
    await this.query(
      `COPY (${sql.replace(/;\s*$/, '')}) TO ${sqlText(file)} (FORMAT parquet, COMPRESSION zstd)`,
    );
  }

  close(): void {
    this.connection.closeSync();
  }

  /** Files of newer versions are refused; damaged ones are named. */
  private async checkFiles(files: string): Promise<void> {
    const { rows } = await this.run(
      `SELECT max(CAST(decode(value) AS INTEGER)) FROM parquet_kv_metadata(${files}) WHERE decode(key) = ${sqlText(SCHEMA_KEY)}`,
    );
    checkVersion(Number(rows[0]?.[0] ?? 1), `a file of the store ${this.folder}`);
  }

  private async columnsOf(files: string): Promise<Set<string>> {
    const { rows } = await this.run(
      `DESCRIBE SELECT * FROM read_parquet(${files}, hive_partitioning = false, union_by_name = true)`,
    );
    return new Set(rows.map(([name]) => String(name)));
  }

  private explained(error: unknown): NscapError {
    const message = (error as Error).message;
    const [first = '', ...rest] = message.split('\n').filter((line) => line.trim() !== '');
    const damaged = /'?([^' ]*\.parquet)'?/.exec(message)?.[1];
    if (damaged !== undefined && !/^(Catalog|Binder|Parser) Error/.test(first)) {
      return new NscapError('STORE', `${damaged} is damaged: ${first.replace(/^[\w ]*Error: /, '')}`, {
        hint: 'move it out of the store; what it held is written again when its capture is imported',
        cause: error,
      });
    }
    const hint = /^Catalog Error: Table/.test(first)
      ? `the tables are ${Object.keys(TABLES).join(', ')}`
      : rest.find((line) => /^(Did you mean|Candidate|LINE)/.test(line));
    return new NscapError(
      'SQL',
      first.replace(/^(\w+) Error: /, (_, kind: string) => `${kind} error: `),
      {
        cause: error,
        ...(hint === undefined ? {} : { hint }),
      },
    );
  }
}

/** Columns that no file has yet, for all are of older versions, are NULL. */
function viewOf({ columns }: Table, known: ReadonlySet<string>, files: string): string {
  const cells = columns.map(({ name, type }) =>
    known.has(name) ? `"${name}"` : `CAST(NULL AS ${DUCKDB_TYPES[type]}) AS "${name}"`,
  );
  // Days and hosts are read from the paths, so that files of others are not even opened; they are in the files as well.
  return `SELECT ${cells.join(', ')} FROM read_parquet(${files}, hive_partitioning = true, union_by_name = true, hive_types = {'day': DATE, 'host': VARCHAR})`;
}

function emptyView({ columns }: Table): string {
  const cells = columns.map(({ name, type }) => `CAST(NULL AS ${DUCKDB_TYPES[type]}) AS "${name}"`);
  return `SELECT ${cells.join(', ')} WHERE false`;
}

/** Is there any file of a table? A folder of a day or a host may be left empty by whoever tidies up. */
function hasFiles(folder: string): boolean {
  try {
    return readdirSync(folder).some((day) =>
      readdirSync(join(folder, day)).some(
        (host) =>
          statSync(join(folder, day, host)).isDirectory() &&
          readdirSync(join(folder, day, host)).some((name) => name.endsWith('.parquet')),
      ),
    );
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw new NscapError('STORE', `cannot read the store: ${(error as Error).message}`);
  }
}

function cellOf(value: DuckDBValue): Value {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (value === null || typeof value !== 'object') return value as Value;
  // Of bytes: addresses, in hexadecimal.
  const { bytes } = value as { bytes?: Uint8Array };
  if (bytes instanceof Uint8Array) return Buffer.from(bytes).toString('hex');
  return 'scale' in value ? Number(String(value)) : String(value);
}
