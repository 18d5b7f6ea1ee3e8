// Block types and option codes of the pcapng file format (draft-ietf-opsawg-pcapng).

export const SECTION_HEADER = 0x0a0d0d0a;
export const INTERFACE_DESCRIPTION = 1;
export const OLD_PACKET = 2;
export const SIMPLE_PACKET = 3;
export const NAME_RESOLUTION = 4;
export const INTERFACE_STATISTICS = 5;
export const ENHANCED_PACKET = 6;
export const DECRYPTION_SECRETS = 10;
export const SYSTEMD_JOURNAL = 9;
/** System calls that Sysdig recorded: the first form, one that says how many parameters there are, and the large one. */
export const SYSDIG_EVENT = 0x204;
export const SYSDIG_EVENT_V2 = 0x216;
export const SYSDIG_EVENT_V2_LARGE = 0x221;
/** A custom block that a program may copy into another file, and one that it may not. */
export const CUSTOM_COPIED = 0xbad;
export const CUSTOM = 0x40000bad;

/** The byte-order magic of a section header. */
export const BYTE_ORDER = 0x1a2b3c4d;

/** Options any block may have (3.5). */
export const END_OF_OPTIONS = 0;
export const COMMENT = 1;
/** Options of a section header (4.1). */
export const SHB_HARDWARE = 2;
export const SHB_OS = 3;
export const SHB_APPLICATION = 4;
/** Options of an interface description (4.2). */
export const IF_NAME = 2;
export const IF_DESCRIPTION = 3;
export const IF_TSRESOL = 9;
export const IF_FILTER = 11;
export const IF_OS = 12;
export const IF_TSOFFSET = 14;
export const IF_HARDWARE = 15;
/** Options of an enhanced packet (4.3), and of the old packet block. */
export const EPB_FLAGS = 2;
export const EPB_HASH = 3;
export const EPB_DROPCOUNT = 4;
export const EPB_PACKETID = 5;
export const EPB_QUEUE = 6;
export const EPB_VERDICT = 7;
/** Options of interface statistics (4.6). */
export const ISB_STARTTIME = 2;
export const ISB_ENDTIME = 3;
export const ISB_IFRECV = 4;
export const ISB_IFDROP = 5;
export const ISB_FILTERACCEPT = 6;
export const ISB_OSDROP = 7;
export const ISB_USRDELIV = 8;

/** Records of a name resolution block (4.4). */
export const NAME_OF_IPV4 = 1;
export const NAME_OF_IPV6 = 2;

/** if_tsresol of what we write: nanoseconds. */
export const RESOLUTION_NANOSECONDS = 9;
/** The finest of decimal and binary resolutions: what a tick of 64 bits can count a second in. */
export const FINEST_DECIMAL = 19;
export const FINEST_BINARY = 63;
/** The resolution of an interface that has no if_tsresol: microseconds. */
export const RESOLUTION_DEFAULT = 6;
