// Batches that wait until an engine has them: a folder of files of rows, bounded in bytes.
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { NscapError } from '../errors.ts';
import type { BatchSink } from './batch-writer.ts';
import { FolderWriter } from './folder.ts';
import { TABLE_NAMES, type TableName } from './schema.ts';

/** Where files go that can never be sent. */
const REFUSED = 'refused';
/** Milliseconds after which what lies there is counted again: others write, and the shipper deletes. */
const COUNTED_AGAIN = 5000;
/** Bytes beyond the bound that are for the row that says what was given up. */
const RESERVE = 65_536;

/** A file that waits. */
export interface Waiting {
  /** From the spool's folder on, with `/`: what the engine knows the insert by. */
  name: string;
  table: string;
  bytes: number;
  /** Milliseconds since 1970. */
  since: number;
}

/** Writes batches into a spool. */
export class SpoolWriter extends FolderWriter implements BatchSink {
  private readonly bound: number;
  private bytes = 0;
  private counted = Number.NEGATIVE_INFINITY;

  /** @throws NscapError as FolderWriter does */
  constructor(folder: string, bound: number) {
    super(folder);
    this.bound = bound;
  }

  /** @throws NscapError STORE where it would be larger than it may be */
  override put(
    table: TableName,
    day: number,
    host: string,
    boot: string,
    batch: number,
    bytes: Uint8Array,
  ): void {
    const now = performance.now();
    if (now - this.counted > COUNTED_AGAIN) {
      this.bytes = waiting(this.folder).reduce((sum, one) => sum + one.bytes, 0);
      this.counted = now;
    }
    const room = this.bound + (table === 'findings' && bytes.length < RESERVE ? RESERVE : 0);
    if (this.bytes + bytes.length > room) {
      throw new NscapError('STORE', `the spool ${this.folder} is full`, {
        hint: 'nscap store ship sends what waits; ?spool_size= in the target lets it be larger',
      });
    }
    super.put(table, day, host, boot, batch, bytes);
    this.bytes += bytes.length;
  }
}

/**
 * What waits in a spool, in the order in which it is to be sent: the oldest first, and the rows of captures behind those of
 * their connections, for a capture is there when all of it is.
 */
export function waiting(folder: string): Waiting[] {
  const all = list(folder, '', REFUSED).sort((a, b) => a.since - b.since || (a.name < b.name ? -1 : 1));
  return [
    ...all.filter(({ table }) => table !== 'captures'),
    ...all.filter(({ table }) => table === 'captures'),
  ];
}

/** What was set aside. */
export function refused(folder: string): Waiting[] {
  return list(join(folder, REFUSED), '');
}

function list(folder: string, below: string, without?: string): Waiting[] {
  let entries: import('node:fs').Dirent[];
  try {
    entries = readdirSync(join(folder, below), { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new NscapError('STORE', `cannot read the spool: ${(error as Error).message}`);
  }
  return entries.flatMap((entry) => {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) return name === without ? [] : list(folder, name);
    if (!entry.name.endsWith('.parquet')) return [];
    const found = statSync(join(folder, name), { throwIfNoEntry: false });
    if (found === undefined) return []; // sent meanwhile by another
    return [{ name, table: name.split('/', 1)[0], bytes: found.size, since: found.mtimeMs }];
  });
}

/** The table of a waiting file. @throws NscapError STORE where there is none of the name */
export function tableOf({ table }: Waiting): TableName {
  const known = TABLE_NAMES.find((one) => one === table);
  if (known === undefined)
    throw new NscapError('STORE', `there is no table ${table}: a newer nscap may know it`);
  return known;
}

/** Removes what the engine has, and folders that are empty by that. */
export function remove(folder: string, { name }: Waiting): void {
  rmSync(join(folder, name), { force: true });
}

/** Sets a file aside that can never be sent, so that those behind it can. Answers where it lies. */
export function setAside(folder: string, { name }: Waiting): string {
  const path = join(folder, REFUSED, name);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  renameSync(join(folder, name), path);
  return path;
}
