// Programs that are started. Where that fails, child_process returns a child that is none: without pipes where there are no descriptors for
// them, and with a handle for process 0, so that its kill() sends the signal to our own process group, the caller's shell included.
import { spawn as nodeSpawn } from 'node:child_process';
import { NscapError } from '../errors.ts';

/** As child_process has it. @throws NscapError SYSTEM where there are no descriptors for the pipes; other failures are events */
export const spawn = ((program: string, ...rest: unknown[]) => {
  const child = (nodeSpawn as (...all: unknown[]) => ReturnType<typeof nodeSpawn>)(program, ...rest);
  if (child.pid !== undefined) return child;
  child.kill = () => false;
  if (child.stdin !== undefined) return child;
  child.on('error', () => {});
  throw new NscapError(
    'SYSTEM',
    `${program} could not be started: too many files are open for the limit of this process`,
    { hint: 'ulimit -n 1024 allows more' },
  );
}) as typeof nodeSpawn;
