// Runs nscap as a user does: the built program, in a process of its own.
import {
  type ChildProcessWithoutNullStreams,
  type SpawnOptionsWithoutStdio,
  spawn,
} from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The built program; `scripts/setup` and `npm run build` make it. */
export const PROGRAM = fileURLToPath(new URL('../../dist/nscap.js', import.meta.url));

export interface Result {
  /** Exit status, or null where a signal ended it. */
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Starts nscap with these arguments and leaves it running. */
export function start(
  args: string[],
  options: SpawnOptionsWithoutStdio = {},
): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [PROGRAM, ...args], options);
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
export function seen(stream: NodeJS.ReadableStream, pattern: RegExp, ms = 10_000): Promise<string> {
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
