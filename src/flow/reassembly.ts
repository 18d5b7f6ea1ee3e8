// One direction of a TCP connection put back in order: retransmissions used once, overlaps as Linux resolves them.
import { after, before } from '../base/sequence.ts';

/** Where the bytes of a direction go. */
export interface StreamOutput {
  /** The next bytes of the stream: index `begin` up to before `end`; valid during the call only. */
  data(bytes: Uint8Array, begin: number, end: number): void;
  /** A number of bytes of the stream that were not captured. */
  gap(length: number): void;
}

/** A segment that waits for what comes before it. */
interface Pending {
  sequence: number;
  end: number;
  bytes: Uint8Array;
}

/**
 * Puts the segments of one direction in order. Sequence numbers are int32. A hole is waited for until the peer
 * acknowledges bytes after it (so it was received, but not captured), until more than `limit` bytes wait, or until
 * the end; then it is reported as a gap.
 *
 * Overlaps: bytes delivered once stay. Of two segments that wait, the one that begins first has the bytes both have,
 * unless the other covers it whole (tcp_data_queue_ofo() of Linux behaves so).
 */
export class Reassembly {
  /** Bytes delivered, bytes reported as gaps, and bytes sent again. */
  delivered = 0;
  missing = 0;
  repeated = 0;
  /** Bytes after the FIN, which are not part of the stream. */
  behindFin = 0;
  /** How often a hole was skipped because `limit` was reached. */
  bounded = 0;
  private readonly output: StreamOutput;
  private readonly limit: number;
  private known = false;
  /** What is known comes from a segment without payload. */
  private tentative = false;
  private next = 0;
  private waiting: Pending[] = [];
  private waitingBytes = 0;
  private acknowledged = 0;
  private acknowledgedKnown = false;
  private finished = false;
  private finish = 0;

  /** `limit`: bytes kept at most for segments that wait. */
  constructor(output: StreamOutput, limit: number) {
    this.output = output;
    this.limit = limit;
  }

  /** The stream's first byte has this sequence number. */
  begin(sequence: number): void {
    if (this.known) return;
    this.known = true;
    this.next = sequence;
  }

  /** A segment's payload: index `begin` up to before `end`, copied where it must wait. */
  segment(sequence: number, bytes: Uint8Array, payloadBegin: number, payloadEnd: number): void {
    const left = this.finished ? (this.finish - sequence) | 0 : payloadEnd - payloadBegin;
    if (left < payloadEnd - payloadBegin && payloadEnd > payloadBegin) {
      // Data after a FIN is not part of the stream, and receivers ignore it (RFC 9293, 3.10.7.4).
      this.behindFin += payloadEnd - payloadBegin - Math.max(left, 0);
      payloadEnd = payloadBegin + Math.max(left, 0);
      if (payloadEnd === payloadBegin) return;
    }
    if (!this.known || this.tentative) this.approach(sequence, payloadEnd > payloadBegin);
    if (payloadEnd <= payloadBegin) return;
    const end = (sequence + (payloadEnd - payloadBegin)) | 0;
    if (!after(end, this.next)) {
      this.repeated += payloadEnd - payloadBegin;
      return;
    }
    if (after(sequence, this.next)) {
      this.wait(sequence, end, bytes, payloadBegin, payloadEnd);
      return;
    }
    const known = (this.next - sequence) | 0;
    this.repeated += known;
    this.deliver(bytes, payloadBegin + known, payloadEnd);
    this.drain();
  }

  /**
   * Seen from the middle, a stream begins where its first segment does, be it an ACK without payload: what was sent
   * before comes only again. But a keep-alive stands one byte before what comes next (RFC 9293, 3.8.4).
   */
  private approach(sequence: number, payload: boolean): void {
    if (!this.known) this.begin(sequence);
    else if (sequence === ((this.next + 1) | 0)) this.next = sequence;
    this.tentative = !payload;
  }

  /** The sender's FIN has this sequence number: nothing follows it. */
  fin(sequence: number): void {
    if (this.finished) return;
    this.begin(sequence);
    this.finished = true;
    this.finish = sequence;
    for (let last = this.waiting.at(-1); last !== undefined && !before(last.sequence, sequence); ) {
      this.behindFin += last.bytes.length;
      this.waitingBytes -= last.bytes.length;
      this.waiting.pop();
      last = this.waiting.at(-1);
    }
  }

  /** The peer has received everything before this sequence number. */
  acknowledge(sequence: number): void {
    if (!this.known) return;
    if (!this.acknowledgedKnown || after(sequence, this.acknowledged)) this.acknowledged = sequence;
    this.acknowledgedKnown = true;
    while (this.waiting.length > 0 && !before(sequence, this.waiting[0].sequence)) this.skip();
  }

  /** No more segments: delivers waiting data, and reports what is missing before and after it. */
  end(): void {
    while (this.waiting.length > 0) this.skip();
    if (!this.known) return;
    let last = this.acknowledgedKnown ? this.acknowledged : this.next;
    if (this.finished && after(last, this.finish)) last = this.finish;
    if (after(last, this.next)) this.lose((last - this.next) >>> 0);
  }

  private wait(
    sequence: number,
    end: number,
    bytes: Uint8Array,
    payloadBegin: number,
    payloadEnd: number,
  ): void {
    const { waiting } = this;
    let index = this.behind(sequence);
    const previous = waiting[index - 1];
    if (previous !== undefined && after(previous.end, sequence)) {
      if (!after(end, previous.end)) {
        this.repeated += payloadEnd - payloadBegin;
        return;
      }
      if (previous.sequence === sequence) this.drop(--index);
    }
    while (index < waiting.length && !after(waiting[index].end, end)) this.drop(index);
    waiting.splice(index, 0, { sequence, end, bytes: bytes.slice(payloadBegin, payloadEnd) });
    this.waitingBytes += payloadEnd - payloadBegin;
    while (this.waitingBytes > this.limit) {
      this.bounded++;
      this.skip();
    }
  }

  /** Index of the first that waits with a higher sequence number. */
  private behind(sequence: number): number {
    let low = 0;
    let high = this.waiting.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (after(this.waiting[middle].sequence, sequence)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private drop(index: number): void {
    const [dropped] = this.waiting.splice(index, 1);
    this.waitingBytes -= dropped.bytes.length;
    this.repeated += dropped.bytes.length;
  }

  /** Skips the hole before the first segment that waits. */
  private skip(): void {
    this.lose((this.waiting[0].sequence - this.next) >>> 0);
    this.drain();
  }

  private lose(length: number): void {
    this.output.gap(length);
    this.missing += length;
    this.next = (this.next + length) | 0;
  }

  private deliver(bytes: Uint8Array, begin: number, end: number): void {
    this.output.data(bytes, begin, end);
    this.delivered += end - begin;
    this.next = (this.next + (end - begin)) | 0;
  }

  /** Delivers what waits and has no hole before it. */
  private drain(): void {
    const { waiting } = this;
    let done = 0;
    for (; done < waiting.length && !after(waiting[done].sequence, this.next); done++) {
      const { bytes, sequence } = waiting[done];
      this.waitingBytes -= bytes.length;
      const known = Math.min((this.next - sequence) | 0, bytes.length);
      this.repeated += known;
      if (known < bytes.length) this.deliver(bytes, known, bytes.length);
    }
    if (done > 0) waiting.splice(0, done);
  }
}
