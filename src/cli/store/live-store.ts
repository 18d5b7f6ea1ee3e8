// Rows of a running command: written every few seconds, and never at the cost of the command's own work.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname, release, type } from 'node:os';
import { escapeControls } from '../../base/escape-controls.ts';
import { count } from '../../base/units.ts';
import { NscapError } from '../../errors.ts';
import { BatchWriter, HOST_BATCH } from '../../store/batch-writer.ts';
import type { FolderWriter } from '../../store/folder.ts';
import type { Cell } from '../../store/rows.ts';
import { SCHEMA_VERSION, type TableName } from '../../store/schema.ts';
import { clickhouseTarget } from '../../store/target.ts';
import { openWriter } from '../../store/writer.ts';

declare const __VERSION__: string;

/** Milliseconds after which rows are written, however few. */
const EVERY = 10_000;
const BILLION = 1_000_000_000n;

/** Identifies a process of this boot of this host. */
function processName(): string {
  let boot = '00000000';
  try {
    boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
  } catch {} // no /proc: the random part is enough to be the only one
  return `${boot}.${process.pid}.${randomBytes(4).toString('hex')}`;
}

/**
 * A store that a running command writes to. Where it cannot be written, rows are given up and counted: the command goes
 * on, and the end says how many are missing.
 */
export class LiveStore {
  readonly writer: BatchWriter;
  private readonly folder: FolderWriter;
  private readonly timer: NodeJS.Timeout;
  private failed: string | undefined;
  /** Rows given up of which a row says so. */
  private told = 0;

  /** @throws NscapError where the store cannot be made, or is of a newer schema */
  constructor(target: string) {
    this.folder = openWriter(target);
    const boot = processName();
    const capture = randomBytes(8).toString('hex');
    this.writer = new BatchWriter({ host: hostname(), boot, capture, nscap: __VERSION__ }, this.folder);
    const now = BigInt(Date.now()) * 1_000_000n;
    this.writer.single('hosts', HOST_BATCH, Number(now / BILLION), (rows) =>
      rows.add(now, {
        os: `${type()} ${release()}`,
        hardware: process.arch,
        application: `nscap ${__VERSION__}`,
        nscap: __VERSION__,
        schema: SCHEMA_VERSION,
      }),
    );
    this.folder.commit();
    const every = clickhouseTarget(target)?.every;
    this.timer = setInterval(() => this.flush(), every === undefined ? EVERY : every * 1000).unref();
  }

  /** Adds a row at a time in nanoseconds since 1970. */
  add(table: TableName, time: bigint, cells: Record<string, Cell>): void {
    this.attempt(() => {
      const rows = this.writer.rows(table, Number(time / BILLION));
      rows.add(time, cells);
      this.writer.full(rows);
    });
  }

  /** Writes what has been gathered. */
  flush(): void {
    this.attempt(() => this.writer.flush());
    if (this.writer.lost > this.told) this.attempt(() => this.tell());
  }

  /** Writes a row that says how many rows were given up, once there is room for it. */
  private tell(): void {
    const { lost } = this.writer;
    const now = BigInt(Date.now()) * 1_000_000n;
    const missing = lost - this.told;
    try {
      this.writer.single('findings', this.writer.nextBatch(), Number(now / BILLION), (rows) =>
        rows.add(now, {
          subject: 'store',
          code: 'rows-given-up',
          severity: 'problem',
          text: `${count(missing, 'row was', 'rows were')} given up: ${this.failed}`,
          frames: '',
          count: missing,
        }),
      );
      this.told = lost;
    } catch (error) {
      this.writer.lost = lost; // this row is none of those that were gathered
      throw error;
    }
  }

  /** Writes the rest. Rows that could not be written make it a failure. */
  close(): void {
    clearInterval(this.timer);
    this.flush();
    const { lost } = this.writer;
    if (lost === 0) return;
    process.stderr.write(`nscap: ${count(lost, 'row')} could not be stored: ${this.failed}\n`);
    process.exitCode ??= 1;
  }

  /** Does something that writes, and makes it seen. */
  attempt(write: () => void): void {
    try {
      write();
      this.folder.commit();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Reports once that rows cannot be written. Rethrows errors that are not the store's. */
  fail(error: unknown): void {
    if (!(error instanceof NscapError)) throw error;
    if (this.failed === undefined)
      process.stderr.write(`nscap: ${escapeControls(error.message)}; going on without\n`);
    this.failed = escapeControls(error.message);
  }
}
