// Where a link ends: who takes the frame, whether it leaves what can be seen, and whether it goes round in circles.
import type { FoundNamespace } from '../../discover.ts';
import { decide, sameAddress } from '../fib.ts';
import type { Finding } from '../finding.ts';
import type { Hop, Traveller } from '../packet.ts';
import { properRoute } from '../remedy.ts';
import { setting } from '../state.ts';
import { type Node, nodeText } from '../topology.ts';
import type { World } from '../world.ts';
import { explainNobody } from './nobody.ts';
import { checkWire } from './wire.ts';
import { replaceRoute } from './wrong-route.ts';

/**
 * The interface on the link that takes frames for the next hop: the one that has the address or, in IPv4, one whose
 * namespace has it elsewhere: Linux answers ARP requests for all its addresses on every interface (arp_ignore 0).
 */
export function holder(world: World, exit: Node, nextHop: string): Node | undefined {
  const has = (node: Node) => node.link.addresses.some((one) => sameAddress(one.address, nextHop));
  const others = [...world.topology.segment(exit).keys()].filter((one) => one !== exit);
  const owner = others.find(has);
  if (owner !== undefined || nextHop.includes(':')) return owner;
  return world.topology
    .stations(exit)
    .find((one) => one.namespace !== exit.namespace && world.topology.of(one.namespace).some(has));
}

/** The link leads out of what can be seen, or nobody on it has the next hop's address. */
export async function leavesLink(
  world: World,
  hop: Hop,
  now: Traveller,
  wanted: FoundNamespace | undefined,
): Promise<Finding[]> {
  const exit = hop.exit!;
  if (!exit.link.up) return checkWire(world, [exit], now);
  const proxy = await proxied(world, hop, now);
  if (proxy) return [];
  const edges = [...world.topology.segment(exit).keys()].filter(
    (one) => /^(physical|tun|wireguard|bond|team)$/.test(one.link.kind) && one.link.kind !== 'loopback',
  );
  const strangers = [...world.topology.segment(exit).keys()].filter(
    (one) => one.link.kind === 'veth' && world.topology.peer(one) === undefined,
  );
  if (edges.length > 0 || strangers.length > 0) {
    const home = world.home(hop.here, now.target);
    if (home === undefined) {
      const owner = world.topology.owners(now.target).find((node) => node.link.kind !== 'loopback');
      if (owner === undefined) return [];
      return [
        {
          step: 'link',
          cause: `no wire leads from ${hop.here.label} to ${nodeText(owner)}, which has ${now.target}: packets for it leave by ${nodeText(exit)}`,
          evidence: `ip route get ${now.target} in ${hop.here.label}: dev ${exit.link.name}`,
          mend: [],
          advice: `wire ${hop.here.label} and ${owner.namespace.label} together`,
          possible: true,
        },
      ];
    }
  }
  return [await explainNobody(world, hop, now, wanted)];
}

/** Someone on the link answers ARP for others (proxy_arp): then the address need not be there. */
async function proxied(world: World, hop: Hop, now: Traveller): Promise<boolean> {
  if (now.family !== 4) return false;
  for (const station of world.topology.stations(hop.exit!)) {
    if (station.namespace === hop.here) continue;
    const state = await world.state(station.namespace);
    if (setting(state, 4, station.link.name, 'proxy_arp', true) === 1) return true;
  }
  return false;
}

/** The same namespace again: the first whose route differs from what the wiring says is to blame. */
export async function explainLoop(world: World, hops: Hop[], now: Traveller): Promise<Finding> {
  for (const hop of hops) {
    const proper = properRoute(world, hop.here, now.target);
    if (proper === undefined || (proper.exit === hop.exit && (proper.gateway ?? now.target) === hop.nextHop))
      continue;
    const state = await world.state(hop.here);
    const decision = decide(state, { family: now.family, target: now.target });
    const names = [...new Set(hops.map((one) => one.here.label))].join(' and ');
    return {
      step: now.reply ? 'back' : 'hops',
      cause: `packets for ${now.target} go round between ${names}: ${hop.here.label}'s route to it goes by ${hop.nextHop}, and not by ${proper.gateway ?? proper.exit.link.name}`,
      evidence: `ip route get ${now.target} in ${hop.here.label}: via ${hop.nextHop} dev ${hop.exit?.link.name}`,
      mend: decision.kind === 'route' ? replaceRoute(hop.here, decision.route, proper) : [],
    };
  }
  return {
    step: 'hops',
    cause: `packets for ${now.target} go round in circles`,
    evidence: hops.map((one) => one.here.label).join(' → '),
    mend: [],
    advice: 'compare the routes of the namespaces on the way',
  };
}
