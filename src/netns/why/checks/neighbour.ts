// Neighbour resolution (ARP, RFC 826; neighbour discovery, RFC 4861): is the answer there, right, and allowed?
import { run } from '../../namespace.ts';
import { sameAddress } from '../fib.ts';
import { type Finding, ipIn, setLink, sysctl } from '../finding.ts';
import type { FirewallPacket } from '../firewall.ts';
import { type Hop, seenByFirewall, type Traveller } from '../packet.ts';
import { onLink } from '../prefix.ts';
import { deleteAddress } from '../remedy.ts';
import { setting } from '../state.ts';
import { type Node, nodeText } from '../topology.ts';
import type { World } from '../world.ts';
import { checkFilters } from './filtering.ts';
import { bridgeCommand } from './wire.ts';

/** What keeps `hop.exit` from learning the right link-layer address of `hop.nextHop`, which `station` has. */
export async function checkNeighbour(
  world: World,
  hop: Hop,
  station: Node,
  traveller: Traveller,
): Promise<Finding[]> {
  const exit = hop.exit!;
  const nextHop = hop.nextHop!;
  const { family } = traveller;
  const findings: Finding[] = [];
  const state = await world.state(hop.here);
  const theirs = await world.state(station.namespace);
  const entry = state.neighbours.find((one) => one.dev === exit.link.name && sameAddress(one.dst, nextHop));
  const fixed = entry?.state.some((one) => one === 'PERMANENT' || one === 'NOARP') ?? false;
  const right = answering(world, exit, station);
  if (entry?.lladdr !== undefined && fixed && right.length > 0 && !right.includes(entry.lladdr)) {
    findings.push({
      step: traveller.reply ? 'back' : 'neighbour',
      cause: `${hop.here.label} has a fixed neighbour entry that says ${nextHop} is at ${entry.lladdr}, but ${nodeText(station)} has ${right[0]}: nobody takes its frames`,
      evidence: `ip neighbour in ${hop.here.label}: ${nextHop} lladdr ${entry.lladdr} ${entry.state.join(',')}`,
      mend: [ipIn(hop.here, 'neighbour', 'delete', nextHop, 'dev', exit.link.name)],
    });
  }
  findings.push(...duplicates(world, exit, nextHop, station));
  if (fixed) return findings;
  for (const [node, what] of [
    [exit, 'asks nobody'],
    [station, 'answers nobody'],
  ] as const) {
    if (node.link.flags.includes('NOARP') && node.link.kind !== 'loopback') {
      findings.push({
        step: 'neighbour',
        cause: `${nodeText(node)} has ARP switched off: it ${what} for link-layer addresses`,
        evidence: `ip link: ${node.link.flags.join(',')}`,
        mend: [setLink(node, 'arp', 'on')],
      });
    }
  }
  if (family === 4) {
    const ignore = setting(theirs, 4, station.link.name, 'arp_ignore', true);
    const own = station.link.addresses.some((one) => sameAddress(one.address, nextHop));
    const near = station.link.addresses.some(
      (one) => traveller.source !== undefined && onLink(one.address, one.prefix, traveller.source),
    );
    if (ignore === 8 || (ignore >= 1 && !own) || (ignore === 2 && !near)) {
      const all = Number(theirs.settings.get('net/ipv4/conf/all/arp_ignore') ?? 0);
      const names = [
        ...(all > 0 ? ['all'] : []),
        ...(setting(theirs, 4, station.link.name, 'arp_ignore') > 0 ? [dotless(station)] : []),
      ];
      findings.push({
        step: 'neighbour',
        cause: `${nodeText(station)} does not answer ARP requests for ${nextHop}: arp_ignore is ${ignore} there`,
        evidence: `net.ipv4.conf.${station.link.name}.arp_ignore = ${ignore} (the larger of all and its own)`,
        mend: names.map((name) => sysctl(station.namespace, `net.ipv4.conf.${name}.arp_ignore`, 0)),
      });
    }
  }
  if (state.settings.get(`net/ipv${family}/neigh/${exit.link.name}/mcast_solicit`) === '0') {
    findings.push({
      step: 'neighbour',
      cause: `${nodeText(exit)} asks nobody for link-layer addresses: mcast_solicit is 0 there`,
      evidence: `net.ipv${family}.neigh.${exit.link.name}.mcast_solicit = 0`,
      mend: [sysctl(hop.here, `net.ipv${family}.neigh.${dotless(exit)}.mcast_solicit`, 3)],
    });
  }
  const asked: FirewallPacket = {
    family,
    layer: family === 4 ? 'arp' : 'inet',
    source: traveller.source ?? '',
    target: nextHop,
    protocol: family === 4 ? 'arp' : 'neighbour',
    reply: false,
  };
  for (const packet of [asked, { ...asked, source: nextHop, target: traveller.source ?? '', reply: true }]) {
    const wire = packet.reply ? [...hop.wire!].reverse() : hop.wire!;
    findings.push(
      ...(await checkFilters(
        world,
        wire,
        packet,
        traveller.reply ? 'back' : 'neighbour',
        seenByFirewall(traveller),
      )),
    );
  }
  findings.push(...(await staticForwarding(hop, station)));
  return findings;
}

function dotless({ link }: Node): string {
  return link.name.replaceAll('.', '/');
}

/** The link-layer addresses under which the station takes frames: its own, and its bridge ports'. */
function answering(world: World, exit: Node, station: Node): string[] {
  const ports = world.topology.ports(station).filter((port) => world.topology.segment(exit).has(port));
  return [station, ...ports].flatMap((node) => (node.link.mac === undefined ? [] : [node.link.mac]));
}

/** Two on one link with the same address, or the same link-layer address. */
function duplicates(world: World, exit: Node, nextHop: string, station: Node): Finding[] {
  const findings: Finding[] = [];
  const rivals = world.topology
    .stations(exit)
    .filter(
      (one) =>
        one.namespace !== station.namespace &&
        one.link.addresses.some((inner) => sameAddress(inner.address, nextHop)),
    );
  const rival = rivals[0];
  if (rival !== undefined) {
    const all = [station, ...rivals];
    const length = (node: Node) =>
      node.link.addresses.find((one) => sameAddress(one.address, nextHop))!.prefix;
    // Whoever has another address in that network as well can do without this one.
    const network = Math.min(...all.map(length));
    const spare = (node: Node) =>
      node.link.addresses.some(
        (one) => !sameAddress(one.address, nextHop) && onLink(nextHop, network, one.address),
      );
    const loser = all.find(spare) ?? rival;
    findings.push({
      step: 'neighbour',
      cause: `${nextHop} is given twice on the same link: to ${all.map(nodeText).join(' and ')}, and whoever answers first gets the packets`,
      evidence: `both are on the link of ${nodeText(exit)}`,
      // The asker may have learned the wrong one's link-layer address already.
      mend: [
        deleteAddress(loser, nextHop, length(loser)),
        ipIn(exit.namespace, 'neighbour', 'flush', 'to', nextHop, 'dev', exit.link.name),
      ],
      always: true,
    });
  }
  const twin = [exit, ...world.topology.stations(exit)].find(
    (one) =>
      one !== station &&
      one.link.mac !== undefined &&
      one.link.mac === station.link.mac &&
      one.link.kind !== 'bridge' &&
      !/vlan/.test(one.link.kind) &&
      one.namespace !== station.namespace,
  );
  if (twin !== undefined) {
    const fresh = `02:${station.link.mac!.split(':').slice(1, 5).join(':')}:${(Number.parseInt(station.link.mac!.slice(-2), 16) ^ 1).toString(16).padStart(2, '0')}`;
    findings.push({
      step: 'neighbour',
      cause: `${nodeText(station)} and ${nodeText(twin)} have the same link-layer address ${station.link.mac}: frames for the one go to the other`,
      evidence: 'both are on the same link',
      mend: [setLink(twin, 'address', fresh)],
      possible: true,
    });
  }
  return findings;
}

/** A fixed entry in a bridge's forwarding table that sends the station's frames out of the wrong port. */
async function staticForwarding(hop: Hop, station: Node): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const bridge of hop.wire!.filter((node) => node.link.kind === 'bridge')) {
    const at = hop.wire!.indexOf(bridge);
    const port = hop.wire![at + 1];
    if (port === undefined || port.link.master !== bridge.link.name) continue;
    let listed: { mac: string; ifname: string; state?: string; flags?: string[]; master?: string }[];
    try {
      const text = await run(bridge.namespace.namespace, [
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
    const wrong = listed.find(
      (one) =>
        one.mac === station.link.mac &&
        one.ifname !== port.link.name &&
        (one.state === 'static' || one.state === 'permanent') &&
        one.master !== undefined,
    );
    if (wrong === undefined) continue;
    findings.push({
      step: 'hops',
      cause: `${nodeText(bridge)} has a fixed entry that sends frames for ${station.link.mac} (${nodeText(station)}) out of ${wrong.ifname} instead of ${port.link.name}`,
      evidence: `bridge fdb: ${wrong.mac} dev ${wrong.ifname} ${wrong.state}`,
      mend: [bridgeCommand(bridge, 'fdb', 'delete', wrong.mac, 'dev', wrong.ifname, 'master')],
    });
  }
  return findings;
}
