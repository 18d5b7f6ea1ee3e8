// Whether the next namespace takes the ARP request for what it would refuse as a packet.

import type { Node } from '../../netns/topology.ts';
import type { Finding } from '../finding.ts';
import type { Hop, PacketSpec } from '../packet.ts';
import type { Snapshot } from '../snapshot.ts';
import { explainNoRoute } from './no-route.ts';

/** ARP requests are refused for the same reasons as the packets they are for (arp_process, fib_validate_source). */
export async function checkArpEntry(
  snapshot: Snapshot,
  hop: Hop,
  station: Node,
  now: PacketSpec,
): Promise<Finding | undefined> {
  const entered: Hop = { here: station.namespace, ingress: station };
  const asked = await snapshot.route(station.namespace, {
    family: 4,
    target: hop.nextHop!,
    iif: station.link.name,
    ...(now.source === undefined ? {} : { source: now.source }),
  });
  if (asked.kind !== 'none' || now.source === undefined) return undefined;
  return explainNoRoute(snapshot, entered, { ...now, target: hop.nextHop! }, asked.words);
}
