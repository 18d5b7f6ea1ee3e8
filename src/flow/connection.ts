// What is kept of a connection: one row of int32 cells, some of them seen as float64. Rows lie in pages, so that
// growing copies nothing, and all state of a connection is in a few neighbouring cache lines.
// Frames are numbered from 1, so that 0 stands for none. Times as float64 are nanoseconds since the first packet.

// The key.
/** Addresses of the lower and the higher endpoint, four cells each; IPv4 uses the first. */
export const LOW_ADDRESS = 0;
export const HIGH_ADDRESS = 4;
/** Lower endpoint's port << 16 | higher endpoint's port. */
export const PORTS = 8;
/** 4 or 6, and above it what else keeps connections apart (Analysis). */
export const SCOPE = 9;
export const KEY_CELLS = 10;

// What both directions share.
/** Hash of the key, by which the index knows the row. */
export const HASH = 10;
export const STREAM = 11;
/** Bits below. */
export const STATE = 12;
/** When a SYN without ACK was seen last. */
export const SYN_SECONDS = 13;
export const SYN_NANOSECONDS = 14;
export const FIRST_FRAME = 15;
export const LAST_FRAME = 16;
/** Index of the interface of the first packet. */
export const INTERFACE = 17;
/** Frames of the first SYN, the first SYN-ACK and the first ACK after both. */
export const SYN_FRAME = 18;
export const SYN_ACK_FRAME = 19;
export const HANDSHAKE_FRAME = 20;
/** Frame before the longest silence. */
export const SILENCE_FRAME = 21;
/** First ICMP error that quotes the connection: its frame, and its IP version << 16 | type << 8 | code. */
export const ICMP_FRAME = 22;
export const ICMP_KIND = 23;
// Float64 cells, counted in doubles from the begin of the row.
/** Initial round-trip time; 0 while unknown. */
export const INITIAL_RTT = 12;
export const START = 13;
export const LAST = 14;
export const SILENCE = 15;
export const SYN_ACK_TIME = 16;
export const HANDSHAKE_TIME = 17;

// Bits of STATE.
/** A SYN carried a Fast Open cookie and data. */
export const FAST_OPEN = 1;
/** The higher endpoint is the client. */
export const CLIENT_HIGH = 2;
/** The row is out of the index: its addresses and ports were used again. */
export const REPLACED = 4;
/** A FIN was seen from the lower or the higher endpoint; one from both, or an RST, or the ports were used again. */
export const FIN_LOW = 8;
export const FIN_HIGH = 16;
export const CLOSED = 32;
/** The row is that of a connection. */
export const IN_USE = 64;
/** Eight bits from here on: the Multipath TCP subtypes seen (RFC 8684, 3). */
export const MULTIPATH_SHIFT = 16;
export const MULTIPATH = 0xff << MULTIPATH_SHIFT;

/** The frame that opened it. */
export const CREATED = 36;
/** The first SYN without ACK of the side that is not the client (simultaneous open, RFC 9293, 3.5). */
export const PEER_SYN_FRAME = 37;

/** The two directions: that of segments from the lower endpoint, and behind it the other. */
export const DIRECTIONS = 38;
export const DIRECTION_CELLS = 82;
export const ROW_CELLS = DIRECTIONS + 2 * DIRECTION_CELLS;

// Cells of a direction, for the verdicts.
/** Sequence number the direction began with, where STATUS has BASE_KNOWN. */
export const BASE = 0;
/** The sequence number expected next, and the time and frame of the segment that moved it there. */
export const NEXT = 1;
export const NEXT_FRAME = 2;
export const NEXT_SECONDS = 3;
export const NEXT_NANOSECONDS = 4;
/** The highest number the other side may acknowledge without having seen what was not captured. */
export const MAX_ACKABLE = 5;
export const LAST_ACK = 6;
/** When the direction's last segment was seen. */
export const LAST_ACK_SECONDS = 7;
export const LAST_ACK_NANOSECONDS = 8;
/** The frame that duplicate ACKs repeat, and how many did; -1 after an ACK of what was not captured. */
export const LAST_NEW_ACK = 9;
export const DUPLICATES = 10;
/** As in the header: unscaled. */
export const WINDOW = 11;
/** Shift of the window; see UNKNOWN_SCALE and NO_SCALE. */
export const SCALE = 12;
/** Bits below. */
export const STATUS = 13;
/** Unacknowledged segments (unacked.ts): the ends of the list, its length, lowest begin and highest end from BASE. */
export const NEWEST = 14;
export const OLDEST = 15;
export const UNACKED = 16;
export const LOWEST = 17;
export const HIGHEST = 18;
/** Ranges of the SACK option in the direction's last segment: how many, and left and right edge of each. */
export const SACKS = 19;
export const SACK_RANGES = 20;
export const SACK_LIMIT = 3;
/** Bytes sent since the last PSH. */
export const PUSHED = 26;

// Cells of a direction, for the report (statistics.ts).
export const PACKETS = 27;
export const DATA_PACKETS = 28;
/** Those that Wireshark calls retransmissions. */
export const RESENT_PACKETS = 29;
/** Handles of what is counted only of directions in trouble (tally.ts, stalls.ts). */
export const TALLY = 30;
export const STALLS = 31;
/** Round-trip times of what the direction sent: how many, how many were kept, and their handle (samples.ts). */
export const RTT_COUNT = 32;
export const RTT_KEPT = 33;
export const RTT_SAMPLES = 34;
export const MAX_FLIGHT = 35;
/** Windows in bytes that the direction announced; the lowest is -1 before the first. */
export const MAX_WINDOW = 36;
export const MIN_WINDOW = 37;
export const WINDOW_UPDATES = 38;
/** Right edge of the window announced last. */
export const WINDOW_EDGE = 39;
/** What the direction's SYN offered: MSS, and the options below. */
export const MSS = 40;
export const OFFERS = 41;
export const FIN_FRAME = 42;
export const RST_FRAME = 43;
export const RSTS = 44;
export const SYNS = 45;
export const FIRST_DATA_FRAME = 46;
export const DIRECTION_LAST_FRAME = 47;
/** Packets whose checksum was left to offload, of the first few. */
export const OFFLOADED = 48;
/** Bytes of payload of the largest segment. */
export const LARGEST = 49;
/** Packets that ask for an answer since the other side was heard, and the first of them. */
export const UNANSWERED = 50;
export const UNANSWERED_FRAME = 51;
/** The sequence number sent again last, how often in a row, and its last frame. */
export const REPEATED_SEQUENCE = 52;
export const REPEATED_IN_A_ROW = 53;
export const REPEATED_FRAME = 54;
/** What tells the last segment with payload from others. */
export const SIGNATURE = 55;
/** The last SYN or SYN-ACK. */
export const LAST_SYN_FRAME = 56;
/** 1 where its first RST has no ACK: that of a host that does not know the connection (RFC 9293, 3.5.2), or a firewall's. */
export const RST_WITHOUT_ACK = 57;
/** The sequence number behind the first full-sized segment, or behind the largest so far where none was full. */
export const LARGEST_END = 58;
/** Payload of the smallest packet of those without an answer. */
export const UNANSWERED_SMALLEST = 59;
/** The highest acknowledgment, and IPv4's identification of what announced EDGE. */
export const HIGHEST_ACK = 60;
export const EDGE_IDENTIFICATION = 61;
// Float64 cells, counted in doubles from the begin of the direction.
export const BYTES = 31;
export const PAYLOAD_BYTES = 32;
export const UNIQUE_BYTES = 33;
export const RESENT_BYTES = 34;
export const RTT_SUM = 35;
export const RTT_MIN = 36;
export const RTT_MAX = 37;
export const FIRST_DATA_TIME = 38;
export const DIRECTION_LAST = 39;
export const UNANSWERED_SINCE = 40;

export const UNKNOWN_SCALE = -1;
export const NO_SCALE = -2;

// Bits of STATUS.
/** The window of the first ACK is not scaled yet. */
export const FIRST_ACK_PENDING = 1;
export const FLIGHT_VALID = 2;
/** The last segment was a keep-alive, or a zero window probe. */
export const LAST_KEEP_ALIVE = 4;
export const LAST_PROBE = 8;
/** The unacknowledged segments are in the order of their numbers, without overlap, and span less than 2^30. */
export const ORDERED = 16;
/** LOWEST and HIGHEST hold. */
export const RANGE_KNOWN = 32;
/** A segment among them begins before BASE and ends behind it, so that LOWEST is not where the first one begins. */
export const RANGE_WRAPS = 64;
export const BASE_KNOWN = 128;
/** Its packets have different identifications (IPv4), so that these tell one from another. */
export const NUMBERED = 256;

// Bits of OFFERS. The lowest five are the shift of the window + 1.
export const OFFERS_SCALE = 31;
export const OFFERS_SACK = 32;
export const OFFERS_TIMESTAMPS = 64;
