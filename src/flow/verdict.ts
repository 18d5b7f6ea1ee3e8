// The verdicts on a TCP segment, one bit each, under the names Wireshark made the field's own (tcp.analysis.*).

export const RETRANSMISSION = 1 << 0;
export const FAST_RETRANSMISSION = 1 << 1;
export const SPURIOUS_RETRANSMISSION = 1 << 2;
export const OUT_OF_ORDER = 1 << 3;
export const DUPLICATE_ACK = 1 << 4;
/** Previous segment not captured. */
export const LOST_SEGMENT = 1 << 5;
/** Acknowledges a segment that was not captured. */
export const ACK_LOST_SEGMENT = 1 << 6;
export const ZERO_WINDOW = 1 << 7;
export const ZERO_WINDOW_PROBE = 1 << 8;
export const ZERO_WINDOW_PROBE_ACK = 1 << 9;
export const KEEP_ALIVE = 1 << 10;
export const KEEP_ALIVE_ACK = 1 << 11;
export const WINDOW_FULL = 1 << 12;
export const WINDOW_UPDATE = 1 << 13;
export const REUSED_PORTS = 1 << 14;
export const TFO_SYN = 1 << 15;
export const TFO_ACK = 1 << 16;
export const TFO_IGNORED = 1 << 17;

/** Verdicts that say that bytes were sent again. */
export const RESENT = RETRANSMISSION | FAST_RETRANSMISSION | SPURIOUS_RETRANSMISSION;

/** Names by bit number, as in tcp.analysis.*. */
export const VERDICTS = [
  'retransmission',
  'fast_retransmission',
  'spurious_retransmission',
  'out_of_order',
  'duplicate_ack',
  'lost_segment',
  'ack_lost_segment',
  'zero_window',
  'zero_window_probe',
  'zero_window_probe_ack',
  'keep_alive',
  'keep_alive_ack',
  'window_full',
  'window_update',
  'reused_ports',
  'tfo_syn',
  'tfo_ack',
  'tfo_ignored',
] as const;
