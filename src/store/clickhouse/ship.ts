// What waits in a spool, sent to ClickHouse: each file once, however often it takes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NscapError, reason } from '../../errors.ts';
import { TABLES } from '../schema.ts';
import { noteReason, remove, setAside, tableOf, type Waiting, waiting } from '../spool.ts';
import { type Clickhouse, ClickhouseError, type Settings } from './client.ts';
import { literal, quoted } from './ddl.ts';
import { binaryRows, DamagedRows } from './row-binary.ts';
import { checkTables } from './tables.ts';

/** Milliseconds. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 60_000;
const POLL = 1000;
/** Before a file is tried again that the engine has refused: its tables may be corrected meanwhile. */
const REFUSED_PAUSE = 300_000;
/** Where somebody has to do something first, such as correct a password. */
const SETUP_PAUSE = 15_000;

export interface ShipOptions {
  /** Goes on until `finish`; without it until nothing waits. */
  follow?: boolean;
  /** Milliseconds without any success after which it gives up, where it does not follow. */
  patience: number;
  /** Milliseconds before a refused file is tried again; by default five minutes. */
  retry?: number;
  /** No more following: sends what waits, as long as `patience` allows. */
  finish?: AbortSignal;
  /** Something to say: what cannot be sent, and why. The same is said once. */
  report(sentence: string, hint: string | undefined): void;
}

export interface Shipped {
  files: number;
  rows: number;
  /** Files that the engine had already. */
  repeated: number;
  /** Files that can never be sent, set aside. */
  refused: number;
  /** Files that still wait. */
  left: number;
}

/** Milliseconds to wait before the next try: twice as long each time, and never the same for two hosts. */
export function pause(failures: number, random = Math.random()): number {
  const most = Math.min(FIRST_PAUSE * 2 ** Math.min(failures, 20), LONGEST_PAUSE);
  return most / 2 + (most / 2) * random;
}

/** `BOOT-SEQUENCE.parquet`, as the last part of a name. */
const BATCH = /([^/]*)-(\d+)\.parquet$/;

/** What names the capture in the names of all its files. */
function bootOf({ name }: Waiting): string | undefined {
  return BATCH.exec(name)?.[1];
}

export class Shipper {
  readonly shipped: Shipped = { files: 0, rows: 0, repeated: 0, refused: 0, left: 0 };
  private readonly clickhouse: Clickhouse;
  private readonly folder: string;
  private readonly options: ShipOptions;
  private readonly said = new Set<string>();
  /** Files that cannot be sent now, by this program or to these tables, and when each is tried again: they stay. */
  private readonly skipped = new Map<string, number>();
  /** Files that may have arrived: those sent without an answer, and those that were there before this process. */
  private readonly doubtful: Set<string>;
  private settings: Settings | undefined;
  private tokens = false;
  private failures = 0;
  private success = performance.now();

  constructor(clickhouse: Clickhouse, folder: string, options: ShipOptions) {
    this.clickhouse = clickhouse;
    this.folder = folder;
    this.options = options;
    this.doubtful = new Set(waiting(folder).map(({ name }) => name));
  }

  /** @throws NscapError where what waits cannot be sent, and nothing is followed */
  async run(): Promise<Shipped> {
    const { options, shipped } = this;
    options.finish?.addEventListener('abort', () => {
      this.success = performance.now();
    });
    for (;;) {
      try {
        const files = this.waiting();
        if (files.length === 0 && !this.following) break;
        if (files.length === 0) await this.sleep(POLL);
        else await this.sendAll(files);
      } catch (error) {
        if (!(error instanceof ClickhouseError)) throw error;
        if (!this.following && (error.kind === 'setup' || this.impatient)) {
          shipped.left = waiting(this.folder).length;
          throw error;
        }
        this.settings = undefined;
        this.say(error);
        await this.sleep(error.kind === 'setup' ? SETUP_PAUSE : pause(this.failures++));
      }
    }
    shipped.left = waiting(this.folder).length;
    return shipped;
  }

  private get following(): boolean {
    return this.options.follow === true && this.options.finish?.aborted !== true;
  }

  private get impatient(): boolean {
    return performance.now() - this.success > this.options.patience;
  }

  /** What is to be sent now. A capture is listed once all its rows are there: it waits for those that were refused. */
  private waiting(): Waiting[] {
    const now = performance.now();
    const all = waiting(this.folder);
    const isDue = ({ name }: Waiting) => (this.skipped.get(name) ?? 0) <= now;
    const refused = new Set(all.filter((file) => !isDue(file)).map(bootOf));
    return all.filter((file) => isDue(file) && !(file.table === 'captures' && refused.has(bootOf(file))));
  }

  private async sleep(ms: number): Promise<void> {
    const { finish } = this.options;
    const woken = finish === undefined || finish.aborted ? undefined : finish;
    await sleep(ms, undefined, woken === undefined ? {} : { signal: woken }).catch(() => {});
  }

  private say({ message, hint }: NscapError): void {
    if (this.said.has(message)) return;
    this.said.add(message);
    this.options.report(message, hint);
  }

  private async sendAll(files: readonly Waiting[]): Promise<void> {
    const refused = new Set<string | undefined>();
    for (const file of files) {
      if (file.table === 'captures' && refused.has(bootOf(file))) continue;
      await this.prepare();
      try {
        await this.send(file);
        this.skipped.delete(file.name);
        this.failures = 0;
        this.success = performance.now();
        this.said.clear();
      } catch (error) {
        if (error instanceof ClickhouseError && error.kind !== 'statement') throw error;
        if (!(error instanceof NscapError)) throw error;
        this.cannot(file, error);
        if (this.skipped.has(file.name)) refused.add(bootOf(file));
      }
    }
  }

  /** What this very file lacks does not keep the others. */
  private cannot(file: Waiting, error: NscapError): void {
    let where = file.name;
    const known = this.skipped.has(file.name);
    if (error instanceof DamagedRows) {
      where = setAside(this.folder, file, error.message);
      this.skipped.delete(file.name);
      this.shipped.refused++;
    } else {
      noteReason(this.folder, file, error.message);
      this.skipped.set(file.name, performance.now() + (this.options.retry ?? REFUSED_PAUSE));
    }
    if (!known) this.options.report(`${where}: ${error.message}`, error.hint);
  }

  /** Asks once what the engine is and has. */
  private async prepare(): Promise<void> {
    if (this.settings !== undefined) return;
    const { clickhouse } = this;
    await checkTables(clickhouse);
    const known = await clickhouse.has('settings', [
      'insert_deduplication_token',
      'insert_distributed_sync',
      'async_insert',
    ]);
    this.tokens = known.has('insert_deduplication_token');
    this.settings = {
      // The answer comes when the rows lie on a shard, not when they wait to be sent there.
      ...(known.has('insert_distributed_sync') ? { insert_distributed_sync: 1 } : {}),
      ...(known.has('async_insert') ? { async_insert: 0 } : {}),
    };
  }

  private async send(file: Waiting): Promise<void> {
    const table = TABLES[tableOf(file)];
    let content: Buffer;
    try {
      content = readFileSync(join(this.folder, file.name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return; // another shipper was faster
      throw new NscapError('STORE', `cannot read: ${reason(error)}`);
    }
    const { columns, rows, bytes } = await binaryRows(table, content);
    if (this.doubtful.has(file.name) && (await this.arrived(file, rows))) {
      this.shipped.repeated++;
      remove(this.folder, file);
      return;
    }
    this.doubtful.add(file.name);
    await this.clickhouse.insert(
      `INSERT INTO ${quoted(table.name)} (${columns.map(quoted).join(', ')}) FORMAT RowBinary`,
      bytes,
      { ...this.settings, ...(this.tokens ? { insert_deduplication_token: file.name } : {}) },
    );
    this.doubtful.delete(file.name);
    remove(this.folder, file);
    this.shipped.files++;
    this.shipped.rows += rows;
  }

  /** Whether all rows of a file are there: the answer to an insert may have been lost behind its commit. */
  private async arrived(file: Waiting, rows: number): Promise<boolean> {
    const { name, table } = file;
    const [, day = '', host = ''] = name.split('/');
    const [boot, batch] = [bootOf(file), BATCH.exec(name)?.[2]];
    if (boot === undefined) return false;
    const where = [
      `day = ${literal(day.replace(/^day=/, ''))}`,
      `host = ${literal(decodeURIComponent(host.replace(/^host=/, '')))}`,
      `boot = ${literal(decodeURIComponent(boot))}`,
      `batch = ${batch}`,
    ];
    const answer = await this.clickhouse.query(
      `SELECT uniqExact(row) FROM ${quoted(table)} WHERE ${where.join(' AND ')}`,
    );
    return Number(answer.toString()) === rows;
  }
}
