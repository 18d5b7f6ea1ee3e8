// Flows: what has the same addresses and ports, in both directions, linked across NAT; and the route that each takes.
import { mix, SECRET } from '../base/hash.ts';
import type { Identity } from './identity.ts';
import { CHANGED_DESTINATION, CHANGED_SOURCE } from './path.ts';

const FIRST_ROWS = 1 << 10;
/** Rows are given up beyond, those idle for longest first. */
const MOST_ROWS = 1 << 16;
/** Int32 cells of a row: addresses, ports, protocol and IP version. */
const SOURCE = 0;
const DESTINATION = 4;
const PORTS = 8;
const PROTOCOL = 9;
const HASH = 10;
const ROW_CELLS = 12;
/** Nanoseconds a flow is kept idle once rows are short. */
const IDLE = 10e9;
/** A value of `ended`. */
export const RENUMBERED = 2;

/**
 * Rows of flows. A flow is written `row * 2 + direction`, so that the other direction is `flow ^ 1`. Rows that NAT made
 * of one flow are linked: `root` gives the flow that stands for all of them, and the route is kept there.
 */
export class Flows {
  /** Rows ever made. */
  rows = 0;
  /** Did the last `find` make the row? */
  fresh = false;
  private readonly points: number;
  private capacity = FIRST_ROWS;
  private cells = new Int32Array(FIRST_ROWS * ROW_CELLS);
  /** Row * 2 + direction of the flow that a row's forward direction is one with; itself where it is the root. */
  private links = new Int32Array(FIRST_ROWS);
  private used = new Float64Array(FIRST_ROWS);
  private index = new Int32Array(FIRST_ROWS * 2);
  private mask = FIRST_ROWS * 2 - 1;
  private readonly free: number[] = [];
  /** By flow and point: the point that comes next + 1, and how sure that is. */
  private following: Uint8Array;
  private votes: Uint8Array;
  /** By flow: the point + 1 where its packets are seen first, and how sure that is. */
  private origins = new Uint8Array(FIRST_ROWS * 2);
  private originVotes = new Uint8Array(FIRST_ROWS * 2);
  /** By flow (a root): a middlebox ends the connection and sends its payload on; where with other sequence numbers, RENUMBERED. */
  ended = new Uint8Array(FIRST_ROWS * 2);
  /** By flow (a root): the SYN-ACK that was seen first, and the point + 1 where. */
  private synAckSequence = new Int32Array(FIRST_ROWS * 2);
  private synAckAcknowledgment = new Int32Array(FIRST_ROWS * 2);
  private synAckPoint = new Uint8Array(FIRST_ROWS * 2);
  /** By flow (a root): the point + 1 where its first SYN was seen first. */
  private synPoint = new Uint8Array(FIRST_ROWS * 2);
  /** By flow (a root): serial of the latest sighting of a new datagram, and of the longer one that segments were found of. */
  latestDatagram = new Int32Array(FIRST_ROWS * 2).fill(-1);
  latestSegmented = new Int32Array(FIRST_ROWS * 2).fill(-1);
  /** By flow: records seen and those that a filter took, of the flow alone; and of all that are linked (of a root). */
  private seen = new Uint32Array(FIRST_ROWS * 2);
  private taken = new Uint32Array(FIRST_ROWS * 2);
  private allSeen = new Uint32Array(FIRST_ROWS * 2);
  private allTaken = new Uint32Array(FIRST_ROWS * 2);
  /** By flow and point: packets that came, those lost behind it, the sum and the longest of the delays up to it. */
  packets: Uint32Array;
  lost: Uint32Array;
  delays: Float64Array;
  longest: Float64Array;
  /** By flow and point: when the latest of the packets that have come there had left the point before (RFC 4737). */
  departures: Float64Array;
  /** Called with a row before it is given up. */
  evicted: ((row: number) => void) | undefined;

  constructor(points: number) {
    this.points = points;
    const size = FIRST_ROWS * 2 * points;
    this.following = new Uint8Array(size);
    this.votes = new Uint8Array(size);
    this.packets = new Uint32Array(size);
    this.lost = new Uint32Array(size);
    this.delays = new Float64Array(size);
    this.longest = new Float64Array(size);
    this.departures = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
  }

  /** The flow of a packet, made where it is new; its direction is 1 where its source is the higher address or port. */
  find(packet: Identity, now: number): number {
    const { source, destination, sourcePort, destinationPort, protocol } = packet;
    const swapped = isSwapped(source, destination, sourcePort, destinationPort) ? 1 : 0;
    const low = swapped === 0 ? source : destination;
    const high = swapped === 0 ? destination : source;
    const ports = swapped === 0 ? (sourcePort << 16) | destinationPort : (destinationPort << 16) | sourcePort;
    const kind = (protocol << 1) | (packet.isIpv6 ? 1 : 0);
    let hash = mix(mix(SECRET, ports), kind);
    const words = packet.isIpv6 ? 4 : 1;
    for (let i = 0; i < words; i++) hash = mix(mix(hash, low[i]), high[i]);
    this.fresh = false;
    let slot = hash & this.mask;
    for (let row = this.index[slot] - 1; row >= 0; row = this.index[slot] - 1) {
      if (this.cells[row * ROW_CELLS + HASH] === hash && this.matches(row, low, high, ports, kind)) {
        this.used[row] = now;
        return row * 2 + swapped;
      }
      slot = (slot + 1) & this.mask;
    }
    return this.make(low, high, ports, kind, hash, now) * 2 + swapped;
  }

  private matches(row: number, low: Int32Array, high: Int32Array, ports: number, kind: number): boolean {
    const { cells } = this;
    const at = row * ROW_CELLS;
    if (cells[at + PORTS] !== ports || cells[at + PROTOCOL] !== kind) return false;
    for (let i = 0; i < 4; i++) {
      if (cells[at + SOURCE + i] !== low[i] || cells[at + DESTINATION + i] !== high[i]) return false;
    }
    return true;
  }

  private make(
    low: Int32Array,
    high: Int32Array,
    ports: number,
    kind: number,
    hash: number,
    now: number,
  ): number {
    this.fresh = true;
    if (this.free.length === 0 && this.rows >= MOST_ROWS) this.evict(now);
    const row = this.free.pop() ?? this.rows++;
    if (row === this.capacity) this.grow();
    const at = row * ROW_CELLS;
    this.cells.set(low, at + SOURCE);
    this.cells.set(high, at + DESTINATION);
    this.cells[at + PORTS] = ports;
    this.cells[at + PROTOCOL] = kind;
    this.cells[at + HASH] = hash;
    this.links[row] = row * 2;
    this.used[row] = now;
    this.enter(row);
    return row;
  }

  private enter(row: number): void {
    let slot = this.cells[row * ROW_CELLS + HASH] & this.mask;
    while (this.index[slot] !== 0) slot = (slot + 1) & this.mask;
    this.index[slot] = row + 1;
  }

  private grow(): void {
    const capacity = this.capacity * 2;
    const scale = <T extends { length: number; set(from: T): void }>(
      old: T,
      make: new (length: number) => T,
    ): T => {
      const grown = new make(old.length * 2);
      grown.set(old);
      return grown;
    };
    this.cells = scale(this.cells, Int32Array);
    this.links = scale(this.links, Int32Array);
    this.used = scale(this.used, Float64Array);
    this.following = scale(this.following, Uint8Array);
    this.votes = scale(this.votes, Uint8Array);
    this.origins = scale(this.origins, Uint8Array);
    this.originVotes = scale(this.originVotes, Uint8Array);
    const flows = this.latestDatagram.length;
    this.latestDatagram = scale(this.latestDatagram, Int32Array).fill(-1, flows);
    this.latestSegmented = scale(this.latestSegmented, Int32Array).fill(-1, flows);
    this.ended = scale(this.ended, Uint8Array);
    this.synAckSequence = scale(this.synAckSequence, Int32Array);
    this.synAckAcknowledgment = scale(this.synAckAcknowledgment, Int32Array);
    this.synAckPoint = scale(this.synAckPoint, Uint8Array);
    this.synPoint = scale(this.synPoint, Uint8Array);
    this.seen = scale(this.seen, Uint32Array);
    this.taken = scale(this.taken, Uint32Array);
    this.allSeen = scale(this.allSeen, Uint32Array);
    this.allTaken = scale(this.allTaken, Uint32Array);
    this.packets = scale(this.packets, Uint32Array);
    this.lost = scale(this.lost, Uint32Array);
    this.delays = scale(this.delays, Float64Array);
    this.longest = scale(this.longest, Float64Array);
    const filled = this.departures.length;
    this.departures = scale(this.departures, Float64Array);
    this.departures.fill(Number.NEGATIVE_INFINITY, filled);
    this.capacity = capacity;
    this.reindex();
  }

  private reindex(): void {
    this.mask = this.capacity * 2 - 1;
    this.index = new Int32Array(this.capacity * 2);
    const gone = new Set(this.free);
    for (let row = 0; row < this.rows; row++) if (!gone.has(row)) this.enter(row);
  }

  /** Gives up the flows that are idle, and if there are none, those that are older than the middle one. */
  private evict(now: number): void {
    const { used, links, rows } = this;
    const times = used.slice(0, rows).sort();
    const bound = Math.max(now - IDLE, times[rows >> 1]);
    // A root lives as long as one of its rows.
    for (let row = 0; row < rows; row++) {
      const root = this.root(row * 2) >> 1;
      if (used[root] < used[row]) used[root] = used[row];
    }
    for (let row = 0; row < rows; row++) {
      if (used[row] > bound || used[this.root(row * 2) >> 1] > bound) continue;
      this.evicted?.(row);
      this.free.push(row);
    }
    for (const row of this.free) this.clear(row);
    for (const row of this.free) links[row] = row * 2;
    this.reindex();
  }

  private clear(row: number): void {
    const from = row * 2 * this.points;
    const end = from + 2 * this.points;
    for (const column of [this.following, this.votes, this.packets, this.lost, this.delays, this.longest])
      column.fill(0, from, end);
    this.departures.fill(Number.NEGATIVE_INFINITY, from, end);
    this.origins.fill(0, row * 2, row * 2 + 2);
    this.ended.fill(0, row * 2, row * 2 + 2);
    this.synAckPoint.fill(0, row * 2, row * 2 + 2);
    this.synPoint.fill(0, row * 2, row * 2 + 2);
    this.latestDatagram.fill(-1, row * 2, row * 2 + 2);
    this.latestSegmented.fill(-1, row * 2, row * 2 + 2);
    for (const column of [this.originVotes, this.seen, this.taken, this.allSeen, this.allTaken])
      column.fill(0, row * 2, row * 2 + 2);
  }

  /** The flow that stands for this and all that NAT made of it. */
  root(flow: number): number {
    const { links } = this;
    for (;;) {
      const up = links[flow >> 1] ^ (flow & 1);
      if (up === flow) return flow;
      flow = up;
    }
  }

  /** Says that two flows are one: NAT turned one into the other. What is known of either's route is kept. */
  link(one: number, other: number): void {
    const a = this.root(one);
    const b = this.root(other);
    if (a >> 1 === b >> 1) return;
    this.links[b >> 1] = a ^ (b & 1);
    const { points } = this;
    for (let direction = 0; direction < 2; direction++) {
      const from = (b ^ direction) * points;
      const to = (a ^ direction) * points;
      this.allSeen[a ^ direction] += this.allSeen[b ^ direction];
      this.allTaken[a ^ direction] += this.allTaken[b ^ direction];
      this.ended[a ^ direction] |= this.ended[b ^ direction];
      for (let point = 0; point < points; point++) {
        const next = this.following[from + point];
        if (next !== 0) this.learn(a ^ direction, point, next - 1);
        this.packets[to + point] += this.packets[from + point];
        this.lost[to + point] += this.lost[from + point];
        this.delays[to + point] += this.delays[from + point];
        this.longest[to + point] = Math.max(this.longest[to + point], this.longest[from + point]);
      }
    }
  }

  /** Counts a record of a flow, which a filter takes or does not. */
  choose(flow: number, isTaken: boolean): void {
    const root = this.root(flow);
    this.seen[flow]++;
    this.allSeen[root]++;
    if (!isTaken) return;
    this.taken[flow]++;
    this.allTaken[root]++;
  }

  /**
   * Does a filter take nothing of this flow, but all of what NAT made of it elsewhere? Then it takes its packets as well:
   * it has only been written for other addresses.
   */
  isTakenElsewhere(flow: number): boolean {
    const root = this.root(flow);
    const taken = this.allTaken[root];
    return this.taken[flow] === 0 && taken > 0 && taken === this.allSeen[root] - this.seen[flow];
  }

  /** Do two flows have an address in common, as those have that one NAT rule made of each other? */
  related(one: number, other: number): boolean {
    const { cells } = this;
    const a = (one >> 1) * ROW_CELLS;
    const b = (other >> 1) * ROW_CELLS;
    return (
      cells[a + PROTOCOL] === cells[b + PROTOCOL] &&
      (this.sameAddress(this.sourceAt(one), this.sourceAt(other)) ||
        this.sameAddress(this.sourceAt(one ^ 1), this.sourceAt(other ^ 1)))
    );
  }

  private sameAddress(a: number, b: number): boolean {
    const { cells } = this;
    return (
      cells[a] === cells[b] &&
      cells[a + 1] === cells[b + 1] &&
      cells[a + 2] === cells[b + 2] &&
      cells[a + 3] === cells[b + 3]
    );
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

  /** A packet of a flow (a root) was seen at a point for the first time. */
  begins(root: number, point: number): void {
    if (this.origins[root] === point + 1) {
      if (this.originVotes[root] < 255) this.originVotes[root]++;
    } else if (this.originVotes[root] === 0) {
      this.origins[root] = point + 1;
      this.originVotes[root] = 1;
    } else this.originVotes[root]--;
  }

  /** How many packets of a flow (a root) its origin is known by; at most 255. */
  located(root: number): number {
    return this.originVotes[root];
  }

  /** A SYN without ACK of a flow (a root) is seen at a point for the first time. */
  asks(root: number, point: number): void {
    if (this.synPoint[root] === 0) this.synPoint[root] = point + 1;
  }

  /** Does a packet of a flow (a root) that was seen first at one point, and last at another, end at a middlebox there? */
  isEnded(root: number, first: number, last: number): boolean {
    if (this.ended[root] !== RENUMBERED) return this.ended[root] !== 0;
    if (this.synPoint[root] !== 0) return this.synPoint[root] === first + 1;
    return this.synPoint[root ^ 1] !== last + 1;
  }

  /**
   * A SYN-ACK of a flow (a root) is seen at a point for the first time. If another point was the first to see one that
   * acknowledges the same SYN with another sequence number, a middlebox stands in between: SYNPROXY, or one that renumbers.
   */
  answers(root: number, point: number, sequence: number, acknowledgment: number): void {
    const isSame = this.synAckPoint[root] !== 0 && this.synAckAcknowledgment[root] === acknowledgment;
    if (isSame && this.synAckSequence[root] !== sequence && this.synAckPoint[root] !== point + 1)
      this.ended[root] = this.ended[root ^ 1] = RENUMBERED;
    this.synAckPoint[root] = point + 1;
    this.synAckSequence[root] = sequence;
    this.synAckAcknowledgment[root] = acknowledgment;
  }

  /** A packet of a flow (a root) has come to a point, after this time. */
  came(root: number, point: number, delay: number): void {
    const at = root * this.points + point;
    this.packets[at]++;
    this.delays[at] += delay;
    if (delay > this.longest[at]) this.longest[at] = delay;
  }

  /** A packet of a flow (a root) was lost behind a point. */
  lose(root: number, point: number): void {
    this.lost[root * this.points + point]++;
  }

  /**
   * A packet of a flow (a root) comes to a point; it had left the one before at this time. Has one come already that left
   * later (RFC 4737, 3.3)?
   */
  overtaken(root: number, point: number, departure: number): boolean {
    const at = root * this.points + point;
    if (departure < this.departures[at]) return true;
    this.departures[at] = departure;
    return false;
  }

  /** When the latest of a flow's packets (of a root) that have come to a point had left the one before. */
  departure(root: number, point: number): number {
    return this.departures[root * this.points + point];
  }

  /** Which of its ends differ between two flows: CHANGED_SOURCE and CHANGED_DESTINATION. */
  changes(one: number, other: number): number {
    if (one < 0 || other < 0) return 0;
    const portsA = this.portsOf(one);
    const portsB = this.portsOf(other);
    return (
      (portsA >>> 16 === portsB >>> 16 && this.sameAddress(this.sourceAt(one), this.sourceAt(other))
        ? 0
        : CHANGED_SOURCE) |
      ((portsA & 0xffff) === (portsB & 0xffff) &&
      this.sameAddress(this.sourceAt(one ^ 1), this.sourceAt(other ^ 1))
        ? 0
        : CHANGED_DESTINATION)
    );
  }

  /** Where the address of a flow's sender lies in `cells`. */
  private sourceAt(flow: number): number {
    return (flow >> 1) * ROW_CELLS + ((flow & 1) === 0 ? SOURCE : DESTINATION);
  }

  /** Source << 16 | destination. */
  private portsOf(flow: number): number {
    const ports = this.cells[(flow >> 1) * ROW_CELLS + PORTS];
    return (flow & 1) === 0 ? ports : (ports << 16) | (ports >>> 16);
  }

  /** Copies the four words of the address that a flow goes to. */
  copyDestination(flow: number, words: Int32Array): void {
    const at = this.sourceAt(flow ^ 1);
    for (let i = 0; i < 4; i++) words[i] = this.cells[at + i];
  }

  /** A packet of a flow (a root) was seen at a point, and then at another. */
  learn(root: number, point: number, next: number): void {
    const at = root * this.points + point;
    const known = this.following[at] - 1;
    if (known === next) {
      if (this.votes[at] < 255) this.votes[at]++;
    } else if (known < 0 || this.leads(root, next, known)) {
      // The first that is heard of, or a point in between that others did not see.
      this.following[at] = next + 1;
      this.votes[at] = 1;
    } else if (this.leads(root, known, next)) {
      // It was not seen in between.
    } else if (--this.votes[at] <= 0) {
      this.following[at] = next + 1;
      this.votes[at] = 1;
    }
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

  /** Addresses and ports of a flow: twelve words of `cells` from `row * 12` on, low end first. For reports. */
  endpoints(flow: number): {
    source: Int32Array;
    destination: Int32Array;
    sourcePort: number;
    destinationPort: number;
    protocol: number;
    isIpv6: boolean;
  } {
    const at = (flow >> 1) * ROW_CELLS;
    const low = this.cells.slice(at + SOURCE, at + SOURCE + 4);
    const high = this.cells.slice(at + DESTINATION, at + DESTINATION + 4);
    const ports = this.cells[at + PORTS];
    const kind = this.cells[at + PROTOCOL];
    const forward = (flow & 1) === 0;
    return {
      source: forward ? low : high,
      destination: forward ? high : low,
      sourcePort: forward ? ports >>> 16 : ports & 0xffff,
      destinationPort: forward ? ports & 0xffff : ports >>> 16,
      protocol: kind >> 1,
      isIpv6: (kind & 1) !== 0,
    };
  }

  /** Rows that are roots, those given up left out. */
  roots(): number[] {
    const gone = new Set(this.free);
    const found: number[] = [];
    for (let row = 0; row < this.rows; row++)
      if (this.links[row] === row * 2 && !gone.has(row)) found.push(row);
    return found;
  }
}

function isSwapped(
  source: Int32Array,
  destination: Int32Array,
  sourcePort: number,
  destinationPort: number,
): boolean {
  for (let i = 0; i < 4; i++) {
    if (source[i] !== destination[i]) return source[i] > destination[i];
  }
  return sourcePort > destinationPort;
}
