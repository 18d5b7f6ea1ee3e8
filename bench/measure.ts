// Time, CPU and memory of whole processes, contenders in turn.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** What one line of a table tells; `what` names it. */
export type Figures = { what: string } & Record<string, string | number>;

export interface Bench {
  title: string;
  run(): Promise<Figures[]>;
}

export interface Contender {
  what: string;
  program: string;
  args: string[];
}

export interface Cost {
  /** Wall-clock and CPU seconds, start-up included. */
  seconds: number;
  cpu: number;
  /** Most memory in use, in MB. */
  memory: number;
}

/** True where a program is on the PATH; who lacks it is left out of the table. */
export function installed(program: string): boolean {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(`${folder}/${program}`));
}

/** Runs all contenders in turn, `rounds` times, so that what else the machine does meets all; answers their medians. */
export async function measure(contenders: readonly Contender[], rounds: number): Promise<Cost[]> {
  const costs: Cost[][] = contenders.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, contender] of contenders.entries()) costs[i]!.push(await once(contender));
  }
  return costs.map((runs) => ({
    seconds: median(runs.map((run) => run.seconds)),
    cpu: median(runs.map((run) => run.cpu)),
    memory: Math.max(...runs.map((run) => run.memory)),
  }));
}

export function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}

/** The shell's `times` tells the CPU time of its child, and /proc its memory while it runs. */
async function once({ what, program, args }: Contender): Promise<Cost> {
  const start = performance.now();
  const script = '"$@" >/dev/null 2>&1; s=$?; times >&3; exit $s';
  const shell = spawn('sh', ['-c', script, 'sh', program, ...args], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  let memory = 0;
  const timer = setInterval(() => {
    memory = Math.max(memory, peak(shell.pid!));
  }, 5);
  let times = '';
  shell.stdio[3]!.on('data', (chunk) => {
    times += chunk;
  });
  const status = await new Promise((resolve) => shell.on('close', resolve));
  clearInterval(timer);
  if (status !== 0) throw new Error(`${what} ended with status ${status}: ${program} ${args.join(' ')}`);
  const seconds = (performance.now() - start) / 1000;
  const [, user, system] = /\n(\S+) (\S+)/.exec(times) ?? [];
  return { seconds, cpu: clock(user) + clock(system), memory };
}

/** `0m1.25s`, as a shell's `times` writes it, in seconds. */
export function clock(text: string): number {
  const [minutes, seconds] = text.replace('s', '').split('m');
  return Number(minutes) * 60 + Number(seconds);
}

/** VmHWM of a shell's child, in MB. */
function peak(shell: number): number {
  try {
    const child = readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').split(' ')[0];
    const status = readFileSync(`/proc/${child}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
