// Flows: packets with the same addresses and ports, in both directions, linked across NAT.
import { doubled } from './columns.ts';
import { FLOW_KEY_WORDS, HASH, HIGH, isSameFlow, KIND, LOW, PORTS, SWAPPED } from './flow-key.ts';
import { FlowRoutes } from './flow-routes.ts';
import { Handshakes } from './handshakes.ts';
import { CHANGED_DESTINATION, CHANGED_SOURCE } from './path.ts';

const FIRST_ROWS = 1 << 10;
/** Beyond this, rows are released, those idle for longest first. */
const MOST_ROWS = 1 << 16;
/** Nanoseconds an idle flow is kept once rows are short. */
const IDLE = 10e9;

/**
 * Rows of flows. A flow is written `row * 2 + direction`, so that the other direction is `flow ^ 1`. Rows that NAT made
 * of one flow are linked: `root` gives the flow that represents all of them; it holds the route and the handshake.
 */
export class Flows {
  /** Rows ever made. */
  rows = 0;
  /** Did the last `find` make the row? */
  fresh = false;
  /** Where the packets of each go. */
  readonly routes: FlowRoutes;
  /** How its connection was opened. */
  readonly handshakes = new Handshakes(FIRST_ROWS * 2);
  private capacity = FIRST_ROWS;
  private cells = new Int32Array(FIRST_ROWS * FLOW_KEY_WORDS);
  /** Row * 2 + direction of the flow that a row's forward direction is one with; itself where it is the root. */
  private links = new Int32Array(FIRST_ROWS);
  private used = new Float64Array(FIRST_ROWS);
  private index = new Int32Array(FIRST_ROWS * 2);
  private mask = FIRST_ROWS * 2 - 1;
  private readonly free: number[] = [];
  /** By flow (a root): serial of the latest sighting of a new datagram, and of the longer one that segments were found of. */
  latestDatagram = new Int32Array(FIRST_ROWS * 2).fill(-1);
  latestSegmented = new Int32Array(FIRST_ROWS * 2).fill(-1);
  /** By flow: records seen and those that a filter took, of the flow alone; and of all that are linked (of a root). */
  private seen = new Uint32Array(FIRST_ROWS * 2);
  private taken = new Uint32Array(FIRST_ROWS * 2);
  private allSeen = new Uint32Array(FIRST_ROWS * 2);
  private allTaken = new Uint32Array(FIRST_ROWS * 2);
  /** Called with a row before it is given up. */
  evicted: ((row: number) => void) | undefined;

  constructor(points: number) {
    this.routes = new FlowRoutes(points, FIRST_ROWS * 2);
  }

  /**
   * The flow of a packet with this key (flow-key.ts) from `at` on, made where it is new; its direction is 1 where its
   * source is the higher address or port. `now`: when the packet was seen.
   */
  find(keys: Int32Array, at: number, now: number): number {
    const { cells, index, mask } = this;
    const hash = keys[at + HASH];
    this.fresh = false;
    let slot = hash & mask;
    for (let row = index[slot] - 1; row >= 0; row = index[slot] - 1) {
      const cell = row * FLOW_KEY_WORDS;
      if (cells[cell + HASH] === hash && isSameFlow(cells, cell, keys, at)) {
        this.used[row] = now;
        return row * 2 + keys[at + SWAPPED];
      }
      slot = (slot + 1) & mask;
    }
    return this.make(keys, at, now) * 2 + keys[at + SWAPPED];
  }

  private make(keys: Int32Array, at: number, now: number): number {
    this.fresh = true;
    if (this.free.length === 0 && this.rows >= MOST_ROWS) this.evict(now);
    const row = this.free.pop() ?? this.rows++;
    if (row === this.capacity) this.grow();
    this.cells.set(keys.subarray(at, at + FLOW_KEY_WORDS), row * FLOW_KEY_WORDS);
    this.links[row] = row * 2;
    this.used[row] = now;
    this.enter(row);
    return row;
  }

  private enter(row: number): void {
    let slot = this.cells[row * FLOW_KEY_WORDS + HASH] & this.mask;
    while (this.index[slot] !== 0) slot = (slot + 1) & this.mask;
    this.index[slot] = row + 1;
  }

  private grow(): void {
    this.cells = doubled(this.cells);
    this.links = doubled(this.links);
    this.used = doubled(this.used);
    this.latestDatagram = doubled(this.latestDatagram, -1);
    this.latestSegmented = doubled(this.latestSegmented, -1);
    this.seen = doubled(this.seen);
    this.taken = doubled(this.taken);
    this.allSeen = doubled(this.allSeen);
    this.allTaken = doubled(this.allTaken);
    this.routes.grow();
    this.handshakes.grow();
    this.capacity *= 2;
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
    for (let flow = row * 2; flow < row * 2 + 2; flow++) {
      this.routes.clear(flow);
      this.handshakes.clear(flow);
      this.latestDatagram[flow] = this.latestSegmented[flow] = -1;
      this.seen[flow] = this.taken[flow] = this.allSeen[flow] = this.allTaken[flow] = 0;
    }
  }

  /** The flow that represents this one and all that NAT made of it. */
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
    for (let direction = 0; direction < 2; direction++) {
      const [from, to] = [b ^ direction, a ^ direction];
      this.allSeen[to] += this.allSeen[from];
      this.allTaken[to] += this.allTaken[from];
      this.routes.merge(from, to);
      this.handshakes.merge(from, to);
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

  /** Do two flows have an address in common, as flows before and after one NAT rule do? */
  related(one: number, other: number): boolean {
    const { cells } = this;
    const a = (one >> 1) * FLOW_KEY_WORDS;
    const b = (other >> 1) * FLOW_KEY_WORDS;
    return (
      cells[a + KIND] === cells[b + KIND] &&
      (this.sameAddress(this.sourceAt(one), this.sourceAt(other)) ||
        this.sameAddress(this.sourceAt(one ^ 1), this.sourceAt(other ^ 1)))
    );
  }

  isSameProtocol(one: number, other: number): boolean {
    const { cells } = this;
    return cells[(one >> 1) * FLOW_KEY_WORDS + KIND] === cells[(other >> 1) * FLOW_KEY_WORDS + KIND];
  }

  /** Have the senders of two flows the same port (or echoes the same identifier)? */
  hasSamePort(one: number, other: number): boolean {
    return this.portsOf(one) >>> 16 === this.portsOf(other) >>> 16;
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
    return (flow >> 1) * FLOW_KEY_WORDS + ((flow & 1) === 0 ? LOW : HIGH);
  }

  /** Source << 16 | destination. */
  private portsOf(flow: number): number {
    const ports = this.cells[(flow >> 1) * FLOW_KEY_WORDS + PORTS];
    return (flow & 1) === 0 ? ports : (ports << 16) | (ports >>> 16);
  }

  /** Copies the four words of the address that a flow goes to. */
  copyDestination(flow: number, words: Int32Array): void {
    const at = this.sourceAt(flow ^ 1);
    for (let i = 0; i < 4; i++) words[i] = this.cells[at + i];
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
    const at = (flow >> 1) * FLOW_KEY_WORDS;
    const low = this.cells.slice(at + LOW, at + LOW + 4);
    const high = this.cells.slice(at + HIGH, at + HIGH + 4);
    const ports = this.cells[at + PORTS];
    const kind = this.cells[at + KIND];
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
