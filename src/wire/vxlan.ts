// VXLAN (RFC 7348, 5), and with other protocols than Ethernet in it (draft-ietf-nvo3-vxlan-gpe): flags, next protocol,
// network identifier.

export const HEADER_LENGTH = 8;
export const FLAGS = 0;
/** Of VXLAN-GPE: what it carries, by the numbers of NSH. */
export const NEXT_PROTOCOL = 3;
/** Three bytes. */
export const NETWORK = 4;

/** The flag of a header whose network identifier is valid. */
export const INSTANCE = 0x08;
