// Files of /proc about a process, which may end at any moment.
import { readFileSync } from 'node:fs';

/**
 * What `/proc/PID/NAME` holds; undefined where the process has ended, or may not be looked into (EACCES, of `environ` and
 * the like): then it is none that the test started.
 */
export function processFile(pid: number | string, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!['ENOENT', 'ESRCH', 'EACCES'].includes(code ?? '')) throw error;
    return undefined;
  }
}
