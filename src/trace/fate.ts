// The fate of a packet after the point that saw it last: due nowhere else, lost, unknown, or continuing in another form.
import type { DropEvent } from '../drops/event.ts';
import { CERTAIN, type Certainty, UNCERTAIN } from './certainty.ts';
import type { Hop } from './hops.ts';
import type { Path } from './path.ts';
import * as path from './path.ts';
import type { PathBuilder } from './path-builder.ts';
import { NOT_KNOWN } from './routes.ts';
import type { Shared } from './shared.ts';
import { CHOSEN, CONTINUES, RESOLVED } from './sightings.ts';

/** The most packets examined for one that a middlebox changed. */
const MOST_LOOKED_AT = 256;

/** Decides the fate of the path that a builder has. */
export class Fate {
  private readonly shared: Shared;
  private readonly builder: PathBuilder;
  private readonly certainty: Certainty;
  private readonly way: Path;

  constructor(shared: Shared, builder: PathBuilder, certainty: Certainty) {
    this.shared = shared;
    this.builder = builder;
    this.certainty = certainty;
    this.way = builder.path;
  }

  /** The packet's connection is ended by a middlebox, and no packet of it was seen to go on from here. */
  private end(last: number, root: number): void {
    const { shared, way } = this;
    way.drop = shared.drops.take(shared.sightings, last);
    if (way.drop !== undefined && !isNoProof(way.drop)) this.fall(way.count - 1, path.LOST, 1);
    else {
      way.drop = undefined;
      if (shared.flows.handshakes.isEnded(root, way.point[0], shared.sightings.point[last]))
        way.fate = path.PROXIED;
    }
  }

  /** Was the packet due anywhere after the point that saw it last? */
  decide(last: number, root: number, before: number): void {
    const { shared, way } = this;
    const { sightings, flows, hops } = shared;
    const expected = shared.routes.expected(last, root, before);
    if (
      root >= 0 &&
      flows.handshakes.ended[root] !== 0 &&
      flows.routes.next(root, sightings.point[last]) < 0
    ) {
      this.end(last, root);
      return;
    }
    if (expected === NOT_KNOWN || expected >= 0) {
      const continuation = root < 0 ? -1 : this.findContinuation(last, root);
      if (continuation >= 0) {
        this.follow(last, continuation, root);
        return;
      }
    }
    way.drop = shared.drops.take(sightings, last);
    way.expected = Math.max(expected, -1);
    const isDropped = way.drop !== undefined && !isNoProof(way.drop);
    if (expected < 0) {
      if (!isDropped) way.drop = undefined;
      if (isDropped) this.fall(way.count - 1, path.LOST, 1);
      else if (expected === NOT_KNOWN) this.fall(way.count - 1, path.UNKNOWN, 1);
      return;
    }
    const point = sightings.point[last];
    const hop = hops.between(point, expected);
    hop.packets++;
    hop.bytes += sightings.wire[last];
    const certainty = this.certainty.of(last, root, expected);
    // While the capture lost packets, a drop elsewhere may be one after that point.
    const isHere = way.drop?.namespace?.name === shared.namespaces[point];
    const isCertain = certainty === CERTAIN || (isDropped && (isHere || certainty !== UNCERTAIN));
    if (!isCertain) way.drop = undefined;
    this.lose(last, way.count - 1, root, hop, isCertain, 1);
  }

  lose(last: number, k: number, root: number, hop: Hop, isCertain: boolean, packets: number): void {
    if (isCertain) {
      hop.lost += packets;
      if (root >= 0) this.shared.flows.routes.lose(root, this.shared.sightings.point[last]);
    } else hop.unknown += packets;
    this.fall(k, isCertain ? path.LOST : path.UNKNOWN, packets);
  }

  private fall(k: number, fate: typeof path.LOST | typeof path.UNKNOWN, packets: number): void {
    const { way } = this;
    way.fate = fate;
    way.lostAfter = k;
    way.losses = packets;
  }

  /** A packet that a middlebox changed so that it has another key: the head of its group; -1 for none. */
  private findContinuation(last: number, root: number): number {
    const { sightings, flows } = this.shared;
    const { mask, coarse, time, point, flow, state, head } = sightings;
    let found = -1;
    let looked = 0;
    for (
      let at = sightings.latestCoarse(coarse[last]);
      sightings.holds(at) && looked < MOST_LOOKED_AT;
      at = sightings.olderCoarse[at & mask], looked++
    ) {
      const j = at & mask;
      if (coarse[j] !== coarse[last] || head[j] !== at || (state[j] & (RESOLVED | CONTINUES)) !== 0) continue;
      if (point[j] === point[last] || flow[j] < 0 || this.way.has(point[j])) continue;
      if (time[j] < time[last] || time[j] > time[last] + this.shared.window) continue;
      if (flows.root(flow[j]) !== root && !flows.related(flow[last], flow[j])) continue;
      found = at;
    }
    return found;
  }

  /** Goes on with the group of another head. */
  private follow(last: number, continuation: number, root: number): void {
    const { way } = this;
    const { sightings, flows } = this.shared;
    const { mask, flow, state, count, next, point } = sightings;
    const head = continuation & mask;
    state[head] |= CONTINUES | CHOSEN;
    flows.link(root, flow[head]);
    flows.routes.learn(flows.root(root), point[last], point[head]);
    let before = last;
    let at = continuation;
    for (let k = 0; k < count[head] && way.count < 64; k++) {
      const i = at & mask;
      if (!way.has(point[i])) {
        this.builder.step(i, before);
        if (before === last) this.builder.countHop(before, i, flows.root(root));
        before = i;
      }
      at = next[i];
    }
  }
}

/**
 * The kernel also drops packets that are done with, or came twice: a segment that TCP already has or no longer needs,
 * what a socket had queued when it was closed, the frame of another station that promiscuous mode let in. Such a reason may
 * explain a loss, but is none by itself.
 */
const NO_PROOF = new Set([
  undefined,
  'NOT_SPECIFIED',
  'OTHERHOST',
  'QUEUE_PURGE',
  'TCP_OLD_DATA',
  'TCP_OLD_SEQUENCE',
  'TCP_OLD_ACK',
  'TCP_TOO_OLD_ACK',
  'TCP_OFOMERGE',
]);

function isNoProof({ reason }: DropEvent): boolean {
  return NO_PROOF.has(reason);
}
