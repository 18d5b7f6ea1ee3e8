// What the dissection of a header found, and what the header says of itself: bits of a layer's `mark`.

/** An ICMP error quotes it. */
export const QUOTED = 1;
/** The header is sound: what stands behind what its length depends on may be shown. */
export const SOUND = 2;
/** Of IP: a fragment of which the payload is not taken apart here. */
export const PIECE = 4;
/** Of TCP and UDP: the addresses are those of an IPv6 header. */
export const OVER_IPV6 = 8;
/** Of IEEE 802.3 frames: a length stands where others have a type. */
export const WITH_LENGTH = 16;
/** Of cooked captures: version 2. */
export const COOKED_2 = 32;
/** Of IPv4: another version stands in it; it claims to be longer than what carries it. */
export const BOGUS_VERSION = 64;
export const BOGUS_LENGTH = 128;
/** Of Ethernet: the network header has said where what it carries ends. */
export const ENDED = 1024;
/** Of DNS: it came over TCP. */
export const OVER_TCP = 512;
/** Of UDP: a length that is not possible. */
export const BAD_LENGTH = 256;
