// Captures that can be read once only, put into files that can be read again: standard input, pipes, live captures.

import { randomUUID } from 'node:crypto';
import { constants, createReadStream, createWriteStream, fstatSync, openSync, unlinkSync } from 'node:fs';
import { constants as os, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { spawn } from '../../base/spawn.ts';
import { NscapError, reason } from '../../errors.ts';
import { childEnvironment, selfArgv } from '../../netns/user.ts';
import type { PageInput } from '../../page/data.ts';
import { statInput } from '../../source/input.ts';
import { interruptible } from '../interrupt.ts';

/** The files as inputs of a page; what is no regular file is copied into one first. */
export async function inputsOf(files: readonly string[]): Promise<PageInput[]> {
  const inputs: PageInput[] = [];
  for (const file of files) {
    const regular = file !== '-' && (statInput(file)?.isFile() ?? true);
    if (regular) inputs.push({ path: file, name: file, file });
    else {
      const descriptor = temporaryFile();
      const from = file === '-' ? process.stdin : createReadStream(file);
      try {
        await pipeline(from, createWriteStream('', { fd: descriptor, autoClose: false }));
      } catch (error) {
        const { syscall } = error as NodeJS.ErrnoException;
        throw syscall === 'write' ? cannotKeep(error) : error;
      }
      inputs.push({ path: pathOf(descriptor), name: file === '-' ? 'standard input' : file, file: null });
    }
  }
  return inputs;
}

/**
 * Captures with `nscap capture`, with the kernel's side of its sockets, until the time is over or a signal ends it; what
 * was captured then is reported. Undefined where nothing was. `words`: namespace, interfaces, filter.
 */
export async function captureFor(words: readonly string[], duration: number): Promise<PageInput | undefined> {
  const descriptor = temporaryFile();
  const options = ['--pcapng', '-w', '-', '--sockets', '--drops', '--duration', `${duration}ms`];
  const [program, ...args] = selfArgv(['capture', ...options, '--', ...words]) as [string, ...string[]];
  const status = await interruptible(async (signal) => {
    const child = spawn(program, args, {
      stdio: ['ignore', descriptor, 'inherit'],
      env: childEnvironment(),
    });
    // The child gets a terminal's Ctrl-C by itself; a signal to this process alone must be passed on.
    signal.addEventListener('abort', () => child.kill('SIGINT'));
    return new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, by) => resolve(code ?? 128 + os.signals[by!]));
    });
  });
  if (fstatSync(descriptor).size === 0) {
    process.exitCode = status === 0 ? 1 : status;
    return undefined;
  }
  return { path: pathOf(descriptor), name: words.slice(0, 2).join(':'), file: null };
}

/** A file without a name: it is gone with the last process that has it open, even after kill -9. */
function temporaryFile(): number {
  const path = join(tmpdir(), `nscap-report-${randomUUID()}`);
  const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  try {
    const descriptor = openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    unlinkSync(path);
    return descriptor;
  } catch (error) {
    throw cannotKeep(error);
  }
}

/** Each time it is opened by this name it is read from its beginning. */
function pathOf(descriptor: number): string {
  return `/proc/self/fd/${descriptor}`;
}

function cannotKeep(error: unknown): NscapError {
  return new NscapError('FILE', `cannot write a temporary file in ${tmpdir()}: ${reason(error)}`, {
    hint: 'TMPDIR=FOLDER names another folder, with room for the whole capture',
    cause: error,
  });
}
