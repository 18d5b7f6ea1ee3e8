// Making the files a capture is written to.
import { openSync } from 'node:fs';
import { NscapError } from '../../errors.ts';
import { giveTo, type User } from '../privilege.ts';

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

/** The error for a file that cannot be made or written, in the system's words. */
export function cannotWrite(path: string, error: unknown): NscapError {
  const said = (error as Error).message.replace(/, \w+( '.*')?$/, '');
  return new NscapError('FILE', `cannot write ${path}: ${said}`);
}
