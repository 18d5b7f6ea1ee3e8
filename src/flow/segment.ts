// The TCP segment of a record, wherever it lies: at the top, in a tunnel, or put together from IP fragments.
import type { Batch } from '../base/batch.ts';
import * as ethernet from '../wire/ethernet.ts';
import * as icmp from '../wire/icmp.ts';
import { TCP as PROTOCOL } from '../wire/ipv4.ts';
import { FRAGMENT, ICMP, ICMPV6, IPV4, Packet, TCP } from '../wire/packet.ts';
import { HEADER_LENGTH } from '../wire/tcp.ts';
import { descend } from '../wire/tunnel.ts';
import { Fragments } from './fragments.ts';

/** Bytes of header up to and with the window: with fewer captured, a segment has no connection. */
const COMPLETE = 16;
/** Bytes of header up to and with both ports: with fewer, it is no segment. */
const PORTS = 4;
/** Tunnels within tunnels that are looked into. */
const DEPTH = 16;

/** The one segment of a pass. `place` puts it over a record; its fields hold until the next call. */
export class Segment {
  /** The packet it lies in, with the addresses. */
  readonly packet = new Packet();
  sequence = 0;
  acknowledgment = 0;
  flags = 0;
  /** As in the header: unscaled. */
  window = 0;
  /** Source << 16 | destination. */
  ports = 0;
  /** Bytes of header, and of payload on the wire; the latter below 0 where the header is longer than the segment. */
  headerLength = 0;
  length = 0;
  /** At least the header up to the window is there. */
  complete = false;
  /** The header is not shorter than a TCP header can be. */
  wellFormed = false;
  /** The header was captured, its options perhaps not. */
  headerCaptured = false;
  /** An ICMP error quotes it: it was not sent here. */
  quoted = false;
  /** It is the first fragment of a datagram that cannot be put together. */
  partial = false;
  private readonly fragments = new Fragments();

  /** Places the segment over record `index`; false where that is no TCP segment. */
  place(batch: Batch, index: number): boolean {
    const packet = this.packet;
    const layers = packet.decode(batch, index);
    this.quoted = false;
    this.partial = false;
    return (layers & (TCP | FRAGMENT)) === TCP ? this.read() : this.search();
  }

  /** Looks for the segment in tunnels, in fragments and in what ICMP errors quote. */
  private search(): boolean {
    const packet = this.packet;
    for (let depth = 0; depth < DEPTH; depth++) {
      if ((packet.layers & FRAGMENT) !== 0 && !this.quoted) {
        const whole = this.fragments.add(packet);
        if (whole !== undefined) {
          packet.decode(whole, 0);
          continue;
        }
        // Of a first fragment that was cut short, what is there is looked at by itself.
        if (packet.fragmentOffset !== 0 || packet.fragmentEnd <= packet.captureEnd) return false;
        this.partial = packet.protocol === PROTOCOL;
      }
      if (packet.protocol === PROTOCOL) return this.read();
      if ((packet.layers & (ICMP | ICMPV6)) !== 0) {
        if (!this.quote()) return false;
      } else if (!descend(packet)) return false;
    }
    return false;
  }

  /** Moves the packet to the one that an ICMP error quotes. */
  private quote(): boolean {
    const packet = this.packet;
    const { type, at } = packet.icmp;
    if (this.quoted) return false;
    packet.wireEnd = Math.min(packet.wireEnd, packet.transportEnd);
    if ((packet.layers & ICMP) !== 0) {
      const error =
        type === icmp.UNREACHABLE ||
        type === icmp.SOURCE_QUENCH ||
        type === icmp.REDIRECT ||
        type === icmp.TIME_EXCEEDED ||
        type === icmp.PARAMETER_PROBLEM;
      this.quoted = error && packet.carried(ethernet.IPV4, at + icmp.HEADER_LENGTH);
    } else this.quoted = type >= 1 && type <= 4 && packet.carried(ethernet.IPV6, at + icmp.HEADER_LENGTH);
    return this.quoted;
  }

  private read(): boolean {
    const { tcp, transportAt, transportEnd, captureEnd, wireEnd, layers, ipv4 } = this.packet;
    const end = Math.min(transportEnd, wireEnd);
    const captured = Math.min(end, captureEnd) - transportAt;
    if (captured < PORTS) return false;
    if ((layers & IPV4) !== 0 && ipv4.headerLength > 20 && !this.soundOptions()) return false;
    this.complete = captured >= COMPLETE;
    this.ports = tcp.bytes.getInt32(transportAt);
    if (!this.complete) return true;
    this.sequence = tcp.sequence;
    this.acknowledgment = tcp.acknowledgment;
    this.flags = tcp.flags;
    this.window = tcp.window;
    this.headerLength = tcp.headerLength;
    this.length = end - transportAt - this.headerLength;
    this.wellFormed = this.headerLength >= HEADER_LENGTH;
    this.headerCaptured = captured >= HEADER_LENGTH;
    return true;
  }

  /** False where an IPv4 option is shorter than its own format: Wireshark reads no further then. */
  private soundOptions(): boolean {
    const { ipv4, captureEnd } = this.packet;
    const end = Math.min(ipv4.at + ipv4.headerLength, captureEnd);
    for (let at = ipv4.at + 20; at < end; ) {
      const kind = ipv4.bytes.getUint8(at);
      if (kind === 0) return true;
      if (kind === 1) at++;
      else {
        if (at + 2 > end) return true;
        const length = ipv4.bytes.getUint8(at + 1);
        if (length < 2 || at + length > end) return true;
        if (length < shortestOption(kind)) return false;
        at += length;
      }
    }
    return true;
  }
}

/** Bytes that an IPv4 option has at least (IANA; RFC 791, 1108, 2113, 4782). */
function shortestOption(kind: number): number {
  switch (kind) {
    case 7: // record route
    case 130: // security
    case 131: // loose source route
    case 133: // extended security
    case 137: // strict source route
      return 3;
    case 11: // MTU probe and reply
    case 12:
    case 68: // timestamp
    case 136: // stream
    case 148: // router alert
      return 4;
    case 134: // commercial security
      return 6;
    case 25: // quick start
      return 8;
    case 82: // traceroute
      return 12;
  }
  return 2;
}
