// What the first word of a BSD loopback frame says (https://www.tcpdump.org/linktypes.html, NULL and LOOP): the address
// family of the host that captured, and for IPv6 each system has another number.
import * as link from './linktype.ts';
import { ADDRESS_AND_CONTROL } from './ppp.ts';
import * as ethertype from './registry/ethertypes.ts';

/** The word has this many bytes. */
export const FAMILY_LENGTH = 4;
const INET = 2;
const INET6_BSD = 24;
const INET6_FREEBSD = 28;
const INET6_DARWIN = 30;
/** Below this a family fits where old libpcap on Linux put an EtherType. */
const FAMILY_LIMIT = 6;

/**
 * Is it PPP that was captured as NULL? It begins as it does in HDLC-like framing (RFC 1662, 3.1): no family is so large.
 */
export function isPpp(linkType: number, word: number): boolean {
  return linkType === link.NULL && word >>> 16 === ADDRESS_AND_CONTROL;
}

/** The EtherType of what lies behind the word, which is read in network order; 0 where none is known. */
export function carriedType(linkType: number, word: number): number {
  if (linkType === link.LOOP) return typeOfFamily(word);
  if (isPpp(linkType, word)) return 0;
  const value = inHostOrder(word);
  if (value <= ethertype.LONGEST_LENGTH) return typeOfFamily(value);
  const type = value & 0xffff;
  return type > ethertype.LONGEST_LENGTH ? type : 0;
}

/**
 * The word of a NULL frame is in the byte order of the host that captured, which the file does not tell. As Wireshark
 * guesses it: IRIX has the family in the first two bytes, old libpcap on Linux an EtherType in the last two.
 */
function inHostOrder(word: number): number {
  const last = word & 0xffff;
  const first = word >>> 16;
  if (last !== 0) return isFirstByte(last) ? last >> 8 : word >>> 0;
  return first < FAMILY_LIMIT ? first : ((first & 0xff) << 8) | (first >> 8);
}

/** Has the 16-bit number a family in its first byte, and nothing in the other one? */
function isFirstByte(half: number): boolean {
  return (half & 0xff) === 0 && half >> 8 < FAMILY_LIMIT;
}

function typeOfFamily(family: number): number {
  switch (family) {
    case INET:
      return ethertype.IPV4;
    case INET6_BSD:
    case INET6_FREEBSD:
    case INET6_DARWIN:
      return ethertype.IPV6;
  }
  return 0;
}
