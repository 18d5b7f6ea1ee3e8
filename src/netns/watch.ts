// Notices changes: `ip monitor` in every namespace, and names that come and go under /run/netns.
import type { ChildProcess } from 'node:child_process';
import { watch } from 'node:fs';
import { spawn } from '../base/spawn.ts';
import { programEnvironment } from '../binding/system-programs.ts';
import { tethered } from './command.ts';
import { findHolders } from './holders.ts';
import { enterArgv, NAMED, type Namespace } from './namespace.ts';

/** Milliseconds without a change until one is reported: setting up a lab makes hundreds in a row. */
const QUIET = 200;
/** Milliseconds between scans for namespaces without a name. */
const LOOK = 2000;

const MONITOR = ['ip', 'monitor', 'link', 'address', 'route'];

/**
 * Calls `changed` when links, addresses or routes change in one of the namespaces, or when namespaces come or go.
 * Returns a function that ends it and every process it started.
 */
export function watchNamespaces(namespaces: readonly Namespace[], changed: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  const soon = () => {
    if (over) return;
    clearTimeout(timer);
    timer = setTimeout(changed, QUIET);
  };
  const children: ChildProcess[] = namespaces.map((netns) => {
    const [program, ...args] = tethered(enterArgv(netns, MONITOR));
    const child = spawn(program, args, { env: programEnvironment(), stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout.on('data', soon);
    child.on('error', () => {}); // The namespace is gone: the scan below notices.
    return child;
  });
  const known = () => [...findHolders().byInode.keys()].sort().join();
  let before = known();
  const look = setInterval(() => {
    const now = known();
    if (now !== before) {
      before = now;
      soon();
    }
  }, LOOK);
  let names: ReturnType<typeof watch> | undefined;
  try {
    names = watch(NAMED, soon);
  } catch {
    // There is no such directory yet; the scan notices when there is.
  }
  return () => {
    over = true;
    clearTimeout(timer);
    clearInterval(look);
    names?.close();
    for (const child of children) child.kill();
  };
}
