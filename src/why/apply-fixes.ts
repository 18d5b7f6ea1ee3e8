// Runs the commands that fix a cause, and takes them back where they did not help.
import { attempt, check } from '../netns/command.ts';
import type { Command, Finding } from './finding.ts';
import { reversal, type Undo } from './undo.ts';

interface Applied {
  /** What was run. */
  commands: Command[];
  /** What takes it back, in the order to run it; undefined for a command that can't be taken back. */
  undo: Undo[];
}

/** Milliseconds a command may take. */
const PATIENCE = 60_000;

/**
 * Runs a cause's commands in order; `before` is called with each. If one fails, those before it are undone.
 * @throws NscapError of the command that fails.
 */
export async function applyFix(
  { fix }: Pick<Finding, 'fix'>,
  before: (command: Command) => void,
): Promise<Applied> {
  const applied: Applied = { commands: [], undo: [] };
  for (const command of fix) {
    // The state is read before it is changed.
    const undo = await reversal(command);
    before(command);
    try {
      await check(command, { timeout: PATIENCE });
    } catch (error) {
      await takeBack(applied, before);
      throw error;
    }
    applied.commands.push(command);
    applied.undo.unshift(undo);
  }
  return applied;
}

/** Undoes what was run, last first. Returns whether all of it could be undone. */
export async function takeBack({ undo }: Applied, before: (command: Command) => void): Promise<boolean> {
  let isComplete = true;
  for (const reversal of undo) {
    const commands = typeof reversal === 'function' ? await reversal() : reversal;
    if (commands === undefined) isComplete = false;
    for (const command of commands ?? []) {
      before(command);
      const { status } = await attempt(command, { timeout: PATIENCE });
      if (status !== 0) isComplete = false;
    }
  }
  return isComplete;
}
