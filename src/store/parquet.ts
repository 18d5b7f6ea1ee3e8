// Rows as a Parquet file, in pure JavaScript: a capturing host needs no native engine.
import type { Encoding } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { writeColumn } from './parquet-column.ts';
import { MOST_KEY, parquetSchema, SCHEMA_KEY } from './parquet-schema.ts';
import { SORT_KEYS, SORTED } from './questions.ts';
import type { ColumnData, Origin, Rows } from './rows.ts';
import { SCHEMA_VERSION, type Table } from './schema.ts';

/**
 * How columns of the tables with most rows are encoded, where it is known; of the others the cells tell. Of what grows from row
 * to row differences take the least room.
 */
const ENCODINGS: Record<string, Encoding> = {
  row: 'DELTA_BINARY_PACKED',
  time: 'DELTA_BINARY_PACKED',
  stream: 'DELTA_BINARY_PACKED',
  frame: 'DELTA_BINARY_PACKED',
  first_frame: 'DELTA_BINARY_PACKED',
  last_frame: 'DELTA_BINARY_PACKED',
  seq: 'PLAIN',
  ack_rtt: 'PLAIN',
  rto: 'PLAIN',
};

/** The bytes of a Parquet file of these rows, as one row group, with one page a column: no reader looks for less. */
export function encode(rows: Rows, origin: Origin, batch: number): Uint8Array {
  const { table, count } = rows;
  const data = rows.seal(origin, batch);
  const schema = parquetSchema(table);
  const writer = new ByteWriter();
  const file = new ParquetWriter({
    writer,
    schema,
    createdBy: `nscap ${origin.nscap}`,
    kvMetadata: [
      { key: SCHEMA_KEY, value: String(SCHEMA_VERSION) },
      ...(table.name === 'connections' ? mostOf(table, data, count) : []),
    ],
  });
  const columns = table.columns.map((column, i) =>
    writeColumn(writer, column, schema[i + 1], data[i], {
      preferred: ENCODINGS[column.name],
      ranged: RANGED.has(column.name),
    }),
  );
  const sizes = columns.map(({ meta_data }) => meta_data!);
  file.num_rows = BigInt(count);
  file.row_groups.push({
    columns,
    num_rows: BigInt(count),
    total_byte_size: sizes.reduce((sum, chunk) => sum + chunk.total_uncompressed_size, 0n),
    total_compressed_size: sizes.reduce((sum, chunk) => sum + chunk.total_compressed_size, 0n),
  });
  file.finish();
  return new Uint8Array(writer.getBuffer());
}

/** What `fleet worst` sorts by, at most: of sums the ranges of columns say too little to leave a file out. */
function mostOf({ columns }: Table, data: readonly ColumnData[], count: number) {
  return SORT_KEYS.map((key) => {
    const { columns: names, most } = SORTED[key];
    const parts = names.map((name) => data[columns.findIndex((column) => column.name === name)]);
    let highest = 0;
    for (let row = 0; row < count; row++) {
      let value = 0;
      for (const part of parts) {
        const cell = Number(part[row]) || 0; // NaN is NULL
        value = most ? Math.max(value, cell) : value + cell;
      }
      if (value > highest) highest = value;
    }
    return { key: `${MOST_KEY}${key}`, value: String(highest) };
  });
}

/** Columns whose lowest and highest value a file says, so that readers leave out files; queries do not ask for ranges of others. */
const RANGED = new Set(['time', 'day', ...Object.values(SORTED).flatMap(({ columns }) => columns)]);
