// Settings under /proc/sys/net and the counters of /proc/net, as the namespace itself has them.
import { readdirSync, readFileSync } from 'node:fs';
import { inside } from '../netns/inside.ts';
import { attemptIn, type Namespace } from '../netns/namespace.ts';

interface Proc {
  /** By path below /proc/sys: `net/ipv4/conf/all/rp_filter`. */
  settings: Map<string, string>;
  /** `TcpExt.ListenOverflows`; of snmp6: `Ip6InReceives`. */
  counters: Map<string, number>;
  /** Whether the kernel's old tables of iptables are in use. */
  legacy4: boolean;
  legacy6: boolean;
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
  'proxy_arp_pvlan',
  'proxy_ndp',
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

const SYS = '/proc/sys/net';
/** Where settings lie: a folder, and below it one folder an interface where it ends in a star. */
const FOLDERS = [
  ...['ipv4', 'ipv6', 'ipv4/conf/*', 'ipv6/conf/*', 'ipv4/neigh/*', 'ipv6/neigh/*'],
  ...['ipv6/icmp', 'bridge', 'core'],
];
const FILES = ['snmp', 'snmp6', 'netstat', 'ip_tables_names', 'ip6_tables_names', 'packet'];

/** What the files say, line by line. */
type Lines = [path: string, line: string][];

/** The files show the reader's own namespace, so they are read inside; by a program where this process may not enter. */
export async function readProc(namespace: Namespace): Promise<Proc> {
  let lines: Lines;
  try {
    lines = inside(namespace, readFiles);
  } catch {
    lines = await readByGrep(namespace);
  }
  return parse(lines);
}

function readFiles(): Lines {
  const wanted = new Set(SETTINGS);
  const lines: Lines = [];
  for (const pattern of FOLDERS) {
    const parent = `${SYS}/${pattern.replace('/*', '')}`;
    const folders = pattern.endsWith('*') ? list(parent).map((name) => `${parent}/${name}`) : [parent];
    for (const folder of folders)
      for (const name of list(folder)) if (wanted.has(name)) lines.push(...linesOf(`${folder}/${name}`));
  }
  for (const name of FILES) lines.push(...linesOf(`/proc/thread-self/net/${name}`));
  return lines;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // This kernel has none of it.
  }
}

function linesOf(path: string): Lines {
  try {
    const text = readFileSync(path, 'utf8');
    return text
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => [path, line]);
  } catch {
    return []; // Gone with its interface, or none of this kernel.
  }
}

/** grep reads many files. */
async function readByGrep(namespace: Namespace): Promise<Lines> {
  const include = [...SETTINGS, ...FILES].map((name) => `--include=${name}`);
  const files = FILES.map((name) => `/proc/self/net/${name}`);
  const { stdout } = await attemptIn(namespace, ['grep', '-rHs', ...include, '', SYS, ...files]);
  return stdout.split('\n').map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1)];
  });
}

function parse(lines: Lines): Proc {
  const settings = new Map<string, string>();
  const counters = new Map<string, number>();
  const headings = new Map<string, string[]>();
  let legacy4 = false;
  let legacy6 = false;
  let packetSockets = 0;
  for (const [path, value] of lines) {
    if (path.startsWith('/proc/sys/')) settings.set(path.slice('/proc/sys/'.length), value);
    // A file that lists no table is of a namespace that has none.
    else if (path.endsWith('/ip_tables_names')) legacy4 ||= value !== '';
    else if (path.endsWith('/ip6_tables_names')) legacy6 ||= value !== '';
    // A line of names, then one a socket.
    else if (path.endsWith('/packet')) packetSockets += value.startsWith('sk ') ? 0 : 1;
    else if (path.endsWith('/snmp6')) {
      const [name, count] = value.split(/\s+/);
      counters.set(name, Number(count));
    } else if (path !== '') {
      // Two lines a protocol: names, then numbers.
      const [protocol, ...cells] = value.split(' ');
      const names = headings.get(protocol);
      if (names === undefined) headings.set(protocol, cells);
      else
        for (const [index, cell] of cells.entries())
          counters.set(`${protocol.replace(':', '.')}${names[index]}`, Number(cell));
    }
  }
  return { settings, counters, legacy4, legacy6, packetSockets };
}
