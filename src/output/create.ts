// Making files and folders, and whose they become.
import {
  closeSync,
  constants,
  existsSync,
  fchownSync,
  fstatSync,
  ftruncateSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  type Stats,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { planted, refuseForeign } from '../base/foreign.ts';
import { asUser, type User } from '../binding/privilege.ts';
import { cannotWrite, NscapError, reason } from '../errors.ts';

/** Mode of new files with traffic in them, which is as secret as it was on the wire. */
export const PRIVATE = 0o600;

/**
 * Opens a file to write, with `read` to be read as well. What did not exist before is the user's. Under sudo it is opened
 * with the user's rights, and with those of root only in a folder that no other user can have written to.
 * @throws NscapError FILE
 */
export function createFile(path: string, user: User | undefined, read = false): number {
  try {
    const descriptor = asUser(user, () => openOutput(path, user, read));
    if (descriptor !== undefined) return descriptor;
  } catch (error) {
    if (error instanceof NscapError) throw error;
    if (!isRootsAlone(path)) throw cannotWrite(path, error);
  }
  try {
    const isNew = !existsSync(path);
    const descriptor = openOutput(path, user, read);
    if (isNew) giveTo(user, descriptor);
    return descriptor;
  } catch (error) {
    throw error instanceof NscapError ? error : cannotWrite(path, error);
  }
}

/** Opens what is there, or makes it. @throws what open(2) throws, and NscapError FILE for what others have put there */
export function openOutput(path: string, user?: User, read = false): number {
  try {
    return openSync(path, read ? 'wx+' : 'wx', PRIVATE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const expected = refuseForeign(path, user);
  if (expected === undefined) return openSync(path, read ? 'w+' : 'w', PRIVATE);
  const flags = (read ? constants.O_RDWR : constants.O_WRONLY) | constants.O_NOFOLLOW;
  const descriptor = openSync(path, flags);
  const found = fstatSync(descriptor);
  if (identity(found) !== identity(expected)) {
    closeSync(descriptor);
    throw planted(path);
  }
  if (found.isFile()) ftruncateSync(descriptor);
  return descriptor;
}

/** Whether only root can have put anything at this path: not in its folder, and no folder above it in its place. */
function isRootsAlone(path: string): boolean {
  try {
    for (let folder = dirname(resolve(path)), own = true; ; folder = dirname(folder), own = false) {
      const { uid, mode } = lstatSync(folder);
      const isSticky = (mode & 0o1000) !== 0 && !own;
      if (uid !== 0 || ((mode & 0o022) !== 0 && !isSticky && (mode & 0o170000) !== 0o120000)) return false;
      if (folder === dirname(folder)) return true;
    }
  } catch {
    return false;
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
    if (user !== undefined) lchownSync(path, user.uid, user.gid);
  } catch (error) {
    throw new NscapError('FILE', `cannot make the folder ${path}: ${reason(error)}`, {
      hint: '-w FILE writes elsewhere',
    });
  }
}
