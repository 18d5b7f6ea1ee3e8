// Programs of the system as root runs them: from a fixed list of folders, with an environment of known variables. Whoever
// can choose the environment of a process that is root (sudo -E, a service's unit, a shell's rc file) chooses no program.
import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';

/** The `secure_path` of sudo as distributions set it, and where NixOS and Guix have theirs. */
export const SYSTEM_FOLDERS: readonly string[] = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
  '/run/current-system/sw/bin',
  '/run/current-system/profile/bin',
];

/** What such a program is given: who and where people are, how terminals and container engines are reached. */
const FOR_PROGRAMS =
  /^(HOME|USER|LOGNAME|TERM|TZ|SUDO_(UID|GID|USER)|XDG_RUNTIME_DIR|DOCKER_\w+|CONTAINER_\w+|CONTAINERD_\w+)$/;

/** What makes Node, the loader, libc, OpenSSL, libpcap or a shell run or read what the variable names. */
const CODE =
  /^(NODE_(?!EXTRA_CA_CERTS$)\w+|UV_\w+|LD_\w+|GCONV_PATH|GLIBC_TUNABLES|LOCPATH|NLSPATH|MALLOC_\w+|OPENSSL_\w+|PCAP_\w+|BASH_\w+.*|ENV|IFS|CDPATH|SHELLOPTS|BASHOPTS|PS4|GLOBIGNORE|HOSTALIASES|LOCALDOMAIN|RES_OPTIONS|TERMINFO\w*|TERMCAP|PYTHON\w+|PERL\w+|RUBY\w+|XTABLES_\w+|IP6?TABLES_\w+|TC_\w+)$/s;

/** Of nscap's own variables, those that people set or that one copy of nscap tells the other. */
const OWN = /^NSCAP_(CLICKHOUSE_\w+|DEBUG|CA_CERTS|NOHUP|PARENT|USER_NAMESPACE)$/;

/** Whether this process is root, here or in a user namespace: then PATH is not asked where a program is. */
export function runsAsRoot(): boolean {
  return process.geteuid?.() === 0;
}

const found = new Map<string, string>();

/**
 * The program of that name as it is started: for root its absolute path; for others the name, which PATH has the
 * place of. A path is returned unchanged. Undefined where root has none.
 */
export function systemProgram(name: string): string | undefined {
  if (name.includes('/') || !runsAsRoot()) return name;
  const known = found.get(name);
  if (known !== undefined) return known;
  const path = SYSTEM_FOLDERS.map((folder) => join(folder, name)).find(isTrusted);
  if (path !== undefined) found.set(name, path);
  return path;
}

/** A program that may be run, and that other users cannot have written or replaced. */
function isTrusted(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    const file = statSync(path);
    return file.isFile() && ((file.mode | statSync(join(path, '..')).mode) & 0o002) === 0;
  } catch {
    return false; // Not there, or not executable: the next folder may have it.
  }
}

/** Where PATH has a program that root does not run from there. */
export function outsideSystemFolders(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(':')) {
    const path = join(folder || '.', name);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      // Not there.
    }
  }
  return undefined;
}

/** The environment of the system's programs. Messages must be English. */
export function programEnvironment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  if (!runsAsRoot()) return { ...process.env, ...extra, PATH: userPath(), LC_ALL: 'C' };
  const kept = Object.entries(process.env).filter(([name]) => FOR_PROGRAMS.test(name));
  return { ...Object.fromEntries(kept), ...extra, PATH: SYSTEM_FOLDERS.join(':'), LC_ALL: 'C' };
}

/** The environment of a copy of nscap: PATH has the system's folders first, and the user's for what the user asks for. */
export function copyEnvironment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  if (!runsAsRoot()) return programEnvironment(extra);
  const kept = Object.entries(process.env).filter(([name]) => isHarmless(name));
  const path = [...new Set([...SYSTEM_FOLDERS, ...userPath().split(':')])].join(':');
  return { ...Object.fromEntries(kept), ...extra, PATH: path, LC_ALL: 'C' };
}

/** The environment of a program that the user asks for: the user's own. The sbin folders are in no ordinary user's PATH. */
export function userEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: userPath() };
}

function userPath(): string {
  return `${process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin'}:/usr/local/sbin:/usr/sbin:/sbin`;
}

/**
 * Under sudo: takes out of this process's own environment what names code. Libraries that are loaded later, and programs
 * the user asks for, do not see it.
 */
export function cleanEnvironment(): void {
  if (!runsAsRoot() || process.env.SUDO_UID === undefined) return;
  for (const name of Object.keys(process.env)) if (!isHarmless(name)) delete process.env[name];
}

function isHarmless(name: string): boolean {
  return name.startsWith('NSCAP_') ? OWN.test(name) : !CODE.test(name);
}
