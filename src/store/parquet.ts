// Rows as a Parquet file, in pure JavaScript: a capturing host needs no native engine.
import { gzipSync } from 'node:zlib';
import type { Encoding } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { MOST_KEY, parquetSchema, SCHEMA_KEY } from './parquet-schema.ts';
import { SORT_KEYS, SORTED } from './questions.ts';
import { type ColumnData, fitsInt32, type Origin, parquetCells, type Rows } from './rows.ts';
import { type Column, SCHEMA_VERSION, type Table } from './schema.ts';

/**
 * How columns of the tables with most rows are encoded, where it is known; for the others the writer looks whether a
 * dictionary is worth it, which takes longer. Of what grows from row to row differences take the least room.
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
      kvMetadata: [
        { key: SCHEMA_KEY, value: String(SCHEMA_VERSION) },
        ...(table.name === 'connections' ? mostOf(table, data, count) : []),
      ],
    }),
  );
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

function columnSource(column: Column, data: ColumnData) {
  const { name, type } = column;
  const narrow = type === 'int64' && fitsInt32(data) && suitsDifferences(data);
  const encoding = narrow ? 'DELTA_BINARY_PACKED' : ENCODINGS[name];
  return {
    name,
    get data() {
      return parquetCells(column, data, narrow) as never;
    },
    statistics: RANGED.has(name),
    ...(encoding === undefined ? {} : { encoding }),
  };
}

const SAMPLE = 1000;

/**
 * Are differences small beside a dictionary? They are where few cells differ from the one before, and where most cells differ
 * from each other. Of numbers they are written in a quarter of the time that a dictionary of bigints takes.
 */
function suitsDifferences(data: ColumnData): boolean {
  let changes = 0;
  for (let row = 1; row < data.length; row++) if (!Object.is(data[row], data[row - 1])) changes++; // NaN is NULL
  if (changes < data.length / 16) return true;
  const step = Math.max(1, Math.floor(data.length / SAMPLE));
  const met = new Set<unknown>();
  for (let row = 0; row < data.length; row += step) met.add(data[row]);
  return met.size > data.length / step / 2;
}
