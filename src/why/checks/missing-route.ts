// No route at all: the interface that should lead there is down, has no address, a wrong prefix, or just no route.

import type { FoundNamespace } from '../../netns/discover.ts';
import { covers, isLinkLocal, networkOf, onLink, parsePrefix, WIDTH } from '../../netns/prefix.ts';
import { addressesOf, type Node } from '../../netns/topology.ts';
import { named } from '../facts/names.ts';
import type { Observation } from '../facts/observations.ts';
import { type Command, type Finding, ipIn, setLink, sysctl } from '../finding.ts';
import {
  addAddress,
  addRoute,
  alike,
  deleteAddress,
  likelyAddress,
  loneNamespace,
  missingRoutes,
  newCable,
  properRoute,
  raise,
} from '../fixes.ts';
import type { PacketSpec } from '../packet.ts';
import type { Snapshot } from '../snapshot.ts';
import { setting } from '../state.ts';

/** No route at all: the interface that should lead there is down, has no address, a wrong prefix, or just no route. */
export async function missing(
  snapshot: Snapshot,
  here: FoundNamespace,
  spec: PacketSpec,
  step: Finding['step'],
  evidence: readonly Observation[],
  starts: boolean,
): Promise<Finding> {
  const { family, target, reply } = spec;
  const proper = properRoute(snapshot, here, target);
  if (proper === undefined) return unconnected(snapshot, here, spec, step, evidence);
  const { exit } = proper;
  const usable = addressesOf(exit, family).filter((assigned) => !isLinkLocal(assigned.address));
  const state = await snapshot.state(here);
  const off = family === 6 && setting(state, 6, exit.link.name, 'disable_ipv6') === 1;
  if (!exit.link.up || usable.length === 0 || off) return deadExit(snapshot, exit, spec, step, evidence, off);
  const narrow = await tooNarrow(snapshot, exit, target, family);
  if (narrow !== undefined) {
    const { own, wide } = narrow;
    const add = addAddress(exit, own.address, wide);
    const del = deleteAddress(exit, own.address, own.prefix);
    return {
      code: 'prefix-too-long',
      step: spec.reply ? 'back' : 'address',
      facts: {
        ...named(exit),
        address: own.address,
        prefix: own.prefix,
        right: wide,
        target,
        reply,
        starts,
      },
      evidence,
      // IPv4 takes the same address with another prefix beside the first, which loses no route on the way.
      fix: [
        ...(family === 4 ? [add, del] : [del, add]),
        ...(await missingRoutes(snapshot, exit, [target], [{ address: own.address, prefix: wide }])),
      ],
    };
  }
  return {
    code: 'no-route',
    step,
    facts: { kind: 'missing', netns: here.label, prefix: proper.prefix, target, reply, starts },
    evidence,
    fix: [addRoute(here, proper)],
  };
}

/**
 * The prefix length that the others on the link give our network, where it is shorter than our own: their addresses show
 * it, if theirs and the target are in one network with ours, and so do the routes by which they reach us.
 */
async function tooNarrow(snapshot: Snapshot, exit: Node, target: string, family: 4 | 6) {
  for (const own of addressesOf(exit, family)) {
    if (isLinkLocal(own.address)) continue;
    for (const station of snapshot.topology.stations(exit)) {
      for (const assigned of addressesOf(station, family)) {
        // They count us in, and we count out either the target or them, by whom the way leads.
        const counted =
          assigned.prefix < own.prefix && onLink(assigned.address, assigned.prefix, own.address);
        const missed =
          onLink(assigned.address, assigned.prefix, target) ||
          !onLink(own.address, own.prefix, assigned.address);
        if (counted && missed) return { own, wide: assigned.prefix };
      }
      const { routes } = await snapshot.state(station.namespace);
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
  snapshot: Snapshot,
  exit: Node,
  spec: PacketSpec,
  step: Finding['step'],
  evidence: readonly Observation[],
  off: boolean,
): Promise<Finding> {
  const { family, target } = spec;
  const { link, namespace } = exit;
  const needs = [target];
  const none = addressesOf(exit, family).every((assigned) => isLinkLocal(assigned.address));
  // An answer's source is the requested address, even if that has moved.
  const gone =
    spec.source !== undefined &&
    !snapshot.topology.owners(spec.source).some((owner) => owner.namespace === namespace);
  const known = gone ? { address: spec.source!, prefix: lengthOf(snapshot, exit, spec.source!) } : undefined;
  const lost = none
    ? spec.reply && known !== undefined
      ? known
      : await likelyAddress(snapshot, exit, family)
    : undefined;
  if (!link.up) {
    return {
      code: 'interface-down',
      step: 'link',
      facts: named(exit),
      evidence: [{ code: 'way-to', facts: { ...named(exit), target } }, ...evidence],
      fix: await raise(snapshot, exit, needs, family === 6 || none ? lost : undefined),
    };
  }
  const switchOn = off
    ? [sysctl(namespace, `net.ipv6.conf.${link.name.replaceAll('.', '/')}.disable_ipv6`, 0)]
    : [];
  const all = off && (await snapshot.state(namespace)).settings.get('net/ipv6/conf/all/disable_ipv6') === '1';
  if (all) switchOn.unshift(sysctl(namespace, 'net.ipv6.conf.all.disable_ipv6', 0));
  // IPv6 needs 1280 bytes (RFC 8200, 5): the kernel takes it off an interface with less.
  const small = family === 6 && link.mtu < 1280;
  const fix = [...(small ? [setLink(exit, 'mtu', '1500')] : []), ...switchOn];
  if (lost !== undefined) {
    fix.push(addAddress(exit, lost.address, lost.prefix));
    fix.push(...(await missingRoutes(snapshot, exit, needs, [lost])));
  }
  return {
    code: 'no-address',
    step: step === 'back' ? 'back' : 'address',
    facts: {
      ...named(exit),
      family,
      lack: small ? 'mtu' : off ? 'ipv6-off' : 'none',
      ...(small ? { mtu: link.mtu } : {}),
    },
    evidence,
    fix,
    ...(fix.length === 0 ? { advice: `give ${link.name} in ${namespace.label} an address` } : {}),
  };
}

/** The prefix length that the others on the link use for a network with this address in it. */
export function lengthOf(snapshot: Snapshot, node: Node, address: string): number {
  for (const station of snapshot.topology.stations(node)) {
    const shared = station.link.addresses.find((assigned) =>
      onLink(assigned.address, assigned.prefix, address),
    );
    if (shared !== undefined) return shared.prefix;
  }
  return parsePrefix(address, 4).family === 4 ? 24 : 64;
}

/** No wire leads there. */
function unconnected(
  snapshot: Snapshot,
  here: FoundNamespace,
  { target, family }: PacketSpec,
  step: Finding['step'],
  evidence: readonly Observation[],
): Finding {
  const owners = snapshot.topology.owners(target);
  const links = snapshot.topology.of(here).filter((node) => node.link.kind !== 'loopback');
  if (links.length === 0) {
    // Its cable is gone, and so is the other end: two in one lab with nothing in them belong together.
    const peer = loneNamespace(snapshot, here);
    // Labs repeat addresses: an owner counts only if it is as near by its name.
    const owner = owners.find(
      (node) => peer === undefined || alike(node.namespace, here) >= alike(peer, here),
    );
    return {
      code: 'no-interface',
      step: 'link',
      facts: {
        netns: here.label,
        direction: 'out',
        ...(peer === undefined || owner !== undefined
          ? { command: cable('veth0', here.label, 'veth1', owner?.namespace.label ?? 'OTHER') }
          : {}),
      },
      evidence,
      fix: peer === undefined || owner !== undefined ? [] : newCable(snapshot, here, peer, family, target),
    };
  }
  if (owners.length > 0) {
    return {
      code: 'not-wired',
      step: 'link',
      facts: {
        kind: 'unconnected',
        netns: here.label,
        address: target,
        owners: owners.map(named),
        command: cable('NAME', here.label, 'NAME', owners[0].namespace.label),
      },
      evidence,
      fix: [],
    };
  }
  const gateway = links
    .map((node) => addressesOf(node, family)[0])
    .find((assigned) => assigned !== undefined);
  return {
    code: 'no-route',
    step,
    facts: {
      kind: 'unknown-address',
      netns: here.label,
      target,
      command: ipIn(
        here,
        'route',
        'add',
        networkOf(target, WIDTH[family]),
        ...(gateway === undefined ? ['dev', links[0].link.name] : ['via', 'GATEWAY']),
      ),
    },
    evidence,
    fix: [],
  };
}

/** The command that joins two namespaces. */
function cable(own: string, here: string, far: string, there: string): Command {
  const end = (name: string, namespace: string) => [name, 'netns', namespace];
  return ['ip', 'link', 'add', ...end(own, here), 'type', 'veth', 'peer', 'name', ...end(far, there)];
}
