// Which rule and which route decide over a packet: the kernel says where it goes, this says why.

import { canonical, covers, type Family, parsePrefix } from '../netns/prefix.ts';
import type { PacketSpec } from './packet.ts';
import type { Route, Rule, State } from './state.ts';

interface Lookup {
  family: Family;
  source?: string;
  target: string;
  iif?: string;
  protocol?: string;
  port?: number;
  sourcePort?: number;
  mark?: number;
}

/** What the kernel looks up for the packet: an answer's ports are the request's, the other way round. */
export function lookupOf(spec: PacketSpec, iif?: string): Lookup {
  const { family, source, target, protocol, mark, reply, tooBig } = spec;
  const [port, sourcePort] = reply ? [spec.ownPort, spec.port] : [spec.port, spec.ownPort];
  return {
    family,
    target,
    ...(tooBig ? {} : { protocol }),
    ...(source === undefined ? {} : { source }),
    ...(iif === undefined ? {} : { iif }),
    ...(port === undefined || tooBig ? {} : { port }),
    ...(sourcePort === undefined || tooBig ? {} : { sourcePort }),
    ...(mark === undefined ? {} : { mark }),
  };
}

type Decision = { kind: 'route'; route: Route; rule: Rule } | { kind: 'rule'; rule: Rule } | { kind: 'none' };

/** Policy rules by priority, and in each table the longest prefix, then the smallest metric (ip-rule(8)). */
export function decide(state: State, lookup: Lookup, except?: Route): Decision {
  const rules = state.rules
    .filter((rule) => rule.family === lookup.family)
    .sort((a, b) => a.priority - b.priority);
  for (const rule of rules) {
    if (!applies(rule, lookup)) continue;
    if (rule.action !== undefined && rule.action !== 'lookup') {
      if (/^(prohibit|blackhole|unreachable)$/.test(rule.action)) return { kind: 'rule', rule };
      continue;
    }
    const route = longest(state, rule.table ?? 'main', lookup, except);
    // `throw` ends the lookup in this table only.
    if (route !== undefined && route.type !== 'throw') return { kind: 'route', route, rule };
  }
  return { kind: 'none' };
}

/** The route `throw` that ended a lookup, if one did. */
export function thrown(state: State, lookup: Lookup): Route | undefined {
  return state.rules
    .filter((rule) => rule.family === lookup.family && applies(rule, lookup))
    .map((rule) => longest(state, rule.table ?? 'main', lookup))
    .find((route) => route?.type === 'throw');
}

function longest(state: State, table: string, { family, target }: Lookup, except?: Route): Route | undefined {
  let best: Route | undefined;
  let length = -1;
  for (const route of state.routes) {
    if (route === except || (route.table ?? 'main') !== table) continue;
    if (familyOfRoute(route) !== undefined && familyOfRoute(route) !== family) continue;
    if (route.flags.includes('dead')) continue;
    const prefix = parsePrefix(route.dst, family);
    if (prefix.family !== family || !covers(prefix, target)) continue;
    if (route.type === 'multicast' || route.type === 'broadcast' || route.type === 'anycast') continue;
    const better =
      prefix.length > length || (prefix.length === length && (route.metric ?? 0) < (best?.metric ?? 0));
    if (better) {
      best = route;
      length = prefix.length;
    }
  }
  return best;
}

/** `default` alone does not tell: its gateway does, and IPv6 routes have a metric. */
function familyOfRoute(route: Route): Family | undefined {
  if (route.dst !== 'default') return undefined;
  const gateway = route.gateway ?? route.nexthops?.[0]?.gateway;
  if (gateway !== undefined) return gateway.includes(':') ? 6 : 4;
  return 'pref' in route ? 6 : 4;
}

function applies(rule: Rule, lookup: Lookup): boolean {
  const within = (address: string | undefined, prefix: string | undefined, length: number | undefined) => {
    if (prefix === undefined || prefix === 'all') return true;
    if (address === undefined) return false;
    return covers(parsePrefix(length === undefined ? prefix : `${prefix}/${length}`, lookup.family), address);
  };
  const ports = (range: number | string | undefined, port: number | undefined) => {
    if (range === undefined) return true;
    if (port === undefined) return false;
    const [low, high = low] = String(range).split('-').map(Number);
    return low <= port && port <= high;
  };
  const all =
    within(lookup.source, rule.src, rule.srclen) &&
    within(lookup.target, rule.dst, rule.dstlen) &&
    (rule.iif === undefined || rule.iif === (lookup.iif ?? 'lo')) &&
    rule.oif === undefined &&
    (rule.fwmark === undefined ||
      ((lookup.mark ?? 0) & Number(rule.fwmask ?? 0xffffffff)) >>> 0 === Number(rule.fwmark)) &&
    (rule.ipproto === undefined || String(rule.ipproto).replace(/^ipv6-/, '') === lookup.protocol) &&
    ports(rule.dport, lookup.port) &&
    ports(rule.sport, lookup.sourcePort);
  return 'not' in rule ? !all : all;
}

/** Words that name a route in `ip route del`. */
export function routeWords(route: Route): string[] {
  // The kernel compares the nexthop object alone (fib_nh_match).
  const words =
    route.nhid !== undefined || route.type === 'unicast' || route.type === 'local' ? [] : [route.type];
  words.push(route.dst);
  if (route.nhid !== undefined) words.push('nhid', String(route.nhid));
  else if (route.gateway !== undefined) words.push('via', route.gateway);
  if (route.nhid === undefined && route.dev !== undefined && words[0] !== route.type)
    words.push('dev', route.dev);
  if (route.metric !== undefined && route.metric !== 0) words.push('metric', String(route.metric));
  if (route.table !== undefined && route.table !== 'main') words.push('table', route.table);
  return words;
}

/** Words that name a rule in `ip rule del`. */
export function ruleWords(rule: Rule): string[] {
  const words = ['pref', String(rule.priority)];
  if (rule.src !== undefined && rule.src !== 'all')
    words.push('from', rule.src + (rule.srclen === undefined ? '' : `/${rule.srclen}`));
  if (rule.dst !== undefined)
    words.push('to', rule.dst + (rule.dstlen === undefined ? '' : `/${rule.dstlen}`));
  return words;
}

/** Whether a neighbour or route is about this address, however it is written. */
export function sameAddress(a: string, b: string): boolean {
  return canonical(a) === canonical(b);
}
