// Which packets of other points hold the same bytes in other pieces, after segmentation, its reversal or fragmentation.
import type { Flows } from './flows.ts';
import { FRAGMENT, HAS_TIMESTAMPS, TCP_DATA, UDP_HEADER } from './identity-fields.ts';
import { CHOSEN, type Sightings } from './sightings.ts';

/** The most sightings examined for one range. */
const MOST_LOOKED_AT = 4096;
/** The most later copies of the same range that are distinguished. */
const MOST_RIVALS = 16;
/** The smallest size segments are cut to, if not known (RFC 9293, 3.7.1). */
const LEAST_SEGMENT = 536;
/** Bits of a bucket of sequence numbers (Sightings.rangeOf). */
const BUCKET = 16;

/** For each point, what was found by the last `look`. */
export class Coverage {
  /** Packets there, the bytes of the range that they hold, and the longest of them. */
  readonly count: Uint32Array;
  readonly bytes: Float64Array;
  readonly longest: Uint32Array;
  /** When the first and the last of them came; serial of the first; bytes before the range that the first holds, too. */
  readonly first: Float64Array;
  readonly last: Float64Array;
  readonly serial: Int32Array;
  /** Numbers of their records: of a point the first `count`. */
  readonly frames: number[][];
  /** Does the filter take any of them? */
  isChosen = false;
  private readonly sightings: Sightings;
  private readonly flows: Flows;
  private readonly window: number;
  private readonly rivalTime = new Float64Array(MOST_RIVALS);
  private readonly rivalStart = new Int32Array(MOST_RIVALS);
  private readonly rivalLength = new Int32Array(MOST_RIVALS);
  private rivals = 0;

  constructor(points: number, sightings: Sightings, flows: Flows, window: number) {
    this.count = new Uint32Array(points);
    this.bytes = new Float64Array(points);
    this.longest = new Uint32Array(points);
    this.first = new Float64Array(points);
    this.last = new Float64Array(points);
    this.serial = new Int32Array(points);
    this.frames = Array.from({ length: points }, () => []);
    this.sightings = sightings;
    this.flows = flows;
    this.window = window;
  }

  /**
   * Looks for what else holds bytes of the packet whose first sighting is `serial`, at points that have not seen the packet
   * as it is (`own`, a flag for each point). Returns whether there is anything.
   */
  look(serial: number, own: Uint8Array): boolean {
    this.count.fill(0);
    this.isChosen = false;
    const { sightings } = this;
    const i = serial & sightings.mask;
    if (!sightings.mayBeCut(i)) return false;
    this.rivals = 0;
    if (sightings.kind[i] !== TCP_DATA) {
      const isFragmented = sightings.isRanged(i) && this.bucket(i, own, sightings.transmission[i]);
      return (sightings.hasParts(i) && this.parts(i, own)) || isFragmented;
    }
    if (sightings.ipId(i) === 0) this.findRivals(i);
    const start = sightings.sequence[i];
    // What begins some buckets earlier may reach into the range: segments may be longer than 64 KiB (BIG TCP).
    const from = (start >>> BUCKET) - Math.max(Math.ceil(sightings.longestSegment / (1 << BUCKET)), 1);
    const buckets = ((start + sightings.length[i] - 1) >>> BUCKET) - from;
    let found = false;
    for (let k = 0; k <= (buckets & 0xffff); k++)
      if (this.bucket(i, own, bucketOf((from + k) & 0xffff))) found = true;
    return found;
  }

  private bucket(i: number, own: Uint8Array, bucket: number): boolean {
    const { sightings, window } = this;
    const { mask, time, point } = sightings;
    let found = false;
    let looked = 0;
    for (
      let at = sightings.latestInRange(bucket);
      sightings.holds(at) && looked < MOST_LOOKED_AT;
      at = sightings.olderRange[at & mask], looked++
    ) {
      const j = at & mask;
      if (own[point[j]] !== 0 || !this.overlaps(i, j) || this.isSame(i, j)) continue;
      const apart = time[j] - time[i];
      if (apart > window || apart < -window) continue;
      if (sightings.rangeOf(j) !== bucket || this.isOfRival(j) || this.isOfEarlierCopy(i, j)) continue;
      this.take(i, j, at);
      found = true;
    }
    return found;
  }

  /** Do two sightings hold bytes of the same copy of a stream, or of the same datagram? */
  private overlaps(i: number, j: number): boolean {
    const s = this.sightings;
    const { sequence, length } = s;
    const offset = (sequence[j] - sequence[i]) | 0;
    if (offset >= length[i] || offset + length[j] <= 0) return false;
    if (s.transmission[i] !== s.transmission[j]) return false;
    if (s.kind[i] !== TCP_DATA || s.kind[j] !== TCP_DATA)
      return (s.kind[i] === FRAGMENT) !== (s.kind[j] === FRAGMENT) && this.related(i, j);
    if ((s.traits[i] & HAS_TIMESTAMPS) === 0 && !this.related(i, j)) return false;
    return (
      s.ipId(i) === 0 ||
      s.ipId(j) === 0 ||
      isNumberedAlike(s.ipId(j) - s.ipId(i), offset, Math.min(length[i], length[j]))
    );
  }

  /** The same packet, or one equal to it: EqualPackets distinguishes these. */
  private isSame(i: number, j: number): boolean {
    const { keyA, keyB } = this.sightings;
    return keyA[i] === keyA[j] && keyB[i] === keyB[j];
  }

  private related(i: number, j: number): boolean {
    const { flows, sightings } = this;
    const [a, b] = [sightings.flow[i], sightings.flow[j]];
    return a >= 0 && b >= 0 && (flows.root(a) === flows.root(b) || flows.related(a, b));
  }

  /** Later copies of the same bytes, seen at the same point: sightings after them elsewhere belong to these copies. */
  private findRivals(i: number): void {
    const { sightings } = this;
    const { mask, time, point } = sightings;
    let looked = 0;
    for (
      let at = sightings.latestInRange(sightings.rangeOf(i));
      sightings.holds(at) && looked < MOST_LOOKED_AT && this.rivals < MOST_RIVALS;
      at = sightings.olderRange[at & mask], looked++
    ) {
      const j = at & mask;
      if (point[j] !== point[i] || time[j] <= time[i] || !this.overlaps(i, j)) continue;
      this.rivalTime[this.rivals] = time[j];
      this.rivalStart[this.rivals] = sightings.sequence[j];
      this.rivalLength[this.rivals] = sightings.length[j];
      this.rivals++;
    }
  }

  private isOfRival(j: number): boolean {
    const { sequence, length, time } = this.sightings;
    for (let k = 0; k < this.rivals; k++) {
      const offset = (sequence[j] - this.rivalStart[k]) | 0;
      if (time[j] >= this.rivalTime[k] && offset < this.rivalLength[k] && offset + length[j] > 0) return true;
    }
    return false;
  }

  /** Bytes seen downstream of this point before this packet was seen here belong to an earlier copy. */
  private isOfEarlierCopy(i: number, j: number): boolean {
    const { flows, sightings } = this;
    const { time, point, flow } = sightings;
    return time[j] < time[i] && flow[i] >= 0 && flows.routes.leads(flows.root(flow[i]), point[i], point[j]);
  }

  private take(i: number, j: number, serial: number): void {
    const { sequence, length } = this.sightings;
    const offset = (sequence[j] - sequence[i]) | 0;
    this.add(j, serial, Math.min(offset + length[j], length[i]) - Math.max(offset, 0));
  }

  /** All other sightings of the datagram that `i` is, or is a segment of. */
  private parts(i: number, own: Uint8Array): boolean {
    const { sightings } = this;
    const { mask, whole, partOffset, length, point, count, next, latestPart, olderPart } = sightings;
    if (!sightings.holds(whole[i])) return false;
    const isWhole = partOffset[i] < 0;
    const head = sightings.head[whole[i] & mask];
    let found = false;
    for (let at = head, k = 0; !isWhole && k < count[head & mask]; at = next[at & mask], k++) {
      if (own[point[at & mask]] !== 0) continue;
      this.add(at & mask, at, length[i]);
      found = true;
    }
    for (let at = latestPart[whole[i] & mask]; sightings.holds(at); at = olderPart[at & mask]) {
      const j = at & mask;
      if (own[point[j]] !== 0 || (!isWhole && partOffset[j] !== partOffset[i])) continue;
      // Each has its own header: the first one's counts as that of the whole.
      this.add(j, at, isWhole && partOffset[j] > 0 ? length[j] - UDP_HEADER : length[j]);
      found = true;
    }
    return found;
  }

  /** Counts a sighting that holds `bytes` of the range in question. */
  private add(j: number, serial: number, bytes: number): void {
    const { frame, point, time, length, state } = this.sightings;
    const p = point[j];
    if ((state[j] & CHOSEN) !== 0) this.isChosen = true;
    if (this.count[p] === 0) {
      this.bytes[p] = this.longest[p] = 0;
      this.first[p] = Number.POSITIVE_INFINITY;
      this.last[p] = Number.NEGATIVE_INFINITY;
    }
    this.frames[p][this.count[p]++] = frame[j];
    this.bytes[p] += bytes;
    if (length[j] > this.longest[p]) this.longest[p] = length[j];
    if (time[j] <= this.first[p]) {
      this.first[p] = time[j];
      this.serial[p] = serial;
    }
    if (time[j] > this.last[p]) this.last[p] = time[j];
  }
}

/** The bucket of 64 KiB of sequence numbers, as Sightings.rangeOf has it. */
function bucketOf(high: number): number {
  return Math.imul(high, 0x9e3779b1) >>> 8;
}

/**
 * Segments that were cut from one packet are numbered one by one from its own identification on, and are equally long but
 * for the last. So a copy that was sent later, whose numbers are higher, does not fit.
 */
function isNumberedAlike(difference: number, offset: number, shorter: number): boolean {
  const numbers = (difference << 16) >> 16;
  // Some cards give all segments the same number.
  if (numbers === 0) return true;
  if (offset === 0 || numbers > 0 !== offset > 0) return false;
  const [n, bytes] = [Math.abs(numbers), Math.abs(offset)];
  return bytes % n === 0 && bytes / n >= Math.min(shorter, LEAST_SEGMENT);
}
