// Processor time of a thread: what it used, however much others had to do meanwhile.
import { readFileSync, readlinkSync } from 'node:fs';

/** Ticks of a second, as /proc counts them: proc(5), of Linux on every machine. */
const TICKS = 100;

/** The number of the thread that asks. */
export const THREAD = Number(readlinkSync('/proc/thread-self').split('/').at(-1));

/** Seconds that a thread of this process has run; none once it has ended. */
export function cpuOf(thread: number): number {
  try {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'latin1');
    // Behind the name, which may hold anything: state is the third field, user and system time the 14th and 15th.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return 0;
  }
}
