// Runs nscap as a user does: the built program, in a process of its own.
import {
  type ChildProcessWithoutNullStreams,
  type SpawnOptionsWithoutStdio,
  spawn,
} from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The built program; `scripts/setup` and `npm run build` make it. */
export const PROGRAM = fileURLToPath(new URL('../../dist/nscap.js', import.meta.url));

/** Milliseconds after which what has not happened will not happen, however busy the machine is. */
export const PATIENCE = 90_000;

/** The program where every user can read it: a checkout below /root is root's alone. */
export function readableProgram(): string {
  let folder = dirname(PROGRAM);
  while (folder !== '/' && (statSync(folder).mode & 0o005) === 0o005) folder = dirname(folder);
  if (folder === '/') return PROGRAM;
  const copy = mkdtempSync(join(tmpdir(), 'nscap-readable-'));
  process.once('exit', () => rmSync(copy, { recursive: true, force: true }));
  chmodSync(copy, 0o755);
  cpSync(dirname(PROGRAM), join(copy, 'dist'), { recursive: true });
  // What dist/ does not hold itself (scripts/build.mjs).
  const modules = join(dirname(PROGRAM), '../node_modules');
  for (const name of ['@koromix', 'elkjs'])
    cpSync(join(modules, name), join(copy, 'node_modules', name), { recursive: true });
  return join(copy, 'dist/nscap.js');
}

export interface Result {
  /** Exit status, or null where a signal ended it. */
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

let program: string | undefined;

/** Starts nscap with these arguments and leaves it running; as another user, from where that user can read it. */
export function start(
  args: string[],
  options: SpawnOptionsWithoutStdio = {},
): ChildProcessWithoutNullStreams {
  program ??= options.uid === undefined ? undefined : readableProgram();
  return spawn(process.execPath, [options.uid === undefined ? PROGRAM : program!, ...args], options);
}

/** Runs nscap to its end. `input` goes to its standard input, which is then closed. */
export function nscap(
  args: string[],
  options: SpawnOptionsWithoutStdio & { input?: string | Uint8Array } = {},
): Promise<Result> {
  return finish(start(args, options), options.input);
}

/** Runs any program to its end, arguments as an array. */
export function run(
  program: string,
  args: string[],
  options: SpawnOptionsWithoutStdio & { input?: string | Uint8Array } = {},
): Promise<Result> {
  return finish(spawn(program, args, options), options.input);
}

/**
 * Runs nscap where the programs in `folder` come before the system's of the same names. Root does not ask PATH for them:
 * there the folder lies over /usr/local/sbin, in mounts that only this run sees.
 */
export function nscapWith(folder: string, args: string[]): Promise<Result> {
  const argv = [process.execPath, PROGRAM, ...args];
  if (process.geteuid!() !== 0) {
    return nscap(args, { env: { ...process.env, PATH: `${folder}:${process.env.PATH}` } });
  }
  const script = 'mount --bind "$0" /usr/local/sbin && exec "$@"';
  return run('unshare', ['--mount', 'sh', '-c', script, folder, ...argv]);
}

/** Waits for a started process and collects what it wrote from now on. */
export function finish(child: ChildProcessWithoutNullStreams, input?: string | Uint8Array): Promise<Result> {
  return new Promise((resolve, reject) => {
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk) => stdout.push(chunk));
    child.stderr.on('data', (chunk) => stderr.push(chunk));
    child.stdin.on('error', () => {}); // a program that ends without reading its input is no failure
    child.on('error', reject);
    child.on('close', (status, signal) =>
      resolve({
        status,
        signal,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      }),
    );
    child.stdin.end(input);
  });
}

/** Waits until what a stream has written matches, and answers all of it; fails with it after `ms` milliseconds. */
export function seen(stream: NodeJS.ReadableStream, pattern: RegExp, ms = PATIENCE): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error(`${pattern} not seen within ${ms} ms in: ${text}`)), ms);
    stream.on('data', (chunk) => {
      text += chunk;
      if (!pattern.test(text)) return;
      clearTimeout(timer);
      resolve(text);
    });
    stream.on('end', () => {
      clearTimeout(timer);
      reject(new Error(`the stream ended before ${pattern}: ${text}`));
    });
  });
}
