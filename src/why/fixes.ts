// Commands that fix: how a route, an address or a link should be, read off the wiring and off what others still know.

import { declaredAddresses } from '../lab/declared.ts';
import type { FoundNamespace } from '../netns/discover.ts';
import {
  canonical,
  type Family,
  familyOf,
  hostsOf,
  isLinkLocal,
  networkOf,
  onLink,
  parsePrefix,
  textOf,
  WIDTH,
} from '../netns/prefix.ts';
import { addressesOf, addressTowards, type Node } from '../netns/topology.ts';
import { decide, sameAddress } from './fib.ts';
import { type Command, ipIn, setLink } from './finding.ts';
import type { Snapshot } from './snapshot.ts';

/** A route that leads to an address, as words after `ip route add`, and the interface it leaves by. */
export interface ProperRoute {
  prefix: string;
  gateway?: string;
  exit: Node;
  words: string[];
}

/** The route that a namespace should have to an address, by the wiring; undefined where no wire leads there. */
export function properRoute(
  snapshot: Snapshot,
  here: FoundNamespace,
  target: string,
): ProperRoute | undefined {
  const home = snapshot.home(here, target);
  const isTarget = (node: Node) =>
    home === undefined ? false : node === home || node.namespace === home.namespace;
  const legs = home === undefined ? undefined : snapshot.topology.route(here, isTarget);
  if (home === undefined || legs === undefined || legs.length === 0) return undefined;
  const family = familyOf(target)!;
  const exit = legs[0].wire[0];
  const entry = legs[0].wire.at(-1)!;
  const own = addressesOf(exit, family).find((assigned) => onLink(assigned.address, assigned.prefix, target));
  const length =
    home.link.addresses.find((assigned) => sameAddress(assigned.address, target))?.prefix ?? WIDTH[family];
  const prefix = networkOf(target, own?.prefix ?? length);
  // On the same link no router is needed; otherwise the next namespace is, at its address on this wire.
  const gateway = entry === home ? undefined : gatewayAt(exit, entry, family);
  const words = [prefix, ...(gateway === undefined ? [] : ['via', gateway]), 'dev', exit.link.name];
  return { prefix, ...(gateway === undefined ? {} : { gateway }), exit, words };
}

/** The address at which `exit` reaches `entry` on their common wire. */
function gatewayAt(exit: Node, entry: Node, family: Family): string | undefined {
  const shared = addressesOf(entry, family).find(
    (assigned) => !isLinkLocal(assigned.address) && addressTowards(exit, assigned.address) !== undefined,
  );
  if (shared !== undefined) return shared.address;
  return family === 6
    ? addressesOf(entry, 6).find((assigned) => isLinkLocal(assigned.address))?.address
    : undefined;
}

export function addRoute(here: FoundNamespace, proper: ProperRoute): Command {
  return ipIn(here, 'route', 'add', ...proper.words);
}

export function addAddress(node: Node, address: string, length: number): Command {
  // IPv6 would have it wait for a second or two, until it is known to be unique (duplicate address detection).
  const quick = familyOf(address) === 6 ? ['nodad'] : [];
  return ipIn(node.namespace, 'address', 'add', `${address}/${length}`, 'dev', node.link.name, ...quick);
}

export function deleteAddress(node: Node, address: string, length: number): Command {
  return ipIn(node.namespace, 'address', 'delete', `${address}/${length}`, 'dev', node.link.name);
}

/** Makes the examined stations of the link resolve an address again: they may have cached another's link-layer address. */
export function forget(snapshot: Snapshot, node: Node, address: string): Command[] {
  return snapshot.topology
    .stations(node)
    .filter((station) => station.namespace !== node.namespace && station.link.kind !== 'bridge')
    .filter((station) => snapshot.stateNow(station.namespace) !== undefined)
    .map((station) => ipIn(station.namespace, 'neighbour', 'flush', 'to', address, 'dev', station.link.name));
}

/**
 * Sets an interface up, and puts back what went when it was set down, as far as the request needs it: routes through
 * it to `targets`, and in IPv6 the address itself.
 */
export async function raise(
  snapshot: Snapshot,
  node: Node,
  targets: readonly string[],
  lost?: { address: string; prefix: number },
): Promise<Command[]> {
  const commands: Command[] = [setLink(node, 'up')];
  if (lost !== undefined) commands.push(addAddress(node, lost.address, lost.prefix));
  commands.push(...(await missingRoutes(snapshot, node, targets, lost === undefined ? [] : [lost])));
  return commands;
}

/** Routes through `node` to the targets that are not there and won't come by themselves with its addresses. */
export async function missingRoutes(
  snapshot: Snapshot,
  node: Node,
  targets: readonly string[],
  coming: readonly { address: string; prefix: number }[] = [],
): Promise<Command[]> {
  const commands: Command[] = [];
  const state = await snapshot.state(node.namespace);
  for (const target of targets) {
    const family = familyOf(target)!;
    const addresses = [...node.link.addresses, ...coming];
    // A bare bridge or its port passes frames on and needs no routes.
    if (
      !addresses.some((assigned) => familyOf(assigned.address) === family && !isLinkLocal(assigned.address))
    )
      continue;
    if (addresses.some((assigned) => onLink(assigned.address, assigned.prefix, target))) continue;
    const decision = decide(state, { family, target });
    if (decision.kind === 'route' && decision.route.type !== 'local' && decision.route.dev !== undefined) {
      if (!decision.route.flags.includes('dead')) continue;
    } else if (decision.kind === 'route') continue;
    const proper = properRoute(snapshot, node.namespace, target);
    if (proper?.exit !== node) continue;
    // What was just added is not yet in the wiring's picture: its network tells the gateway's.
    commands.push(addRoute(node.namespace, withGateway(snapshot, proper, node, target, addresses)));
  }
  return commands;
}

function withGateway(
  snapshot: Snapshot,
  proper: ProperRoute,
  node: Node,
  target: string,
  addresses: readonly { address: string; prefix: number }[],
): ProperRoute {
  if (proper.gateway !== undefined) return proper;
  const home = snapshot.home(node.namespace, target);
  if (home === undefined || snapshot.topology.wire(node, home) !== undefined) return proper;
  for (const station of snapshot.topology.stations(node)) {
    // Link-local addresses are all of one network, those of bare bridges on the way as well.
    const shared = addressesOf(station, familyOf(target)!).find(
      (assigned) =>
        !isLinkLocal(assigned.address) &&
        addresses.some((own) => onLink(own.address, own.prefix, assigned.address)),
    );
    if (shared === undefined || !snapshot.topology.connected(station.namespace, home.namespace)) continue;
    const gateway = shared.address;
    return { ...proper, gateway, words: [proper.prefix, 'via', gateway, 'dev', node.link.name] };
  }
  return proper;
}

/**
 * A cable between two namespaces of which one has nothing to plug it in: its ends get `target` and the first other
 * address of that network, which is a /24 or /64 where no other prefix is known.
 */
export function newCable(
  snapshot: Snapshot,
  asker: FoundNamespace,
  peer: FoundNamespace,
  family: Family,
  target?: string,
): Command[] {
  const address = target ?? (family === 4 ? '10.0.1.2' : 'fd00::2');
  const length = family === 4 ? 24 : 64;
  const own = [...hostsOf(address, length)].find((host) => canonical(host) !== canonical(address))!;
  const free = (netns: FoundNamespace) => {
    const taken = new Set(snapshot.topology.of(netns).map(({ link }) => link.name));
    return Array.from({ length: 1000 }, (_, index) => `veth${index}`).find((name) => !taken.has(name))!;
  };
  const [here, there] = [free(asker), free(peer)];
  const netnsWord = ({ namespace }: FoundNamespace) =>
    namespace.kind === 'named' ? namespace.label : namespace.path;
  const end = (namespace: FoundNamespace, name: string, text: string) => [
    ipIn(namespace, 'address', 'add', `${text}/${length}`, 'dev', name, ...(family === 6 ? ['nodad'] : [])),
    ipIn(namespace, 'link', 'set', 'dev', name, 'up'),
  ];
  return [
    [
      'ip',
      'link',
      'add',
      here,
      'netns',
      netnsWord(asker),
      'type',
      'veth',
      'peer',
      'name',
      there,
      'netns',
      netnsWord(peer),
    ],
    ...end(asker, here, own),
    ...end(peer, there, address),
  ];
}

/**
 * The address an interface probably had: one that its lab declares, that neighbours still remember with its link-layer
 * address, or that others on the link use as their gateway; else the first that is free in the network that others on
 * the link have a route to, though no host there is in it, or in the network that they are in themselves.
 */
export async function likelyAddress(
  snapshot: Snapshot,
  node: Node,
  family: Family,
): Promise<{ address: string; prefix: number } | undefined> {
  const stations = snapshot.topology.stations(node);
  const taken = new Set(
    [node, ...stations].flatMap((station) =>
      station.link.addresses.map((assigned) => canonical(assigned.address)),
    ),
  );
  const fits = (address: string) => familyOf(address) === family && !taken.has(canonical(address));
  if (node.namespace.namespace.kind === 'named') {
    const declared = await declaredAddresses(node.namespace.label, node.link.name);
    const [address, prefix] =
      declared.map((text) => text.split('/')).find(([candidate]) => fits(candidate!)) ?? [];
    if (address !== undefined) return { address, prefix: Number(prefix) };
  }
  const networks = stations
    .flatMap((station) => addressesOf(station, family))
    .filter((assigned) => !isLinkLocal(assigned.address))
    .sort((a, b) => Number(a.prefix === WIDTH[family]) - Number(b.prefix === WIDTH[family]));
  const routed = (
    await Promise.all(stations.map((station) => routedNetworks(snapshot, station, family)))
  ).flat();
  const networkAround = (address: string) =>
    [...networks, ...routed].find((network) => onLink(network.address, network.prefix, address));
  for (const station of stations) {
    const state = await snapshot.state(station.namespace);
    const known = state.neighbours
      .filter(
        (neighbour) =>
          neighbour.dev === station.link.name && neighbour.lladdr === node.link.mac && fits(neighbour.dst),
      )
      .map((neighbour) => neighbour.dst);
    const gateways = state.routes
      .filter((route) => route.dev === station.link.name && route.gateway !== undefined)
      .map((route) => route.gateway!)
      .filter(fits);
    for (const address of [...known, ...gateways]) {
      const around = networkAround(address);
      if (around !== undefined) return { address, prefix: around.prefix };
    }
  }
  const lonely = routed.filter(
    (network) => ![...taken].some((address) => onLink(network.address, network.prefix, address)),
  );
  for (const { address: network, prefix } of [...lonely, ...networks.slice(0, 1)]) {
    for (const address of hostsOf(network, prefix)) if (fits(address)) return { address, prefix };
  }
  return undefined;
}

/** The networks that a namespace takes for on-link by a route of its own, rather than by its address. */
async function routedNetworks(snapshot: Snapshot, station: Node, family: Family) {
  const { routes } = await snapshot.state(station.namespace);
  return routes
    .filter(
      (route) =>
        route.dev === station.link.name &&
        route.type === 'unicast' &&
        route.protocol !== 'kernel' &&
        route.gateway === undefined &&
        route.via === undefined &&
        route.dst !== 'default',
    )
    .map((route) => parsePrefix(route.dst, family))
    .filter((prefix) => prefix.family === family && prefix.length < WIDTH[family])
    .map((prefix) => ({ address: textOf(prefix.bits, family), prefix: prefix.length }))
    .filter((network) => !isLinkLocal(network.address) && !network.address.startsWith('ff'));
}

/** How many letters two namespaces' labels have in common at their beginning. */
export function alike(a: FoundNamespace, b: FoundNamespace): number {
  let length = 0;
  while (length < a.label.length && a.label[length] === b.label[length]) length += 1;
  return length;
}

/** The only namespace with nothing in it whose name looks most like the asker's. */
export function loneNamespace(
  snapshot: Snapshot,
  here: FoundNamespace,
  except?: FoundNamespace,
): FoundNamespace | undefined {
  const empty = (netns: FoundNamespace) =>
    snapshot.topology.of(netns).every((node) => node.link.kind === 'loopback');
  const possible = snapshot.discovery.namespaces
    .filter(
      (netns) =>
        netns !== here &&
        netns !== except &&
        netns.interfaces !== undefined &&
        netns.origin !== 'host' &&
        netns.origin !== 'here' &&
        empty(netns) &&
        alike(netns, here) >= 2,
    )
    .sort((a, b) => alike(b, here) - alike(a, here));
  const [best, second] = possible;
  return best !== undefined && (second === undefined || alike(best, here) > alike(second, here))
    ? best
    : undefined;
}
