// The path of a packet whose bytes are in other pieces at other points: by segmentation, its reversal, or fragmentation.
import { CERTAIN, type Certainty } from './certainty.ts';
import { Coverage } from './coverage.ts';
import type { Fate } from './fate.ts';
import type { Path } from './path.ts';
import * as path from './path.ts';
import type { PathBuilder } from './path-builder.ts';
import type { Shared } from './shared.ts';
import { PART } from './sightings.ts';

export class CutPackets {
  private readonly coverage: Coverage;
  private readonly shared: Shared;
  private readonly points: number;
  private readonly builder: PathBuilder;
  private readonly fate: Fate;
  private readonly certainty: Certainty;
  private readonly way: Path;
  /** By point: a flag that it has the packet as it is. */
  private readonly own: Uint8Array;

  constructor(points: number, shared: Shared, builder: PathBuilder, fate: Fate, certainty: Certainty) {
    this.points = points;
    this.shared = shared;
    this.builder = builder;
    this.fate = fate;
    this.certainty = certainty;
    this.way = builder.path;
    this.coverage = new Coverage(points, shared.sightings, shared.flows, shared.window);
    this.own = new Uint8Array(points);
  }

  /** Does the filter take any of the pieces that `look` found? */
  get isChosen(): boolean {
    return this.coverage.isChosen;
  }

  /** Do points that have not seen the packet whose sightings these are have its bytes in other pieces? */
  look(serials: Int32Array, n: number): boolean {
    const { own } = this;
    const { sightings } = this.shared;
    const { mask, point } = sightings;
    for (let k = 0; k < n; k++) own[point[serials[k] & mask]] = 1;
    const found = this.coverage.look(serials[0], own);
    own.fill(0);
    return found;
  }

  /** The way of such a packet, with the pieces that `look` found. */
  trace(serials: Int32Array, n: number, root: number, before: number): void {
    const { coverage, way } = this;
    const { sightings } = this.shared;
    const { mask, time, state } = sightings;
    const first = serials[0] & mask;
    if (this.isPart(first, root)) state[first] |= PART;
    let lastOwn = -1;
    let previous = -1;
    for (let k = 0; k <= n; k++) {
      const until = k < n ? time[serials[k] & mask] : Number.POSITIVE_INFINITY;
      for (let p = this.nextCut(time[first], until); k > 0 && p >= 0; p = this.nextCut(time[first], until)) {
        this.stepCut(p, first, previous, lastOwn, root);
        previous = coverage.serial[p] & mask;
        lastOwn = -1;
        coverage.count[p] = 0;
      }
      if (k === n) break;
      const i = serials[k] & mask;
      this.builder.step(i, previous);
      if (lastOwn >= 0) this.builder.countHop(lastOwn, i, root);
      previous = lastOwn = i;
    }
    if (lastOwn >= 0) this.fate.decide(lastOwn, root, before);
    else if (way.fate === path.COMPLETE) way.expected = -1;
  }

  /** The point that has parts of the packet, of those that came from one time on until another: the earliest; -1 for none. */
  private nextCut(from: number, until: number): number {
    const { coverage, points } = this;
    let found = -1;
    for (let p = 0; p < points; p++) {
      if (coverage.count[p] === 0 || coverage.first[p] < from || coverage.first[p] >= until) continue;
      if (found < 0 || coverage.first[p] < coverage.first[found]) found = p;
    }
    return found;
  }

  /** Did points before this one see the bytes in other pieces? Then these are removed from `coverage`. */
  private isPart(first: number, root: number): boolean {
    const { coverage, points } = this;
    const { sightings, flows } = this.shared;
    let found = false;
    for (let p = 0; p < points; p++) {
      if (coverage.count[p] === 0) continue;
      const isBefore = coverage.first[p] < sightings.time[first];
      const isSame = coverage.first[p] === sightings.time[first];
      if (!isBefore && !(isSame && flows.routes.precedes(root, p, sightings.point[first]))) continue;
      coverage.count[p] = 0;
      found = true;
    }
    return found;
  }

  /** Appends what a point has of the packet in other pieces, and counts the hop if the one before had it as it is. */
  private stepCut(p: number, first: number, previous: number, lastOwn: number, root: number): void {
    const { coverage, way } = this;
    const { sightings } = this.shared;
    const serial = coverage.serial[p];
    const i = serial & sightings.mask;
    const k = this.builder.step(i, previous);
    way.time[k] = coverage.first[p];
    way.lastTime[k] = coverage.last[p];
    way.segments[k] = coverage.count[p];
    way.partsFrom[k] = way.partCount;
    for (let n = 0; n < coverage.count[p]; n++) way.parts[way.partCount++] = coverage.frames[p][n];
    if (coverage.count[p] === 1 && sightings.length[i] > sightings.length[first])
      way.merged[k] = Math.max(Math.round(sightings.length[i] / sightings.length[first]), 2);
    if (sightings.kind[i] !== sightings.kind[first]) way.changes[k] |= path.CHANGED_FRAGMENTS;
    if (lastOwn < 0) return;
    const from = sightings.point[lastOwn];
    const hop = this.shared.hops.between(from, p);
    const delay = coverage.first[p] - sightings.time[lastOwn];
    hop.packets++;
    hop.bytes += sightings.wire[lastOwn];
    hop.came(delay);
    if ((way.changes[k] & ~path.CHANGED_TTL) !== 0) hop.changed++;
    if (coverage.count[p] > 1) hop.split++;
    else if (way.merged[k] > 1) hop.merged++;
    this.shared.flows.routes.came(root, p, delay);
    this.shared.flows.routes.learn(root, from, p);
    const missing = sightings.length[first] - coverage.bytes[p];
    if (missing <= 0) return;
    const pieces = Math.ceil(missing / Math.max(coverage.longest[p], 1));
    way.missing[k] = pieces;
    way.expected = p;
    hop.packets += pieces;
    this.fate.lose(lastOwn, k - 1, root, hop, this.certainty.of(lastOwn, root, p) === CERTAIN, pieces);
  }
}
