// An answer as a Parquet file, for engines that write none themselves.
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { Answer, Value } from './answer.ts';

export function answerParquet({ columns, rows }: Answer): Uint8Array {
  return new Uint8Array(
    parquetWriteBuffer({
      columnData: columns.map((name, at) => ({ name, ...column(rows.map((row) => row[at])) })),
      codec: 'GZIP',
      compressors: { GZIP: (bytes: Uint8Array) => gzipSync(bytes) },
    }),
  );
}

/** The narrowest type that takes all of a column's values. */
function column(values: readonly Value[]) {
  const some = values.filter((value) => value !== null);
  const nullable = true;
  if (some.every((value) => typeof value === 'boolean'))
    return {
      data: [...values],
      type: some.length === 0 ? ('STRING' as const) : ('BOOLEAN' as const),
      nullable,
    };
  if (some.every((value) => typeof value === 'bigint' || Number.isSafeInteger(value))) {
    const data = values.map((value) => (value === null ? null : BigInt(value as number | bigint)));
    return { data, type: 'INT64' as const, nullable };
  }
  if (some.every((value) => typeof value === 'number' || typeof value === 'bigint')) {
    const data = values.map((value) => (value === null ? null : Number(value)));
    return { data, type: 'DOUBLE' as const, nullable };
  }
  const data = values.map((value) => (value === null ? null : String(value)));
  return { data, type: 'STRING' as const, nullable };
}
