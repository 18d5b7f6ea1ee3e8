// The route of each flow: where its packets are seen first and next, with losses and delays from point to point.
import { doubled } from './columns.ts';

/**
 * What is known of the way of each flow, a root in flows.ts: of each direction by itself, so `root ^ 1` is that of the
 * replies.
 */
export class FlowRoutes {
  private readonly points: number;
  /** By flow and point: the point that comes next + 1, and how sure that is. */
  private following: Uint8Array;
  private votes: Uint8Array;
  /** By flow: the point + 1 where its packets are seen first, and how sure that is. */
  private origins: Uint8Array;
  private originVotes: Uint8Array;
  /** By flow: when a packet of it was last seen first elsewhere. */
  private doubts: Float64Array;
  /** By flow: whether all its packets that were seen first somewhere are resets. */
  private resetting: Uint8Array;
  /** By flow and point: packets that arrived, those lost after it, the sum and the longest of the delays up to it. */
  packets: Uint32Array;
  lost: Uint32Array;
  delays: Float64Array;
  longest: Float64Array;
  /** By flow and point: when the latest of the packets that have come there had left the point before (RFC 4737). */
  departures: Float64Array;

  /** By row, for both of its directions: changes of `following` and of `origins`. */
  private changes: Uint32Array;

  /** @param flows how many there is room for at first */
  constructor(points: number, flows: number) {
    this.points = points;
    this.changes = new Uint32Array(flows / 2);
    const size = flows * points;
    this.following = new Uint8Array(size);
    this.votes = new Uint8Array(size);
    this.origins = new Uint8Array(flows);
    this.originVotes = new Uint8Array(flows);
    this.doubts = new Float64Array(flows).fill(Number.NEGATIVE_INFINITY);
    this.resetting = new Uint8Array(flows);
    this.packets = new Uint32Array(size);
    this.lost = new Uint32Array(size);
    this.delays = new Float64Array(size);
    this.longest = new Float64Array(size);
    this.departures = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
  }

  /** Makes room for twice as many flows. */
  grow(): void {
    this.changes = doubled(this.changes);
    this.following = doubled(this.following);
    this.votes = doubled(this.votes);
    this.origins = doubled(this.origins);
    this.originVotes = doubled(this.originVotes);
    this.doubts = doubled(this.doubts, Number.NEGATIVE_INFINITY);
    this.resetting = doubled(this.resetting);
    this.packets = doubled(this.packets);
    this.lost = doubled(this.lost);
    this.delays = doubled(this.delays);
    this.longest = doubled(this.longest);
    this.departures = doubled(this.departures, Number.NEGATIVE_INFINITY);
  }

  /** Forgets a flow, the row of which is released. */
  clear(flow: number): void {
    const { points } = this;
    const [from, end] = [flow * points, (flow + 1) * points];
    for (const column of [this.following, this.votes, this.packets, this.lost, this.delays, this.longest])
      column.fill(0, from, end);
    this.departures.fill(Number.NEGATIVE_INFINITY, from, end);
    this.origins[flow] = this.originVotes[flow] = this.resetting[flow] = 0;
    this.doubts[flow] = Number.NEGATIVE_INFINITY;
    this.changes[flow >> 1]++;
  }

  /** Grows with all that is learned of the route of a flow (a root), or of its replies. */
  learned(root: number): number {
    return this.changes[root >> 1];
  }

  /** One flow turned out to be another: its known route is kept for the latter. */
  merge(one: number, other: number): void {
    const { points } = this;
    for (let point = 0, from = one * points, to = other * points; point < points; point++, from++, to++) {
      const next = this.following[from];
      if (next !== 0) this.learn(other, point, next - 1);
      this.packets[to] += this.packets[from];
      this.lost[to] += this.lost[from];
      this.delays[to] += this.delays[from];
      this.longest[to] = Math.max(this.longest[to], this.longest[from]);
    }
  }

  /** Where packets of a flow (a root) go from a point, as far as that was seen; -1 where it was not. */
  next(root: number, point: number): number {
    return this.following[root * this.points + point] - 1;
  }

  /** The point that a flow's packets (of a root) come from when they come to a point; -1 where that is not known. */
  before(root: number, point: number): number {
    const { following, points } = this;
    for (let from = 0, at = root * points; from < points; from++, at++)
      if (following[at] === point + 1) return from;
    return -1;
  }

  /** The point where a flow's packets are seen first; -1 where that is not known. */
  origin(root: number): number {
    return this.origins[root] - 1;
  }

  /**
   * A packet of a flow (a root), a reset or another, was seen at a point for the first time. `lasts`: by point, when it
   * captured something last. An origin that captures nothing any more has ended before the others: its flows have not moved.
   */
  begins(root: number, point: number, isReset: boolean, time: number, lasts: Float64Array): void {
    if (!isReset && this.resetting[root] !== 0) {
      this.resetting[root] = 0;
      this.changes[root >> 1]++;
    } else if (isReset && this.origins[root] === 0) this.resetting[root] = 1;
    if (this.origins[root] === point + 1) {
      if (this.originVotes[root] < 255) this.originVotes[root]++;
    } else if (this.originVotes[root] === 0) {
      this.origins[root] = point + 1;
      this.originVotes[root] = 1;
      this.changes[root >> 1]++;
    } else if (lasts[this.origins[root] - 1] > this.doubts[root]) {
      this.originVotes[root]--;
      this.doubts[root] = time;
    }
  }

  /** Has a flow (a root) nothing but resets? Firewalls send these as well, on behalf of the hosts they protect. */
  onlyResets(root: number): boolean {
    return this.resetting[root] !== 0;
  }

  /** How many packets of a flow (a root) its origin is known by; at most 255. */
  located(root: number): number {
    return this.originVotes[root];
  }

  /** A packet of a flow (a root) was seen at a point, and then at another. */
  learn(root: number, point: number, next: number): void {
    const at = root * this.points + point;
    const known = this.following[at] - 1;
    if (known === next) {
      if (this.votes[at] < 255) this.votes[at]++;
    } else if (known < 0 || this.leads(root, next, known)) {
      // The first known, or a point in between that others did not see.
      this.follow(root, at, next);
    } else if (this.leads(root, known, next)) {
      // It was not seen in between.
    } else if (--this.votes[at] <= 0) this.follow(root, at, next);
  }

  private follow(root: number, at: number, next: number): void {
    this.following[at] = next + 1;
    this.votes[at] = 1;
    this.changes[root >> 1]++;
  }

  /** Does the route lead from one point to another? */
  leads(root: number, from: number, to: number): boolean {
    const { following, points } = this;
    for (let steps = 0, at = from; steps < points; steps++) {
      at = following[root * points + at] - 1;
      if (at === to) return true;
      if (at < 0) return false;
    }
    return false;
  }

  /** Does the route, or that of the replies, as far as they are known, lead a packet from one point to another? */
  precedes(root: number, from: number, to: number): boolean {
    return this.leads(root, from, to) || (!this.leads(root, to, from) && this.leads(root ^ 1, to, from));
  }

  /** A packet of a flow (a root) has come to a point, after this time. */
  came(root: number, point: number, delay: number): void {
    const at = root * this.points + point;
    this.packets[at]++;
    this.delays[at] += delay;
    if (delay > this.longest[at]) this.longest[at] = delay;
  }

  /** A packet of a flow (a root) was lost after a point. */
  lose(root: number, point: number): void {
    this.lost[root * this.points + point]++;
  }

  /**
   * A packet of a flow (a root) comes to a point; it had left the one before at the time of `before`. Has one come already that left
   * later (RFC 4737, 3.3)?
   */
  overtaken(root: number, point: number, times: Float64Array, before: number): boolean {
    const at = root * this.points + point;
    const departure = times[before];
    if (departure < this.departures[at]) return true;
    this.departures[at] = departure;
    return false;
  }

  /** When the latest of a flow's packets (of a root) that have come to a point had left the one before. */
  departure(root: number, point: number): number {
    return this.departures[root * this.points + point];
  }
}
