// DNS queries and their responses: which query a response is to, and queries sent again.
import type { Batch } from '../base/batch.ts';
import { mix, SECRET } from '../base/hash.ts';
import type { Layers } from './layers.ts';
import { OVER_IPV6, OVER_TCP, QUOTED } from './marks.ts';

/** Queries remembered: the latest of each slot. */
const SLOTS = 1 << 14;
/** Numbers of a key: both addresses (four words each), ports, identifier. */
const KEY = 10;
/** Seconds within which an unanswered query that comes again is the same one. */
const RESENT = 5;

/** What is looked at of the packet at hand. */
interface DnsPacket {
  batch: Batch;
  index: number;
  dns: Layers;
  udp: Layers;
  tcp: Layers;
  ip: Layers;
  ipv6: Layers;
}

/** What is said of each message of the packet at hand. */
export class DnsExchanges {
  /** Of a response: the frame of the query, and seconds and nanoseconds since; 0 for none. */
  readonly queryFrame = new Float64Array(64);
  readonly times = new Float64Array(128);
  /** Of a query sent again: the frame that it was first in. */
  readonly firstFrame = new Float64Array(64);
  /** Of a response: nobody was seen to ask. */
  readonly unsolicited = new Uint8Array(64);
  private keys: Int32Array | undefined;
  private readonly frames = new Float64Array(SLOTS);
  private readonly seconds = new Float64Array(SLOTS);
  private readonly nanoseconds = new Float64Array(SLOTS);
  private readonly answered = new Uint8Array(SLOTS);
  private readonly key = new Int32Array(KEY);

  add(packet: DnsPacket): void {
    const { dns, batch, index } = packet;
    for (let i = 0; i < Math.min(dns.count, 64); i++) {
      this.queryFrame[i] = 0;
      this.firstFrame[i] = 0;
      this.unsolicited[i] = 0;
      if (dns.at[i] + 4 > dns.end[i]) continue;
      const view = dns.view[i];
      const isResponse = (view.getUint8(dns.at[i] + 2) & 0x80) !== 0;
      if ((dns.mark[i] & QUOTED) !== 0) {
        this.unsolicited[i] = isResponse ? 1 : 0;
        continue;
      }
      this.place(packet, i, isResponse);
      let hash = SECRET;
      for (let k = 0; k < KEY; k++) hash = mix(hash, this.key[k]);
      const slot = hash & (SLOTS - 1);
      if (isResponse) this.response(i, slot, batch.seconds[index], batch.nanoseconds[index]);
      else this.query(i, slot, batch.frame(index), batch.seconds[index], batch.nanoseconds[index]);
    }
  }

  /** The key: client first. */
  private place({ dns, udp, tcp, ip, ipv6 }: DnsPacket, i: number, isResponse: boolean): void {
    const { key } = this;
    const list = (dns.mark[i] & OVER_TCP) === 0 ? udp : tcp;
    const carrier = dns.parent[i];
    const isIpv6 = (list.mark[carrier] & OVER_IPV6) !== 0;
    const headers = isIpv6 ? ipv6 : ip;
    const parent = list.parent[carrier];
    const at = headers.at[parent] + (isIpv6 ? 8 : 12);
    const words = isIpv6 ? 4 : 1;
    key.fill(0);
    for (let k = 0; k < words; k++) {
      key[k] = headers.view[parent].getInt32(at + 4 * (isResponse ? words + k : k));
      key[4 + k] = headers.view[parent].getInt32(at + 4 * (isResponse ? k : words + k));
    }
    const source = list.view[carrier].getUint16(list.at[carrier]);
    const destination = list.view[carrier].getUint16(list.at[carrier] + 2);
    key[8] = isResponse ? (destination << 16) | source : (source << 16) | destination;
    key[9] = dns.view[i].getUint16(dns.at[i]);
  }

  private isKnown(slot: number): boolean {
    const { keys, key } = this;
    if (keys === undefined || this.frames[slot] === 0) return false;
    for (let k = 0; k < KEY; k++) if (keys[slot * KEY + k] !== key[k]) return false;
    return true;
  }

  private query(i: number, slot: number, frame: number, seconds: number, nanoseconds: number): void {
    const isAgain = this.isKnown(slot) && this.answered[slot] === 0 && seconds - this.seconds[slot] < RESENT;
    if (isAgain) {
      this.firstFrame[i] = this.frames[slot];
      return;
    }
    this.keys ??= new Int32Array(SLOTS * KEY);
    this.keys.set(this.key, slot * KEY);
    this.frames[slot] = frame;
    this.seconds[slot] = seconds;
    this.nanoseconds[slot] = nanoseconds;
    this.answered[slot] = 0;
  }

  private response(i: number, slot: number, seconds: number, nanoseconds: number): void {
    if (!this.isKnown(slot)) {
      this.unsolicited[i] = 1;
      return;
    }
    this.answered[slot] = 1;
    this.queryFrame[i] = this.frames[slot];
    let whole = seconds - this.seconds[slot];
    let rest = nanoseconds - this.nanoseconds[slot];
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
}
