// The rows of a capture, or of a process that goes on: gathered by table and day, and written in batches.
import { NscapError } from '../errors.ts';
import { encode } from './parquet.ts';
import { type Origin, Rows } from './rows.ts';
import { TABLES, type Table, type TableName } from './schema.ts';

/**
 * Cells of a batch at most, and rows: 1 or 2 MB as a file, and of the widest table 58,000 rows. Fewer take less memory, but what asks
 * a store opens each of its files.
 */
const BATCH_CELLS = 1 << 23;
const BATCH_ROWS = 1 << 16;
/** Tables and days gathered at a time: where time stamps jump about, batches are small rather than memory large. */
const GATHERED = 24;
const DAY = 86_400;

/** Rows of a batch of a table at most. */
export function batchRows({ columns }: Table): number {
  return Math.min(BATCH_ROWS, Math.floor(BATCH_CELLS / columns.length));
}

/** Numbers of batches that are found again: of the captures, one row each, and of the hosts. */
export const CAPTURE_BATCH = 0;
export const HOST_BATCH = 1;
const FIRST_BATCH = 2;

/** Takes the file of a batch. */
export interface BatchSink {
  put(table: TableName, day: number, host: string, boot: string, batch: number, bytes: Uint8Array): void;
}

export class BatchWriter {
  readonly origin: Origin;
  /** Rows written, by table. */
  readonly written: Partial<Record<TableName, number>> = {};
  /** Rows that could not be written. */
  lost = 0;
  private readonly sink: BatchSink;
  private readonly gathered: Rows[] = [];
  private batch = FIRST_BATCH;
  /** By table the rows asked for last: most calls are for the same day. */
  private readonly last: Partial<Record<TableName, Rows>> = {};

  constructor(origin: Origin, sink: BatchSink) {
    this.origin = origin;
    this.sink = sink;
  }

  /** The rows of a table and the day of a time, to which one may be added; then call `full`. */
  rows(table: TableName, seconds: number): Rows {
    const day = Math.floor(seconds / DAY);
    const last = this.last[table];
    if (last?.day === day) return last;
    let rows = this.gathered.find((one) => one.day === day && one.table.name === table);
    if (rows === undefined) {
      if (this.gathered.length === GATHERED) this.flush();
      rows = new Rows(TABLES[table], day);
      this.gathered.push(rows);
    }
    this.last[table] = rows;
    return rows;
  }

  /** Writes the rows where they are as many as a batch holds. */
  full(rows: Rows): void {
    if (rows.count < batchRows(rows.table)) return;
    this.gathered.splice(this.gathered.indexOf(rows), 1);
    this.write(rows, this.batch++);
  }

  /** Writes all that was gathered. */
  flush(): void {
    let failure: unknown;
    for (const rows of this.gathered.splice(0)) {
      try {
        this.write(rows, this.batch++);
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
  }

  /** The number of a batch that is written with `single`. */
  nextBatch(): number {
    return this.batch++;
  }

  /** Writes one row as a batch of its own. */
  single(table: TableName, batch: number, seconds: number, add: (rows: Rows) => void): void {
    const rows = new Rows(TABLES[table], Math.floor(seconds / DAY));
    add(rows);
    this.write(rows, batch);
  }

  /** @throws NscapError where it cannot be written: the rows are lost then, and counted */
  private write(rows: Rows, batch: number): void {
    const { host, boot } = this.origin;
    const { name } = rows.table;
    delete this.last[name];
    try {
      this.sink.put(name, rows.day, host, boot, batch, encode(rows, this.origin, batch));
    } catch (error) {
      this.lost += rows.count;
      if (!(error instanceof RangeError)) throw error;
      throw new NscapError(
        'MEMORY',
        `a batch of ${rows.count} rows of ${name} takes more memory than there is`,
      );
    }
    this.written[name] = (this.written[name] ?? 0) + rows.count;
  }
}
