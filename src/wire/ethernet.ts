// Ethernet II and IEEE 802.3 MAC headers, and the EtherTypes nscap knows (IANA, RFC 9542).
import { View } from './view.ts';

export const IPV4 = 0x0800;
export const ARP = 0x0806;
export const TRANSPARENT_BRIDGING = 0x6558;
export const REVERSE_ARP = 0x8035;
export const VLAN = 0x8100;
export const IPV6 = 0x86dd;
export const QINQ = 0x88a8;
export const QINQ_9100 = 0x9100;

export const HEADER_LENGTH = 14;
const DESTINATION = 0;
export const SOURCE = 6;
const TYPE = 12;

/** A movable window on a MAC header. */
export class Ethernet extends View {
  open(bytes: DataView, at: number, captureEnd: number): boolean {
    this.bytes = bytes;
    this.at = at;
    return at + HEADER_LENGTH <= captureEnd;
  }
  /** Where the six bytes of the destination lie. */
  get destinationAt(): number {
    return this.at + DESTINATION;
  }
  get sourceAt(): number {
    return this.at + SOURCE;
  }
  /** EtherType, or an IEEE 802.3 length where it is 1500 or less. */
  get type(): number {
    return this.bytes.getUint16(this.at + TYPE);
  }
}
