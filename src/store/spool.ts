// Batches that wait until an engine has them: a folder of files of rows, bounded in bytes.
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { reason as because, cannotWrite, NscapError } from '../errors.ts';
import type { BatchSink } from './batch-writer.ts';
import { FolderWriter } from './folder.ts';
import { TABLE_NAMES, type TableName } from './schema.ts';

/** Where files go that can never be sent. */
const REFUSED = 'refused';
/** After the name of a file that could not be sent: a file that states why. */
const REASON = '.reason';
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
    throw new NscapError('STORE', `cannot read the spool ${folder}: ${because(error)}`);
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

/** Removes what the engine has, and folders that are empty by that: a spool of years has no folder for each day. */
export function remove(folder: string, { name }: Waiting): void {
  rmSync(join(folder, name), { force: true });
  rmSync(join(folder, name + REASON), { force: true });
  for (let below = dirname(name); below !== '.'; below = dirname(below)) {
    try {
      rmdirSync(join(folder, below));
    } catch {
      return; // others wait there, or it is gone
    }
  }
}

/** Sets a file aside that can never be sent, so that those behind it can. Answers where it lies. */
export function setAside(folder: string, file: Waiting, reason: string): string {
  const path = join(folder, REFUSED, file.name);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  renameSync(join(folder, file.name), path);
  noteReason(join(folder, REFUSED), file, reason);
  remove(folder, file);
  return path;
}

/** Keeps why a file could not be sent, for who asks later. */
export function noteReason(folder: string, { name }: Waiting, reason: string): void {
  try {
    writeFileSync(join(folder, name + REASON), `${reason}\n`, { mode: 0o600 });
  } catch (error) {
    // On a full disk the file itself matters, and the reason is said when it is tried again.
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['ENOSPC', 'EDQUOT'].includes(code)) throw cannotWrite(join(folder, name + REASON), error);
  }
}

/** A file that could not be sent. */
export interface Unsent {
  /** From the spool's folder on. */
  file: string;
  /** Whether it was set aside, for it can never be sent; others are tried again. */
  set_aside: boolean;
  /** When that was found, in milliseconds since 1970. */
  since: number;
  reason: string | null;
}

/** The files of a spool that could not be sent, and why. */
export function unsent(folder: string): Unsent[] {
  const aside = refused(folder).map((file) => ({
    file: `${REFUSED}/${file.name}`,
    set_aside: true,
    ...(reasonOf(folder, `${REFUSED}/${file.name}`) ?? { since: file.since, reason: null }),
  }));
  const kept = waiting(folder).flatMap(({ name }) => {
    const found = reasonOf(folder, name);
    return found === undefined ? [] : [{ file: name, set_aside: false, ...found }];
  });
  return [...aside, ...kept];
}

function reasonOf(folder: string, name: string): { since: number; reason: string | null } | undefined {
  const path = join(folder, name + REASON);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  try {
    return { since: found.mtimeMs, reason: readFileSync(path, 'utf8').trim() || null };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // sent meanwhile
    throw new NscapError('STORE', `cannot read the spool ${folder}: ${because(error)}`);
  }
}
