// DNS queries matched with their responses (RFC 1035, 4.1.1; over TCP: 4.2.2), as Wireshark matches them.
import type { Batch } from '../base/batch.ts';
import { copyName, Dns, HEADER_LENGTH, NO_NAME } from '../wire/dns.ts';
import * as ports from '../wire/registry/ports.ts';
import type { AddressPair } from './address-pair.ts';
import { Exchanges } from './exchanges.ts';
import { countAnswer, type Pair, Pairs } from './pairs.ts';

/** Pairs of a client and a server, and queries, remembered at most. */
const MAX_PAIRS = 4096;
const MAX_QUERIES = 1 << 14;
/** Bytes kept for a query's name. */
export const NAME_ROOM = 256;
/** Nanoseconds within which an unanswered query that comes again is the same one (as Wireshark has it). */
const RESENT = 5e9;

/** Of a pair's mark: the server's port in the low half, and this where they talk over TCP. */
export const OVER_TCP = 1 << 16;
/** Answered instead of a response code where there was no response. */
const NO_CODE = -1;

/** Whether packets with this source or destination port are DNS, or mDNS or LLMNR. */
export function isDnsPort(port: number): boolean {
  return port === ports.DNS || port === ports.MULTICAST_DNS || port === ports.LLMNR;
}

/**
 * Follows the queries from each client address to each server. A query and its response have addresses, ports and the
 * identifier in common. Queries to a multicast group are left out: they may well stay without an answer, and answers
 * come from anywhere. State is bounded; what was retired is counted in `pairs`.
 */
export class DnsTable {
  readonly pairs = new Pairs(MAX_PAIRS);
  /** The latest queries; `tag` is the client's port << 16 | identifier, times count from `base`. */
  readonly exchanges = new Exchanges(MAX_QUERIES);
  /** Of each query: the name, as copyName leaves it, from NAME_ROOM times the slot on; its type, and the response's code. */
  names = new Uint8Array(0);
  types = new Uint16Array(0);
  codes = new Int8Array(0);
  /** Responses whose query was not captured. */
  unasked = 0;
  /** The second, since 1970, that times count from; NaN before the first packet. */
  base = Number.NaN;
  private readonly dns = new Dns();

  /**
   * Takes the message at `offset` of `message`, of which the bytes before `end` may be read. It came between
   * these ends in record `index`; `mark` is OVER_TCP over TCP, 0 over UDP.
   */
  add(
    addresses: AddressPair,
    batch: Batch,
    index: number,
    message: DataView,
    offset: number,
    end: number,
    source: number,
    destination: number,
    mark: number,
  ): void {
    const { dns } = this;
    if (!dns.open(message, offset, end)) return;
    const response = dns.isResponse;
    if (!response && isMulticast(addresses)) return;
    const server = response ? source : destination;
    const tag = ((response ? destination : source) << 16) | dns.id;
    if (Number.isNaN(this.base)) this.base = batch.seconds[index];
    const seconds = batch.seconds[index] - this.base;
    const nanoseconds = batch.nanoseconds[index];
    const pair = this.pairs.find(addresses, mark | server, response, !response);
    if (!response) this.query(pair!, tag, seconds, nanoseconds, batch.frame(index), message, end);
    else if (pair !== undefined) this.response(pair, tag, seconds, nanoseconds, batch.frame(index));
    else if (server === ports.DNS) this.unasked++;
  }

  private query(
    pair: Pair,
    tag: number,
    seconds: number,
    nanoseconds: number,
    frame: number,
    message: DataView,
    end: number,
  ): void {
    const { exchanges, dns } = this;
    const known = exchanges.find(pair.number, tag);
    if (
      known >= 0 &&
      exchanges.answerFrame[known] === 0 &&
      exchanges.since(known, seconds, nanoseconds) < RESENT
    ) {
      pair.repeated++;
      exchanges.sent[known]++;
      return;
    }
    pair.requests++;
    const slot = exchanges.ask(pair.number, tag, seconds, nanoseconds, frame);
    if (exchanges.capacity > this.types.length) this.grow(exchanges.capacity);
    const { offset } = dns;
    const name = offset + HEADER_LENGTH;
    const next =
      dns.questions === 0 ? NO_NAME : copyName(message, name, offset, end, this.names, slot * NAME_ROOM);
    this.types[slot] = next === NO_NAME || next + 2 > end ? 0 : message.getUint16(next);
    if (next === NO_NAME) this.names[slot * NAME_ROOM] = 0;
    this.codes[slot] = NO_CODE;
  }

  private response(pair: Pair, tag: number, seconds: number, nanoseconds: number, frame: number): void {
    const { exchanges } = this;
    const slot = exchanges.find(pair.number, tag);
    if (slot < 0) this.unasked++;
    else if (exchanges.answerFrame[slot] !== 0) pair.duplicates++;
    else {
      countAnswer(pair, exchanges.answer(slot, seconds, nanoseconds, frame));
      this.codes[slot] = this.dns.code;
    }
  }

  /** Takes a query over UDP that an ICMP error of this kind (type << 8 | code) quotes, such as `port unreachable`. */
  fail(
    addresses: AddressPair,
    offset: number,
    end: number,
    source: number,
    destination: number,
    kind: number,
    frame: number,
  ): void {
    if (!this.dns.open(addresses.bytes, offset, end)) return;
    const pair = this.pairs.find(addresses, destination, false, false);
    if (pair === undefined) return;
    this.exchanges.fail(this.exchanges.find(pair.number, (source << 16) | this.dns.id), kind, frame);
  }

  private grow(capacity: number): void {
    const { names, types, codes } = this;
    this.names = new Uint8Array(capacity * NAME_ROOM);
    this.names.set(names);
    this.types = new Uint16Array(capacity);
    this.types.set(types);
    this.codes = new Int8Array(capacity);
    this.codes.set(codes);
  }
}

/** Is it for a group (RFC 1112, 4; RFC 4291, 2.7)? */
function isMulticast({ bytes, destinationAt, isIpv6 }: AddressPair): boolean {
  const first = bytes.getUint8(destinationAt);
  return isIpv6 ? first === 0xff : first >> 4 === 14;
}
