// The UDP header (RFC 768), read in place.
import { View } from './view.ts';

export const HEADER_LENGTH = 8;
export const SOURCE = 0;
export const DESTINATION = 2;
export const LENGTH = 4;
export const CHECKSUM = 6;

/** A movable window on a datagram. */
export class Udp extends View {
  open(bytes: DataView, offset: number, captureEnd: number): boolean {
    this.bytes = bytes;
    this.offset = offset;
    return offset + HEADER_LENGTH <= captureEnd;
  }
  get sourcePort(): number {
    return this.bytes.getUint16(this.offset + SOURCE);
  }
  get destinationPort(): number {
    return this.bytes.getUint16(this.offset + DESTINATION);
  }
  /** Bytes of header and payload. */
  get length(): number {
    return this.bytes.getUint16(this.offset + LENGTH);
  }
  get checksum(): number {
    return this.bytes.getUint16(this.offset + CHECKSUM);
  }
}
