// Making files and folders, and whose they become.
import { chownSync, existsSync, fchownSync, mkdirSync, openSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import type { User } from '../binding/privilege.ts';
import { cannotWrite, NscapError, reason } from '../errors.ts';

/** Opens a file to write, with `read` to be read as well. What did not exist before is given to the user. */
export function createFile(path: string, user: User | undefined, read = false): number {
  try {
    const descriptor = openSync(path, read ? 'wx+' : 'wx');
    giveTo(user, descriptor);
    return descriptor;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw cannotWrite(path, error);
  }
  try {
    return openSync(path, read ? 'w+' : 'w');
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/** What identifies a file of this machine, under whatever name. */
export function identity(stat: Stats): string {
  return `${stat.dev}:${stat.ino}`;
}

/** Gives a file that this process made to the user. Where that cannot be (a FAT disk) it stays root's. */
export function giveTo(user: User | undefined, descriptor: number): void {
  if (user === undefined) return;
  try {
    fchownSync(descriptor, user.uid, user.gid);
  } catch {}
}

/**
 * Makes a folder where it is missing, with those above it, and gives what it made to the user. (mkdir's own way of making
 * those above never ends below /proc.) Throws NscapError where it cannot be made.
 */
export function makeFolder(user: User | undefined, path: string): void {
  if (existsSync(path)) return;
  makeFolder(user, dirname(path));
  try {
    mkdirSync(path);
    if (user !== undefined) chownSync(path, user.uid, user.gid);
  } catch (error) {
    throw new NscapError('FILE', `cannot make the folder ${path}: ${reason(error)}`, {
      hint: '-w FILE writes elsewhere',
    });
  }
}
