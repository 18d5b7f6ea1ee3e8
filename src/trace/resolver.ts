// What became of a packet: its sightings put in order, hops counted, and whether it was due anywhere else.
import { Certainty, EARLY, WAIT } from './certainty.ts';
import { CutPackets } from './cut-packets.ts';
import { EqualGroups } from './equal-groups.ts';
import { Fate } from './fate.ts';
import type { Flows } from './flows.ts';
import { Group } from './group.ts';
import type { Path } from './path.ts';
import * as path from './path.ts';
import { PathBuilder } from './path-builder.ts';
import { NOWHERE } from './routes.ts';
import type { Shared } from './shared.ts';
import { CHOSEN, CONTINUES, COPY, DEFERRED, PART, REPEATED, RESOLVED, type Sightings } from './sightings.ts';
import { MOST_STEPS, UsualWays } from './usual-ways.ts';

const SECOND = 1e9;
/** Bits of the head of a group that waits, or is more than one unchanged packet. */
const OTHERS = REPEATED | CONTINUES | PART | DEFERRED;
/** The most packets before a point's first record that may count as lost. */
const MOST_EARLY = 64;
/** Packets of a hop from which its usual rate of loss is known. */
const ENOUGH = 200;
/** A run of losses less likely than this is taken for a capture that had not begun, or had ended. */
const LEAST_CHANCE = 0.01;

export class Resolver {
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
  private readonly group: Group;
  private readonly equal: EqualGroups;
  private readonly certainty: Certainty;
  private readonly builder: PathBuilder;
  private readonly way: Path;
  private readonly fate: Fate;
  private readonly cut: CutPackets;
  private readonly usual: UsualWays;
  /** The last packet given to `isUsual`: its sightings (0 if it is no such packet), their points, and its flow. */
  private readonly steps = new Int32Array(MOST_STEPS);
  private length = 0;
  private low = 0;
  private high = 0;
  private root = -1;
  /** By point: heads that wait for its next record, and those that were due before its first. */
  private readonly waiting: number[][];
  private readonly early: number[][];

  constructor(points: number, shared: Shared) {
    const { sightings, flows, hops } = shared;
    this.points = points;
    this.shared = shared;
    this.sightings = sightings;
    this.flows = flows;
    this.group = new Group(sightings, flows);
    this.equal = new EqualGroups(sightings, flows, hops);
    this.certainty = new Certainty(shared);
    this.builder = new PathBuilder(shared);
    this.way = this.builder.path;
    this.fate = new Fate(shared, this.builder, this.certainty);
    this.cut = new CutPackets(points, shared, this.builder, this.fate, this.certainty);
    this.usual = new UsualWays(shared);
    this.waiting = Array.from({ length: points }, () => []);
    this.early = Array.from({ length: points }, () => []);
  }

  /** Resolves the group of a head: of equal packets, those that began before `horizon`. */
  resolve(head: number, horizon: number, force = false): void {
    if (this.isUsual(head)) {
      this.traceUsual();
      return;
    }
    const { sightings } = this;
    const { mask } = sightings;
    this.group.load(head);
    const { members, count: n } = this.group;
    if ((sightings.state[head & mask] & REPEATED) !== 0 && !this.group.isOneWay())
      this.resolveEqual(horizon, force);
    else if (!this.mustWait(members, n, force)) {
      for (let k = 0; k < n; k++) sightings.state[members[k] & mask] |= RESOLVED;
      this.trace(members, n, (sightings.state[members[0] & mask] & COPY) !== 0, false);
      if (this.length > 0) this.learnUsual();
    }
  }

  // Usual ways --------------------------------------------------------------------------------------------------------

  /** Did one packet alone take the usual way of its flow? Its sightings are in `steps` then. */
  private isUsual(head: number): boolean {
    const { sightings, shared, steps } = this;
    const { mask, state, count, next, time, point, flow } = sightings;
    const h = head & mask;
    const n = count[h];
    this.length = 0;
    if (n > MOST_STEPS || (state[h] & (OTHERS | CHOSEN)) !== CHOSEN || flow[h] < 0) return false;
    this.low = this.high = 0;
    let at = head;
    let before = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < n; k++) {
      const i = at & mask;
      if (time[i] <= before) return false;
      before = time[i];
      steps[k] = i;
      if (k < 4) this.low = (this.low << 8) | (point[i] + 1);
      else this.high = (this.high << 8) | (point[i] + 1);
      at = next[i];
    }
    this.length = n;
    const root = this.flows.root(flow[h]);
    this.root = root;
    return (
      this.flows.handshakes.ended[root] === 0 &&
      this.usual.has(root, this.low, this.high, steps[n - 1]) &&
      !shared.drops.mayHave(sightings, steps[n - 1])
    );
  }

  private traceUsual(): void {
    const { sightings, builder, way, steps, root, length } = this;
    way.clear();
    for (let k = 0; k < length; k++) {
      const i = steps[k];
      sightings.state[i] |= RESOLVED;
      builder.step(i, k === 0 ? -1 : steps[k - 1]);
      if (k > 0) builder.countUsual(steps[k - 1], i, root);
    }
    this.finish(steps[0]);
  }

  /** The last packet given to `isUsual` has been traced: is its path the usual one from now on? */
  private learnUsual(): void {
    const { shared, root, steps, length, way } = this;
    const { point, flow } = this.sightings;
    const last = steps[length - 1];
    const before = length > 1 ? point[steps[length - 2]] : -1;
    if (way.fate !== path.COMPLETE || this.flows.root(flow[last]) !== root) return;
    if (this.flows.handshakes.ended[root] !== 0 || this.flows.routes.before(root, point[steps[0]]) >= 0)
      return;
    for (let k = 1; k < length; k++) {
      const [from, to] = [point[steps[k - 1]], point[steps[k]]];
      if (this.builder.skipped(root, from, to) >= 0 || shared.routes.through(from, to) >= 0) return;
    }
    if (shared.routes.expected(last, root, before) === NOWHERE)
      this.usual.learn(root, this.low, this.high, last);
  }

  /** Does anything wait for a record of a point? */
  isAwaited(point: number): boolean {
    return this.waiting[point].length > 0 || this.early[point].length > 0;
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
   * Consecutive packets that a point has not seen, before its first record or after its last: either they were
   * lost, or it was not capturing then. They count as lost only if such a run is likely at the usual rate of loss.
   */
  private decideRun(heads: number[], point: number, horizon: number): void {
    if (heads.length === 0) return;
    const { sightings } = this;
    const { packets, lost } = this.into(point);
    this.certainty.isUsualLoss =
      heads.length < MOST_EARLY && (lost / packets) ** heads.length >= LEAST_CHANCE;
    for (const head of heads.splice(0)) {
      const i = head & sightings.mask;
      if (!sightings.holds(head) || (sightings.state[i] & RESOLVED) !== 0) continue;
      this.resolve(sightings.head[i], horizon, true);
    }
    this.certainty.isUsualLoss = false;
  }

  /** Packets due at a point so far, and those lost. */
  private into(point: number): { packets: number; lost: number } {
    let packets = 0;
    let lost = 0;
    for (let from = 0; from < this.points; from++) {
      const hop = this.shared.hops.known(from, point);
      if (hop === undefined) continue;
      packets += hop.packets;
      lost += hop.lost;
    }
    return { packets, lost };
  }

  /** Defers what later records of a point will decide. */
  private mustWait(serials: Int32Array, n: number, force: boolean): boolean {
    const { sightings, shared } = this;
    if (force || shared.ended) return false;
    const { mask, flow, point } = sightings;
    const last = serials[n - 1] & mask;
    const root = flow[last] < 0 ? -1 : this.flows.root(flow[last]);
    const expected = shared.routes.expected(last, root, n > 1 ? point[serials[n - 2] & mask] : -1);
    if (expected < 0) return false;
    const certainty = this.certainty.of(last, root, expected);
    const isDeferred = (sightings.state[serials[0] & mask] & DEFERRED) !== 0;
    if (isDeferred && (certainty === WAIT || certainty === EARLY)) return true;
    if (certainty === EARLY) this.certainty.noteEarly(sightings.time[last], expected);
    if (certainty === WAIT) this.waiting[expected].push(serials[0]);
    else if (certainty === EARLY && this.early[expected].length < MOST_EARLY)
      this.early[expected].push(serials[0]);
    else return false;
    sightings.state[serials[0] & mask] |= DEFERRED;
    return true;
  }

  // Equal packets ------------------------------------------------------------------------------------------------------

  /** Several packets with one key: sorts out which sightings are of one, and resolves those that began before `horizon`. */
  private resolveEqual(horizon: number, force: boolean): void {
    const { equal, group, sightings, shared } = this;
    const { mask, time, state } = sightings;
    equal.pair(group);
    for (let k = 0; k < group.count; k++) {
      if (!equal.begins(k)) continue;
      if (time[group.members[k] & mask] > horizon && !shared.ended) continue;
      equal.follow(k, group);
      const { way, length } = equal;
      if (this.mustWait(way, length, force)) continue;
      for (let at = 0; at < length; at++) state[way[at] & mask] |= RESOLVED;
      this.trace(way, length, equal.isCopy, equal.isDoubtful);
    }
    equal.regroup(group);
  }

  /** The first `n` serials are the way of one packet. */
  private trace(serials: Int32Array, n: number, isCopy: boolean, isDoubtful: boolean): void {
    const { builder, cut, sightings, way } = this;
    const { mask, flow, point } = sightings;
    way.clear();
    const first = serials[0] & mask;
    const root = flow[first] < 0 ? -1 : this.flows.root(flow[first]);
    const before = n > 1 ? point[serials[n - 2] & mask] : -1;
    const isCut =
      sightings.mayBeCut(first) && this.isIncomplete(serials, n, root, before) && cut.look(serials, n);
    if (!this.isChosen(serials, n) && !(isCut && cut.isChosen)) return;
    way.ambiguous = isDoubtful;
    if (isDoubtful) this.ambiguous++;
    if (isCopy) this.countCopy(first, root);
    if (isCut) cut.trace(serials, n, root, before);
    else {
      for (let k = 0; k < n; k++) {
        const i = serials[k] & mask;
        builder.step(i, k === 0 ? -1 : serials[k - 1] & mask);
        if (k > 0) builder.countHop(serials[k - 1] & mask, i, root);
      }
      this.fate.decide(serials[n - 1] & mask, root, before);
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

  /** Is there a point on the path, before, between or after, that has not seen the packet? */
  private isIncomplete(serials: Int32Array, n: number, root: number, before: number): boolean {
    if (root < 0) return false;
    const { mask, point } = this.sightings;
    if (this.flows.routes.before(root, point[serials[0] & mask]) >= 0) return true;
    for (let k = 1; k < n; k++)
      if (this.builder.skipped(root, point[serials[k - 1] & mask], point[serials[k] & mask]) >= 0)
        return true;
    return this.shared.routes.expected(serials[n - 1] & mask, root, before) >= 0;
  }

  private countCopy(first: number, root: number): void {
    if (root < 0) return;
    const point = this.sightings.point[first];
    const before = this.flows.routes.before(root, point);
    if (before >= 0) this.shared.hops.between(before, point).duplicated++;
  }

  private finish(first: number): void {
    const { sightings, way, shared } = this;
    const state = sightings.state[first];
    const isLost = way.fate === path.LOST || way.fate === path.UNKNOWN;
    // Parts of a reported packet are reported only if they did not arrive.
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
      shared.clocks.base!.seconds + seconds,
      time - seconds * SECOND,
    );
    shared.report(way);
  }
}
