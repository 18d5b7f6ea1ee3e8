// DNS queries and their responses: which query a response is to, and queries sent again.
import type { Batch } from '../base/batch.ts';
import type { Layers } from './layers.ts';
import { OVER_TCP, QUOTED } from './marks.ts';
import { grown } from './values.ts';

/** Queries remembered at least: the latest ones. */
const REMEMBERED = 1 << 18;
/** Seconds within which an unanswered query that comes again is the same one. */
const RESENT = 5;
/** Numbers that a stream has queries of: identifiers. */
const IDENTIFIERS = 1 << 16;

/** Queries by stream and identifier. */
class Queries {
  private readonly places = new Map<number, number>();
  private frames = new Int32Array(64);
  private answered = new Uint8Array(64);
  private times = new Float64Array(128);

  get size(): number {
    return this.places.size;
  }

  find(key: number): number {
    return this.places.get(key) ?? -1;
  }

  put(key: number, frame: number, seconds: number, nanoseconds: number): void {
    let place = this.places.get(key);
    if (place === undefined) {
      place = this.places.size;
      this.places.set(key, place);
      if (place === this.frames.length) this.grow();
    }
    this.frames[place] = frame;
    this.answered[place] = 0;
    this.times[place * 2] = seconds;
    this.times[place * 2 + 1] = nanoseconds;
  }

  frame(place: number): number {
    return this.frames[place];
  }

  isAnswered(place: number): boolean {
    return this.answered[place] !== 0;
  }

  answer(place: number): void {
    this.answered[place] = 1;
  }

  seconds(place: number): number {
    return this.times[place * 2];
  }

  nanoseconds(place: number): number {
    return this.times[place * 2 + 1];
  }

  private grow(): void {
    const size = this.frames.length * 2;
    this.frames = grown(this.frames, size);
    const answered = new Uint8Array(size);
    answered.set(this.answered);
    this.answered = answered;
    const times = new Float64Array(size * 2);
    times.set(this.times);
    this.times = times;
  }
}

/** What is looked at of the packet at hand. */
interface DnsPacket {
  batch: Batch;
  index: number;
  dns: Layers;
  udpStreams: { readonly streams: Int32Array };
  analysis: { readonly stream: number };
}

/** What is said of each message of the packet at hand. */
export class DnsExchanges {
  /** Of a response: the frame of the query, and seconds and nanoseconds since; 0 for none. */
  queryFrame = new Float64Array(64);
  times = new Float64Array(128);
  /** Of a query sent again: the frame that it was first in. */
  firstFrame = new Float64Array(64);
  /** Of a response: its query was not captured. */
  unsolicited = new Uint8Array(64);
  /** Of a response: the query has been answered before. */
  resent = new Uint8Array(64);
  private recent = new Queries();
  private earlier = new Queries();

  add(packet: DnsPacket): void {
    const { dns, batch, index } = packet;
    if (dns.count > this.firstFrame.length) this.grow(dns.count);
    const frame = batch.frame(index);
    for (let i = 0; i < dns.count; i++) {
      this.queryFrame[i] = 0;
      this.firstFrame[i] = 0;
      this.unsolicited[i] = 0;
      this.resent[i] = 0;
      if (dns.at[i] + 4 > dns.end[i]) continue;
      const view = dns.view[i];
      const isResponse = (view.getUint8(dns.at[i] + 2) & 0x80) !== 0;
      if ((dns.mark[i] & QUOTED) !== 0) {
        this.unsolicited[i] = isResponse ? 1 : 0;
        continue;
      }
      const key = keyOf(packet, i);
      if (isResponse) this.response(i, key, batch.seconds[index], batch.nanoseconds[index]);
      else this.query(i, key, frame, batch.seconds[index], batch.nanoseconds[index]);
    }
  }

  private query(i: number, key: number, frame: number, seconds: number, nanoseconds: number): void {
    const queries = this.holder(key);
    const place = queries.find(key);
    if (place >= 0 && !queries.isAnswered(place) && seconds - queries.seconds(place) < RESENT) {
      this.firstFrame[i] = queries.frame(place);
      return;
    }
    if (this.recent.size >= REMEMBERED) {
      this.earlier = this.recent;
      this.recent = new Queries();
    }
    this.recent.put(key, frame, seconds, nanoseconds);
  }

  private response(i: number, key: number, seconds: number, nanoseconds: number): void {
    const queries = this.holder(key);
    const place = queries.find(key);
    if (place < 0) {
      this.unsolicited[i] = 1;
      return;
    }
    if (queries.isAnswered(place)) {
      this.resent[i] = 1;
      return;
    }
    queries.answer(place);
    this.queryFrame[i] = queries.frame(place);
    let whole = seconds - queries.seconds(place);
    let rest = nanoseconds - queries.nanoseconds(place);
    if (whole > 0 && rest < 0) {
      whole--;
      rest += 1e9;
    } else if (whole < 0 && rest > 0) {
      whole++;
      rest -= 1e9;
    }
    this.times[i * 2] = whole;
    this.times[i * 2 + 1] = rest;
  }

  private holder(key: number): Queries {
    return this.recent.find(key) < 0 && this.earlier.find(key) >= 0 ? this.earlier : this.recent;
  }

  private grow(count: number): void {
    const size = count * 2;
    this.queryFrame = new Float64Array(size);
    this.times = new Float64Array(size * 2);
    this.firstFrame = new Float64Array(size);
    this.unsolicited = new Uint8Array(size);
    this.resent = new Uint8Array(size);
  }
}

/** The conversation a message is of, whichever way it goes, and its identifier. */
function keyOf({ dns, udpStreams, analysis }: DnsPacket, i: number): number {
  const isTcp = (dns.mark[i] & OVER_TCP) !== 0;
  const stream = isTcp ? analysis.stream : udpStreams.streams[dns.parent[i]];
  return (stream * 2 + (isTcp ? 1 : 0)) * IDENTIFIERS + dns.view[i].getUint16(dns.at[i]);
}
