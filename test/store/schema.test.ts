// The declaration of the tables, and what is made of it.
import { expect, test } from 'vitest';
import { VERDICTS } from '../../src/flow/verdict.ts';
import { createTable } from '../../src/store/clickhouse/ddl.ts';
import { jsonSchema } from '../../src/store/documents.ts';
import { parquetSchema } from '../../src/store/parquet-schema.ts';
import { SCHEMA_VERSION, TABLE_NAMES, TABLES } from '../../src/store/schema.ts';

test.each(TABLE_NAMES)('%s: rows say where they come from, and each column has a name of its own', (name) => {
  const { columns, order } = TABLES[name];
  const names = columns.map((column) => column.name);
  expect(names.slice(0, 7)).toEqual(['day', 'host', 'boot', 'batch', 'row', 'capture', 'time']);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toEqual(expect.arrayContaining([...order]));
  for (const column of columns) {
    expect(column.meaning, column.name).not.toBe('');
    expect(column.since, column.name).toBeLessThanOrEqual(SCHEMA_VERSION);
  }
});

test('connections counts every verdict of either side', () => {
  const names = TABLES.connections.columns.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['retransmissions_client', 'retransmissions_server']));
  const counts = TABLES.connections.columns.filter(({ source }) => source === 'tcp.analysis');
  expect(counts).toHaveLength(2 * VERDICTS.length);
});

test('Parquet: a leaf for each column, optional where NULL is possible', () => {
  const [root, ...leaves] = parquetSchema(TABLES.segments);
  expect(root).toEqual({ name: 'segments', num_children: TABLES.segments.columns.length });
  expect(leaves.find(({ name }) => name === 'time')).toMatchObject({
    type: 'INT64',
    repetition_type: 'REQUIRED',
  });
  expect(leaves.find(({ name }) => name === 'ack_rtt')).toMatchObject({ repetition_type: 'OPTIONAL' });
});

test('ClickHouse: a partition a day, rows ordered to the last, tokens remembered', () => {
  const [statement] = createTable('ns`cap', TABLES.connections, { days: 7 });
  expect(statement).toContain('CREATE TABLE IF NOT EXISTS `ns\\`cap`.`connections`');
  expect(statement).toMatch(
    /PARTITION BY day\nORDER BY \(host, time, boot, batch, row\)\nTTL day \+ INTERVAL 7 DAY/,
  );
  expect(statement).toContain('non_replicated_deduplication_window = 10000');
  const [local, distributed] = createTable('nscap', TABLES.hosts, { cluster: 'fleet' });
  expect(local).toContain(
    "ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/nscap/hosts_local', '{replica}')",
  );
  expect(distributed).toContain('Distributed(`fleet`, `nscap`, `hosts_local`, cityHash64(host))');
});

test('JSON: an object a table, with what is always there', () => {
  const { definitions } = jsonSchema() as {
    definitions: Record<string, { properties: Record<string, object>; required: string[] }>;
  };
  expect(Object.keys(definitions)).toEqual([...TABLE_NAMES]);
  expect(definitions.connections.properties.mss_client).toMatchObject({ type: ['integer', 'null'] });
  expect(definitions.connections.required).not.toContain('mss_client');
});
