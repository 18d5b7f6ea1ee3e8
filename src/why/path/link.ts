// Over the wire into the next namespace.
import type { Node } from '../../netns/topology.ts';
import { checkArpEntry } from '../checks/arp-entry.ts';
import { checkFilters } from '../checks/filtering.ts';
import { checkTarget, duplicateSource, unfinished } from '../checks/host.ts';
import { explainLoop, leavesLink, nextStation } from '../checks/link-end.ts';
import { checkNeighbour, reachOf } from '../checks/neighbour.ts';
import { checkShaping } from '../checks/shaping.ts';
import { checkTunnelEnds } from '../checks/tunnel.ts';
import { checkWire } from '../checks/wire.ts';
import type { Finding } from '../finding.ts';
import type { Hop, Point } from '../packet.ts';
import type { Snapshot } from '../snapshot.ts';
import { packetOf } from './netfilter.ts';
import type { Trace } from './trace.ts';

/** Over the wire into the next namespace. */
export async function crossingLink(
  trace: Trace,
  hop: Hop,
  tunnel: (node: Node) => Promise<Finding[]>,
): Promise<boolean> {
  const { snapshot, path, now, options, here, ingress } = trace;
  const mark = `${here.inode} ${ingress?.link.index ?? 0} ${now.target}`;
  if (trace.visited.has(mark)) {
    trace.note([await explainLoop(snapshot, path.hops, now, here)], Number.POSITIVE_INFINITY);
    return true;
  }
  trace.visited.add(mark);
  const exit = hop.exit!;
  const inside = trace.lastPoint();
  const next = await nextStation(snapshot, exit, hop.nextHop!, now, options.observed);
  if (next === undefined) {
    path.points.push({ here, dev: exit.link.name, direction: 'out' });
    trace.noteBetween(await leavesLink(snapshot, hop, now, options.targetNamespace), inside, inside + 1);
    return true;
  }
  const { station } = next;
  if (next.proxied) hop.proxied = true;
  if (
    path.hops.some((earlier) => earlier.here === station.namespace) &&
    !snapshot.has(station.namespace, now.target) &&
    isBack(trace, station)
  ) {
    trace.note([await explainLoop(snapshot, path.hops, now, station.namespace)], Number.POSITIVE_INFINITY);
    return true;
  }
  hop.wire = snapshot.topology.wire(exit, station) ?? [exit, station];
  if (snapshot.topology.wire(exit, station) === undefined) hop.foreign = true;
  const points = pointsOf(snapshot, hop.wire);
  const upper = inside + points.length - 1;
  await checkLink(trace, hop, station, upper, tunnel);
  path.points.push(...points);
  if (trace.stopped()) return true;
  trace.ingress = station;
  trace.here = station.namespace;
  trace.untracked = false;
  trace.status = [];
  delete now.mark;
  return false;
}

/** A namespace that it has passed already, by the same interface. */
function isBack(trace: Trace, station: Node): boolean {
  return trace.path.hops.some(
    (hop) => hop.here === station.namespace && (hop.ingress === undefined || hop.ingress === station),
  );
}

/** Everything between two interfaces of one link. */
async function checkLink(
  trace: Trace,
  hop: Hop,
  station: Node,
  upper: number,
  tunnel: (node: Node) => Promise<Finding[]>,
): Promise<void> {
  const { snapshot, now } = trace;
  const inside = trace.lastPoint();
  const wire = hop.wire!;
  const place = (findings: readonly Finding[], last = upper) => trace.noteBetween(findings, inside, last);
  place(await checkWire(snapshot, wire, now));
  if (trace.stopped()) return;
  for (const node of wire) place(await tunnel(node));
  place(await checkTunnelEnds(snapshot, wire));
  if (trace.stopped()) return;
  for (const [index, node] of wire.entries()) {
    if (index < wire.length - 1) place(await checkShaping(snapshot, node, 'egress'));
    if (index > 0 && index < wire.length - 1) place(await checkShaping(snapshot, node, 'ingress'));
  }
  if (trace.stopped()) return;
  // The bridge answers for its port's address, so packets do arrive; the answers are what gets lost, inside.
  for (const finding of await checkTarget(snapshot, station, now))
    place([finding], finding.code === 'address-on-bridge-port' ? Number.POSITIVE_INFINITY : upper);
  place(unfinished(station, hop.nextHop!), upper + 1);
  place(duplicateSource(snapshot, station, now), upper + 1);
  if (trace.stopped()) return;
  if (now.family === 4) {
    const refused = await checkArpEntry(snapshot, hop, station, now);
    if (refused !== undefined) {
      place([refused], upper + 1);
      return;
    }
  }
  for (const finding of await checkNeighbour(snapshot, hop, station, now)) {
    const last = { exit: inside, link: upper, station: upper + 1 }[reachOf(finding, hop.exit!)];
    place([finding], last);
  }
  if (trace.stopped()) return;
  place(await checkFilters(snapshot, wire, packetOf(trace)), upper + 1);
}

/** The interfaces at which captures see a frame that passes a wire. */
function pointsOf(snapshot: Snapshot, wire: readonly Node[]): Point[] {
  return wire.flatMap((node, index) => {
    const point = (direction: Point['direction']): Point => ({
      here: node.namespace,
      dev: node.link.name,
      direction,
    });
    if (index === 0) return [point('out')];
    if (index === wire.length - 1) return [point('in')];
    const comes = snapshot.topology.peer(wire[index - 1]) === node;
    const goes = snapshot.topology.peer(node) === wire[index + 1];
    return [...(comes ? [point('in')] : []), ...(goes && !comes ? [point('out')] : [])];
  });
}
