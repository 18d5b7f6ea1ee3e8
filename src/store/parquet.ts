// Rows as a Parquet file, in pure JavaScript: a capturing host needs no native engine.
import { gzipSync } from 'node:zlib';
import type { Encoding, SchemaElement } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { SCHEMA_KEY } from './parquet-keys.ts';
import { SORTED } from './questions.ts';
import type { ColumnData, Origin, Rows } from './rows.ts';
import { type Column, type ColumnType, SCHEMA_VERSION, type Table } from './schema.ts';

const PARQUET_TYPES: Record<ColumnType, Partial<SchemaElement>> = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  int32: { type: 'INT32' },
  int64: { type: 'INT64' },
  double: { type: 'DOUBLE' },
  boolean: { type: 'BOOLEAN' },
  date: { type: 'INT32', converted_type: 'DATE' },
  address: { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16 },
};

/**
 * How columns of the tables with most rows are encoded, where it is known; for the others the writer looks whether a
 * dictionary is worth it, which takes longer. Of what grows from row to row differences take the least room.
 */
const ENCODINGS: Record<string, Encoding> = {
  row: 'DELTA_BINARY_PACKED',
  time: 'DELTA_BINARY_PACKED',
  frame: 'DELTA_BINARY_PACKED',
  seq: 'PLAIN',
  ack_rtt: 'PLAIN',
  rto: 'PLAIN',
};

/** The Parquet schema of a table. */
export function parquetSchema(table: Table): SchemaElement[] {
  return [
    { name: table.name, num_children: table.columns.length },
    ...table.columns.map(
      ({ name, type, nullable }) =>
        ({
          name,
          ...PARQUET_TYPES[type],
          repetition_type: nullable ? 'OPTIONAL' : 'REQUIRED',
        }) as SchemaElement,
    ),
  ];
}

/** The bytes of a Parquet file of these rows, as one row group. */
export function encode(rows: Rows, origin: Origin, batch: number): Uint8Array {
  const { table, count } = rows;
  const data = rows.seal(origin, batch);
  return new Uint8Array(
    parquetWriteBuffer({
      schema: parquetSchema(table),
      columnData: table.columns.map((column, i) => columnSource(column, data[i])),
      rowGroupSize: count,
      // One page a column: no reader looks for less than a row group of this size.
      pageSize: 0,
      codec: 'GZIP',
      compressors: { GZIP: (bytes: Uint8Array) => gzipSync(bytes, { level: 1 }) },
      createdBy: `nscap ${origin.nscap}`,
      kvMetadata: [{ key: SCHEMA_KEY, value: String(SCHEMA_VERSION) }],
    }),
  );
}

/** Columns whose lowest and highest value a file says, so that readers leave out files; nobody asks for a range of others. */
const RANGED = new Set(['time', 'day', ...Object.values(SORTED).flatMap(({ columns }) => columns)]);

function columnSource({ name }: Column, data: ColumnData) {
  return {
    name,
    data: data as never,
    statistics: RANGED.has(name),
    ...(name in ENCODINGS ? { encoding: ENCODINGS[name] } : {}),
  };
}
