// One connection as plain data: what Statistics and Tallies hold of a row, for reports.
import { endpointText, ipv4WordText, ipv6Text } from '../base/address.ts';
import { before } from '../base/sequence.ts';
import * as cell from './connection.ts';
import { CLOSED, FILLED, type Stall } from './stalls.ts';
import { type Closing, closingOf, isHandshakeTimed, type Opening, openingOf } from './state.ts';
import type { Statistics } from './statistics.ts';
import { BEHIND_ACK_PROOFS, DOWNSTREAM, type Tallies, UPSTREAM } from './tally.ts';
import * as counter from './tally-cells.ts';
import { VERDICTS } from './verdict.ts';

/** Round-trip times in nanoseconds, of data until its acknowledgment; NaN where there is none. */
export interface RoundTrips {
  count: number;
  min: number;
  mean: number;
  max: number;
  /** Determined only on request. */
  percentiles(): { p50: number; p95: number; p99: number };
}

/** What one side sent. Sizes are in bytes, times in nanoseconds since the first packet of the capture. */
export interface Side {
  address: string;
  port: number;
  /** Address and port. */
  endpoint: string;
  packets: number;
  /** On the wire, all headers included. */
  bytes: number;
  dataPackets: number;
  payloadBytes: number;
  /** Payload without what was sent again. */
  uniqueBytes: number;
  resentPackets: number;
  resentBytes: number;
  /** Segments that filled a hole: lost upstream of the capture point and sent again, or reordered. */
  fillingPackets: number;
  /** Of these, those that were reordered, not sent again: probably, and surely. */
  reordered: number;
  reorderedSurely: number;
  /** Segments captured before, and not acknowledged, that were sent again. */
  repeated: number;
  /** Of these, those that the other side's window was closed or taken back for; was filled for; and FINs without data. */
  repeatedStalled: number;
  repeatedFilled: number;
  repeatedFin: number;
  /** FINs sent again though they had been acknowledged. */
  spuriousFin: number;
  /** Bytes that the other side reports as duplicates (D-SACK, RFC 2883); bytes of `repeated`; bytes of spurious retransmissions. */
  dsackBytes: number;
  repeatedBytes: number;
  spuriousBytes: number;
  /** Segments sent again before their ACK came, though it was about to. */
  probesLate: number;
  /** Segments sent again after they had been captured that it waited long for: its timer had to run out. */
  timeouts: number;
  /** How often in a row it sent data again, up to the last time, that had been acknowledged. */
  acksLost: number;
  /** Bytes that the other side acknowledged and that were never captured, and the frames that passed over them. */
  missed: { bytes: number; frames: number[] };
  /** Time until its data was acknowledged. */
  rtt: RoundTrips;
  maxFlight: number;
  minWindow: number;
  maxWindow: number;
  /** Its window was closed; its window was filled by the other side. */
  closed: Stall;
  full: Stall;
  windowUpdates: number;
  shrunk: { count: number; frame: number };
  mss: number;
  /** Shift offered in the SYN; -1 none. */
  scale: number;
  sackPermitted: boolean;
  timestamps: boolean;
  /** SYNs and SYN-ACKs; of these, SYN-ACKs it sent after a SYN of its own (simultaneous open). */
  syns: number;
  counterSynAcks: number;
  lastSynFrame: number;
  finFrame: number;
  rstFrame: number;
  resets: number;
  /** Its first RST had no ACK: its host does not know the connection, or a firewall speaks in its name. */
  rstWithoutAck: boolean;
  firstDataFrame: number;
  firstDataTime: number;
  lastFrame: number;
  lastTime: number;
  /** Packets it sent since the other side was heard last, the first, when that was, and the least payload of any. */
  unanswered: { count: number; frame: number; since: number; smallest: number };
  /** Of its segments repeated, those since then. */
  repeatedUnanswered: number;
  /** The same data sent again and again: how often in a row, the last frame, and whether it is still not acknowledged. */
  lastRepeated: { count: number; frame: number; pending: boolean };
  largest: number;
  /** Was a full-sized segment acknowledged, or the largest there was? */
  largestArrived: boolean;
  offloaded: number;
  /** Segments captured twice. */
  duplicateCaptures: number;
  /** Of what Wireshark calls spurious retransmissions, those that were not sent again. */
  spuriousByNameOnly: number;
  /** Segments first captured after their own ACK, and the first few frames of them. */
  behindAck: { count: number; frames: number[] };
  /** Segments whose header contradicts itself, and the frame of the first. */
  malformed: { count: number; frame: number };
  /** Which packets of the side were lost upstream and downstream of the capture point, counted from its first, as far as known. */
  lossesUpstream: number[];
  lossesDownstream: number[];
  /** For each verdict how often it was given, and the first frames. */
  verdicts: { name: (typeof VERDICTS)[number]; count: number; frames: number[] }[];
}

/** A connection. Times are nanoseconds since the first packet of the capture. */
export interface Connection {
  row: number;
  stream: number;
  /** Index of the interface of its first packet. */
  interface: number;
  client: Side;
  server: Side;
  /** The client's direction: 0 where it is the lower endpoint (connection.ts). */
  clientDirection: 0 | 1;
  start: number;
  end: number;
  opening: Opening;
  closing: Closing;
  firstFrame: number;
  lastFrame: number;
  synFrame: number;
  /** The first SYN without ACK of the server, which then opens as well (simultaneous open); 0 for none. */
  peerSynFrame: number;
  synAckFrame: number;
  handshakeFrame: number;
  /** Were SYN, SYN-ACK and ACK captured in this order, so that its duration is known? */
  handshakeTimed: boolean;
  /** From SYN to SYN-ACK and on to the ACK; 0 where not seen. */
  synToSynAck: number;
  synAckToAck: number;
  initialRtt: number;
  silence: { time: number; frame: number };
  /** ICMP error about it: frame (0 for none), IP version, type, code. */
  icmp: { frame: number; version: 4 | 6; type: number; code: number };
}

/** Reads a row. */
export function connectionOf(statistics: Statistics, row: number): Connection {
  const { table } = statistics.analysis;
  const cells = table.cells(row);
  const values = table.values(row);
  const offset = table.offset(row);
  const v = offset / 2;
  const clientHigh = (cells[offset + cell.STATE] & cell.CLIENT_HIGH) !== 0;
  const clientDirection = clientHigh ? 1 : 0;
  const client = sideOf(statistics, row, clientDirection);
  const server = sideOf(statistics, row, 1 - clientDirection);
  const start = values[v + cell.START];
  const synAck = cells[offset + cell.SYN_ACK_FRAME];
  const handshake = cells[offset + cell.HANDSHAKE_FRAME];
  return {
    row,
    stream: cells[offset + cell.STREAM],
    interface: cells[offset + cell.INTERFACE],
    client,
    server,
    clientDirection,
    start,
    end: values[v + cell.LAST],
    opening: openingOf(cells, offset),
    closing: closingOf(cells, values, offset, statistics.now),
    firstFrame: cells[offset + cell.FIRST_FRAME],
    lastFrame: cells[offset + cell.LAST_FRAME],
    synFrame: cells[offset + cell.SYN_FRAME],
    peerSynFrame: cells[offset + cell.PEER_SYN_FRAME],
    synAckFrame: synAck,
    handshakeFrame: handshake,
    handshakeTimed: isHandshakeTimed(cells, offset),
    synToSynAck: synAck === 0 ? 0 : values[v + cell.SYN_ACK_TIME] - start,
    synAckToAck: handshake === 0 ? 0 : values[v + cell.HANDSHAKE_TIME] - values[v + cell.SYN_ACK_TIME],
    initialRtt: values[v + cell.INITIAL_RTT],
    silence: { time: values[v + cell.SILENCE], frame: cells[offset + cell.SILENCE_FRAME] },
    icmp: icmpOf(cells, offset),
  };
}

function icmpOf(cells: Int32Array, offset: number): Connection['icmp'] {
  const kind = cells[offset + cell.ICMP_KIND];
  return {
    frame: cells[offset + cell.ICMP_FRAME],
    version: kind >> 16 === 6 ? 6 : 4,
    type: (kind >> 8) & 0xff,
    code: kind & 0xff,
  };
}

function sideOf(statistics: Statistics, row: number, direction: number): Side {
  const { tallies } = statistics;
  const { table } = statistics.analysis;
  const cells = table.cells(row);
  const values = table.values(row);
  const offset = table.offset(row);
  const side = offset + cell.DIRECTIONS + direction * cell.DIRECTION_CELLS;
  const peer = offset + cell.DIRECTIONS + (1 - direction) * cell.DIRECTION_CELLS;
  const v = side / 2;
  const address = addressText(cells, offset, direction);
  const port = portOf(cells, offset, direction);
  const tally = cells[side + cell.TALLY];
  const offers = cells[side + cell.OFFERS];
  const end = values[offset / 2 + cell.LAST];
  return {
    address,
    port,
    endpoint: endpointText(address, port),
    packets: cells[side + cell.PACKETS],
    bytes: values[v + cell.BYTES],
    dataPackets: cells[side + cell.DATA_PACKETS],
    payloadBytes: values[v + cell.PAYLOAD_BYTES],
    uniqueBytes: values[v + cell.UNIQUE_BYTES],
    resentPackets: cells[side + cell.RESENT_PACKETS],
    resentBytes: values[v + cell.RESENT_BYTES],
    fillingPackets: tallies.get(tally, counter.HOLES_FILLED),
    reordered: tallies.get(tally, counter.REORDERED),
    reorderedSurely: tallies.get(tally, counter.REORDERED_SURELY),
    repeated: tallies.get(tally, counter.REPEATED),
    repeatedStalled: tallies.get(tally, counter.REPEATED_STALLED),
    repeatedFilled: tallies.get(tally, counter.REPEATED_FILLED),
    repeatedFin: tallies.get(tally, counter.REPEATED_FIN),
    spuriousFin: tallies.get(tally, counter.SPURIOUS_FIN),
    dsackBytes: tallies.get(tally, counter.DSACK_BYTES),
    repeatedBytes: tallies.get(tally, counter.REPEATED_BYTES),
    spuriousBytes: tallies.get(tally, counter.SPURIOUS_BYTES),
    probesLate: tallies.get(tally, counter.PROBES_NEEDLESS),
    timeouts: tallies.get(tally, counter.TIMEOUTS),
    acksLost: tallies.get(tally, counter.ACKS_LOST),
    missed: statistics.tallies.holes(tally, cells[peer + cell.LAST_ACK]),
    rtt: roundTripsOf(statistics, cells, values, side),
    maxFlight: cells[side + cell.MAX_FLIGHT],
    minWindow: Math.max(0, cells[side + cell.MIN_WINDOW]),
    maxWindow: cells[side + cell.MAX_WINDOW],
    closed: statistics.stalls.stall(cells[side + cell.STALLS], CLOSED, end),
    full: statistics.stalls.stall(cells[side + cell.STALLS], FILLED, end),
    windowUpdates: cells[side + cell.WINDOW_UPDATES],
    shrunk: { count: tallies.get(tally, counter.SHRUNK), frame: tallies.get(tally, counter.SHRUNK_FRAME) },
    mss: cells[side + cell.MSS],
    scale: (offers & cell.OFFERS_SCALE) - 1,
    sackPermitted: (offers & cell.OFFERS_SACK) !== 0,
    timestamps: (offers & cell.OFFERS_TIMESTAMPS) !== 0,
    syns: cells[side + cell.SYNS],
    counterSynAcks: tallies.get(tally, counter.COUNTER_SYN_ACKS),
    lastSynFrame: cells[side + cell.LAST_SYN_FRAME],
    finFrame: cells[side + cell.FIN_FRAME],
    rstFrame: cells[side + cell.RST_FRAME],
    resets: cells[side + cell.RSTS],
    rstWithoutAck: cells[side + cell.RST_WITHOUT_ACK] !== 0,
    firstDataFrame: cells[side + cell.FIRST_DATA_FRAME],
    firstDataTime: values[v + cell.FIRST_DATA_TIME],
    lastFrame: cells[side + cell.DIRECTION_LAST_FRAME],
    lastTime: values[v + cell.DIRECTION_LAST],
    unanswered: {
      count: cells[side + cell.UNANSWERED],
      frame: cells[side + cell.UNANSWERED_FRAME],
      since: values[v + cell.UNANSWERED_SINCE],
      smallest: cells[side + cell.UNANSWERED_SMALLEST],
    },
    repeatedUnanswered:
      tallies.get(tally, counter.REPEATED_UNANSWERED_SINCE) === cells[side + cell.UNANSWERED_FRAME]
        ? tallies.get(tally, counter.REPEATED_UNANSWERED)
        : 0,
    lastRepeated: {
      count: cells[side + cell.REPEATED_IN_A_ROW],
      frame: cells[side + cell.REPEATED_FRAME],
      pending: cells[peer + cell.LAST_ACK] === cells[side + cell.REPEATED_SEQUENCE],
    },
    largest: cells[side + cell.LARGEST],
    largestArrived: !before(cells[peer + cell.LAST_ACK], cells[side + cell.LARGEST_END]),
    offloaded: cells[side + cell.OFFLOADED],
    duplicateCaptures: tallies.get(tally, counter.DUPLICATE_CAPTURES),
    spuriousByNameOnly: tallies.get(tally, counter.SPURIOUS_BY_NAME_ONLY),
    behindAck: { count: tallies.get(tally, counter.BEHIND_ACK), frames: behindAckFrames(tallies, tally) },
    malformed: {
      count: tallies.get(tally, counter.MALFORMED),
      frame: tallies.get(tally, counter.MALFORMED_FRAME),
    },
    lossesUpstream: tallies.losses(tally, UPSTREAM),
    lossesDownstream: tallies.losses(tally, DOWNSTREAM),
    verdicts: verdictsOf(tallies, tally, cells[side + cell.WINDOW_UPDATES]),
  };
}

function verdictsOf(tallies: Tallies, tally: number, windowUpdates: number): Side['verdicts'] {
  const given: Side['verdicts'] = [];
  // Most connections have no tally; updates of windows alone need none.
  if (tally === 0 && windowUpdates === 0) return given;
  for (const [bit, name] of VERDICTS.entries()) {
    const count = name === 'window_update' ? windowUpdates : tallies.counted(tally, bit);
    if (count > 0) given.push({ name, count, frames: tally === 0 ? [] : tallies.frames(tally, bit) });
  }
  return given;
}

function behindAckFrames(tallies: Tallies, tally: number): number[] {
  const n = Math.min(tallies.get(tally, counter.BEHIND_ACK), BEHIND_ACK_PROOFS);
  if (n === 0) return [];
  return Array.from({ length: n }, (_, i) => tallies.get(tally, counter.BEHIND_ACK_FRAMES + i));
}

function roundTripsOf(
  statistics: Statistics,
  cells: Int32Array,
  values: Float64Array,
  side: number,
): RoundTrips {
  const count = cells[side + cell.RTT_COUNT];
  const none = Number.NaN;
  if (count === 0) {
    return {
      count,
      min: none,
      mean: none,
      max: none,
      percentiles: () => ({ p50: none, p95: none, p99: none }),
    };
  }
  const min = values[side / 2 + cell.RTT_MIN];
  const max = values[side / 2 + cell.RTT_MAX];
  return {
    count,
    min,
    mean: values[side / 2 + cell.RTT_SUM] / count,
    max,
    percentiles: () => {
      const { samples } = statistics;
      const kept = cells[side + cell.RTT_KEPT];
      if (kept === 0) return { p50: none, p95: none, p99: none };
      const found = samples.percentiles(cells[side + cell.RTT_SAMPLES], kept, [0.5, 0.95, 0.99]);
      // A bucket's middle may lie beyond the lowest and highest, which are known exactly.
      const [p50, p95, p99] = found.map((value) => Math.round(Math.min(max, Math.max(min, value))));
      return { p50: p50, p95: p95, p99: p99 };
    },
  };
}

/** Address and port of one end of a row: direction 0 is the lower endpoint. */
export function endpointOf({ analysis: { table } }: Statistics, row: number, direction: number): string {
  const cells = table.cells(row);
  const offset = table.offset(row);
  return endpointText(addressText(cells, offset, direction), portOf(cells, offset, direction));
}

function portOf(cells: Int32Array, offset: number, direction: number): number {
  return direction === 0 ? cells[offset + cell.PORTS] >>> 16 : cells[offset + cell.PORTS] & 0xffff;
}

function addressText(cells: Int32Array, offset: number, direction: number): string {
  const first = offset + (direction === 0 ? cell.LOW_ADDRESS : cell.HIGH_ADDRESS);
  if ((cells[offset + cell.SCOPE] & 0xff) !== 6) return ipv4WordText(cells[first]);
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < 4; i++) view.setInt32(4 * i, cells[first + i]);
  return ipv6Text(bytes);
}
