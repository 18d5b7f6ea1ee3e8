// The namespace a capture is to be in, and waiting for what does not exist yet.
import { setTimeout as sleep } from 'node:timers/promises';
import { NscapError } from '../../errors.ts';
import { type Namespace, resolveNamespace } from '../../netns/namespace.ts';

/** Milliseconds between two looks for what --wait waits for. */
const PAUSE = 100;

/** Answers what `find` does, again and again while it throws an error of this code and `wait` is set. */
export async function patiently<T>(code: string, wait: boolean, find: () => T | Promise<T>): Promise<T> {
  for (let first = true; ; first = false) {
    try {
      return await find();
    } catch (error) {
      if (!wait || !(error instanceof NscapError) || error.code !== code) throw error;
      if (first) process.stderr.write(`${error.message}: waiting for it\n`);
      await sleep(PAUSE);
    }
  }
}

/** The namespace an argument means; with `wait`, once there is one. */
export function namespaceOf(argument: string, wait: boolean): Promise<Namespace> {
  return patiently('UNKNOWN_NAMESPACE', wait, () => resolveNamespace(argument));
}
