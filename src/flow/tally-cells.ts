// Written by scripts/cells.ts (npm run cells) from scripts/cells/declarations.ts; do not edit.

// Counters of a direction (tally.ts) besides those of the verdicts.
/** Segments that filled a hole. */
export const HOLES_FILLED = 0;
/** Of these, those that were probably reordered on the way. */
export const REORDERED = 1;
/** Segments sent again that had been captured and not acknowledged; a FIN without data counts. */
export const REPEATED = 2;
/** Of these, those sent while the receiver's window was closed. */
export const REPEATED_STALLED = 3;
/** Segments captured twice. */
export const DUPLICATE_CAPTURES = 4;
/** Windows that shrank, and the first frame that announced one. */
export const SHRUNK = 5;
export const SHRUNK_FRAME = 6;
/** The sequence numbers that the last of them took back. */
export const SHRUNK_FROM = 7;
export const SHRUNK_UNTIL = 8;
/** Of REPEATED, those sent while the receiver's window was full. */
export const REPEATED_FILLED = 9;
/** Of REPEATED, FINs without data. */
export const REPEATED_FIN = 10;
/** FINs sent again that had been acknowledged. */
export const SPURIOUS_FIN = 11;
/** Bytes that the receiver reports as duplicates (D-SACK, RFC 2883); it may merge segments before. */
export const DSACK_BYTES = 12;
/** How often in a row data was sent again that had been acknowledged. */
export const ACKS_LOST = 13;
/** End of the last hole that was forgotten. */
export const FORGOTTEN = 14;
/** Of REORDERED, those that IPv4's identification proves to be. */
export const REORDERED_SURELY = 15;
/** Bytes of the segments of REPEATED, one for a FIN. */
export const REPEATED_BYTES = 16;
/** Bytes sent again that had been acknowledged. */
export const SPURIOUS_BYTES = 17;
/** The last data that filled holes and seemed lost: its sequence numbers. */
export const LATE_BEGIN = 18;
export const LATE_END = 19;
/** When it came, in milliseconds, and the IPv4 identification of the last such packet. */
export const LATE_TIME = 20;
export const LATE_IDENTIFICATION = 21;
/** The last repeated segment that may be a tail loss probe: its end. */
export const PROBE_END = 22;
/** Its length; 0 for none. */
export const PROBE_LENGTH = 23;
/** When it was sent, in microseconds, and its timestamp (RFC 7323). */
export const PROBE_TIME = 24;
export const PROBE_TIMESTAMP = 25;
/** Bytes before it that were not acknowledged. */
export const PROBE_LAG = 26;
/** 1 where it is counted in REPEATED_FILLED. */
export const PROBE_FILLED = 27;
/** Probes whose data had arrived. */
export const PROBES_NEEDLESS = 28;
/** Segments repeated since the other side was last seen. */
export const REPEATED_UNANSWERED = 29;
/** The first packet it did not answer. */
export const REPEATED_UNANSWERED_SINCE = 30;
/** Of the repeated segments, those sent after so long a pause that a timer must have expired. */
export const TIMEOUTS = 31;
/** Segments first captured after their own ACK: the capture is out of order. */
export const BEHIND_ACK = 32;
/** The first such frames, BEHIND_ACK_PROOFS of them. */
export const BEHIND_ACK_FRAMES = 33;
/** Of the last ACK of data that was not captured: TSecr, and when, in milliseconds. */
export const UNSEEN_TSECR = 37;
export const UNSEEN_TIME = 38;
/** SYN-ACKs of a side that had sent a SYN without ACK (simultaneous open). */
export const COUNTER_SYN_ACKS = 39;
/** Segments whose header contradicts itself, and the first such frame: no stack takes them. */
export const MALFORMED = 40;
export const MALFORMED_FRAME = 41;
/** What Wireshark calls a spurious retransmission, but was not sent again: captured after its ACK, or twice. */
export const SPURIOUS_BY_NAME_ONLY = 42;

/** How many there are. */
export const COUNTERS = 43;
