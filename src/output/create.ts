// Making the files that commands write.
import { openSync, type Stats } from 'node:fs';
import { giveTo, type User } from '../binding/privilege.ts';
import { cannotWrite } from '../errors.ts';

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

/** What tells one file of a machine from every other, under whatever name. */
export function identity(stat: Stats): string {
  return `${stat.dev}:${stat.ino}`;
}
