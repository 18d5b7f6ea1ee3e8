// The two addresses of a packet, by where they lie.
import { IPV6, type Packet } from '../wire/packet.ts';

const NOTHING: DataView = new DataView(new ArrayBuffer(0));

/** Reused for packet after packet; what it says holds as long as the packet's bytes do. */
export class AddressPair {
  bytes: DataView = NOTHING;
  sourceAt = 0;
  destinationAt = 0;
  /** They are IPv6, of 16 bytes, and not IPv4, of four. */
  isIpv6 = false;

  /** Those of the IP header that a packet has. */
  place(packet: Packet): void {
    this.bytes = packet.batch.view;
    this.isIpv6 = (packet.layers & IPV6) !== 0;
    const ip = this.isIpv6 ? packet.ipv6 : packet.ipv4;
    this.sourceAt = ip.sourceAt;
    this.destinationAt = ip.destinationAt;
  }
}
