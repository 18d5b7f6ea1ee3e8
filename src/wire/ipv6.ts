// The IPv6 header (RFC 8200), read in place.

import { HOP_BY_HOP } from './registry/ip-protocols.ts';
import { View } from './view.ts';

export const HEADER_LENGTH = 40;
/** The option of a Hop-by-Hop header that gives the length of a jumbogram (RFC 2675, 2), and what it may give. */
export const JUMBO = 0xc2;
const JUMBO_LEAST = 0x10000;
const JUMBO_MOST = 0xffffffff - HEADER_LENGTH;
const VERSION_CLASS_LABEL = 0;
export const PAYLOAD_LENGTH = 4;
export const NEXT_HEADER = 6;
export const HOP_LIMIT = 7;
export const SOURCE = 8;
export const DESTINATION = 24;

/** A movable window on an IPv6 header. */
export class Ipv6 extends View {
  open(bytes: DataView, offset: number, captureEnd: number): boolean {
    this.bytes = bytes;
    this.offset = offset;
    return offset + HEADER_LENGTH <= captureEnd;
  }
  get version(): number {
    return this.bytes.getUint8(this.offset) >> 4;
  }
  get trafficClass(): number {
    return (this.bytes.getUint16(this.offset + VERSION_CLASS_LABEL) >> 4) & 0xff;
  }
  get flowLabel(): number {
    return this.bytes.getUint32(this.offset + VERSION_CLASS_LABEL) & 0xfffff;
  }
  /** Bytes after the fixed header; 0 in a jumbogram or where segmentation offload left it out. */
  get payloadLength(): number {
    return this.bytes.getUint16(this.offset + PAYLOAD_LENGTH);
  }
  get nextHeader(): number {
    return this.bytes.getUint8(this.offset + NEXT_HEADER);
  }
  get hopLimit(): number {
    return this.bytes.getUint8(this.offset + HOP_LIMIT);
  }
  /** Where the sixteen bytes of the address lie. */
  get sourceAt(): number {
    return this.offset + SOURCE;
  }
  get destinationAt(): number {
    return this.offset + DESTINATION;
  }

  /** Bytes after the fixed header of a jumbogram, whose payload length is 0; 0 where it is none. */
  jumboLength(captureEnd: number): number {
    const { bytes, offset } = this;
    const options = offset + HEADER_LENGTH;
    if (this.payloadLength !== 0 || this.nextHeader !== HOP_BY_HOP || options + 2 > captureEnd) return 0;
    const end = Math.min(captureEnd, options + ((bytes.getUint8(options + 1) + 1) << 3));
    for (let option = options + 2; option + 6 <= end; ) {
      const kind = bytes.getUint8(option);
      if (kind === 0) {
        option++; // Pad1
        continue;
      }
      const length = bytes.getUint8(option + 1);
      if (kind === JUMBO && length === 4) {
        const jumbo = bytes.getUint32(option + 2);
        return jumbo >= JUMBO_LEAST && jumbo <= JUMBO_MOST ? jumbo : 0;
      }
      option += 2 + length;
    }
    return 0;
  }
}
