// Packets that were read for pairing by another thread: blocks of memory that both share.
import type { Batch } from '../base/batch.ts';
import type { Column } from './columns.ts';
import { FLOW_KEY_WORDS, HIGH, LOW, SWAPPED } from './flow-key.ts';
import type { Identity } from './identity.ts';
import { HEADER_WORDS, UDP } from './identity-fields.ts';
import type { Sightings } from './sightings.ts';

/** Packets of a block, and bytes of payload that it has room for. */
const PACKETS = 4096;
const BYTES = 1 << 20;
/** Of a datagram. */
const MOST_PAYLOAD = 0xffff;
/** Bytes of a packet in all columns, and bytes between the columns: a cache line, so that they do not compete for one set. */
const PACKET = 172;
const LINE = 64;
const COLUMNS = 32;

/** Bytes of memory that a block takes. */
export const BLOCK = PACKETS * PACKET + COLUMNS * LINE + BYTES;

/** Columns that sightings have as well, and words of each packet. */
const COPIED = [
  ['frame', 1],
  ['destinationMac', 1],
  ['wire', 1],
  ['keyA', 1],
  ['keyB', 1],
  ['coarse', 1],
  ['sequence', 1],
  ['length', 1],
  ['transmission', 1],
  ['payloadHash', 1],
  ['headers', HEADER_WORDS],
  ['linkType', 1],
  ['point', 1],
  ['kind', 1],
  ['traits', 1],
] as const;

/** A block of packets: one thread fills it, and another takes them from it. */
export class ReadPackets {
  count = 0;
  readonly seconds: Float64Array;
  readonly nanoseconds: Float64Array;
  readonly frame: Float64Array;
  readonly destinationMac: Float64Array;
  readonly wire: Uint32Array;
  readonly keyA: Int32Array;
  readonly keyB: Int32Array;
  readonly coarse: Int32Array;
  readonly sequence: Int32Array;
  readonly length: Int32Array;
  readonly transmission: Int32Array;
  readonly payloadHash: Int32Array;
  readonly headers: Int32Array;
  readonly linkType: Uint16Array;
  readonly point: Uint8Array;
  readonly kind: Uint8Array;
  readonly traits: Uint8Array;
  /** How many packets ago the latest with the same key came (earlier-keys.ts); 0 for none, and with a key bound to a flow. */
  readonly ago: Int32Array;
  /** Keys of flows (flow-key.ts). */
  readonly flowKeys: Int32Array;
  private readonly sourceMac: Float64Array;
  private readonly acknowledgment: Int32Array;
  private readonly payloadAt: Uint32Array;
  private readonly payloadEnd: Uint32Array;
  private readonly hashed: Uint8Array;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly memory: SharedArrayBuffer;
  /** Bytes of `memory` that columns take, and of `bytes` that payloads do. */
  private allotted = 0;
  private used = 0;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.seconds = this.column(Float64Array, 8);
    this.nanoseconds = this.column(Float64Array, 8);
    this.frame = this.column(Float64Array, 8);
    this.sourceMac = this.column(Float64Array, 8);
    this.destinationMac = this.column(Float64Array, 8);
    this.wire = this.column(Uint32Array, 4);
    this.keyA = this.column(Int32Array, 4);
    this.keyB = this.column(Int32Array, 4);
    this.coarse = this.column(Int32Array, 4);
    this.sequence = this.column(Int32Array, 4);
    this.length = this.column(Int32Array, 4);
    this.transmission = this.column(Int32Array, 4);
    this.payloadHash = this.column(Int32Array, 4);
    this.acknowledgment = this.column(Int32Array, 4);
    this.ago = this.column(Int32Array, 4);
    this.payloadAt = this.column(Uint32Array, 4);
    this.payloadEnd = this.column(Uint32Array, 4);
    this.headers = this.column(Int32Array, 4, HEADER_WORDS);
    this.flowKeys = this.column(Int32Array, 4, FLOW_KEY_WORDS);
    this.linkType = this.column(Uint16Array, 2);
    this.point = this.column(Uint8Array, 1);
    this.kind = this.column(Uint8Array, 1);
    this.traits = this.column(Uint8Array, 1);
    this.hashed = this.column(Uint8Array, 1);
    this.bytes = new Uint8Array(memory, this.allotted, BYTES);
    this.view = new DataView(memory, this.allotted, BYTES);
  }

  private column<T extends Column>(
    type: new (memory: SharedArrayBuffer, offset: number, length: number) => T,
    bytes: number,
    words = 1,
  ): T {
    const made = new type(this.memory, this.allotted, PACKETS * words);
    this.allotted += PACKETS * words * bytes + LINE;
    return made;
  }

  clear(): void {
    this.count = this.used = 0;
  }

  /** Is there room for one more packet, whatever it is? */
  get hasRoom(): boolean {
    return this.count < PACKETS && this.used + MOST_PAYLOAD <= BYTES;
  }

  /** Appends record `index` of a batch, which `packet` has read; one with its key came `ago` packets before. */
  add(point: number, batch: Batch, index: number, frame: number, packet: Identity, ago: number): void {
    const k = this.count++;
    this.seconds[k] = batch.seconds[index];
    this.nanoseconds[k] = batch.nanoseconds[index];
    this.frame[k] = frame;
    this.sourceMac[k] = packet.sourceMac;
    this.destinationMac[k] = packet.destinationMac;
    this.wire[k] = batch.wire[index];
    this.linkType[k] = batch.linkType[index];
    this.point[k] = point;
    this.kind[k] = packet.kind;
    this.traits[k] = packet.traits;
    this.keyA[k] = packet.keyA;
    this.keyB[k] = packet.keyB;
    this.coarse[k] = packet.coarse;
    this.sequence[k] = packet.sequence;
    this.length[k] = packet.length;
    this.transmission[k] = packet.transmission;
    this.payloadHash[k] = packet.payloadHash;
    this.hashed[k] = Math.min(packet.hashed, 0xff);
    this.acknowledgment[k] = packet.acknowledgment;
    this.ago[k] = ago;
    const { headers, flowKeys } = this;
    for (let n = 0, to = k * HEADER_WORDS; n < HEADER_WORDS; n++) headers[to + n] = packet.headers[n];
    for (let n = 0, to = k * FLOW_KEY_WORDS; n < FLOW_KEY_WORDS; n++) flowKeys[to + n] = packet.flowKey[n];
    if (packet.kind === UDP) this.keepPayload(k, batch, packet);
  }

  private keepPayload(k: number, batch: Batch, packet: Identity): void {
    const { view, used } = this;
    const { payloadAt, bytes } = packet;
    const length = Math.min(Math.max(packet.payloadEnd - payloadAt, 0), MOST_PAYLOAD);
    this.payloadAt[k] = used;
    this.payloadEnd[k] = used + length;
    // A call per packet costs more than copying the payload of most.
    if (length <= 256) {
      let n = 0;
      for (; n + 4 <= length; n += 4) view.setInt32(used + n, bytes.getInt32(payloadAt + n));
      for (; n < length; n++) view.setUint8(used + n, bytes.getUint8(payloadAt + n));
    } else this.bytes.set(batch.bytes.subarray(payloadAt, payloadAt + length), used);
    this.used += length;
  }

  /** Copies what sightings have of the packets to those that come next, for which room was made (`Sightings.prepare`). */
  copyTo(sightings: Sightings): void {
    const { count } = this;
    const first = sightings.end & sightings.mask;
    const fit = Math.min(count, sightings.capacity - first);
    for (const [name, words] of COPIED) {
      sightings[name].set(this[name].subarray(0, fit * words), first * words);
      if (fit < count) sightings[name].set(this[name].subarray(fit * words, count * words));
    }
  }

  /** Returns the parts of a packet's identity that sightings lack. */
  load(k: number, packet: Identity): void {
    packet.sourceMac = this.sourceMac[k];
    const key = k * FLOW_KEY_WORDS;
    const from = key + (this.flowKeys[key + SWAPPED] === 0 ? LOW : HIGH);
    for (let n = 0; n < 4; n++) packet.source[n] = this.flowKeys[from + n];
    packet.tunnel = this.headers[k * HEADER_WORDS + 4];
    packet.hashed = this.hashed[k];
    packet.acknowledgment = this.acknowledgment[k];
    packet.payloadAt = this.payloadAt[k];
    packet.payloadEnd = this.payloadEnd[k];
    packet.bytes = this.view;
  }
}
