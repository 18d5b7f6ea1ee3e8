// PPP (RFC 1661) in HDLC-like framing (RFC 1662): what may come before the number of the protocol, and its size.

/** Address (all stations) and control (unnumbered information) in one: a peer may leave them out. */
export const ADDRESS_AND_CONTROL = 0xff03;
/** Bytes of address, control and protocol. */
export const LINK_HEADER = 4;

/** Bytes of the protocol's number, by its first: one where that is odd, the field being compressed (RFC 1661, 6.5). */
export function protocolSize(first: number): 1 | 2 {
  return (first & 1) !== 0 ? 1 : 2;
}
