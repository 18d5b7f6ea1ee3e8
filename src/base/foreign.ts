// Files that other users have put in world-writable folders.
import { lstatSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { NscapError } from '../errors.ts';

/**
 * Where a folder is everybody's, such as /tmp, what is there under a name may have been put there to be written over or
 * into: a symbolic link, a named pipe, a further name of another file. Whatever the kernel's fs.protected_* are set to, only
 * what is the user's own, or of who has the folder, is taken. Answers what it is, where the folder is such a one.
 * @throws NscapError FILE
 */
export function refuseForeign(path: string, user?: { uid: number }): Stats | undefined {
  const folder = statSync(dirname(path));
  if ((folder.mode & 0o002) === 0) return undefined;
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  const isOwn = [process.geteuid?.(), user?.uid, folder.uid].includes(found.uid);
  if (isOwn && !(found.isFile() && found.nlink > 1)) {
    // A link of one's own leads where one wants it to.
    return found.isSymbolicLink() ? undefined : found;
  }
  throw planted(path);
}

export function planted(path: string): NscapError {
  return new NscapError('FILE', `${path} is not written: another user may have put it there`, {
    hint: 'that folder is world-writable; remove the file, or write elsewhere',
  });
}
