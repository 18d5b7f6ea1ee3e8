// What became of a packet: its sightings put in order, hops counted, and whether it was due anywhere else.

import type { Moment } from '../base/interface.ts';
import type { DropEvent } from '../drops/event.ts';
import type { CaptureGaps } from './capture-gaps.ts';
import { Coverage } from './coverage.ts';
import type { DropLedger } from './drop-ledger.ts';
import { EqualPackets } from './equal-packets.ts';
import type { Flows } from './flows.ts';
import { type Hop, Hops } from './hops.ts';
import type { KeptBytes } from './kept-bytes.ts';
import * as path from './path.ts';
import { Path } from './path.ts';
import type { Proxies } from './proxies.ts';
import { NOT_KNOWN, type Routes } from './routes.ts';
import {
  CHOSEN,
  CONTINUES,
  DEFERRED,
  PART,
  REORDERED,
  REPEATED,
  RESOLVED,
  type Sightings,
} from './sightings.ts';

const SECOND = 1e9;
/** Packets looked at for one that a middlebox changed. */
const MOST_LOOKED_AT = 256;

/** How sure it is that a point would have captured a packet, had it come. */
const CERTAIN = 0;
const UNCERTAIN = 1;
/** The point's next record will tell. */
const WAIT = 2;
/** The point has captured nothing before: what comes later will tell whether it lost the packet, or had not begun. */
const EARLY = 3;
/** Packets before a point's first record of which it is considered that they were lost. */
const MOST_EARLY = 64;
/** Packets of a hop by which it is known how many are lost there as a rule. */
const ENOUGH = 200;
/** A run of losses with less than this chance is taken for a capture that had not begun, or had ended. */
const LEAST_CHANCE = 0.01;

/** What the resolver and the window share. Times in nanoseconds since the trace's base. */
export interface Shared {
  readonly sightings: Sightings;
  readonly flows: Flows;
  readonly routes: Routes;
  readonly gaps: CaptureGaps;
  readonly drops: DropLedger;
  readonly kept: KeptBytes;
  readonly proxies: Proxies;
  readonly window: number;
  /** By point: what comes before the colon of its name. */
  readonly namespaces: readonly string[];
  readonly report: ((way: Path) => void) | undefined;
  /** By point: when its first and its last record came, or since when and until when it surely captured. */
  readonly firsts: Float64Array;
  readonly lasts: Float64Array;
  base: Moment | undefined;
  /** The first record of all. */
  start: number;
  /** No further record comes. */
  ended: boolean;
}

export class Resolver {
  readonly hops: Hops;
  packets = 0;
  complete = 0;
  lost = 0;
  unknown = 0;
  duplicates = 0;
  ambiguous = 0;
  private readonly shared: Shared;
  private readonly sightings: Sightings;
  private readonly flows: Flows;
  private readonly points: number;
  private readonly path = new Path();
  private readonly coverage: Coverage;
  private readonly equal = new EqualPackets();
  /** Serials of a group, and, of equal packets, for each member its successor's and predecessor's index. */
  private members = new Int32Array(64);
  private successor = new Int32Array(64);
  private predecessor = new Int32Array(64);
  private doubtful = new Uint8Array(64);
  /** Members by the slot that they are at, and where each slot begins. */
  private slots = new Int32Array(64);
  private way = new Int32Array(64);
  private readonly own: Uint8Array;
  /** Of the group that is looked at (directionOf). */
  private direction = 0;
  /** By point: heads that wait for its next record, and those that were due before its first. */
  private readonly waiting: number[][];
  private readonly early: number[][];
  /** Of what is resolved now, a doubtful end is a loss: it fits what is lost as a rule. */
  private isUsualLoss = false;

  constructor(points: number, shared: Shared) {
    this.points = points;
    this.shared = shared;
    this.sightings = shared.sightings;
    this.flows = shared.flows;
    this.hops = new Hops(points);
    this.coverage = new Coverage(points, shared.sightings, shared.flows, shared.window);
    this.own = new Uint8Array(points);
    this.waiting = Array.from({ length: points }, () => []);
    this.early = Array.from({ length: points }, () => []);
  }

  /** Resolves the group of a head: of equal packets, those that began before `horizon`. */
  resolve(head: number, horizon: number, force = false): void {
    const { sightings } = this;
    const { mask } = sightings;
    const h = head & mask;
    const n = sightings.count[h];
    this.reserve(n);
    let at = head;
    for (let k = 0; k < n; k++) {
      this.members[k] = at;
      at = sightings.next[at & mask];
    }
    this.sort(n);
    if ((sightings.state[h] & REPEATED) !== 0 && !this.isOneWay(n)) this.resolveEqual(n, horizon, force);
    else if (!this.mustWait(this.members, n, force)) {
      for (let k = 0; k < n; k++) sightings.state[this.members[k] & mask] |= RESOLVED;
      this.trace(this.members, n, false, false);
    }
  }

  /** Resolves what waited for a record of a point that has come now. */
  wake(point: number, time: number): void {
    const heads = this.waiting[point];
    if (heads.length > 0) {
      const { sightings } = this;
      const horizon = time - this.shared.window;
      let kept = 0;
      for (const head of heads) {
        const i = head & sightings.mask;
        if (!sightings.holds(head) || (sightings.state[i] & RESOLVED) !== 0) continue;
        if (sightings.time[i] < horizon) this.resolve(sightings.head[i], horizon, true);
        else heads[kept++] = head;
      }
      heads.length = kept;
    }
    if (this.early[point].length > 0 && this.into(point).packets >= ENOUGH)
      this.decideRun(this.early[point], point, time);
  }

  /** After the last record: what still waits is resolved. */
  end(): void {
    for (let point = 0; point < this.points; point++) {
      this.decideRun(this.early[point], point, Number.POSITIVE_INFINITY);
      this.decideRun(this.waiting[point], point, Number.POSITIVE_INFINITY);
    }
  }

  /**
   * Packets one behind the other that a point has not seen, before its first record or after its last: either they were
   * lost, or it was not capturing then. That so many were lost in a row must not be unlikely by what is lost as a rule.
   */
  private decideRun(heads: number[], point: number, horizon: number): void {
    if (heads.length === 0) return;
    const { sightings } = this;
    const { packets, lost } = this.into(point);
    this.isUsualLoss = heads.length < MOST_EARLY && (lost / packets) ** heads.length >= LEAST_CHANCE;
    for (const head of heads.splice(0)) {
      const i = head & sightings.mask;
      if (!sightings.holds(head) || (sightings.state[i] & RESOLVED) !== 0) continue;
      this.resolve(sightings.head[i], horizon, true);
    }
    this.isUsualLoss = false;
  }

  /** What was due at a point so far, and was lost. */
  private into(point: number): { packets: number; lost: number } {
    let packets = 0;
    let lost = 0;
    for (let from = 0; from < this.points; from++) {
      const hop = this.hops.known(from, point);
      if (hop === undefined) continue;
      packets += hop.packets;
      lost += hop.lost;
    }
    return { packets, lost };
  }

  private reserve(n: number): void {
    if (n <= this.members.length) return;
    const size = n * 2;
    this.members = new Int32Array(size);
    this.successor = new Int32Array(size);
    this.predecessor = new Int32Array(size);
    this.doubtful = new Uint8Array(size);
    this.slots = new Int32Array(size);
    this.way = new Int32Array(size);
  }

  /** Puts the members of a group in the order of their way. */
  private sort(n: number): void {
    const { members, sightings } = this;
    const { mask } = sightings;
    this.direction = this.directionOf(n);
    for (let k = 1; k < n; k++) {
      const serial = members[k];
      let to = k;
      while (to > 0 && this.isBefore(serial & mask, members[to - 1] & mask)) {
        members[to] = members[to - 1];
        to--;
      }
      members[to] = serial;
    }
  }

  /** Do the members go up the points as they are given, or down? 0 where that is not to be seen. */
  private directionOf(n: number): number {
    const { members, sightings } = this;
    const { mask, time, point } = sightings;
    let first = members[0] & mask;
    let last = first;
    for (let k = 1; k < n; k++) {
      const i = members[k] & mask;
      if (time[i] < time[first]) first = i;
      if (time[i] > time[last]) last = i;
    }
    return time[first] < time[last] ? Math.sign(point[last] - point[first]) : 0;
  }

  /** Does one sighting of a packet come before another on its way? */
  private isBefore(a: number, b: number): boolean {
    const { time, ttl, point, flow } = this.sightings;
    if (time[a] !== time[b]) return time[a] < time[b];
    if (ttl[a] !== ttl[b]) return ttl[a] > ttl[b];
    if (flow[a] >= 0) {
      const root = this.flows.root(flow[a]);
      if (this.leads(root, point[a], point[b])) return true;
      if (this.leads(root, point[b], point[a])) return false;
    }
    return Math.sign(point[b] - point[a]) === this.direction && this.direction !== 0;
  }

  /** Does a flow's way, as far as it is known, lead from one point to another? */
  private leads(root: number, from: number, to: number): boolean {
    const { flows } = this;
    return flows.leads(root, from, to) || (!flows.leads(root, to, from) && flows.leads(root ^ 1, to, from));
  }

  /** Has each point seen it once, or with another TTL, VLAN or tunnel each time, as it passes it more than once? */
  private isOneWay(n: number): boolean {
    const { members, sightings } = this;
    const { mask } = sightings;
    if (n > 64) return false;
    for (let k = 1; k < n; k++)
      for (let j = 0; j < k; j++) if (this.isSameSlot(members[k] & mask, members[j] & mask)) return false;
    return true;
  }

  private isSameSlot(a: number, b: number): boolean {
    const { point, ttl, vlan, tunnel } = this.sightings;
    return point[a] === point[b] && ttl[a] === ttl[b] && vlan[a] === vlan[b] && tunnel[a] === tunnel[b];
  }

  /** Puts off what later records of a point will tell. */
  private mustWait(serials: Int32Array, n: number, force: boolean): boolean {
    const { sightings, shared } = this;
    if (force || shared.ended) return false;
    const { mask, flow, point } = sightings;
    const last = serials[n - 1] & mask;
    const root = flow[last] < 0 ? -1 : this.flows.root(flow[last]);
    const expected = shared.routes.expected(last, root, n > 1 ? point[serials[n - 2] & mask] : -1);
    if (expected < 0) return false;
    const certainty = this.certainty(last, root, expected);
    const isDeferred = (sightings.state[serials[0] & mask] & DEFERRED) !== 0;
    if (isDeferred && (certainty === WAIT || certainty === EARLY)) return true;
    if (certainty === WAIT) this.waiting[expected].push(serials[0]);
    else if (certainty === EARLY && this.early[expected].length < MOST_EARLY)
      this.early[expected].push(serials[0]);
    else return false;
    sightings.state[serials[0] & mask] |= DEFERRED;
    return true;
  }

  // Equal packets ------------------------------------------------------------------------------------------------------

  /** Several packets with one key: sorts out which sightings are of one, and resolves those that began before `horizon`. */
  private resolveEqual(n: number, horizon: number, force: boolean): void {
    const slots = this.findSlots(n);
    this.successor.fill(-1, 0, n);
    this.predecessor.fill(-1, 0, n);
    this.doubtful.fill(0, 0, n);
    for (let slot = 1; slot < slots; slot++)
      for (let before = slot - 1; before >= 0; before--) if (this.join(before, slot, n)) break;
    const { sightings, members, shared } = this;
    const { mask, time, state } = sightings;
    const first = this.slots[0];
    for (let k = 0; k < n; k++) {
      if (this.predecessor[k] >= 0) continue;
      if (time[members[k] & mask] > horizon && !shared.ended) continue;
      let length = 0;
      let doubtful = false;
      for (let at = k; at >= 0; at = this.successor[at]) {
        this.way[length++] = members[at];
        if (this.doubtful[at] !== 0) doubtful = true;
      }
      if (this.mustWait(this.way, length, force)) continue;
      for (let at = 0; at < length; at++) state[this.way[at] & mask] |= RESOLVED;
      const isCopy = this.slots[k] !== first && this.hasEarlierSlot(k, n);
      this.trace(this.way, length, isCopy, doubtful);
    }
    this.regroup(n);
  }

  /** Numbers the slots that members were seen at, in the order of the way, into `slots`; returns how many there are. */
  private findSlots(n: number): number {
    const { members, sightings, slots } = this;
    const { mask, flow, point } = sightings;
    const firsts: number[] = [];
    for (let k = 0; k < n; k++) {
      const i = members[k] & mask;
      let slot = firsts.findIndex((first) => this.isSameSlot(first, i));
      if (slot < 0) slot = firsts.push(i) - 1;
      slots[k] = slot;
    }
    const root = flow[firsts[0]] < 0 ? -1 : this.flows.root(flow[firsts[0]]);
    const order = firsts.map((_, slot) => slot);
    for (let k = 1; root >= 0 && k < order.length; k++) {
      for (let to = k; to > 0; to--) {
        const [a, b] = [firsts[order[to]], firsts[order[to - 1]]];
        if (point[a] === point[b] || !this.leads(root, point[a], point[b])) break;
        [order[to], order[to - 1]] = [order[to - 1], order[to]];
      }
    }
    for (let k = 0; k < n; k++) slots[k] = order.indexOf(slots[k]);
    return order.length;
  }

  /** Pairs members of two slots that have no partner yet. Returns whether all of the later slot have one. */
  private join(before: number, slot: number, n: number): boolean {
    const { equal, members, sightings, slots, successor, predecessor } = this;
    const { mask, time, point } = sightings;
    equal.reserve(n);
    const from: number[] = [];
    const to: number[] = [];
    for (let k = 0; k < n; k++) {
      if (slots[k] === before && successor[k] < 0) equal.a[from.push(k) - 1] = time[members[k] & mask];
      else if (slots[k] === slot && predecessor[k] < 0) equal.b[to.push(k) - 1] = time[members[k] & mask];
    }
    if (to.length === 0) return true;
    if (from.length === 0) return false;
    const hop = this.hops.known(point[members[from[0]] & mask], point[members[to[0]] & mask]);
    equal.pair(
      from.length,
      to.length,
      hop === undefined || hop.delays.count === 0 ? 0 : hop.sum / hop.delays.count,
      hop?.max ?? 0,
    );
    for (const [a, k] of from.entries()) {
      const b = equal.to[a];
      if (b < 0) continue;
      successor[k] = to[b];
      predecessor[to[b]] = k;
      this.doubtful[k] = equal.doubtful[a];
    }
    return from.length >= to.length && to.every((k) => predecessor[k] >= 0);
  }

  /** Was an equal packet seen at an earlier slot before this one? */
  private hasEarlierSlot(k: number, n: number): boolean {
    const { members, sightings, slots } = this;
    const { time, mask } = sightings;
    const bound = time[members[k] & mask];
    for (let j = 0; j < n && time[members[j] & mask] <= bound; j++) if (slots[j] < slots[k]) return true;
    return false;
  }

  /** The members that are left are a group of their own. */
  private regroup(n: number): void {
    const { members, sightings } = this;
    const { mask, state, head, next, tail, count } = sightings;
    let first = 0;
    let last = 0;
    let left = 0;
    for (let k = 0; k < n; k++) {
      const serial = members[k];
      const i = serial & mask;
      if ((state[i] & RESOLVED) !== 0) continue;
      if (left === 0) first = serial;
      else next[last & mask] = serial;
      head[i] = first;
      last = serial;
      left++;
    }
    if (left === 0) return;
    tail[first & mask] = last;
    count[first & mask] = left;
    state[first & mask] |= REPEATED;
    if (members[0] !== first) sightings.enterCoarse(first);
  }

  // The way of one packet ----------------------------------------------------------------------------------------------

  /** The first `n` serials are the way of one packet. */
  private trace(serials: Int32Array, n: number, isCopy: boolean, isDoubtful: boolean): void {
    const { sightings, path: way } = this;
    const { mask, flow, point } = sightings;
    way.clear();
    const first = serials[0] & mask;
    const root = flow[first] < 0 ? -1 : this.flows.root(flow[first]);
    const before = n > 1 ? point[serials[n - 2] & mask] : -1;
    const isCut =
      sightings.isRanged(first) && this.isIncomplete(serials, n, root, before) && this.look(serials, n);
    if (!this.isChosen(serials, n) && !(isCut && this.coverage.isChosen)) return;
    way.ambiguous = isDoubtful;
    if (isDoubtful) this.ambiguous++;
    if (isCopy) this.countCopy(first, root);
    if (isCut) {
      this.traceCut(serials, n, root, before);
    } else {
      for (let k = 0; k < n; k++) {
        const i = serials[k] & mask;
        this.step(i, k === 0 ? -1 : serials[k - 1] & mask);
        if (k > 0) this.countHop(serials[k - 1] & mask, i, root);
      }
      this.decide(serials[n - 1] & mask, root, before);
    }
    if (isCopy && way.fate === path.COMPLETE) way.fate = path.DUPLICATE;
    this.finish(first);
  }

  private isChosen(serials: Int32Array, n: number): boolean {
    const { mask, state, flow } = this.sightings;
    for (let k = 0; k < n; k++) if ((state[serials[k] & mask] & CHOSEN) !== 0) return true;
    const own = flow[serials[0] & mask];
    return own >= 0 && this.flows.isTakenElsewhere(own);
  }

  /** Is there a point on the way, before, between or behind, that has not seen the packet? */
  private isIncomplete(serials: Int32Array, n: number, root: number, before: number): boolean {
    if (root < 0) return false;
    const { mask, point } = this.sightings;
    if (this.flows.before(root, point[serials[0] & mask]) >= 0) return true;
    for (let k = 1; k < n; k++)
      if (this.skipped(root, point[serials[k - 1] & mask], point[serials[k] & mask]) >= 0) return true;
    return this.shared.routes.expected(serials[n - 1] & mask, root, before) >= 0;
  }

  private look(serials: Int32Array, n: number): boolean {
    const { own, sightings } = this;
    const { mask, point } = sightings;
    for (let k = 0; k < n; k++) own[point[serials[k] & mask]] = 1;
    const found = this.coverage.look(serials[0], own);
    own.fill(0);
    return found;
  }

  /** The same where other points have the packet's bytes cut otherwise (`coverage`). */
  private traceCut(serials: Int32Array, n: number, root: number, before: number): void {
    const { sightings, coverage, path: way } = this;
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
      this.step(i, previous);
      if (lastOwn >= 0) this.countHop(lastOwn, i, root);
      previous = lastOwn = i;
    }
    if (lastOwn >= 0) this.decide(lastOwn, root, before);
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

  /** Did points before this one see the bytes, cut otherwise? What they have is left out of `coverage` then. */
  private isPart(first: number, root: number): boolean {
    const { coverage, points, sightings } = this;
    let found = false;
    for (let p = 0; p < points; p++) {
      if (coverage.count[p] === 0) continue;
      const isBefore = coverage.first[p] < sightings.time[first];
      const isSame = coverage.first[p] === sightings.time[first];
      if (!isBefore && !(isSame && this.leads(root, p, sightings.point[first]))) continue;
      coverage.count[p] = 0;
      found = true;
    }
    return found;
  }

  /** Appends what a point has of the packet in other pieces, and counts the hop if the one before had it as it is. */
  private stepCut(p: number, first: number, previous: number, lastOwn: number, root: number): void {
    const { sightings, coverage, path: way } = this;
    const serial = coverage.serial[p];
    const i = serial & sightings.mask;
    const k = this.step(i, previous);
    way.time[k] = coverage.first[p];
    way.lastTime[k] = coverage.last[p];
    way.segments[k] = coverage.count[p];
    if (coverage.count[p] === 1 && sightings.length[i] > sightings.length[first])
      way.merged[k] = Math.max(Math.round(sightings.length[i] / sightings.length[first]), 2);
    if (sightings.kind[i] !== sightings.kind[first]) way.changes[k] |= path.CHANGED_FRAGMENTS;
    if (lastOwn < 0) return;
    const from = sightings.point[lastOwn];
    const hop = this.hops.between(from, p);
    const delay = coverage.first[p] - sightings.time[lastOwn];
    hop.packets++;
    hop.bytes += sightings.wire[lastOwn];
    hop.came(delay);
    if ((way.changes[k] & ~path.CHANGED_TTL) !== 0) hop.changed++;
    if (coverage.count[p] > 1) hop.split++;
    else if (way.merged[k] > 1) hop.merged++;
    this.flows.came(root, p, delay);
    this.flows.learn(root, from, p);
    const missing = sightings.length[first] - coverage.bytes[p];
    if (missing <= 0) return;
    const pieces = Math.ceil(missing / Math.max(coverage.longest[p], 1));
    way.missing[k] = pieces;
    way.expected = p;
    hop.packets += pieces;
    this.lose(lastOwn, k - 1, root, hop, this.certainty(lastOwn, root, p) === CERTAIN, pieces);
  }

  private countCopy(first: number, root: number): void {
    if (root < 0) return;
    const point = this.sightings.point[first];
    const before = this.flows.before(root, point);
    if (before >= 0) this.hops.between(before, point).duplicated++;
  }

  /** Appends a sighting to the path; returns its index. */
  private step(i: number, before: number): number {
    const { sightings, path: way } = this;
    const k = way.push();
    way.point[k] = sightings.point[i];
    way.time[k] = way.lastTime[k] = sightings.time[i];
    way.frame[k] = sightings.frame[i];
    way.segments[k] = way.merged[k] = 1;
    way.missing[k] = 0;
    way.flow[k] = sightings.flow[i];
    way.wire[k] = sightings.wire[i];
    way.ttl[k] = sightings.ttl[i];
    way.tos[k] = sightings.tos[i];
    way.tcpFlags[k] = sightings.tcpFlags[i];
    way.ipId[k] = sightings.ipId[i];
    way.window[k] = sightings.window[i];
    way.mss[k] = sightings.mss[i];
    way.vlan[k] = sightings.vlan[i];
    way.options[k] = sightings.options[i];
    way.tunnel[k] = sightings.tunnel[i];
    way.sequence[k] = sightings.sequence[i];
    way.changes[k] = before < 0 ? 0 : this.changes(before, i);
    return k;
  }

  /** Counts the hop to a sighting, which `path` has last. */
  private countHop(before: number, i: number, root: number): void {
    const { sightings, path: way } = this;
    const { point, time } = sightings;
    let next = root < 0 ? -1 : this.skipped(root, point[before], point[i]);
    if (next < 0) next = this.asleep(before, i);
    if (next >= 0) {
      const missed = this.hops.between(point[before], next);
      missed.packets++;
      missed.bytes += sightings.wire[before];
      missed.unknown++;
      return;
    }
    this.shared.routes.learn(point[before], point[i]);
    if (way.count > 2) this.shared.routes.learnThrough(way.point[way.count - 3], point[before], point[i]);
    const hop = this.hops.between(point[before], point[i]);
    const delay = time[i] - time[before];
    hop.packets++;
    hop.bytes += sightings.wire[before];
    hop.came(delay);
    if ((sightings.state[i] & REORDERED) !== 0) hop.reordered++;
    if ((way.changes[way.count - 1] & ~path.CHANGED_TTL) !== 0) hop.changed++;
    if (way.ambiguous) hop.ambiguous++;
    if (root >= 0) this.flows.came(root, point[i], delay);
  }

  /** The point between two that the flow's packets pass as a rule; -1 where there is none. */
  private skipped(root: number, from: number, to: number): number {
    const next = this.flows.next(root, from);
    return next >= 0 && next !== to && this.flows.leads(root, next, to) ? next : -1;
  }

  /** A point between two, by what other flows show, that did not capture then; -1 where there is none. */
  private asleep(before: number, i: number): number {
    const { shared, sightings } = this;
    const { point, time } = sightings;
    const between = shared.routes.through(point[before], point[i]);
    if (between < 0) return -1;
    return time[before] < shared.firsts[between] || time[i] > shared.lasts[between] ? between : -1;
  }

  private changes(a: number, b: number): number {
    const s = this.sightings;
    let mask = 0;
    if (s.flow[a] !== s.flow[b]) mask |= this.flows.changes(s.flow[a], s.flow[b]);
    if (s.ttl[a] !== s.ttl[b]) mask |= path.CHANGED_TTL;
    if (s.tos[a] !== s.tos[b]) {
      if (s.tos[a] >> 2 !== s.tos[b] >> 2) mask |= path.CHANGED_DSCP;
      if ((s.tos[a] & 3) !== (s.tos[b] & 3)) mask |= path.CHANGED_ECN;
    }
    if (s.mss[a] !== s.mss[b] && s.mss[a] !== 0 && s.mss[b] !== 0) mask |= path.CHANGED_MSS;
    if (s.options[a] !== s.options[b]) mask |= path.CHANGED_OPTIONS;
    if (s.window[a] !== s.window[b]) mask |= path.CHANGED_WINDOW;
    if (s.vlan[a] !== s.vlan[b]) mask |= path.CHANGED_VLAN;
    if (s.tunnel[a] !== s.tunnel[b]) mask |= path.CHANGED_TUNNEL;
    // What differs where a packet was cut, or put together, is no change.
    if (s.length[a] !== s.length[b] || s.kind[a] !== s.kind[b]) return mask;
    if (s.tcpFlags[a] !== s.tcpFlags[b]) mask |= path.CHANGED_FLAGS;
    if (s.ipId[a] !== s.ipId[b]) mask |= path.CHANGED_ID;
    if (s.payloadHash[a] !== s.payloadHash[b]) mask |= path.CHANGED_PAYLOAD;
    return mask;
  }

  // Lost or not --------------------------------------------------------------------------------------------------------

  /** Was the packet due anywhere behind the point that saw it last? */
  private decide(last: number, root: number, before: number): void {
    const { sightings, path: way, shared } = this;
    const expected = shared.routes.expected(last, root, before);
    if (root >= 0 && shared.proxies.ends(root) && this.flows.next(root, sightings.point[last]) < 0) {
      way.fate = path.PROXIED;
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
    const hop = this.hops.between(point, expected);
    hop.packets++;
    hop.bytes += sightings.wire[last];
    const certainty = this.certainty(last, root, expected);
    // While the capture lost packets a drop elsewhere may be one behind that point.
    const isHere = way.drop?.namespace?.name === shared.namespaces[point];
    const isCertain = certainty === CERTAIN || (isDropped && (isHere || certainty !== UNCERTAIN));
    if (!isCertain) way.drop = undefined;
    this.lose(last, way.count - 1, root, hop, isCertain, 1);
  }

  private lose(last: number, k: number, root: number, hop: Hop, isCertain: boolean, packets: number): void {
    if (isCertain) {
      hop.lost += packets;
      if (root >= 0) this.flows.lose(root, this.sightings.point[last]);
    } else hop.unknown += packets;
    this.fall(k, isCertain ? path.LOST : path.UNKNOWN, packets);
  }

  private fall(k: number, fate: typeof path.LOST | typeof path.UNKNOWN, packets: number): void {
    const { path: way } = this;
    way.fate = fate;
    way.lostAfter = k;
    way.losses = packets;
  }

  /** How sure is it that a point would have captured the packet? */
  private certainty(last: number, root: number, expected: number): number {
    const { shared, sightings } = this;
    const time = sightings.time[last];
    const hop = this.hops.known(sightings.point[last], expected);
    const latest = time + (hop?.max ?? 0);
    if (shared.gaps.overlaps(expected, time, latest)) return UNCERTAIN;
    const first = shared.firsts[expected];
    if (time >= first && shared.lasts[expected] > latest) return CERTAIN;
    // Another of its flow that had left later has come, and none overtakes here.
    const isOvertaken = root >= 0 && this.flows.departure(root, expected) > time;
    if (time >= first && isOvertaken && (hop?.reordered ?? 0) === 0) return CERTAIN;
    if (this.isUsualLoss) return CERTAIN;
    // A point that has never seen anything of the flow does not show by it when it began and ended to capture.
    if (root < 0 || this.flows.next(root, sightings.point[last]) < 0) {
      const isEarly = time < first && first < Number.POSITIVE_INFINITY && time < shared.start + shared.window;
      return isEarly ? EARLY : CERTAIN;
    }
    return time < first ? EARLY : WAIT;
  }

  /** A packet that a middlebox changed so that it has another key: the head of its group; -1 for none. */
  private findContinuation(last: number, root: number): number {
    const { sightings, flows } = this;
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
      if (point[j] === point[last] || flow[j] < 0 || this.path.has(point[j])) continue;
      if (time[j] < time[last] || time[j] > time[last] + this.shared.window) continue;
      if (flows.root(flow[j]) !== root && !flows.related(flow[last], flow[j])) continue;
      found = at;
    }
    return found;
  }

  /** Goes on with the group of another head. */
  private follow(last: number, continuation: number, root: number): void {
    const { sightings, flows, path: way } = this;
    const { mask, flow, state, count, next, point } = sightings;
    const head = continuation & mask;
    state[head] |= CONTINUES | CHOSEN;
    flows.link(root, flow[head]);
    flows.learn(flows.root(root), point[last], point[head]);
    let before = last;
    let at = continuation;
    for (let k = 0; k < count[head] && way.count < 64; k++) {
      const i = at & mask;
      if (!way.has(point[i])) {
        this.step(i, before);
        if (before === last) this.countHop(before, i, flows.root(root));
        before = i;
      }
      at = next[i];
    }
  }

  private finish(first: number): void {
    const { sightings, path: way, shared } = this;
    const state = sightings.state[first];
    const isLost = way.fate === path.LOST || way.fate === path.UNKNOWN;
    // Parts of a packet that was reported are only told where they did not come.
    way.isPart = (state & (PART | CONTINUES)) !== 0;
    if (way.isPart && !isLost) return;
    if (!way.isPart) this.packets++;
    if (way.fate === path.LOST) this.lost += way.losses;
    else if (way.fate === path.UNKNOWN) this.unknown += way.losses;
    else if (way.fate === path.DUPLICATE) this.duplicates++;
    else this.complete++;
    if (shared.report === undefined) return;
    const time = sightings.time[first];
    const seconds = Math.floor(time / SECOND);
    // The one that came first keeps the bytes, which clocks that differ may put elsewhere on the way.
    const holder = sightings.kept[first] > 0 ? first : sightings.head[first] & sightings.mask;
    way.batch = shared.kept.record(
      sightings.keptAt[holder],
      sightings.kept[holder],
      sightings.wire[first],
      sightings.linkType[first],
      shared.base!.seconds + seconds,
      time - seconds * SECOND,
    );
    shared.report(way);
  }
}

/**
 * So the kernel throws away what has done its work, or came twice: a segment that TCP has already or has no more use for,
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
