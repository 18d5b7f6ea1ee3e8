// What a namespace holds against a packet by where it comes in: rp_filter, forwarding, a source that is its own.

import type { FoundNamespace } from '../../netns/discover.ts';
import { isLinkLocal, isLoopback, onLink } from '../../netns/prefix.ts';
import type { Node } from '../../netns/topology.ts';
import { named } from '../facts/names.ts';
import type { Observation } from '../facts/observations.ts';
import { decide, sameAddress } from '../fib.ts';
import { type Command, type Finding, interfaceSetting, ipIn, sysctl } from '../finding.ts';
import { deleteAddress } from '../fixes.ts';
import type { Hop, PacketSpec } from '../packet.ts';
import type { Snapshot } from '../snapshot.ts';
import { type Route, type State, setting } from '../state.ts';
import { forbidden } from './forbidding-route.ts';
import { missing } from './missing-route.ts';
import { misroutedVia } from './wrong-route.ts';

/** What the kernel holds against a packet by where it came in (fib_validate_source, ip_forward). */
export async function refusedAtEntry(
  snapshot: Snapshot,
  { here, ingress }: Hop,
  spec: PacketSpec,
  evidence: readonly Observation[],
): Promise<Finding | undefined> {
  const { family, target, source } = spec;
  const state = await snapshot.state(here);
  const dev = ingress!.link.name;
  // Every namespace has its own loopback address: that is no duplicate.
  const own = isLoopback(source!)
    ? undefined
    : snapshot.topology
        .of(here)
        .find((node) => node.link.addresses.some((assigned) => sameAddress(assigned.address, source!)));
  if (own !== undefined && setting(state, family, dev, 'accept_local') === 0) {
    return duplicate(snapshot, own, source!, here.label, evidence);
  }
  const decision = decide(state, { family, target, source: source!, iif: dev });
  if (
    family === 4 &&
    decision.kind === 'route' &&
    decision.route.type !== 'local' &&
    setting(state, 4, dev, 'forwarding') === 0
  ) {
    return forwardingOff(state, here, dev, family, spec, evidence);
  }
  const strictness = setting(state, 4, dev, 'rp_filter', true);
  if (family !== 4 || strictness === 0 || decision.kind !== 'route') return undefined;
  const reverse = decide(state, { family, target: source!, iif: dev });
  if (reverse.kind === 'none') {
    const finding = await missing(
      snapshot,
      here,
      { ...spec, target: source!, source: target, reply: true },
      'back',
      [
        ...evidence,
        reversePathFilter(here, dev, strictness),
        { code: 'no-route', facts: { netns: here.label, target: source! } },
      ],
      true,
    );
    return finding;
  }
  if (reverse.kind === 'route' && /^(blackhole|prohibit|unreachable)$/.test(reverse.route.type)) {
    return forbidden(
      snapshot,
      here,
      reverse.route,
      { ...spec, target: source!, reply: true },
      'back',
      evidence,
    );
  }
  // Without an address on the interface loose filtering is as strict (fib_validate_source).
  const numbered = ingress!.link.addresses.some((assigned) => assigned.family === 'inet');
  if (reverse.kind === 'route' && (strictness === 1 || !numbered) && reverse.route.dev !== dev) {
    const wrong = wrongReturn(snapshot, here, ingress!, source!, reverse.route, evidence);
    if (wrong !== undefined) return wrong;
    return {
      code: 'rp-filter',
      step: 'hops',
      facts: {
        netns: here.label,
        source: source!,
        interface: dev,
        filter: { value: strictness, routeInterface: reverse.route.dev ?? '?' },
      },
      evidence: [...evidence, reversePathFilter(here, dev, strictness)],
      fix: relaxed(state, here, dev, numbered),
    };
  }
  return undefined;
}

/** Loose filtering wins over strict, since the kernel takes the larger of the two numbers; else both must be 0. */
function relaxed(state: State, here: FoundNamespace, dev: string, numbered: boolean): Command[] {
  const name = (which: string) => interfaceSetting(4, which, 'rp_filter');
  if (numbered) return [sysctl(here, name(dev), 2)];
  return ['all', dev]
    .filter((which) => setting(state, 4, which, 'rp_filter') > 0)
    .map((which) => sysctl(here, name(which), 0));
}

/** rp_filter as it applies to an interface. */
function reversePathFilter(here: FoundNamespace, dev: string, value: number): Observation {
  const facts = { netns: here.label, setting: interfaceSetting(4, dev, 'rp_filter'), value: String(value) };
  return { code: 'setting', facts: { ...facts, largerOfAll: true } };
}

/** The route back leaves by an interface from which no wire leads back: that route, and not rp_filter, is the fault. */
function wrongReturn(
  snapshot: Snapshot,
  here: FoundNamespace,
  ingress: Node,
  target: string,
  route: Route,
  evidence: readonly Observation[],
): Finding | undefined {
  const home = snapshot.home(here, target);
  const exit = snapshot.topology.find(here, route.dev);
  if (home === undefined || exit === undefined) return undefined;
  const reached = snapshot.topology
    .stations(exit)
    .some((station) => station.namespace === home.namespace || leads(snapshot, station, home, here));
  return reached ? undefined : misroutedVia(snapshot, here, exit, route, target, true, evidence, ingress);
}

export function leads(snapshot: Snapshot, station: Node, home: Node, without: FoundNamespace): boolean {
  if (station.namespace === without) return false;
  const legs = snapshot.topology.route(station.namespace, (node) => node.namespace === home.namespace);
  return legs?.every((leg) => leg.wire.at(-1)!.namespace !== without) ?? false;
}

export function forwardingOff(
  state: State,
  here: FoundNamespace,
  dev: string,
  family: 4 | 6,
  spec: PacketSpec,
  evidence: readonly Observation[] = [],
): Finding {
  const isEnabledGlobally = state.settings.get('net/ipv4/ip_forward') === '1';
  const name =
    family === 6
      ? 'net.ipv6.conf.all.forwarding'
      : isEnabledGlobally
        ? interfaceSetting(4, dev, 'forwarding')
        : 'net.ipv4.ip_forward';
  return {
    code: 'forwarding-off',
    step: 'hops',
    facts: {
      netns: here.label,
      interface: dev,
      target: spec.target,
      reply: spec.reply,
      interfaceOnly: isEnabledGlobally && family === 4,
    },
    evidence: [
      ...evidence,
      {
        code: 'setting',
        facts: {
          netns: here.label,
          setting: family === 6 ? name : interfaceSetting(4, dev, 'forwarding'),
          value: '0',
        },
      },
    ],
    fix: [sysctl(here, name, 1)],
  };
}

/** Two have the same address: the one that has another address in the same network as well loses it. */
export function duplicate(
  snapshot: Snapshot,
  node: Node,
  address: string,
  label: string,
  evidence: readonly Observation[],
): Finding {
  const owners = snapshot.topology
    .owners(address)
    .filter((owner) => owner === node || snapshot.topology.connected(owner.namespace, node.namespace));
  const lengthAt = (owner: Node) =>
    owner.link.addresses.find((assigned) => sameAddress(assigned.address, address))!.prefix;
  const network = Math.min(...owners.map(lengthAt));
  const spare = (owner: Node) =>
    owner.link.addresses.some(
      (assigned) =>
        !sameAddress(assigned.address, address) &&
        !isLinkLocal(assigned.address) &&
        onLink(address, network, assigned.address),
    );
  const loser = owners.find(spare) ?? node;
  return {
    code: 'duplicate-address',
    step: 'address',
    facts: { kind: 'spoofed', address, owners: owners.map(named), netns: label },
    evidence,
    fix: [
      deleteAddress(loser, address, lengthAt(loser)),
      // Others on the link may have learned the wrong one's link-layer address already.
      ...snapshot.topology
        .stations(loser)
        .filter((station) => station.namespace !== loser.namespace && !owners.includes(station))
        .map((station) =>
          ipIn(station.namespace, 'neighbour', 'flush', 'to', address, 'dev', station.link.name),
        ),
    ],
    effect: 'some',
    stake: { kind: 'takes', address, rivals: [node] },
  };
}
