// Wireshark on one side of a pipe, `nscap capture` on the other.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { createInterface } from 'node:readline';
import { shellLine } from '../../base/shell.ts';
import { endingSignals } from '../../base/signals.ts';
import { spawn } from '../../base/spawn.ts';
import { futureUser, homeOf, type User } from '../../binding/privilege.ts';
import { userEnvironment } from '../../binding/system-programs.ts';
import { NscapError } from '../../errors.ts';
import { runnable } from '../../netns/command.ts';
import { childEnvironment, selfArgv } from '../../netns/user.ts';

const WIRESHARK = ['-k', '-i', '-'];

/** What `nscap capture` is given. */
function captureWords(words: readonly string[]): string[] {
  return ['capture', '--pcapng', '-w', '-', ...words];
}

/** The command line for a machine with a display; the remote shell reads the words once more. */
export function remoteCommand(words: readonly string[]): string {
  const there = shellLine(['sudo', 'nscap', ...captureWords(words)]);
  return `${shellLine(['ssh', hostname(), there])} | ${shellLine(['wireshark', ...WIRESHARK])}`;
}

/**
 * Captures until Wireshark or the capture ends.
 * @throws NscapError MISSING_TOOL where there is no Wireshark, NO_PLACE where there is no display
 */
export async function openWireshark(words: readonly string[], program: string): Promise<void> {
  if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) {
    throw new NscapError('NO_PLACE', 'there is no display for Wireshark here', {
      hint: `on a machine that has one: ${remoteCommand(words)}`,
    });
  }
  const [node, ...rest] = selfArgv(captureWords(words)) as [string, ...string[]];
  const capture = spawn(node, rest, {
    env: childEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const captured = once(capture, 'close');
  for (const signal of endingSignals()) process.on(signal, () => capture.kill('SIGINT'));
  if (!(await listening(capture))) {
    await captured;
    process.exitCode = capture.exitCode ?? 1;
    return;
  }
  const wireshark = start(program, futureUser(undefined));
  const shown = once(wireshark, 'close');
  try {
    await once(wireshark, 'spawn');
  } catch (error) {
    shown.catch(() => {});
    capture.kill('SIGINT');
    capture.stdout.resume();
    await captured;
    throw (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? new NscapError('MISSING_TOOL', `'${program}' is not installed here`, {
          hint: `apt install wireshark; or where it is: ${remoteCommand(words)}`,
        })
      : error;
  }
  wireshark.stdin!.on('error', () => {}); // It was closed.
  capture.stdout!.pipe(wireshark.stdin!);
  wireshark.on('close', () => {
    capture.stdout.unpipe();
    capture.stdout.resume();
    capture.kill('SIGINT');
  });
  await captured;
  const [status] = await shown;
  process.exitCode = capture.exitCode !== 0 ? (capture.exitCode ?? 1) : (status ?? 1);
}

/** Passes on the capture's messages; returns whether it began. */
function listening(capture: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    createInterface(capture.stderr!)
      .on('line', (line) => {
        process.stderr.write(`${line}\n`);
        if (line.startsWith('listening on ')) resolve(true);
      })
      .on('close', () => resolve(false));
  });
}

/** As the user who ran sudo, who owns the display. */
function start(program: string, user: User | undefined): ChildProcess {
  const identity =
    user === undefined ? {} : { uid: user.uid, gid: user.gid, env: { ...userEnvironment(), ...home(user) } };
  return spawn(user === undefined ? runnable([program])[0] : program, WIRESHARK, {
    stdio: ['pipe', 'inherit', 'inherit'],
    ...identity,
  });
}

function home(user: User): NodeJS.ProcessEnv {
  const { name, uid } = user;
  const folder = homeOf(user);
  return {
    ...(folder === undefined ? {} : { HOME: folder }),
    ...(name === undefined ? {} : { USER: name, LOGNAME: name }),
    XDG_RUNTIME_DIR: `/run/user/${uid}`,
  };
}
