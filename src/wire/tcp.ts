// The TCP header (RFC 9293, 3.1), read in place.
import { View } from './view.ts';

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const PSH = 8;
export const ACK = 16;
export const URG = 32;
export const ECE = 64;
export const CWR = 128;

export const HEADER_LENGTH = 20;
export const SOURCE = 0;
export const DESTINATION = 2;
export const SEQUENCE = 4;
export const ACKNOWLEDGMENT = 8;
export const OFFSET = 12;
export const FLAGS = 13;
export const WINDOW = 14;
export const CHECKSUM = 16;
export const URGENT = 18;

/** A movable window on a segment. After `open` returns true no fixed-header getter can fail. */
export class Tcp extends View {
  /** First byte that was not captured. */
  captureEnd = 0;
  /** First byte after the segment, as the IP header says. */
  wireEnd = 0;

  /** `captureEnd` bounds what may be read, `wireEnd` (from IP) bounds lengths. */
  open(bytes: DataView, offset: number, captureEnd: number, wireEnd: number): boolean {
    this.bytes = bytes;
    this.offset = offset;
    this.captureEnd = captureEnd;
    this.wireEnd = wireEnd;
    return offset + HEADER_LENGTH <= captureEnd;
  }
  get sourcePort(): number {
    return this.bytes.getUint16(this.offset + SOURCE);
  }
  get destinationPort(): number {
    return this.bytes.getUint16(this.offset + DESTINATION);
  }
  /** int32: wraps by subtraction (base/sequence.ts). */
  get sequence(): number {
    return this.bytes.getInt32(this.offset + SEQUENCE);
  }
  /** int32. */
  get acknowledgment(): number {
    return this.bytes.getInt32(this.offset + ACKNOWLEDGMENT);
  }
  /** Bytes of header, options included; below 20 in a malformed segment. */
  get headerLength(): number {
    return (this.bytes.getUint8(this.offset + OFFSET) >> 4) << 2;
  }
  /** The eight flags from FIN (1) to CWR (128). */
  get flags(): number {
    return this.bytes.getUint8(this.offset + FLAGS);
  }
  /** As in the header: unscaled. */
  get window(): number {
    return this.bytes.getUint16(this.offset + WINDOW);
  }
  get checksum(): number {
    return this.bytes.getUint16(this.offset + CHECKSUM);
  }
  get urgentPointer(): number {
    return this.bytes.getUint16(this.offset + URGENT);
  }
  /** Bytes of payload as the IP length tells (not as captured); negative in a malformed segment. */
  get payloadLength(): number {
    return this.wireEnd - this.offset - this.headerLength;
  }
}
