// The tables of a store as statements of ClickHouse, made of the one declaration.
import { type Column, type ColumnType, TABLES, type Table } from '../schema.ts';

const TYPES: Record<ColumnType, string> = {
  text: 'String',
  int32: 'Int32',
  int64: 'Int64',
  double: 'Float64',
  boolean: 'UInt8',
  date: 'Date',
  address: 'FixedString(16)',
};

/** Inserts whose tokens a table remembers: those that wait in the spools of a fleet, and some more. */
const DEDUPLICATED_INSERTS = 10_000;

/** The table of the version that the others have. */
export const VERSION_TABLE = 'nscap_schema';

export interface DdlOptions {
  /** Days that rows are kept; by default what the table says. */
  days?: number | undefined;
  /** Of a cluster: the tables are replicated and get a Distributed table each. */
  cluster?: string | undefined;
  /** What this engine has: all of it, unless it was asked. Versions before 19.6 have no TTL, before 21.4 no such window. */
  ttl?: boolean;
  window?: boolean;
}

/** A name of ClickHouse, quoted. */
export function quoted(name: string): string {
  return `\`${name.replace(/[\\`]/g, '\\$&')}\``;
}

/** A text as a literal of ClickHouse. */
export function literal(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

export function clickhouseType({ type, nullable }: Column): string {
  return nullable ? `Nullable(${TYPES[type]})` : TYPES[type];
}

function onCluster({ cluster }: DdlOptions): string {
  return cluster === undefined ? '' : ` ON CLUSTER ${quoted(cluster)}`;
}

/** The table that has the rows: of a cluster the one that each replica has, below the Distributed one. */
export function localName(table: Table, { cluster }: DdlOptions): string {
  return cluster === undefined ? table.name : `${table.name}_local`;
}

export function createDatabase(database: string, options: DdlOptions = {}): string {
  return `CREATE DATABASE IF NOT EXISTS ${quoted(database)}${onCluster(options)}`;
}

/**
 * The statements that make a table of a database. Each day is a partition, as each file of rows is of one day, so that an
 * insert is atomic. An insert sent twice is dropped by its token; where the token is forgotten, ReplacingMergeTree
 * drops its rows when parts are merged, by host, boot, batch and row.
 */
export function createTable(database: string, table: Table, options: DdlOptions = {}): string[] {
  const { cluster, days = table.days, ttl = true, window = true } = options;
  const on = onCluster(options);
  const local = localName(table, options);
  const path = literal(`/clickhouse/tables/{shard}/${database}/${local}`);
  const engine =
    cluster === undefined ? 'ReplacingMergeTree' : `ReplicatedReplacingMergeTree(${path}, '{replica}')`;
  const setting =
    cluster === undefined ? 'non_replicated_deduplication_window' : 'replicated_deduplication_window';
  const columns = table.columns.map((column) => `  ${quoted(column.name)} ${clickhouseType(column)}`);
  const statements = [
    `CREATE TABLE IF NOT EXISTS ${quoted(database)}.${quoted(local)}${on} (\n${columns.join(',\n')}\n)
ENGINE = ${engine}
PARTITION BY day
ORDER BY (${[...new Set([...table.order, 'host', 'boot', 'batch', 'row'])].join(', ')})${
      ttl ? `\nTTL day + INTERVAL ${days} DAY` : ''
    }${cluster !== undefined || window ? `\nSETTINGS ${setting} = ${DEDUPLICATED_INSERTS}` : ''}`,
  ];
  if (cluster !== undefined) {
    statements.push(
      `CREATE TABLE IF NOT EXISTS ${quoted(database)}.${quoted(table.name)}${on} AS ${quoted(database)}.${quoted(local)}
ENGINE = Distributed(${quoted(cluster)}, ${quoted(database)}, ${quoted(local)}, cityHash64(host))`,
    );
  }
  return statements;
}

/** What adds columns that newer versions of the schema have, in all places where a table of that name lies. */
export function addColumns(
  database: string,
  table: Table,
  missing: readonly Column[],
  options: DdlOptions = {},
): string[] {
  const names = [...new Set([localName(table, options), table.name])];
  const after = (column: Column) => {
    const at = table.columns.indexOf(column);
    return at === 0 ? '' : ` AFTER ${quoted(table.columns[at - 1].name)}`;
  };
  const added = missing.map((one) => `ADD COLUMN ${quoted(one.name)} ${clickhouseType(one)}${after(one)}`);
  return names.map(
    (name) =>
      `ALTER TABLE ${quoted(database)}.${quoted(name)}${onCluster(options)}\n  ${added.join(',\n  ')}`,
  );
}

/** The table that says which version of the schema the others have; every replica of every shard has all of it. */
export function createVersionTable(database: string, options: DdlOptions = {}): string {
  const path = literal(`/clickhouse/tables/all/${database}/${VERSION_TABLE}`);
  const engine =
    options.cluster === undefined ? 'MergeTree' : `ReplicatedMergeTree(${path}, '{shard}-{replica}')`;
  return `CREATE TABLE IF NOT EXISTS ${quoted(database)}.${VERSION_TABLE}${onCluster(options)} (
  version Int32,
  time Int64,
  cluster String
)
ENGINE = ${engine}
ORDER BY version`;
}

/** Everything, for who makes the tables by hand. */
export function allStatements(database: string, options: DdlOptions = {}): string[] {
  return [
    createDatabase(database, options),
    ...Object.values(TABLES).flatMap((table) => createTable(database, table, options)),
    createVersionTable(database, options),
  ];
}
