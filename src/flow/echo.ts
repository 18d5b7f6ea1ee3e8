// ICMP and ICMPv6 echo: each request matched with its reply (RFC 792, RFC 4443 4.1).
import type { Batch } from '../base/batch.ts';
import { ECHO_REPLY, ECHO_REQUEST, V6_ECHO_REPLY, V6_ECHO_REQUEST } from '../wire/icmp.ts';
import { ICMP, ICMPV6, type Packet } from '../wire/packet.ts';
import { AddressPair } from './address-pair.ts';
import { Exchanges } from './exchanges.ts';
import { countAnswer, type Pair, Pairs } from './pairs.ts';

/** Conversations and requests remembered at most: a flood from forged addresses must not fill the memory. */
const MAX_CONVERSATIONS = 4096;
const MAX_REQUESTS = 1 << 16;
/** Nanoseconds within which a request with the same number is the same one, seen again on its way. */
const SEEN_AGAIN = 1e9;

/** The echo requests of one identifier (`mark`) from one address to another, which is what one run of ping sends. */
export type Echo = Pair;

/** Follows every echo conversation of a capture. State is bounded; what was retired is counted in `pairs`. */
export class EchoTable {
  readonly pairs = new Pairs(MAX_CONVERSATIONS);
  /** The latest requests; `tag` is the sequence number, times count from `base`. */
  readonly exchanges = new Exchanges(MAX_REQUESTS);
  /** Replies whose request was not captured. */
  unasked = 0;
  /** The second, since 1970, that times count from; NaN before the first packet. */
  base = Number.NaN;
  private readonly addresses = new AddressPair();

  get conversations(): readonly Echo[] {
    return this.pairs.list;
  }

  /**
   * Takes the packet of record `index`, the innermost where it came through a tunnel or in fragments; does
   * nothing unless it is an echo request or reply.
   */
  add(packet: Packet, batch: Batch, index: number): void {
    if ((packet.layers & (ICMP | ICMPV6)) === 0) return;
    const { type, identifier, sequence } = packet.icmp;
    const isIpv6 = (packet.layers & ICMPV6) !== 0;
    const request = type === (isIpv6 ? V6_ECHO_REQUEST : ECHO_REQUEST);
    if (!request && type !== (isIpv6 ? V6_ECHO_REPLY : ECHO_REPLY)) return;
    this.addresses.place(packet);
    if (Number.isNaN(this.base)) this.base = batch.seconds[index];
    const seconds = batch.seconds[index] - this.base;
    const nanoseconds = batch.nanoseconds[index];
    const frame = batch.frame(index);
    const echo = this.pairs.find(this.addresses, identifier, !request, request);
    if (request) this.request(echo!, sequence, seconds, nanoseconds, frame);
    else if (echo === undefined) this.unasked++;
    else this.reply(echo, sequence, seconds, nanoseconds, frame);
  }

  private request(echo: Echo, sequence: number, seconds: number, nanoseconds: number, frame: number): void {
    const { exchanges } = this;
    const slot = exchanges.find(echo.number, sequence);
    if (
      slot >= 0 &&
      exchanges.answerFrame[slot] === 0 &&
      exchanges.since(slot, seconds, nanoseconds) < SEEN_AGAIN
    ) {
      echo.repeated++;
      exchanges.askAgain(slot, seconds, nanoseconds, frame);
      return;
    }
    echo.requests++;
    exchanges.ask(echo.number, sequence, seconds, nanoseconds, frame);
  }

  private reply(echo: Echo, sequence: number, seconds: number, nanoseconds: number, frame: number): void {
    const { exchanges } = this;
    const slot = exchanges.find(echo.number, sequence);
    if (slot < 0) this.unasked++;
    else if (exchanges.answerFrame[slot] !== 0) echo.duplicates++;
    else countAnswer(echo, exchanges.answer(slot, seconds, nanoseconds, frame));
  }

  /** Takes an echo request that an ICMP error of this kind (type << 8 | code) quotes: it will not be answered. */
  fail(packet: Packet, kind: number, frame: number): void {
    if ((packet.layers & (ICMP | ICMPV6)) === 0) return;
    const isIpv6 = (packet.layers & ICMPV6) !== 0;
    if (packet.icmp.type !== (isIpv6 ? V6_ECHO_REQUEST : ECHO_REQUEST)) return;
    this.addresses.place(packet);
    const echo = this.pairs.find(this.addresses, packet.icmp.identifier, false, false);
    if (echo === undefined) return;
    this.exchanges.fail(this.exchanges.find(echo.number, packet.icmp.sequence), kind, frame);
  }
}
