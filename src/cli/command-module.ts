// The interface of a command's module, loaded when it is called.
import type { Command } from 'commander';
import type { NscapError } from '../errors.ts';

export interface CommandModule {
  /**
   * The commander command, with its options, its action and an example in its help. `words` is what was typed after its
   * name, for options with several meanings.
   */
  command(words?: readonly string[]): Command;
  /** The --json document of a usage error; without this function there is none. */
  errorDocument?(error: NscapError): unknown;
}

export type Commands = Record<string, [summary: string, load: () => Promise<CommandModule>]>;
