// A store that is a folder: TABLE/day=YYYY-MM-DD/host=NAME/BOOT-SEQUENCE.parquet, files that are never changed.
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { refuseForeign } from '../base/foreign.ts';
import { cannotWrite, NscapError, reason } from '../errors.ts';
import { FolderLock } from './folder-lock.ts';
import { SCHEMA_VERSION, TABLE_NAMES, type TableName } from './schema.ts';

/** What says that a folder is a store, and of which schema. */
const MARK = 'nscap-store.json';
/** A file that is being written: the process that writes it is part of the name. */
const UNFINISHED = /^\.(.*)\.writing-(\d+)$/;
const DAY = 86_400_000;
/** Milliseconds that another process may take to publish the same. */
const PATIENCE = 60_000;
const PUT_TRIES = 10;

/** Where rows go unless told otherwise. */
export function defaultStore(): string {
  const data = process.env.XDG_DATA_HOME || join(homedir(), '.local', 'share');
  return join(data, 'nscap', 'store');
}

/** `2026-11-30`, of days since 1970. */
export function dayText(day: number): string {
  return new Date(day * DAY).toISOString().slice(0, 10);
}

/** A name as a part of a path. Hive's escapes: what is no letter, digit, `.`, `-` or `_` as %XX. */
export function pathPart(name: string): string {
  const part = Array.from(new TextEncoder().encode(name), (byte) => {
    const character = String.fromCharCode(byte);
    return /[\w.-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
  return /^\.+$/.test(part) ? part.replaceAll('.', '%2E') : part;
}

/** The version of a folder's schema; undefined where it is no store yet. @throws NscapError STORE where it is a newer one. */
export function folderVersion(folder: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(join(folder, MARK), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ENOTDIR') throw new NscapError('STORE', `${folder} is not a folder, as a store is`);
    throw new NscapError('STORE', `cannot read the store ${folder}: ${reason(error)}`);
  }
  const version = Number(/"schema"\s*:\s*(\d{1,9})\s*[,}]/.exec(text)?.[1]);
  if (!(version >= 1)) {
    throw new NscapError('STORE', `${join(folder, MARK)} is damaged: it names no version of the schema`, {
      hint: `the files of rows are whole; write {"schema":${SCHEMA_VERSION}} into it`,
    });
  }
  checkVersion(version, folder);
  return version;
}

/** @throws NscapError STORE where a version is newer than this program's. */
export function checkVersion(version: number, where: string): void {
  if (version <= SCHEMA_VERSION) return;
  throw new NscapError(
    'STORE',
    `${where} has schema version ${version}, and this nscap knows versions up to ${SCHEMA_VERSION}`,
    { hint: 'a newer nscap wrote it: use that one; nothing was changed' },
  );
}

/** A folder made by another user in a world-writable folder. @throws NscapError FILE */
function refusePlanted(folder: string): void {
  if (!existsSync(dirname(folder))) return;
  const { SUDO_UID } = process.env;
  const isBehindSudo = process.geteuid?.() === 0 && SUDO_UID !== undefined;
  refuseForeign(folder, isBehindSudo ? { uid: Number(SUDO_UID) } : undefined);
}

/** Writes files of rows into a folder. They appear with `commit`, all in the order they were put; `abort` removes them. */
export class FolderWriter {
  readonly folder: string;
  private waiting: { written: string; final: string }[] = [];

  /** @throws NscapError FILE where the folder cannot be made, STORE where it is of a newer schema. */
  constructor(folder: string) {
    this.folder = folder;
    refusePlanted(folder);
    const version = folderVersion(folder);
    if (version === SCHEMA_VERSION) return;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeBeside(join(folder, MARK), new TextEncoder().encode(`{"schema":${SCHEMA_VERSION}}\n`)).publish();
    } catch (error) {
      throw cannotWrite(folder, error);
    }
  }

  /** Is there a file of this boot and number in a table, of whichever host and day? Answers the host. */
  find(table: TableName, boot: string, batch: number): string | undefined {
    const name = fileName(boot, batch);
    for (const day of list(join(this.folder, table))) {
      for (const host of list(join(this.folder, table, day))) {
        if (existsSync(join(this.folder, table, day, host, name)))
          return decodeURIComponent(host.replace(/^host=/, ''));
      }
    }
    return undefined;
  }

  /** @throws NscapError FILE where it cannot be written; what was put before waits on. */
  put(table: TableName, day: number, host: string, boot: string, batch: number, bytes: Uint8Array): void {
    const path = [table, `day=${dayText(day)}`, `host=${pathPart(host)}`];
    const folder = join(this.folder, ...path);
    const final = join(folder, fileName(boot, batch));
    for (let tries = 1; ; tries++) {
      try {
        for (let depth = 1; depth <= path.length; depth++)
          refusePlanted(join(this.folder, ...path.slice(0, depth)));
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        removeUnfinished(folder);
        this.waiting.push({ written: writeBeside(final, bytes).written, final });
        return;
      } catch (error) {
        if (error instanceof NscapError) throw error;
        // A shipper removes folders that it has made empty, between our making one and the file in it.
        const removed = (error as NodeJS.ErrnoException).code === 'ENOENT';
        if (!removed || tries === PUT_TRIES) throw cannotWrite(final, error);
      }
    }
  }

  /** @throws NscapError FILE */
  commit(): void {
    for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
      try {
        renameSync(next.written, next.final);
      } catch (error) {
        throw cannotWrite(next.final, error);
      }
      this.waiting.shift();
    }
  }

  /**
   * As `commit`, unless the file of this boot and number is there by now, written by another process: then its host is
   * answered, and nothing kept. What an interrupted process has published of the boot is replaced, whatever its options were.
   * @throws NscapError FILE; STORE where another process does not come to an end
   */
  commitOnce(table: TableName, boot: string, batch: number): string | undefined {
    const lock = new FolderLock(this.folder, `.${pathPart(boot)}.lock`);
    if (!lock.wait(PATIENCE))
      throw new NscapError('STORE', `another nscap stores ${boot}, and has not come to an end`);
    try {
      const host = this.find(table, boot, batch);
      if (host !== undefined) this.abort();
      else {
        this.removePublished(boot);
        this.commit();
      }
      return host;
    } finally {
      lock.release();
    }
  }

  /** Of the days of what waits: the same capture has the same. */
  private removePublished(boot: string): void {
    const days = new Set(this.waiting.map(({ final }) => basename(dirname(dirname(final)))));
    for (const table of TABLE_NAMES)
      for (const day of days)
        for (const host of list(join(this.folder, table, day)))
          for (const name of list(join(this.folder, table, day, host)))
            if (name.startsWith(`${pathPart(boot)}-`) && name.endsWith('.parquet'))
              rmSync(join(this.folder, table, day, host, name), { force: true });
  }

  abort(): void {
    for (const { written } of this.waiting) rmSync(written, { force: true });
    this.waiting = [];
  }
}

export function fileName(boot: string, batch: number): string {
  return `${pathPart(boot)}-${batch}.parquet`;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw new NscapError('STORE', `cannot read the store ${folder}: ${reason(error)}`);
  }
}

/** Writes a file, whole and on the disk, under a temporary name that no query reads. */
function writeBeside(final: string, bytes: Uint8Array): { written: string; publish(): void } {
  const written = join(dirname(final), `.${final.slice(dirname(final).length + 1)}.writing-${process.pid}`);
  // Of a process that was killed and had this one's number.
  rmSync(written, { force: true });
  const descriptor = openSync(written, 'wx', 0o600);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    fsyncSync(descriptor);
  } catch (error) {
    rmSync(written, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
  return { written, publish: () => renameSync(written, final) };
}

/** What processes that are no more (kill -9) left unfinished. */
function removeUnfinished(folder: string): void {
  for (const name of readdirSync(folder)) {
    const [, , process_] = UNFINISHED.exec(name) ?? [];
    if (process_ !== undefined && !existsSync(`/proc/${process_}`))
      rmSync(join(folder, name), { force: true });
  }
}
