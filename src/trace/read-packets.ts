// Packets that were read for pairing by another thread: blocks of memory that both share.
import type { Batch } from '../base/batch.ts';
import { HEADER_WORDS, type Identity, UDP } from './identity.ts';

/** Packets of a block, and bytes of payload that it has room for. */
const PACKETS = 4096;
const BYTES = 1 << 20;
/** Of a datagram. */
const MOST_PAYLOAD = 0xffff;
/** Words of 64 bits of a packet, and of those the first ones, which are numbers of 64 bits; the others are two of 32 bits. */
const LONGS = 24;
const SECONDS = 0;
const NANOSECONDS = 1;
const FRAME = 2;
const SOURCE_MAC = 3;
const DESTINATION_MAC = 4;
const WORDS = 2 * LONGS;
/** Where its words of 32 bits begin. */
const FIRST = 10;

/** Bytes of memory that a block takes. */
export const BLOCK = PACKETS * LONGS * 8 + BYTES;

/** A block of packets: one thread fills it, and another takes them from it. */
export class ReadPackets {
  count = 0;
  private used = 0;
  private readonly longs: Float64Array;
  private readonly words: Int32Array;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;

  constructor(memory: SharedArrayBuffer) {
    this.longs = new Float64Array(memory, 0, PACKETS * LONGS);
    this.words = new Int32Array(memory, 0, PACKETS * WORDS);
    this.bytes = new Uint8Array(memory, PACKETS * LONGS * 8);
    this.view = new DataView(memory, PACKETS * LONGS * 8);
  }

  clear(): void {
    this.count = this.used = 0;
  }

  /** Is there room for one more packet, whatever it is? */
  get hasRoom(): boolean {
    return this.count < PACKETS && this.used + MOST_PAYLOAD <= BYTES;
  }

  /** Appends record `index` of a batch, which `packet` has read. */
  add(point: number, batch: Batch, index: number, frame: number, packet: Identity): void {
    const { longs, words } = this;
    const k = this.count++;
    const long = k * LONGS;
    longs[long + SECONDS] = batch.seconds[index];
    longs[long + NANOSECONDS] = batch.nanoseconds[index];
    longs[long + FRAME] = frame;
    longs[long + SOURCE_MAC] = packet.sourceMac;
    longs[long + DESTINATION_MAC] = packet.destinationMac;
    let at = k * WORDS + FIRST;
    words[at++] = point;
    words[at++] = batch.wire[index];
    words[at++] = batch.linkType[index];
    words[at++] =
      packet.kind | (packet.traits << 8) | (packet.isIpv6 ? 1 << 16 : 0) | (packet.bound ? 1 << 17 : 0);
    words[at++] = packet.keyA;
    words[at++] = packet.keyB;
    words[at++] = packet.coarse;
    words[at++] = packet.protocol;
    const { source, destination } = packet;
    words[at++] = source[0];
    words[at++] = source[1];
    words[at++] = source[2];
    words[at++] = source[3];
    words[at++] = destination[0];
    words[at++] = destination[1];
    words[at++] = destination[2];
    words[at++] = destination[3];
    words[at++] = (packet.sourcePort << 16) | packet.destinationPort;
    words[at++] = packet.sequence;
    words[at++] = packet.length;
    words[at++] = packet.transmission;
    for (let n = 0; n < HEADER_WORDS; n++) words[at++] = packet.headers[n];
    words[at++] = packet.payloadHash;
    words[at++] = packet.hashed;
    words[at++] = packet.acknowledgment;
    if (packet.kind !== UDP) return;
    const length = Math.min(Math.max(packet.payloadEnd - packet.payloadAt, 0), MOST_PAYLOAD);
    words[at++] = this.used;
    words[at] = this.used + length;
    const { view } = this;
    const { payloadAt, bytes } = packet;
    // A call for each packet costs more than to copy what most of them carry.
    if (length <= 256)
      for (let n = 0; n < length; n++) view.setUint8(this.used + n, bytes.getUint8(payloadAt + n));
    else this.bytes.set(batch.bytes.subarray(payloadAt, payloadAt + length), this.used);
    this.used += length;
  }

  point(k: number): number {
    return this.words[k * WORDS + FIRST];
  }
  wire(k: number): number {
    return this.words[k * WORDS + FIRST + 1] >>> 0;
  }
  linkType(k: number): number {
    return this.words[k * WORDS + FIRST + 2];
  }
  seconds(k: number): number {
    return this.longs[k * LONGS + SECONDS];
  }
  nanoseconds(k: number): number {
    return this.longs[k * LONGS + NANOSECONDS];
  }
  frame(k: number): number {
    return this.longs[k * LONGS + FRAME];
  }

  /** Gives a packet's identity as it was read. */
  load(k: number, packet: Identity): void {
    const { longs, words } = this;
    packet.sourceMac = longs[k * LONGS + SOURCE_MAC];
    packet.destinationMac = longs[k * LONGS + DESTINATION_MAC];
    let at = k * WORDS + FIRST + 3;
    const bits = words[at++];
    packet.kind = bits & 0xff;
    packet.traits = (bits >> 8) & 0xff;
    packet.isIpv6 = (bits & (1 << 16)) !== 0;
    packet.bound = (bits & (1 << 17)) !== 0;
    packet.keyA = words[at++];
    packet.keyB = words[at++];
    packet.coarse = words[at++];
    packet.protocol = words[at++];
    const { source, destination } = packet;
    source[0] = words[at++];
    source[1] = words[at++];
    source[2] = words[at++];
    source[3] = words[at++];
    destination[0] = words[at++];
    destination[1] = words[at++];
    destination[2] = words[at++];
    destination[3] = words[at++];
    const ports = words[at++];
    packet.sourcePort = ports >>> 16;
    packet.destinationPort = ports & 0xffff;
    packet.sequence = words[at++];
    packet.length = words[at++];
    packet.transmission = words[at++];
    for (let n = 0; n < HEADER_WORDS; n++) packet.headers[n] = words[at++];
    packet.tunnel = packet.headers[4];
    packet.payloadHash = words[at++];
    packet.hashed = words[at++];
    packet.acknowledgment = words[at++];
    packet.payloadAt = words[at++];
    packet.payloadEnd = words[at];
    packet.bytes = this.view;
  }
}
