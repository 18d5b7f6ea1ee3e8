// The tables as Parquet has them.
import type { SchemaElement } from 'hyparquet';
import type { ColumnType, Table } from './schema.ts';

/** Key-value metadata of each Parquet file of a store: the version of the schema. */
export const SCHEMA_KEY = 'nscap.schema';
/** Before a sort key of `fleet worst`: what the connections of a file have of it at most. */
export const MOST_KEY = 'nscap.most.';

const PARQUET_TYPES: Record<ColumnType, Partial<SchemaElement>> = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  int32: { type: 'INT32' },
  int64: { type: 'INT64' },
  double: { type: 'DOUBLE' },
  boolean: { type: 'BOOLEAN' },
  date: { type: 'INT32', converted_type: 'DATE' },
  address: { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16 },
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
