// The same packet captured at two interfaces: a bridge and its port, both ends of a veth pair, or `any`.
import * as ipv4 from '../wire/ipv4.ts';
import * as link from '../wire/linktype.ts';
import { IPV4, type Packet } from '../wire/packet.ts';

/** Packets remembered; a power of two. */
const SIZE = 4096;
/** Nanoseconds after which equal packets are no longer the same one. */
const SOON = 100_000_000;
/** Bytes of the transport part that tell packets apart. */
const SAMPLE = 64;

/** Remembers the last packets by what a router or a bridge leaves alone. */
export class DuplicatePackets {
  private readonly hashes = new Int32Array(SIZE);
  private readonly interfaces = new Int32Array(SIZE);
  private readonly frames = new Float64Array(SIZE);
  private readonly seconds = new Float64Array(SIZE);
  private readonly nanoseconds = new Int32Array(SIZE);
  private frame = 0;

  /** Remembers a packet. Returns the number of the one that is the same at another interface, or -1. */
  add(packet: Packet): number {
    this.frame++;
    const { batch, index } = packet;
    const hash = fingerprint(packet);
    const slot = (hash ^ (hash >>> 12)) & (SIZE - 1);
    const offset = interfaceOf(packet);
    const seconds = batch.seconds[index];
    const nanoseconds = batch.nanoseconds[index];
    const elapsed = (seconds - this.seconds[slot]) * 1e9 + nanoseconds - this.nanoseconds[slot];
    const same =
      this.frames[slot] > 0 &&
      this.hashes[slot] === hash &&
      this.interfaces[slot] !== offset &&
      Math.abs(elapsed) < SOON;
    const other = same ? this.frames[slot] : -1;
    this.hashes[slot] = hash;
    this.interfaces[slot] = offset;
    this.frames[slot] = this.frame;
    this.seconds[slot] = seconds;
    this.nanoseconds[slot] = nanoseconds;
    return other;
  }
}

/** The interface: of a cooked capture on `any` the index in its header, else the capture's own. */
function interfaceOf(packet: Packet): number {
  const { batch, index } = packet;
  if (batch.linkType[index] !== link.LINUX_SLL2) return batch.interface[index];
  return batch.view.getInt32(batch.offset[index] + 4);
}

/** A hash of the packet without what changes on its way: link header, time to live, header checksum. */
function fingerprint(packet: Packet): number {
  const { view, bytes } = packet.batch;
  const v4 = (packet.layers & IPV4) !== 0;
  const from = v4 ? packet.ipv4.sourceAt : packet.ipv6.sourceAt;
  const to = Math.min(packet.captureEnd, from + SAMPLE);
  let hash = v4
    ? view.getInt32(packet.ipv4.offset + 2)
    : view.getInt32(packet.ipv6.offset) ^ packet.ipv6.payloadLength;
  if (v4) hash ^= bytes[packet.ipv4.offset + 9] << 8;
  for (let offset = from; offset + 4 <= to; offset += 4)
    hash = Math.imul(hash ^ view.getInt32(offset), 0x9e3779b1) ^ (hash >>> 15);
  return hash === 0 ? ipv4.HEADER_LENGTH : hash;
}
