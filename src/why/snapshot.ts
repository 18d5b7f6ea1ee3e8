// Everything known while one request is answered: the namespaces, their wiring, and each one's state, read once.

import { statSync } from 'node:fs';
import type { Discovery, FoundNamespace } from '../netns/discover.ts';
import { isLinkLocal, isLoopback } from '../netns/prefix.ts';
import { lookUpRoute, type RouteAnswer, type RouteQuestion } from '../netns/route-lookup.ts';
import { type Node, Topology } from '../netns/topology.ts';
import { sameAddress } from './fib.ts';
import { compareCounters } from './firewall.ts';
import { emptyState, readCounters, readState, type State } from './state.ts';

export type { RouteAnswer, RouteQuestion } from '../netns/route-lookup.ts';

export class Snapshot {
  readonly discovery: Discovery;
  readonly topology: Topology;
  private readonly states = new Map<number, Promise<State>>();
  private readonly moved = new Map<number, Promise<State>>();
  private readonly read = new Map<number, State>();
  private probed = false;

  constructor(discovery: Discovery) {
    this.discovery = discovery;
    this.topology = new Topology(discovery.namespaces);
  }

  /** The namespace's state: as it was before the probe, with counters as they moved once that is over. */
  state(namespace: FoundNamespace): Promise<State> {
    let state = this.states.get(namespace.inode);
    if (state === undefined) {
      state = readState(namespace).catch((error: unknown) => {
        if (!isGone(namespace)) throw error;
        return emptyState();
      });
      void state.then(
        (whole) => this.read.set(namespace.inode, whole),
        () => {},
      );
      this.states.set(namespace.inode, state);
      // First read when the probe was over: nothing is known of what moved.
      if (this.probed) this.moved.set(namespace.inode, state);
    }
    if (!this.probed) return state;
    let moved = this.moved.get(namespace.inode);
    if (moved === undefined) {
      moved = state.then((before) =>
        afterProbe(namespace, before).catch((error: unknown) => {
          if (!isGone(namespace)) throw error;
          return before;
        }),
      );
      this.moved.set(namespace.inode, moved);
    }
    return moved;
  }

  /** From now on `state` tells what moved while the probe's packets flowed. */
  probeIsOver(): void {
    this.probed = true;
  }

  /** Where the kernel sends a packet: `ip route get`. */
  route({ namespace, interfaces = [] }: FoundNamespace, request: RouteQuestion): Promise<RouteAnswer> {
    return lookUpRoute(namespace, interfaces, request);
  }

  /** What was read of the namespace, if it was. */
  stateNow(here: FoundNamespace): State | undefined {
    return this.read.get(here.inode);
  }

  /** A setting under /proc/sys by its name with dots, as it was read. */
  settingNow(here: FoundNamespace, name: string): string | undefined {
    return this.read.get(here.inode)?.settings.get(name.replaceAll('.', '/'));
  }

  /** Whether an interface of the namespace has the address. */
  has(here: FoundNamespace, address: string): boolean {
    return this.topology
      .of(here)
      .some((node) => node.link.addresses.some((assigned) => sameAddress(assigned.address, address)));
  }

  /** Of several interfaces with the address the one that is nearest by wiring: labs repeat addresses. */
  home(start: FoundNamespace, address: string): Node | undefined {
    const owners = this.topology
      .owners(address)
      .filter(({ link }) => !isLinkLocal(address) || link.kind !== 'loopback');
    // Every namespace has 127.0.0.1, and each means its own.
    const candidates = isLoopback(address) ? [] : owners.filter((node) => node.namespace !== start);
    let best: Node | undefined;
    this.topology.route(start, (node) => {
      // Any interface of the owner's namespace will do: the address may be on one that faces elsewhere.
      best =
        candidates.find((owner) => owner === node) ??
        candidates.find((owner) => owner.namespace === node.namespace);
      return best !== undefined;
    });
    return best ?? owners.find((node) => node.namespace === start);
  }
}

/** Namespaces come and go while others are examined. */
export function isGone({ namespace, inode }: FoundNamespace): boolean {
  try {
    return statSync(namespace.path).ino !== inode;
  } catch {
    return true;
  }
}

async function afterProbe(namespace: FoundNamespace, before: State): Promise<State> {
  const after = await readCounters(namespace, before);
  compareCounters(before.firewall, after.firewall);
  const movedCounters = new Map<string, number>();
  for (const [name, count] of after.counters)
    movedCounters.set(name, count - (before.counters.get(name) ?? 0));
  const qdiscs = after.qdiscs.map((qdisc) => {
    const earlier = before.qdiscs.find(
      (candidate) =>
        candidate.dev === qdisc.dev && candidate.handle === qdisc.handle && candidate.kind === qdisc.kind,
    );
    return { ...qdisc, moved: qdisc.drops - (earlier?.drops ?? 0) };
  });
  return { ...before, firewall: after.firewall, qdiscs, neighbours: after.neighbours, moved: movedCounters };
}
