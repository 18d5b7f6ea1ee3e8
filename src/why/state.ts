// The state of a namespace that decides how it handles packets, read in a few milliseconds, mostly without starting a process.
import type { FoundNamespace } from '../netns/discover.ts';
import { forwardingState, queues, neighbours as readNeighbours } from '../netns/forwarding-state.ts';
import type { ListedNeighbour, ListedQdisc, ListedRoute, ListedRule } from '../netns/iproute-json.ts';
import { readFirewall } from './firewall.ts';
import { readProc } from './proc.ts';
import type { Firewall } from './ruleset.ts';

export type {
  ListedNeighbour as Neighbour,
  ListedRoute as Route,
  ListedRule as Rule,
} from '../netns/iproute-json.ts';

/** A queueing discipline, of `tc -s qdisc`. */
export interface Qdisc extends ListedQdisc {
  /** Packets dropped during the probe. */
  moved?: number;
}

/** These hand on what they get, as long as the interface does. */
export const HARMLESS_QUEUES = /^(noqueue|pfifo_fast|mq|fq|fq_codel)$/;

export interface State {
  routes: ListedRoute[];
  rules: ListedRule[];
  neighbours: ListedNeighbour[];
  /** Whether it answers for others: entries of `ip neighbour show proxy`. */
  proxies: boolean;
  qdiscs: Qdisc[];
  firewall: Firewall;
  /** Settings under /proc/sys, by path below it: `net/ipv4/conf/all/rp_filter`. */
  settings: Map<string, string>;
  /** Counters of /proc/net/snmp and netstat: `TcpExt.ListenOverflows`; of snmp6: `Ip6InReceives`. */
  counters: Map<string, number>;
  /** How far each counter moved during the probe. */
  moved?: Map<string, number>;
  /** Packet sockets (packet(7)): a program may pass frames on through them. */
  packetSockets: number;
}

/** Reads everything at once. What a missing tool would tell stays empty. @throws NscapError when ip itself fails. */
export async function readState({ namespace, interfaces = [] }: FoundNamespace): Promise<State> {
  const [forwarding, qdiscs, proc] = await Promise.all([
    forwardingState(namespace, interfaces),
    queues(namespace, interfaces),
    readProc(namespace),
  ]);
  const firewall = await readFirewall(namespace, proc.legacy4, proc.legacy6);
  return {
    ...forwarding,
    qdiscs,
    firewall,
    settings: proc.settings,
    counters: proc.counters,
    packetSockets: proc.packetSockets,
  };
}

/** Of a namespace that is gone. */
export function emptyState(): State {
  const firewall: Firewall = { chains: [], legacy4: false, legacy6: false };
  return {
    routes: [],
    rules: [],
    neighbours: [],
    proxies: false,
    qdiscs: [],
    firewall,
    settings: new Map(),
    counters: new Map(),
    packetSockets: 0,
  };
}

/** Only what moves while packets flow: firewall counters, queue drops, protocol counters. */
export async function readCounters(
  { namespace, interfaces = [] }: FoundNamespace,
  before: State,
): Promise<Pick<State, 'firewall' | 'qdiscs' | 'counters' | 'neighbours'>> {
  const [qdiscs, proc, firewall, neighbours] = await Promise.all([
    queues(namespace, interfaces),
    readProc(namespace),
    readFirewall(namespace, before.firewall.legacy4, before.firewall.legacy6),
    readNeighbours(namespace, interfaces),
  ]);
  return { qdiscs, counters: proc.counters, firewall, neighbours };
}

/** A setting of an interface; the kernel takes the larger of `all` and the interface's own where `maximum`. */
export function setting(state: State, family: 4 | 6, dev: string, name: string, maximum = false): number {
  const valueFor = (which: string) =>
    Number(state.settings.get(`net/ipv${family}/conf/${which}/${name}`) ?? 0);
  return maximum ? Math.max(valueFor('all'), valueFor(dev)) : valueFor(dev);
}
