// The namespace a capture is to be in, and waiting for what does not exist yet.
import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { shellLine } from '../../base/shell.ts';
import { NscapError, usageError } from '../../errors.ts';
import type { Namespace } from '../../netns/namespace.ts';
import { resolveNamespace } from '../../netns/resolve.ts';

/** Milliseconds between two checks for what --wait waits for. */
const PAUSE = 100;

/** Returns the result of `find`, repeating it while it throws an error of one of these codes and `wait` is set. */
export async function patiently<T>(
  codes: readonly string[],
  wait: boolean,
  find: () => T | Promise<T>,
): Promise<T> {
  for (let said = ''; ; ) {
    try {
      return await find();
    } catch (error) {
      if (!wait || !(error instanceof NscapError) || !codes.includes(error.code)) throw error;
      if (error.message !== said) process.stderr.write(`${error.message}: waiting for it\n`);
      said = error.message;
      await sleep(PAUSE);
    }
  }
}

/**
 * The namespace an argument means; with `wait`, once there is one.
 * @throws NscapError USAGE where it is a file that read takes
 */
export async function namespaceOf(argument: string, wait: boolean): Promise<Namespace> {
  try {
    return await patiently(['UNKNOWN_NAMESPACE'], wait && !isFile(argument), () =>
      resolveNamespace(argument),
    );
  } catch (error) {
    const isUnknown = error instanceof NscapError && error.code === 'UNKNOWN_NAMESPACE';
    throw isUnknown && isFile(argument) ? notLive(argument) : error;
  }
}

/** The error for a file where live packets are to come from; its hint is the call that reads the file. */
export function notLive(file: string): NscapError {
  return usageError(
    `capture takes packets from interfaces, and ${file} is a file`,
    shellLine(['nscap', 'read', file]),
  );
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false; // Not there, or no path at all.
  }
}
