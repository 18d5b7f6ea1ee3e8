// Without root: nscap runs itself again inside a user namespace of its own, where it may do all that root may do to the
// network namespaces it makes there, and nothing else.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isNscap, sudoHint } from '../base/shell.ts';
import { signalEnvironment } from '../base/signals.ts';
import { PARENT } from '../binding/parent.ts';
import { copyEnvironment } from '../binding/system-programs.ts';
import { NscapError } from '../errors.ts';
import { attempt, check, foreground } from './command.ts';

/** Tells the copy of nscap inside that it is one: the process id of its parent. Programs it starts don't inherit it. */
const MARKER = 'NSCAP_USER_NAMESPACE';

/** Bits of CapEff in /proc/PID/status (linux/capability.h). */
const CAP_NET_ADMIN = 12n;
const CAP_SYS_ADMIN = 21n;

const UNSHARE = ['unshare', '--user', '--map-root-user', '--net', '--mount', '--'];

/** Whether this process may make and change network namespaces: it has CAP_NET_ADMIN and CAP_SYS_ADMIN. */
export function mayManageNamespaces(): boolean {
  const effective = BigInt(
    `0x${/^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]}`,
  );
  return ((effective >> CAP_NET_ADMIN) & (effective >> CAP_SYS_ADMIN) & 1n) === 1n;
}

/** Whether an ordinary user may make a user namespace here, tried out; and if not, the reason in words. */
async function userNamespaceAllowed(): Promise<{ allowed: true } | { allowed: false; reason: string }> {
  const result = await attempt([...UNSHARE, 'true'], { timeout: 5000 });
  if (result.status === 0) return { allowed: true };
  return { allowed: false, reason: whyNot() ?? (result.stderr.trim() || 'unshare failed') };
}

/** Whether this is the copy of nscap that runs inside a user namespace, before the first call of `asRoot`. */
export function startedInUserNamespace(): boolean {
  return process.env[MARKER] === String(process.ppid) && inUserNamespace();
}

/**
 * For a command that needs root: returns undefined where this process may go on, and otherwise runs the same command
 * line again in a user namespace and returns its exit status. Inside, the first call makes /run writable.
 * @throws NscapError NOT_PERMITTED when user namespaces are not allowed either.
 */
export async function asRoot(args: readonly string[] = process.argv.slice(2)): Promise<number | undefined> {
  if (startedInUserNamespace()) await prepare();
  else if (!mayManageNamespaces()) return reexecInUserNamespace(args);
  return undefined;
}

/**
 * Runs `nscap ARGS…` in a new user, network and mount namespace, in the foreground: it has our standard streams and
 * gets our signals. Whatever it makes there is gone when it ends. Returns its exit status.
 * @throws NscapError NOT_PERMITTED when user namespaces are not allowed, with the reason.
 */
async function reexecInUserNamespace(args: readonly string[]): Promise<number> {
  const answer = await userNamespaceAllowed();
  if (!answer.allowed) {
    throw new NscapError(
      'NOT_PERMITTED',
      `this needs root, and user namespaces are not allowed: ${answer.reason}`,
      { hint: sudoHint(args) },
    );
  }
  return foreground([...UNSHARE, ...selfArgv(args)], {
    env: childEnvironment({ [MARKER]: String(process.pid) }),
  });
}

/** The command line that runs this very nscap with other arguments. */
export function selfArgv(args: readonly string[]): string[] {
  return [process.execPath, ...nodeOptions(), programPath(), ...args];
}

/**
 * The environment for that. Node reads every certificate that NODE_EXTRA_CA_CERTS names each time it starts, for which
 * nscap has no use: it is put aside, and put back (cli/main.ts) for the programs that nscap runs for people.
 */
export function selfEnvironment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const environment = copyEnvironment(extra);
  return {
    ...environment,
    ...signalEnvironment(),
    NODE_EXTRA_CA_CERTS: '',
    NSCAP_CA_CERTS: environment.NODE_EXTRA_CA_CERTS ?? '',
  };
}

/** The environment of a copy that ends when this process does. */
export function childEnvironment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return selfEnvironment({ ...extra, [PARENT]: String(process.pid) });
}

/** The bundled program: beside or above this file, wherever the bundler or a test runner put it. */
function programPath(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    for (const candidate of [join(folder, 'nscap.js'), join(folder, 'dist', 'nscap.js')]) {
      if (existsSync(candidate)) return candidate;
    }
    if (folder === dirname(folder)) {
      throw new NscapError('NOT_BUILT', 'nscap.js is not there', { hint: 'npm run build makes it' });
    }
  }
}

/**
 * Node's own options, less those that a second process can't share with the first. Those of a program that uses nscap as a
 * library are left out: `-e` or `--test` would run that program once more.
 */
function nodeOptions(): string[] {
  if (!isNscap()) return [];
  return process.execArgv.filter((option) => !option.startsWith('--inspect'));
}

/** Whether root here is only root of a part: the first user namespace maps all 2^32 - 1 ids onto themselves. */
export function inUserNamespace(): boolean {
  return !/^\s*0\s+0\s+4294967295$/m.test(readFileSync('/proc/self/uid_map', 'utf8'));
}

/** The user namespace may not write to the real /run, where `ip netns` keeps names: an empty one covers it. */
async function prepare(): Promise<void> {
  delete process.env[MARKER];
  await check(['mount', '-t', 'tmpfs', 'tmpfs', '/run']);
  await check(['ip', 'link', 'set', 'dev', 'lo', 'up']);
}

/** The switches by which distributions forbid user namespaces. */
function whyNot(): string | undefined {
  const value = (path: string) => {
    try {
      return readFileSync(path, 'utf8').trim();
    } catch {
      return undefined; // A kernel without this switch.
    }
  };
  if (value('/proc/sys/kernel/unprivileged_userns_clone') === '0')
    return 'kernel.unprivileged_userns_clone is 0';
  if (value('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === '1') {
    return 'kernel.apparmor_restrict_unprivileged_userns is 1';
  }
  if (value('/proc/sys/user/max_user_namespaces') === '0') return 'user.max_user_namespaces is 0';
  if (value('/proc/sys/user/max_net_namespaces') === '0') return 'user.max_net_namespaces is 0';
  return undefined;
}
