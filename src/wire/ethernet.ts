// Ethernet II and IEEE 802.3 MAC headers.
import { View } from './view.ts';

export const HEADER_LENGTH = 14;
/** Bytes of the frame check sequence. */
export const FCS_LENGTH = 4;
const DESTINATION = 0;
export const SOURCE = 6;
const TYPE = 12;

/** A movable window on a MAC header. */
export class Ethernet extends View {
  open(bytes: DataView, offset: number, captureEnd: number): boolean {
    this.bytes = bytes;
    this.offset = offset;
    return offset + HEADER_LENGTH <= captureEnd;
  }
  /** Where the six bytes of the destination lie. */
  get destinationAt(): number {
    return this.offset + DESTINATION;
  }
  get sourceAt(): number {
    return this.offset + SOURCE;
  }
  /** EtherType, or an IEEE 802.3 length where it is 1500 or less. */
  get type(): number {
    return this.bytes.getUint16(this.offset + TYPE);
  }
}
