// ICMP (RFC 792) and the fixed part of ICMPv6 (RFC 4443), which has the same shape.
import { View } from './view.ts';

export const ECHO_REPLY = 0;
export const UNREACHABLE = 3;
export const SOURCE_QUENCH = 4;
export const REDIRECT = 5;
export const ECHO_REQUEST = 8;
export const TIME_EXCEEDED = 11;
export const PARAMETER_PROBLEM = 12;
export const V6_ECHO_REQUEST = 128;
export const V6_ECHO_REPLY = 129;

export const HEADER_LENGTH = 8;
export const TYPE = 0;
export const CODE = 1;
export const CHECKSUM = 2;
export const IDENTIFIER = 4;
export const SEQUENCE = 6;
/** Of a redirect. */
export const GATEWAY = 4;
/** Of "fragmentation needed" (RFC 1191). */
export const NEXT_HOP_MTU = 6;
/** Of errors: words of the datagram that they quote, 0 for all that is there (RFC 4884, 4.1). */
export const QUOTED_WORDS = 5;

/**
 * Where the options of neighbor discovery begin, by type of ICMPv6: router and neighbor messages, redirects (RFC 4861), inverse
 * discovery (RFC 3122), mobile prefixes (RFC 6275), certification paths (RFC 3971), fast handovers (RFC 5568).
 */
export const NEIGHBOR_OPTIONS_AT: Readonly<Record<number, number>> = {
  133: 8,
  134: 16,
  135: 24,
  136: 24,
  137: 40,
  141: 8,
  142: 8,
  147: 8,
  148: 8,
  149: 12,
  150: 8,
  154: 8,
};

/** A movable window on a message of at least eight bytes. */
export class Icmp extends View {
  open(bytes: DataView, offset: number, captureEnd: number): boolean {
    this.bytes = bytes;
    this.offset = offset;
    return offset + HEADER_LENGTH <= captureEnd;
  }
  get type(): number {
    return this.bytes.getUint8(this.offset + TYPE);
  }
  get code(): number {
    return this.bytes.getUint8(this.offset + CODE);
  }
  get checksum(): number {
    return this.bytes.getUint16(this.offset + CHECKSUM);
  }
  /** Of an echo request or reply. */
  get identifier(): number {
    return this.bytes.getUint16(this.offset + IDENTIFIER);
  }
  get sequence(): number {
    return this.bytes.getUint16(this.offset + SEQUENCE);
  }
}
