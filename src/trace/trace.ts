// Pairs packets from point to point: batches in, the fate of each packet out.
import type { Batch } from '../base/batch.ts';
import type { Moment } from '../base/interface.ts';
import type { DropEvent } from '../drops/event.ts';
import { CaptureGaps } from './capture-gaps.ts';
import { DropLedger } from './drop-ledger.ts';
import { Flows } from './flows.ts';
import { Hops } from './hops.ts';
import { Identity } from './identity.ts';
import { KeptBytes } from './kept-bytes.ts';
import { Pairing } from './pairing.ts';
import type { Path } from './path.ts';
import { PointClocks } from './point-clocks.ts';
import { Proxies } from './proxies.ts';
import type { ReadPackets } from './read-packets.ts';
import { Resolver } from './resolver.ts';
import { Routes } from './routes.ts';
import type { Shared } from './shared.ts';
import { Sightings } from './sightings.ts';
import { SlidingWindow } from './sliding-window.ts';

/** Where packets are captured. */
export interface Point {
  /** `router:lan`, or a file's name. */
  name: string;
  /** Bytes captured of each packet at most; absent or 0 for no limit. */
  snaplen?: number;
}

/** How packets are paired, and where they are reported. */
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

const DEFAULT_WINDOW = 1e9;
const MOST_POINTS = 250;

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
  /** Nanoseconds that a packet is waited for. */
  readonly window: number;
  private readonly sightings = new Sightings();
  private readonly packet = new Identity();
  private readonly shared: Shared;
  private readonly resolver: Resolver;
  private readonly clocks: PointClocks;
  private readonly pairing: Pairing;
  private readonly pending: SlidingWindow;

  constructor(points: readonly Point[], options: TraceOptions = {}) {
    if (points.length > MOST_POINTS) throw new RangeError(`at most ${MOST_POINTS} points`);
    const n = points.length;
    this.points = points;
    this.window = options.window ?? DEFAULT_WINDOW;
    this.flows = new Flows(n);
    this.hops = new Hops(n);
    this.records = new Array<number>(n).fill(0);
    this.clocks = new PointClocks(n);
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
      clocks: this.clocks,
      start: Number.POSITIVE_INFINITY,
      ended: false,
    };
    this.resolver = new Resolver(n, this.shared);
    this.pairing = new Pairing(this.shared, this.packet, options.filtered ?? false);
    this.pending = new SlidingWindow(this.sightings, this.resolver, this.window);
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
  /** Packets that may have been confused with equal ones. */
  get ambiguous(): number {
    return this.resolver.ambiguous;
  }
  /** Packets resolved before their window was over, because there were more than are kept. */
  get early(): number {
    return this.pending.early;
  }
  /** The time that sightings' times count from. */
  get base(): Moment | undefined {
    return this.clocks.base;
  }

  /**
   * A point's clock is ahead of the others': by `offset` nanoseconds at time `at` (seconds since 1970), and by `skew`
   * more with each that passes. Before any record.
   */
  setClock(point: number, offset: number, skew = 0, at = 0): void {
    this.clocks.set(point, offset, skew, at);
  }

  /** All points capture from this time on. */
  begin(moment: Moment): void {
    const time = this.relative(moment);
    const { firsts } = this.shared;
    for (let point = 0; point < firsts.length; point++) firsts[point] = Math.min(firsts[point], time);
  }

  /** Every point captured until this time, and all that it captured was added. */
  advance(moment: Moment): void {
    const time = this.relative(moment);
    const { lasts } = this.shared;
    for (let point = 0; point < lasts.length; point++) lasts[point] = Math.max(lasts[point], time);
    const now = this.pending.advance(time);
    for (let point = 0; point < lasts.length; point++) this.resolver.wake(point, now);
    this.pending.release();
  }

  /** The capture of a point dropped packets between two times: what was not seen there then is unknown. */
  captureLost(point: number, from: Moment, to: Moment, packets = 1): void {
    // The later one first: times count from the first one seen.
    const end = this.relative(to);
    this.shared.gaps.add(point, this.relative(from), end, packets);
  }

  /**
   * The clock of all points was set, from one time to another: what is under way is resolved now, and where it has not
   * arrived that is unknown, for time stamps from before and after cannot be compared.
   */
  clockSet(from: Moment, to: Moment): void {
    const { window, shared } = this;
    const before = this.relative(from);
    const behind = this.relative(to);
    for (let point = 0; point < this.points.length; point++) {
      for (const time of [before, behind]) shared.gaps.add(point, time - window, time + window, 0);
      shared.lasts[point] = behind;
    }
    this.pending.restart(behind);
  }

  /** Packets that the capture of a point dropped, as far as `captureLost` said so. */
  captureDropped(point: number): number {
    return this.shared.gaps.packets[point];
  }

  /** The kernel dropped a packet. */
  drop(event: DropEvent): void {
    const time = this.relative(event.time);
    this.shared.drops.add(event, this.packet, time);
  }

  /**
   * Takes record `index` of a batch, which `point` captured. `frame`: its number there (default: counted). `isChosen`: a
   * packet is counted and reported where this is true of any of its records: behind NAT, or in a tunnel, a filter that is
   * meant for it no longer matches.
   */
  add(point: number, batch: Batch, index: number, frame = 0, isChosen = true): void {
    this.packet.time = this.meet(point, batch.seconds[index], batch.nanoseconds[index]);
    this.packet.place(batch, index);
    this.pending.ensureRoom(1);
    this.sightings.prepare(1);
    const i = this.pairing.take(point, isChosen);
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

  /** Takes packets that another thread has read, with this secret; where no bytes are to be kept, and all records come so. */
  addRead(packets: ReadPackets, secret: number): void {
    const { pairing, sightings } = this;
    const { count, point, seconds, nanoseconds } = packets;
    this.packet.secret = secret;
    this.pending.ensureRoom(count);
    sightings.prepare(count);
    packets.copyTo(sightings);
    for (let k = 0; k < count; k++)
      pairing.takeRead(packets, k, this.meet(point[k], seconds[k], nanoseconds[k]));
  }

  /** A record was captured then: what is older than the window is resolved. Returns its time on the common clock. */
  private meet(point: number, seconds: number, nanoseconds: number): number {
    const { shared, resolver } = this;
    const time = this.clocks.corrected(point, seconds, nanoseconds);
    this.records[point]++;
    if (time < shared.firsts[point]) shared.firsts[point] = time;
    if (time > shared.lasts[point]) shared.lasts[point] = time;
    if (time < shared.start) shared.start = time;
    this.pending.meet(time);
    if (resolver.isAwaited(point)) resolver.wake(point, time);
    return time;
  }

  /** No more records come: the remaining packets are resolved. */
  end(): void {
    this.pending.settle(Number.POSITIVE_INFINITY);
    this.resolver.end();
    this.shared.ended = true;
    this.pending.resolveAll();
  }

  private relative({ seconds, nanoseconds }: Moment): number {
    return this.clocks.relative(seconds, nanoseconds);
  }
}
