// What decides where a namespace sends packets: routes, policy rules, neighbours, queues, in the words of `ip -json
// -details` and `tc -s -json`. Read from the kernel itself; from the programs if it has more than is decoded here.
import { NETLINK_ROUTE, NETLINK_XFRM } from '../binding/netlink.ts';
import {
  hasProxies,
  InterfaceNames,
  neighboursOf,
  queuesOf,
  rulesOf,
  XFRM_MSG_GETPOLICY,
} from './forwarding-netlink.ts';
import { byNetlink } from './inside.ts';
import {
  isNeighbour,
  isRoute,
  isRule,
  type ListedNeighbour,
  type ListedQdisc,
  type ListedRoute,
  type ListedRule,
  listedObjects,
} from './iproute-json.ts';
import { attemptIn, ip, ipJson, type Namespace } from './namespace.ts';
import type { InterfaceName } from './route-lookup.ts';
import { routesOf } from './route-netlink.ts';

interface ForwardingState {
  routes: ListedRoute[];
  rules: ListedRule[];
  neighbours: ListedNeighbour[];
  /** Whether it answers for others: entries of `ip neighbour show proxy`. */
  proxies: boolean;
}

/** @throws NscapError if neither the kernel nor ip answers */
export async function forwardingState(
  namespace: Namespace,
  interfaces: readonly InterfaceName[],
): Promise<ForwardingState> {
  return forwardingStateByKernel(namespace, interfaces) ?? forwardingStateByIp(namespace);
}

/** Undefined if the kernel cannot be queried, or lists more than is decoded here. */
export function forwardingStateByKernel(
  namespace: Namespace,
  interfaces: readonly InterfaceName[],
): ForwardingState | undefined {
  return byNetlink(namespace, NETLINK_ROUTE, (socket) => {
    const names = new InterfaceNames(interfaces);
    const nameOf = (index: number) => names.of(index);
    return {
      routes: [...routesOf(socket, nameOf, 4, true), ...routesOf(socket, nameOf, 6, true)],
      rules: [...rulesOf(socket, 4), ...rulesOf(socket, 6)],
      neighbours: neighboursOf(socket, names),
      proxies: hasProxies(socket),
    };
  });
}

/** The neighbours alone. */
export async function neighbours(
  namespace: Namespace,
  interfaces: readonly InterfaceName[],
): Promise<ListedNeighbour[]> {
  return (
    byNetlink(namespace, NETLINK_ROUTE, (socket) => neighboursOf(socket, new InterfaceNames(interfaces))) ??
    (await ipJson<ListedNeighbour>(namespace, ['neighbour', 'show', 'nud', 'all'])).filter(isNeighbour)
  );
}

/** Queueing disciplines; from tc if one has options that matter; empty if they cannot be listed. */
export async function queues(
  namespace: Namespace,
  interfaces: readonly InterfaceName[],
): Promise<ListedQdisc[]> {
  return queuesByKernel(namespace, interfaces) ?? queuesByTc(namespace);
}

export function queuesByKernel(
  namespace: Namespace,
  interfaces: readonly InterfaceName[],
): ListedQdisc[] | undefined {
  return byNetlink(namespace, NETLINK_ROUTE, (socket) => queuesOf(socket, new InterfaceNames(interfaces)));
}

export async function queuesByTc(namespace: Namespace): Promise<ListedQdisc[]> {
  try {
    const { stdout } = await attemptIn(namespace, ['tc', '-s', '-json', 'qdisc', 'show']);
    return listedObjects<ListedQdisc>(stdout, 'tc');
  } catch {
    return []; // tc isn't there, or prints what no JSON reader takes.
  }
}

/** Whether there are IPsec policies; undefined where the kernel does not say. */
export function hasIpsecPolicies(namespace: Namespace): boolean | undefined {
  return byNetlink(
    namespace,
    NETLINK_XFRM,
    (socket) => socket.dump(XFRM_MSG_GETPOLICY, Buffer.alloc(0)).length > 0,
  );
}

export async function forwardingStateByIp(namespace: Namespace): Promise<ForwardingState> {
  const [listed, rules6] = await Promise.all([
    ipDocuments(namespace, [
      'route show table all',
      'rule show',
      'neighbour show nud all',
      'neighbour show proxy',
    ]),
    // A kernel without IPv6 has no such rules.
    ipJson<IpRule>(namespace, ['-6', 'rule', 'show']).catch(() => []),
  ]);
  return stateFrom(listed as Listings, rules6);
}

/** Routes, rules of IPv4, neighbours and proxy neighbours, as ip lists them. */
type Listings = [ListedRoute[], IpRule[], ListedNeighbour[], object[]];

/** Out of what ip lists. */
export function stateFrom(
  [routes, rules4, neighbours, proxies]: Listings,
  rules6: readonly IpRule[],
): ForwardingState {
  return {
    routes: routes.filter(isRoute),
    rules: [
      ...rules4.filter(isRule).map((rule) => fromIp(rule, 4)),
      ...rules6.filter(isRule).map((rule) => fromIp(rule, 6)),
    ],
    neighbours: neighbours.filter(isNeighbour),
    proxies: proxies.length > 0,
  };
}

/** Ranges of ports have two names each. */
export type IpRule = Omit<ListedRule, 'family'> & Record<string, unknown>;

function fromIp({ protocol: _, ...rule }: IpRule, family: 4 | 6): ListedRule {
  const found: ListedRule & Record<string, unknown> = { ...rule, family };
  for (const name of ['sport', 'dport'] as const) {
    const [low, high] = [rule[`${name}_start`], rule[`${name}_end`]];
    if (low === undefined) continue;
    found[name] = `${low}-${high}`;
    delete found[`${name}_start`];
    delete found[`${name}_end`];
  }
  return found;
}

/** Several documents by one process: one line each. */
async function ipDocuments(namespace: Namespace, commands: string[]): Promise<unknown[]> {
  const text = await ip(namespace, ['-json', '-details', '-batch', '-'], {
    input: `${commands.join('\n')}\n`,
  });
  const lines = text.split('\n').filter(Boolean);
  return commands.map((_, index) => listedObjects(lines[index] ?? ''));
}
