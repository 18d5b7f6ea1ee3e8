// What became of one packet.
import type { Batch } from '../base/batch.ts';
import type { DropEvent } from '../drops/event.ts';
import type { Sightings } from './sightings.ts';

/** Seen at every point that it was due at. */
export const COMPLETE = 0;
/** Seen at `points[last]` and not at `expected`, where it was due. */
export const LOST = 1;
/** The same, but the capture itself may be the cause: it began, ended or lost packets there at that time. */
export const UNKNOWN = 2;
/** A copy of a packet that is reported separately. */
export const DUPLICATE = 3;
/** A proxy ended the connection at `points[last]` and sends the payload on in another. */
export const PROXIED = 4;

/** Bits of `changes`, for the hop to a sighting. */
export const CHANGED_SOURCE = 1;
export const CHANGED_DESTINATION = 2;
/** By one at a router: reported, but not selected by `--only changed`. */
export const CHANGED_TTL = 4;
export const CHANGED_DSCP = 8;
export const CHANGED_ECN = 16;
export const CHANGED_MSS = 32;
export const CHANGED_OPTIONS = 64;
export const CHANGED_WINDOW = 128;
export const CHANGED_VLAN = 256;
export const CHANGED_TUNNEL = 512;
export const CHANGED_PAYLOAD = 1024;
export const CHANGED_FLAGS = 2048;
export const CHANGED_ID = 4096;
/** One packet came as several fragments, or several as one. */
export const CHANGED_FRAGMENTS = 8192;
/** Other sequence numbers: a proxy. */
export const CHANGED_SEQUENCE = 16384;
/** Made wrong on the way, or right: that of the IP header or of what it carries. */
export const CHANGED_CHECKSUM = 32768;

const FIRST_ROOM = 16;

/** What else is known of each sighting. */
class Details {
  flow = new Int32Array(FIRST_ROOM);
  wire = new Uint32Array(FIRST_ROOM);
  ttl = new Uint8Array(FIRST_ROOM);
  tos = new Uint8Array(FIRST_ROOM);
  tcpFlags = new Uint8Array(FIRST_ROOM);
  ipId = new Uint16Array(FIRST_ROOM);
  window = new Uint16Array(FIRST_ROOM);
  mss = new Uint16Array(FIRST_ROOM);
  vlan = new Uint16Array(FIRST_ROOM);
  options = new Int32Array(FIRST_ROOM);
  tunnel = new Int32Array(FIRST_ROOM);
  sequence = new Int32Array(FIRST_ROOM);
  checksum = new Uint8Array(FIRST_ROOM);

  load(k: number, i: number, sightings: Sightings): void {
    this.flow[k] = sightings.flow[i];
    this.wire[k] = sightings.wire[i];
    this.ttl[k] = sightings.ttl(i);
    this.tos[k] = sightings.tos(i);
    this.tcpFlags[k] = sightings.tcpFlags(i);
    this.ipId[k] = sightings.ipId(i);
    this.window[k] = sightings.window(i);
    this.mss[k] = sightings.mss(i);
    this.vlan[k] = sightings.vlan(i);
    this.options[k] = sightings.options(i);
    this.tunnel[k] = sightings.tunnel(i);
    this.sequence[k] = sightings.sequence[i];
    this.checksum[k] = sightings.checksum(i);
  }
}

/**
 * A packet's sightings, in the order of its way. One object is reused for all: copy what must live longer than the call
 * of `report`. Columns hold `count` values.
 */
export class Path {
  count = 0;
  fate: typeof COMPLETE | typeof LOST | typeof UNKNOWN | typeof DUPLICATE | typeof PROXIED = COMPLETE;
  /** Where it was due next when it was lost, or may have been; -1 where it was not due anywhere. */
  expected = -1;
  /** Index of the sighting after which it was lost, or may have been; and how many packets were, if it had been split. */
  lostAfter = -1;
  losses = 0;
  /**
   * It is a part of a packet that is reported separately: a segment cut from it, or the packet after a middlebox.
   * Parts are reported only if they are lost or unknown.
   */
  isPart = false;
  /** Why it was lost, if the kernel reported that. */
  drop: DropEvent | undefined;
  /** Equal packets were present: which of them this is was a choice. */
  ambiguous = false;
  /** Index of the point of each sighting. */
  point = new Uint8Array(FIRST_ROOM);
  /** Nanoseconds since the trace's first packet: of the first and the last packet that it came as. */
  time = new Float64Array(FIRST_ROOM);
  lastTime = new Float64Array(FIRST_ROOM);
  /** Number of the record (of the first, where it came as several) among those of its point. */
  frame = new Float64Array(FIRST_ROOM);
  /** Packets that it came as: 1 as a rule, n where it was split. */
  segments = new Uint16Array(FIRST_ROOM);
  /** Numbers of the records of all pieces: those of sighting `k` are `segments[k]` from `partsFrom[k]` on, where it was split. */
  readonly parts: number[] = [];
  partsFrom = new Uint32Array(FIRST_ROOM);
  partCount = 0;
  /** Packets of the point before that are in this one: 1 as a rule, n where they were merged. */
  merged = new Uint16Array(FIRST_ROOM);
  /** Packets that should be here and are not: parts of one that was split. */
  missing = new Uint16Array(FIRST_ROOM);
  /** The differences from the previous sighting: a mask of the constants above. */
  changes = new Uint16Array(FIRST_ROOM);
  /** Columns of fields that may change, loaded on first access: few packets need them. */
  get flow(): Int32Array {
    return this.details().flow;
  }
  get wire(): Uint32Array {
    return this.details().wire;
  }
  get ttl(): Uint8Array {
    return this.details().ttl;
  }
  get tos(): Uint8Array {
    return this.details().tos;
  }
  get tcpFlags(): Uint8Array {
    return this.details().tcpFlags;
  }
  get ipId(): Uint16Array {
    return this.details().ipId;
  }
  get window(): Uint16Array {
    return this.details().window;
  }
  get mss(): Uint16Array {
    return this.details().mss;
  }
  get vlan(): Uint16Array {
    return this.details().vlan;
  }
  get options(): Int32Array {
    return this.details().options;
  }
  get tunnel(): Int32Array {
    return this.details().tunnel;
  }
  get sequence(): Int32Array {
    return this.details().sequence;
  }
  /** RIGHT, WRONG or neither, and the bit IP_WRONG (checksums.ts). */
  get checksum(): Uint8Array {
    return this.details().checksum;
  }
  /**
   * The record as its first point captured it: record 0 of a batch. Undefined where the trace keeps no bytes
   * (`TraceOptions.keep`), or no longer has them.
   */
  batch: Batch | undefined;
  private readonly sightings: Sightings | undefined;
  /** By sighting of the way: its index in `sightings`. Those before `loaded` are in `known`. */
  private sighting = new Int32Array(FIRST_ROOM);
  private loaded = 0;
  private readonly known = new Details();

  constructor(sightings?: Sightings) {
    this.sightings = sightings;
  }

  private details(): Details {
    const { known, sighting, sightings } = this;
    while (sightings !== undefined && this.loaded < this.count) {
      known.load(this.loaded, sighting[this.loaded], sightings);
      this.loaded++;
    }
    return known;
  }

  /** Forgets all sightings. */
  clear(): void {
    this.count = this.loaded = 0;
    this.partCount = 0;
    this.fate = COMPLETE;
    this.expected = this.lostAfter = -1;
    this.losses = 0;
    this.isPart = false;
    this.ambiguous = false;
    this.drop = undefined;
    this.batch = undefined;
  }

  /** Was it seen at a point? */
  has(point: number): boolean {
    for (let k = 0; k < this.count; k++) if (this.point[k] === point) return true;
    return false;
  }

  /** Makes room for one more sighting, which is `i` of the sightings, and returns its index. */
  push(i = -1): number {
    if (this.count === this.point.length) {
      grow(this);
      grow(this.known);
    }
    this.sighting[this.count] = i;
    return this.count++;
  }
}

/** Doubles all columns. */
function grow(table: object): void {
  const columns = table as Record<string, unknown>;
  for (const [name, column] of Object.entries(columns)) {
    if (!ArrayBuffer.isView(column)) continue;
    const old = column as Float64Array;
    const grown = new (old.constructor as Float64ArrayConstructor)(old.length * 2);
    grown.set(old);
    columns[name] = grown;
  }
}
