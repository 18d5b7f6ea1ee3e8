// The end of a link: who takes the frame, whether it leaves the visible namespaces, and whether it is forwarded in a loop.

import type { FoundNamespace } from '../../netns/discover.ts';
import type { Node } from '../../netns/topology.ts';
import { named } from '../facts/names.ts';
import { decide, sameAddress } from '../fib.ts';
import type { Finding } from '../finding.ts';
import { properRoute } from '../fixes.ts';
import type { Hop, PacketSpec } from '../packet.ts';
import type { Sighting } from '../sightings.ts';
import type { Snapshot } from '../snapshot.ts';
import { setting } from '../state.ts';
import { explainUnresolved } from './unresolved-next-hop.ts';
import { checkWire } from './wire.ts';
import { replaceRoute } from './wrong-route.ts';

/**
 * The interface on the link that takes frames for the next hop: the one that has the address or, in IPv4, one whose
 * namespace has it elsewhere: Linux answers ARP requests for all its addresses on every interface (arp_ignore 0).
 */
export function holder(snapshot: Snapshot, exit: Node, nextHop: string): Node | undefined {
  const hasNextHop = (node: Node) =>
    node.link.addresses.some((assigned) => sameAddress(assigned.address, nextHop));
  const others = [...snapshot.topology.segment(exit).keys()].filter((node) => node !== exit);
  const owner = others.find(hasNextHop);
  if (owner !== undefined || nextHop.includes(':')) return owner;
  return snapshot.topology
    .stations(exit)
    .find(
      (station) =>
        station.namespace !== exit.namespace && snapshot.topology.of(station.namespace).some(hasNextHop),
    );
}

/**
 * Who takes the frame on the link: who has the address; else who was seen to get the packet, or the request for its
 * address, though no wire that is known leads there (a switch in user space, OVS, eBPF, nft's `fwd`); else who answers
 * ARP for others.
 */
export async function nextStation(
  snapshot: Snapshot,
  exit: Node,
  nextHop: string,
  now: PacketSpec,
  observed: readonly Sighting[] = [],
): Promise<{ station: Node; proxied: boolean } | undefined> {
  const owner = holder(snapshot, exit, nextHop);
  if (owner !== undefined) return { station: owner, proxied: false };
  const seen = observed.find(
    (sighting) =>
      sighting.direction === 'in' &&
      sighting.here !== exit.namespace &&
      snapshot.has(sighting.here, nextHop) &&
      (sighting.role === (now.reply ? 'answer' : 'request') ||
        (sighting.resolving?.reply === false && sameAddress(sighting.resolving.address, nextHop))),
  );
  const arrived = seen && snapshot.topology.find(seen.here, seen.dev);
  if (arrived !== undefined && arrived.link.master === undefined) return { station: arrived, proxied: false };
  const proxy = await proxied(snapshot, exit, nextHop, now);
  return proxy === undefined ? undefined : { station: proxy, proxied: true };
}

/** The link leads out of what can be seen, or no host on it has the next hop's address. */
export async function leavesLink(
  snapshot: Snapshot,
  hop: Hop,
  now: PacketSpec,
  targetNamespace: FoundNamespace | undefined,
): Promise<Finding[]> {
  const exit = hop.exit!;
  if (!exit.link.up) return checkWire(snapshot, [exit], now);
  const edges = [...snapshot.topology.segment(exit).keys()].filter(
    (node) => /^(physical|tun|wireguard|bond|team)$/.test(node.link.kind) && node.link.kind !== 'loopback',
  );
  const strangers = [...snapshot.topology.segment(exit).keys()].filter(
    (node) => node.link.kind === 'veth' && snapshot.topology.peer(node) === undefined,
  );
  if (edges.length > 0 || strangers.length > 0) {
    const home = snapshot.home(hop.here, now.target);
    if (home === undefined) {
      const owner = snapshot.topology.owners(now.target).find((node) => node.link.kind !== 'loopback');
      if (owner === undefined) return [];
      return [
        {
          code: 'not-wired',
          step: 'link',
          facts: { kind: 'leaves', ...named(exit), address: now.target, owners: [named(owner)] },
          evidence: [
            {
              code: 'route-lookup',
              facts: { netns: hop.here.label, target: now.target, interface: exit.link.name },
            },
          ],
          fix: [],
          possible: true,
        },
      ];
    }
  }
  return [await explainUnresolved(snapshot, hop, now, targetNamespace)];
}

/** A host on the link answers ARP for others (proxy_arp): for whom it reaches by another interface (arp_fwd_proxy). */
async function proxied(
  snapshot: Snapshot,
  exit: Node,
  nextHop: string,
  now: PacketSpec,
): Promise<Node | undefined> {
  if (now.family !== 4) return undefined;
  for (const station of snapshot.topology.stations(exit)) {
    if (station.namespace === exit.namespace) continue;
    const state = await snapshot.state(station.namespace);
    if (setting(state, 4, station.link.name, 'proxy_arp', true) !== 1) continue;
    const answer = await snapshot.route(station.namespace, { family: 4, target: nextHop });
    if (answer.kind === 'away' && answer.dev !== station.link.name) return station;
  }
  return undefined;
}

/** The same namespace again: the first whose route differs from what the wiring says is to blame. */
export async function explainLoop(
  snapshot: Snapshot,
  hops: Hop[],
  now: PacketSpec,
  again: FoundNamespace,
): Promise<Finding> {
  const loop = hops.slice(hops.findIndex((hop) => hop.here === again));
  const namespaces = [...new Set(loop.map((hop) => hop.here.label))];
  for (const hop of hops) {
    const proper = properRoute(snapshot, hop.here, now.target);
    if (proper === undefined || (proper.exit === hop.exit && (proper.gateway ?? now.target) === hop.nextHop))
      continue;
    const state = await snapshot.state(hop.here);
    const decision = decide(state, { family: now.family, target: now.target });
    return {
      code: 'routing-loop',
      step: now.reply ? 'back' : 'hops',
      facts: {
        target: now.target,
        namespaces,
        misrouted: {
          netns: hop.here.label,
          nextHop: hop.nextHop ?? '?',
          right: proper.gateway ?? proper.exit.link.name,
        },
      },
      evidence: [
        {
          code: 'route-lookup',
          facts: {
            netns: hop.here.label,
            target: now.target,
            gateway: hop.nextHop ?? '?',
            interface: hop.exit?.link.name ?? '?',
          },
        },
      ],
      fix: decision.kind === 'route' ? replaceRoute(hop.here, decision.route, proper) : [],
    };
  }
  return {
    code: 'routing-loop',
    step: 'hops',
    facts: { target: now.target, namespaces },
    evidence: [{ code: 'path', facts: { reply: now.reply, namespaces: hops.map((hop) => hop.here.label) } }],
    fix: [],
  };
}
