// Giving up root: who the user behind sudo is, and becoming that user.
import { spawnSync } from 'node:child_process';
import { fchownSync } from 'node:fs';
import { usageError } from '../errors.ts';

/** A user, by numbers, and by name where that is known. */
export interface User {
  name: string | undefined;
  uid: number;
  gid: number;
}

/** Node has it on every system with groups, but @types/node does not know. */
type InitGroups = typeof process & { initgroups(user: string, group: number): void };

/** The user who called sudo; undefined without sudo, or where that was root. */
export function userBehindSudo(): User | undefined {
  const { SUDO_UID, SUDO_GID, SUDO_USER } = process.env;
  if (process.geteuid?.() !== 0 || !/^\d+$/.test(SUDO_UID ?? '') || !/^\d+$/.test(SUDO_GID ?? ''))
    return undefined;
  const uid = Number(SUDO_UID);
  return uid === 0 ? undefined : { name: SUDO_USER, uid, gid: Number(SUDO_GID) };
}

/** The user of that name, as the system's user database has it. Throws a usage error where there is none. */
export function userNamed(name: string): User {
  const [uid, gid] = ['-u', '-g'].map((what) => {
    const { stdout, status } = spawnSync('id', [what, '--', name], { encoding: 'utf8' });
    if (status !== 0) throw usageError(`there is no user '${name}'`);
    return Number(stdout);
  }) as [number, number];
  return { name, uid, gid };
}

/** Gives a file that this process made to the user. Where that cannot be (a FAT disk) it stays root's. */
export function giveTo(user: User | undefined, descriptor: number): void {
  if (user === undefined) return;
  try {
    fchownSync(descriptor, user.uid, user.gid);
  } catch {}
}

/**
 * Becomes the user, for good: groups, group, user. Answers false where this process may not (it is not root) or the
 * user does not exist here (in a user namespace that maps no one else).
 */
export function become(user: User): boolean {
  if (process.geteuid?.() !== 0) return false;
  try {
    // Only groups first, then the rest: once the user is changed, nothing else may be.
    if (user.name === undefined) process.setgroups!([user.gid]);
    else (process as InitGroups).initgroups(user.name, user.gid);
    process.setgid!(user.gid);
    process.setuid!(user.uid);
    return true;
  } catch {
    return false;
  }
}
