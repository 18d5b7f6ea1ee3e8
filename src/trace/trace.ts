// Packets paired from point to point: batches in, what became of each packet out.
import type { Batch } from '../base/batch.ts';
import type { Moment } from '../base/interface.ts';
import type { DropEvent } from '../drops/event.ts';
import { CaptureGaps } from './capture-gaps.ts';
import { DropLedger } from './drop-ledger.ts';
import { Flows } from './flows.ts';
import { addressKey, Homes, macKey } from './homes.ts';
import { type Hop, Hops } from './hops.ts';
import * as identity from './identity.ts';
import { Identity } from './identity.ts';
import { KeptBytes } from './kept-bytes.ts';
import * as path from './path.ts';
import { Path } from './path.ts';
import { REORDERED, REPEATED, RESOLVED, Sightings } from './sightings.ts';

/** Where packets are captured. */
export interface Point {
  /** `router:lan`, or a file's name. */
  name: string;
  /** Bytes captured of each packet at most; absent or 0 for no limit. */
  snaplen?: number;
}

export interface TraceOptions {
  /** How long a packet may take from its first point to its last, in nanoseconds (default: one second). */
  window?: number;
  /** Bytes kept of each packet, for `Path.batch`; 0 (the default) for none. */
  keep?: number;
  /** The points are given in the order of a path, which helps where no packet shows the order (default: true). */
  ordered?: boolean;
  /**
   * Called once for each packet, in the order of their first sightings as a rule, about one window after it. The object
   * is reused.
   */
  report?: (path: Path) => void;
}

const SECOND = 1e9;
const DEFAULT_WINDOW = SECOND;
export const MOST_POINTS = 250;
/** Packets of a direction by which addresses are located. */
const LOCATED = 16;

/**
 * Pairs what several points captured. It knows nothing of sources: call `add` for record after record, in the order of
 * time over all points (source/merged.ts and convert's nextRun give that order; records that come a little late are
 * placed by their time). At last call `end`.
 *
 * Live, say as well `begin` once all points capture, `advance` when all packets up to a time were delivered (with no
 * traffic nothing else moves the window), `captureLost` when a capture dropped packets, and `drop` for each event of
 * src/drops. None of these is needed for files.
 */
export class Trace {
  readonly points: readonly Point[];
  readonly hops: Hops;
  readonly flows: Flows;
  /** Packets reported (not sightings), and of those by fate. */
  packets = 0;
  complete = 0;
  lost = 0;
  unknown = 0;
  duplicates = 0;
  /** Packets of which it is not certain that they are these and no other, equal ones. */
  ambiguous = 0;
  /** Records taken, by point. */
  readonly records: number[];
  /** Packets resolved before their window was over, because there were more than are kept. */
  early = 0;
  /** The time that sightings' times count from. */
  base: Moment | undefined;
  /** Nanoseconds that a packet is waited for. */
  readonly window: number;
  private readonly ordered: boolean;
  private readonly report: ((path: Path) => void) | undefined;
  private readonly sightings = new Sightings();
  private readonly packet = new Identity();
  private readonly path = new Path();
  private readonly kept: KeptBytes;
  private readonly homes = new Homes();
  private readonly gaps: CaptureGaps;
  private readonly drops: DropLedger;
  /** By point: nanoseconds to add to its times. */
  private readonly offsets: Float64Array;
  /** By point: when its first and its last record came, or since when and until when it surely captured. */
  private readonly firsts: Float64Array;
  private readonly lasts: Float64Array;
  private now = Number.NEGATIVE_INFINITY;
  private start = Number.POSITIVE_INFINITY;
  /** The next sighting that the end of the window comes to. */
  private cursor = 0;
  /** By point and destination: the point that comes next on the way + 1. */
  private readonly towards: Uint8Array;
  /** Serials of the group that is looked at. */
  private members = new Int32Array(64);

  constructor(points: readonly Point[], options: TraceOptions = {}) {
    if (points.length > MOST_POINTS) throw new RangeError(`at most ${MOST_POINTS} points`);
    const n = points.length;
    this.points = points;
    this.window = options.window ?? DEFAULT_WINDOW;
    this.ordered = options.ordered ?? true;
    this.report = options.report;
    this.hops = new Hops(n);
    this.flows = new Flows(n);
    this.gaps = new CaptureGaps(n);
    this.drops = new DropLedger(this.window);
    this.kept = new KeptBytes(options.keep ?? 0);
    this.records = new Array<number>(n).fill(0);
    this.offsets = new Float64Array(n);
    this.firsts = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
    this.lasts = new Float64Array(n).fill(Number.NEGATIVE_INFINITY);
    this.towards = new Uint8Array(n * n);
    for (const { snaplen } of points) if (snaplen !== undefined) this.packet.limit(snaplen);
  }

  /** Times of a point's records are this many nanoseconds behind (or, below 0, before) the others'. Before any record. */
  setOffset(point: number, nanoseconds: number): void {
    this.offsets[point] = nanoseconds;
  }

  /** All points capture from this time on. */
  begin(moment: Moment): void {
    const time = this.relative(moment.seconds, moment.nanoseconds);
    for (let point = 0; point < this.points.length; point++)
      this.firsts[point] = Math.min(this.firsts[point], time);
  }

  /** Every point captured until this time, and all that it captured was added. */
  advance(moment: Moment): void {
    const time = this.relative(moment.seconds, moment.nanoseconds);
    for (let point = 0; point < this.points.length; point++)
      this.lasts[point] = Math.max(this.lasts[point], time);
    if (time > this.now) this.now = time;
    this.settle(this.now - this.window);
  }

  /** The capture of a point dropped packets between two times: what was not seen there then is unknown. */
  captureLost(point: number, from: Moment, to: Moment, packets = 1): void {
    // The later one first: times count from the first that is met.
    const end = this.relative(to.seconds, to.nanoseconds);
    this.gaps.add(point, this.relative(from.seconds, from.nanoseconds), end, packets);
  }

  /** The kernel dropped a packet. */
  drop(event: DropEvent): void {
    const time = this.relative(event.time.seconds, event.time.nanoseconds);
    this.drops.add(event, this.packet, time);
  }

  /** Takes record `index` of a batch, which `point` captured. `frame`: its number there (default: counted). */
  add(point: number, batch: Batch, index: number, frame = 0): void {
    const time = this.relative(batch.seconds[index], batch.nanoseconds[index]) + this.offsets[point];
    const { packet, sightings } = this;
    const number = ++this.records[point];
    packet.place(batch, index);
    if (time < this.firsts[point]) this.firsts[point] = time;
    if (time > this.lasts[point]) this.lasts[point] = time;
    if (time < this.start) this.start = time;
    if (time > this.now) {
      this.now = time;
      this.settle(time - this.window);
    }
    if (sightings.full) this.makeRoom();
    const flow = packet.protocol === 0 ? -1 : this.flows.find(packet, time);
    const serial = sightings.take();
    const i = serial & sightings.mask;
    sightings.time[i] = time;
    sightings.frame[i] = frame === 0 ? number : frame;
    sightings.point[i] = point;
    sightings.flow[i] = flow;
    sightings.wire[i] = batch.wire[index];
    sightings.linkType[i] = batch.linkType[index];
    this.fill(i);
    this.join(serial, i);
    if (this.kept.most > 0 && sightings.head[i] === serial) {
      sightings.keptAt[i] = this.kept.keep(batch, index);
      sightings.kept[i] = Math.min(batch.captured[index], this.kept.most);
    } else sightings.kept[i] = 0;
  }

  /** Packets that the capture of a point dropped, as far as `captureLost` said so. */
  captureDropped(point: number): number {
    return this.gaps.packets[point];
  }

  /** No more comes: what is left is resolved. */
  end(): void {
    this.settle(Number.POSITIVE_INFINITY);
    this.release();
  }

  private relative(seconds: number, nanoseconds: number): number {
    this.base ??= { seconds, nanoseconds: 0 };
    return (seconds - this.base.seconds) * SECOND + nanoseconds;
  }

  /** Copies what identifies the packet, and what may change on its way. */
  private fill(i: number): void {
    const { packet, sightings } = this;
    sightings.kind[i] = packet.kind;
    sightings.traits[i] = packet.traits;
    sightings.state[i] = 0;
    sightings.ttl[i] = packet.ttl;
    sightings.tos[i] = packet.tos;
    sightings.tcpFlags[i] = packet.tcpFlags;
    sightings.ipId[i] = packet.ipId;
    sightings.window[i] = packet.window;
    sightings.mss[i] = packet.mss;
    sightings.vlan[i] = packet.vlan;
    sightings.sequence[i] = packet.sequence;
    sightings.length[i] = packet.length;
    sightings.transmission[i] = packet.transmission;
    sightings.options[i] = packet.options;
    sightings.tunnel[i] = packet.tunnel;
    sightings.payloadHash[i] = packet.payloadHash;
    sightings.destinationMac[i] = packet.destinationMac;
    sightings.keyA[i] = packet.keyA;
    sightings.keyB[i] = packet.keyB;
    sightings.coarse[i] = packet.coarse;
  }

  /** Puts a sighting to those of the same packet, if there are any. */
  private join(serial: number, i: number): void {
    const { sightings, packet, flows } = this;
    const flow = sightings.flow[i];
    if (packet.bound && flow >= 0) {
      if (flows.fresh) this.linkByPacket(i);
      const root = flows.root(flow);
      sightings.keyA[i] = Math.imul(packet.keyA ^ root, 0x85ebca6b);
      sightings.keyB[i] = packet.keyB ^ root;
    }
    const head = this.group(i);
    if (head < 0) this.found(serial, i);
    else this.append(head, serial, i);
    sightings.enter(serial);
    if (sightings.isRanged(i)) sightings.enterRange(serial, sightings.rangeOf(i));
  }

  /** The head of the group that a sighting belongs to; -1 for none. */
  private group(i: number): number {
    const { sightings } = this;
    const { mask, keyA, keyB, head, tail, time, state } = sightings;
    const [a, b] = [keyA[i], keyB[i]];
    for (let at = sightings.latest(a); sightings.holds(at); at = sightings.older[at & mask]) {
      const j = at & mask;
      if (keyA[j] !== a || keyB[j] !== b) continue;
      if ((state[j] & RESOLVED) !== 0) return -1;
      const last = tail[head[j] & mask] & mask;
      return time[i] - time[last] > this.window ? -1 : head[j];
    }
    return -1;
  }

  /** A packet is seen for the first time. */
  private found(serial: number, i: number): void {
    const { sightings, flows, packet } = this;
    sightings.head[i] = serial;
    sightings.tail[i] = serial;
    sightings.count[i] = 1;
    sightings.enterCoarse(serial);
    const flow = sightings.flow[i];
    if (flow < 0) return;
    const point = sightings.point[i];
    const root = flows.root(flow);
    flows.begins(root, point);
    if (flows.located(root) > LOCATED) return;
    if (packet.sourceMac >= 0) this.homes.note(macKey(packet.sourceMac), point);
    if (packet.tunnel === 0) this.homes.note(addressKey(packet.source), point);
  }

  /** A packet is seen once more. */
  private append(head: number, serial: number, i: number): void {
    const { sightings, flows } = this;
    const { mask, point, time, flow, state, ttl } = sightings;
    const h = head & mask;
    const before = sightings.tail[h] & mask;
    sightings.head[i] = head;
    sightings.next[before] = serial;
    sightings.tail[h] = serial;
    sightings.count[h]++;
    if ((state[h] & REPEATED) === 0) {
      for (let at = head; at !== serial; at = sightings.next[at & mask])
        if (point[at & mask] === point[i]) state[h] |= REPEATED;
    }
    if (flow[i] < 0 || (state[h] & REPEATED) !== 0) return;
    if (flow[i] !== flow[before] && flows.root(flow[i]) !== flows.root(flow[before]))
      flows.link(flow[before], flow[i]);
    // Clocks of one microsecond give the same time to several points.
    if (time[i] <= time[before] && ttl[i] >= ttl[before]) return;
    const root = flows.root(flow[i]);
    flows.learn(root, point[before], point[i]);
    if (flows.overtaken(root, point[i], time[before])) state[i] |= REORDERED;
  }

  /** A flow begins with this datagram: is it one that NAT made of another, of which the same datagram was just seen? */
  private linkByPacket(i: number): void {
    const { sightings, flows } = this;
    const { mask, coarse, flow, point, time, payloadHash, state } = sightings;
    let looked = 0;
    for (
      let at = sightings.latestCoarse(coarse[i]);
      sightings.holds(at) && looked < 64;
      at = sightings.olderCoarse[at & mask], looked++
    ) {
      const j = at & mask;
      if (coarse[j] !== coarse[i] || (state[j] & RESOLVED) !== 0 || flow[j] < 0) continue;
      if (payloadHash[j] !== payloadHash[i] || point[j] === point[i] || time[i] - time[j] > this.window)
        continue;
      if (flow[j] >> 1 === flow[i] >> 1 || !flows.related(flow[j], flow[i])) continue;
      flows.link(flow[j], flow[i]);
      return;
    }
  }

  /** Resolves what is older than a time. */
  private settle(horizon: number): void {
    const { sightings } = this;
    while (this.cursor !== sightings.end) {
      const i = this.cursor & sightings.mask;
      if (sightings.time[i] > horizon) break;
      if ((sightings.state[i] & RESOLVED) === 0) this.resolve(sightings.head[i]);
      this.cursor = (this.cursor + 1) | 0;
    }
    this.release();
  }

  private release(): void {
    const { sightings } = this;
    let { oldest } = sightings;
    while (oldest !== this.cursor && (sightings.state[oldest & sightings.mask] & RESOLVED) !== 0)
      oldest = (oldest + 1) | 0;
    sightings.release(oldest);
  }

  /** The oldest are resolved before their time. */
  private makeRoom(): void {
    const { sightings } = this;
    const last = (sightings.oldest + (sightings.size >> 3)) | 0;
    while (this.cursor !== last) {
      const i = this.cursor & sightings.mask;
      if ((sightings.state[i] & RESOLVED) === 0) {
        this.early++;
        this.resolve(sightings.head[i]);
      }
      this.cursor = (this.cursor + 1) | 0;
    }
    this.release();
  }

  private resolve(head: number): void {
    const { sightings } = this;
    const { mask } = sightings;
    const n = sightings.count[head & mask];
    if (this.members.length < n) this.members = new Int32Array(n * 2);
    let at = head;
    for (let k = 0; k < n; k++) {
      this.members[k] = at;
      sightings.state[at & mask] |= RESOLVED;
      at = sightings.next[at & mask];
    }
    this.sort(n);
    this.trace(n);
  }

  /** Puts the members of a group in the order of their way. */
  private sort(n: number): void {
    const { members, sightings } = this;
    const { mask } = sightings;
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

  /** Does one sighting of a packet come before another on its way? */
  private isBefore(a: number, b: number): boolean {
    const { time, ttl, point, flow } = this.sightings;
    if (time[a] !== time[b]) return time[a] < time[b];
    if (ttl[a] !== ttl[b]) return ttl[a] > ttl[b];
    if (flow[a] < 0) return false;
    const root = this.flows.root(flow[a]);
    return (
      this.flows.leads(root, point[a], point[b]) ||
      (!this.flows.leads(root, point[b], point[a]) && this.flows.leads(root ^ 1, point[b], point[a]))
    );
  }

  /** The first `n` members are the way of one packet. */
  private trace(n: number): void {
    const { members, sightings, path: way } = this;
    const { mask, flow } = sightings;
    way.count = 0;
    way.fate = path.COMPLETE;
    way.expected = -1;
    way.drop = undefined;
    way.ambiguous = false;
    way.batch = undefined;
    const first = members[0] & mask;
    const root = flow[first] < 0 ? -1 : this.flows.root(flow[first]);
    for (let k = 0; k < n; k++) {
      const i = members[k] & mask;
      this.step(i, root, k === 0 ? -1 : members[k - 1] & mask);
    }
    this.decide(members[n - 1] & mask, root, n);
    this.finish(first);
  }

  /** Appends a sighting to the path and counts the hop to it. */
  private step(i: number, root: number, before: number): void {
    const { sightings, path: way } = this;
    const k = way.push();
    way.point[k] = sightings.point[i];
    way.time[k] = way.lastTime[k] = sightings.time[i];
    way.frame[k] = sightings.frame[i];
    way.segments[k] = 1;
    way.merged[k] = 1;
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
    if (before < 0) return;
    const hop = this.hop(root, before, i);
    if (hop === undefined) return;
    hop.packets++;
    hop.bytes += sightings.wire[before];
    hop.came(sightings.time[i] - sightings.time[before]);
    if ((sightings.state[i] & REORDERED) !== 0) hop.reordered++;
    if ((way.changes[k] & ~path.CHANGED_TTL) !== 0) hop.changed++;
    if (root < 0) return;
    this.flows.came(root, sightings.point[i], sightings.time[i] - sightings.time[before]);
  }

  /** The hop between two sightings; undefined where a point in between has not seen the packet, which is counted. */
  private hop(root: number, before: number, i: number): Hop | undefined {
    const { point, wire } = this.sightings;
    const [from, to] = [point[before], point[i]];
    const next = root < 0 ? -1 : this.flows.next(root, from);
    if (next < 0 || next === to || !this.flows.leads(root, next, to)) {
      this.towards[from * this.points.length + to] = to + 1;
      return this.hops.between(from, to);
    }
    const missed = this.hops.between(from, next);
    missed.packets++;
    missed.bytes += wire[before];
    missed.unknown++;
    return undefined;
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
    if (s.mss[a] !== s.mss[b]) mask |= path.CHANGED_MSS;
    if (s.options[a] !== s.options[b]) mask |= path.CHANGED_OPTIONS;
    if (s.window[a] !== s.window[b]) mask |= path.CHANGED_WINDOW;
    if (s.vlan[a] !== s.vlan[b]) mask |= path.CHANGED_VLAN;
    if (s.tunnel[a] !== s.tunnel[b]) mask |= path.CHANGED_TUNNEL;
    if (s.tcpFlags[a] !== s.tcpFlags[b]) mask |= path.CHANGED_FLAGS;
    if (s.ipId[a] !== s.ipId[b]) mask |= path.CHANGED_ID;
    if (s.payloadHash[a] !== s.payloadHash[b] && s.length[a] === s.length[b]) mask |= path.CHANGED_PAYLOAD;
    return mask;
  }

  /** Was the packet due anywhere behind the point that saw it last? */
  private decide(i: number, root: number, n: number): void {
    const { sightings, path: way } = this;
    const point = sightings.point[i];
    way.drop = this.drops.take(sightings, i);
    const expected = this.expected(i, root, n);
    way.expected = expected;
    if (expected < 0) {
      // Where a packet ends NOT_SPECIFIED is no reason: TCP drops so what it has no more use for.
      if (way.drop?.reason === 'NOT_SPECIFIED') way.drop = undefined;
      if (way.drop !== undefined) way.fate = path.LOST;
      return;
    }
    const hop = this.hops.between(point, expected);
    hop.packets++;
    hop.bytes += sightings.wire[i];
    if (way.drop !== undefined || this.isCertain(i, root, expected, hop)) {
      way.fate = path.LOST;
      hop.lost++;
      if (root >= 0) this.flows.lose(root, point);
    } else {
      way.fate = path.UNKNOWN;
      hop.unknown++;
    }
  }

  /** Would the point surely have captured the packet, had it come? */
  private isCertain(i: number, root: number, expected: number, hop: Hop): boolean {
    const time = this.sightings.time[i];
    const { start, window } = this;
    const latest = time + hop.max;
    if (this.gaps.overlaps(expected, time, latest)) return false;
    if (time >= this.firsts[expected] && this.lasts[expected] > latest) return true;
    // A flow that the point has never seen anything of does not show when it began and ended to capture.
    const isKnown = root >= 0 && this.flows.next(root, this.sightings.point[i]) >= 0;
    if (isKnown) return false;
    return !(
      time < this.firsts[expected] &&
      this.firsts[expected] < Number.POSITIVE_INFINITY &&
      time < start + window
    );
  }

  /** The point that comes next for a packet seen last at `i`, as far as anything tells; -1 where nothing does. */
  private expected(i: number, root: number, n: number): number {
    const { flows, sightings, points } = this;
    if (root < 0) return -1;
    const at = sightings.point[i];
    const next = flows.next(root, at);
    if (next >= 0) return next;
    for (let point = 0; point < points.length; point++) if (flows.next(root ^ 1, point) === at) return point;
    const answering = flows.origin(root ^ 1);
    if (answering === at) return -1;
    if (answering >= 0) return this.toward(at, answering);
    if ((sightings.traits[i] & identity.LINK_SCOPE) !== 0) return -1;
    const mac = sightings.destinationMac[i];
    if (mac >= 0) {
      const home = this.homes.of(macKey(mac));
      if (home >= 0 && home !== at) return this.toward(at, home);
    }
    const home = this.homes.of(addressKey(flows.endpoints(sightings.flow[i]).destination));
    if (home >= 0) return home === at ? -1 : this.toward(at, home);
    return this.ordered && n > 1 ? this.following(at) : -1;
  }

  /** The first point on the way from one to another. */
  private toward(from: number, to: number): number {
    const known = this.towards[from * this.points.length + to];
    if (known !== 0) return known - 1;
    return this.ordered ? from + Math.sign(to - from) : to;
  }

  /** The next point in the order given, in the direction that the packet on `path` has. */
  private following(at: number): number {
    const { path: way, points } = this;
    const next = at + Math.sign(at - way.point[way.count - 2]);
    return next >= 0 && next < points.length && next !== at ? next : -1;
  }

  private finish(first: number): void {
    const { sightings, path: way } = this;
    this.packets++;
    if (way.fate === path.LOST) this.lost++;
    else if (way.fate === path.UNKNOWN) this.unknown++;
    else if (way.fate === path.DUPLICATE) this.duplicates++;
    else this.complete++;
    if (this.report === undefined) return;
    if (this.kept.most > 0) {
      const time = sightings.time[first];
      const seconds = Math.floor(time / SECOND);
      way.batch = this.kept.record(
        sightings.keptAt[first],
        sightings.kept[first],
        sightings.wire[first],
        sightings.linkType[first],
        this.base!.seconds + seconds,
        time - seconds * SECOND,
      );
    }
    this.report(way);
  }
}
