// The TCP segment of a record, wherever it lies: at the top, in a tunnel, or put together from IP fragments.
import type { Batch } from '../base/batch.ts';
import { FRAGMENT, Packet, TCP } from '../wire/packet.ts';
import { HEADER_LENGTH } from '../wire/tcp.ts';

/** Bytes of header up to and with the window: with fewer captured, a segment has no connection. */
const COMPLETE = 16;
/** Bytes of header up to and with both ports: with fewer, it is no segment. */
const PORTS = 4;

/** The one segment of a pass. `place` puts it over a record; its fields hold until the next call. */
export class Segment {
  /** The packet it lies in, with the addresses. */
  packet = new Packet();
  sequence = 0;
  acknowledgment = 0;
  flags = 0;
  /** As in the header: unscaled. */
  window = 0;
  /** Source << 16 | destination. */
  ports = 0;
  /** Bytes of header, and of payload on the wire; the latter below 0 where the header is longer than the segment. */
  headerLength = 0;
  length = 0;
  /** At least the header up to the window is there. */
  complete = false;
  /** The header is not shorter than a TCP header can be. */
  wellFormed = false;
  /** The whole header was captured. */
  optionsCaptured = false;

  /** Places the segment over record `index`; false where that is no TCP segment. */
  place(batch: Batch, index: number): boolean {
    const packet = this.packet;
    const layers = packet.decode(batch, index);
    if ((layers & (TCP | FRAGMENT)) === TCP || (packet.protocol === 6 && (layers & FRAGMENT) === 0))
      return this.read(Math.max(batch.wire[index]!, batch.captured[index]!) + batch.offset[index]!);
    return false;
  }

  private read(wireEnd: number): boolean {
    const { tcp, transportAt, transportEnd, captureEnd } = this.packet;
    const end = Math.min(transportEnd, wireEnd);
    const captured = Math.min(end, captureEnd) - transportAt;
    if (captured < PORTS) return false;
    this.complete = captured >= COMPLETE;
    this.ports = tcp.bytes.getInt32(transportAt);
    if (!this.complete) return true;
    this.sequence = tcp.sequence;
    this.acknowledgment = tcp.acknowledgment;
    this.flags = tcp.flags;
    this.window = tcp.window;
    this.headerLength = tcp.headerLength;
    this.length = end - transportAt - this.headerLength;
    this.wellFormed = this.headerLength >= HEADER_LENGTH;
    this.optionsCaptured = captured >= this.headerLength;
    return true;
  }
}
