// The UDP header (RFC 768), read in place.
import { View } from './view.ts';

export const HEADER_LENGTH = 8;
export const SOURCE = 0;
export const DESTINATION = 2;
export const LENGTH = 4;
export const CHECKSUM = 6;

/** A movable window on a datagram. */
export class Udp extends View {
  open(bytes: DataView, at: number, captureEnd: number): boolean {
    this.bytes = bytes;
    this.at = at;
    return at + HEADER_LENGTH <= captureEnd;
  }
  get sourcePort(): number {
    return this.bytes.getUint16(this.at + SOURCE);
  }
  get destinationPort(): number {
    return this.bytes.getUint16(this.at + DESTINATION);
  }
  /** Bytes of header and payload. */
  get length(): number {
    return this.bytes.getUint16(this.at + LENGTH);
  }
  get checksum(): number {
    return this.bytes.getUint16(this.at + CHECKSUM);
  }
}
