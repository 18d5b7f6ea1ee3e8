// What keeps network namespaces alive, as /proc tells it: names, processes and their threads, bind mounts in any mount
// namespace, open descriptors, and sockets in a namespace that their process has left.
import { readdirSync, readFileSync, readlinkSync, statfsSync, statSync } from 'node:fs';
import { theKernel } from '../binding/kernel.ts';
import { NAMED } from './namespace.ts';

/** statfs(2) f_type of a namespace file (linux/magic.h). */
const NSFS_MAGIC = 0x6e736673;

/** A namespace, and everything found that keeps it alive. */
export interface Holders {
  inode: number;
  /** Names under /run/netns. */
  names: string[];
  /** Processes in it, in the order of their ids. */
  processes: number[];
  /** Threads in it whose process's first thread is in another namespace. */
  threads: { process: number; thread: number }[];
  /** Other bind mounts: the path as the mount namespace of `process` has it. */
  mounts: { path: string; process: number }[];
  /** Open namespace files. */
  descriptors: { process: number; descriptor: number }[];
  /** Sockets made in it by processes that are elsewhere now. */
  sockets: { process: number; descriptor: number }[];
}

interface HoldersFound {
  byInode: Map<number, Holders>;
  /** Processes that this user may not inspect. */
  hidden: number;
  /** Files under /run/netns with no namespace mounted on them. */
  stale: string[];
}

/**
 * Searches /run/netns and /proc. What goes away meanwhile is left out. Takes a few milliseconds per 100 processes; without
 * the `files` that they have open, and their threads, a tenth of that.
 */
export function findHolders(files = true): HoldersFound {
  const search = new Search();
  search.names();
  for (const process of processes()) {
    const inode = search.process(process);
    if (inode === undefined) continue;
    if (files) {
      search.threads(process, inode);
      search.descriptors(process);
    }
    search.mounts(process);
  }
  search.openedFiles();
  search.forgetNames();
  search.sockets();
  return search.found;
}

function processes(): number[] {
  return list('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

class Search {
  readonly found: HoldersFound = { byInode: new Map(), hidden: 0, stale: [] };
  /** The namespace that each process is in. */
  private readonly homes = new Map<number, number>();
  private readonly openSockets: { process: number; descriptor: number }[] = [];
  private readonly opened: { process: number; descriptor: number; target: string }[] = [];
  private readonly mountNamespaces = new Set<string>();
  private readonly mountPoints = new Set<string>();

  private of(inode: number): Holders {
    let holders = this.found.byInode.get(inode);
    if (holders === undefined) {
      holders = { inode, names: [], processes: [], threads: [], mounts: [], descriptors: [], sockets: [] };
      this.found.byInode.set(inode, holders);
    }
    return holders;
  }

  names(): void {
    for (const name of list(NAMED)) {
      const inode = namespaceInode(`${NAMED}/${name}`);
      if (inode === undefined) this.found.stale.push(name);
      else this.of(inode).names.push(name);
    }
  }

  /** The namespace of the process; undefined if it is gone, or may not be inspected. */
  process(process: number): number | undefined {
    const link = readLink(`/proc/${process}/ns/net`);
    if (link === 'hidden') this.found.hidden += 1;
    const inode = inodeOf(link);
    if (inode === undefined) return undefined;
    this.of(inode).processes.push(process);
    this.homes.set(process, inode);
    return inode;
  }

  /** Threads that are in another namespace than their process. */
  threads(process: number, home: number): void {
    const threads = list(`/proc/${process}/task`);
    if (threads.length <= 1) return;
    for (const thread of threads) {
      const inode = inodeOf(readLink(`/proc/${process}/task/${thread}/ns/net`));
      if (inode !== undefined && inode !== home)
        this.of(inode).threads.push({ process, thread: Number(thread) });
    }
  }

  descriptors(process: number): void {
    for (const name of list(`/proc/${process}/fd`)) {
      const target = readLink(`/proc/${process}/fd/${name}`);
      const descriptor = Number(name);
      if (target.startsWith('socket:')) this.openSockets.push({ process, descriptor });
      else if (target.startsWith('net:['))
        this.of(inodeOf(target)!).descriptors.push({ process, descriptor });
      else if (target.startsWith('/')) this.opened.push({ process, descriptor, target });
    }
  }

  /** Bind mounts in the mount namespace of the process, unless they were read for another process. */
  mounts(process: number): void {
    const mountNamespace = readLink(`/proc/${process}/ns/mnt`);
    if (!mountNamespace.startsWith('mnt:') || this.mountNamespaces.has(mountNamespace)) return;
    this.mountNamespaces.add(mountNamespace);
    const isOurs = mountNamespace === readLink('/proc/self/ns/mnt');
    for (const { path, inode } of namespaceMounts(`/proc/${process}/mountinfo`)) {
      this.mountPoints.add(path);
      // A mount covered by another one, as by a rootless lab's own /run, is still listed, but the path does not lead to it.
      if (namespaceInode(`/proc/${process}/root${path}`) !== inode) continue;
      if (isOurs && path.startsWith(`${NAMED}/`)) continue;
      const { mounts } = this.of(inode);
      if (!mounts.some((mount) => mount.path === path && mount.process === process))
        mounts.push({ path, process });
    }
  }

  /**
   * A descriptor opened through a bind mount shows the mount's path, and `/` once that is unmounted: only those files
   * are examined, since stat(2) on any other may hang on a dead network file system.
   */
  openedFiles(): void {
    for (const { process, descriptor, target } of this.opened) {
      if (target !== '/' && !this.mountPoints.has(target)) continue;
      const inode = namespaceInode(`/proc/${process}/fd/${descriptor}`);
      if (inode !== undefined) this.of(inode).descriptors.push({ process, descriptor });
    }
  }

  /** Every mount namespace that was copied shows the names once more. */
  forgetNames(): void {
    for (const holders of this.found.byInode.values())
      holders.mounts = holders.mounts.filter(
        ({ path }) => !holders.names.some((name) => path === `${NAMED}/${name}`),
      );
  }

  /** Sockets of a namespace that their process is not in. */
  sockets(): void {
    const kernel = this.openSockets.length > 0 ? theKernel() : undefined;
    for (const socket of this.openSockets) {
      const inode = kernel?.socketNamespace(socket.process, socket.descriptor);
      if (inode !== undefined && inode !== this.homes.get(socket.process))
        this.of(inode).sockets.push(socket);
    }
  }
}

/** Paths and inodes of the network namespaces mounted somewhere, from proc_pid_mountinfo(5). */
function namespaceMounts(file: string): { path: string; inode: number }[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return []; // The process is gone, or may not be inspected.
  }
  const mounts: { path: string; inode: number }[] = [];
  for (const line of text.split('\n')) {
    const [, , , root, path] = line.split(' ', 5);
    const inode = inodeOf(root ?? '');
    if (inode === undefined) continue;
    mounts.push({
      path: path.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))),
      inode,
    });
  }
  return mounts;
}

function inodeOf(link: string): number | undefined {
  const found = /^net:\[(\d+)\]$/.exec(link);
  return found === null ? undefined : Number(found[1]);
}

/** The target of a link; 'hidden' where this user may not read it, '' where it is gone. */
function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EACCES' || code === 'EPERM' ? 'hidden' : '';
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function namespaceInode(path: string): number | undefined {
  try {
    return statfsSync(path).type === NSFS_MAGIC ? statSync(path).ino : undefined;
  } catch {
    return undefined;
  }
}
