// A capture to a file while something else goes on: `nscap capture NS IFACE -w FILE` as a child.
import type { ChildProcess } from 'node:child_process';
import { spawn } from '../base/spawn.ts';
import { STARTING } from '../base/starting.ts';
import { NscapError } from '../errors.ts';
import { childEnvironment, selfArgv } from '../netns/user.ts';

export interface RecorderCounts {
  captured: number;
  /** Dropped by the kernel and the interface together. */
  dropped: number;
}

/** A capture that runs. */
export interface Recorder {
  /** Ends the capture; the file is whole when this resolves. May be called more than once. */
  stop(): Promise<RecorderCounts>;
}

/**
 * Starts a capture of the packets that match `filter`, `snaplen` bytes of each, and resolves once it is ready for the first packet.
 * @throws NscapError CAPTURE with what the capture said when it could not start.
 */
export async function record(
  namespace: string,
  device: string,
  file: string,
  filter: string,
  snaplen: number,
): Promise<Recorder> {
  const [program, ...args] = selfArgv([
    ...['capture', '-w', file, '-s', `${snaplen}`],
    ...['--', namespace, device, filter],
  ]) as [string, ...string[]];
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env: childEnvironment() });
  let said = '';
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new NscapError('CAPTURE', `the capture was not ready within ${STARTING / 1000} s`));
    }, STARTING);
    child.stderr.on('data', (chunk) => {
      said += chunk;
      if (!/listening on .*\n/.test(said)) return;
      clearTimeout(timer);
      resolve();
    });
    ended.then(() => {
      clearTimeout(timer);
      reject(complaint(said));
    });
  });
  return { stop: () => stop(child, ended, () => said) };
}

async function stop(child: ChildProcess, ended: Promise<void>, said: () => string): Promise<RecorderCounts> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
  const timer = setTimeout(() => child.kill('SIGKILL'), STARTING);
  await ended;
  clearTimeout(timer);
  const number = (pattern: RegExp) => Number(pattern.exec(said())?.[1] ?? 0);
  return {
    captured: number(/(\d+) packets? captured/),
    dropped: number(/(\d+) packets? dropped by kernel/) + number(/(\d+) packets? dropped by interface/),
  };
}

/** What the child said in its own name, once more in ours. */
function complaint(said: string): NscapError {
  const sentence = said.trim().split('\n')[0];
  const hint = /^hint: (.*)/m.exec(said)?.[1];
  return new NscapError(
    'CAPTURE',
    sentence.replace(/^nscap: /, '') || 'the capture ended at once',
    hint === undefined ? {} : { hint },
  );
}
