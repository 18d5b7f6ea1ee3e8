// No station on the link has the address resolved there: it is on another link, or nowhere.

import type { FoundNamespace } from '../../netns/discover.ts';
import { type Family, familyOf, isLinkLocal, onLink } from '../../netns/prefix.ts';
import { addressesOf, type Node } from '../../netns/topology.ts';
import { named } from '../facts/names.ts';
import type { Observation } from '../facts/observations.ts';
import { decide, lookupOf, sameAddress } from '../fib.ts';
import { type Command, type Finding, ipIn, setLink, sysctl } from '../finding.ts';
import {
  addAddress,
  deleteAddress,
  likelyAddress,
  loneNamespace,
  missingRoutes,
  newCable,
  type ProperRoute,
  properRoute,
  raise,
} from '../fixes.ts';
import type { Hop, PacketSpec } from '../packet.ts';
import type { Snapshot } from '../snapshot.ts';
import { type Route, setting } from '../state.ts';
import { explainPartition, looseEnd, missingBridge, netnsWords, rewire, severed } from './l2-partition.ts';
import { lengthOf } from './missing-route.ts';
import { misroutedVia, replaceRoute } from './wrong-route.ts';

/** A next hop that does not answer, and what the namespace that asks for it knows. */
interface Unresolved {
  snapshot: Snapshot;
  here: FoundNamespace;
  /** The interface whose link is asked. */
  exit: Node;
  nextHop: string;
  spec: PacketSpec;
  /** The route that led here. */
  route?: Route;
  /** The route that would lead to the target. */
  proper?: ProperRoute;
  /** The other interfaces on the link. */
  stations: Node[];
  evidence: readonly Observation[];
}

/** Why no station on the link of `hop.exit` answers for `hop.nextHop`. `wanted` is the namespace that TARGET named. */
export async function explainUnresolved(
  snapshot: Snapshot,
  hop: Hop,
  spec: PacketSpec,
  targetNamespace?: FoundNamespace,
): Promise<Finding> {
  const { here } = hop;
  const exit = hop.exit!;
  const nextHop = hop.nextHop!;
  const { family, target, reply } = spec;
  const state = await snapshot.state(here);
  const decision = decide(state, lookupOf(spec, hop.ingress?.link.name));
  const route = decision.kind === 'route' ? decision.route : undefined;
  const stations = snapshot.topology.stations(exit);
  const evidence: Observation[] = [
    {
      code: 'stations',
      facts: {
        ...named(exit),
        stations: stations.map((station) => {
          const address = addressesOf(station, family)[0]?.address;
          return { ...named(station), ...(address === undefined ? {} : { address }) };
        }),
      },
    },
  ];
  const proper = properRoute(snapshot, here, target);
  const unresolved: Unresolved = {
    snapshot,
    here,
    exit,
    nextHop,
    spec,
    ...(route === undefined ? {} : { route }),
    ...(proper === undefined ? {} : { proper }),
    stations,
    evidence,
  };
  const owner = snapshot.home(here, nextHop) ?? severed(snapshot, exit, nextHop);
  if (owner !== undefined && owner.namespace !== here) return ownedElsewhere(unresolved, owner);
  const loose = looseEnd(snapshot, exit, family);
  if (loose !== undefined) return { ...loose, evidence };
  if (route?.dst === 'default' && proper !== undefined && proper.exit !== exit)
    return misroutedVia(snapshot, here, exit, route, target, reply, evidence);
  return wrongGateway(unresolved) ?? addressless(snapshot, hop, spec, evidence, targetNamespace);
}

/** Another interface of the topology has the address: the wiring, a route or that interface's state is at fault. */
async function ownedElsewhere(unresolved: Unresolved, owner: Node): Promise<Finding> {
  const { snapshot, exit, nextHop, spec, route, stations, evidence } = unresolved;
  const { family } = spec;
  const ownerAddress = owner.link.addresses.find((own) => sameAddress(own.address, nextHop));
  const exitAddress = addressesOf(exit, family).find((own) => onLink(own.address, own.prefix, nextHop));
  // Both ends expect to share a link: the wiring separates them, not a route.
  const together =
    ownerAddress !== undefined &&
    exitAddress !== undefined &&
    onLink(ownerAddress.address, ownerAddress.prefix, exitAddress.address);
  const foreign = (await Promise.all(stations.map((station) => mayPassOn(snapshot, station)))).includes(true);
  if (together) {
    const cut =
      explainPartition(snapshot, exit, owner, evidence) ??
      (foreign ? undefined : missingBridge(snapshot, exit, owner, family, evidence));
    if (cut !== undefined) return cut;
  }
  if (exitAddress !== undefined && ownerAddress !== undefined && !together && route?.protocol === 'kernel') {
    return tooWide(snapshot, exit, exitAddress, spec.target, evidence);
  }
  const misrouted = misroutedOnLink(unresolved, together);
  if (misrouted !== undefined) return misrouted;
  const cut = explainPartition(snapshot, exit, owner, evidence);
  if (cut !== undefined) return cut;
  if (!owner.link.up) {
    return {
      code: 'interface-down',
      step: 'link',
      facts: { ...named(owner), address: nextHop },
      evidence: [
        { code: 'interface-state', facts: { ...named(owner), state: owner.link.state } },
        ...evidence,
      ],
      fix: await raise(snapshot, owner, spec.source === undefined ? [] : [spec.source]),
    };
  }
  const bridge = foreign && together ? missingBridge(snapshot, exit, owner, family, evidence) : undefined;
  // The listener may be only a sniffer, or a switch in user space.
  if (bridge !== undefined) return { ...bridge, possible: true };
  return {
    code: 'not-wired',
    step: 'link',
    facts: {
      kind: 'elsewhere',
      ...named(exit),
      address: nextHop,
      neighbours: stations.map(named),
      owners: [named(owner)],
    },
    evidence,
    // Where something unknown may join the two no cable is pulled.
    fix: foreign ? [] : rewire(snapshot, exit, owner, nextHop),
    stake: { kind: 'rewires' },
    ...(foreign ? { possible: true } : {}),
  };
}

/** The route that led here is not the one that leads to the target. */
function misroutedOnLink(unresolved: Unresolved, together: boolean): Finding | undefined {
  const { snapshot, here, exit, nextHop, spec, route, proper, evidence } = unresolved;
  if (route === undefined || proper === undefined) return undefined;
  // The kernel's own route of a network that both are in is right: what lies between them is not.
  if (together && route.protocol === 'kernel' && proper.exit === exit) return undefined;
  if (proper.exit !== exit)
    return misroutedVia(snapshot, here, exit, route, spec.target, spec.reply, evidence);
  const { gateway } = proper;
  if (gateway === undefined || gateway === nextHop) return undefined;
  return {
    code: 'wrong-gateway',
    step: spec.reply ? 'back' : 'route',
    facts: {
      kind: 'on-link',
      netns: here.label,
      route: route.dst,
      target: spec.target,
      interface: exit.link.name,
      ...(route.gateway === undefined ? {} : { gateway: route.gateway }),
      rightGateway: gateway,
    },
    evidence,
    fix: replaceRoute(here, route, proper),
  };
}

/** Another station leads to the target. Has the router lost its address, or is the gateway a wrong one? */
function wrongGateway(unresolved: Unresolved): Finding | undefined {
  const { snapshot, here, exit, nextHop, spec, route, proper, evidence } = unresolved;
  const { family, target } = spec;
  if (sameAddress(nextHop, target) || proper === undefined || route === undefined) return undefined;
  const { gateway } = proper;
  const reached =
    gateway === undefined
      ? snapshot.home(here, target) !== undefined && sharesLink(snapshot, here, target, proper.exit)
      : addressesOf(exit, family).some((own) => onLink(own.address, own.prefix, gateway));
  if (!reached) return undefined;
  return {
    code: 'wrong-gateway',
    step: spec.reply ? 'back' : 'route',
    facts: {
      kind: 'not-there',
      netns: here.label,
      route: route.dst,
      target,
      interface: exit.link.name,
      gateway: nextHop,
      ...(gateway === undefined ? {} : { rightGateway: gateway }),
    },
    evidence,
    fix: replaceRoute(here, route, proper),
  };
}

/** Whether frames may be passed on from an interface in ways that no wiring shows: by a program, a filter, XDP, nft. */
async function mayPassOn(snapshot: Snapshot, { link, namespace }: Node): Promise<boolean> {
  const { packetSockets, qdiscs, firewall } = await snapshot.state(namespace);
  return (
    link.xdp ||
    link.master !== undefined ||
    packetSockets > 0 ||
    qdiscs.some((qdisc) => qdisc.dev === link.name && /^(clsact|ingress)$/.test(qdisc.kind)) ||
    firewall.chains.some((chain) => chain.devices.includes(link.name))
  );
}

function sharesLink(snapshot: Snapshot, here: FoundNamespace, target: string, exit: Node): boolean {
  const home = snapshot.home(here, target);
  return home !== undefined && snapshot.topology.wire(exit, home) !== undefined;
}

/** An interface on the link that should have the address but does not. */
async function addressless(
  snapshot: Snapshot,
  hop: Hop,
  spec: PacketSpec,
  evidence: readonly Observation[],
  targetNamespace: FoundNamespace | undefined,
): Promise<Finding> {
  const { here } = hop;
  const exit = hop.exit!;
  const nextHop = hop.nextHop!;
  const { family } = spec;
  const length =
    addressesOf(exit, family).find((assigned) => onLink(assigned.address, assigned.prefix, nextHop))
      ?.prefix ?? lengthOf(snapshot, exit, nextHop);
  const stations = snapshot.topology.stations(exit).filter((station) => station.namespace !== here);
  const without = stations.filter(
    (station) =>
      !addressesOf(station, family).some(
        (assigned) => !isLinkLocal(assigned.address) && onLink(nextHop, length, assigned.address),
      ),
  );
  const state = await snapshot.state(here);
  const remembered = state.neighbours.find(
    (neighbour) => sameAddress(neighbour.dst, nextHop) && neighbour.lladdr !== undefined,
  )?.lladdr;
  const pool = without.length > 0 ? without : stations;
  const candidate =
    pool.find((node) => node.namespace === targetNamespace) ??
    pool.find((node) => remembered !== undefined && node.link.mac === remembered) ??
    pool.find(
      (node) =>
        node.link.kind !== 'bridge' &&
        addressesOf(node, family).every((assigned) => isLinkLocal(assigned.address)),
    ) ??
    pool.find((node) => node.link.kind !== 'bridge') ??
    pool[0];
  if (candidate === undefined) {
    return {
      code: 'not-wired',
      step: 'link',
      facts: { kind: 'nowhere', ...named(exit), address: nextHop },
      evidence,
      fix: [],
    };
  }
  const moved = strayed(snapshot, candidate, here, targetNamespace);
  const there = candidate.link;
  const back = spec.source === undefined ? [] : [spec.source];
  if (moved !== undefined) {
    const node: Node = { namespace: moved, link: { ...there, addresses: [] } };
    return {
      code: 'interface-moved',
      step: 'owner',
      facts: { ...named(candidate), home: moved.label, peer: named(exit), address: nextHop },
      evidence,
      fix: [
        setLink(candidate, 'netns', ...netnsWords(moved)),
        addAddress(node, nextHop, length),
        setLink(node, 'up'),
      ],
      stake: { kind: 'rewires' },
    };
  }
  const fix: Command[] = [];
  const candidateState = await snapshot.state(candidate.namespace);
  const off = family === 6 && setting(candidateState, 6, there.name, 'disable_ipv6') === 1;
  if (off) {
    if (candidateState.settings.get('net/ipv6/conf/all/disable_ipv6') === '1')
      fix.push(sysctl(candidate.namespace, 'net.ipv6.conf.all.disable_ipv6', 0));
    fix.push(sysctl(candidate.namespace, `net.ipv6.conf.${there.name.replaceAll('.', '/')}.disable_ipv6`, 0));
  }
  const small = family === 6 && there.mtu < 1280;
  if (small) fix.push(setLink(candidate, 'mtu', '1500'));
  if (!there.up) fix.push(setLink(candidate, 'up'));
  fix.push(addAddress(candidate, nextHop, length));
  fix.push(...(await missingRoutes(snapshot, candidate, back, [{ address: nextHop, prefix: length }])));
  const present = addressesOf(candidate, family).filter((assigned) => !isLinkLocal(assigned.address));
  const lack = small
    ? 'mtu'
    : off
      ? 'ipv6-off'
      : !there.up
        ? 'down'
        : present.length === 0
          ? 'none'
          : 'other';
  return {
    code: 'address-missing',
    step: there.up ? 'owner' : 'link',
    facts: {
      ...named(candidate),
      family,
      lack,
      address: nextHop,
      ...(small ? { mtu: there.mtu } : {}),
      ...(lack === 'other'
        ? { has: present.map((assigned) => `${assigned.address}/${assigned.prefix}`) }
        : {}),
    },
    evidence,
    fix,
  };
}

/**
 * An interface that lost its addresses and lies in a namespace where it is not at home: it was moved. Its own is the one
 * that TARGET names, or the only one with nothing in it whose name looks like the asker's.
 */
function strayed(
  snapshot: Snapshot,
  { namespace, link }: Node,
  here: FoundNamespace,
  targetNamespace: FoundNamespace | undefined,
): FoundNamespace | undefined {
  if (link.up || link.addresses.length > 0 || namespace === targetNamespace || link.master !== undefined)
    return undefined;
  const empty = (netns: FoundNamespace) =>
    snapshot.topology.of(netns).every((node) => node.link.kind === 'loopback');
  if (targetNamespace !== undefined) return empty(targetNamespace) ? targetNamespace : undefined;
  // A namespace without any other interface is where it belongs: it is just down.
  const others = snapshot.topology
    .of(namespace)
    .filter((node) => node.link.kind !== 'loopback' && node.link.index !== link.index);
  if (others.length === 0) return undefined;
  return loneNamespace(snapshot, here, namespace);
}

/** The asker's prefix is shorter than the others': it takes addresses behind a router for on-link. */
function tooWide(
  snapshot: Snapshot,
  exit: Node,
  assigned: { address: string; prefix: number },
  target: string,
  evidence: readonly Observation[],
): Finding {
  const family = familyOf(target)!;
  const length = Math.max(lengthOf(snapshot, exit, assigned.address), assigned.prefix + 1);
  const add = addAddress(exit, assigned.address, length);
  const del = deleteAddress(exit, assigned.address, assigned.prefix);
  const proper = properRoute(snapshot, exit.namespace, target);
  const narrowed = proper !== undefined && proper.gateway !== undefined;
  const route: Command[] = narrowed ? [ipIn(exit.namespace, 'route', 'replace', ...proper.words)] : [];
  return {
    code: 'prefix-too-short',
    step: 'address',
    facts: { ...named(exit), address: assigned.address, prefix: assigned.prefix, right: length, target },
    evidence,
    fix: family === 4 ? [add, del, ...route] : [del, add, ...route],
  };
}

/** No host at the far end of a new address: used where TARGET is a namespace without any. */
export async function addressForTarget(
  snapshot: Snapshot,
  asker: FoundNamespace,
  targetNamespace: FoundNamespace,
  family: Family,
): Promise<Finding> {
  const nodes = snapshot.topology
    .of(targetNamespace)
    .filter((node) => node.link.kind !== 'loopback' && node.link.master === undefined);
  const facing =
    nodes.find((node) => snapshot.topology.stations(node).some((station) => station.namespace === asker)) ??
    nodes.find((node) => snapshot.topology.stations(node).length > 0) ??
    nodes[0];
  if (facing === undefined) {
    const found = snapshot.topology
      .of(asker)
      .flatMap((peer) => snapshot.topology.stations(peer).map((stray) => ({ peer, stray })))
      .find(
        ({ stray: node }) =>
          node.namespace !== asker && strayed(snapshot, node, asker, targetNamespace) === targetNamespace,
      );
    const likely = found === undefined ? undefined : await likelyAddress(snapshot, found.stray, family);
    if (found !== undefined && likely !== undefined) {
      const { stray, peer } = found;
      const node: Node = { namespace: targetNamespace, link: { ...stray.link, addresses: [] } };
      return {
        code: 'interface-moved',
        step: 'owner',
        facts: { ...named(stray), home: targetNamespace.label, peer: named(peer) },
        evidence: [{ code: 'interface-unused', facts: named(stray) }],
        fix: [
          setLink(stray, 'netns', ...netnsWords(targetNamespace)),
          addAddress(node, likely.address, likely.prefix),
          setLink(node, 'up'),
        ],
        stake: { kind: 'rewires' },
      };
    }
    return {
      code: 'no-interface',
      step: 'owner',
      facts: { netns: targetNamespace.label, direction: 'in' },
      evidence: [{ code: 'no-interface', facts: { netns: targetNamespace.label } }],
      fix: newCable(snapshot, asker, targetNamespace, family),
    };
  }
  const state = await snapshot.state(targetNamespace);
  const off = family === 6 && setting(state, 6, facing.link.name, 'disable_ipv6') === 1;
  const likely = await likelyAddress(snapshot, facing, family);
  const sources = addressesOf(
    snapshot.topology.stations(facing).find((station) => station.namespace === asker) ?? facing,
    family,
  );
  return {
    code: 'address-missing',
    step: 'owner',
    facts: {
      ...named(facing),
      family,
      lack: !facing.link.up ? 'down' : off ? 'ipv6-off' : 'none',
      ...(likely === undefined ? { unknown: true } : {}),
    },
    evidence: [{ code: 'no-address', facts: { netns: targetNamespace.label } }],
    fix: [
      ...(off
        ? [sysctl(targetNamespace, `net.ipv6.conf.${facing.link.name.replaceAll('.', '/')}.disable_ipv6`, 0)]
        : []),
      ...(facing.link.up ? [] : [setLink(facing, 'up')]),
      ...(likely === undefined ? [] : [addAddress(facing, likely.address, likely.prefix)]),
      ...(likely === undefined
        ? []
        : await missingRoutes(
            snapshot,
            facing,
            sources.slice(0, 1).map((assigned) => assigned.address),
            [likely],
          )),
    ],
  };
}
