// The schema for others: ClickHouse's DDL, a JSON schema, and a table for the docs.
import { type Column, type ColumnType, SCHEMA_VERSION, TABLES, type Table } from './schema.ts';

const CLICKHOUSE_TYPES: Record<ColumnType, string> = {
  text: 'String',
  int32: 'Int32',
  int64: 'Int64',
  double: 'Float64',
  boolean: 'UInt8',
  date: 'Date',
  address: 'FixedString(16)',
};

/** Inserts whose tokens a table remembers: those that wait in a spool, and some more. */
const DEDUPLICATED_INSERTS = 10_000;

export interface DdlOptions {
  /** Days that rows are kept; by default what the table says. */
  days?: number;
  /** Of a cluster: the tables are replicated and get a Distributed table each. */
  cluster?: string;
}

/** A name of ClickHouse, quoted. */
export function quoted(name: string): string {
  return `\`${name.replace(/[\\`]/g, '\\$&')}\``;
}

export function clickhouseType({ type, nullable }: Column): string {
  return nullable ? `Nullable(${CLICKHOUSE_TYPES[type]})` : CLICKHOUSE_TYPES[type];
}

/**
 * The statements that make a table of a database. Each day is a partition, as each file of rows is of one day, so that an
 * insert is atomic. An insert sent twice is dropped by its token; where the token is forgotten, ReplacingMergeTree
 * drops its rows when parts are merged, by host, boot, batch and row.
 */
export function clickhouseDdl(database: string, table: Table, options: DdlOptions = {}): string[] {
  const { cluster, days = table.days } = options;
  const on = cluster === undefined ? '' : ` ON CLUSTER ${quoted(cluster)}`;
  const local = cluster === undefined ? table.name : `${table.name}_local`;
  const path = `/clickhouse/tables/{shard}/${database}/${local}`.replaceAll("'", '');
  const engine =
    cluster === undefined ? 'ReplacingMergeTree' : `ReplicatedReplacingMergeTree('${path}', '{replica}')`;
  const window =
    cluster === undefined ? 'non_replicated_deduplication_window' : 'replicated_deduplication_window';
  const columns = table.columns.map((column) => `  ${quoted(column.name)} ${clickhouseType(column)}`);
  const statements = [
    `CREATE TABLE IF NOT EXISTS ${quoted(database)}.${quoted(local)}${on} (\n${columns.join(',\n')}\n)
ENGINE = ${engine}
PARTITION BY day
ORDER BY (${[...new Set([...table.order, 'host', 'boot', 'batch', 'row'])].join(', ')})
TTL day + INTERVAL ${days} DAY
SETTINGS ${window} = ${DEDUPLICATED_INSERTS}`,
  ];
  if (cluster !== undefined) {
    statements.push(
      `CREATE TABLE IF NOT EXISTS ${quoted(database)}.${quoted(table.name)}${on} AS ${quoted(database)}.${quoted(local)}
ENGINE = Distributed(${quoted(cluster)}, ${quoted(database)}, ${quoted(local)}, cityHash64(host))`,
    );
  }
  return statements;
}

const JSON_TYPES: Record<ColumnType, object> = {
  text: { type: 'string' },
  int32: { type: 'integer' },
  int64: { type: 'integer' },
  double: { type: 'number' },
  boolean: { type: 'boolean' },
  date: { type: 'string', format: 'date' },
  address: { type: 'string', pattern: '^[0-9a-f]{32}$' },
};

/** The rows of all tables as a JSON schema: an object for each table. */
export function jsonSchema(): object {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: `Rows of an nscap store, schema version ${SCHEMA_VERSION}`,
    definitions: Object.fromEntries(Object.values(TABLES).map((table) => [table.name, rowSchema(table)])),
  };
}

function rowSchema({ meaning, columns }: Table): object {
  return {
    type: 'object',
    description: meaning,
    properties: Object.fromEntries(
      columns.map((column) => [column.name, { ...jsonType(column), description: description(column) }]),
    ),
    required: columns.filter(({ nullable }) => !nullable).map(({ name }) => name),
  };
}

function jsonType({ type, nullable }: Column): object {
  const known = JSON_TYPES[type] as { type: string };
  return nullable ? { ...known, type: [known.type, 'null'] } : known;
}

function description({ meaning, unit }: Column): string {
  return unit === '' ? meaning : `${meaning}, in ${unit === 'ns' ? 'nanoseconds' : unit}`;
}

/** The columns of all tables for docs/store.md; what every table begins with stands once. */
export function markdown(): string {
  const origin = new Set(TABLES.hosts.columns.slice(0, commonColumns()).map(({ name }) => name));
  const parts = [
    `### Every table\n\n${columnTable(TABLES.hosts.columns.filter(({ name }) => origin.has(name)))}`,
    ...Object.values(TABLES).map(
      ({ name, meaning, columns }) =>
        `### ${name}\n\n${meaning[0]!.toUpperCase()}${meaning.slice(1)}.\n\n${columnTable(columns.filter((column) => !origin.has(column.name)))}`,
    ),
  ];
  return `${parts.join('\n')}`;
}

/** How many columns all tables begin with. */
function commonColumns(): number {
  const [first, ...others] = Object.values(TABLES);
  const at = first!.columns.findIndex(({ name }, i) =>
    others.some(({ columns }) => columns[i]?.name !== name),
  );
  return at;
}

function columnTable(columns: readonly Column[]): string {
  const rows = columns.map((column) => [
    `\`${column.name}\``,
    `${column.type}${column.nullable ? ', NULL' : ''}`,
    column.unit,
    column.meaning.replaceAll('|', '\\|'),
    column.source,
  ]);
  const table = [['column', 'type', 'unit', 'meaning', 'source'], ...rows];
  const widths = [0, 1, 2, 3, 4].map((at) => Math.max(...table.map((row) => row[at]!.length)));
  const lines = [table[0]!, widths.map((width) => '-'.repeat(width)), ...table.slice(1)].map(
    (row) => `| ${row.map((cell, at) => cell.padEnd(widths[at]!)).join(' | ')} |\n`,
  );
  return lines.join('');
}
