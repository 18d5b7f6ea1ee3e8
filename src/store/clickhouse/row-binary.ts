// A file of rows as ClickHouse's RowBinary: the one format of binary rows that all versions read.
import { gunzipSync } from 'node:zlib';
import { parquetMetadata, parquetRead } from 'hyparquet';
import { NscapError } from '../../errors.ts';
import { checkVersion } from '../folder.ts';
import { SCHEMA_KEY } from '../parquet-schema.ts';
import type { Column, ColumnType, Table } from '../schema.ts';

/** What a file holds, as one INSERT sends it. */
export interface BinaryRows {
  /** The columns that the file has: those of newer versions of the schema may be missing. */
  columns: readonly string[];
  rows: number;
  bytes: Buffer;
}

/** A file that can never be sent. */
export class DamagedRows extends NscapError {
  constructor(what: string, cause?: unknown) {
    super('STORE', `not a whole file of rows: ${what}`, cause === undefined ? {} : { cause });
  }
}

/** What a decoder of Parquet hands over; absent cells are null or undefined. */
type Cells = ArrayLike<unknown>;

const FIRST_BYTES = 1 << 16;
/** ClickHouse's days have 16 bits: the last is in the year 2149. */
const LAST_DAY = 0xffff;

/**
 * @throws DamagedRows where the file is no Parquet, has columns that the table has not, or lacks some that have always been
 * there; NscapError STORE where a newer nscap wrote it
 */
export async function binaryRows(table: Table, file: Uint8Array): Promise<BinaryRows> {
  const { columns, rows } = await readColumns(table, file);
  const writer = new RowBinaryWriter();
  const writers = columns.map(({ column, cells }) => cellWriter(writer, column, cells));
  for (let row = 0; row < rows; row++) {
    for (const write of writers) write(row);
  }
  return { columns: columns.map(({ column }) => column.name), rows, bytes: writer.bytes() };
}

async function readColumns(
  table: Table,
  file: Uint8Array,
): Promise<{ columns: { column: Column; cells: Cells }[]; rows: number }> {
  const buffer = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer;
  const read = new Map<string, Cells>();
  let rows = 0;
  try {
    const metadata = parquetMetadata(buffer);
    rows = Number(metadata.num_rows);
    const version = metadata.key_value_metadata?.find(({ key }) => key === SCHEMA_KEY)?.value;
    checkVersion(Number(version ?? 1), 'the file');
    await parquetRead({
      file: buffer,
      metadata,
      compressors: { GZIP: (packed, length) => unpacked(packed, length) },
      // Days stay numbers, and texts the bytes that they are sent as.
      parsers: { dateFromDays: (days) => days, stringFromBytes: (bytes) => bytes },
      onChunk: ({ columnName, columnData }) => {
        const before = read.get(columnName);
        read.set(
          columnName,
          before === undefined ? columnData : [...Array.from(before), ...Array.from(columnData)],
        );
      },
    });
    for (const [name, { length }] of read)
      if (length !== rows) throw new Error(`${name} has ${length} cells for ${rows} rows`);
  } catch (error) {
    if (error instanceof NscapError) throw error;
    throw new DamagedRows((error as Error).message.split('\n', 1)[0], error);
  }
  const columns = table.columns.flatMap((column) => {
    const cells = read.get(column.name);
    if (cells === undefined && column.since === 1) throw new DamagedRows(`there is no column ${column.name}`);
    read.delete(column.name);
    return cells === undefined ? [] : [{ column, cells }];
  });
  if (read.size > 0)
    throw new DamagedRows(`the table ${table.name} has no column ${[...read.keys()].join(', ')}`);
  return { columns, rows };
}

function unpacked(packed: Uint8Array, length: number): Uint8Array {
  const bytes = gunzipSync(packed, { maxOutputLength: Math.max(length, 1) });
  if (bytes.length !== length) throw new Error(`a page has ${bytes.length} bytes, and ${length} are due`);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

class RowBinaryWriter {
  private buffer = Buffer.allocUnsafe(FIRST_BYTES);
  private length = 0;

  /** Room for `size` more bytes; answers where they go. */
  private take(size: number): number {
    const at = this.length;
    this.length = at + size;
    if (this.length > this.buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(2 * this.buffer.length, this.length));
      this.buffer.copy(grown, 0, 0, at);
      this.buffer = grown;
    }
    return at;
  }

  byte(value: number): void {
    const at = this.take(1);
    this.buffer[at] = value;
  }

  int16(value: number): void {
    const at = this.take(2);
    this.buffer.writeUInt16LE(value, at);
  }

  int32(value: number): void {
    const at = this.take(4);
    this.buffer.writeInt32LE(value, at);
  }

  int64(value: bigint): void {
    const at = this.take(8);
    this.buffer.writeBigInt64LE(value, at);
  }

  double(value: number): void {
    const at = this.take(8);
    this.buffer.writeDoubleLE(value, at);
  }

  /** Bytes as they are. */
  fixed(bytes: Uint8Array): void {
    const at = this.take(bytes.length);
    this.buffer.set(bytes, at);
  }

  /** Bytes behind their number (LEB128). */
  text(bytes: Uint8Array): void {
    let length = bytes.length;
    for (; length > 0x7f; length >>>= 7) this.byte((length & 0x7f) | 0x80);
    this.byte(length);
    this.fixed(bytes);
  }

  bytes(): Buffer {
    return this.buffer.subarray(0, this.length);
  }
}

const ENCODERS: Record<ColumnType, (writer: RowBinaryWriter, cell: never) => void> = {
  text: (writer, cell: Uint8Array) => writer.text(cell),
  int32: (writer, cell: number) => writer.int32(cell),
  int64: (writer, cell: bigint) => writer.int64(cell),
  double: (writer, cell: number) => writer.double(cell),
  boolean: (writer, cell: boolean) => writer.byte(cell ? 1 : 0),
  date: (writer, cell: number) => writer.int16(Math.min(Math.max(cell, 0), LAST_DAY)),
  address: (writer, cell: Uint8Array) => writer.fixed(cell),
};

function cellWriter(writer: RowBinaryWriter, column: Column, cells: Cells): (row: number) => void {
  const encode = ENCODERS[column.type] as (writer: RowBinaryWriter, cell: unknown) => void;
  if (!column.nullable) {
    return (row) => {
      const cell = cells[row];
      if (cell === undefined || cell === null) throw new DamagedRows(`${column.name} is NULL in row ${row}`);
      encode(writer, cell);
    };
  }
  return (row) => {
    const cell = cells[row];
    const absent = cell === undefined || cell === null;
    writer.byte(absent ? 1 : 0);
    if (!absent) encode(writer, cell);
  };
}
