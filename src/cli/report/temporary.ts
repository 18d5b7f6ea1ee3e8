// Captures that can be read once only, put into files that can be read again: standard input, pipes, live captures.
import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream, lchownSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { futureUser } from '../../binding/privilege.ts';
import { cannotWrite } from '../../errors.ts';
import { childEnvironment } from '../../netns/user.ts';
import type { PageInput } from '../../page/data.ts';
import { statInput } from '../../source/input.ts';
import { interruptible } from '../interrupt.ts';

/** A folder that `work` is given and that is gone afterwards. */
export async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'nscap-report-'));
  // Who reads and removes it is the user behind sudo.
  const user = futureUser(undefined);
  if (user !== undefined) lchownSync(folder, user.uid, user.gid);
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The files as inputs of a page; what is no regular file is copied into `folder` first. */
export async function inputsOf(files: readonly string[], folder: string): Promise<PageInput[]> {
  const inputs: PageInput[] = [];
  for (const [index, file] of files.entries()) {
    const regular = file !== '-' && (statInput(file)?.isFile() ?? true);
    if (regular) inputs.push({ path: file, name: file, file });
    else {
      const path = join(folder, String(index));
      const from = file === '-' ? process.stdin : createReadStream(file);
      try {
        await pipeline(from, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
      } catch (error) {
        throw cannotWrite(path, error);
      }
      inputs.push({ path, name: file === '-' ? 'standard input' : file, file: null });
    }
  }
  return inputs;
}

/**
 * Captures with `nscap capture` into a file of `folder`, with the kernel's side of its sockets, until the time is over
 * or a signal ends it; what was captured then is reported. `words`: namespace, interfaces, filter.
 */
export async function captureFor(
  words: readonly string[],
  duration: number,
  folder: string,
): Promise<PageInput> {
  const path = join(folder, 'live.pcapng');
  const options = ['-w', path, '--sockets', '--drops', '--duration', `${duration}ms`];
  const args = [...process.execArgv, process.argv[1], 'capture', ...options, '--', ...words];
  const status = await interruptible(async (signal) => {
    const child = spawn(process.execPath, args, {
      env: childEnvironment(),
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    // The child gets a terminal's Ctrl-C by itself; of a signal to this process alone it has to be told.
    signal.addEventListener('abort', () => child.kill('SIGINT'));
    return new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, by) => resolve(code ?? 128 + constants.signals[by!]));
    });
  });
  if (statSync(path, { throwIfNoEntry: false }) === undefined) {
    process.exitCode = status === 0 ? 1 : status;
    return { path: '', name: '', file: null };
  }
  return { path, name: words.slice(0, 2).join(':'), file: null };
}
