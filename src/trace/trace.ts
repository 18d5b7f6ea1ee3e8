// Packets paired from point to point: batches in, what became of each packet out.
import type { Batch } from '../base/batch.ts';
import type { Moment } from '../base/interface.ts';
import type { DropEvent } from '../drops/event.ts';
import { CaptureGaps } from './capture-gaps.ts';
import { DatagramSegments } from './datagram-segments.ts';
import { DropLedger } from './drop-ledger.ts';
import { Flows } from './flows.ts';
import { Hops } from './hops.ts';
import {
  FRAGMENT,
  HAS_TIMESTAMPS,
  HASHED,
  HEADER_WORDS,
  Identity,
  TCP_CONTROL,
  TCP_DATA,
  UDP,
} from './identity.ts';
import { KeptBytes } from './kept-bytes.ts';
import type { Path } from './path.ts';
import { Proxies } from './proxies.ts';
import type { ReadPackets } from './read-packets.ts';
import { Resolver } from './resolver.ts';
import { Routes } from './routes.ts';
import type { Shared } from './shared.ts';
import { CHOSEN, following, REORDERED, REPEATED, RESOLVED, Sightings } from './sightings.ts';

/** Where packets are captured. */
export interface Point {
  /** `router:lan`, or a file's name. */
  name: string;
  /** Bytes captured of each packet at most; absent or 0 for no limit. */
  snaplen?: number;
}

/** How packets are paired, and who is told. */
export interface TraceOptions {
  /** How long a packet may take from its first point to its last, in nanoseconds (default: one second). */
  window?: number;
  /** Bytes kept of each packet, for `Path.batch`; 0 (the default) for none. */
  keep?: number;
  /** The points are given in the order of a path, which helps where no packet shows the order (default: true). */
  ordered?: boolean;
  /** `add` is told which records a filter takes (default: false, all are). */
  filtered?: boolean;
  /**
   * Called once for each packet, in the order of their first sightings as a rule, about one window after it. The object
   * is reused.
   */
  report?: (path: Path) => void;
}

const SECOND = 1e9;
/** Flags of TCP. */
const SYN = 2;
const RST = 4;
const SYN_ACK = 0x12;
const DEFAULT_WINDOW = SECOND;
export const MOST_POINTS = 250;
/** Groups of equal packets from this size on are resolved half a window at a time, not packet by packet. */
const LARGE_GROUP = 64;
/** Bytes of payload that are not equal by chance. */
const LEAST_PAYLOAD = 8;
/** Flows looked at for one that NAT made another of. */
const MOST_LOOKED_AT = 64;
/** Sightings looked at for the datagram that a segment is of. */
const MOST_LOOKED_BACK = 256;

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
  /** Records taken, by point. */
  readonly records: number[];
  /** Packets resolved before their window was over, because there were more than are kept. */
  early = 0;
  /** Nanoseconds that a packet is waited for. */
  readonly window: number;
  private readonly sightings = new Sightings();
  private readonly packet = new Identity();
  private readonly shared: Shared;
  private readonly resolver: Resolver;
  private readonly datagramSegments: DatagramSegments;
  private readonly isFiltered: boolean;
  /** By point: how much its clock is ahead, its skew, and the time that this is said of. */
  private readonly clocks: Float64Array;
  private isOneClock = true;
  private now = Number.NEGATIVE_INFINITY;
  /** The next sighting that the end of the window comes to. */
  private cursor = 0;

  constructor(points: readonly Point[], options: TraceOptions = {}) {
    if (points.length > MOST_POINTS) throw new RangeError(`at most ${MOST_POINTS} points`);
    const n = points.length;
    this.points = points;
    this.window = options.window ?? DEFAULT_WINDOW;
    this.isFiltered = options.filtered ?? false;
    this.flows = new Flows(n);
    this.hops = new Hops(n);
    this.records = new Array<number>(n).fill(0);
    this.clocks = new Float64Array(3 * n);
    this.shared = {
      sightings: this.sightings,
      flows: this.flows,
      hops: this.hops,
      routes: new Routes(n, options.ordered ?? true, this.flows, this.sightings),
      gaps: new CaptureGaps(n),
      drops: new DropLedger(this.window),
      proxies: new Proxies(this.flows, this.window),
      kept: new KeptBytes(options.keep ?? 0),
      window: this.window,
      namespaces: points.map(({ name }) => name.slice(0, Math.max(name.lastIndexOf(':'), 0))),
      report: options.report,
      firsts: new Float64Array(n).fill(Number.POSITIVE_INFINITY),
      lasts: new Float64Array(n).fill(Number.NEGATIVE_INFINITY),
      base: undefined,
      start: Number.POSITIVE_INFINITY,
      ended: false,
    };
    this.resolver = new Resolver(n, this.shared);
    this.datagramSegments = new DatagramSegments(this.sightings, this.flows, this.window);
    for (const { snaplen } of points) if (snaplen !== undefined) this.packet.limit(snaplen);
  }

  /** Packets (not sightings) so far; and of those, and of the parts that they were split into, by fate. */
  get packets(): number {
    return this.resolver.packets;
  }
  get complete(): number {
    return this.resolver.complete;
  }
  get lost(): number {
    return this.resolver.lost;
  }
  get unknown(): number {
    return this.resolver.unknown;
  }
  get duplicates(): number {
    return this.resolver.duplicates;
  }
  /** Packets of which it is not certain that they are these and no other, equal ones. */
  get ambiguous(): number {
    return this.resolver.ambiguous;
  }
  /** The time that sightings' times count from. */
  get base(): Moment | undefined {
    return this.shared.base;
  }

  /**
   * A point's clock is ahead of the others': by `offset` nanoseconds at time `at` (seconds since 1970), and by `skew`
   * more with each that passes. Before any record.
   */
  setClock(point: number, offset: number, skew = 0, at = 0): void {
    this.clocks[point * 3] = offset;
    this.clocks[point * 3 + 1] = skew;
    this.clocks[point * 3 + 2] = at;
    this.isOneClock = false;
  }

  /** A time that a point's clock showed, by the clock of all. */
  private corrected(point: number, seconds: number, nanoseconds: number): number {
    const { clocks } = this;
    const passed = (seconds - clocks[point * 3 + 2]) * SECOND + nanoseconds;
    return this.relative(seconds, nanoseconds) - clocks[point * 3] - clocks[point * 3 + 1] * passed;
  }

  /** All points capture from this time on. */
  begin(moment: Moment): void {
    const time = this.relative(moment.seconds, moment.nanoseconds);
    const { firsts } = this.shared;
    for (let point = 0; point < firsts.length; point++) firsts[point] = Math.min(firsts[point], time);
  }

  /** Every point captured until this time, and all that it captured was added. */
  advance(moment: Moment): void {
    const time = this.relative(moment.seconds, moment.nanoseconds);
    const { lasts } = this.shared;
    for (let point = 0; point < lasts.length; point++) lasts[point] = Math.max(lasts[point], time);
    if (time > this.now) this.now = time;
    this.settle(this.now - this.window);
    for (let point = 0; point < lasts.length; point++) this.resolver.wake(point, this.now);
    this.release();
  }

  /** The capture of a point dropped packets between two times: what was not seen there then is unknown. */
  captureLost(point: number, from: Moment, to: Moment, packets = 1): void {
    // The later one first: times count from the first that is met.
    const end = this.relative(to.seconds, to.nanoseconds);
    this.shared.gaps.add(point, this.relative(from.seconds, from.nanoseconds), end, packets);
  }

  /**
   * The clock of all points was set, from one time to another: what is under way is resolved now, and where it has not
   * arrived that is unknown, for what was stamped before and what was stamped behind cannot be compared.
   */
  clockSet(from: Moment, to: Moment): void {
    const { window, shared } = this;
    const before = this.relative(from.seconds, from.nanoseconds);
    const behind = this.relative(to.seconds, to.nanoseconds);
    for (let point = 0; point < this.points.length; point++) {
      for (const time of [before, behind]) shared.gaps.add(point, time - window, time + window, 0);
      shared.lasts[point] = behind;
    }
    this.resolveAll();
    this.now = behind;
  }

  /** Packets that the capture of a point dropped, as far as `captureLost` said so. */
  captureDropped(point: number): number {
    return this.shared.gaps.packets[point];
  }

  /** The kernel dropped a packet. */
  drop(event: DropEvent): void {
    const time = this.relative(event.time.seconds, event.time.nanoseconds);
    this.shared.drops.add(event, this.packet, time);
  }

  /**
   * Takes record `index` of a batch, which `point` captured. `frame`: its number there (default: counted). `isChosen`: a
   * packet is counted and reported where this is true of any of its records: behind NAT, or in a tunnel, a filter that is
   * meant for it takes it no longer.
   */
  add(point: number, batch: Batch, index: number, frame = 0, isChosen = true): void {
    this.meet(point, batch.seconds[index], batch.nanoseconds[index]);
    this.packet.place(batch, index);
    const i = this.pair(point, isChosen);
    const { sightings } = this;
    sightings.frame[i] = frame === 0 ? this.records[point] : frame;
    sightings.wire[i] = batch.wire[index];
    sightings.linkType[i] = batch.linkType[index];
    const { kept } = this.shared;
    if (kept.most === 0) return;
    if ((sightings.head[i] & sightings.mask) === i) {
      sightings.keptAt[i] = kept.keep(batch, index);
      sightings.kept[i] = Math.min(batch.captured[index], kept.most);
    } else sightings.kept[i] = 0;
  }

  /** Takes packets that another thread has read, with this secret; where no bytes are to be kept. */
  addRead(packets: ReadPackets, secret: number): void {
    const { packet, sightings } = this;
    packet.secret = secret;
    for (let k = 0; k < packets.count; k++) {
      const point = packets.point(k);
      this.meet(point, packets.seconds(k), packets.nanoseconds(k));
      packets.load(k, packet);
      const i = this.pair(point, true);
      sightings.frame[i] = packets.frame(k);
      sightings.wire[i] = packets.wire(k);
      sightings.linkType[i] = packets.linkType(k);
    }
  }

  /** A record was captured then, which `packet.time` has from now on: what is older than the window is resolved. */
  private meet(point: number, seconds: number, nanoseconds: number): void {
    const { shared, packet, resolver, sightings } = this;
    const time = this.isOneClock
      ? this.relative(seconds, nanoseconds)
      : this.corrected(point, seconds, nanoseconds);
    packet.time = time;
    this.records[point]++;
    if (time < shared.firsts[point]) shared.firsts[point] = time;
    if (time > shared.lasts[point]) shared.lasts[point] = time;
    if (time < shared.start) shared.start = time;
    if (time > this.now) {
      this.now = time;
      const due = this.cursor & sightings.mask;
      if (this.cursor !== sightings.end && sightings.time[due] <= time - this.window)
        this.settle(time - this.window);
    }
    if (resolver.isAwaited(point)) resolver.wake(point, time);
    if (sightings.full) this.release();
    if (sightings.full) this.makeRoom();
  }

  /** Takes the packet that was read. Returns its index among the sightings. */
  private pair(point: number, isChosen: boolean): number {
    const { packet, sightings } = this;
    const flow = packet.protocol === 0 ? -1 : this.flows.find(packet);
    const serial = sightings.take();
    const i = serial & sightings.mask;
    sightings.time[i] = packet.time;
    sightings.point[i] = point;
    sightings.flow[i] = flow;
    this.fill(i);
    if (isChosen) sightings.state[i] = CHOSEN;
    if (this.isFiltered && flow >= 0) this.flows.choose(flow, isChosen);
    this.join(serial, i);
    return i;
  }

  /** No more comes: what is left is resolved. */
  end(): void {
    this.settle(Number.POSITIVE_INFINITY);
    this.resolver.end();
    this.shared.ended = true;
    this.resolveAll();
  }

  private resolveAll(): void {
    const { sightings } = this;
    this.settle(Number.POSITIVE_INFINITY);
    for (let at = sightings.oldest; at !== sightings.end; at = following(at)) {
      const i = at & sightings.mask;
      if ((sightings.state[i] & RESOLVED) === 0)
        this.resolver.resolve(sightings.head[i], Number.POSITIVE_INFINITY, true);
    }
    this.release();
  }

  private relative(seconds: number, nanoseconds: number): number {
    this.shared.base ??= { seconds, nanoseconds: 0 };
    return (seconds - this.shared.base.seconds) * SECOND + nanoseconds;
  }

  /** Copies what identifies the packet, and what may change on its way. */
  private fill(i: number): void {
    const { packet, sightings } = this;
    sightings.kind[i] = packet.kind;
    sightings.traits[i] = packet.traits;
    sightings.state[i] = 0;
    sightings.sequence[i] = packet.sequence;
    sightings.length[i] = packet.length;
    const { headers } = packet;
    const to = i * HEADER_WORDS;
    for (let k = 0; k < HEADER_WORDS; k++) sightings.headers[to + k] = headers[k];
    sightings.segmented[i] = 0;
    sightings.whole[i] = sightings.partOffset[i] = sightings.latestPart[i] = -1;
    if (packet.kind === TCP_DATA && packet.length > sightings.longestSegment)
      sightings.longestSegment = packet.length;
    sightings.transmission[i] = packet.transmission;
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
    const { sightings, flows } = this;
    sightings.head[i] = sightings.tail[i] = serial;
    sightings.count[i] = 1;
    sightings.enterCoarse(serial);
    const flow = sightings.flow[i];
    if (flow < 0) return;
    const point = sightings.point[i];
    const root = flows.root(flow);
    if (sightings.kind[i] === TCP_DATA && this.packet.hashed >= LEAST_PAYLOAD)
      this.shared.proxies.note(
        root,
        point,
        sightings.payloadHash[i],
        sightings.time[i],
        sightings.sequence[i],
        this.packet.acknowledgment,
      );
    const handshake = sightings.tcpFlags(i) & SYN_ACK;
    if (handshake === SYN) flows.handshakes.asks(root, point);
    else if (handshake === SYN_ACK)
      flows.handshakes.answers(root, point, sightings.sequence[i], this.packet.acknowledgment);
    // What was cut otherwise before is found anew behind, and does not begin there.
    const kind = sightings.kind[i];
    if (kind === UDP && this.datagramSegments.find(serial, root, this.packet)) return;
    if (kind === FRAGMENT || (kind === TCP_DATA && flows.routes.origin(root) >= 0)) return;
    const isReset = (sightings.tcpFlags(i) & RST) !== 0;
    this.shared.routes.locate(this.packet, root, point, isReset);
    flows.routes.begins(root, point, isReset);
  }

  /** A packet is seen once more. */
  private append(head: number, serial: number, i: number): void {
    const { sightings, flows } = this;
    const { mask, point, time, flow, state } = sightings;
    const h = head & mask;
    const before = sightings.tail[h] & mask;
    sightings.head[i] = head;
    sightings.next[before] = serial;
    sightings.tail[h] = serial;
    sightings.count[h]++;
    if (sightings.kind[i] === UDP) this.datagramSegments.copy(h, serial, flows.root(flow[i]));
    if ((state[h] & REPEATED) === 0) {
      for (let at = head; at !== serial; at = sightings.next[at & mask])
        if (point[at & mask] === point[i]) state[h] |= REPEATED;
    }
    if (flow[i] < 0 || (state[h] & REPEATED) !== 0) return;
    if (flow[i] !== flow[before] && !this.link(before, i)) return;
    const root = flows.root(flow[i]);
    if (time[i] < time[before]) {
      this.learnLate(head, i, root);
      return;
    }
    // Clocks of one microsecond give the same time to several points.
    if (time[i] === time[before] && sightings.ttl(i) >= sightings.ttl(before)) return;
    flows.routes.learn(root, point[before], point[i]);
    if (flows.routes.overtaken(root, point[i], time, before)) state[i] |= REORDERED;
  }

  /** A sighting that was delivered later than others of its packet that came after it. */
  private learnLate(head: number, i: number, root: number): void {
    const { sightings, flows } = this;
    const { mask, time, point, next, count } = sightings;
    let before = -1;
    let behind = -1;
    for (let at = head, k = 1; k < count[head & mask]; at = next[at & mask], k++) {
      const j = at & mask;
      if (time[j] < time[i] && (before < 0 || time[j] > time[before])) before = j;
      if (time[j] > time[i] && (behind < 0 || time[j] < time[behind])) behind = j;
    }
    if (before >= 0) flows.routes.learn(root, point[before], point[i]);
    if (behind >= 0) flows.routes.learn(root, point[i], point[behind]);
  }

  /** Two sightings of one packet have different addresses: their flows are one, unless chance made the packets equal. */
  private link(before: number, i: number): boolean {
    const { flows, sightings } = this;
    const { flow, traits } = sightings;
    if (flows.root(flow[before]) === flows.root(flow[i])) return true;
    if (!flows.related(flow[before], flow[i]) && (traits[i] & HAS_TIMESTAMPS) === 0) return false;
    flows.link(flow[before], flow[i]);
    return true;
  }

  /** A flow begins with this datagram: is it one that NAT made of another, of which the same datagram was just seen? */
  private linkByPacket(i: number): void {
    const { sightings, flows } = this;
    const { mask, coarse, flow, point, time, payloadHash, state, kind } = sightings;
    let looked = 0;
    for (
      let at = sightings.latestCoarse(coarse[i]);
      sightings.holds(at) && looked < MOST_LOOKED_AT;
      at = sightings.olderCoarse[at & mask], looked++
    ) {
      const j = at & mask;
      if (coarse[j] !== coarse[i] || (state[j] & RESOLVED) !== 0 || flow[j] < 0) continue;
      if (payloadHash[j] !== payloadHash[i] || point[j] === point[i] || kind[j] === TCP_CONTROL) continue;
      if (time[i] - time[j] > this.window) continue;
      if (flow[j] >> 1 === flow[i] >> 1 || !flows.related(flow[j], flow[i])) continue;
      flows.link(flow[j], flow[i]);
      return;
    }
    if (kind[i] === UDP && this.packet.hashed >= HASHED) this.linkBySegment(i);
  }

  /** The same where NAT and offload came together: the datagram that this one is the first segment of. */
  private linkBySegment(i: number): void {
    const { sightings, flows } = this;
    const { mask, flow, point, time, payloadHash, length, state, kind, end } = sightings;
    for (let back = 2; back < MOST_LOOKED_BACK && sightings.holds((end - back) & 0x7fffffff); back++) {
      const j = (end - back) & mask;
      if (payloadHash[j] !== payloadHash[i] || kind[j] !== UDP || length[j] <= length[i]) continue;
      if (point[j] === point[i] || (state[j] & RESOLVED) !== 0 || time[i] - time[j] > this.window) continue;
      if (flow[j] >> 1 === flow[i] >> 1 || !flows.related(flow[j], flow[i])) continue;
      flows.link(flow[j], flow[i]);
      return;
    }
  }

  /** Resolves what is older than a time. */
  private settle(horizon: number): void {
    const { sightings } = this;
    const half = this.window / 2;
    while (this.cursor !== sightings.end) {
      const i = this.cursor & sightings.mask;
      if (sightings.time[i] > horizon) break;
      if ((sightings.state[i] & RESOLVED) === 0) {
        const head = sightings.head[i] & sightings.mask;
        const isLarge = sightings.count[head] > LARGE_GROUP && (sightings.state[head] & REPEATED) !== 0;
        if (isLarge && sightings.time[i] > horizon - half) break;
        this.resolver.resolve(sightings.head[i], horizon);
      }
      this.cursor = following(this.cursor);
    }
    this.release();
  }

  private release(): void {
    const { sightings } = this;
    let { oldest } = sightings;
    while (oldest !== this.cursor && (sightings.state[oldest & sightings.mask] & RESOLVED) !== 0)
      oldest = following(oldest);
    sightings.release(oldest);
  }

  /** The oldest are resolved before their time. */
  private makeRoom(): void {
    const { sightings } = this;
    const until = (sightings.oldest + (sightings.size >> 3)) & 0x7fffffff;
    const horizon = sightings.time[(until - 1) & sightings.mask];
    for (let at = sightings.oldest; at !== until; at = following(at)) {
      const i = at & sightings.mask;
      if ((sightings.state[i] & RESOLVED) === 0) {
        this.early++;
        this.resolver.resolve(sightings.head[i], horizon, true);
      }
      if (at === this.cursor) this.cursor = following(at);
    }
    this.release();
  }
}
