// ICMP and ICMPv6 echo: each request matched with its reply (RFC 792, RFC 4443 4.1).
import { ECHO_REPLY, ECHO_REQUEST, V6_ECHO_REPLY, V6_ECHO_REQUEST } from '../wire/icmp.ts';
import { ICMP, ICMPV6, IPV4, type Packet } from '../wire/packet.ts';

/** Conversations remembered at most: a flood from forged addresses must not fill the memory. */
const MAX_CONVERSATIONS = 4096;

/** The echo requests of one identifier from one address to another, which is what one run of ping sends. */
export interface Echo {
  /** Four or sixteen bytes. */
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly version: 4 | 6;
  readonly identifier: number;
  requests: number;
  /** Requests that were answered; a second answer to the same one is not counted. */
  replies: number;
  /** Round-trip times in nanoseconds. */
  rttMin: number;
  rttMax: number;
  rttSum: number;
  /** Sequence number → time of the request in nanoseconds since the first packet: those not answered so far. */
  readonly open: Map<number, number>;
}

/** Follows every echo conversation of a capture. State is bounded: `ignored` counts what did not fit. */
export class EchoTable {
  readonly conversations: Echo[] = [];
  /** Requests of conversations beyond the bound. */
  ignored = 0;
  private readonly buckets = new Map<number, Echo[]>();
  private base = Number.NaN;

  /** Takes a decoded packet; does nothing unless it is an echo request or reply. */
  add(packet: Packet): void {
    if ((packet.layers & (ICMP | ICMPV6)) === 0) return;
    const { batch, index, icmp } = packet;
    const type = icmp.type;
    const six = (packet.layers & ICMPV6) !== 0;
    const request = type === (six ? V6_ECHO_REQUEST : ECHO_REQUEST);
    if (!request && type !== (six ? V6_ECHO_REPLY : ECHO_REPLY)) return;
    if (Number.isNaN(this.base)) this.base = batch.seconds[index]!;
    const time = (batch.seconds[index]! - this.base) * 1e9 + batch.nanoseconds[index]!;
    const echo = this.find(packet, request);
    if (echo === undefined) return;
    if (request) {
      echo.requests++;
      echo.open.set(icmp.sequence, time);
      return;
    }
    const sent = echo.open.get(icmp.sequence);
    if (sent === undefined) return;
    echo.open.delete(icmp.sequence);
    const rtt = time - sent;
    echo.replies++;
    echo.rttSum += rtt;
    if (rtt < echo.rttMin) echo.rttMin = rtt;
    if (rtt > echo.rttMax) echo.rttMax = rtt;
  }

  private find(packet: Packet, request: boolean): Echo | undefined {
    const four = (packet.layers & IPV4) !== 0;
    const ip = four ? packet.ipv4 : packet.ipv6;
    const length = four ? 4 : 16;
    const view = packet.batch.view;
    const from = request ? ip.sourceAt : ip.destinationAt;
    const to = request ? ip.destinationAt : ip.sourceAt;
    const identifier = packet.icmp.identifier;
    let hash = identifier;
    for (let i = 0; i < length; i += 4) {
      hash = Math.imul(hash ^ view.getInt32(from + i), 0x9e3779b1);
      hash = Math.imul(hash ^ view.getInt32(to + i) ^ (hash >>> 15), 0x85ebca6b);
    }
    const bucket = this.buckets.get(hash);
    if (bucket !== undefined) {
      for (const echo of bucket) {
        if (
          echo.identifier === identifier &&
          echo.version === (four ? 4 : 6) &&
          equal(echo.source, view, from, length) &&
          equal(echo.destination, view, to, length)
        ) {
          return echo;
        }
      }
    }
    if (!request) return undefined;
    if (this.conversations.length === MAX_CONVERSATIONS) {
      this.ignored++;
      return undefined;
    }
    const bytes = packet.batch.bytes;
    const echo: Echo = {
      source: bytes.slice(from, from + length),
      destination: bytes.slice(to, to + length),
      version: four ? 4 : 6,
      identifier,
      requests: 0,
      replies: 0,
      rttMin: Number.POSITIVE_INFINITY,
      rttMax: 0,
      rttSum: 0,
      open: new Map(),
    };
    if (bucket === undefined) this.buckets.set(hash, [echo]);
    else bucket.push(echo);
    this.conversations.push(echo);
    return echo;
  }
}

function equal(address: Uint8Array, view: DataView, at: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (address[i] !== view.getUint8(at + i)) return false;
  return true;
}
