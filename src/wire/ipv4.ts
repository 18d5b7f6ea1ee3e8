// The IPv4 header (RFC 791), read in place.
import { View } from './view.ts';

export const HEADER_LENGTH = 20;
const VERSION_LENGTH = 0;
export const TOS = 1;
export const TOTAL_LENGTH = 2;
export const IDENTIFICATION = 4;
export const FRAGMENT = 6;
export const TTL = 8;
export const PROTOCOL = 9;
export const CHECKSUM = 10;
export const SOURCE = 12;
export const DESTINATION = 16;

/** A movable window on an IPv4 header. */
export class Ipv4 extends View {
  open(bytes: DataView, offset: number, captureEnd: number): boolean {
    this.bytes = bytes;
    this.offset = offset;
    return offset + HEADER_LENGTH <= captureEnd;
  }
  get version(): number {
    return this.bytes.getUint8(this.offset + VERSION_LENGTH) >> 4;
  }
  /** Bytes of header, options included; below 20 in a malformed packet. */
  get headerLength(): number {
    return (this.bytes.getUint8(this.offset + VERSION_LENGTH) & 15) << 2;
  }
  get tos(): number {
    return this.bytes.getUint8(this.offset + TOS);
  }
  /** Bytes of header and payload; 0 where segmentation offload left it out. */
  get totalLength(): number {
    return this.bytes.getUint16(this.offset + TOTAL_LENGTH);
  }
  get identification(): number {
    return this.bytes.getUint16(this.offset + IDENTIFICATION);
  }
  get dontFragment(): boolean {
    return (this.bytes.getUint8(this.offset + FRAGMENT) & 0x40) !== 0;
  }
  get moreFragments(): boolean {
    return (this.bytes.getUint8(this.offset + FRAGMENT) & 0x20) !== 0;
  }
  /** Bytes. */
  get fragmentOffset(): number {
    return (this.bytes.getUint16(this.offset + FRAGMENT) & 0x1fff) << 3;
  }
  /** A fragment, first or later. */
  get fragmented(): boolean {
    return (this.bytes.getUint16(this.offset + FRAGMENT) & 0x3fff) !== 0;
  }
  get ttl(): number {
    return this.bytes.getUint8(this.offset + TTL);
  }
  get protocol(): number {
    return this.bytes.getUint8(this.offset + PROTOCOL);
  }
  get checksum(): number {
    return this.bytes.getUint16(this.offset + CHECKSUM);
  }
  /** Where the four bytes of the address lie. */
  get sourceAt(): number {
    return this.offset + SOURCE;
  }
  get destinationAt(): number {
    return this.offset + DESTINATION;
  }
}
