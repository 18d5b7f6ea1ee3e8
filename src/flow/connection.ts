// What is kept of a connection: one row of int32 cells, the same cells seen as float64 where a value may be larger.
// Rows lie in pages, so that growing copies nothing and a connection's state is in few cache lines.

// Cells of a row. The key first.
/** Addresses of the lower and the higher endpoint, four cells each; IPv4 uses the first. */
export const LOW_ADDRESS = 0;
export const HIGH_ADDRESS = 4;
/** Lower endpoint's port << 16 | higher endpoint's port. */
export const PORTS = 8;
/** 4 or 6, and above it what else keeps connections apart (Analysis.scope). */
export const SCOPE = 9;
export const KEY_CELLS = 10;
export const STREAM = 10;
/** When a SYN without ACK was seen last. */
export const SYN_SECONDS = 11;
export const SYN_NANOSECONDS = 12;
export const STATE = 13;

/** The two directions: that of segments from the lower endpoint, and behind it the other. */
export const DIRECTIONS = 32;
export const DIRECTION_CELLS = 32;
export const ROW_CELLS = DIRECTIONS + 2 * DIRECTION_CELLS;

// Float64 cells of a row, counted from row / 2.
/** Initial round-trip time, nanoseconds; 0 while unknown. */
export const INITIAL_RTT = 8;

// Cells of a direction.
/** Sequence number the direction began with; 0 while unknown. */
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
/** The frame that duplicate ACKs repeat, and how many did. */
export const LAST_NEW_ACK = 9;
export const DUPLICATES = 10;
/** As in the header: unscaled. */
export const WINDOW = 11;
/** Shift of the window; see UNKNOWN_SCALE and NO_SCALE. */
export const SCALE = 12;
/** Bits below. */
export const STATUS = 13;
export const NEWEST = 14;
export const OLDEST = 15;
export const UNACKED = 16;
/** Lowest begin and highest end of the unacknowledged segments. */
export const LOWEST = 17;
export const HIGHEST = 18;
export const SACKS = 19;
export const SACK_RANGES = 20;
export const SACK_LIMIT = 3;
export const PUSHED = 28;

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
export const BASE_KNOWN = 32;
/** A SYN carried a Fast Open cookie. */
export const FAST_OPEN = 64;
