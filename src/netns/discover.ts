// Every network namespace the caller may see, however it is kept alive, with its interfaces and where their other ends are.
import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { theKernel } from '../binding/kernel.ts';
import { NscapError } from '../errors.ts';
import {
  type Container,
  containerOfProcess,
  recordedContainers,
  runningContainers,
  silence,
} from './containers.ts';
import { findHolders, type Holders } from './holders.ts';
import type { Interface } from './interface.ts';
import { interfaces } from './interfaces.ts';
import { HERE, NAMED, type Namespace } from './namespace.ts';
import { findPeers, type Peer } from './peers.ts';
import { byRtnetlink, type Link } from './rtnetlink.ts';
import { mayManageNamespaces } from './user.ts';

/** How a namespace was found, the most informative way first. `here`: this process is in it, and it may be the host's. */
export type Origin = 'host' | 'here' | 'container' | 'name' | 'process' | 'mount' | 'descriptor' | 'socket';

export interface FoundInterface extends Interface {
  /** The other end of a veth, or the interface that a vlan or macvlan lies on. */
  peer?: Peer;
}

export interface FoundNamespace extends Holders {
  /** Its NS argument for nscap; `net:[inode]` if it cannot be entered. */
  label: string;
  origin: Origin;
  container?: Container;
  /** The command line of its first process. */
  command?: string;
  /** The way in. */
  namespace: Namespace;
  /** Undefined where `problem` says why they can't be seen. */
  interfaces?: FoundInterface[];
  problem?: string;
  /** Where the problem is a program that is not installed. */
  missing?: NscapError;
}

export interface Discovery {
  namespaces: FoundNamespace[];
  /** Sentences: what could not be seen, and why. */
  unseen: string[];
}

/** The names that podman, CRI-O and containerd give to namespaces. */
const ENGINE_MADE = /^(netns|cni)-[0-9a-f-]{36}$/;

/** How many `ip` processes run at a time: enough to keep two or four cores busy. */
const CONCURRENCY = 6;

/** Finds all namespaces, the host's first, then by label. Takes about a second for 100 namespaces. */
export async function discover(): Promise<Discovery> {
  const { byInode, hidden, stale } = findHolders();
  // An engine may take seconds to answer; none is queried if nothing looks like a container.
  const { containers, silent } = hasContainer([...byInode.values()])
    ? await runningContainers()
    : { containers: [], silent: [] };
  const host = hostInode();
  const all = [...byInode.values()].map((holders) => describe(holders, host, containers));
  // Namespaces come and go while they are listed.
  const gone = new Set<FoundNamespace>();
  await inTurn(all, async (netns) => {
    const refused = entryProblem(netns);
    if (refused !== undefined) netns.problem = refused;
    else {
      try {
        netns.interfaces = await interfaces(netns.namespace);
        // The listing may have entered by a process that had moved to another namespace.
        if (inodeOf(netns.namespace.path) !== netns.inode) gone.add(netns);
      } catch (error) {
        if (inodeOf(netns.namespace.path) !== netns.inode) gone.add(netns);
        netns.problem = (error as Error).message;
        if (error instanceof NscapError && error.code === 'MISSING_TOOL') netns.missing = error;
      }
    }
  });
  const found = all.filter((netns) => !gone.has(netns));
  const peers = findPeers(
    found.map(({ inode, namespace, interfaces }) => ({ inode, path: namespace.path, interfaces })),
  );
  for (const [link, peer] of peers) (link as FoundInterface).peer = peer;
  hostFirst(found);
  const sentences = unseen(hidden, stale, found);
  if (silent.length > 0) {
    sentences.push(`${silence(silent)}: containers of theirs are named by their control groups`);
  }
  return { namespaces: found, unseen: sentences };
}

/** A namespace in outline. */
export interface OutlinedNamespace extends Omit<FoundNamespace, 'interfaces'> {
  /** Undefined where `problem` says why they can't be seen. */
  links?: Link[];
}

/**
 * The namespaces that have names, processes or mounts, and their links, the host's first: what can be learned
 * without asking a container engine, which may take seconds. Some 20 ms for 100 namespaces.
 */
export async function outline(): Promise<OutlinedNamespace[]> {
  const holders = [...findHolders(false).byInode.values()];
  const containers = hasContainer(holders) ? recordedContainers() : [];
  const host = hostInode();
  const all: OutlinedNamespace[] = holders.map((holder) => describe(holder, host, containers));
  await inTurn(all, async (netns) => {
    const refused = entryProblem(netns);
    if (refused !== undefined) {
      netns.problem = refused;
      return;
    }
    const links =
      byRtnetlink(netns.namespace, (kernel) => kernel.links()) ?? (await linksByIp(netns.namespace));
    if (links === undefined) netns.problem = 'its interfaces could not be listed';
    else netns.links = links;
  });
  return hostFirst(all);
}

/** In a user namespace of its own, only `ip`, started inside, can list them. */
async function linksByIp(namespace: Namespace): Promise<Link[] | undefined> {
  try {
    return (await interfaces(namespace)).map(({ index, name, up, mac, kind }) => ({
      index,
      name,
      up,
      isEthernet: kind === 'loopback' || mac?.length === 17,
    }));
  } catch {
    return undefined;
  }
}

function hostFirst<T extends { origin: Origin; label: string }>(all: T[]): T[] {
  const order = (netns: T) => (netns.origin === 'host' || netns.origin === 'here' ? 0 : 1);
  return all.sort((a, b) => order(a) - order(b) || a.label.localeCompare(b.label, 'en', { numeric: true }));
}

function inodeOf(path: string): number | undefined {
  try {
    return statSync(path).ino;
  } catch {
    return undefined;
  }
}

/** Runs `work` on each of `items`, a few at a time. */
export async function inTurn<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

/** The machine's own namespace; undefined without permission to read that of process 1. */
function hostInode(): number | undefined {
  return inodeOf('/proc/1/ns/net');
}

function describe(holders: Holders, host: number | undefined, containers: Container[]): FoundNamespace {
  const { inode, names, processes } = holders;
  const isHost = inode === host;
  const container = isHost || inode === HERE.inode ? undefined : containerOf(processes, containers);
  const origin: Origin = isHost
    ? 'host'
    : container !== undefined
      ? 'container'
      : names.length > 0
        ? 'name'
        : inode === HERE.inode
          ? 'here'
          : processes.length > 0 || holders.threads.length > 0
            ? 'process'
            : holders.mounts.length > 0
              ? 'mount'
              : holders.descriptors.length > 0
                ? 'descriptor'
                : 'socket';
  const namespace = wayInto(holders, isHost, container);
  const first = processes[0];
  const command = first === undefined ? undefined : commandOf(first);
  return {
    ...holders,
    label: namespace.label,
    origin,
    namespace,
    ...(container === undefined ? {} : { container }),
    ...(command === undefined ? {} : { command }),
  };
}

/** Whether anything here looks as if a container engine had made it. */
function hasContainer(all: readonly Holders[]): boolean {
  return all.some(
    ({ names, processes }) =>
      names.some((name) => ENGINE_MADE.test(name)) ||
      processes.some((process) => containerOfProcess(process) !== undefined || isMonitor(process)),
  );
}

/** Whether the process is one that engines start beside each container. */
function isMonitor(process: number): boolean {
  try {
    return /^(conmon|containerd-shim)/.test(readFileSync(`/proc/${process}/comm`, 'utf8'));
  } catch {
    return false; // Gone.
  }
}

function containerOf(processes: number[], containers: Container[]): Container | undefined {
  const told = containers.find((container) => processes.includes(container.process));
  if (told !== undefined) return told;
  for (const process of processes) {
    const container = containerOfProcess(process);
    if (container === undefined) continue;
    // A container's program may have moved to another namespace; the engine still knows its name.
    return containers.find((candidate) => candidate.id === container.id) ?? container;
  }
  return undefined;
}

function wayInto(holders: Holders, isHost: boolean, container: Container | undefined): Namespace {
  const { inode } = holders;
  const way = (kind: Namespace['kind'], label: string, path: string, enter?: string[]): Namespace => ({
    kind,
    label,
    path,
    inode,
    enter: inode === HERE.inode ? [] : (enter ?? [...nsenter(path)]),
  });
  if (isHost) return inode === HERE.inode ? HERE : way('host', 'host', '/proc/1/ns/net');
  const name = holders.names[0];
  const process = holders.processes[0];
  // Engines name the namespaces they make, too, but users would not recognize those names.
  const engineMade = container !== undefined && ENGINE_MADE.test(name ?? '');
  if (name !== undefined && !engineMade)
    return way('named', name, `${NAMED}/${name}`, ['ip', 'netns', 'exec', name]);
  if (inode === HERE.inode) return { ...HERE, label: 'here' };
  if (container !== undefined && container.name !== '') {
    const path = `/proc/${process ?? container.process}/ns/net`;
    return way('container', `container:${container.name}`, path);
  }
  if (process !== undefined)
    return way('process', `pid:${process}`, `/proc/${process}/ns/net`, userWay(process));
  const thread = holders.threads[0];
  const mount = holders.mounts[0];
  const descriptor = holders.descriptors[0];
  const path =
    thread !== undefined
      ? `/proc/${thread.process}/task/${thread.thread}/ns/net`
      : mount !== undefined
        ? mountPath(mount, inode)
        : descriptor !== undefined
          ? `/proc/${descriptor.process}/fd/${descriptor.descriptor}`
          : undefined;
  const keeper = thread ?? mount ?? descriptor;
  if (path !== undefined) return way('path', path, path, userWay(keeper.process, path));
  const socket = holders.sockets[0];
  const held =
    socket === undefined ? undefined : theKernel()?.holdSocketNamespace(socket.process, socket.descriptor);
  if (held === undefined) return way('path', `net:[${inode}]`, '/dev/null');
  // The descriptor stays open as long as this process lives: it is the only way in.
  return way('path', `net:[${inode}]`, `/proc/${globalThis.process.pid}/fd/${held}`);
}

function nsenter(path: string): string[] {
  return ['nsenter', `--net=${path}`];
}

/** Other users than root may enter namespaces made in their own user namespace, through that. */
function userWay(process: number, path = `/proc/${process}/ns/net`): string[] | undefined {
  if (mayManageNamespaces()) return undefined;
  const user = `/proc/${process}/ns/user`;
  try {
    if (readlinkSync(user) === readlinkSync('/proc/self/ns/user')) return undefined;
  } catch {
    return undefined;
  }
  return ['nsenter', `--user=${user}`, `--net=${path}`, '--preserve-credentials'];
}

/** A mount as this process reaches it: directly where it is in the same mount namespace, else through its process. */
function mountPath(mount: { path: string; process: number }, inode: number): string {
  try {
    if (statSync(mount.path).ino === inode) return mount.path;
  } catch {
    // Not here: it is in another mount namespace.
  }
  return `/proc/${mount.process}/root${mount.path}`;
}

/** Avoids attempts to enter that must fail. */
function entryProblem({ namespace, inode }: { namespace: Namespace; inode: number }): string | undefined {
  if (inode === HERE.inode) return undefined;
  if (namespace.path === '/dev/null') return 'there is no way into it';
  if (mayManageNamespaces() || namespace.enter.some((word) => word.startsWith('--user='))) return undefined;
  return 'entering it needs root';
}

function commandOf(process: number): string | undefined {
  try {
    const words = readFileSync(`/proc/${process}/cmdline`, 'utf8').split('\0').filter(Boolean);
    return words.length > 0 ? words.join(' ') : readFileSync(`/proc/${process}/comm`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function unseen(hidden: number, stale: string[], found: FoundNamespace[]): string[] {
  const sentences: string[] = [];
  if (hidden > 0 && !mayManageNamespaces()) {
    sentences.push(
      `${hidden} processes of other users could not be looked at, and so not their namespaces: sudo shows them`,
    );
  }
  const closed = found.filter((netns) => netns.problem !== undefined);
  if (closed.length > 0) {
    const reasons = new Set(closed.map((netns) => netns.problem));
    sentences.push(
      `the interfaces of ${closed.map((netns) => netns.label).join(', ')} could not be seen: ${[...reasons].join('; ')}`,
    );
  }
  for (const name of stale) {
    sentences.push(`${NAMED}/${name} has no namespace behind it: ip netns delete ${name} removes it`);
  }
  return sentences;
}
