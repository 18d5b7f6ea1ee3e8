// Generic routing encapsulation (RFC 1701, RFC 2784, RFC 2890; version 1: RFC 2637): flags, protocol, optional fields.

/** Bytes of flags and protocol. */
export const LEAST = 4;
/** The field with the protocol, from the header on. */
export const PROTOCOL = 2;

export const CHECKSUM = 0x8000;
export const ROUTING = 0x4000;
export const KEY = 0x2000;
export const SEQUENCE = 0x1000;
/** Of version 1. */
export const ACKNOWLEDGMENT = 0x0080;
export const VERSION = 0x0007;

/** Where the optional fields that the flags announce lie: -1 for one that is not there. Reused. */
export class GreFields {
  /** Checksum and offset, two bytes each. */
  checksum = -1;
  key = -1;
  sequence = -1;
  acknowledgment = -1;
  /** Behind them: source route entries with ROUTING, else what is carried. */
  end = 0;

  place(flags: number, header: number): void {
    let offset = header + LEAST;
    this.checksum = this.key = this.sequence = this.acknowledgment = -1;
    if ((flags & (CHECKSUM | ROUTING)) !== 0) {
      this.checksum = offset;
      offset += 4;
    }
    if ((flags & KEY) !== 0) {
      this.key = offset;
      offset += 4;
    }
    if ((flags & SEQUENCE) !== 0) {
      this.sequence = offset;
      offset += 4;
    }
    if ((flags & ACKNOWLEDGMENT) !== 0 && (flags & VERSION) === 1) {
      this.acknowledgment = offset;
      offset += 4;
    }
    this.end = offset;
  }
}

/** Source route entries (RFC 1701): address family, offset of the address in use, bytes of addresses. */
export const ROUTE_HEADER = 4;
export const ROUTE_OFFSET = 2;
export const ROUTE_LENGTH = 3;
