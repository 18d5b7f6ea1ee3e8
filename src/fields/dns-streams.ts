// DNS over TCP: messages behind their length (RFC 1035, 4.2.2), put together where segments divide them, as Wireshark does.
import { after, before } from '../base/sequence.ts';
import type { Analysis } from '../flow/analysis.ts';
import { RETRANSMISSION } from '../flow/verdict.ts';
import type { Headers } from './headers.ts';
import { OVER_TCP, QUOTED } from './marks.ts';

/** Bytes of a message's length. */
const PREFIX = 2;
/** Divided messages remembered of a direction: a segment that is sent again is not a new message. */
const REMEMBERED = 16;
/** Directions remembered, and bytes kept of messages that are not complete; the oldest are given up. */
const DIRECTIONS = 4096;
const KEPT = 16 << 20;

/** A message that a segment began and did not end. */
class DividedMessage {
  readonly start: number;
  /** First sequence number behind it. */
  end: number;
  /** Only the first byte of its length is known: what the next segment has belongs to it. */
  takesSegment: boolean;
  private bytes: Uint8Array | undefined;
  /** Bytes from the start on that are there; and those behind a hole. */
  private filled = 0;
  private later: { from: number; to: number }[] = [];

  constructor(start: number, end: number, takesSegment: boolean) {
    this.start = start;
    this.end = end;
    this.takesSegment = takesSegment;
    this.bytes = new Uint8Array((end - start) | 0);
  }

  get kept(): number {
    return this.bytes?.length ?? 0;
  }

  /** The whole message, once; undefined while bytes are missing. */
  get complete(): DataView | undefined {
    if (this.bytes === undefined || this.filled < ((this.end - this.start) | 0)) return undefined;
    return new DataView(this.bytes.buffer, 0, this.filled);
  }

  forget(): void {
    this.bytes = undefined;
    this.later = [];
  }

  add(view: DataView, at: number, length: number, sequence: number): void {
    if (this.bytes === undefined) return;
    const offset = (sequence - this.start) | 0;
    const size = Math.max((this.end - this.start) | 0, offset + length);
    if (size > this.bytes.length) {
      const larger = new Uint8Array(size);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes.set(new Uint8Array(view.buffer, view.byteOffset + at, length), offset);
    this.later.push({ from: offset, to: offset + length });
    this.later.sort((a, b) => a.from - b.from);
    while (this.later.length > 0 && this.later[0].from <= this.filled)
      this.filled = Math.max(this.filled, this.later.shift()!.to);
    if (this.later.length > REMEMBERED) this.forget();
  }
}

/** Finds the messages of each segment, and lists them among the headers. */
export class DnsStreams {
  private readonly directions = new Map<number, DividedMessage[]>();
  private kept = 0;
  /** Where the message begins that a segment did not end, and bytes missing of it: 0 none, -1 not even its length is there. */
  private missingAt = 0;
  private missing = 0;

  /** Takes the TCP segment of a record, which the analysis has at hand. */
  add(headers: Headers, analysis: Analysis): void {
    const { tcp } = headers;
    const number = tcp.count - 1;
    if ((tcp.mark[number] & QUOTED) !== 0) return;
    const view = tcp.view[number];
    const start = tcp.at[number] + ((view.getUint8(tcp.at[number] + 12) >> 4) << 2);
    const { segment } = analysis;
    if (start >= tcp.end[number]) return;
    const isWhole = tcp.end[number] >= tcp.wireEnd[number];
    if (isWhole && analysis.row >= 0 && !segment.partial && segment.offset === tcp.at[number])
      this.follow(headers, analysis, number, start, tcp.wireEnd[number]);
    else if (analysis.row < 0 || (analysis.verdict & RETRANSMISSION) === 0)
      this.messages(headers, number, view, start, tcp.end[number], tcp.wireEnd[number], false);
  }

  private follow(headers: Headers, analysis: Analysis, number: number, start: number, end: number): void {
    const view = headers.tcp.view[number];
    const key = analysis.stream * 2 + analysis.direction;
    const divided = this.directions.get(key) ?? [];
    let at = start;
    let sequence = analysis.segment.sequence | 0;
    const next = (sequence + (end - start)) | 0;
    while (at < end) {
      if (divided.some((one) => one.start === sequence && !after(next, one.end))) return;
      if ((analysis.verdict & RETRANSMISSION) !== 0) return;
      const open = divided.findLast((one) => before(one.start, sequence) && after(one.end, sequence));
      if (open === undefined) {
        this.messages(headers, number, view, at, end, end, true);
        if (this.missing !== 0) this.begin(key, divided, view, this.missingAt, at, sequence, next);
        return;
      }
      const length = open.takesSegment || after(open.end, next) ? end - at : (open.end - sequence) | 0;
      open.add(view, at, length, sequence);
      if (open.takesSegment) {
        open.takesSegment = false;
        open.end = next;
      }
      at += length;
      sequence = (sequence + length) | 0;
      const whole = open.complete;
      if (whole !== undefined) this.finish(headers, number, key, divided, open, whole, length, next);
    }
  }

  /** Shows what has come to be complete; a segment may have brought the beginning of another message along. */
  private finish(
    headers: Headers,
    number: number,
    key: number,
    divided: DividedMessage[],
    open: DividedMessage,
    whole: DataView,
    last: number,
    next: number,
  ): void {
    this.messages(headers, number, whole, 0, whole.byteLength, whole.byteLength, true);
    if (this.missing !== 0 && this.missingAt <= whole.byteLength - last) {
      open.end = this.missing < 0 ? next + 1 : (next + this.missing) | 0;
      open.takesSegment = this.missing < 0;
      return;
    }
    this.kept -= open.kept;
    open.forget();
    if (this.missing !== 0) this.begin(key, divided, whole, this.missingAt, 0, open.start, next);
  }

  /** Remembers the message that begins at `at` of a view, whose byte `origin` has the sequence number `sequence`. */
  private begin(
    key: number,
    divided: DividedMessage[],
    view: DataView,
    at: number,
    origin: number,
    sequence: number,
    next: number,
  ): void {
    const start = (sequence + (at - origin)) | 0;
    const takesSegment = this.missing < 0;
    const end = (next + (takesSegment ? 1 : this.missing)) | 0;
    const message = new DividedMessage(start, end, takesSegment);
    message.add(view, at, (next - start) | 0, start);
    this.kept += message.kept;
    divided.push(message);
    if (divided.length > REMEMBERED) this.giveUp(divided.splice(0, 1));
    this.directions.delete(key);
    this.directions.set(key, divided);
    for (const [oldest, messages] of this.directions) {
      if (oldest === key || (this.kept <= KEPT && this.directions.size <= DIRECTIONS)) break;
      this.giveUp(messages);
      this.directions.delete(oldest);
    }
  }

  private giveUp(messages: readonly DividedMessage[]): void {
    for (const message of messages) {
      this.kept -= message.kept;
      message.forget();
    }
  }

  /** Lists the messages in `[start, wireEnd)`, of which bytes up to `end` are there; `waits` for those that are not complete. */
  private messages(
    { dns }: Headers,
    segment: number,
    view: DataView,
    start: number,
    end: number,
    wireEnd: number,
    waits: boolean,
  ): void {
    this.missing = 0;
    for (let at = start; at < wireEnd; ) {
      const left = wireEnd - at;
      if (left < PREFIX || at + PREFIX > end) {
        if (waits) this.miss(at, -1);
        return;
      }
      const length = PREFIX + view.getUint16(at);
      if (waits && length > left) {
        this.miss(at, length - left);
        return;
      }
      // A message of no bytes has nothing to show.
      if (length > PREFIX)
        dns.push(view, at + PREFIX, Math.min(end, at + length), at + length, segment, OVER_TCP);
      at += length;
    }
  }

  private miss(at: number, bytes: number): void {
    this.missingAt = at;
    this.missing = bytes;
  }
}
