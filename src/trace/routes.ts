// Where a packet was due next, by all known paths and addresses, the most certain first.
import type { Flows } from './flows.ts';
import { addressKey, Homes, macKey } from './homes.ts';
import type { Identity } from './identity.ts';
import { LINK_SCOPE } from './identity-fields.ts';
import type { Sightings } from './sightings.ts';

/** Packets of a direction by which addresses are located. */
const LOCATED = 16;

/** Nothing indicates that it was due anywhere. */
export const NOWHERE = -1;
/** The packet's path is unknown. */
export const NOT_KNOWN = -2;

export class Routes {
  private readonly points: number;
  private readonly ordered: boolean;
  private readonly flows: Flows;
  private readonly sightings: Sightings;
  private readonly homes = new Homes();
  /** By two points: whether packets went from one to the other without any in between. */
  private readonly hops: Uint8Array;
  /** By two points: one that packets passed between them + 1. */
  private readonly between: Uint8Array;
  private readonly address = new Int32Array(4);
  /** Of a search for the shortest path: where each point leads to, and the points still to visit. */
  private readonly reached: Int16Array;
  private readonly queue: Int16Array;
  private changes = 0;

  constructor(points: number, ordered: boolean, flows: Flows, sightings: Sightings) {
    this.points = points;
    this.ordered = ordered;
    this.flows = flows;
    this.sightings = sightings;
    this.hops = new Uint8Array(points * points);
    this.between = new Uint8Array(points * points);
    this.reached = new Int16Array(points);
    this.queue = new Int16Array(points);
  }

  /** Grows with all that is learned here. */
  get learned(): number {
    return this.changes + this.homes.changes;
  }

  /**
   * A packet was seen at a point first: its sender is there or beyond. A reset and an ICMP error may have been
   * sent on behalf of another host.
   */
  locate(packet: Identity, root: number, point: number, isRefusal: boolean): void {
    if (this.flows.routes.located(root) > LOCATED) return;
    if (packet.sourceMac >= 0) this.homes.note(macKey(packet.sourceMac), point);
    if (packet.tunnel === 0 && !isRefusal) this.homes.note(addressKey(packet.source), point);
  }

  /** A packet went from a point to another without any in between. */
  learn(from: number, to: number): void {
    const at = from * this.points + to;
    if (this.hops[at] !== 0) return;
    this.hops[at] = 1;
    this.changes++;
  }

  /** A packet went from a point over a second to a third. */
  learnThrough(from: number, over: number, to: number): void {
    const at = from * this.points + to;
    if (this.between[at] === over + 1) return;
    this.between[at] = over + 1;
    this.changes++;
  }

  /** A point that packets passed on their way from one to another; -1 where none did. */
  through(from: number, to: number): number {
    return this.between[from * this.points + to] - 1;
  }

  /**
   * The point that comes next for a packet of a flow (a root) seen last at sighting `i`; `before` is the point that saw it
   * before that, -1 for none. NOWHERE: it has come to the end of its way.
   */
  expected(i: number, root: number, before: number): number {
    const { flows, sightings, points } = this;
    if (root < 0) return NOWHERE;
    const at = sightings.point[i];
    const next = flows.routes.next(root, at);
    if (next >= 0) return next;
    for (let point = 0; point < points; point++) if (flows.routes.next(root ^ 1, point) === at) return point;
    const answering = flows.routes.origin(root ^ 1);
    if (answering === at) return flows.routes.onlyResets(root ^ 1) ? this.refused(i, at, before) : NOWHERE;
    if (answering >= 0) return this.onward(at, answering, before);
    if ((sightings.traits[i] & LINK_SCOPE) !== 0) return NOWHERE;
    const mac = sightings.destinationMac[i];
    const neighbour = mac < 0 ? -1 : this.homes.of(macKey(mac));
    if (neighbour >= 0 && neighbour !== at) return this.onward(at, neighbour, before);
    flows.copyDestination(sightings.flow[i], this.address);
    const home = this.homes.of(addressKey(this.address));
    if (home >= 0) return home === at ? NOWHERE : this.onward(at, home, before);
    return this.ordered && before >= 0 ? this.behind(at, before) : NOT_KNOWN;
  }

  /**
   * The first point on the way from one to where an address was located, but not back to the one that saw the packet before:
   * then the address is beyond, where no point captured yet when it was located.
   */
  private onward(at: number, to: number, before: number): number {
    const next = this.toward(at, to);
    if (next !== before) return next;
    return this.ordered ? this.behind(at, before) : NOWHERE;
  }

  /** In the order of the points, the one that comes after two; NOWHERE if that was the last. */
  private behind(at: number, before: number): number {
    const following = at + Math.sign(at - before);
    return following >= 0 && following < this.points && following !== at ? following : NOWHERE;
  }

  /**
   * Where a packet refused at a point was due: at its destination's home. If that is unknown, it may have been refused by
   * the destination itself, beyond the last point, or by a firewall on its behalf.
   */
  private refused(i: number, at: number, before: number): number {
    this.flows.copyDestination(this.sightings.flow[i], this.address);
    const home = this.homes.of(addressKey(this.address));
    if (home >= 0) return home === at ? NOWHERE : this.toward(at, home);
    const isLast = this.ordered && before >= 0 && this.behind(at, before) === NOWHERE;
    return isLast ? NOWHERE : NOT_KNOWN;
  }

  /** The first point on the way from one to another: the shortest that packets have gone, hop by hop. */
  private toward(from: number, to: number): number {
    const { points, hops, reached } = this;
    if (hops[from * points + to] !== 0) return to;
    reached.fill(-1);
    reached[to] = to;
    this.queue[0] = to;
    for (let taken = 0, count = 1; taken < count; taken++) {
      const next = this.queue[taken];
      for (let point = 0; point < points; point++) {
        if (reached[point] >= 0 || hops[point * points + next] === 0) continue;
        if (point === from) return next;
        reached[point] = next;
        this.queue[count++] = point;
      }
    }
    return this.ordered ? from + Math.sign(to - from) : to;
  }
}
