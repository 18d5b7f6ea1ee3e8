// What the files of a table say of themselves: version, columns, and the range of some columns. DuckDB can be asked for that
// (parquet_metadata), at four times the cost, for it makes a row of each column of each file.
import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type FileMetaData, parquetMetadata } from 'hyparquet';
import { shellLine } from '../base/shell.ts';
import { NscapError, reason } from '../errors.ts';
import { checkVersion } from './folder.ts';
import { MOST_KEY, parquetSchema, SCHEMA_KEY } from './parquet-schema.ts';
import { SORTED, type SortKey } from './questions.ts';
import type { Table, TableName } from './schema.ts';

/** Bytes read of a file's end at first: most footers are smaller. */
const FIRST_READ = 1 << 15;
/** `length` and `PAR1`, the last bytes of each file. */
const TRAILER = 8;
/** Bytes of a footer at most: those of the store have a few thousand a row group. */
const LONGEST = 1 << 26;

const LONGEST_RUN = 1024;

/** Lowest and highest value of a column; undefined where they are not known. */
export interface Range {
  lowest: number | bigint | undefined;
  highest: number | bigint | undefined;
}

export interface Footer {
  path: string;
  rows: number;
  columns: ReadonlySet<string>;
  /** Of all row groups together. A column of nothing but NULL is 0, which is what questions take NULL for. */
  range(column: string): Range;
  /** Of connections: what they have at most of what `worst` sorts by; infinite where it is not known. */
  most(by: SortKey): number;
}

/** Paths of the files of a table. @throws NscapError STORE */
export function tableFiles(folder: string, table: TableName): string[] {
  const below = (path: string) => {
    try {
      return readdirSync(path).sort();
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
      throw new NscapError('STORE', `cannot read the store ${path}: ${reason(error)}`);
    }
  };
  const named = (prefix: string) => (name: string) => name.startsWith(prefix);
  return below(join(folder, table))
    .filter(named('day='))
    .flatMap((day) => {
      const place = join(folder, table, day);
      return below(place)
        .filter(named('host='))
        .flatMap((host) =>
          below(join(place, host))
            .filter((name) => name.endsWith('.parquet'))
            .map((name) => join(place, host, name)),
        );
    });
}

/** What the files of a table say. @throws NscapError STORE where one is damaged, or a newer nscap wrote it */
export function footersOf(folder: string, table: Table): Footer[] {
  const columns = requiredColumns(table);
  return tableFiles(folder, table.name).map((path) => footerOf(path, endOfFile(path), columns));
}

/** The types of columns that each file must have, and of those that it may have. */
export function requiredColumns(table: Table): Map<string, { type: string | undefined; required: boolean }> {
  const [, ...elements] = parquetSchema(table);
  return new Map(
    elements.map(({ name, type }, i) => [name, { type, required: table.columns[i].since === 1 }]),
  );
}

/** What a file's last bytes say, of which there are as many as its footer has. @throws NscapError STORE where it is damaged */
export function footerOf(path: string, end: Uint8Array, known: ReturnType<typeof requiredColumns>): Footer {
  const metadata = decoded(path, end);
  const version = metadata.key_value_metadata?.find(({ key }) => key === SCHEMA_KEY)?.value;
  checkVersion(Number(version ?? 1), path);
  const types = new Map(metadata.schema.slice(1).map(({ name, type }) => [name, type]));
  for (const [name, { type, required }] of known) {
    const found = types.get(name);
    if (found === undefined ? required : found !== type)
      throw damaged(
        path,
        found === undefined ? `it has no column ${name}` : `${name} is ${found} in it, not ${type}`,
      );
  }
  const range = (column: string) => rangeIn(metadata, column);
  return {
    path,
    rows: Number(metadata.num_rows),
    columns: new Set(types.keys()),
    range,
    most: (by) => {
      const said = metadata.key_value_metadata?.find(({ key }) => key === `${MOST_KEY}${by}`)?.value;
      return said === undefined
        ? mostByRanges(by, range)
        : /^\d[\d.e+]*$/.test(said)
          ? Number(said)
          : Infinity;
    },
  };
}

/** Of files that do not say it: of sums at most what the highest values come to. */
function mostByRanges(by: SortKey, range: (column: string) => Range): number {
  const { columns, most } = SORTED[by];
  const highest = columns.map((column) => Number(range(column).highest ?? Infinity));
  return most ? Math.max(...highest) : highest.reduce((sum, one) => sum + one, 0);
}

/** Of all row groups together. */
function rangeIn({ row_groups: groups }: FileMetaData, column: string): Range {
  const at = groups[0]?.columns.findIndex((one) => one.meta_data?.path_in_schema[0] === column) ?? -1;
  const ranges = groups.map(({ columns }) => rangeOf(columns[at]?.meta_data));
  return {
    lowest: extreme(
      ranges.map(({ lowest }) => lowest),
      (a, b) => a < b,
    ),
    highest: extreme(
      ranges.map(({ highest }) => highest),
      (a, b) => a > b,
    ),
  };
}

type ColumnMetaData = FileMetaData['row_groups'][number]['columns'][number]['meta_data'];

function rangeOf(column: ColumnMetaData | undefined): Range {
  const { statistics, num_values: values } = column ?? {};
  const known = (value: unknown) =>
    typeof value === 'number' || typeof value === 'bigint' ? value : undefined;
  const range = {
    lowest: known(statistics?.min_value ?? statistics?.min),
    highest: known(statistics?.max_value ?? statistics?.max),
  };
  const nothing = range.highest === undefined && statistics?.null_count !== undefined;
  return nothing && statistics.null_count === values ? { lowest: 0, highest: 0 } : range;
}

/** The one before all others; undefined where any is. */
function extreme(
  values: readonly (number | bigint | undefined)[],
  before: (a: number | bigint, b: number | bigint) => boolean,
): number | bigint | undefined {
  if (values.length === 0) return undefined;
  return values.reduce((a, b) => (a === undefined || b === undefined ? undefined : before(b, a) ? b : a));
}

/** The footer of a file and what lies around it. */
function endOfFile(path: string): Uint8Array {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'r');
    const { size } = fstatSync(descriptor);
    const end = endOf(descriptor, size, FIRST_READ);
    const length = end.byteLength < TRAILER ? 0 : end.getUint32(end.byteLength - TRAILER, true) + TRAILER;
    const isLonger = length > end.byteLength && length <= Math.min(size, LONGEST);
    const whole = isLonger ? endOf(descriptor, size, length) : end;
    return new Uint8Array(whole.buffer, whole.byteOffset, whole.byteLength);
  } catch (error) {
    throw new NscapError('STORE', `cannot read the store ${path}: ${reason(error)}`, { cause: error });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function decoded(path: string, end: Uint8Array): FileMetaData {
  if (hasEndlessNumber(end)) throw damaged(path, 'its footer has a number without an end');
  try {
    return parquetMetadata(end as never, { geoparquet: false });
  } catch (error) {
    // What JavaScript says of values that are none says nothing to people.
    const said = error instanceof Error && error.constructor === Error;
    throw damaged(path, said ? error.message : 'its footer is not one of Parquet', error);
  }
}

/**
 * Numbers go on as long as their bytes have the highest bit set, and the longer one is, the longer its next byte takes.
 * Names in UTF-8 have such bytes, too: of those there are fewer in a row.
 */
function hasEndlessNumber(end: Uint8Array): boolean {
  const trailer = end.length - TRAILER;
  if (trailer < 0) return false;
  const length = new DataView(end.buffer, end.byteOffset + trailer).getUint32(0, true);
  let run = 0;
  // What lies before the footer is packed, and may be anything.
  for (let at = Math.max(0, trailer - length); at < end.length && run <= LONGEST_RUN; at++)
    run = end[at] < 0x80 ? 0 : run + 1;
  return run > LONGEST_RUN;
}

function endOf(descriptor: number, size: number, length: number): DataView {
  const bytes = new Uint8Array(Math.min(size, length));
  const got = readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
  return new DataView(bytes.buffer, 0, got);
}

/** A batch of a capture file: the boot is its content then. */
const OF_CAPTURE_FILE = /^([0-9a-f]{16})-\d+\.parquet$/;

/** What is said of a damaged file of a store. */
export function damaged(path: string, why: string, cause?: unknown): NscapError {
  const [, capture] = OF_CAPTURE_FILE.exec(basename(path)) ?? [];
  const store = dirname(dirname(dirname(dirname(path))));
  // As long as its row in captures is there, an import takes the capture for stored.
  const remove = shellLine(['find', store, '-name', `${capture}-*.parquet`, '-delete']);
  return new NscapError('STORE', `${path} is damaged: ${why.split('\n', 1)[0]}`, {
    hint:
      capture === undefined
        ? 'move it out of the store; the other files can be read then'
        : `${remove} removes the rows of its capture; then import the capture again`,
    cause,
  });
}
