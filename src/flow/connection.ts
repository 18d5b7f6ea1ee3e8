// What is kept of a connection: one row of int32 cells, a few of them seen as float64. Rows lie in pages, so that
// growing copies nothing, and all state of a connection is in a few neighbouring cache lines.

// The key.
/** Addresses of the lower and the higher endpoint, four cells each; IPv4 uses the first. */
export const LOW_ADDRESS = 0;
export const HIGH_ADDRESS = 4;
/** Lower endpoint's port << 16 | higher endpoint's port. */
export const PORTS = 8;
/** 4 or 6, and above it what else keeps connections apart (see Analysis). */
export const SCOPE = 9;
export const KEY_CELLS = 10;

// What both directions share.
export const STREAM = 10;
/** Bits below. */
export const STATE = 11;
/** When a SYN without ACK was seen last. */
export const SYN_SECONDS = 12;
export const SYN_NANOSECONDS = 13;
export const FIRST_FRAME = 14;
export const LAST_FRAME = 15;
/** Index of the interface of the first packet. */
export const INTERFACE = 16;
/** Hash of the key, for taking the row out of the table. */
export const HASH = 17;
/** Frames of the first SYN, SYN-ACK and the ACK after it; 0 while not seen. */
export const SYN_FRAME = 18;
export const SYN_ACK_FRAME = 19;
export const HANDSHAKE_FRAME = 20;
/** Frame before the longest silence. */
export const SILENCE_FRAME = 21;

// Bits of STATE.
/** A SYN carried a Fast Open cookie and data. */
export const FAST_OPEN = 1;
/** The higher endpoint is the client. */
export const CLIENT_HIGH = 2;
/** Known from a SYN, not guessed from ports. */
export const CLIENT_KNOWN = 4;
/** The row is out of the table: its addresses and ports were used again. */
export const REPLACED = 8;

/** Initial round-trip time, nanoseconds; 0 while unknown. */
export const INITIAL_RTT = 24 / 2;
// Float64 cells, counted in doubles from the row's begin: nanoseconds since the first packet of the capture.
export const START = 26 / 2;
export const LAST = 28 / 2;
export const SILENCE = 30 / 2;

/** The two directions: that of segments from the lower endpoint, and behind it the other. */
export const DIRECTIONS = 32;
export const DIRECTION_CELLS = 72;
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

// Cells of a direction, for reports.
export const PACKETS = 27;
export const DATA_PACKETS = 28;
export const RESENT_PACKETS = 29;
/** Block of counters by verdict (tally.ts), 0 where there was no verdict yet. */
export const TALLY = 30;
/** Samples of round-trip times (samples.ts): how many, and their handle. */
export const RTT_COUNT = 31;
export const RTT_SAMPLES = 32;
export const MAX_FLIGHT = 33;
/** Scaled. */
export const MAX_WINDOW = 34;
export const MIN_WINDOW = 35;
export const MSS = 36;
export const FIN_FRAME = 37;
export const RST_FRAME = 38;
export const RSTS = 39;
export const SYNS = 40;
export const FIRST_DATA_FRAME = 41;
/** Packets whose checksum was left to offload, and how many were looked at. */
export const OFFLOADED = 42;
/** Bytes of payload of the largest segment. */
export const LARGEST = 43;
/** Head of the list of holes in the sequence space seen (holes.ts). */
export const HOLES = 44;
/** Zero windows announced: frame of the one that began the longest closed time. */
export const CLOSED_FRAME = 45;
export const CLOSED_SINCE_FRAME = 46;
export const FULL_FRAME = 47;
export const FULL_SINCE_FRAME = 48;
/** Keep-alives and probes sent since the other side was heard last, and all packets sent since then. */
export const UNANSWERED = 49;
/** Shift the direction offered in its SYN, -1 where none. */
export const OFFERED_SCALE = 50;
/** The last frame and first frame of this direction. */
export const DIRECTION_LAST_FRAME = 51;

// Float64 cells of a direction, counted in doubles from the direction's begin.
export const BYTES = 52 / 2;
export const PAYLOAD_BYTES = 54 / 2;
export const UNIQUE_BYTES = 56 / 2;
export const RESENT_BYTES = 58 / 2;
/** Nanoseconds. */
export const RTT_SUM = 60 / 2;
export const RTT_MIN = 62 / 2;
export const RTT_MAX = 64 / 2;
/** Time the window was closed in all; and when it closed, -1 while open. */
export const CLOSED_TIME = 66 / 2;
export const CLOSED_SINCE = 68 / 2;
/** When the last segment of the direction was seen. */
export const DIRECTION_LAST = 70 / 2;

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
export const RANGE_WRAPS = 512;
export const BASE_KNOWN = 64;
export const SACK_PERMITTED = 128;
export const TIMESTAMPS = 256;
