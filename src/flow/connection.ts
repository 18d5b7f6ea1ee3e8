// Written by scripts/cells.ts (npm run cells) from scripts/cells/declarations.ts; do not edit.

// What is kept of a connection: one row of int32 cells, some of them seen as float64. Rows lie in pages, so that growing copies
// nothing, and all state of a connection is in a few neighbouring cache lines.
// Frames are numbered from 1, so that 0 stands for none. Times as float64 are nanoseconds since the first packet.

// The key.
/** Address of the lower endpoint, four cells; IPv4 uses the first. */
export const LOW_ADDRESS = 0;
/** The same of the higher endpoint. */
export const HIGH_ADDRESS = 4;
/** Lower endpoint's port << 16 | higher endpoint's port. */
export const PORTS = 8;
/** IP version, 4 or 6, and above it what else distinguishes connections (Analysis). */
export const SCOPE = 9;

// What both directions share.
/** Hash of the key, by which the index finds the row. */
export const HASH = 10;
/** Number of the connection, as Wireshark numbers them (tcp.stream). */
export const STREAM = 11;
/** Bits below. */
export const STATE = 12;
/** Time of the last SYN without ACK. */
export const SYN_SECONDS = 13;
export const SYN_NANOSECONDS = 14;
export const FIRST_FRAME = 15;
export const LAST_FRAME = 16;
/** Index of the interface of the first packet. */
export const INTERFACE = 17;
/** The client's first SYN without ACK. */
export const SYN_FRAME = 18;
/** The first SYN-ACK. */
export const SYN_ACK_FRAME = 19;
/** The first ACK after both. */
export const HANDSHAKE_FRAME = 20;
/** The frame before the longest silence. */
export const SILENCE_FRAME = 21;
/** The first ICMP error that quotes the connection. */
export const ICMP_FRAME = 22;
/** Of that error: IP version << 16 | type << 8 | code. */
export const ICMP_KIND = 23;

// Float64 cells, counted in doubles from the beginning of the row.
/** Initial round-trip time; 0 while unknown. */
export const INITIAL_RTT = 12;
export const START = 13;
export const LAST = 14;
/** The longest silence. */
export const SILENCE = 15;
export const SYN_ACK_TIME = 16;
export const HANDSHAKE_TIME = 17;

// Further cells of both directions.
/** The frame that opened the connection. */
export const CREATED = 36;
/** The first SYN without ACK of the side that is not the client (simultaneous open, RFC 9293, 3.5). */
export const PEER_SYN_FRAME = 37;

/** The cells of the key, which come first. */
export const KEY_CELLS = 10;
/** Cells of the lower endpoint's direction; those of the other one follow. */
export const DIRECTIONS = 38;
export const DIRECTION_CELLS = 82;
export const ROW_CELLS = 202;

// Cells of a direction, for the verdicts.
/** Initial sequence number, where STATUS has BASE_KNOWN. */
export const BASE = 0;
/** The next expected sequence number. */
export const NEXT = 1;
/** Frame and time of the segment that moved NEXT there. */
export const NEXT_FRAME = 2;
export const NEXT_SECONDS = 3;
export const NEXT_NANOSECONDS = 4;
/** The highest acknowledgment that does not prove data missing from the capture. */
export const MAX_ACKABLE = 5;
/** Acknowledgment of the direction's last segment, and the time of that segment. */
export const LAST_ACK = 6;
export const LAST_ACK_SECONDS = 7;
export const LAST_ACK_NANOSECONDS = 8;
/** The frame that duplicate ACKs repeat. */
export const LAST_NEW_ACK = 9;
/** How many duplicate ACKs did; -1 after an ACK of data that was not captured. */
export const DUPLICATES = 10;
/** As in the header: unscaled. */
export const WINDOW = 11;
/** Shift of the window; see UNKNOWN_SCALE and NO_SCALE. */
export const SCALE = 12;
/** Bits below. */
export const STATUS = 13;
/** Unacknowledged segments (unacked.ts): both ends of the list and its length. */
export const NEWEST = 14;
export const OLDEST = 15;
export const UNACKED = 16;
/** Their lowest beginning and highest end, counted from BASE. */
export const LOWEST = 17;
export const HIGHEST = 18;
/** Number of blocks of the SACK option in the direction's last segment. */
export const SACKS = 19;
/** Left and right edge of each block, SACK_LIMIT of them. */
export const SACK_RANGES = 20;
/** Bytes sent since the last PSH. */
export const PUSHED = 26;

// Cells of a direction, for the report (statistics.ts).
export const PACKETS = 27;
export const DATA_PACKETS = 28;
/** Those that Wireshark calls retransmissions. */
export const RESENT_PACKETS = 29;
/** Handles of what is counted of few directions only (tally.ts, stalls.ts). */
export const TALLY = 30;
export const STALLS = 31;
/** Number of round-trip times of what the direction sent. */
export const RTT_COUNT = 32;
/** How many of them are kept, and their handle (samples.ts). */
export const RTT_KEPT = 33;
export const RTT_SAMPLES = 34;
/** Bytes in flight at most. */
export const MAX_FLIGHT = 35;
/** Windows in bytes that the direction announced. */
export const MAX_WINDOW = 36;
/** -1 before the first. */
export const MIN_WINDOW = 37;
export const WINDOW_UPDATES = 38;
/** Right edge of the window announced last. */
export const WINDOW_EDGE = 39;
/** What the direction's SYN offered: the MSS, and bits below. */
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
/** Payload of the largest segment. */
export const LARGEST = 49;
/** Packets that expect an answer, sent since the other side was last seen. */
export const UNANSWERED = 50;
/** The first of them. */
export const UNANSWERED_FRAME = 51;
/** The sequence number that was repeated last. */
export const REPEATED_SEQUENCE = 52;
/** How often in a row. */
export const REPEATED_IN_A_ROW = 53;
/** The last frame that repeated it. */
export const REPEATED_FRAME = 54;
/** Hash of sequence number and length of the last segment with payload. */
export const SIGNATURE = 55;
/** The last SYN or SYN-ACK. */
export const LAST_SYN_FRAME = 56;
/** 1 where its first RST has no ACK, as from a host that does not know the connection (RFC 9293, 3.5.2) or a firewall. */
export const RST_WITHOUT_ACK = 57;
/** Sequence number after the first full-sized segment, or else the largest. */
export const LARGEST_END = 58;
/** Payload of the smallest packet counted in UNANSWERED. */
export const UNANSWERED_SMALLEST = 59;
/** The highest acknowledgment. */
export const HIGHEST_ACK = 60;
/** IPv4's identification of the packet that announced WINDOW_EDGE. */
export const EDGE_IDENTIFICATION = 61;

// Float64 cells, counted in doubles from the beginning of the direction.
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

// Bits of STATE.
/** A SYN carried a Fast Open cookie and data. */
export const FAST_OPEN = 1;
/** The higher endpoint is the client. */
export const CLIENT_HIGH = 2;
/** The row is out of the index: its addresses and ports were used again. */
export const REPLACED = 4;
/** A FIN was seen from the lower endpoint. */
export const FIN_LOW = 8;
/** A FIN was seen from the higher endpoint. */
export const FIN_HIGH = 16;
/** A FIN from both, an RST, or the ports were used again. */
export const CLOSED = 32;
/** The row is that of a connection. */
export const IN_USE = 64;
/** The Multipath TCP subtypes seen (RFC 8684, 3). STATUS has those that the direction had seen. */
export const MULTIPATH_SHIFT = 16;
export const MULTIPATH = 16711680;

// Bits of STATUS, below those of MULTIPATH.
/** The window of the first ACK is not scaled yet. */
export const FIRST_ACK_PENDING = 1;
/** The bytes in flight are known. */
export const FLIGHT_VALID = 2;
/** The last segment was a keep-alive. */
export const LAST_KEEP_ALIVE = 4;
/** The last segment was a zero window probe. */
export const LAST_PROBE = 8;
/** The unacknowledged segments are in sequence, do not overlap, and span less than 2^30. */
export const ORDERED = 16;
/** LOWEST and HIGHEST are valid. */
export const RANGE_KNOWN = 32;
/** One of the segments begins before BASE and ends after it, so that LOWEST is not where the first begins. */
export const RANGE_WRAPS = 64;
/** BASE is valid. */
export const BASE_KNOWN = 128;
/** Its packets have different IPv4 identifications, so that these distinguish them. */
export const NUMBERED = 256;

// Bits of OFFERS.
/** Shift of the window + 1; 0 where it was not offered. */
export const OFFERS_SCALE = 31;
export const OFFERS_SACK = 32;
export const OFFERS_TIMESTAMPS = 64;

// Special values of SCALE.
export const UNKNOWN_SCALE = -1;
export const NO_SCALE = -2;

/** Blocks that SACK_RANGES has room for. */
export const SACK_LIMIT = 3;
