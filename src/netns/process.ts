// What the kernel says of a process (proc_pid_stat(5)).
import { readFileSync } from 'node:fs';

export interface ProcessStat {
  /** R, S, D, T (stopped by a signal), t (stopped by a debugger), Z (ended, not yet waited for). */
  state: string;
  /** In clock ticks since the machine started; with it the pid means this process and no later one. */
  started: string;
}

/** Undefined: there is no such process. */
export function processStat(pid: number): ProcessStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in brackets may hold anything, so count from behind it.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0]!, started: fields[19]! };
  } catch {
    return undefined; // Gone.
  }
}
