// IP datagrams put together from their fragments (RFC 791, 3.2; RFC 8200, 4.5).
import { Batch } from '../base/batch.ts';
import { mix, SECRET } from '../base/hash.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';
import { RAW } from '../wire/linktype.ts';
import { IPV6, type Packet } from '../wire/packet.ts';

/** Datagrams in assembly at most, fragments of one, and bytes in all: beyond, the oldest datagram is dropped. */
const MAX_DATAGRAMS = 1024;
const MAX_PIECES = 8192;
const MAX_BYTES = 1 << 24;

/** A datagram in assembly. */
interface Datagram {
  /** Source and destination, and what distinguishes datagrams between them. */
  key: Int32Array;
  /** In the order of their offsets; those with the same offset as they came. */
  pieces: Piece[];
  /** Bytes received, and bytes of the whole; -1 while the last fragment is missing. */
  received: number;
  length: number;
}

interface Piece {
  /** The number of the record it came in. */
  frame: number;
  offset: number;
  bytes: Uint8Array;
}

/**
 * The datagrams in assembly. Where fragments overlap, the one with the lower offset gives the bytes, as Wireshark has
 * it. Fragments are rare, so each is kept as a separate object; their number is bounded.
 */
export class Fragments {
  private readonly datagrams = new Map<number, Datagram[]>();
  /** Hashes in the order the datagrams began. */
  private order: { hash: number; datagram: Datagram }[] = [];
  private bytes = 0;
  private readonly whole = new Batch(1);
  /** The records that the last datagram came in, in the order of their offsets. */
  frames: readonly number[] = [];

  /**
   * Takes the fragment a packet lies over. When that completes a datagram, returns it as the only record of a batch of
   * raw IP, which holds until the next call. Fragments not captured as a whole are left out.
   */
  add(packet: Packet, frame = 0): Batch | undefined {
    const { fragmentAt, fragmentOffset, fragmentEnd: end, batch } = packet;
    if (end > packet.captureEnd || end <= fragmentAt) return undefined;
    const key = keyOf(packet);
    const hash = key.reduce(mix, SECRET);
    const datagram = this.find(hash, key);
    const bytes = batch.bytes.slice(fragmentAt, end);
    let place = datagram.pieces.length;
    while (place > 0 && datagram.pieces[place - 1].offset > fragmentOffset) place--;
    datagram.pieces.splice(place, 0, { frame, offset: fragmentOffset, bytes });
    datagram.received += bytes.length;
    this.bytes += bytes.length;
    if (!packet.moreFragments && datagram.length < 0) datagram.length = fragmentOffset + bytes.length;
    const payload = complete(datagram);
    if (payload !== undefined) {
      this.drop(hash, datagram);
      this.frames = datagram.pieces.map((piece) => piece.frame);
      return this.assemble(packet, payload);
    }
    if (datagram.pieces.length > MAX_PIECES) this.drop(hash, datagram);
    while (this.order.length > MAX_DATAGRAMS || this.bytes > MAX_BYTES) {
      const oldest = this.order[0];
      this.drop(oldest.hash, oldest.datagram);
    }
    return undefined;
  }

  private find(hash: number, key: Int32Array): Datagram {
    const known = this.datagrams.get(hash);
    const found = known?.find((one) => one.key.every((word, i) => word === key[i]));
    if (found !== undefined) return found;
    const datagram: Datagram = { key, pieces: [], received: 0, length: -1 };
    if (known === undefined) this.datagrams.set(hash, [datagram]);
    else known.push(datagram);
    this.order.push({ hash, datagram });
    return datagram;
  }

  private drop(hash: number, datagram: Datagram): void {
    this.bytes -= datagram.received;
    this.order = this.order.filter((one) => one.datagram !== datagram);
    const rest = this.datagrams.get(hash)!.filter((one) => one !== datagram);
    if (rest.length === 0) this.datagrams.delete(hash);
    else this.datagrams.set(hash, rest);
  }

  private assemble(packet: Packet, payload: Uint8Array): Batch {
    const isIpv6 = (packet.layers & IPV6) !== 0;
    const headerLength = isIpv6 ? ipv6.HEADER_LENGTH : ipv4.HEADER_LENGTH;
    const headerAt = isIpv6 ? packet.ipv6.offset : packet.ipv4.offset;
    const bytes = new Uint8Array(headerLength + payload.length);
    bytes.set(packet.batch.bytes.subarray(headerAt, headerAt + headerLength));
    bytes.set(payload, headerLength);
    const { whole } = this;
    whole.reset(bytes, 1);
    if (isIpv6) {
      bytes[6] = packet.fragmentProtocol;
      whole.view.setUint16(4, Math.min(payload.length, 0xffff));
    } else {
      bytes[0] = 0x45;
      // A length of 0 leaves it to the record's own, for datagrams that end beyond 65 535 bytes.
      whole.view.setUint16(2, 0);
      whole.view.setUint16(6, 0);
    }
    whole.offset[0] = 0;
    whole.captured[0] = bytes.length;
    whole.wire[0] = bytes.length;
    whole.linkType[0] = RAW;
    whole.count = 1;
    return whole;
  }
}

function keyOf(packet: Packet): Int32Array {
  const isIpv6 = (packet.layers & IPV6) !== 0;
  const words = isIpv6 ? 4 : 1;
  const addresses = isIpv6 ? packet.ipv6.sourceAt : packet.ipv4.sourceAt;
  const key = new Int32Array(2 * words + 1);
  for (let i = 0; i < 2 * words; i++) key[i] = packet.batch.view.getInt32(addresses + 4 * i);
  // Wireshark distinguishes IPv4 datagrams by protocol and VLAN as well, all in one number.
  key[2 * words] = isIpv6 ? packet.fragmentId : packet.fragmentId ^ packet.fragmentProtocol ^ packet.vlan;
  return key;
}

/** The bytes of a datagram, where none is missing. */
function complete(datagram: Datagram): Uint8Array | undefined {
  const { pieces, length, received } = datagram;
  if (length < 0 || received < length) return undefined;
  let reached = 0;
  for (const { offset, bytes } of pieces) {
    // Bytes beyond the end, after another hole, are not part of it.
    if (offset > reached || reached >= length) break;
    reached = Math.max(reached, offset + bytes.length);
  }
  if (reached < length) return undefined;
  const whole = new Uint8Array(length);
  let filled = 0;
  for (const { offset, bytes } of pieces) {
    const skip = filled - offset;
    if (skip >= bytes.length || filled >= length) continue;
    whole.set(bytes.subarray(skip, Math.min(bytes.length, length - offset)), filled);
    filled = Math.min(length, offset + bytes.length);
  }
  return whole;
}
