// Echo requests and their replies: *.resp_to and *.resptime of ICMP and ICMPv6.
import { mix, SECRET } from '../base/hash.ts';
import type { Layers } from './layers.ts';

/** Requests remembered: the latest of each slot. */
const SLOTS = 1 << 14;
/** Numbers of a key: both addresses (four words each), identifier and sequence. */
const KEY = 9;

/** Requests found by who asked whom, with which numbers; a later one in the same slot takes the place. */
export class Echoes {
  /** Of the last reply: the frame of its request and the milliseconds since; 0 for none. */
  frame = 0;
  milliseconds = 0;
  private keys: Int32Array | undefined;
  private readonly frames = new Float64Array(SLOTS);
  private readonly seconds = new Float64Array(SLOTS);
  private readonly nanoseconds = new Float64Array(SLOTS);
  private readonly key = new Int32Array(KEY);

  /**
   * Takes message `i` of `messages`, of the IP header `parent` of `carriers`: a request, or a reply to what its receiver
   * asked. `source`: where in the header the address of the sender is; the other follows, `words` words each.
   */
  add(
    messages: Layers,
    i: number,
    carriers: Layers,
    source: number,
    words: number,
    isRequest: boolean,
    frame: number,
    seconds: number,
    nanoseconds: number,
  ): void {
    const { key } = this;
    const parent = messages.parent[i];
    const view = carriers.view[parent];
    const from = carriers.at[parent] + source;
    key.fill(0);
    for (let k = 0; k < words; k++) {
      key[k] = view.getInt32(from + 4 * (isRequest ? k : words + k));
      key[4 + k] = view.getInt32(from + 4 * (isRequest ? words + k : k));
    }
    key[8] = messages.view[i].getInt32(messages.at[i] + 4);
    let hash = SECRET;
    for (let k = 0; k < KEY; k++) hash = mix(hash, key[k]);
    const slot = hash & (SLOTS - 1);
    if (isRequest) this.ask(slot, frame, seconds, nanoseconds);
    else this.answer(slot, seconds, nanoseconds);
  }

  private ask(slot: number, frame: number, seconds: number, nanoseconds: number): void {
    this.keys ??= new Int32Array(SLOTS * KEY);
    this.keys.set(this.key, slot * KEY);
    this.frames[slot] = frame;
    this.seconds[slot] = seconds;
    this.nanoseconds[slot] = nanoseconds;
    this.frame = 0;
  }

  private answer(slot: number, seconds: number, nanoseconds: number): void {
    this.frame = 0;
    if (this.keys === undefined || this.frames[slot] === 0) return;
    for (let k = 0; k < KEY; k++) if (this.keys[slot * KEY + k] !== this.key[k]) return;
    this.frame = this.frames[slot];
    this.milliseconds = (seconds - this.seconds[slot]) * 1000 + (nanoseconds - this.nanoseconds[slot]) / 1e6;
    // Each request has one reply.
    this.frames[slot] = 0;
  }
}
