// Routes as the kernel or `ip -json route show table all` lists them, and as people type them.
import { isIP } from 'node:net';
import type { ListedRoute } from './iproute-json.ts';
import { canonical, covers, parsePrefix, WIDTH } from './prefix.ts';

export interface Route {
  /** unicast, local, broadcast, multicast, blackhole, prohibit, unreachable, throw. */
  type: string;
  /** "default", a network, or an address without prefix length. */
  destination: string;
  family: 4 | 6;
  gateway?: string;
  device?: string;
  /** By name or number: main, local, 100. */
  table: string;
  /** Who added it: kernel, boot, static, ra, … */
  protocol: string;
  metric?: number;
  /** The source address it makes packets have. */
  source?: string;
  /** linkdown, onlink, dead, … */
  flags: string[];
}

/** Out of what ip lists. */
export function routeFrom(listed: ListedRoute, family: 4 | 6): Route {
  const gateway = listed.gateway ?? listed.via?.host;
  return {
    type: listed.type ?? 'unicast',
    destination: listed.dst,
    family,
    ...(gateway === undefined ? {} : { gateway }),
    ...(listed.dev === undefined ? {} : { device: listed.dev }),
    table: listed.table ?? 'main',
    protocol: listed.protocol ?? 'boot',
    ...(listed.metric === undefined ? {} : { metric: listed.metric }),
    ...(listed.prefsrc === undefined ? {} : { source: listed.prefsrc }),
    flags: listed.flags,
  };
}

/** The route in the words that `ip route add` takes. */
export function routeWords(route: Route): string {
  return [
    ...(route.type === 'unicast' ? [] : [route.type]),
    route.destination,
    ...(route.gateway === undefined ? [] : ['via', route.gateway]),
    // IPv6 lists even a blackhole with the device lo, but does not accept it in `add`.
    ...(route.device === undefined || isRefusal(route) ? [] : ['dev', route.device]),
    ...(metricOf(route) === usualMetric(route) ? [] : ['metric', String(metricOf(route))]),
    ...(route.table === 'main' ? [] : ['table', route.table]),
  ].join(' ');
}

/** What a route has unless it is given another (ip-route(8)): of IPv6 the kernel makes 1024 of it. */
function usualMetric({ family }: Pick<Route, 'family'>): number {
  return family === 6 ? 1024 : 0;
}

/** Of several routes to the same destination the one with the lowest metric is taken. */
export function metricOf(route: Pick<Route, 'family' | 'metric'>): number {
  return route.metric || usualMetric(route);
}

/** Whether the route rejects packets rather than forwarding them. */
export function isRefusal(route: Route): boolean {
  return ['blackhole', 'prohibit', 'unreachable', 'throw'].includes(route.type);
}

const TYPES = ['unicast', 'local', 'broadcast', 'multicast', 'blackhole', 'prohibit', 'unreachable', 'throw'];

/** The arguments of `ip route add` that identify a route: the rest (mtu, …) is left out. */
export function parseRoute(text: string): Omit<Route, 'protocol' | 'flags'> {
  const words = text.trim().split(/\s+/);
  const type = TYPES.includes(words[0]) ? words.shift()! : 'unicast';
  if (words[0] === 'to') words.shift();
  const destination = words.shift() ?? 'default';
  const after = (key: string) => {
    const index = words.indexOf(key);
    return index === -1 ? undefined : words[index + 1];
  };
  const gateway = after('inet6') ?? after('inet') ?? after('via');
  const device = after('dev');
  const metric = after('metric') ?? after('preference') ?? after('priority');
  const six = [destination, gateway ?? ''].some((word) => word.includes(':'));
  return {
    type,
    destination: plainDestination(destination),
    family: six ? 6 : 4,
    ...(gateway === undefined ? {} : { gateway: isIP(gateway) === 0 ? gateway : canonical(gateway) }),
    ...(device === undefined ? {} : { device }),
    table: after('table') ?? 'main',
    ...(metric === undefined ? {} : { metric: Number(metric) }),
  };
}

/** As ip lists it: "default" for everything, no length after a host address. */
function plainDestination(destination: string): string {
  const [address, length] = destination.split('/') as [string, string?];
  if (length === '0') return 'default';
  const family = isIP(address);
  if (family === 0) return destination;
  const whole = length === undefined || length === (family === 4 ? '32' : '128');
  return whole ? canonical(address) : `${canonical(address)}/${length}`;
}

/** The routes of the main table that cover the address, the longest prefix first: packets take the first. */
export function covering(all: Route[], address: string): Route[] {
  const family = isIP(address);
  const length = (route: Route) => {
    if (route.destination === 'default') return 0;
    const [, prefix] = route.destination.split('/');
    return prefix === undefined ? WIDTH[route.family] : Number(prefix);
  };
  return all
    .filter((route) => route.family === family && route.table === 'main')
    .filter(
      (route) =>
        route.destination === 'default' || covers(parsePrefix(route.destination, route.family), address),
    )
    .sort((a, b) => length(b) - length(a) || metricOf(a) - metricOf(b));
}
