// Giving up root: finding the user who ran sudo, and becoming that user.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { NscapError, usageError } from '../errors.ts';
import { koffi } from './load.ts';
import { arm } from './parent.ts';
import { programEnvironment, systemProgram } from './system-programs.ts';

/** A user, by numbers, and by name where that is known. */
export interface User {
  name: string | undefined;
  uid: number;
  gid: number;
}

/** Node has it on every system with groups, but @types/node does not know. */
type InitGroups = typeof process & { initgroups(user: string, group: number): void };

/** The user who called sudo; undefined without sudo, or where that was root. */
function userBehindSudo(): User | undefined {
  const { SUDO_UID, SUDO_GID, SUDO_USER } = process.env;
  if (process.geteuid?.() !== 0 || !/^\d+$/.test(SUDO_UID ?? '') || !/^\d+$/.test(SUDO_GID ?? ''))
    return undefined;
  const uid = Number(SUDO_UID);
  return uid === 0 ? undefined : { name: SUDO_USER, uid, gid: Number(SUDO_GID) };
}

/** The user of that name, as the system's user database has it. Throws a usage error where there is none. */
function userNamed(name: string): User {
  const [uid, gid] = ['-u', '-g'].map((what) => {
    const { stdout, status } = spawnSync(systemProgram('id') ?? '/usr/bin/id', [what, '--', name], {
      encoding: 'utf8',
      env: programEnvironment(),
    });
    if (status !== 0) throw usageError(`there is no user '${name}'`);
    return Number(stdout);
  }) as [number, number];
  return { name, uid, gid };
}

/** The user's home folder; undefined where the user database has none. */
export function homeOf({ uid }: User): string | undefined {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  return lines.find((line) => line.split(':')[2] === String(uid))?.split(':')[5] || undefined;
}

/** Stores, what waits for them, and passwords are looked for in this user's home folder from now on. */
export function useHomeOf(user: User): void {
  for (const name of ['DATA', 'STATE', 'CACHE', 'CONFIG']) delete process.env[`XDG_${name}_HOME`];
  process.env.HOME = homeOf(user) ?? '/';
}

/** Who to become once a capture is open: the user of that name, or the one behind sudo; undefined to stay who we are. */
export function futureUser(name: string | undefined): User | undefined {
  if (name === undefined) return userBehindSudo();
  const user = userNamed(name);
  return user.uid === 0 ? undefined : user;
}

/**
 * The same as `futureUser`, and tried out. Before a file is made: a start that is refused leaves existing files alone.
 * `folder`: where further files are to be made by then.
 * @throws NscapError where this process cannot become the user of that name, or the user may not make files in the folder
 */
export function checkedUser(name: string | undefined, folder?: string): User | undefined {
  const user = futureUser(name);
  if (user === undefined || process.geteuid?.() === user.uid) return user;
  const found = tryAs(user, folder);
  if (found === 'cannot become' && name !== undefined) {
    throw new NscapError('NOT_PERMITTED', `cannot become the user '${name}'`, { hint: 'only root can' });
  }
  if (found === 'may not') {
    throw new NscapError(
      'FILE',
      `${user.name ?? `user ${user.uid}`} may not make further files in ${folder}`,
      { hint: '-Z root goes on as root' },
    );
  }
  return user;
}

/** Whether this process could be the user, and the user make files in the folder: tried out, and taken back. */
function tryAs(user: User, folder: string | undefined): 'may' | 'may not' | 'cannot become' {
  const outcome = asUser(user, () => {
    try {
      if (folder !== undefined) rmdirSync(mkdtempSync(join(folder, '.nscap-')));
      return 'may';
    } catch {
      return 'may not';
    }
  });
  return outcome ?? 'cannot become';
}

/**
 * What `action` returns with the rights of the user, whom this process becomes later; undefined where it is not root, or
 * there is no such user to be.
 */
export function asUser<T>(user: User | undefined, action: () => T): T | undefined {
  if (user === undefined || process.geteuid?.() !== 0) return undefined;
  const groups = process.getgroups!();
  const gid = process.getegid!();
  try {
    setGroups(user);
    process.setegid!(user.gid);
    process.seteuid!(user.uid);
  } catch {
    restore(gid, groups);
    return undefined;
  }
  try {
    return action();
  } finally {
    restore(gid, groups);
  }
}

function restore(gid: number, groups: number[]): void {
  process.seteuid!(0);
  process.setegid!(gid);
  try {
    process.setgroups!(groups);
  } catch {
    // In a user namespace without other groups, where none were changed.
  }
}

function setGroups(user: User): void {
  if (user.name === undefined) process.setgroups!([user.gid]);
  else (process as InitGroups).initgroups(user.name, user.gid);
}

/**
 * Becomes the user, for good, before any packet is looked at. Where that cannot be (another root in a user namespace
 * has no other users) and was not asked for it by name (`checkedUser`), stays who we are.
 * Nothing it starts from then on gains rights that the user has not, such as those of a setuid program: `mayGain` is for
 * programs that the user names.
 */
export function becomeUser(user: User | undefined, mayGain = false): void {
  if (user === undefined || process.geteuid?.() === user.uid) return;
  if (become(user) && !mayGain) gainNothing();
}

/** prctl(2) */
const PR_SET_NO_NEW_PRIVS = 38;

function gainNothing(): void {
  try {
    const word = 'unsigned long';
    const prctl = koffi().load(null).func(`int prctl(int, ${word}, ${word}, ${word}, ${word})`);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  } catch {
    // Files are read without koffi as well. What matters, that root is given up, is done.
  }
}

/** Groups first, the user last: after that nothing else may be changed. Returns whether it was permitted. */
function become(user: User): boolean {
  if (process.geteuid?.() !== 0) return false;
  // What has not been loaded yet may lie where only root may read (scripts/load.cjs).
  (globalThis as { nscapKeepCode?: () => void }).nscapKeepCode?.();
  try {
    setGroups(user);
    process.setgid!(user.gid);
    process.setuid!(user.uid);
    arm();
    return true;
  } catch {
    return false;
  }
}
