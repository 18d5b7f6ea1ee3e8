// Runs the commands that mend a cause.
import { check } from '../command.ts';
import type { Command, Finding } from './finding.ts';

/** Runs them in order; `before` is told of each. @throws NscapError of the first that fails: those after it are not run. */
export async function mend({ mend: commands }: Finding, before: (command: Command) => void): Promise<void> {
  for (const command of commands) {
    before(command);
    await check(command, { timeout: 60_000 });
  }
}
