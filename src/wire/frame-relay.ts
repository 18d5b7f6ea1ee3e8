// The address of a Frame Relay frame (ITU-T Q.922, 3.3): two to four bytes, the last of which has its lowest bit set.

/** The control byte of unnumbered information, before the protocol's identifier (RFC 2427, 3). */
export const UNNUMBERED_INFORMATION = 3;

const LAST = 0x01;
/** Bit of the last byte of a long address: it ends in control, not in a circuit's number. */
const CORE_CONTROL = 0x02;

/** Flags as they lie in the second byte; above them the one of the first, and the one of the last. */
export const COMMAND = 0x0200;
export const CORE = 0x0100;
export const DISCARD_ELIGIBLE = 0x02;
export const BACKWARD_CONGESTION = 0x04;
export const FORWARD_CONGESTION = 0x08;

/** No address has bytes like these. */
export const INVALID = 0;
const CUT_SHORT = -1;

/** An address, read in place. Reused. */
export class FrameRelayAddress {
  /** Bytes it has; INVALID or CUT_SHORT where there is none. */
  length = INVALID;
  /** Number of the circuit (DLCI). */
  circuit = 0;
  flags = 0;

  /** Reads the address at `offset`, of which the bytes up to `end` are there. */
  open(bytes: DataView, offset: number, end: number): boolean {
    this.length = CUT_SHORT;
    this.circuit = this.flags = 0;
    if (offset + 1 > end) return false;
    const first = bytes.getUint8(offset);
    if ((first & LAST) !== 0) return this.invalid();
    if (offset + 2 > end) return false;
    const second = bytes.getUint8(offset + 1);
    this.circuit = ((first & 0xfc) << 2) | (second >> 4);
    this.flags = ((first & 0x02) << 8) | (second & 0x0e);
    if ((second & LAST) !== 0) {
      this.length = 2;
      return true;
    }
    if (offset + 3 > end) return false;
    let last = bytes.getUint8(offset + 2);
    let length = 3;
    if ((last & LAST) === 0) {
      this.circuit = (this.circuit << 7) | (last >> 1);
      length = 4;
      if (offset + length > end) return false;
      last = bytes.getUint8(offset + 3);
    }
    if ((last & LAST) === 0) return this.invalid();
    if ((last & CORE_CONTROL) !== 0) this.flags |= CORE;
    this.circuit = ((this.circuit << 6) | (last >> 2)) >>> 0;
    this.length = length;
    return true;
  }

  private invalid(): boolean {
    this.length = INVALID;
    return false;
  }
}
