// What a header says that comes next. Families of protocols name it, and descend.ts goes there: so none imports another.
import type { Packet } from '../packet.ts';

/** Nothing that is known here. */
export const NONE = 0;
/** The packet is placed over an IP header, or over a transport header. */
export const FOUND = 1;
/** A MAC header. */
export const MAC = 2;
/** What an EtherType (`nextType`) says. */
export const TYPE = 3;
/** IP, whose first four bits say which. */
export const VERSION = 4;
export const LLC = 5;
export const SNAP = 6;
/** A network layer protocol identifier (ISO/IEC TR 9577). */
export const NLPID = 7;
export const PPP = 8;
export const MPLS = 9;
export const HDLC = 10;
export const FRAME_RELAY = 11;
export const WIRELESS = 12;
/** The same behind a radiotap header. */
export const RADIOTAP = 13;
export const GRE = 14;
/** A frame of a link type (`nextType`). */
export const LINK = 15;
export const NSH = 16;
export const AX25 = 17;
export const TZSP = 18;
export const LWAPP = 19;
export type Next =
  | typeof NONE
  | typeof FOUND
  | typeof MAC
  | typeof TYPE
  | typeof VERSION
  | typeof LLC
  | typeof SNAP
  | typeof NLPID
  | typeof PPP
  | typeof MPLS
  | typeof HDLC
  | typeof FRAME_RELAY
  | typeof WIRELESS
  | typeof RADIOTAP
  | typeof GRE
  | typeof LINK
  | typeof NSH
  | typeof AX25
  | typeof TZSP
  | typeof LWAPP;

/** Says that `what` is at `offset`; of `type`, where that is an EtherType or a link type. */
export function go(packet: Packet, what: Next, offset: number, type = 0): Next {
  packet.nextAt = offset;
  packet.nextType = type;
  return what;
}

/** Are `length` bytes there from `offset` on, captured and on the wire? */
export function readable(packet: Packet, offset: number, length: number): boolean {
  return offset + length <= packet.captureEnd && offset + length <= packet.wireEnd;
}

/** The packet ends before `end`, where it is longer. */
export function endAt(packet: Packet, end: number): void {
  packet.wireEnd = Math.min(packet.wireEnd, end);
}
