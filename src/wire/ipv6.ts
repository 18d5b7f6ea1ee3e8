// The IPv6 header (RFC 8200) and the numbers of its extension headers, read in place.
import { View } from './view.ts';

export const HOP_BY_HOP = 0;
export const ROUTING = 43;
export const FRAGMENT = 44;
export const NO_NEXT = 59;
export const MOBILITY = 135;
/** What Mobility was before it had a number of its own. */
export const MOBILITY_OLD = 62;
export const DESTINATION_OPTIONS = 60;

export const HEADER_LENGTH = 40;
const VERSION_CLASS_LABEL = 0;
const PAYLOAD_LENGTH = 4;
const NEXT_HEADER = 6;
const HOP_LIMIT = 7;
const SOURCE = 8;
const DESTINATION = 24;

/** A movable window on an IPv6 header. */
export class Ipv6 extends View {
  open(bytes: DataView, at: number, captureEnd: number): boolean {
    this.bytes = bytes;
    this.at = at;
    return at + HEADER_LENGTH <= captureEnd;
  }
  get version(): number {
    return this.bytes.getUint8(this.at) >> 4;
  }
  get trafficClass(): number {
    return (this.bytes.getUint16(this.at + VERSION_CLASS_LABEL) >> 4) & 0xff;
  }
  get flowLabel(): number {
    return this.bytes.getUint32(this.at + VERSION_CLASS_LABEL) & 0xfffff;
  }
  /** Bytes after the fixed header; 0 in a jumbogram or where segmentation offload left it out. */
  get payloadLength(): number {
    return this.bytes.getUint16(this.at + PAYLOAD_LENGTH);
  }
  get nextHeader(): number {
    return this.bytes.getUint8(this.at + NEXT_HEADER);
  }
  get hopLimit(): number {
    return this.bytes.getUint8(this.at + HOP_LIMIT);
  }
  /** Where the sixteen bytes of the address lie. */
  get sourceAt(): number {
    return this.at + SOURCE;
  }
  get destinationAt(): number {
    return this.at + DESTINATION;
  }
}
