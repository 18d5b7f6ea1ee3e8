// Everything seen within the window, as columns of a ring: which packet, when and where.
import { type Column, column } from './columns.ts';
import { HEADER_WORDS, TCP_CONTROL, TCP_DATA, UDP } from './identity-fields.ts';

const FIRST_CAPACITY = 1 << 13;
/** About 110 bytes each. */
const MOST_SIGHTINGS = 1 << 20;

/** Bits of `state`. */
export const RESOLVED = 1;
/** Of a head: some point has seen the packet (or an equal one) more than once. */
export const REPEATED = 2;
/** It continues a packet that was seen before under another key: it is not a separate packet. */
export const CONTINUES = 4;
/** A point before has seen it as a part of something longer, or in parts. */
export const PART = 32;
/** Of a head: it waits for more to be known. */
export const DEFERRED = 8;
/** The filter takes it. */
export const CHOSEN = 64;
/** It is the first of a copy of a packet that was resolved before. */
export const COPY = 128;
/** It came later than one of its flow that had left after it. */
export const REORDERED = 16;

/** The serial number after this one. */
export function following(serial: number): number {
  return (serial + 1) & 0x7fffffff;
}

/** How many serial numbers lie between two; negative where the second one is the earlier. */
function distance(from: number, to: number): number {
  return ((to - from) << 1) >> 1;
}

/**
 * A sighting is a record at a point. It has a serial number (31 bits, which wrap), by which it is found as long as
 * `holds` says so. Sightings with one key form a group: a chain by `next` from its head, whose serial is in `head` of
 * each. Sightings whose keys share a bucket are chained by `older`, the latest first; so nothing is ever removed.
 */
export class Sightings {
  capacity = FIRST_CAPACITY;
  mask = FIRST_CAPACITY - 1;
  /** Serials of the oldest held and of the next. */
  oldest = 0;
  end = 0;
  /** Bytes of the longest segment of TCP. */
  longestSegment = 0;
  /** Nanoseconds since the trace's first packet. */
  time = column(Float64Array, FIRST_CAPACITY, 8);
  frame = column(Float64Array, FIRST_CAPACITY, 8);
  point = column(Uint8Array, FIRST_CAPACITY, 1);
  kind = column(Uint8Array, FIRST_CAPACITY, 1);
  traits = column(Uint8Array, FIRST_CAPACITY, 1);
  state = column(Uint8Array, FIRST_CAPACITY, 1);
  /** Bytes on the wire. */
  wire = column(Uint32Array, FIRST_CAPACITY, 4);
  /** Row of the flow * 2 + direction; -1 for none. */
  flow = column(Int32Array, FIRST_CAPACITY, 4);
  keyA = column(Int32Array, FIRST_CAPACITY, 4);
  keyB = column(Int32Array, FIRST_CAPACITY, 4);
  coarse = column(Int32Array, FIRST_CAPACITY, 4);
  sequence = column(Int32Array, FIRST_CAPACITY, 4);
  length = column(Int32Array, FIRST_CAPACITY, 4);
  transmission = column(Int32Array, FIRST_CAPACITY, 4);
  payloadHash = column(Int32Array, FIRST_CAPACITY, 4);
  /** What Identity.headers has, in as many words for each. */
  headers = column(Int32Array, FIRST_CAPACITY * HEADER_WORDS, 4);
  /** Of UDP alone. Of a datagram that comes as several segments: bytes of payload of each, and bytes up to the end of the last found. */
  segmentSize = column(Uint16Array, FIRST_CAPACITY, 2);
  segmented = column(Uint32Array, FIRST_CAPACITY, 4);
  /** Of such a datagram and its segments: serial of the whole; -1 for all others. Offset of a segment in its payload, else -1. */
  whole = column(Int32Array, FIRST_CAPACITY, 4);
  partOffset = column(Int32Array, FIRST_CAPACITY, 4);
  /** Of the whole: the segment seen last. Of a segment: the one seen before. */
  latestPart = column(Int32Array, FIRST_CAPACITY, 4);
  olderPart = column(Int32Array, FIRST_CAPACITY, 4);
  destinationMac = column(Float64Array, FIRST_CAPACITY, 8);
  /** Where its bytes are kept (kept-bytes.ts), and how many; 0 where they are not. */
  keptAt = column(Float64Array, FIRST_CAPACITY, 8);
  kept = column(Uint32Array, FIRST_CAPACITY, 4);
  linkType = column(Uint16Array, FIRST_CAPACITY, 2);
  head = column(Int32Array, FIRST_CAPACITY, 4);
  next = column(Int32Array, FIRST_CAPACITY, 4);
  /** Of a head: the last of its group, and how many there are. */
  tail = column(Int32Array, FIRST_CAPACITY, 4);
  count = column(Int32Array, FIRST_CAPACITY, 4);
  /** Chains of those that share a bucket by key, by coarse key (heads alone), and by range. */
  older = column(Int32Array, FIRST_CAPACITY, 4);
  olderCoarse = column(Int32Array, FIRST_CAPACITY, 4);
  olderRange = column(Int32Array, FIRST_CAPACITY, 4);
  /** Of a head that is UDP: the one of its flow before. */
  olderDatagram = column(Int32Array, FIRST_CAPACITY, 4);
  /** The latest of each bucket. */
  private buckets = new Int32Array(FIRST_CAPACITY).fill(-1);
  private coarseBuckets = new Int32Array(FIRST_CAPACITY).fill(-1);
  private rangeBuckets = new Int32Array(FIRST_CAPACITY).fill(-1);

  ttl(i: number): number {
    return this.headers[i * HEADER_WORDS] >>> 24;
  }

  tos(i: number): number {
    return (this.headers[i * HEADER_WORDS] >>> 16) & 0xff;
  }

  tcpFlags(i: number): number {
    return this.headers[i * HEADER_WORDS] & 0xff;
  }

  window(i: number): number {
    return this.headers[i * HEADER_WORDS + 1] >>> 16;
  }

  ipId(i: number): number {
    return this.headers[i * HEADER_WORDS + 1] & 0xffff;
  }

  mss(i: number): number {
    return this.headers[i * HEADER_WORDS + 2] >>> 16;
  }

  vlan(i: number): number {
    return this.headers[i * HEADER_WORDS + 2] & 0xffff;
  }

  options(i: number): number {
    return this.headers[i * HEADER_WORDS + 3];
  }

  tunnel(i: number): number {
    return this.headers[i * HEADER_WORDS + 4];
  }

  /** As Checksums has them. */
  checksum(i: number): number {
    return this.headers[i * HEADER_WORDS + 5] >>> 16;
  }

  payloadSum(i: number): number {
    return this.headers[i * HEADER_WORDS + 5] & 0xffff;
  }

  /** Is there still (or already) a sighting with this serial? */
  holds(serial: number): boolean {
    return serial >= 0 && distance(this.oldest, serial) >= 0 && distance(serial, this.end) > 0;
  }

  get size(): number {
    return distance(this.oldest, this.end);
  }

  /** The latest sighting that may have this key; -1 if there is none (to be checked with `holds` in any case). */
  latest(keyA: number): number {
    return this.buckets[keyA & this.mask];
  }

  latestCoarse(coarse: number): number {
    return this.coarseBuckets[coarse & this.mask];
  }

  latestInRange(range: number): number {
    return this.rangeBuckets[range & this.mask];
  }

  /** Takes the next serial, for which `prepare` made room; its columns are to be filled, then `enter` is to be called. */
  take(): number {
    const serial = this.end;
    this.end = following(serial);
    return serial;
  }

  /** Makes room for `count` more. */
  prepare(count: number): void {
    while (this.size + count > this.capacity) this.grow();
  }

  /** Clears what only datagrams of UDP have: few packets need it. */
  clearParts(i: number): void {
    this.segmented[i] = 0;
    this.whole[i] = this.partOffset[i] = this.latestPart[i] = -1;
  }

  /** Chains a sighting to those with the same bucket. */
  enter(serial: number): void {
    const i = serial & this.mask;
    const bucket = this.keyA[i] & this.mask;
    this.older[i] = this.buckets[bucket];
    this.buckets[bucket] = serial;
  }

  enterCoarse(serial: number): void {
    const i = serial & this.mask;
    const bucket = this.coarse[i] & this.mask;
    this.olderCoarse[i] = this.coarseBuckets[bucket];
    this.coarseBuckets[bucket] = serial;
  }

  enterRange(serial: number, range: number): void {
    const bucket = range & this.mask;
    this.olderRange[serial & this.mask] = this.rangeBuckets[bucket];
    this.rangeBuckets[bucket] = serial;
  }

  /** Forgets those before `serial`. */
  release(serial: number): void {
    this.oldest = serial;
  }

  /** Is there no room for `count` more? */
  isFull(count: number): boolean {
    return this.size + count > MOST_SIGHTINGS;
  }

  /** Doubles the ring, which is full. */
  private grow(): void {
    const capacity = this.capacity * 2;
    const first = this.oldest & this.mask;
    const to = this.oldest & (capacity - 1);
    const rest = (to + this.capacity - first) & (capacity - 1);
    const columns = this as unknown as Record<string, unknown>;
    for (const [name, old] of Object.entries(columns) as [string, Column][]) {
      if (!ArrayBuffer.isView(old) || /buckets$/i.test(name)) continue;
      const words = old.length / this.capacity;
      const grown = column(
        old.constructor as new (
          memory: ArrayBuffer,
          offset: number,
          length: number,
        ) => Column,
        capacity * words,
        old.BYTES_PER_ELEMENT,
      );
      grown.set(old.subarray(first * words), to * words);
      grown.set(old.subarray(0, first * words), rest * words);
      columns[name] = grown;
    }
    this.capacity = capacity;
    this.mask = capacity - 1;
    this.rehash();
  }

  /** All chains again, for more buckets. */
  private rehash(): void {
    const { capacity, mask } = this;
    this.buckets = new Int32Array(capacity).fill(this.oldest - 1);
    this.coarseBuckets = new Int32Array(capacity).fill(this.oldest - 1);
    this.rangeBuckets = new Int32Array(capacity).fill(this.oldest - 1);
    for (let s = this.oldest; s !== this.end; s = following(s)) {
      const i = s & mask;
      this.enter(s);
      if (this.head[i] === s) this.enterCoarse(s);
      if (this.isRanged(i)) this.enterRange(s, this.rangeOf(i));
    }
  }

  /** Has it a range of bytes that others may overlap: TCP with payload, fragments, and datagrams that may be fragmented? */
  isRanged(i: number): boolean {
    return this.kind[i] === TCP_DATA || (this.kind[i] !== TCP_CONTROL && this.transmission[i] !== 0);
  }

  /** Is it a datagram that is several elsewhere, or one of these? */
  hasParts(i: number): boolean {
    return this.kind[i] === UDP && this.whole[i] >= 0;
  }

  /** May other points have its bytes in other pieces? */
  mayBeCut(i: number): boolean {
    return this.isRanged(i) || this.hasParts(i);
  }

  /** What bucket a range begins in: 64 KiB of TCP's sequence numbers, or all fragments of a datagram. */
  rangeOf(i: number): number {
    return this.kind[i] === TCP_DATA
      ? Math.imul(this.sequence[i] >>> 16, 0x9e3779b1) >>> 8
      : this.transmission[i];
  }
}
