// What identifies a packet: the fields that are read of it, and hashes of what stays the same on its way.
import { mix, SECRET } from '../base/hash.ts';
import { Checksums } from './checksums.ts';
import { FLOW_KEY_WORDS } from './flow-key.ts';

/** Kinds of packets, by what identifies them. */
export const TCP_DATA = 1;
/** A segment without payload. */
export const TCP_CONTROL = 2;
export const UDP = 3;
export const ECHO = 4;
/** An ICMP error, which quotes a packet, or another message of ICMP. */
export const ICMP_OTHER = 5;
export const FRAGMENT = 6;
export const ARP = 7;
/** IP with another protocol. */
export const IP_OTHER = 8;
export const NOT_IP = 9;

/** Bits of `traits`. */
export const HAS_TIMESTAMPS = 1;
/** Not forwarded: broadcast, multicast, link-local, ARP. */
export const LINK_SCOPE = 2;
/** IPv4 without DF: it may be fragmented on its way. */
export const MAY_FRAGMENT = 4;

/** Its key is only good within its flow: equal datagrams of others are other packets. */
export const BOUND = 8;
/** An ICMP error: it may be sent on behalf of another host. */
export const ICMP_ERROR = 16;

/** Bytes of payload that are hashed from its beginning. */
export const HASHED = 48;
export const UDP_HEADER = 8;
/** Bytes that headers below IP may take, with those of a tunnel among them, where captures cut packets. */
const LOWER_HEADERS = 18;
const TUNNEL_HEADERS = 50;
/** Words of `headers`. */
export const HEADER_WORDS = 6;
const SECRET_B = mix(SECRET, 0x5bd1e995);
/** By kind: what the hashes begin with. */
const FIRST_A = Int32Array.from({ length: NOT_IP + 1 }, (_, kind) => mix(SECRET, kind));
const FIRST_B = Int32Array.from({ length: NOT_IP + 1 }, (_, kind) => mix(SECRET_B, kind));

/** Fields that the reader of a packet sets. */
export class IdentityFields {
  kind = NOT_IP;
  traits = 0;
  /** Two hashes of all that stays the same. With BOUND, that of the flow still has to be added. */
  keyA = 0;
  keyB = 0;
  /** A hash of less: of what stays the same even where a middlebox changes the packet. */
  coarse = 0;
  /** IP protocol of the flow, 0 where there is none; addresses as four words, ports or an echo identifier. */
  protocol = 0;
  isIpv6 = false;
  /** Nanoseconds since the trace's base, set by the caller that pairs it. */
  time = 0;
  readonly source = new Int32Array(4);
  readonly destination = new Int32Array(4);
  sourcePort = 0;
  destinationPort = 0;
  /** All that as the key of a flow. */
  readonly flowKey = new Int32Array(FLOW_KEY_WORDS);
  /** Ethernet addresses of the outermost frame as numbers of 48 bits, -1 where there are none. */
  sourceMac = -1;
  destinationMac = -1;
  /** TCP: sequence number and bytes of payload; fragments: offset and bytes. */
  sequence = 0;
  length = 0;
  /**
   * TCP: hash of acknowledgment number and time stamps, which segmentation copies into every segment. Fragments, and
   * datagrams that may become some: hash of identification and protocol; else 0.
   */
  transmission = 0;
  tcpFlags = 0;
  window = 0;
  mss = 0;
  /** TCP options that are there: bit n for kind n, bit 31 for those beyond. */
  options = 0;
  ipId = 0;
  ttl = 0;
  tos = 0;
  vlan = 0;
  /** The outermost tunnel: IP protocol << 16 | UDP destination port; 0 for none. */
  tunnel = 0;
  payloadHash = 0;
  readonly checksums = new Checksums();
  /**
   * What may change on the way: TTL << 24 | TOS << 16 | TCP flags, window << 16 | IP identification, MSS << 16 | VLAN, options,
   * tunnel, state of the checksums << 16 | sum of the payload.
   */
  readonly headers = new Int32Array(HEADER_WORDS);
  /** Bytes of IP datagram that all points have captured (see `limit`). */
  headerLimit = Number.MAX_SAFE_INTEGER;
  payloadLimit = Number.MAX_SAFE_INTEGER;
  /** Bytes of payload that `payloadHash` is of. */
  hashed = 0;
  /** The acknowledgment number of a TCP segment. */
  acknowledgment = 0;
  /** Of a UDP datagram: where its payload lies in `bytes`, as far as all points have it. */
  payloadAt = 0;
  payloadEnd = 0;
  bytes: DataView = new DataView(new ArrayBuffer(0));
  /** The seed of the hashes: only hashes with the same seed can be equal. */
  secret = SECRET;

  /** Says how many bytes of each frame every point has captured, so that no more is compared. */
  limit(snaplen: number): void {
    if (snaplen <= 0 || snaplen >= 65_535) return;
    this.headerLimit = Math.min(this.headerLimit, snaplen - LOWER_HEADERS);
    this.payloadLimit = Math.min(this.payloadLimit, Math.max(snaplen - LOWER_HEADERS - TUNNEL_HEADERS, 0));
  }

  /** Sets `headers` from what was read. */
  writeHeaders(): void {
    const { headers, checksums } = this;
    headers[0] = (this.ttl << 24) | (this.tos << 16) | (this.tcpFlags & 0xff);
    headers[1] = (this.window << 16) | this.ipId;
    headers[2] = (this.mss << 16) | this.vlan;
    headers[3] = this.options;
    headers[4] = this.tunnel;
    headers[5] = (checksums.state << 16) | checksums.payload;
  }

  setIpv4(source: number, destination: number): void {
    const { source: from, destination: to } = this;
    from[0] = source;
    to[0] = destination;
    from[1] = from[2] = from[3] = to[1] = to[2] = to[3] = 0;
  }

  /** Begins the hashes. */
  begin(kind: number): void {
    this.kind = kind;
    this.keyA = FIRST_A[kind];
    this.keyB = FIRST_B[kind];
  }

  protected feed(word: number): void {
    this.keyA = mix(this.keyA, word);
    this.keyB = step(this.keyB, word);
  }

  /** The rest of the key of what has no sequence numbers. */
  datagram(length: number): void {
    this.feed(length);
    if (this.ipId !== 0 && (this.traits & MAY_FRAGMENT) !== 0)
      this.transmission = mix(this.ipId, this.protocol);
    if (this.ipId !== 0) {
      this.feed(this.ipId);
      // If it has a number, it is found even with another payload.
      this.coarse = this.keyA;
      this.feed(this.payloadHash);
    } else {
      this.feed(this.payloadHash);
      this.coarse = this.keyA;
    }
  }

  /** The hash that a datagram would have whose payload were `length` bytes of this one's, from `offset` on; 0 where they are not captured. */
  sliceHash(offset: number, length: number): number {
    const at = this.payloadAt + offset;
    const end = at + Math.min(length, HASHED);
    if (end > this.payloadEnd) return 0;
    this.hashBytes(at, end);
    return this.payloadHash;
  }

  /** In four lanes, which need not wait for each other. */
  hashBytes(from: number, end: number): void {
    const { bytes: view, secret } = this;
    let a = secret;
    let b = ~secret;
    let c = secret;
    let d = ~secret;
    let at = from;
    for (; at + 16 <= end; at += 16) {
      a = mix(a, view.getInt32(at));
      b = mix(b, view.getInt32(at + 4));
      c = mix(c, view.getInt32(at + 8));
      d = mix(d, view.getInt32(at + 12));
    }
    for (; at + 4 <= end; at += 4) a = mix(a, view.getInt32(at));
    for (; at < end; at++) b = mix(b, view.getUint8(at));
    this.payloadHash = mix(mix(a, b), mix(c, d));
    this.hashed = Math.max(end - from, 0);
  }
}

/** The second hash of some words and one more: cheaper than `mix`, for the first one does the spreading. */
export function step(hash: number, word: number): number {
  const b = Math.imul(hash ^ word, 0x9e3779b1);
  return b ^ (b >>> 15);
}
