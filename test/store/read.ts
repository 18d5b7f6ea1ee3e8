// Reads a store's files with another reader of Parquet.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';

/** The rows of a file. */
export function rowsOf(bytes: Uint8Array): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({
    file: Uint8Array.from(bytes).buffer,
    compressors: { GZIP: (packed) => new Uint8Array(gunzipSync(packed)) },
  });
}

/** All files of a store, from its folder on, sorted. */
export function filesOf(store: string): string[] {
  return readdirSync(store, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(store.length + 1))
    .sort();
}

/** All rows of a table. */
export async function tableOf(store: string, table: string): Promise<Record<string, unknown>[]> {
  const files = filesOf(store).filter((name) => name.startsWith(`${table}/`));
  return (await Promise.all(files.map((name) => rowsOf(readFileSync(join(store, name)))))).flat();
}
