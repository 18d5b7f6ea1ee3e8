// A store that is a folder, asked in SQL: DuckDB reads the Parquet files. It is loaded only here.
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { NscapError } from '../errors.ts';
import type { Answer, Engine, Value } from './answer.ts';
import { escapeGlob, fileList, sqlText } from './duckdb-sql.ts';
import { filesOfWorst } from './duckdb-worst.ts';
import { folderVersion } from './folder.ts';
import { damaged, type Footer, footersOf } from './footers.ts';
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
  /** Files of the tables that there is a view of. */
  private readonly prepared = new Map<string, readonly string[]>();

  constructor(connection: DuckDBConnection, folder: string) {
    this.connection = connection;
    this.folder = folder;
  }

  /**
   * A view for each table that the query names, or for all where it names none (`SHOW TABLES`); one without files is
   * empty. Of tables that a query does not name no file is opened.
   */
  private async prepare(sql: string): Promise<void> {
    const tables = Object.values(TABLES);
    const named = tables.filter(({ name }) => new RegExp(`\\b${name}\\b`, 'i').test(sql));
    for (const table of named.length === 0 ? tables : named) {
      if (this.prepared.has(table.name)) continue;
      await this.createView(table, footersOf(this.folder, table), sqlText(this.pattern(table)));
    }
  }

  /** A view of `connections` without the files that have none of the worst, going by what they say of their columns. */
  async narrow(options: QuestionOptions): Promise<void> {
    const { connections } = TABLES;
    const all = footersOf(this.folder, connections);
    const files = new Set(await filesOfWorst((sql) => this.run(sql), all, options));
    const kept = all.filter(({ path }) => files.has(path));
    // Without any that is asked for, any one says what the columns are.
    const some = kept.length === 0 ? all.slice(0, 1) : kept;
    await this.createView(connections, some, fileList(some.map(({ path }) => path)));
  }

  private async createView(table: Table, footers: readonly Footer[], files: string): Promise<void> {
    this.prepared.set(
      table.name,
      footers.map(({ path }) => path),
    );
    await this.run(
      `CREATE VIEW ${table.name} AS ${footers.length === 0 ? emptyView(table) : viewOf(table, footers, files)}`,
    );
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
      throw (await this.damagedFile(error as Error)) ?? explained(error as Error);
    }
  }

  /** DuckDB does not say in all places which file it cannot read: each is looked through then. */
  private async damagedFile({ message }: Error): Promise<NscapError | undefined> {
    if (!UNREADABLE.test(message)) return undefined;
    const [, quoted, named = quoted] = IN_FILE.exec(message) ?? [];
    if (named !== undefined) return damaged(named, withoutKind(message));
    for (const path of [...this.prepared.values()].flat()) {
      try {
        await this.connection.runAndReadAll(
          `SELECT count(hash(row)) FROM read_parquet(${fileList([path])}, hive_partitioning = false) AS row`,
        );
      } catch (error) {
        return damaged(path, withoutKind((error as Error).message), error);
      }
    }
    return undefined;
  }

  async writeParquet(sql: string, file: string): Promise<void> {
    await this.query(
      `COPY (${sql.replace(/;\s*$/, '')}) TO ${sqlText(file)} (FORMAT parquet, COMPRESSION zstd)`,
    );
  }

  close(): void {
    this.connection.closeSync();
  }
}

/** Errors of reading a file, not of a query. */
const UNREADABLE = /^(?:Invalid|Invalid Input|IO|Serialization) Error: /;
const IN_FILE = /"([^"]*\.parquet)"|'([^']*\.parquet)'/;

function withoutKind(message: string): string {
  return message.replace(/^[\w ]*Error: /, '');
}

function explained(error: Error): NscapError {
  const [first = '', ...rest] = error.message.split('\n').filter((line) => line.trim() !== '');
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

/** Columns that no file has yet, for all are of older versions, are NULL. */
function viewOf({ columns }: Table, footers: readonly Footer[], files: string): string {
  const known = new Set(footers.flatMap((footer) => [...footer.columns]));
  const cells = columns.map(({ name, type }) =>
    known.has(name) ? `"${name}"` : `CAST(NULL AS ${DUCKDB_TYPES[type]}) AS "${name}"`,
  );
  // Where all have the same columns, DuckDB need not open all of them first.
  const mixed = footers.some((footer) => footer.columns.size < known.size);
  // Days and hosts are read from the paths, so that files of others are not even opened; they are in the files as well.
  return `SELECT ${cells.join(', ')} FROM read_parquet(${files}, hive_partitioning = true, union_by_name = ${mixed}, hive_types = {'day': DATE, 'host': VARCHAR})`;
}

function emptyView({ columns }: Table): string {
  const cells = columns.map(({ name, type }) => `CAST(NULL AS ${DUCKDB_TYPES[type]}) AS "${name}"`);
  return `SELECT ${cells.join(', ')} WHERE false`;
}

function cellOf(value: DuckDBValue): Value {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (value === null || typeof value !== 'object') return value as Value;
  // Of bytes: addresses, in hexadecimal.
  const { bytes } = value as { bytes?: Uint8Array };
  if (bytes instanceof Uint8Array) return Buffer.from(bytes).toString('hex');
  return 'scale' in value ? Number(String(value)) : String(value);
}
