// The schema for others: a JSON schema, and a table for the docs.
import { type Column, type ColumnType, SCHEMA_VERSION, TABLES, type Table } from './schema.ts';

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
        `### ${name}\n\n${meaning[0].toUpperCase()}${meaning.slice(1)}.\n\n${columnTable(columns.filter((column) => !origin.has(column.name)))}`,
    ),
  ];
  return `${parts.join('\n')}`;
}

/** How many columns all tables begin with. */
function commonColumns(): number {
  const [first, ...others] = Object.values(TABLES);
  const at = first.columns.findIndex(({ name }, i) =>
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
  const widths = [0, 1, 2, 3, 4].map((at) => Math.max(...table.map((row) => row[at].length)));
  const lines = [table[0], widths.map((width) => '-'.repeat(width)), ...table.slice(1)].map(
    (row) => `| ${row.map((cell, at) => cell.padEnd(widths[at])).join(' | ')} |\n`,
  );
  return lines.join('');
}
