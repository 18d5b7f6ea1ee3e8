// Interfaces that should be on one link and are not: ports in no bridge or the wrong one, numbers that differ, cables swapped.

import type { FoundNamespace } from '../../netns/discover.ts';
import { type Family, familyOf, isLinkLocal, onLink } from '../../netns/prefix.ts';
import { addressesOf, type Node, remoteOf } from '../../netns/topology.ts';
import { named } from '../facts/names.ts';
import type { Observation } from '../facts/observations.ts';
import { sameAddress } from '../fib.ts';
import { type Command, type Finding, ipIn, setLink } from '../finding.ts';
import { addAddress, alike, deleteAddress } from '../fixes.ts';
import { recreate } from '../recreate.ts';
import type { Snapshot } from '../snapshot.ts';

/** Two interfaces of one network but not of one link: a port in no bridge or in the wrong one, or numbers that differ. */
export function explainPartition(
  snapshot: Snapshot,
  exit: Node,
  owner: Node,
  evidence: readonly Observation[],
): Finding | undefined {
  if (snapshot.topology.wire(exit, owner) !== undefined) return undefined;
  const sides = [exit, owner].map((node) => [...snapshot.topology.segment(node).keys()]) as [Node[], Node[]];
  const bridges = sides.map((side) => side.filter((node) => node.link.kind === 'bridge')) as [Node[], Node[]];
  for (const [index, end] of [exit, owner].entries()) {
    const loose = snapshot.topology
      .stations(end)
      .find(
        (station) =>
          station.namespace !== end.namespace &&
          station.link.kind !== 'bridge' &&
          addressesOf(station, 4).length === 0,
      );
    const bridge = loose && bridges[1 - index].find((candidate) => candidate.namespace === loose.namespace);
    if (loose !== undefined && bridge !== undefined) return { ...detached(loose, bridge, end), evidence };
  }
  for (const nearBridge of bridges[0]) {
    const farBridge = bridges[1].find((candidate) => candidate.namespace === nearBridge.namespace);
    if (farBridge === undefined) continue;
    // The station with fewer others of its network is in the wrong place.
    const stay = company(snapshot, nearBridge, exit) >= company(snapshot, farBridge, owner);
    const [lost, wrong, right] = stay ? [owner, farBridge, nearBridge] : [exit, nearBridge, farBridge];
    const port = snapshot.topology.wire(lost, wrong)?.find((node) => node.link.master === wrong.link.name);
    if (port === undefined) continue;
    return {
      code: 'wrong-bridge',
      step: 'hops',
      facts: {
        ...named(port),
        station: named(lost),
        bridge: wrong.link.name,
        rightBridge: right.link.name,
        mate: named(stay ? exit : owner),
      },
      evidence,
      fix: [setLink(port, 'master', right.link.name)],
      stake: { kind: 'plugs', ports: [port] },
    };
  }
  // From here on it is about numbers on one cable.
  if (!snapshot.topology.carried(exit.namespace, owner.namespace)) return undefined;
  const [tunnel, farTunnel] = sides.map((side) => side.find((node) => node.link.kind === 'vxlan'));
  if (
    tunnel !== undefined &&
    farTunnel !== undefined &&
    tunnel.link.details.id === farTunnel.link.details.id
  ) {
    return (
      misdirected(snapshot, tunnel, farTunnel, evidence) ?? misdirected(snapshot, farTunnel, tunnel, evidence)
    );
  }
  for (const kind of ['vxlan', 'vlan'] as const) {
    const [nearNode, farNode] = sides.map((side) => side.find((node) => node.link.kind === kind));
    if (
      nearNode === undefined ||
      farNode === undefined ||
      nearNode.link.details.id === farNode.link.details.id
    )
      continue;
    const id = String(nearNode.link.details.id);
    return {
      code: 'vlan-id-mismatch',
      step: 'hops',
      facts: {
        kind,
        ...named(nearNode),
        id,
        other: named(farNode),
        otherId: String(farNode.link.details.id),
      },
      evidence,
      fix: [
        ...recreate(snapshot, farNode, { id }),
        // It may remember a link-layer address from before.
        ...owner.link.addresses
          .filter((assigned) => assigned.scope !== 'link')
          .map((assigned) =>
            ipIn(exit.namespace, 'neighbour', 'flush', 'to', assigned.address, 'dev', exit.link.name),
          ),
      ],
    };
  }
  return undefined;
}

/** The link ends at an interface that should be a bridge's port, and isn't. */
export function looseEnd(snapshot: Snapshot, exit: Node, family: Family): Finding | undefined {
  for (const station of snapshot.topology.stations(exit)) {
    if (station.namespace === exit.namespace || station.link.kind === 'bridge') continue;
    if (addressesOf(station, family).some((assigned) => !isLinkLocal(assigned.address))) continue;
    const bridges = snapshot.topology.of(station.namespace).filter((node) => node.link.kind === 'bridge');
    const bridge = bestBridge(snapshot, bridges, exit);
    if (bridge !== undefined) return detached(station, bridge, exit);
  }
  return undefined;
}

/**
 * Both are wired to one namespace that has no bridge to put the two ends in: it was deleted. Others of the same network
 * that are wired to it need the bridge as well.
 */
export function missingBridge(
  snapshot: Snapshot,
  exit: Node,
  owner: Node,
  family: Family,
  evidence: readonly Observation[],
): Finding | undefined {
  const [nearEnd, farEnd] = [snapshot.topology.peer(exit), snapshot.topology.peer(owner)];
  if (
    nearEnd === undefined ||
    farEnd === undefined ||
    nearEnd.namespace !== farEnd.namespace ||
    nearEnd === farEnd
  )
    return undefined;
  if (nearEnd.namespace === exit.namespace || nearEnd.namespace === owner.namespace) return undefined;
  const loose = (node: Node) =>
    node.link.kind === 'veth' &&
    node.link.master === undefined &&
    node.link.addresses.every((assigned) => isLinkLocal(assigned.address));
  const networks = addressesOf(exit, family).filter((assigned) => !isLinkLocal(assigned.address));
  const ports = snapshot.topology.of(nearEnd.namespace).filter((node) => {
    const station = snapshot.topology.peer(node);
    return (
      loose(node) &&
      station !== undefined &&
      addressesOf(station, family).some((assigned) =>
        networks.some((own) => onLink(own.address, own.prefix, assigned.address)),
      )
    );
  });
  if (!ports.includes(nearEnd) || !ports.includes(farEnd)) return undefined;
  const inside = snapshot.topology.of(nearEnd.namespace);
  if (inside.some((node) => node.link.kind === 'bridge')) return undefined;
  const taken = new Set(inside.map((node) => node.link.name));
  const name = Array.from({ length: 100 }, (_, index) => `br${index}`).find(
    (candidate) => !taken.has(candidate),
  )!;
  return {
    code: 'not-in-bridge',
    step: 'hops',
    facts: { ports: [named(nearEnd), named(farEnd)], stations: [named(exit), named(owner)] },
    evidence,
    fix: [
      ipIn(nearEnd.namespace, 'link', 'add', 'name', name, 'up', 'type', 'bridge', 'forward_delay', '0'),
      ...ports.flatMap((port) => [
        setLink(port, 'master', name),
        ...(port.link.up ? [] : [setLink(port, 'up')]),
      ]),
    ],
    stake: { kind: 'plugs', ports },
  };
}

function detached(port: Node, bridge: Node, exit: Node): Finding {
  return {
    code: 'not-in-bridge',
    step: 'hops',
    facts: { ports: [named(port)], stations: [named(exit)], bridge: bridge.link.name },
    evidence: [],
    fix: [setLink(port, 'master', bridge.link.name), ...(port.link.up ? [] : [setLink(port, 'up')])],
    stake: { kind: 'plugs', ports: [port] },
  };
}

/** The bridge whose stations share a network with `exit`; the only one, where that does not tell. */
function bestBridge(snapshot: Snapshot, bridges: Node[], exit: Node): Node | undefined {
  const ranked = bridges
    .map((bridge) => ({ bridge, company: company(snapshot, bridge, exit) }))
    .sort((a, b) => b.company - a.company);
  return ranked[0] !== undefined && (ranked[0].company > 0 || ranked.length === 1)
    ? ranked[0].bridge
    : undefined;
}

/** How many on the bridge's link, itself included, share a network with `node`. */
function company(snapshot: Snapshot, bridge: Node, node: Node): number {
  return [...snapshot.topology.segment(bridge).keys()].filter(
    (member) =>
      member !== node &&
      member.link.addresses.some((assigned) =>
        node.link.addresses.some(
          (own) =>
            !isLinkLocal(own.address) &&
            familyOf(own.address) === familyOf(assigned.address) &&
            onLink(own.address, own.prefix, assigned.address),
        ),
      ),
  ).length;
}

/**
 * Who has the address, but is not wired up with us as it should be. Labs repeat addresses: without a sign that one of
 * the owners belongs to this link, an owner elsewhere counts only where the other end has no address at all.
 */
export function severed(snapshot: Snapshot, exit: Node, address: string): Node | undefined {
  const owners = snapshot.topology
    .owners(address)
    .filter((node) => node.namespace !== exit.namespace && node.link.kind !== 'loopback');
  const cut = owners.find((owner) => explainPartition(snapshot, exit, owner, []) !== undefined);
  const stations = snapshot.topology.stations(exit).filter((station) => station.namespace !== exit.namespace);
  if (cut !== undefined || stations.length === 0) return cut ?? owners[0];
  // Of the same lab, by its name, as those who are on the link: its cable is plugged in elsewhere.
  const similarity = Math.max(...stations.map((station) => alike(station.namespace, exit.namespace)));
  return owners.find((owner) => alike(owner.namespace, exit.namespace) >= Math.max(similarity, 2));
}

/** Plugs the other end of a cable into the namespace that has the address, and moves the address there. */
export function rewire(snapshot: Snapshot, exit: Node, owner: Node, address: string): Command[] {
  const end = snapshot.topology.peer(exit);
  const length = owner.link.addresses.find((assigned) => sameAddress(assigned.address, address))?.prefix;
  if (end === undefined || end.link.kind !== 'veth' || length === undefined) return [];
  const taken = new Set(snapshot.topology.of(owner.namespace).map((node) => node.link.name));
  let name = end.link.name;
  for (let count = 2; taken.has(name); count++) name = `${end.link.name.slice(0, 12)}-${count}`;
  const moved: Node = { namespace: owner.namespace, link: { ...end.link, name, addresses: [] } };
  return [
    setLink(end, 'netns', ...netnsWords(owner.namespace), ...(name === end.link.name ? [] : ['name', name])),
    deleteAddress(owner, address, length),
    addAddress(moved, address, length),
    setLink(moved, 'up'),
  ];
}

/** A VXLAN whose remote address belongs to no host, or to another one. */
function misdirected(
  snapshot: Snapshot,
  node: Node,
  peer: Node,
  evidence: readonly Observation[],
): Finding | undefined {
  const remote = remoteOf(node);
  if (
    remote === undefined ||
    snapshot.topology.owners(remote).some((owner) => owner.namespace === peer.namespace)
  )
    return undefined;
  const below = snapshot.topology.find(node.namespace, String(node.link.details.link ?? ''));
  const family = familyOf(remote)!;
  const right = snapshot.topology
    .of(peer.namespace)
    .filter((candidate) => candidate.link.kind !== 'vxlan' && candidate.link.kind !== 'loopback')
    .flatMap((candidate) => addressesOf(candidate, family))
    .find(
      (assigned) =>
        below === undefined ||
        below.link.addresses.some((own) => onLink(own.address, own.prefix, assigned.address)),
    );
  return {
    code: 'vxlan-remote-wrong',
    step: 'hops',
    facts: {
      ...named(node),
      remote,
      far: peer.namespace.label,
      ...(right === undefined ? {} : { right: right.address }),
    },
    evidence,
    fix: right === undefined ? [] : recreate(snapshot, node, { remote: right.address }),
  };
}

/** What `ip link set … netns` takes for a namespace. */
export function netnsWords({ namespace }: FoundNamespace): string[] {
  return [namespace.kind === 'named' ? namespace.label : namespace.path];
}
