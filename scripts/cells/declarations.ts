// What is kept of a connection, of each of its directions, and of directions with retransmissions, losses or other verdicts.
// Frames are numbered from 1, 0 stands for none. Times as float64 are nanoseconds since the first packet of the capture.
import { type BitGroup, float64, type Group, int32 } from './layout.ts';

export const CONNECTION: readonly Group[] = [
  {
    heading: 'The key.',
    cells: [
      int32('LOW_ADDRESS', 'Address of the lower endpoint, four cells; IPv4 uses the first.', 4),
      int32('HIGH_ADDRESS', 'The same of the higher endpoint.', 4),
      int32('PORTS', "Lower endpoint's port << 16 | higher endpoint's port."),
      int32('SCOPE', 'IP version, 4 or 6, and above it what else distinguishes connections (Analysis).'),
    ],
  },
  {
    heading: 'What both directions share.',
    cells: [
      int32('HASH', 'Hash of the key, by which the index finds the row.'),
      int32('STREAM', 'Number of the connection, as Wireshark numbers them (tcp.stream).'),
      int32('STATE', 'Bits below.'),
      int32('SYN_SECONDS', 'Time of the last SYN without ACK.'),
      int32('SYN_NANOSECONDS'),
      int32('FIRST_FRAME'),
      int32('LAST_FRAME'),
      int32('INTERFACE', 'Index of the interface of the first packet.'),
      int32('SYN_FRAME', "The client's first SYN without ACK."),
      int32('SYN_ACK_FRAME', 'The first SYN-ACK.'),
      int32('HANDSHAKE_FRAME', 'The first ACK after both.'),
      int32('SILENCE_FRAME', 'The frame before the longest silence.'),
      int32('ICMP_FRAME', 'The first ICMP error that quotes the connection.'),
      int32('ICMP_KIND', 'Of that error: IP version << 16 | type << 8 | code.'),
    ],
  },
  {
    heading: 'Float64 cells, counted in doubles from the beginning of the row.',
    cells: [
      float64('INITIAL_RTT', 'Initial round-trip time; 0 while unknown.'),
      float64('START'),
      float64('LAST'),
      float64('SILENCE', 'The longest silence.'),
      float64('SYN_ACK_TIME'),
      float64('HANDSHAKE_TIME'),
    ],
  },
  {
    heading: 'Further cells of both directions.',
    cells: [
      int32('CREATED', 'The frame that opened the connection.'),
      int32(
        'PEER_SYN_FRAME',
        'The first SYN without ACK of the side that is not the client (simultaneous open, RFC 9293, 3.5).',
      ),
    ],
  },
];

export const DIRECTION: readonly Group[] = [
  {
    heading: 'Cells of a direction, for the verdicts.',
    cells: [
      int32('BASE', 'Initial sequence number, where STATUS has BASE_KNOWN.'),
      int32('NEXT', 'The next expected sequence number.'),
      int32('NEXT_FRAME', 'Frame and time of the segment that moved NEXT there.'),
      int32('NEXT_SECONDS'),
      int32('NEXT_NANOSECONDS'),
      int32('MAX_ACKABLE', 'The highest acknowledgment that does not prove data missing from the capture.'),
      int32('LAST_ACK', "Acknowledgment of the direction's last segment, and the time of that segment."),
      int32('LAST_ACK_SECONDS'),
      int32('LAST_ACK_NANOSECONDS'),
      int32('LAST_NEW_ACK', 'The frame that duplicate ACKs repeat.'),
      int32('DUPLICATES', 'How many duplicate ACKs did; -1 after an ACK of data that was not captured.'),
      int32('WINDOW', 'As in the header: unscaled.'),
      int32('SCALE', 'Shift of the window; see UNKNOWN_SCALE and NO_SCALE.'),
      int32('STATUS', 'Bits below.'),
      int32('NEWEST', 'Unacknowledged segments (unacked.ts): both ends of the list and its length.'),
      int32('OLDEST'),
      int32('UNACKED'),
      int32('LOWEST', 'Their lowest beginning and highest end, counted from BASE.'),
      int32('HIGHEST'),
      int32('SACKS', "Number of blocks of the SACK option in the direction's last segment."),
      int32('SACK_RANGES', 'Left and right edge of each block, SACK_LIMIT of them.', 6),
      int32('PUSHED', 'Bytes sent since the last PSH.'),
    ],
  },
  {
    heading: 'Cells of a direction, for the report (statistics.ts).',
    cells: [
      int32('PACKETS'),
      int32('DATA_PACKETS'),
      int32('RESENT_PACKETS', 'Those that Wireshark calls retransmissions.'),
      int32('TALLY', 'Handles of what is counted of few directions only (tally.ts, stalls.ts).'),
      int32('STALLS'),
      int32('RTT_COUNT', 'Number of round-trip times of what the direction sent.'),
      int32('RTT_KEPT', 'How many of them are kept, and their handle (samples.ts).'),
      int32('RTT_SAMPLES'),
      int32('MAX_FLIGHT', 'Bytes in flight at most.'),
      int32('MAX_WINDOW', 'Windows in bytes that the direction announced.'),
      int32('MIN_WINDOW', '-1 before the first.'),
      int32('WINDOW_UPDATES'),
      int32('WINDOW_EDGE', 'Right edge of the window announced last.'),
      int32('MSS', "What the direction's SYN offered: the MSS, and bits below."),
      int32('OFFERS'),
      int32('FIN_FRAME'),
      int32('RST_FRAME'),
      int32('RSTS'),
      int32('SYNS'),
      int32('FIRST_DATA_FRAME'),
      int32('DIRECTION_LAST_FRAME'),
      int32('OFFLOADED', 'Packets whose checksum was left to offload, of the first few.'),
      int32('LARGEST', 'Payload of the largest segment.'),
      int32('UNANSWERED', 'Packets that expect an answer, sent since the other side was last seen.'),
      int32('UNANSWERED_FRAME', 'The first of them.'),
      int32('REPEATED_SEQUENCE', 'The sequence number that was repeated last.'),
      int32('REPEATED_IN_A_ROW', 'How often in a row.'),
      int32('REPEATED_FRAME', 'The last frame that repeated it.'),
      int32('SIGNATURE', 'Hash of sequence number and length of the last segment with payload.'),
      int32('LAST_SYN_FRAME', 'The last SYN or SYN-ACK.'),
      int32(
        'RST_WITHOUT_ACK',
        '1 where its first RST has no ACK, as from a host that does not know the connection (RFC 9293, 3.5.2) or a firewall.',
      ),
      int32('LARGEST_END', 'Sequence number after the first full-sized segment, or else the largest.'),
      int32('UNANSWERED_SMALLEST', 'Payload of the smallest packet counted in UNANSWERED.'),
      int32('HIGHEST_ACK', 'The highest acknowledgment.'),
      int32('EDGE_IDENTIFICATION', "IPv4's identification of the packet that announced WINDOW_EDGE."),
    ],
  },
  {
    heading: 'Float64 cells, counted in doubles from the beginning of the direction.',
    cells: [
      float64('BYTES'),
      float64('PAYLOAD_BYTES'),
      float64('UNIQUE_BYTES'),
      float64('RESENT_BYTES'),
      float64('RTT_SUM'),
      float64('RTT_MIN'),
      float64('RTT_MAX'),
      float64('FIRST_DATA_TIME'),
      float64('DIRECTION_LAST'),
      float64('UNANSWERED_SINCE'),
    ],
  },
];

export const BITS: readonly BitGroup[] = [
  {
    heading: 'Bits of STATE.',
    bits: [
      bit('FAST_OPEN', 'A SYN carried a Fast Open cookie and data.'),
      bit('CLIENT_HIGH', 'The higher endpoint is the client.'),
      bit('REPLACED', 'The row is out of the index: its addresses and ports were used again.'),
      bit('FIN_LOW', 'A FIN was seen from the lower endpoint.'),
      bit('FIN_HIGH', 'A FIN was seen from the higher endpoint.'),
      bit('CLOSED', 'A FIN from both, an RST, or the ports were used again.'),
      bit('IN_USE', 'The row is that of a connection.'),
      {
        name: 'MULTIPATH',
        width: 8,
        shift: 16,
        meaning:
          'The Multipath TCP subtypes seen (RFC 8684, 3). STATUS has those that the direction had seen.',
      },
    ],
  },
  {
    heading: 'Bits of STATUS, below those of MULTIPATH.',
    bits: [
      bit('FIRST_ACK_PENDING', 'The window of the first ACK is not scaled yet.'),
      bit('FLIGHT_VALID', 'The bytes in flight are known.'),
      bit('LAST_KEEP_ALIVE', 'The last segment was a keep-alive.'),
      bit('LAST_PROBE', 'The last segment was a zero window probe.'),
      bit('ORDERED', 'The unacknowledged segments are in sequence, do not overlap, and span less than 2^30.'),
      bit('RANGE_KNOWN', 'LOWEST and HIGHEST are valid.'),
      bit(
        'RANGE_WRAPS',
        'One of the segments begins before BASE and ends after it, so that LOWEST is not where the first begins.',
      ),
      bit('BASE_KNOWN', 'BASE is valid.'),
      bit('NUMBERED', 'Its packets have different IPv4 identifications, so that these distinguish them.'),
    ],
  },
  {
    heading: 'Bits of OFFERS.',
    bits: [
      { name: 'OFFERS_SCALE', width: 5, meaning: 'Shift of the window + 1; 0 where it was not offered.' },
      bit('OFFERS_SACK'),
      bit('OFFERS_TIMESTAMPS'),
    ],
  },
];

function bit(name: string, meaning = ''): BitGroup['bits'][number] {
  return { name, width: 1, meaning };
}

export const TALLY: readonly Group[] = [
  {
    heading: 'Counters of a direction (tally.ts) besides those of the verdicts.',
    cells: [
      int32('HOLES_FILLED', 'Segments that filled a hole.'),
      int32('REORDERED', 'Of these, those that were probably reordered on the way.'),
      int32(
        'REPEATED',
        'Segments sent again that had been captured and not acknowledged; a FIN without data counts.',
      ),
      int32('REPEATED_STALLED', "Of these, those sent while the receiver's window was closed."),
      int32('DUPLICATE_CAPTURES', 'Segments captured twice.'),
      int32('SHRUNK', 'Windows that shrank, and the first frame that announced one.'),
      int32('SHRUNK_FRAME'),
      int32('SHRUNK_FROM', 'The sequence numbers that the last of them took back.'),
      int32('SHRUNK_UNTIL'),
      int32('REPEATED_FILLED', "Of REPEATED, those sent while the receiver's window was full."),
      int32('REPEATED_FIN', 'Of REPEATED, FINs without data.'),
      int32('SPURIOUS_FIN', 'FINs sent again that had been acknowledged.'),
      int32(
        'DSACK_BYTES',
        'Bytes that the receiver reports as duplicates (D-SACK, RFC 2883); it may merge segments before.',
      ),
      int32('ACKS_LOST', 'How often in a row data was sent again that had been acknowledged.'),
      int32('FORGOTTEN', 'End of the last hole that was forgotten.'),
      int32('REORDERED_SURELY', "Of REORDERED, those that IPv4's identification proves to be."),
      int32('REPEATED_BYTES', 'Bytes of the segments of REPEATED, one for a FIN.'),
      int32('SPURIOUS_BYTES', 'Bytes sent again that had been acknowledged.'),
      int32('LATE_BEGIN', 'The last data that filled holes and seemed lost: its sequence numbers.'),
      int32('LATE_END'),
      int32(
        'LATE_TIME',
        'When it came, in milliseconds, and the IPv4 identification of the last such packet.',
      ),
      int32('LATE_IDENTIFICATION'),
      int32('PROBE_END', 'The last repeated segment that may be a tail loss probe: its end.'),
      int32('PROBE_LENGTH', 'Its length; 0 for none.'),
      int32('PROBE_TIME', 'When it was sent, in microseconds, and its timestamp (RFC 7323).'),
      int32('PROBE_TIMESTAMP'),
      int32('PROBE_LAG', 'Bytes before it that were not acknowledged.'),
      int32('PROBE_FILLED', '1 where it is counted in REPEATED_FILLED.'),
      int32('PROBES_NEEDLESS', 'Probes whose data had arrived.'),
      int32('REPEATED_UNANSWERED', 'Segments repeated since the other side was last seen.'),
      int32('REPEATED_UNANSWERED_SINCE', 'The first packet it did not answer.'),
      int32(
        'TIMEOUTS',
        'Of the repeated segments, those sent after so long a pause that a timer must have expired.',
      ),
      int32('BEHIND_ACK', 'Segments first captured after their own ACK: the capture is out of order.'),
      int32('BEHIND_ACK_FRAMES', 'The first such frames, BEHIND_ACK_PROOFS of them.', 4),
      int32(
        'UNSEEN_TSECR',
        'Of the last ACK of data that was not captured: TSecr, and when, in milliseconds.',
      ),
      int32('UNSEEN_TIME'),
      int32('COUNTER_SYN_ACKS', 'SYN-ACKs of a side that had sent a SYN without ACK (simultaneous open).'),
      int32(
        'MALFORMED',
        'Segments whose header contradicts itself, and the first such frame: no stack takes them.',
      ),
      int32('MALFORMED_FRAME'),
      int32(
        'SPURIOUS_BY_NAME_ONLY',
        'What Wireshark calls a spurious retransmission, but was not sent again: captured after its ACK, or twice.',
      ),
    ],
  },
];
