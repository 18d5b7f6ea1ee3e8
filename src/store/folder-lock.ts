// What one process at a time does in a folder: sending what waits in a spool, or publishing the rows of a capture. Where the
// lock fails (a folder shared by containers, each with process ids of its own), what is done twice is stored once all the same.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cannotWrite } from '../errors.ts';

/** Of the one process that sends from a spool. */
export const SHIP_LOCK = 'ship.lock';
/** Milliseconds. */
const POLL = 20;

/** Process id and start of this process: no other has both. */
function identity(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name, in parentheses, may hold anything; the start is the 22nd field of all (proc(5)).
    return `${pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return undefined; // there is no such process
  }
}

export class FolderLock {
  private readonly path: string;
  private readonly content = `${identity(process.pid) ?? process.pid}\n`;

  constructor(folder: string, name: string) {
    this.path = join(folder, name);
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw cannotWrite(folder, error);
    }
  }

  /** Takes the lock; answers false where a process that runs has it. @throws NscapError FILE */
  take(): boolean {
    for (let tries = 0; tries < 3; tries++) {
      try {
        writeFileSync(this.path, this.content, { flag: 'wx', mode: 0o600 });
        return true;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        // A disk that is full is what shipping is to help against: it goes on without the lock.
        if (code === 'ENOSPC' || code === 'EDQUOT') {
          this.release();
          return true;
        }
        if (code !== 'EEXIST') throw cannotWrite(this.path, error);
      }
      if (this.held()) return false;
      rmSync(this.path, { force: true });
    }
    return false;
  }

  /** Takes the lock once it is free; answers false where it is not within `patience` milliseconds. @throws NscapError FILE */
  wait(patience: number): boolean {
    const cell = new Int32Array(new SharedArrayBuffer(4));
    const until = performance.now() + patience;
    while (!this.take()) {
      if (performance.now() > until) return false;
      Atomics.wait(cell, 0, 0, POLL);
    }
    return true;
  }

  private held(): boolean {
    let content: string;
    try {
      content = readFileSync(this.path, 'latin1');
    } catch {
      return false; // given up meanwhile
    }
    const holder = content.trim();
    return holder !== '' && identity(Number(holder.split(' ')[0])) === holder;
  }

  /** Gives it up. */
  release(): void {
    rmSync(this.path, { force: true });
  }
}
