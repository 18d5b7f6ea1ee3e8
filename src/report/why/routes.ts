// Findings about routes, forwarding and reverse path filtering, in words.

import { chainText } from '../../why/facts/names.ts';
import type { RouteFacts } from '../../why/facts/routes.ts';
import { commandLine } from '../../why/finding.ts';
import { consequence, interfaceText, type Renderings } from './rendering.ts';

export const ROUTES: Renderings<RouteFacts> = {
  'forwarding-off': ({ netns, interface: device, target, reply, interfaceOnly }) =>
    `${netns} does not forward${interfaceOnly ? ` packets from ${device}` : ''}: packets ${reply ? 'back ' : ''}to ${target} come in by ${device} and end there`,
  'local-route-missing': ({ netns, interface: device, target, reply }) =>
    `${netns} has ${target} on ${device}, but no local route to it: it does not take ${reply ? 'answers' : 'packets'} for ${target} as its own`,
  'local-route': ({ netns, target, route, owner }) =>
    `${netns} accepts packets for ${target} as its own: it has a local route to ${route}, but ${target} is on ${interfaceText(owner)}`,
  'multipath-part': {
    cause: ({ address, port, rule }) =>
      rule === undefined
        ? `some connections to ${address} port ${port} get lost: a route on the way has several next hops, and not all lead there`
        : `some connections to ${address} port ${port} fail: ${rule.netns} chooses a target for each (${chainText(rule.chain)}, rule '${rule.rule}'), and not all answer`,
    advice: ({ rule }) =>
      rule === undefined ? 'compare the next hops of the route' : 'try each target of the rule',
  },
  'no-route': { cause: missingRoute, advice: routeToAdd },
  'policy-rule-forbids': ({ netns, action, priority, target, reply }) =>
    `${netns} has a policy rule that makes everything it matches ${action} (priority ${priority}): ${reply ? `answers to ${target}` : `packets for ${target}`} match it`,
  'policy-rule-missing': ({ netns, table }) =>
    `${netns} has no policy rule that looks up the table ${table}: its routes there are not used`,
  'refused-at-entry': {
    cause: ({ netns, source, target, interface: device }) =>
      `${netns} refuses packets from ${source} to ${target} that come in by ${device}`,
    advice: ({ command }) => `see why: ${commandLine([command])}`,
  },
  'route-forbids': ({ netns, type, route, table, target, reply }) =>
    `${netns} has ${type === 'unreachable' ? 'an' : 'a'} ${type} route for ${route}${table === undefined ? '' : ` in table ${table}`}: ${reply ? `its answers to ${target}` : `packets for ${target}`} ${FORBIDS[type]}`,
  'route-localnet': ({ netns, source, interface: device, target }) =>
    `${netns} may not send packets from ${source} out of ${device}: route_localnet is 0 there, and they were translated to go to ${target}`,
  'routing-loop': {
    cause: ({ target, namespaces, misrouted }) =>
      misrouted === undefined
        ? `packets for ${target} are forwarded in a loop`
        : `packets for ${target} loop between ${namespaces.join(' and ')}: ${misrouted.netns}'s route to it goes by ${misrouted.nextHop}, not by ${misrouted.right}`,
    advice: ({ misrouted }) =>
      misrouted === undefined ? 'compare the routes of the namespaces on the way' : undefined,
  },
  'rp-filter': ({ netns, source, interface: device, filter }) =>
    filter === undefined
      ? `${netns} drops packets from ${source} that come in by ${device}: its own route back to ${source} goes elsewhere, and rp_filter wants it to be the same`
      : `${netns} drops packets from ${source} that come in by ${device}: rp_filter is ${filter.value === 1 ? 'strict' : filter.value} there, and its own route back to ${source} goes by ${filter.routeInterface}`,
  'ttl-too-short': shortTtl,
  'wrong-gateway': wrongGateway,
  'wrong-interface': ({ netns, route, gateway, interface: device, target, right }) =>
    `${netns}'s route to ${route}${gateway === undefined ? '' : ` by ${gateway}`} leaves by ${device}, which does not lead to ${target}${right === undefined ? '' : `: ${right} does`}`,
};

/** What the kernel does to packets of a route of that type (ip-route(8)). */
const FORBIDS: Record<string, string> = {
  blackhole: 'are dropped silently',
  prohibit: 'are refused',
  unreachable: 'are called unreachable',
  throw: 'find no route',
  broadcast: 'are taken for broadcasts',
  multicast: 'are taken for multicasts',
  anycast: 'are taken for anycasts',
};

function missingRoute(facts: RouteFacts['no-route']): string {
  const { netns } = facts;
  switch (facts.kind) {
    case 'missing':
      return `${netns} has no route to ${facts.prefix}: ${consequence(facts)}`;
    case 'default-route':
      return `${netns} has no route to ${facts.prefix}: ${facts.reply ? 'answers' : 'packets'} take its default route, which leaves by ${facts.interface} and does not lead to ${facts.target}: ${facts.right} does`;
    case 'unknown-address':
      return `${netns} has no route to ${facts.target}, and no namespace seen here has that address`;
  }
}

function routeToAdd(facts: RouteFacts['no-route']): string | undefined {
  return facts.kind === 'unknown-address'
    ? `add a route if you know the way: ${commandLine([facts.command])}`
    : undefined;
}

function shortTtl({ netns, target, origin }: RouteFacts['ttl-too-short']): string {
  const ends = `${netns} drops packets for ${target}`;
  switch (origin.kind) {
    case 'rule':
      return `the firewall of ${origin.netns} gives packets too short a time to live: ${origin.place}, rule '${origin.rule}'; ${ends}`;
    case 'route':
      return `${origin.netns}'s route to ${origin.route} gives packets a time to live of ${origin.hoplimit} (hoplimit), too short for the way: ${ends}`;
    case 'tunnel':
      return `${interfaceText(origin)}, a VXLAN, gives its packets a time to live of ${origin.ttl}, too short for the way: ${ends}`;
    case 'setting':
      return `packets of ${origin.netns} have too short a time to live (${origin.setting}): ${ends}`;
  }
}

function wrongGateway(facts: RouteFacts['wrong-gateway']): string {
  const {
    kind,
    netns,
    route,
    target,
    interface: device,
    gateway,
    router,
    rightGateway,
    rightInterface,
  } = facts;
  const whose = `${netns}'s route to ${route}`;
  switch (kind) {
    case 'on-link':
      return gateway === undefined
        ? `${whose} takes ${target} to be on the link of ${device}, but it is behind ${rightGateway}`
        : `${whose} goes by ${gateway}, which no station on its link has: ${rightGateway} leads there`;
    case 'not-there':
      return `${whose} goes by ${gateway}, an address that no interface on the link of ${device} has${rightGateway === undefined ? '' : `: ${rightGateway} leads there`}`;
    case 'dead-end':
      return `${whose} goes by ${gateway} (${router}), which does not lead there${rightGateway === undefined ? `: ${rightInterface} does directly` : `: ${rightGateway} does`}`;
  }
}
