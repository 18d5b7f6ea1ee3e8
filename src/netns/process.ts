// What the kernel says of a process (proc_pid_stat(5)).
import { readFileSync } from 'node:fs';

interface ProcessStat {
  /** R, S, D, T (stopped by a signal), t (stopped by a debugger), Z (ended, not yet waited for). */
  state: string;
  /** In clock ticks since the machine started; with it the pid means this process and no later one. */
  started: string;
  /** The process that started it, or that took it over; 0: none, as far as is seen here. */
  parent: number;
}

/** Undefined: there is no such process. */
export function processStat(pid: number): ProcessStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in brackets may hold anything, so count from after it.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], started: fields[19], parent: Number(fields[1]) };
  } catch {
    return undefined; // Gone.
  }
}

/** The processes that this one runs in, itself first: its parent, that one's parent, and so on. */
export function ancestors(): number[] {
  const found: number[] = [];
  for (let pid = process.pid; pid > 0 && !found.includes(pid); pid = processStat(pid)?.parent ?? 0)
    found.push(pid);
  return found;
}
