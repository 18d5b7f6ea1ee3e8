// What a command is to the program: its commander command, loaded when it is called.
import type { Command } from 'commander';
import type { NscapError } from '../errors.ts';

export interface CommandModule {
  /**
   * The commander command, with its options, its action and an example in its help. `words` is what was typed behind its
   * name, for options that mean one thing or another.
   */
  command(words?: readonly string[]): Command;
  /** The document for --json where the command line itself could not be taken; without it there is none. */
  errorDocument?(error: NscapError): unknown;
}

export type Commands = Record<string, [summary: string, load: () => Promise<CommandModule>]>;
