// The settings of a namespace, read without starting a program for each.
import { readFileSync } from 'node:fs';
import { attributes, NETLINK_NETFILTER } from '../binding/netlink.ts';
import { byNetlink, inside } from './inside.ts';
import { attemptIn, ipJson, type Namespace } from './namespace.ts';
import { byRtnetlink, type FixedNeighbour, type Rule } from './rtnetlink.ts';

/** NFNL_SUBSYS_NFTABLES and NFT_MSG_GETTABLE (linux/netfilter/nf_tables.h). */
const GET_TABLE = (10 << 8) | 1;
/** NFTA_TABLE_NAME */
const TABLE_NAME = 1;

/** The values of settings (`net.ipv4.ip_forward`) as sysctl prints them; '' for one that is not there. */
export async function sysctls(namespace: Namespace, keys: readonly string[]): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map();
  try {
    return inside(namespace, () => new Map(keys.map((key) => [key, fileText(sysctlPath(key))])));
  } catch {
    const values = new Map<string, string>();
    for (const key of keys) {
      const { stdout } = await attemptIn(namespace, ['sysctl', '-n', key]);
      values.set(key, oneLine(stdout));
    }
    return values;
  }
}

/**
 * The names of nftables' tables, those of iptables included; undefined where the kernel does not say.
 */
export function firewallTables(namespace: Namespace): string[] | undefined {
  return byNetlink(namespace, NETLINK_NETFILTER, (socket) =>
    socket
      .dump(GET_TABLE, Buffer.alloc(4))
      .map((message) => String(attributes(message, 4).get(TABLE_NAME) ?? '').replace(/\0.*$/, '')),
  );
}

/** The routing rules, IPv4 first. */
export async function rules(namespace: Namespace): Promise<Rule[]> {
  return byRtnetlink(namespace, (kernel) => kernel.rules()) ?? rulesByIp(namespace);
}

async function rulesByIp(namespace: Namespace): Promise<Rule[]> {
  const found: Rule[] = [];
  for (const family of [4, 6] as const) {
    const listed = await ipJson<{ priority: number; action?: string; dst?: string }>(namespace, [
      ...[`-${family}`, 'rule'],
    ]);
    for (const { priority, action, dst } of listed) {
      found.push({
        family,
        priority,
        ...(action === undefined ? {} : { action }),
        ...(dst === undefined ? {} : { destination: dst }),
      });
    }
  }
  return found;
}

/** Permanent neighbour entries: `ip neighbour … nud permanent`. */
export async function fixedNeighbours(namespace: Namespace): Promise<FixedNeighbour[]> {
  const found = byRtnetlink(namespace, (kernel) => kernel.fixedNeighbours());
  if (found !== undefined) return found;
  const listed = await ipJson<{ dst: string; dev: string; lladdr?: string }>(namespace, [
    ...['neighbour', 'show', 'nud', 'permanent'],
  ]);
  return listed.map(({ dst, dev, lladdr }) => ({
    address: dst,
    device: dev,
    ...(lladdr === undefined ? {} : { mac: lladdr }),
  }));
}

/**
 * As sysctl(8) reads a key: the separator that comes first separates, and the other one stands for it in names, so that
 * net.ipv4.conf.eth0/5.forwarding and net/ipv4/conf/eth0.5/forwarding are the same.
 */
function sysctlPath(key: string): string {
  const swapped = /^[^/]*\./.test(key)
    ? key.replace(/[./]/g, (separator) => (separator === '.' ? '/' : '.'))
    : key;
  return `/proc/sys/${swapped}`;
}

function fileText(path: string): string {
  try {
    return oneLine(readFileSync(path, 'utf8'));
  } catch {
    return ''; // This kernel has no such setting.
  }
}

function oneLine(text: string): string {
  return text.trim().replace(/\s+/g, ' ');
}
