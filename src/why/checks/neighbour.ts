// Neighbour resolution (ARP, RFC 826; neighbour discovery, RFC 4861): is the answer there, right, and allowed?

import { runInside } from '../../netns/inside.ts';
import { onLink } from '../../netns/prefix.ts';
import type { Node } from '../../netns/topology.ts';
import { named } from '../facts/names.ts';
import type { Observation } from '../facts/observations.ts';
import { sameAddress } from '../fib.ts';
import { type Finding, type FindingCode, interfaceSetting, ipIn, setLink, sysctl } from '../finding.ts';
import { deleteAddress } from '../fixes.ts';
import { type Hop, type PacketSpec, seenByFirewall } from '../packet.ts';
import type { FirewallPacket } from '../ruleset.ts';
import type { Snapshot } from '../snapshot.ts';
import { setting } from '../state.ts';
import { checkFilters } from './filtering.ts';
import { bridgeCommand } from './wire.ts';

/** Findings about packets that have learned where to go: the others keep them from leaving. */
const AFTER_RESOLUTION: ReadonlySet<FindingCode> = new Set([
  'neighbour-entry-wrong',
  'duplicate-address',
  'duplicate-mac',
  'fdb-entry-wrong',
  'bridge-has-mac',
]);

/**
 * How far a packet gets in spite of a finding of `checkNeighbour`: it stays where it is, crosses the link, or is seen where
 * it comes in and ends there, addressed to another. With ARP switched off packets are sent, but to an address that no host has.
 */
export function reachOf({ code }: Finding, exit: Node): 'exit' | 'link' | 'station' {
  if (code === 'neighbour-entry-wrong' || (code === 'arp-off' && isNoArp(exit))) return 'station';
  return AFTER_RESOLUTION.has(code) ? 'link' : 'exit';
}

function isNoArp({ link }: Node): boolean {
  return link.flags.includes('NOARP') && link.kind !== 'loopback';
}

/** What keeps `hop.exit` from learning the right link-layer address of `hop.nextHop`, which `station` has. */
export async function checkNeighbour(
  snapshot: Snapshot,
  hop: Hop,
  station: Node,
  spec: PacketSpec,
): Promise<Finding[]> {
  const exit = hop.exit!;
  const nextHop = hop.nextHop!;
  const { family } = spec;
  const findings: Finding[] = [];
  const state = await snapshot.state(hop.here);
  const stationState = await snapshot.state(station.namespace);
  const entry = state.neighbours.find(
    ({ dev, dst, lladdr, state: states }) =>
      dev === exit.link.name &&
      sameAddress(dst, nextHop) &&
      // Where ARP is off the kernel itself enters the interface's own address (arp_constructor).
      !(states.includes('NOARP') && lladdr === exit.link.mac),
  );
  const fixed = entry?.state.some((nudState) => nudState === 'PERMANENT' || nudState === 'NOARP') ?? false;
  const right = answering(snapshot, exit, station);
  // Any interface of the namespace may have answered (arp_filter, ip-sysctl).
  const isTheirs =
    !fixed && snapshot.topology.of(station.namespace).some(({ link }) => link.mac === entry?.lladdr);
  if (entry?.lladdr !== undefined && right.length > 0 && !right.includes(entry.lladdr) && !isTheirs) {
    findings.push({
      code: 'neighbour-entry-wrong',
      step: spec.reply ? 'back' : 'neighbour',
      facts: {
        netns: hop.here.label,
        address: nextHop,
        mac: entry.lladdr,
        owner: named(station),
        rightMac: right[0],
        ...(fixed ? {} : { learned: true }),
      },
      evidence: [
        {
          code: 'neighbour-entry',
          facts: { ...named(exit), address: nextHop, mac: entry.lladdr, state: entry.state },
        },
      ],
      fix: [ipIn(hop.here, 'neighbour', 'delete', nextHop, 'dev', exit.link.name)],
      // What was learned is learned again in seconds (arp(7), base_reachable_time).
      ...(fixed ? {} : { possible: true }),
    });
  }
  findings.push(...duplicates(snapshot, exit, nextHop, station));
  if (fixed) return findings;
  for (const [node, role] of [
    [exit, 'asks'],
    [station, 'answers'],
  ] as const) {
    if (isNoArp(node)) {
      findings.push({
        code: 'arp-off',
        step: 'neighbour',
        facts: { ...named(node), role },
        evidence: [{ code: 'interface-flags', facts: { ...named(node), flags: node.link.flags } }],
        fix: [setLink(node, 'arp', 'on')],
      });
    }
  }
  if (family === 4) {
    const ignore = setting(stationState, 4, station.link.name, 'arp_ignore', true);
    const own = station.link.addresses.some((assigned) => sameAddress(assigned.address, nextHop));
    const isOnLink = station.link.addresses.some(
      (assigned) => spec.source !== undefined && onLink(assigned.address, assigned.prefix, spec.source),
    );
    if (ignore === 8 || (ignore >= 1 && !own) || (ignore === 2 && !isOnLink)) {
      const all = Number(stationState.settings.get('net/ipv4/conf/all/arp_ignore') ?? 0);
      const names = [
        ...(all > 0 ? ['all'] : []),
        ...(setting(stationState, 4, station.link.name, 'arp_ignore') > 0 ? [station.link.name] : []),
      ];
      findings.push({
        code: 'arp-ignored',
        step: 'neighbour',
        facts: { ...named(station), address: nextHop, value: ignore },
        evidence: [
          {
            code: 'setting',
            facts: {
              netns: station.namespace.label,
              setting: interfaceSetting(4, station.link.name, 'arp_ignore'),
              value: String(ignore),
              largerOfAll: true,
            },
          },
        ],
        fix: names.map((name) => sysctl(station.namespace, interfaceSetting(4, name, 'arp_ignore'), 0)),
      });
    }
  }
  if (family === 4 && setting(stationState, 4, station.link.name, 'arp_filter', true) === 1)
    findings.push(...(await arpFilter(snapshot, hop, station, spec)));
  if (state.settings.get(`net/ipv${family}/neigh/${exit.link.name}/mcast_solicit`) === '0') {
    const solicit = `net.ipv${family}.neigh.${exit.link.name.replaceAll('.', '/')}.mcast_solicit`;
    findings.push({
      code: 'arp-not-asked',
      step: 'neighbour',
      facts: named(exit),
      evidence: [{ code: 'setting', facts: { netns: hop.here.label, setting: solicit, value: '0' } }],
      fix: [sysctl(hop.here, solicit, 3)],
    });
  }
  const asked: FirewallPacket = {
    family,
    layer: family === 4 ? 'arp' : 'inet',
    source: spec.source ?? '',
    target: nextHop,
    protocol: family === 4 ? 'arp' : 'neighbour',
    reply: false,
  };
  for (const packet of [asked, { ...asked, source: nextHop, target: spec.source ?? '', reply: true }]) {
    const wire = packet.reply ? [...hop.wire!].reverse() : hop.wire!;
    findings.push(
      ...(await checkFilters(
        snapshot,
        wire,
        packet,
        spec.reply ? 'back' : 'neighbour',
        seenByFirewall(spec),
      )),
    );
  }
  findings.push(...(await staticForwarding(snapshot, hop, station)));
  return findings;
}

/** With arp_filter an interface answers only those to whom the answer's route leaves by it (arp_filter, net/ipv4/arp.c). */
async function arpFilter(
  snapshot: Snapshot,
  { nextHop }: Hop,
  station: Node,
  { source }: PacketSpec,
): Promise<Finding[]> {
  if (source === undefined) return [];
  const back = await snapshot.route(station.namespace, { family: 4, target: source, source: nextHop! });
  if (back.kind !== 'away' || back.dev === station.link.name) return [];
  const state = await snapshot.state(station.namespace);
  const settings = ['all', station.link.name]
    .filter((name) => setting(state, 4, name, 'arp_filter') === 1)
    .map((name) => interfaceSetting(4, name, 'arp_filter'));
  const netns = station.namespace.label;
  const count = state.moved?.get('TcpExt.ArpFilter') ?? 0;
  return [
    {
      code: 'arp-filter',
      step: 'neighbour',
      facts: { ...named(station), asker: source, address: nextHop!, routeInterface: back.dev },
      evidence: [
        ...settings.map(
          (name): Observation => ({ code: 'setting', facts: { netns, setting: name, value: '1' } }),
        ),
        { code: 'route-lookup', facts: { netns, target: source, interface: back.dev } },
        ...(count > 0 ? ([{ code: 'counter', facts: { netns, counter: 'ArpFilter', count } }] as const) : []),
      ],
      fix: settings.map((name) => sysctl(station.namespace, name, 0)),
    },
  ];
}

/** The link-layer addresses under which the station takes frames: its own, and its bridge ports'. */
function answering(snapshot: Snapshot, exit: Node, station: Node): string[] {
  const ports = snapshot.topology.ports(station).filter((port) => snapshot.topology.segment(exit).has(port));
  return [station, ...ports].flatMap((node) => (node.link.mac === undefined ? [] : [node.link.mac]));
}

/** Two on one link with the same address, or the same link-layer address. */
function duplicates(snapshot: Snapshot, exit: Node, nextHop: string, station: Node): Finding[] {
  const findings: Finding[] = [];
  const rivals = snapshot.topology
    .stations(exit)
    .filter(
      (node) =>
        node.namespace !== station.namespace &&
        node.link.addresses.some((assigned) => sameAddress(assigned.address, nextHop)),
    );
  const rival = rivals[0];
  if (rival !== undefined) {
    const all = [station, ...rivals];
    const length = (node: Node) =>
      node.link.addresses.find((assigned) => sameAddress(assigned.address, nextHop))!.prefix;
    // A station with another address in that network can do without this one.
    const network = Math.min(...all.map(length));
    const spare = (node: Node) =>
      node.link.addresses.some(
        (assigned) => !sameAddress(assigned.address, nextHop) && onLink(nextHop, network, assigned.address),
      );
    const loser = all.find(spare) ?? rival;
    findings.push({
      code: 'duplicate-address',
      step: 'neighbour',
      facts: { kind: 'contested', address: nextHop, owners: all.map(named) },
      evidence: [{ code: 'same-link', facts: { ...named(station), others: rivals.map(named) } }],
      // The asker may have learned the wrong one's link-layer address already.
      fix: [
        deleteAddress(loser, nextHop, length(loser)),
        ipIn(exit.namespace, 'neighbour', 'flush', 'to', nextHop, 'dev', exit.link.name),
      ],
      effect: 'some',
      stake: { kind: 'takes', address: nextHop, rivals },
    });
  }
  const twin = [exit, ...snapshot.topology.stations(exit)].find(
    (node) =>
      node !== station &&
      node.link.mac !== undefined &&
      node.link.mac === station.link.mac &&
      node.link.kind !== 'bridge' &&
      !/vlan/.test(node.link.kind) &&
      node.namespace !== station.namespace,
  );
  if (twin !== undefined) {
    const fresh = `02:${station.link.mac!.split(':').slice(1, 5).join(':')}:${(Number.parseInt(station.link.mac!.slice(-2), 16) ^ 1).toString(16).padStart(2, '0')}`;
    findings.push({
      code: 'duplicate-mac',
      step: 'neighbour',
      facts: { ...named(station), mac: station.link.mac!, twin: named(twin) },
      evidence: [{ code: 'same-link', facts: { ...named(station), others: [named(twin)] } }],
      fix: [setLink(twin, 'address', fresh)],
      possible: true,
    });
  }
  return findings;
}

/** A fixed entry in a bridge's forwarding table that sends the station's frames out of the wrong port. */
async function staticForwarding(snapshot: Snapshot, hop: Hop, station: Node): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const bridge of hop.wire!.filter((node) => node.link.kind === 'bridge')) {
    const index = hop.wire!.indexOf(bridge);
    const port = hop.wire![index + 1];
    if (port === undefined || port.link.master !== bridge.link.name) continue;
    let listed: { mac: string; ifname: string; state?: string; flags?: string[]; master?: string }[];
    try {
      const text = await runInside(bridge.namespace.namespace, [
        'bridge',
        '-json',
        'fdb',
        'show',
        'br',
        bridge.link.name,
      ]);
      listed = JSON.parse(text || '[]');
    } catch {
      continue;
    }
    if (bridge !== station && bridge.link.mac !== undefined && bridge.link.mac === station.link.mac) {
      // By itself a bridge has the lowest of its ports' (br_stp_recalculate_bridge_id).
      const own = snapshot.topology
        .ports(bridge)
        .flatMap(({ link }) => (link.mac === undefined ? [] : [link.mac]));
      const lowest = own.filter((mac) => mac !== station.link.mac).sort()[0];
      findings.push({
        code: 'bridge-has-mac',
        effect: 'diverts',
        step: 'hops',
        facts: { ...named(bridge), mac: station.link.mac, owner: named(station) },
        evidence: [{ code: 'interface-address', facts: { ...named(bridge), mac: bridge.link.mac } }],
        fix: lowest === undefined ? [] : [setLink(bridge, 'address', lowest)],
      });
      continue;
    }
    const wrong = listed.find(
      (entry) =>
        entry.mac === station.link.mac &&
        entry.ifname !== port.link.name &&
        (entry.state === 'static' || entry.state === 'permanent') &&
        entry.master !== undefined,
    );
    if (wrong === undefined) continue;
    findings.push({
      code: 'fdb-entry-wrong',
      step: 'hops',
      facts: {
        kind: 'bridge',
        ...named(bridge),
        mac: wrong.mac,
        owner: named(station),
        leadsTo: wrong.ifname,
        right: port.link.name,
      },
      evidence: [
        {
          code: 'fdb-entry',
          facts: {
            ...named(bridge),
            mac: wrong.mac,
            port: wrong.ifname,
            ...(wrong.state === undefined ? {} : { state: wrong.state }),
          },
        },
      ],
      fix: [bridgeCommand(bridge, 'fdb', 'delete', wrong.mac, 'dev', wrong.ifname, 'master')],
    });
  }
  return findings;
}
