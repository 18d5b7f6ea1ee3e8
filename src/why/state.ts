// All that one namespace's answers depend on, read in a few milliseconds by a handful of processes.
import type { FoundNamespace } from '../netns/discover.ts';
import { attemptIn, ip, ipJson, type Namespace } from '../netns/namespace.ts';
import { type Firewall, readFirewall } from './firewall.ts';

/** A line of `ip rule`, both families. */
export interface Rule {
  family: 4 | 6;
  priority: number;
  src?: string;
  srclen?: number;
  dst?: string;
  dstlen?: number;
  iif?: string;
  oif?: string;
  fwmark?: string;
  fwmask?: string;
  ipproto?: string;
  dport?: number | string;
  sport?: number | string;
  /** Name or number of the table looked up. */
  table?: string;
  /** prohibit, blackhole, unreachable; undefined: look up `table`. */
  action?: string;
  not?: null;
}

/** A line of `ip route show table all`. */
export interface Route {
  type: string;
  /** `default`, an address or a prefix. */
  dst: string;
  table?: string;
  dev?: string;
  gateway?: string;
  via?: { family: string; host: string };
  protocol?: string;
  scope?: string;
  metric?: number;
  prefsrc?: string;
  /** `[{ hoplimit: 1 }]`, `[{ mtu: 1300 }]`. */
  metrics?: Record<string, number>[];
  flags: string[];
  nexthops?: { gateway?: string; dev?: string; via?: { host: string }; flags: string[] }[];
}

/** A line of `ip neighbour`. */
export interface Neighbour {
  dst: string;
  dev: string;
  lladdr?: string;
  /** REACHABLE, STALE, FAILED, PERMANENT, … */
  state: string[];
}

/** A queueing discipline, of `tc -s qdisc`. */
export interface Qdisc {
  kind: string;
  dev: string;
  handle: string;
  parent?: string;
  root?: boolean;
  options?: Record<string, unknown>;
  drops: number;
  packets: number;
  /** Packets dropped during the probe. */
  moved?: number;
}

export interface State {
  routes: Route[];
  rules: Rule[];
  neighbours: Neighbour[];
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

/** The settings under /proc/sys/net that decide over packets. */
const SETTINGS = [
  'ip_forward',
  'forwarding',
  'force_forwarding',
  'rp_filter',
  'accept_local',
  'arp_ignore',
  'arp_filter',
  'proxy_arp',
  'route_localnet',
  'disable_ipv6',
  'icmp_echo_ignore_all',
  'echo_ignore_all',
  'ip_default_ttl',
  'hop_limit',
  'mcast_solicit',
  'bridge-nf-call-iptables',
  'bridge-nf-call-ip6tables',
  'tcp_syncookies',
  'keep_addr_on_down',
  'ip_local_port_range',
];

/** Reads everything at once. What a missing tool would tell stays empty. @throws NscapError when ip itself fails. */
export async function readState({ namespace }: FoundNamespace): Promise<State> {
  const [listed, rules6, qdiscs, proc] = await Promise.all([
    ipDocuments(namespace, ['route show table all', 'rule show', 'neighbour show']),
    // A kernel without IPv6 has no such rules.
    ipJson<Rule[]>(namespace, ['-6', 'rule', 'show']).catch(() => []),
    readQdiscs(namespace),
    readProc(namespace),
  ]);
  const [routes, rules4, neighbours] = listed as [Route[], Rule[], Neighbour[]];
  const firewall = await readFirewall(namespace, proc.legacy4, proc.legacy6);
  return {
    routes,
    rules: [
      ...rules4.map((rule) => ({ ...rule, family: 4 as const })),
      ...rules6.map((rule) => ({ ...rule, family: 6 as const })),
    ],
    neighbours,
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
    qdiscs: [],
    firewall,
    settings: new Map(),
    counters: new Map(),
    packetSockets: 0,
  };
}

/** Only what moves while packets flow: firewall counters, queue drops, protocol counters. */
export async function readCounters(
  { namespace }: FoundNamespace,
  before: State,
): Promise<Pick<State, 'firewall' | 'qdiscs' | 'counters' | 'neighbours'>> {
  const [qdiscs, proc, firewall, neighbours] = await Promise.all([
    readQdiscs(namespace),
    readProc(namespace),
    readFirewall(namespace, before.firewall.legacy4, before.firewall.legacy6),
    ipJson<Neighbour[]>(namespace, ['neighbour', 'show']),
  ]);
  return { qdiscs, counters: proc.counters, firewall, neighbours };
}

/** Several documents by one process: one line each. */
async function ipDocuments(namespace: Namespace, commands: string[]): Promise<unknown[]> {
  const text = await ip(namespace, ['-json', '-details', '-batch', '-'], {
    input: `${commands.join('\n')}\n`,
  });
  const lines = text.split('\n').filter(Boolean);
  return commands.map((_, at) => JSON.parse(lines[at] ?? '[]'));
}

async function readQdiscs(namespace: Namespace): Promise<Qdisc[]> {
  try {
    const { stdout } = await attemptIn(namespace, ['tc', '-s', '-json', 'qdisc', 'show']);
    return JSON.parse(stdout || '[]') as Qdisc[];
  } catch {
    return []; // tc isn't there, or prints what no JSON reader takes.
  }
}

interface Proc {
  settings: Map<string, string>;
  counters: Map<string, number>;
  legacy4: boolean;
  legacy6: boolean;
  packetSockets: number;
}

/** /proc/sys/net and /proc/net show the reader's own namespace, so a reader inside is needed: grep reads many files. */
async function readProc(namespace: Namespace): Promise<Proc> {
  const names = [...SETTINGS, 'snmp', 'snmp6', 'netstat', 'ip_tables_names', 'ip6_tables_names', 'packet'];
  const include = names.map((name) => `--include=${name}`);
  const { stdout } = await attemptIn(namespace, [
    'grep',
    '-rHs',
    ...include,
    '',
    '/proc/sys/net',
    ...['snmp', 'snmp6', 'netstat', 'ip_tables_names', 'ip6_tables_names', 'packet'].map(
      (name) => `/proc/self/net/${name}`,
    ),
  ]);
  const settings = new Map<string, string>();
  const counters = new Map<string, number>();
  const headings = new Map<string, string[]>();
  let legacy4 = false;
  let legacy6 = false;
  let packetSockets = 0;
  for (const line of stdout.split('\n')) {
    const colon = line.indexOf(':');
    const path = line.slice(0, colon);
    const value = line.slice(colon + 1);
    if (path.startsWith('/proc/sys/')) settings.set(path.slice('/proc/sys/'.length), value);
    else if (path.endsWith('/ip_tables_names')) legacy4 = true;
    else if (path.endsWith('/ip6_tables_names')) legacy6 = true;
    // A line of names, then one a socket.
    else if (path.endsWith('/packet')) packetSockets += value.startsWith('sk ') ? 0 : 1;
    else if (path.endsWith('/snmp6')) {
      const [name, count] = value.split(/\s+/);
      counters.set(name!, Number(count));
    } else if (path !== '') {
      // Two lines a protocol: names, then numbers.
      const [protocol, ...cells] = value.split(' ');
      const names = headings.get(protocol!);
      if (names === undefined) headings.set(protocol!, cells);
      else
        for (const [at, cell] of cells.entries())
          counters.set(`${protocol!.replace(':', '.')}${names[at]}`, Number(cell));
    }
  }
  return { settings, counters, legacy4, legacy6, packetSockets };
}

/** A setting of an interface; the kernel takes the larger of `all` and the interface's own where `maximum`. */
export function setting(state: State, family: 4 | 6, dev: string, name: string, maximum = false): number {
  const of = (which: string) => Number(state.settings.get(`net/ipv${family}/conf/${which}/${name}`) ?? 0);
  return maximum ? Math.max(of('all'), of(dev)) : of(dev);
}
