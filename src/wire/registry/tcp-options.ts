// Kinds of TCP options (the IANA registry "TCP Option Kind Numbers").

export const END = 0;
export const NO_OPERATION = 1;
export const MAXIMUM_SEGMENT_SIZE = 2;
export const WINDOW_SCALE = 3;
export const SACK_PERMITTED = 4;
export const SACK = 5;
export const ECHO = 6;
export const ECHO_REPLY = 7;
export const TIMESTAMPS = 8;
export const CONNECTION_COUNT = 11;
export const CONNECTION_COUNT_NEW = 12;
export const CONNECTION_COUNT_ECHO = 13;
export const SIGNATURE = 19;
/** Of SCPS-TP: capabilities, selective negative acknowledgment, record boundary, corruption experienced. */
export const SCPS = 20;
export const SNACK = 21;
export const RECORD_BOUNDARY = 22;
export const CORRUPTION = 23;
export const QUICK_START = 27;
export const USER_TIMEOUT = 28;
export const AUTHENTICATION = 29;
export const MULTIPATH = 30;
export const FAST_OPEN = 34;
/** Riverbed's transparency. */
export const TRANSPARENCY = 78;
export const EXPERIMENT_1 = 253;
export const EXPERIMENT_2 = 254;
/** The experiment identifier (RFC 6994) of Fast Open before it had an option of its own (RFC 7413, appendix A). */
export const FAST_OPEN_EXPERIMENT = 0xf989;

/** Two no-operations and time stamps of ten bytes, in one word: what nearly every segment carries (RFC 7323, appendix A). */
export const USUAL = 0x0101080a;
export const USUAL_LENGTH = 12;
