// capture -z: a command for each file that is finished.

import { getSystemErrorMap } from 'node:util';
import { escapeControls } from '../../base/escape-controls.ts';
import { spawn } from '../../base/spawn.ts';

/** Runs `command FILE`, whose output does not mix with ours; this process ends when it has. */
export function runOnFile(command: string, path: string): void {
  const failed = (why: string) => {
    process.stderr.write(`nscap: ${escapeControls(command)} ${escapeControls(path)}: ${why}\n`);
    process.exitCode = 1;
  };
  const child = spawn(command, [path], { stdio: ['ignore', 2, 2] });
  child.on('error', ({ errno, message }: NodeJS.ErrnoException) =>
    failed(getSystemErrorMap().get(errno ?? 0)?.[1] ?? message),
  );
  child.on('exit', (status, signal) => {
    if (status !== 0 && status !== null) failed(`exit status ${status}`);
    else if (signal !== null) failed(`ended by ${signal}`);
  });
}
