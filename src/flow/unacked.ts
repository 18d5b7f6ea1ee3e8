// Segments sent and not acknowledged so far, a list for each direction of a connection, all in one pool.
import { after, before } from '../base/sequence.ts';
import * as cell from './connection.ts';
import type { Duration } from './duration.ts';

/** A list holds at most this many; what is sent beyond is not remembered. */
export const UNACKED_LIMIT = 10_000;
/** All lists together, 32 bytes each. */
const POOL_LIMIT = 1 << 22;
/** Below this, comparing sequence numbers is an order; a list that spans more is searched from end to end. */
const NEAR = 1 << 30;

/** Segments of a list that are looked through for one. */
const SEARCHED = 256;

// Cells of a node.
const STRIDE = 8;
const BEGIN = 0;
const END = 1;
const FRAME = 2;
const SECONDS = 3;
const NANOSECONDS = 4;
const OLDER = 5;
const NEWER = 6;
const PLACE = 7;

/**
 * Doubly linked lists, newest segment first. The cells of a direction (connection.ts) hold the ends of its list and
 * what is known of it: while it is ORDERED, which it is unless something was sent again, an ACK touches only what it
 * acknowledges, and the bytes in flight are known from both ends.
 */
export class UnackedPool {
  private nodes = new Int32Array(STRIDE * 1024);
  /** Node 0 stands for none. */
  private used = STRIDE;
  private free = 0;
  /** Segments that ended where the last ACK did: with more than one, its round-trip time may be that of any. */
  matches = 0;

  /** Appends a segment to the list of the direction at `side`; the time is that in seconds and nanoseconds. */
  push(
    cells: Int32Array,
    side: number,
    begin: number,
    end: number,
    frame: number,
    s: number,
    ns: number,
  ): void {
    const node = this.take();
    if (node === 0) return;
    const nodes = this.nodes;
    nodes[node + BEGIN] = begin;
    nodes[node + END] = end;
    nodes[node + FRAME] = frame;
    nodes[node + SECONDS] = s;
    nodes[node + NANOSECONDS] = ns;
    nodes[node + PLACE] = cells[side + cell.PACKETS];
    const newest = cells[side + cell.NEWEST];
    nodes[node + OLDER] = newest;
    nodes[node + NEWER] = 0;
    cells[side + cell.NEWEST] = node;
    cells[side + cell.UNACKED]++;
    if (newest === 0) {
      cells[side + cell.OLDEST] = node;
      cells[side + cell.STATUS] = (cells[side + cell.STATUS] | cell.ORDERED) & ~cell.RANGE_KNOWN;
      return;
    }
    nodes[newest + NEWER] = node;
    const status = cells[side + cell.STATUS];
    if ((status & cell.ORDERED) !== 0) {
      const gap = (begin - nodes[newest + END]) | 0;
      const span = (end - nodes[cells[side + cell.OLDEST] + BEGIN]) >>> 0;
      const ordered = gap >= 0 && gap <= NEAR && span <= NEAR;
      cells[side + cell.STATUS] = status & ~(ordered ? cell.RANGE_KNOWN : cell.ORDERED | cell.RANGE_KNOWN);
    } else if ((status & cell.RANGE_KNOWN) !== 0) this.widen(cells, side, node);
  }

  /** When and in which frame the oldest segment of the list was sent: its frame, and into `since` the time to now. */
  oldest(cells: Int32Array, side: number, s: number, ns: number, since: Duration): number {
    const node = cells[side + cell.OLDEST];
    since.between(this.nodes[node + SECONDS], this.nodes[node + NANOSECONDS], s, ns);
    return this.nodes[node + FRAME];
  }

  /** Packets its direction had sent before the oldest segment that begins at `begin`; -1 where it is not near the end. */
  place(cells: Int32Array, side: number, begin: number): number {
    let node = cells[side + cell.OLDEST];
    for (let i = 0; i < SEARCHED && node !== 0; i++) {
      if (this.nodes[node + BEGIN] === begin) return this.nodes[node + PLACE];
      node = this.nodes[node + NEWER];
    }
    return -1;
  }

  /**
   * Takes what `ack` acknowledges from the list at `side`. Where it acknowledges exactly up to the end of a segment,
   * returns that segment's frame and sets `rtt` to the time since it; otherwise returns 0.
   */
  acknowledge(cells: Int32Array, side: number, ack: number, s: number, ns: number, rtt: Duration): number {
    const oldest = cells[side + cell.OLDEST];
    if (oldest === 0) return 0;
    const status = cells[side + cell.STATUS];
    if ((status & cell.ORDERED) !== 0) {
      const ahead = (ack - this.nodes[oldest + BEGIN]) | 0;
      if (ahead <= 0 && ahead > -NEAR) return 0;
      if (ahead > 0 && ahead < NEAR) return this.acknowledgeOrdered(cells, side, ack, s, ns, rtt);
    } else if ((status & cell.RANGE_KNOWN) !== 0) {
      const lowest = (cells[side + cell.BASE] + cells[side + cell.LOWEST]) | 0;
      const span = (cells[side + cell.HIGHEST] - cells[side + cell.LOWEST]) >>> 0;
      const ahead = (ack - lowest) | 0;
      if (ahead <= 0 && ahead > -NEAR && span < NEAR && (status & cell.RANGE_WRAPS) === 0) return 0;
    }
    return this.acknowledgeAny(cells, side, ack, s, ns, rtt);
  }

  private acknowledgeOrdered(
    cells: Int32Array,
    side: number,
    ack: number,
    s: number,
    ns: number,
    rtt: Duration,
  ): number {
    const nodes = this.nodes;
    let node = cells[side + cell.OLDEST];
    let acknowledged = 0;
    cells[side + cell.STATUS] &= ~cell.RANGE_KNOWN;
    while (node !== 0) {
      const left = (nodes[node + END] - ack) | 0;
      if (left > 0) {
        if (((ack - nodes[node + BEGIN]) | 0) > 0) nodes[node + BEGIN] = ack;
        break;
      }
      if (left === 0) {
        rtt.between(nodes[node + SECONDS], nodes[node + NANOSECONDS], s, ns);
        acknowledged = nodes[node + FRAME];
        this.matches = 1;
      }
      const newer = nodes[node + NEWER];
      nodes[node + OLDER] = this.free;
      this.free = node;
      cells[side + cell.UNACKED]--;
      node = newer;
    }
    cells[side + cell.OLDEST] = node;
    if (node === 0) cells[side + cell.NEWEST] = 0;
    else nodes[node + OLDER] = 0;
    return acknowledged;
  }

  private acknowledgeAny(
    cells: Int32Array,
    side: number,
    ack: number,
    s: number,
    ns: number,
    rtt: Duration,
  ): number {
    const nodes = this.nodes;
    let acknowledged = 0;
    this.matches = 0;
    let ordered = true;
    let newer = 0;
    for (let node = cells[side + cell.NEWEST]; node !== 0; ) {
      const older = nodes[node + OLDER];
      const begin = nodes[node + BEGIN];
      const end = nodes[node + END];
      let keep = false;
      if (ack === end) {
        rtt.between(nodes[node + SECONDS], nodes[node + NANOSECONDS], s, ns);
        acknowledged = nodes[node + FRAME];
        this.matches++;
      } else {
        if (after(ack, begin) && before(ack, end)) nodes[node + BEGIN] = ack;
        keep = after(end, ack);
      }
      if (keep) {
        if (newer !== 0) {
          const gap = (nodes[newer + BEGIN] - end) | 0;
          if (gap < 0 || gap > NEAR) ordered = false;
        }
        newer = node;
      } else {
        if (newer === 0) cells[side + cell.NEWEST] = older;
        else nodes[newer + OLDER] = older;
        if (older !== 0) nodes[older + NEWER] = newer;
        cells[side + cell.UNACKED]--;
        this.give(node);
      }
      node = older;
    }
    cells[side + cell.OLDEST] = newer;
    let status = cells[side + cell.STATUS] & ~(cell.ORDERED | cell.RANGE_KNOWN);
    if (newer !== 0) {
      nodes[newer + OLDER] = 0;
      const span = (nodes[cells[side + cell.NEWEST] + END] - nodes[newer + BEGIN]) >>> 0;
      if (span > NEAR) ordered = false;
    }
    if (ordered) status |= cell.ORDERED;
    cells[side + cell.STATUS] = status;
    return acknowledged;
  }

  /**
   * The bytes between the lowest begin and the highest end of the list at `side`, modulo 2^32; 0 where it is empty.
   * Lowest and highest are counted from the direction's BASE.
   */
  span(cells: Int32Array, side: number): number {
    const newest = cells[side + cell.NEWEST];
    if (newest === 0) return 0;
    const base = cells[side + cell.BASE];
    const nodes = this.nodes;
    if ((cells[side + cell.STATUS] & cell.ORDERED) !== 0) {
      const lowest = nodes[cells[side + cell.OLDEST] + BEGIN];
      const span = (nodes[newest + END] - lowest) >>> 0;
      if (((lowest - base) >>> 0) + span <= 0xffffffff) return span;
    }
    if ((cells[side + cell.STATUS] & cell.RANGE_KNOWN) === 0) {
      cells[side + cell.STATUS] = (cells[side + cell.STATUS] | cell.RANGE_KNOWN) & ~cell.RANGE_WRAPS;
      cells[side + cell.LOWEST] = -1; // the highest unsigned number
      cells[side + cell.HIGHEST] = 0;
      for (let node = newest; node !== 0; node = nodes[node + OLDER]) this.widen(cells, side, node);
    }
    return (cells[side + cell.HIGHEST] - cells[side + cell.LOWEST]) >>> 0;
  }

  private widen(cells: Int32Array, side: number, node: number): void {
    const base = cells[side + cell.BASE];
    const lowest = (this.nodes[node + BEGIN] - base) >>> 0;
    const highest = (this.nodes[node + END] - base) >>> 0;
    if (lowest > highest) cells[side + cell.STATUS] |= cell.RANGE_WRAPS;
    if (lowest < cells[side + cell.LOWEST] >>> 0) cells[side + cell.LOWEST] = lowest;
    if (highest > cells[side + cell.HIGHEST] >>> 0) cells[side + cell.HIGHEST] = highest;
  }

  /** Empties the list at `side`. */
  clear(cells: Int32Array, side: number): void {
    for (let node = cells[side + cell.NEWEST]; node !== 0; ) {
      const older = this.nodes[node + OLDER];
      this.give(node);
      node = older;
    }
    cells[side + cell.NEWEST] = 0;
    cells[side + cell.OLDEST] = 0;
    cells[side + cell.UNACKED] = 0;
  }

  private take(): number {
    const node = this.free;
    if (node !== 0) {
      this.free = this.nodes[node + OLDER];
      return node;
    }
    if (this.used === this.nodes.length) {
      if (this.used >= POOL_LIMIT * STRIDE) return 0;
      const nodes = new Int32Array(this.nodes.length * 2);
      nodes.set(this.nodes);
      this.nodes = nodes;
    }
    this.used += STRIDE;
    return this.used - STRIDE;
  }

  private give(node: number): void {
    this.nodes[node + OLDER] = this.free;
    this.free = node;
  }
}
