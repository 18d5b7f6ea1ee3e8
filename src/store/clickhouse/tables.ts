// The tables of an engine: made, brought up to date, and looked at before anything is sent.
import { NscapError } from '../../errors.ts';
import { checkVersion } from '../folder.ts';
import { SCHEMA_VERSION, TABLES, type Table } from '../schema.ts';
import { type Clickhouse, ClickhouseError } from './client.ts';
import {
  addColumns,
  createDatabase,
  createTable,
  createVersionTable,
  type DdlOptions,
  literal,
  quoted,
  VERSION_TABLE,
} from './ddl.ts';

/** The first version whose tables have a TTL. */
const TTL_SINCE = [19, 6];

/** What became of the tables. */
export interface Initialized {
  /** Version of the engine. */
  engine: string;
  made: string[];
  /** Columns added, as TABLE.COLUMN. */
  added: string[];
  /** Versions of the schema, before and now; undefined where there were no tables. */
  before: number | undefined;
  /** What this engine lacks. */
  notes: string[];
}

/**
 * Makes database and tables, and adds the columns that they lack. Nothing is ever removed.
 * @throws ClickhouseError; NscapError STORE where they are of a newer version
 */
export async function initialize(
  clickhouse: Clickhouse,
  { cluster, days }: { cluster?: string | undefined; days?: number | undefined },
): Promise<Initialized> {
  const { database } = clickhouse.target;
  const engine = (await clickhouse.query('SELECT version()', {}, 'system')).toString().trim();
  const window = await clickhouse.has('merge_tree_settings', ['non_replicated_deduplication_window']);
  const options = { cluster, days, ttl: atLeast(engine, TTL_SINCE), window: window.size > 0 };
  await clickhouse.query(createDatabase(database, options), {}, 'system');
  const before = await versionOf(clickhouse);
  if (before !== undefined) checkVersion(before.version, clickhouse.place);
  if (before !== undefined && before.cluster !== (cluster ?? '')) {
    throw new NscapError(
      'STORE',
      `the tables of ${clickhouse.place} were made ${before.cluster === '' ? 'without a cluster' : `for the cluster ${before.cluster}`}`,
      { hint: before.cluster === '' ? 'another database' : `--cluster ${before.cluster}` },
    );
  }
  const there = await columnsOf(clickhouse);
  const made: string[] = [];
  const added: string[] = [];
  for (const table of Object.values(TABLES)) {
    const known = there.get(table.name);
    for (const statement of createTable(database, table, options)) await clickhouse.query(statement);
    if (known === undefined) made.push(table.name);
    else added.push(...(await extend(clickhouse, table, known, options)));
  }
  await clickhouse.query(createVersionTable(database, options));
  if (before?.version !== SCHEMA_VERSION) {
    const values = `${SCHEMA_VERSION}, ${Date.now()}000000, ${literal(cluster ?? '')}`;
    await clickhouse.query(`INSERT INTO ${VERSION_TABLE} (version, time, cluster) VALUES (${values})`);
  }
  return { engine, made, added, before: before?.version, notes: notesOf(options) };
}

async function extend(
  clickhouse: Clickhouse,
  table: Table,
  known: ReadonlySet<string>,
  options: DdlOptions,
): Promise<string[]> {
  const missing = table.columns.filter(({ name }) => !known.has(name));
  if (missing.length === 0) return [];
  for (const statement of addColumns(clickhouse.target.database, table, missing, options))
    await clickhouse.query(statement);
  return missing.map(({ name }) => `${table.name}.${name}`);
}

function notesOf({ ttl, window, cluster }: DdlOptions): string[] {
  return [
    ...(ttl
      ? []
      : [
          'this version of ClickHouse has no TTL: old days have to be dropped (ALTER TABLE … DROP PARTITION)',
        ]),
    ...(window || cluster !== undefined
      ? []
      : [
          'this version of ClickHouse drops repeated inserts only when it merges parts; nscap asks before it repeats one',
        ]),
  ];
}

function atLeast(version: string, wanted: readonly number[]): boolean {
  const parts = version.split('.').map(Number);
  const at = wanted.findIndex((number, i) => (parts[i] ?? 0) !== number);
  return at < 0 || (parts[at] ?? 0) > wanted[at];
}

/** The version that the tables have; undefined where there are none. */
async function versionOf(clickhouse: Clickhouse): Promise<{ version: number; cluster: string } | undefined> {
  try {
    const answer = await clickhouse.query(
      `SELECT max(version), max(cluster) FROM ${quoted(clickhouse.target.database)}.${VERSION_TABLE}`,
      {},
      'system',
    );
    const [version = '', cluster = ''] = answer.toString().replace(/\n$/, '').split('\t');
    return Number(version) > 0 ? { version: Number(version), cluster } : undefined;
  } catch (error) {
    if (error instanceof ClickhouseError && [60, 81].includes(error.number)) return undefined;
    throw error;
  }
}

async function columnsOf(clickhouse: Clickhouse): Promise<Map<string, Set<string>>> {
  const database = literal(clickhouse.target.database);
  const answer = await clickhouse.query(
    `SELECT table, name FROM system.columns WHERE database = ${database}`,
    {},
    'system',
  );
  const tables = new Map<string, Set<string>>();
  for (const line of answer.toString().split('\n').filter(Boolean)) {
    const [table = '', name = ''] = line.split('\t');
    tables.set(table, (tables.get(table) ?? new Set()).add(name));
  }
  return tables;
}

/** The version that the tables have. @throws ClickhouseError where it is not this program's */
export async function checkTables(clickhouse: Clickhouse): Promise<number> {
  const found = await versionOf(clickhouse);
  const init = `nscap store init --store '${clickhouse.target.text}'`;
  if (found === undefined) {
    throw new ClickhouseError('setup', `there is no store in ${clickhouse.place}`, {
      hint: `${init} makes one`,
    });
  }
  const { version } = found;
  if (version > SCHEMA_VERSION) {
    throw new ClickhouseError(
      'setup',
      `${clickhouse.place} has schema version ${version}, and this nscap knows versions up to ${SCHEMA_VERSION}`,
      { hint: 'a newer nscap made its tables: use that one; nothing was changed' },
    );
  }
  if (version < SCHEMA_VERSION) {
    throw new ClickhouseError(
      'setup',
      `${clickhouse.place} has schema version ${version}, and this nscap writes version ${SCHEMA_VERSION}`,
      { hint: `${init} adds what is new; nothing that is there changes` },
    );
  }
  return version;
}
