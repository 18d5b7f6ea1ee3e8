// The kernel has no way for the packet: which missing, forbidding or wrong piece makes it so.
import type { FoundNamespace } from '../../discover.ts';
import { decide, routeWords, ruleWords, sameAddress, thrown } from '../fib.ts';
import { type Command, type Finding, ipIn, setLink, sysctl } from '../finding.ts';
import { consequence, type Hop, type Traveller } from '../packet.ts';
import { covers, isLinkLocal, networkOf, onLink, parsePrefix, WIDTH } from '../prefix.ts';
import {
  addAddress,
  addRoute,
  deleteAddress,
  likelyAddress,
  missingRoutes,
  properRoute,
  raise,
} from '../remedy.ts';
import { type Route, type State, setting } from '../state.ts';
import { addressesOf, type Node } from '../topology.ts';
import type { World } from '../world.ts';

/** `words` is what the kernel answered; `previous` the hop the packet came from. */
export async function explainNoRoute(
  world: World,
  hop: Hop,
  traveller: Traveller,
  words: string,
  previous?: Hop,
): Promise<Finding> {
  const { here, came } = hop;
  const { family, target, source } = traveller;
  const state = await world.state(here);
  const step = traveller.reply ? 'back' : came === undefined ? 'route' : 'hops';
  const evidence = `ip route get ${target}${came === undefined ? '' : ` from ${source} iif ${came.link.name}`} in ${here.label}: ${words}`;
  const lookup = {
    family,
    target,
    protocol: traveller.protocol,
    ...(source && { source }),
    ...(came && { iif: came.link.name }),
    ...(traveller.port && { port: traveller.port }),
  };
  const decision = decide(state, lookup);
  const after = consequence(traveller, came === undefined);

  const unruled = missingRule(state, here, traveller, step, evidence);
  if (unruled !== undefined && decision.kind === 'none') return unruled;
  if (decision.kind === 'rule') {
    return {
      step,
      cause: `${here.label} has a policy rule that makes everything it matches ${decision.rule.action} (priority ${decision.rule.priority}): ${traveller.reply ? `answers to ${target}` : `packets for ${target}`} match it`,
      evidence,
      mend: [ipIn(here, ...six(family), 'rule', 'delete', ...ruleWords(decision.rule))],
    };
  }
  if (decision.kind === 'route' && /^(blackhole|prohibit|unreachable)$/.test(decision.route.type)) {
    return forbidden(world, here, decision.route, traveller, step, evidence);
  }
  const turn = previous === undefined ? undefined : wrongTurn(world, hop, traveller, previous);
  if (turn !== undefined) return turn;
  if (came !== undefined && source !== undefined) {
    const refused = await refusedAtEntry(world, hop, traveller, evidence);
    if (refused !== undefined) return refused;
  }
  const throwing = thrown(state, lookup);
  if (throwing !== undefined && decision.kind === 'none') {
    return forbidden(world, here, throwing, traveller, step, evidence);
  }
  if (decision.kind === 'route' && came !== undefined) {
    return {
      step,
      cause: `${here.label} refuses packets from ${source} to ${target} that come in by ${came.link.name}`,
      evidence,
      mend: [],
      advice: `see why: ip route get ${target} from ${source} iif ${came.link.name} in ${here.label}`,
      possible: true,
    };
  }
  return missing(world, here, traveller, step, evidence, after);
}

/** The rules that make the kernel look into the tables main and local at all (ip-rule(8)). */
function missingRule(
  state: State,
  here: FoundNamespace,
  { family }: Traveller,
  step: Finding['step'],
  evidence: string,
): Finding | undefined {
  for (const [table, priority] of [
    ['local', 0],
    ['main', 32766],
  ] as const) {
    if (state.rules.some((rule) => rule.family === family && rule.table === table)) continue;
    return {
      step,
      cause: `${here.label} has no policy rule that looks up the table ${table}: its routes there count for nothing`,
      evidence: `${evidence}; ip${family === 6 ? ' -6' : ''} rule lists no lookup of ${table}`,
      mend: [ipIn(here, ...six(family), 'rule', 'add', 'pref', String(priority), 'lookup', table)],
    };
  }
  return undefined;
}

function six(family: number): string[] {
  return family === 6 ? ['-6'] : [];
}

async function forbidden(
  world: World,
  here: FoundNamespace,
  route: Route,
  traveller: Traveller,
  step: Finding['step'],
  evidence: string,
): Promise<Finding> {
  const { target, family } = traveller;
  const effect: Record<string, string> = {
    blackhole: 'are thrown away without a word',
    prohibit: 'are refused',
    unreachable: 'are called unreachable',
    throw: 'find no route any more',
  };
  const mend = [ipIn(here, ...six(family), 'route', 'delete', ...routeWords(route))];
  // It may have taken the place of the right route.
  const state = await world.state(here);
  const rest = decide(state, { family, target }, route);
  const proper = properRoute(world, here, target);
  if (
    proper !== undefined &&
    (rest.kind !== 'route' || (rest.route.dev !== undefined && rest.route.dev !== proper.exit.link.name))
  ) {
    mend.push(addRoute(here, proper));
  }
  return {
    step,
    cause: `${here.label} has a ${route.type} route for ${route.dst}${route.table !== undefined && route.table !== 'main' ? ` in table ${route.table}` : ''}: ${traveller.reply ? `its answers to ${target}` : `packets for ${target}`} ${effect[route.type]}`,
    evidence,
    mend,
  };
}

/** What the kernel holds against a packet by where it came in (fib_validate_source, ip_forward). */
async function refusedAtEntry(
  world: World,
  { here, came }: Hop,
  traveller: Traveller,
  evidence: string,
): Promise<Finding | undefined> {
  const { family, target, source } = traveller;
  const state = await world.state(here);
  const dev = came!.link.name;
  const own = world.topology
    .of(here)
    .find((node) => node.link.addresses.some((one) => sameAddress(one.address, source!)));
  if (own !== undefined && setting(state, family, dev, 'accept_local') === 0) {
    return duplicate(world, own, source!, here.label, evidence);
  }
  const decision = decide(state, { family, target, source: source!, iif: dev });
  if (
    family === 4 &&
    decision.kind === 'route' &&
    decision.route.type !== 'local' &&
    setting(state, 4, dev, 'forwarding') === 0
  ) {
    return forwardingOff(state, here, dev, family, traveller, evidence);
  }
  const strictness = setting(state, 4, dev, 'rp_filter', true);
  if (family !== 4 || strictness === 0 || decision.kind !== 'route') return undefined;
  const reverse = decide(state, { family, target: source!, iif: dev });
  if (reverse.kind === 'none') {
    const finding = await missing(
      world,
      here,
      { ...traveller, target: source!, source: target, reply: true },
      'back',
      `${evidence}; rp_filter is ${strictness} and there is no route to ${source}`,
      'its answers never leave',
    );
    return finding;
  }
  if (reverse.kind === 'route' && /^(blackhole|prohibit|unreachable)$/.test(reverse.route.type)) {
    return forbidden(
      world,
      here,
      reverse.route,
      { ...traveller, target: source!, reply: true },
      'back',
      evidence,
    );
  }
  // Without an address on the interface loose filtering is as strict (fib_validate_source).
  const numbered = came!.link.addresses.some((one) => one.family === 'inet');
  if (reverse.kind === 'route' && (strictness === 1 || !numbered) && reverse.route.dev !== dev) {
    const astray = wrongReturn(world, here, came!, source!, reverse.route, evidence);
    if (astray !== undefined) return astray;
    return {
      step: 'hops',
      cause: `${here.label} drops packets from ${source} that come in by ${dev}: rp_filter is ${strictness === 1 ? 'strict' : strictness} there, and its own route back to ${source} goes by ${reverse.route.dev}`,
      evidence: `${evidence}; rp_filter ${strictness} on ${dev} (the larger of all and ${dev})`,
      mend: relaxed(state, here, dev, numbered),
    };
  }
  return undefined;
}

/** Loose filtering wins over strict, since the kernel takes the larger of the two numbers; else both must be 0. */
function relaxed(state: State, here: FoundNamespace, dev: string, numbered: boolean): Command[] {
  const name = (which: string) => `net.ipv4.conf.${which.replaceAll('.', '/')}.rp_filter`;
  if (numbered) return [sysctl(here, name(dev), 2)];
  return ['all', dev]
    .filter((which) => setting(state, 4, which, 'rp_filter') > 0)
    .map((which) => sysctl(here, name(which), 0));
}

/** The route back leaves by an interface from which no wire leads back: that route, and not rp_filter, is the fault. */
export function wrongReturn(
  world: World,
  here: FoundNamespace,
  came: Node,
  target: string,
  route: Route,
  evidence: string,
): Finding | undefined {
  const home = world.home(here, target);
  const exit = world.topology.find(here, route.dev);
  if (home === undefined || exit === undefined) return undefined;
  const reached = world.topology
    .stations(exit)
    .some((station) => station.namespace === home.namespace || leads(world, station, home, here));
  return reached ? undefined : astray(world, here, exit, route, target, true, evidence, came);
}

function leads(world: World, station: Node, home: Node, without: FoundNamespace): boolean {
  if (station.namespace === without) return false;
  const legs = world.topology.route(station.namespace, (node) => node.namespace === home.namespace);
  return legs?.every((leg) => leg.wire.at(-1)!.namespace !== without) ?? false;
}

/** A route that leaves by an interface, or to a gateway, from which the target can't be reached. */
export function astray(
  world: World,
  here: FoundNamespace,
  exit: Node,
  route: Route,
  target: string,
  reply: boolean,
  evidence: string,
  came?: Node,
): Finding {
  const proper = properRoute(world, here, target);
  const family = target.includes(':') ? 6 : 4;
  const step = reply ? 'back' : 'route';
  const right = proper?.exit ?? came;
  const own =
    route.protocol === 'kernel'
      ? addressesOf(exit, family).find((one) => onLink(one.address, one.prefix, target))
      : undefined;
  if (own !== undefined && right !== undefined && right !== exit) {
    const home = world.home(here, target);
    const theirs = home?.link.addresses.find((one) => sameAddress(one.address, target));
    if (theirs !== undefined && onLink(theirs.address, theirs.prefix, own.address)) {
      return {
        step,
        cause: `${own.address}/${own.prefix} is on ${exit.link.name} in ${here.label}, but the link that ${target} is on is ${right.link.name}'s: ${reply ? 'its answers' : 'packets'} leave by the wrong interface`,
        evidence,
        mend: [deleteAddress(exit, own.address, own.prefix), addAddress(right, own.address, own.prefix)],
      };
    }
  }
  return {
    step,
    cause: `${here.label}'s route to ${route.dst}${route.gateway === undefined ? '' : ` by ${route.gateway}`} leaves by ${exit.link.name}, which does not lead to ${target}${proper === undefined ? '' : `: ${proper.gateway ?? proper.exit.link.name} does`}`,
    evidence,
    mend:
      proper === undefined
        ? [ipIn(here, 'route', 'delete', ...routeWords(route))]
        : replaceRoute(here, route, proper),
  };
}

/** Puts the proper route in the place of a wrong one. */
export function replaceRoute(
  here: FoundNamespace,
  route: Route,
  proper: { prefix: string; gateway?: string; exit: Node },
): string[][] {
  const family = proper.prefix.includes(':') ? 6 : 4;
  // A route the kernel made for an address can't be taken away from it; a longer one goes before it.
  const words = (prefix: string) => [
    prefix,
    ...(proper.gateway === undefined ? [] : ['via', proper.gateway]),
    'dev',
    proper.exit.link.name,
  ];
  const table = route.table !== undefined && route.table !== 'main' ? ['table', route.table] : [];
  const metric = route.metric ? ['metric', String(route.metric)] : [];
  if (route.protocol === 'kernel' && route.dst !== 'default')
    return [[...ipIn(here, 'route', 'replace', ...words(proper.prefix))]];
  if (family === 6) {
    return [
      [...ipIn(here, '-6', 'route', 'delete', ...routeWords(route))],
      [...ipIn(here, '-6', 'route', 'add', ...words(route.dst), ...table)],
    ];
  }
  return [[...ipIn(here, 'route', 'replace', ...words(route.dst), ...metric, ...table)]];
}

export function forwardingOff(
  state: State,
  here: FoundNamespace,
  dev: string,
  family: 4 | 6,
  traveller: Traveller,
  evidence: string,
): Finding {
  const one = state.settings.get('net/ipv4/ip_forward') === '1';
  const name =
    family === 6
      ? 'net.ipv6.conf.all.forwarding'
      : one
        ? `net.ipv4.conf.${dev.replaceAll('.', '/')}.forwarding`
        : 'net.ipv4.ip_forward';
  return {
    step: 'hops',
    cause: `${here.label} does not forward${one && family === 4 ? ` what comes in by ${dev}` : ''}: packets ${traveller.reply ? 'back ' : ''}to ${traveller.target} come in by ${dev} and end there`,
    evidence: `${evidence}; forwarding is off on ${dev}`,
    mend: [sysctl(here, name, 1)],
  };
}

/** Two have the same address: the one that has another address in the same network as well loses it. */
export function duplicate(
  world: World,
  node: Node,
  address: string,
  label: string,
  evidence: string,
): Finding {
  const owners = world.topology
    .owners(address)
    .filter((owner) => owner === node || world.topology.connected(owner.namespace, node.namespace));
  const lengthAt = (owner: Node) =>
    owner.link.addresses.find((one) => sameAddress(one.address, address))!.prefix;
  const network = Math.min(...owners.map(lengthAt));
  const spare = (owner: Node) =>
    owner.link.addresses.some(
      (one) =>
        !sameAddress(one.address, address) &&
        !isLinkLocal(one.address) &&
        onLink(address, network, one.address),
    );
  const loser = owners.find(spare) ?? node;
  return {
    step: 'address',
    cause: `${address} is given twice: ${owners.map((owner) => `to ${owner.link.name} in ${owner.namespace.label}`).join(' and ')}, so ${label} takes packets from it for its own`,
    evidence,
    mend: [
      deleteAddress(loser, address, lengthAt(loser)),
      // Others on the link may have learned the wrong one's link-layer address already.
      ...world.topology
        .stations(loser)
        .filter((one) => one.namespace !== loser.namespace && !owners.includes(one))
        .map((one) => ipIn(one.namespace, 'neighbour', 'flush', 'to', address, 'dev', one.link.name)),
    ],
    always: true,
  };
}

/** The hop before sent it to a router from which the only way leads back: its route is the wrong one. */
function wrongTurn(world: World, hop: Hop, traveller: Traveller, previous: Hop): Finding | undefined {
  const home = world.home(hop.here, traveller.target);
  if (home === undefined || previous.exit === undefined) return undefined;
  if (sameAddress(previous.nextHop!, traveller.target)) return undefined;
  const onward = properRoute(world, hop.here, traveller.target);
  if (leads(world, hop.came!, home, previous.here) && onward?.exit !== hop.came) return undefined;
  const proper = properRoute(world, previous.here, traveller.target);
  if (proper === undefined || proper.gateway === previous.nextHop) return undefined;
  return {
    step: traveller.reply ? 'back' : previous.came === undefined ? 'route' : 'hops',
    cause: `${previous.here.label}'s route to ${traveller.target} goes by ${previous.nextHop} (${hop.here.label}), which does not lead there${proper.gateway === undefined ? `: ${proper.exit.link.name} does directly` : `: ${proper.gateway} does`}`,
    evidence: `${hop.here.label} has no way to ${traveller.target} but back`,
    mend: [[...ipIn(previous.here, 'route', 'replace', ...proper.words)]],
  };
}

/** No route at all: the interface that should lead there is down, has no address, a wrong prefix, or just no route. */
async function missing(
  world: World,
  here: FoundNamespace,
  traveller: Traveller,
  step: Finding['step'],
  evidence: string,
  after: string,
): Promise<Finding> {
  const { family, target } = traveller;
  const proper = properRoute(world, here, target);
  if (proper === undefined) return unconnected(world, here, traveller, step, evidence);
  const { exit } = proper;
  const usable = addressesOf(exit, family).filter((one) => !isLinkLocal(one.address));
  const state = await world.state(here);
  const off = family === 6 && setting(state, 6, exit.link.name, 'disable_ipv6') === 1;
  if (!exit.link.up || (usable.length === 0 && traveller.source === undefined) || off) {
    return deadExit(world, exit, traveller, step, evidence, off);
  }
  if (
    usable.length === 0 &&
    !world.topology.of(here).some((node) => addressesOf(node, family).some((one) => one.scope === 'global'))
  ) {
    return deadExit(world, exit, traveller, step, evidence, off);
  }
  const narrow = await tooNarrow(world, exit, target, family);
  if (narrow !== undefined) {
    const { own, wide } = narrow;
    const add = addAddress(exit, own.address, wide);
    const del = deleteAddress(exit, own.address, own.prefix);
    return {
      step: traveller.reply ? 'back' : 'address',
      cause: `${exit.link.name} in ${here.label} has ${own.address}/${own.prefix}, but the others on its link take its network for a /${wide}: it has no way to ${target}, and ${after}`,
      evidence,
      // IPv4 takes the same address with another prefix beside the first, which loses no route on the way.
      mend: [
        ...(family === 4 ? [add, del] : [del, add]),
        ...(await missingRoutes(world, exit, [target], [{ address: own.address, prefix: wide }])),
      ],
    };
  }
  return {
    step,
    cause: `${here.label} has no route to ${proper.prefix}: ${after}`,
    evidence,
    mend: [addRoute(here, proper)],
  };
}

/**
 * The prefix length that the others on the link give our network, where it is shorter than our own: their addresses show
 * it, if theirs and the target are in one network with ours, and so do the routes by which they reach us.
 */
async function tooNarrow(world: World, exit: Node, target: string, family: 4 | 6) {
  for (const own of addressesOf(exit, family)) {
    if (isLinkLocal(own.address)) continue;
    for (const station of world.topology.stations(exit)) {
      for (const one of addressesOf(station, family)) {
        // They count us in, and we count out either the target or them, by whom the way leads.
        const counted = one.prefix < own.prefix && onLink(one.address, one.prefix, own.address);
        const missed =
          onLink(one.address, one.prefix, target) || !onLink(own.address, own.prefix, one.address);
        if (counted && missed) return { own, wide: one.prefix };
      }
      const { routes } = await world.state(station.namespace);
      for (const route of routes) {
        if (
          route.dev !== station.link.name ||
          route.gateway !== undefined ||
          route.dst === 'default' ||
          route.type !== 'unicast'
        )
          continue;
        const prefix = parsePrefix(route.dst, family);
        if (prefix.family !== family || prefix.length >= own.prefix || !covers(prefix, own.address)) continue;
        return { own, wide: prefix.length };
      }
    }
  }
  return undefined;
}

/** The interface that should lead there can't: it is down, or has no address of the family. */
export async function deadExit(
  world: World,
  exit: Node,
  traveller: Traveller,
  step: Finding['step'],
  evidence: string,
  off: boolean,
): Promise<Finding> {
  const { family, target } = traveller;
  const { link, namespace } = exit;
  const needs = [target];
  const none = addressesOf(exit, family).every((one) => isLinkLocal(one.address));
  const known =
    traveller.source === undefined
      ? undefined
      : { address: traveller.source, prefix: lengthOf(world, exit, traveller.source) };
  const lost = none
    ? traveller.reply && known !== undefined
      ? known
      : await likelyAddress(world, exit, family)
    : undefined;
  if (!link.up) {
    return {
      step: 'link',
      cause: `${link.name} in ${namespace.label} is down`,
      evidence: `${link.name} is the way to ${target}; ${evidence}`,
      mend: await raise(world, exit, needs, family === 6 || none ? lost : undefined),
    };
  }
  const switchOn = off
    ? [sysctl(namespace, `net.ipv6.conf.${link.name.replaceAll('.', '/')}.disable_ipv6`, 0)]
    : [];
  const all = off && (await world.state(namespace)).settings.get('net/ipv6/conf/all/disable_ipv6') === '1';
  if (all) switchOn.unshift(sysctl(namespace, 'net.ipv6.conf.all.disable_ipv6', 0));
  // IPv6 needs 1280 bytes (RFC 8200, 5): the kernel takes it off an interface with less.
  const small = family === 6 && link.mtu < 1280;
  const mend = [...(small ? [setLink(exit, 'mtu', '1500')] : []), ...switchOn];
  if (lost !== undefined) {
    mend.push(addAddress(exit, lost.address, lost.prefix));
    mend.push(...(await missingRoutes(world, exit, needs, [lost])));
  }
  return {
    step: step === 'back' ? 'back' : 'address',
    cause: small
      ? `${link.name} in ${namespace.label} has an MTU of ${link.mtu} bytes, and IPv6 needs 1280: it has no IPv6 address`
      : off
        ? `IPv6 is switched off on ${link.name} in ${namespace.label} (disable_ipv6)`
        : `${link.name} in ${namespace.label} has no IPv${family} address`,
    evidence,
    mend,
    ...(mend.length === 0 ? { advice: `give ${link.name} in ${namespace.label} an address` } : {}),
  };
}

/** The prefix length that the others on the link use for a network with this address in it. */
export function lengthOf(world: World, node: Node, address: string): number {
  for (const station of world.topology.stations(node)) {
    const shared = station.link.addresses.find((one) => onLink(one.address, one.prefix, address));
    if (shared !== undefined) return shared.prefix;
  }
  return parsePrefix(address, 4).family === 4 ? 24 : 64;
}

/** No wire leads there. */
function unconnected(
  world: World,
  here: FoundNamespace,
  { target, family }: Traveller,
  step: Finding['step'],
  evidence: string,
): Finding {
  const owners = world.topology.owners(target);
  const links = world.topology.of(here).filter((node) => node.link.kind !== 'loopback');
  const where = owners.map((owner) => owner.namespace.label).join(', ');
  if (links.length === 0) {
    return {
      step: 'link',
      cause: `${here.label} has no interface but lo: nothing leads out of it`,
      evidence,
      mend: [],
      advice: `wire it up: ip link add veth0 netns ${here.label} type veth peer name veth1 netns ${owners[0]?.namespace.label ?? 'OTHER'}`,
    };
  }
  if (owners.length > 0) {
    return {
      step: 'link',
      cause: `no wire leads from ${here.label} to ${where}, which has ${target}`,
      evidence,
      mend: [],
      advice: `wire them up: ip link add NAME netns ${here.label} type veth peer name NAME netns ${owners[0]!.namespace.label}`,
    };
  }
  const gateway = links.map((node) => addressesOf(node, family)[0]).find((one) => one !== undefined);
  return {
    step,
    cause: `${here.label} has no route to ${target}, and no namespace seen here has that address`,
    evidence,
    mend: [],
    advice: `add a route if you know the way: ip -n ${here.label} route add ${networkOf(target, WIDTH[family])} ${gateway === undefined ? `dev ${links[0]!.link.name}` : 'via GATEWAY'}`,
  };
}
