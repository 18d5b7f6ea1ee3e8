// Runs the system's own tools (ip, nft, nsenter, …): argument arrays only, never a shell; failures become one sentence.

import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, dirname } from 'node:path';
import { isatty } from 'node:tty';
import { shellLine, sudoHint } from '../base/shell.ts';
import { endingSignals } from '../base/signals.ts';
import { spawn } from '../base/spawn.ts';
import {
  outsideSystemFolders,
  programEnvironment,
  runsAsRoot,
  SYSTEM_FOLDERS,
  systemProgram,
  userEnvironment,
} from '../binding/system-programs.ts';
import { NscapError } from '../errors.ts';

/** How a child process ended, and what it wrote (UTF-8). `status` is 128 + N when signal N ended it, as in a shell. */
export interface CommandResult {
  status: number;
  stdout: string;
  stderr: string;
}

export interface CommandOptions {
  /** Written to the child's standard input, which is then closed. Without it the child reads nothing. */
  input?: string;
  /** Milliseconds until the child is killed and a TIMEOUT error thrown. Without it the child may run for ever. */
  timeout?: number;
  /** Milliseconds until the child is asked to end, by SIGINT. */
  interrupt?: number;
  /** Kills the child with SIGTERM when it aborts. */
  signal?: AbortSignal;
  /** Added to the environment. */
  env?: NodeJS.ProcessEnv;
  /** Detached from the terminal, so that Ctrl-C, which reaches all foreground programs, does not stop the child half-way. */
  detached?: boolean;
  /** Calls the function that starts the child from where it must start: inside a namespace. */
  within?: (start: () => ChildProcess) => ChildProcess;
  /** Is given the child's process id. */
  started?: (id: number) => void;
}

/** The Debian package of each tool. */
const PACKAGES: Record<string, string> = {
  ip: 'iproute2',
  tc: 'iproute2',
  ss: 'iproute2',
  bridge: 'iproute2',
  nft: 'nftables',
  iptables: 'iptables',
  ip6tables: 'iptables',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  mount: 'mount',
  sysctl: 'procps',
  ping: 'iputils-ping',
};

/** The command line with its program as it is to be started (binding/system-programs.ts). @throws NscapError MISSING_TOOL */
export function runnable(argv: readonly string[]): [program: string, ...args: string[]] {
  const program = systemProgram(argv[0]);
  if (program === undefined) throw missingTool(argv[0]);
  return [program, ...argv.slice(1)];
}

/**
 * Runs argv to its end, whatever its exit status.
 * @throws NscapError MISSING_TOOL when the program isn't there, TIMEOUT when it took too long.
 */
export function attempt(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const [program, ...args] = runnable(argv);
    const start = () =>
      spawn(program, args, {
        env: programEnvironment(options.env),
        detached: options.detached ?? false,
        stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
    const child = options.within === undefined ? start() : options.within(start);
    if (child.pid !== undefined) options.started?.(child.pid);
    let late = false;
    let timer: NodeJS.Timeout | undefined;
    const asking =
      options.interrupt === undefined ? undefined : setTimeout(() => child.kill('SIGINT'), options.interrupt);
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      clearTimeout(asking);
      if (error.code === 'ENOENT') reject(missingTool(program));
      else reject(notStarted(program, error));
    });
    timer =
      options.timeout === undefined
        ? undefined
        : setTimeout(() => {
            late = true;
            child.kill('SIGKILL');
          }, options.timeout);
    const output = [child.stdout!, child.stderr!].map((stream) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      return chunks;
    });
    // A child that dies before it has read its input closes the pipe; its exit status says why.
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      clearTimeout(asking);
      const [stdout, stderr] = output.map((chunks) => Buffer.concat(chunks).toString());
      const result = { status: exitStatus(code, signal), stdout: stdout, stderr: stderr };
      if (late) reject(new NscapError('TIMEOUT', `'${argv.join(' ')}' did not end in ${options.timeout} ms`));
      else if (isExecFailure(result)) reject(missingTool(absentProgram(result.stderr) ?? program));
      else resolve(result);
    });
  });
}

/** The error for a program that exists but cannot be started. */
function notStarted(program: string, error: NodeJS.ErrnoException): NscapError {
  return new NscapError('SYSTEM', `${program} could not be started: ${error.message}`, { cause: error });
}

/**
 * Runs argv to its end and returns what it wrote to standard output.
 * @throws NscapError as `attempt`, and what `commandFailed` makes of an exit status other than 0.
 */
export async function check(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const result = await attempt(argv, options);
  if (result.status !== 0) throw commandFailed(argv, result);
  return result.stdout;
}

/** The error for a command that ended with another status than 0: NOT_PERMITTED or COMMAND_FAILED. */
export function commandFailed(argv: readonly string[], result: CommandResult): NscapError {
  const said = result.stderr.trim().split('\n')[0] || `exit status ${result.status}`;
  if (/not permitted|permission denied|must be root|are you root/i.test(result.stderr)) {
    return notPermitted(`'${argv.join(' ')}' is not permitted`);
  }
  return new NscapError('COMMAND_FAILED', `'${argv.join(' ')}' failed: ${said}`);
}

/** NOT_PERMITTED: `sentence`, and what to do about it; `otherwise`: what goes without root. */
export function notPermitted(sentence: string, otherwise?: string): NscapError {
  const root = process.getuid?.() === 0;
  const hint = root
    ? 'root lacks CAP_NET_ADMIN or CAP_SYS_ADMIN here: is this an unprivileged container?'
    : sudoHint();
  return new NscapError('NOT_PERMITTED', sentence, {
    hint: otherwise === undefined ? hint : `${hint}; ${otherwise}`,
  });
}

/** MISSING_TOOL: says which package has the program. */
export function missingTool(program: string): NscapError {
  const name = program.replace(/^.*\//, '');
  const from = PACKAGES[name];
  const elsewhere = runsAsRoot() && program === name ? outsideSystemFolders(name) : undefined;
  if (elsewhere !== undefined) {
    return new NscapError('MISSING_TOOL', `root does not run '${name}' from ${dirname(elsewhere)}`, {
      hint: `programs are taken from ${SYSTEM_FOLDERS.slice(0, 6).join(', ')}: ${shellLine(['sudo', 'ln', '-s', elsewhere, `/usr/local/sbin/${name}`])}`,
    });
  }
  return new NscapError('MISSING_TOOL', `the program '${name}' is not installed`, {
    hint:
      from === undefined ? `install ${name}` : `install the package ${from}: sudo apt-get install ${from}`,
  });
}

/**
 * Runs argv in the foreground: it has our standard streams, SIGTERM, SIGHUP and SIGINT are passed on to it, and we
 * outlive it. Returns its exit status.
 */
export function foreground(argv: readonly string[], options: SpawnOptions = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const [program, ...args] = tethered(argv);
    const child = spawn(program, args, { stdio: 'inherit', env: userEnvironment(), ...options });
    const stop = passSignalsTo(child);
    child.on('error', (error: NodeJS.ErrnoException) => {
      stop();
      reject(error.code === 'ENOENT' ? missingTool(program) : error);
    });
    child.on('exit', (code, signal) => {
      stop();
      resolve(exitStatus(code, signal));
    });
  });
}

/**
 * The command line that enters a namespace, ended by the kernel when this process is gone (kill -9): util-linux's setpriv
 * asks for that. busybox has a setpriv that cannot.
 */
export function tethered(argv: readonly string[]): [program: string, ...args: string[]] {
  const setpriv = '/usr/bin/setpriv';
  if (!['ip', 'nsenter', 'unshare'].includes(argv[0]) || !existsSync(setpriv)) return runnable(argv);
  if (basename(realpathSync(setpriv)) === 'busybox') return runnable(argv);
  return [setpriv, '--pdeathsig', 'TERM', '--', ...runnable(argv)];
}

function passSignalsTo(child: ChildProcess): () => void {
  // A terminal gives Ctrl-C to the whole foreground group; passing it on would make the child see two.
  // (process.stdin is not touched: reading that property makes a pipe shared with the child non-blocking.)
  const onTerminal = isatty(0) || isatty(1) || isatty(2);
  const handlers = [...endingSignals(), 'SIGUSR1' as const, 'SIGUSR2' as const].map((signal) => {
    const handler = () => {
      if (signal !== 'SIGINT' || !onTerminal) child.kill(signal);
    };
    process.on(signal, handler);
    return () => process.off(signal, handler);
  });
  return () => {
    for (const off of handlers) off();
  };
}

function exitStatus(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

// `ip netns exec` and nsenter start the program themselves, so a missing one shows only in what they say.
function isExecFailure(result: CommandResult): boolean {
  return result.status !== 0 && absentProgram(result.stderr) !== undefined;
}

function absentProgram(stderr: string): string | undefined {
  const found =
    /^exec of "(.+)" failed: No such file/m.exec(stderr) ??
    /^(?:nsenter|unshare): failed to execute (.+): No such file/m.exec(stderr);
  return found?.[1];
}
