// Ctrl-C and other signals, for commands that have something to undo.

import { constants } from 'node:os';
import { endingSignals } from '../base/signals.ts';

/**
 * Runs `work`. SIGINT, SIGTERM and SIGHUP abort the signal it is given instead of ending the process; when work has come
 * to its end the exit status is 128 + N, as a shell shows it. A third Ctrl-C exits without waiting for it.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const aborter = new AbortController();
  const signals = endingSignals();
  let first: (typeof signals)[number] | undefined;
  let count = 0;
  const onSignal = (name: (typeof signals)[number]) => {
    first ??= name;
    count += 1;
    aborter.abort();
    if (count === 3) process.exit(128 + constants.signals[first]);
  };
  for (const name of signals) process.on(name, onSignal);
  try {
    return await work(aborter.signal);
  } finally {
    for (const name of signals) process.off(name, onSignal);
    // The signal decides the exit status, even after an error.
    if (first !== undefined) {
      const status = 128 + constants.signals[first];
      process.once('exit', () => {
        process.exitCode = status;
      });
    }
  }
}
