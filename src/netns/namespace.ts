// Network namespaces: the names there are, what an NS argument means, and how a program is started inside one.
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { spawn } from '../base/spawn.ts';
import { programEnvironment } from '../binding/system-programs.ts';
import { attempt, type CommandOptions, type CommandResult, check, runnable } from './command.ts';
import { listedObjects } from './iproute-json.ts';

/** Where iproute2 keeps namespaces that have a name: a bind mount of the namespace on each file. */
export const NAMED = '/run/netns';

/** A network namespace and the way into it. */
export interface Namespace {
  kind: 'named' | 'process' | 'path' | 'container' | 'host';
  /** As the user calls it, for messages: `ns1`, `pid:1234`, `/run/docker/netns/1a2b`, `host`. */
  label: string;
  /** The namespace's file. */
  path: string;
  /** Inode of the namespace: two handles with the same one are the same namespace. */
  inode: number;
  /** The prefix of a command line that runs inside; empty if this process is inside already. */
  enter: readonly string[];
}

/** The namespace this process is in. */
export const HERE: Namespace = {
  kind: 'host',
  label: 'host',
  path: '/proc/self/ns/net',
  inode: statSync('/proc/self/ns/net').ino,
  enter: [],
};

/** Names under /run/netns, sorted; none when the directory isn't there. */
export async function namespaceNames(): Promise<string[]> {
  try {
    return (await readdir(NAMED)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Whether two handles mean the same namespace. */
export function sameNamespace(a: Namespace, b: Namespace): boolean {
  return a.inode === b.inode;
}

/** argv as it must be started from here to run inside the namespace. */
export function enterArgv(namespace: Namespace, argv: readonly string[]): string[] {
  return [...namespace.enter, ...argv];
}

/** An `ip` command line for the namespace: `ip -n NAME …` where it has a name, which saves a process. */
export function ipArgv(namespace: Namespace, args: readonly string[]): string[] {
  return namespace.kind === 'named' && namespace.enter.length > 0
    ? ['ip', '-n', namespace.label, ...args]
    : enterArgv(namespace, ['ip', ...args]);
}

/** Runs argv inside the namespace and returns its standard output. @throws NscapError unless it ends with status 0. */
export function run(
  namespace: Namespace,
  argv: readonly string[],
  options?: CommandOptions,
): Promise<string> {
  return check(enterArgv(namespace, argv), options);
}

/** Runs argv inside the namespace, whatever its exit status. */
export function attemptIn(
  namespace: Namespace,
  argv: readonly string[],
  options?: CommandOptions,
): Promise<CommandResult> {
  return attempt(enterArgv(namespace, argv), options);
}

/** Runs `ip …` inside the namespace and returns its standard output. */
export function ip(namespace: Namespace, args: readonly string[], options?: CommandOptions): Promise<string> {
  return check(ipArgv(namespace, args), options);
}

/** Runs `ip -json …` inside the namespace and returns the objects that it lists. */
export async function ipJson<T extends object>(namespace: Namespace, args: readonly string[]): Promise<T[]> {
  return listedObjects<T>(await ip(namespace, ['-json', ...args]));
}

/**
 * Starts argv inside the namespace. The child's pid is the program's own: `ip netns exec` and nsenter replace
 * themselves by it. A missing program shows as exit status 255 or 127 and a line on stderr.
 */
export function spawnIn(
  namespace: Namespace,
  argv: readonly string[],
  options: SpawnOptions = {},
): ChildProcess {
  const [program, ...args] = runnable(enterArgv(namespace, argv));
  return spawn(program, args, { env: programEnvironment(), ...options });
}
