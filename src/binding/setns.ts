// Stepping into a network namespace in this very process, the way `ip netns exec` does before it starts a program.
import { closeSync, openSync, readdirSync } from 'node:fs';
import { koffi } from './load.ts';

const CLONE_NEWNS = 0x20000;
const CLONE_NEWNET = 0x40000000;
const MS_BIND = 0x1000;
const MS_REC_SLAVE = 0x4000 | 0x80000;
const MNT_DETACH = 2;

/** Names of the files in a folder. */
function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // as a rule there is none
  }
}

/**
 * Moves this thread into the network namespace of that file, and gives it mounts of its own in which /sys shows the
 * interfaces there, and files of the `configuration` folder lie over those of the same names in /etc. Sockets it opens from now on belong to the namespace, whichever thread uses them; programs it
 * starts are inside. Node's other threads stay outside. Returns whether it was permitted; without that nothing changes
 * but that mounts made elsewhere later are seen and ours are not.
 */
export function stepInto(path: string, configuration?: string): boolean {
  const library = koffi().load(null);
  const unshare = library.func('int unshare(int)');
  const mount = library.func('int mount(const char *, const char *, const char *, unsigned long, void *)');
  const unmount = library.func('int umount2(const char *, int)');
  const setns = library.func('int setns(int, int)');
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch {
    return false;
  }
  try {
    if (unshare(CLONE_NEWNS) < 0 || mount('', '/', 'none', MS_REC_SLAVE, null) < 0) return false;
    if (setns(descriptor, CLONE_NEWNET) < 0) return false;
  } finally {
    closeSync(descriptor);
  }
  // libpcap reads an interface's own drop counters there. Where /sys cannot be mounted they stay 0.
  unmount('/sys', MNT_DETACH);
  mount('nscap', '/sys', 'sysfs', 0, null);
  if (configuration !== undefined) {
    // A name that /etc does not have is passed over, of which ip warns.
    for (const name of filesOf(configuration))
      mount(`${configuration}/${name}`, `/etc/${name}`, 'none', MS_BIND, null);
  }
  return true;
}
