// A connection as a row. A fleet has one for each connection, with 137 cells: they go straight into their columns, for to
// gather them in an object first took ten times as long.
import { ipv6Bytes } from '../base/address.ts';
import type { Connection, RoundTrips, Side } from '../flow/record.ts';
import { VERDICTS } from '../flow/verdict.ts';
import type { Cell, ColumnData, Rows } from './rows.ts';
import { TABLES, VERDICT_COLUMNS } from './schema.ts';

const places = new Map(TABLES.connections.columns.map(({ name }, i) => [name, i]));

function place(name: string): number {
  const found = places.get(name);
  if (found === undefined) throw new Error(`connections has no column ${name}`);
  return found;
}

const STREAM = place('stream');
const FLOW_KEY = place('flow_key');
const INTERFACE = place('interface');
const DURATION = place('duration');
const OPENING = place('opening');
const CLOSING = place('closing');
const FIRST_FRAME = place('first_frame');
const LAST_FRAME = place('last_frame');
const SYN_TO_SYN_ACK = place('syn_to_syn_ack');
const SYN_ACK_TO_ACK = place('syn_ack_to_ack');
const INITIAL_RTT = place('initial_rtt');
const TIME_TO_FIRST_BYTE = place('time_to_first_byte');
const LONGEST_SILENCE = place('longest_silence');

/** Places of the columns of a side. */
function sidePlaces(side: 'client' | 'server') {
  const of = (column: string) => place(`${column}_${side}`);
  return {
    address: place(`${side}_address`),
    addressBytes: place(`${side}_address_bytes`),
    port: place(`${side}_port`),
    packets: of('packets'),
    bytes: of('bytes'),
    dataPackets: of('data_packets'),
    payloadBytes: of('payload_bytes'),
    uniqueBytes: of('unique_bytes'),
    retransmittedPackets: of('retransmitted_packets'),
    retransmittedBytes: of('retransmitted_bytes'),
    rttCount: of('rtt_count'),
    rttMin: of('rtt_min'),
    rttMean: of('rtt_mean'),
    rttP50: of('rtt_p50'),
    rttP95: of('rtt_p95'),
    rttP99: of('rtt_p99'),
    rttMax: of('rtt_max'),
    maxBytesInFlight: of('max_bytes_in_flight'),
    minWindow: of('min_window'),
    maxWindow: of('max_window'),
    zeroWindowTime: of('zero_window_time'),
    windowFullTime: of('window_full_time'),
    missedBytes: of('missed_bytes'),
    mss: of('mss'),
    windowScale: of('window_scale'),
    sackPermitted: of('sack_permitted'),
    timestamps: of('timestamps'),
    resets: of('resets'),
    verdicts: new Map(VERDICTS.map((verdict) => [verdict, of(VERDICT_COLUMNS[verdict])])),
  };
}
const CLIENT = sidePlaces('client');
const SERVER = sidePlaces('server');

/** Adds a connection that began at `time`, in nanoseconds since 1970. */
export function addConnection(
  rows: Rows,
  time: bigint,
  connection: Connection,
  flowKey: string,
  interfaceName: string,
): void {
  const row = rows.next(time);
  const { columns } = rows;
  const { client, server, start, handshakeTimed } = connection;
  numbers(columns, STREAM)[row] = connection.stream;
  cells(columns, FLOW_KEY)[row] = flowKey;
  cells(columns, INTERFACE)[row] = interfaceName || null;
  whole(columns, DURATION, row, connection.end - start);
  cells(columns, OPENING)[row] = connection.opening;
  cells(columns, CLOSING)[row] = connection.closing;
  numbers(columns, FIRST_FRAME)[row] = connection.firstFrame;
  numbers(columns, LAST_FRAME)[row] = connection.lastFrame;
  numbers(columns, SYN_TO_SYN_ACK)[row] = handshakeTimed ? Math.round(connection.synToSynAck) : Number.NaN;
  numbers(columns, SYN_ACK_TO_ACK)[row] = handshakeTimed ? Math.round(connection.synAckToAck) : Number.NaN;
  numbers(columns, INITIAL_RTT)[row] = Math.round(connection.initialRtt) || Number.NaN;
  numbers(columns, TIME_TO_FIRST_BYTE)[row] =
    server.firstDataFrame === 0 ? Number.NaN : Math.round(server.firstDataTime - start);
  whole(columns, LONGEST_SILENCE, row, connection.silence.time);
  addSide(columns, row, client, CLIENT);
  addSide(columns, row, server, SERVER);
}

function addSide(columns: ColumnData[], row: number, side: Side, at: typeof CLIENT): void {
  cells(columns, at.address)[row] = side.address;
  cells(columns, at.addressBytes)[row] = knownBytes(side.address);
  numbers(columns, at.port)[row] = side.port;
  whole(columns, at.packets, row, side.packets);
  whole(columns, at.bytes, row, side.bytes);
  whole(columns, at.dataPackets, row, side.dataPackets);
  whole(columns, at.payloadBytes, row, side.payloadBytes);
  whole(columns, at.uniqueBytes, row, side.uniqueBytes);
  whole(columns, at.retransmittedPackets, row, side.resentPackets);
  whole(columns, at.retransmittedBytes, row, side.resentBytes);
  addRoundTrips(columns, row, side.rtt, at);
  numbers(columns, at.maxBytesInFlight)[row] = side.maxFlight;
  numbers(columns, at.minWindow)[row] = side.minWindow;
  numbers(columns, at.maxWindow)[row] = side.maxWindow;
  whole(columns, at.zeroWindowTime, row, side.closed.total);
  whole(columns, at.windowFullTime, row, side.full.total);
  whole(columns, at.missedBytes, row, side.missed.bytes);
  numbers(columns, at.mss)[row] = side.mss || Number.NaN;
  numbers(columns, at.windowScale)[row] = side.scale < 0 ? Number.NaN : side.scale;
  cells(columns, at.sackPermitted)[row] = side.sackPermitted;
  cells(columns, at.timestamps)[row] = side.timestamps;
  whole(columns, at.resets, row, side.resets);
  for (const { name, count } of side.verdicts) whole(columns, at.verdicts.get(name)!, row, count);
}

function addRoundTrips(columns: ColumnData[], row: number, rtt: RoundTrips, at: typeof CLIENT): void {
  const { count } = rtt;
  if (count === 0) return; // new rows hold NULL
  whole(columns, at.rttCount, row, count);
  const { p50, p95, p99 } = rtt.percentiles();
  numbers(columns, at.rttMin)[row] = Math.round(rtt.min);
  numbers(columns, at.rttMean)[row] = Math.round(rtt.mean);
  numbers(columns, at.rttP50)[row] = Math.round(p50);
  numbers(columns, at.rttP95)[row] = Math.round(p95);
  numbers(columns, at.rttP99)[row] = Math.round(p99);
  numbers(columns, at.rttMax)[row] = Math.round(rtt.max);
}

function cells(columns: ColumnData[], column: number): Cell[] {
  return columns[column] as Cell[];
}

function numbers(columns: ColumnData[], column: number): Int32Array | Float64Array {
  return columns[column] as Int32Array | Float64Array;
}

/** A cell of 64 bits. New rows hold zero, which most of these cells stay. */
function whole(columns: ColumnData[], column: number, row: number, value: number): void {
  if (value !== 0) (columns[column] as BigInt64Array)[row] = BigInt(Math.round(value));
}

/** Addresses met so far: few are met once, and rows of the same address share its bytes. */
const known = new Map<string, Uint8Array>();
const KNOWN_ADDRESSES = 1 << 16;

function knownBytes(text: string): Uint8Array {
  let bytes = known.get(text);
  if (bytes === undefined) {
    if (known.size === KNOWN_ADDRESSES) known.clear();
    bytes = addressBytes(text);
    known.set(text, bytes);
  }
  return bytes;
}

/** An address in text as 16 bytes; IPv4 as IPv4-mapped IPv6 (RFC 4291, 2.5.5.2). */
export function addressBytes(text: string): Uint8Array {
  return ipv6Bytes(text.includes(':') ? text : `::ffff:${text}`) ?? new Uint8Array(16);
}
