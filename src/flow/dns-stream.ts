// DNS messages in a TCP stream, each preceded by its length (RFC 1035, 4.2.2; RFC 7766, 8), also where they span segments.
import { HEADER_LENGTH, LONGEST_NAME } from '../wire/dns.ts';

/** Directions with a message under way that are remembered at most. */
const MAX_STREAMS = 1024;
/** Bytes of the length in front of a message. */
const PREFIX = 2;
const NOTHING: DataView = new DataView(new ArrayBuffer(0));
/** Bytes kept of a message: the header and one question. */
const KEPT = HEADER_LENGTH + LONGEST_NAME + 4;

/** A message of which the end has not come yet. */
interface Partial {
  /** Sequence number the next segment begins with. */
  sequence: number;
  /** Bytes of it seen so far, length included. */
  seen: number;
  readonly bytes: DataView;
}

/**
 * Finds the messages in segments. Follows each direction only while a message is under way; where a segment is missing,
 * the next one is taken to begin with a message.
 */
export class DnsStreams {
  /** The first KEPT bytes of the message that `next` found, or fewer, from `offset` to `end`. */
  bytes: DataView = NOTHING;
  offset = 0;
  end = 0;
  private readonly partials = new Map<number, Partial>();
  private readonly spare: Partial[] = [];
  private partial: Partial | undefined;
  private key = 0;
  private segment = NOTHING;
  private position = 0;
  private segmentEnd = 0;
  private sequence = 0;

  /**
   * Takes the payload of a segment that was not sent before, from `offset` to `end`; `key` tells its direction from all
   * others, `sequence` is its first byte's number. Ask `next` for the messages that end in it.
   */
  open(key: number, sequence: number, bytes: DataView, offset: number, end: number): void {
    this.key = key;
    this.segment = bytes;
    this.position = offset;
    this.segmentEnd = end;
    this.sequence = (sequence + end - offset) | 0;
    this.partial = this.partials.get(key);
    if (this.partial !== undefined && this.partial.sequence !== sequence) this.drop();
  }

  /** Moves to the next message that ends in the segment; false where there is none. */
  next(): boolean {
    if (this.partial !== undefined) return this.resume();
    const { segment, segmentEnd } = this;
    const offset = this.position;
    const left = segmentEnd - offset;
    if (left <= 0) return false;
    const length = left < PREFIX ? 0 : segment.getUint16(offset);
    if (left < PREFIX || length > left - PREFIX) {
      this.begin();
      return false;
    }
    this.bytes = segment;
    this.offset = offset + PREFIX;
    this.end = offset + PREFIX + length;
    this.position = this.end;
    return true;
  }

  /** Goes on with the message under way. */
  private resume(): boolean {
    const partial = this.partial!;
    // The length itself may be cut in two.
    if (partial.seen < PREFIX) this.take(partial, PREFIX);
    if (partial.seen >= PREFIX) {
      const length = PREFIX + partial.bytes.getUint16(0);
      this.take(partial, length);
      if (partial.seen === length) {
        this.bytes = partial.bytes;
        this.offset = PREFIX;
        this.end = Math.min(length, partial.bytes.byteLength);
        this.drop();
        return true;
      }
    }
    partial.sequence = this.sequence;
    return false;
  }

  /** Takes bytes of the segment until `length` of the message have been seen. */
  private take(partial: Partial, length: number): void {
    const count = Math.min(length - partial.seen, this.segmentEnd - this.position);
    const kept = Math.min(count, partial.bytes.byteLength - partial.seen);
    for (let i = 0; i < kept; i++) {
      partial.bytes.setUint8(partial.seen + i, this.segment.getUint8(this.position + i));
    }
    partial.seen += count;
    this.position += count;
  }

  private begin(): void {
    if (this.partials.size === MAX_STREAMS) {
      const [oldest, partial] = this.partials.entries().next().value!;
      this.partials.delete(oldest);
      this.spare.push(partial);
    }
    const partial = this.spare.pop() ?? {
      sequence: 0,
      seen: 0,
      bytes: new DataView(new ArrayBuffer(PREFIX + KEPT)),
    };
    partial.seen = 0;
    this.partials.set(this.key, partial);
    this.partial = partial;
    this.resume();
  }

  private drop(): void {
    this.partials.delete(this.key);
    this.spare.push(this.partial!);
    this.partial = undefined;
  }
}
