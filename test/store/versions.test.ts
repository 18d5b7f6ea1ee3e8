// Stores of each version of the schema, kept as they were written: what reads them today must read them for ever. A new
// version adds its own folder: nscap store import --host fixture --sample 1 captures/nc-7096.pcap.
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openFolder } from '../../src/store/duckdb.ts';
import { SCHEMA_VERSION, TABLES } from '../../src/store/schema.ts';
import { has } from '../support/needs.ts';
import { tableOf } from './read.ts';

const VERSIONS = Array.from({ length: SCHEMA_VERSION }, (_, i) => i + 1);
const folderOf = (version: number) => fileURLToPath(new URL(`fixtures/v${version}`, import.meta.url));

test.each(VERSIONS)('version %i has the columns that the schema says were there', async (version) => {
  for (const { name, columns } of Object.values(TABLES)) {
    const [row] = await tableOf(folderOf(version), name);
    if (row === undefined) continue; // nothing of the capture goes there
    expect(Object.keys(row), name).toEqual(
      columns.filter(({ since }) => since <= version).map((column) => column.name),
    );
  }
});

test.runIf(has('duckdb')).each(VERSIONS)('version %i is read, with all columns of today', async (version) => {
  const engine = await openFolder(folderOf(version));
  try {
    for (const { name, columns } of Object.values(TABLES)) {
      const answer = await engine.query(`SELECT * FROM ${name}`);
      expect(answer.columns, name).toEqual(columns.map((column) => column.name));
    }
    const { rows } = await engine.query(
      'SELECT count(*), sum(packets_client), sum(payload_bytes_client), max(flow_key), max(duration) FROM connections',
    );
    expect(rows).toEqual([[1, 4, 23, '5a633524dcac8ee7', 4_203_000]]);
    const segments = await engine.query('SELECT count(*), sum(len), sum(ack_rtt) FROM segments');
    expect(segments.rows).toEqual([[8, 23, 653_000]]);
  } finally {
    engine.close();
  }
});
