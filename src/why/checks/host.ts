// A namespace as a host and as a router: lo, forwarding, time to live, and addresses where they should not be.
import type { FoundNamespace } from '../../netns/discover.ts';
import { isLinkLocal, isLoopback } from '../../netns/prefix.ts';
import { addressesOf, type Node } from '../../netns/topology.ts';
import { named } from '../facts/names.ts';
import type { Observation } from '../facts/observations.ts';
import { sameAddress } from '../fib.ts';
import { type Finding, setLink } from '../finding.ts';
import { addAddress, deleteAddress, forget } from '../fixes.ts';
import type { Hop, PacketSpec } from '../packet.ts';
import type { Snapshot } from '../snapshot.ts';
import { setting } from '../state.ts';
import { duplicate, forwardingOff } from './ingress-validation.ts';
import { holder } from './link-end.ts';
import { listeners } from './listener.ts';
import { deadExit } from './missing-route.ts';

/** To its own addresses a namespace sends by lo. */
export async function checkLoopback(
  snapshot: Snapshot,
  here: FoundNamespace,
  now: PacketSpec,
): Promise<Finding[]> {
  const lo = snapshot.topology.find(here, 'lo');
  if (lo === undefined || lo.link.up) return [];
  return [
    {
      code: 'loopback-down',
      step: 'loopback',
      facts: { netns: here.label, target: now.target },
      evidence: [{ code: 'interface-state', facts: { ...named(lo), state: lo.link.state } }],
      fix: [setLink(lo, 'up')],
    },
  ];
}

export async function checkForwarding(
  snapshot: Snapshot,
  { here, ingress }: Hop,
  now: PacketSpec,
): Promise<Finding[]> {
  const state = await snapshot.state(here);
  const dev = ingress!.link.name;
  if (
    now.family === 6 &&
    state.settings.get('net/ipv6/conf/all/forwarding') === '0' &&
    setting(state, 6, dev, 'force_forwarding') === 0
  ) {
    return [forwardingOff(state, here, dev, 6, now)];
  }
  if (now.family === 4 && setting(state, 4, dev, 'forwarding') === 0) {
    return [forwardingOff(state, here, dev, 4, now)];
  }
  return [];
}

/** The source: there is one, it is usable, and it is on the interface itself, not on a port of a bridge. */
export async function checkSource(snapshot: Snapshot, hop: Hop, now: PacketSpec): Promise<Finding[]> {
  const { here, exit, ingress } = hop;
  if (ingress !== undefined) return [];
  const node = exit!;
  const { link } = node;
  const own = link.addresses.find(
    (assigned) => now.source !== undefined && sameAddress(assigned.address, now.source),
  );
  if (own?.duplicate) {
    const rivals = snapshot.topology
      .stations(node)
      .filter((station) =>
        station.link.addresses.some((assigned) => sameAddress(assigned.address, own.address)),
      );
    return rivals.length > 0
      ? [
          {
            ...duplicate(snapshot, rivals[0], own.address, here.label, [addressOf(node, own.address, true)]),
            proved: true,
          },
        ]
      : [givenUp(node, own)];
  }
  const tried = link.addresses.find(({ scope, tentative }) => scope !== 'link' && tentative);
  if (tried !== undefined && now.family === 6 && (now.source === undefined || isLinkLocal(now.source)))
    return unfinished(node, tried.address);
  if (link.master !== undefined && own !== undefined) {
    const master = snapshot.topology.master(node)!;
    return [onPort(node, master, own)];
  }
  if (
    now.source === undefined ||
    now.source.startsWith('127.') ||
    now.source === '0.0.0.0' ||
    // What IPv6 falls back on while the link-local address is still tried out.
    now.source === '::1' ||
    staysOnLink(snapshot, hop, now.source, now.target)
  ) {
    return [
      await deadExit(
        snapshot,
        node,
        { family: now.family, target: now.target, protocol: now.protocol, reply: now.reply },
        'address',
        [{ code: 'no-source-address', facts: named(node) }],
        false,
      ),
    ];
  }
  return [];
}

/** The only source is link-local, which no router forwards (RFC 4291, 2.5.6), and the target is behind a router. */
function staysOnLink(snapshot: Snapshot, { exit, nextHop }: Hop, source: string, target: string): boolean {
  if (!source.includes(':') || !isLinkLocal(source) || isLinkLocal(target)) return false;
  if (addressesOf(exit!, 6).some((assigned) => !isLinkLocal(assigned.address))) return false;
  const next = holder(snapshot, exit!, nextHop!);
  if (next === undefined) return false;
  const hasTarget = (node: Node) =>
    node.link.addresses.some((assigned) => sameAddress(assigned.address, target));
  return !snapshot.topology.of(next.namespace).some(hasTarget);
}

/** An address on a port of a bridge: packets arriving there belong to the bridge. */
function onPort(node: Node, master: Node, own: { address: string; prefix: number }): Finding {
  return {
    code: 'address-on-bridge-port',
    step: 'address',
    facts: { ...named(node), address: own.address, prefix: own.prefix, bridge: master.link.name },
    evidence: [{ code: 'interface-master', facts: { ...named(node), master: master.link.name } }],
    fix: [
      deleteAddress(node, own.address, own.prefix),
      addAddress(master, own.address, own.prefix),
      ...(master.link.up ? [] : [setLink(master, 'up')]),
    ],
  };
}

/** The target's own interface: usable, and no port of a bridge. */
export async function checkTarget(snapshot: Snapshot, station: Node, now: PacketSpec): Promise<Finding[]> {
  const isTarget = (assigned: { address: string }) => sameAddress(assigned.address, now.target);
  const holders = [station, ...snapshot.topology.stations(station)].filter((node) =>
    node.link.addresses.some(isTarget),
  );
  const failed = holders.find((holder) =>
    holder.link.addresses.some((assigned) => isTarget(assigned) && assigned.duplicate),
  );
  const rival = holders.find((holder) => holder !== failed && holder.namespace !== failed?.namespace);
  if (failed !== undefined && rival !== undefined)
    return [await refusedDuplicate(snapshot, failed, rival, now)];
  if (failed !== undefined) return [givenUp(failed, failed.link.addresses.find(isTarget)!)];
  const own = station.link.addresses.find(isTarget);
  if (station.link.master === undefined || own === undefined) return [];
  const master = snapshot.topology.master(station);
  return master === undefined ? [] : [onPort(station, master, own)];
}

/** A tentative IPv6 address does not answer (RFC 4862, 5.4), and may stay tentative for long (dad_transmits). */
export function unfinished(node: Node, address: string): Finding[] {
  const own = node.link.addresses.find((assigned) => sameAddress(assigned.address, address));
  if (!own?.tentative || own.duplicate) return [];
  return [
    {
      code: 'address-tentative',
      step: 'address',
      facts: { ...named(node), address: own.address },
      evidence: [addressOf(node, own.address, false)],
      fix: [deleteAddress(node, own.address, own.prefix), addAddress(node, own.address, own.prefix)],
    },
  ];
}

/** Duplicate address detection (RFC 4862, 5.4) found another with the address: one of the two has to go without. */
async function refusedDuplicate(
  snapshot: Snapshot,
  failed: Node,
  rival: Node,
  now: PacketSpec,
): Promise<Finding> {
  const lengthAt = (node: Node) =>
    node.link.addresses.find((assigned) => sameAddress(assigned.address, now.target))!.prefix;
  // With a port, its server tells which of the two should have the address.
  const serves = async (node: Node) =>
    now.protocol !== 'icmp' &&
    (await listeners(node.namespace, now.protocol).catch(() => [])).some(
      (listener) => listener.port === now.port,
    );
  const keeper = (await serves(rival)) && !(await serves(failed)) ? rival : failed;
  const again =
    keeper === failed
      ? [
          deleteAddress(rival, now.target, lengthAt(rival)),
          deleteAddress(failed, now.target, lengthAt(failed)),
          addAddress(failed, now.target, lengthAt(failed)),
        ]
      : [deleteAddress(failed, now.target, lengthAt(failed))];
  return {
    code: 'duplicate-address',
    effect: 'some',
    step: 'address',
    facts: {
      kind: 'refused',
      address: now.target,
      owners: [named(failed), named(rival)],
      netns: failed.namespace.label,
    },
    evidence: [addressOf(failed, now.target, true)],
    fix: [...again, ...forget(snapshot, keeper, now.target)],
    // The kernel itself found out.
    proved: true,
  };
}

/** An address that was found taken when it was added, by a station that is not to be seen (any more): it stays unused. */
function givenUp(node: Node, { address, prefix }: { address: string; prefix: number }): Finding {
  return {
    code: 'duplicate-address',
    step: 'address',
    facts: { kind: 'refused', address, owners: [named(node)], netns: node.namespace.label },
    evidence: [addressOf(node, address, true)],
    // Which has it tried out again.
    fix: [deleteAddress(node, address, prefix), addAddress(node, address, prefix)],
    proved: true,
  };
}

/** An address of an interface, as `ip address` lists it. */
function addressOf(node: Node, address: string, isDuplicate: boolean): Observation {
  return { code: 'address', facts: { ...named(node), address, isDuplicate } };
}

/** The next namespace has the packet's source as its own: it takes such packets for forged. */
export function duplicateSource(snapshot: Snapshot, station: Node, now: PacketSpec): Finding[] {
  // Link-local and loopback addresses are each namespace's own.
  if (now.source === undefined || isLinkLocal(now.source) || isLoopback(now.source)) return [];
  const node = snapshot.topology
    .of(station.namespace)
    .find((candidate) =>
      candidate.link.addresses.some((assigned) => sameAddress(assigned.address, now.source!)),
    );
  if (node === undefined) return [];
  return [
    duplicate(snapshot, node, now.source, station.namespace.label, [addressOf(node, now.source, false)]),
  ];
}

/** A local address that a neighbor has as well: packets to it never leave the namespace. */
export function sharedAddress(snapshot: Snapshot, here: FoundNamespace, address: string): Finding[] {
  const rival = snapshot.home(here, address);
  if (
    rival === undefined ||
    rival.namespace === here ||
    rival.link.kind === 'loopback' ||
    isLoopback(address)
  )
    return [];
  const node = snapshot.topology
    .of(here)
    .find((candidate) => candidate.link.addresses.some((assigned) => sameAddress(assigned.address, address)));
  return node === undefined
    ? []
    : [duplicate(snapshot, node, address, here.label, [addressOf(node, address, false)])];
}
