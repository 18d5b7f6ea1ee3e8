// A process that nscap starts for its own ends is not to outlive it, not even after kill -9: prctl(2), PR_SET_PDEATHSIG.
import { koffi } from './load.ts';

const PR_SET_PDEATHSIG = 1;
const SIGTERM = 15;

/** Names the parent to a copy of nscap that is to end with it. */
export const PARENT = 'NSCAP_PARENT';

let armed = false;

/** Has the kernel send SIGTERM when the parent is gone, and ends at once where it already is. */
export function endWithParent(parent: number): void {
  armed = true;
  arm();
  // 0: a parent outside of this process's pid namespace.
  if (process.ppid !== parent && process.ppid !== 0) process.exit(1);
}

/** The kernel forgets it when a process changes its user. */
export function arm(): void {
  if (!armed) return;
  koffi().load(null).func('int prctl(int, unsigned long)')(PR_SET_PDEATHSIG, SIGTERM);
}

/** What keeps the promise in the program that this process is about to become. */
export function parentEnvironment(): NodeJS.ProcessEnv {
  return armed ? { [PARENT]: String(process.ppid) } : {};
}
