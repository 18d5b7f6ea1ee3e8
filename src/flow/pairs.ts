// Pairs of requester and responder: two addresses and a number, found without a string; the first ones are retired when there are too many.

import { mix, SECRET } from '../base/hash.ts';
import type { AddressPair } from './address-pair.ts';

/** What is counted of the requests from one address to another. Times in nanoseconds. */
export interface Pair {
  /** Counted from 0 in the order they appear. */
  readonly number: number;
  /** Four or sixteen bytes. */
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly version: 4 | 6;
  /** What distinguishes pairs with the same addresses. */
  readonly mark: number;
  requests: number;
  /** Requests that were answered; a second answer to the same one is not counted. */
  replies: number;
  /** Requests seen again, and answers to what had been answered. */
  repeated: number;
  duplicates: number;
  rttMin: number;
  rttMax: number;
  rttSum: number;
}

/** The pairs of a capture, at most `limit`: then the one that appeared first is retired for each new one. */
export class Pairs {
  /** In the order they appeared. */
  readonly list: Pair[] = [];
  /** Pairs that were retired, and what they had counted. */
  retired = 0;
  retiredRequests = 0;
  retiredReplies = 0;
  /** The longest time of those that were retired, and the sum of their times. */
  private retiredMax = 0;
  private retiredSum = 0;
  private readonly limit: number;
  private readonly buckets = new Map<number, Pair[]>();
  /** The hash of each pair of `list`. */
  private readonly hashes: number[] = [];
  private made = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /**
   * The pair of these addresses: the source asks or, with `answer`, is asked. `make` makes it where there is none.
   */
  find(addresses: AddressPair, mark: number, answer: boolean, make: boolean): Pair | undefined {
    const { bytes, isIpv6 } = addresses;
    const length = isIpv6 ? 16 : 4;
    const sourceOffset = answer ? addresses.destinationAt : addresses.sourceAt;
    const destinationOffset = answer ? addresses.sourceAt : addresses.destinationAt;
    let hash = SECRET ^ mark;
    for (let i = 0; i < length; i += 4) {
      hash = mix(mix(hash, bytes.getInt32(sourceOffset + i)), bytes.getInt32(destinationOffset + i));
    }
    const bucket = this.buckets.get(hash);
    if (bucket !== undefined) {
      for (let i = 0; i < bucket.length; i++) {
        const pair = bucket[i];
        if (
          pair.mark === mark &&
          pair.source.length === length &&
          equal(pair.source, bytes, sourceOffset, length) &&
          equal(pair.destination, bytes, destinationOffset, length)
        ) {
          return pair;
        }
      }
    }
    if (!make) return undefined;
    if (this.list.length === this.limit) this.retire();
    const pair: Pair = {
      number: this.made++ | 0,
      source: copy(bytes, sourceOffset, length),
      destination: copy(bytes, destinationOffset, length),
      version: isIpv6 ? 6 : 4,
      mark,
      requests: 0,
      replies: 0,
      repeated: 0,
      duplicates: 0,
      rttMin: Number.POSITIVE_INFINITY,
      rttMax: 0,
      rttSum: 0,
    };
    const home = this.buckets.get(hash);
    if (home === undefined) this.buckets.set(hash, [pair]);
    else home.push(pair);
    this.list.push(pair);
    this.hashes.push(hash);
    return pair;
  }

  /** All pairs together, those retired as well. Times are NaN where no request was answered. */
  get total(): { requests: number; lost: number; rttMean: number; rttMax: number } {
    let requests = this.retiredRequests;
    let replies = this.retiredReplies;
    let sum = this.retiredSum;
    let rttMax = this.retiredMax;
    for (const pair of this.list) {
      requests += pair.requests;
      replies += pair.replies;
      sum += pair.rttSum;
      rttMax = Math.max(rttMax, pair.rttMax);
    }
    return {
      requests,
      lost: requests - replies,
      rttMean: sum / replies,
      rttMax: replies === 0 ? Number.NaN : rttMax,
    };
  }

  private retire(): void {
    const pair = this.list.shift()!;
    const hash = this.hashes.shift()!;
    const rest = this.buckets.get(hash)!.filter((one) => one !== pair);
    if (rest.length === 0) this.buckets.delete(hash);
    else this.buckets.set(hash, rest);
    this.retired++;
    this.retiredRequests += pair.requests;
    this.retiredReplies += pair.replies;
    this.retiredMax = Math.max(this.retiredMax, pair.rttMax);
    this.retiredSum += pair.rttSum;
  }
}

/** Counts an answer that took `elapsed` nanoseconds. */
export function countAnswer(pair: Pair, elapsed: number): void {
  pair.replies++;
  pair.rttSum += elapsed;
  if (elapsed < pair.rttMin) pair.rttMin = elapsed;
  if (elapsed > pair.rttMax) pair.rttMax = elapsed;
}

function equal(address: Uint8Array, bytes: DataView, offset: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (address[i] !== bytes.getUint8(offset + i)) return false;
  return true;
}

function copy(bytes: DataView, offset: number, length: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + offset, length).slice();
}
