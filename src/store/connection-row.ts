// A connection as a row.
import type { Connection, RoundTrips, Side } from '../flow/record.ts';
import { VERDICTS } from '../flow/verdict.ts';
import type { Cell } from './rows.ts';
import { VERDICT_COLUMNS } from './schema.ts';

/** The cells of a connection, those of its origin and its time left out. */
export function connectionCells(
  connection: Connection,
  flowKey: string,
  interfaceName: string,
): Record<string, Cell> {
  const { client, server, start } = connection;
  return {
    stream: connection.stream,
    flow_key: flowKey,
    interface: interfaceName || null,
    client_address: client.address,
    client_address_bytes: addressBytes(client.address),
    client_port: client.port,
    server_address: server.address,
    server_address_bytes: addressBytes(server.address),
    server_port: server.port,
    duration: connection.end - start,
    opening: connection.opening,
    closing: connection.closing,
    first_frame: connection.firstFrame,
    last_frame: connection.lastFrame,
    syn_to_syn_ack: connection.handshakeTimed ? connection.synToSynAck : null,
    syn_ack_to_ack: connection.handshakeTimed ? connection.synAckToAck : null,
    initial_rtt: connection.initialRtt || null,
    time_to_first_byte: server.firstDataFrame === 0 ? null : server.firstDataTime - start,
    longest_silence: connection.silence.time,
    ...sideCells(client, 'client'),
    ...sideCells(server, 'server'),
  };
}

function sideCells(side: Side, name: 'client' | 'server'): Record<string, Cell> {
  const cells: Record<string, Cell> = {
    packets: side.packets,
    bytes: side.bytes,
    data_packets: side.dataPackets,
    payload_bytes: side.payloadBytes,
    unique_bytes: side.uniqueBytes,
    retransmitted_packets: side.resentPackets,
    retransmitted_bytes: side.resentBytes,
    ...roundTripCells(side.rtt),
    max_bytes_in_flight: side.maxFlight,
    min_window: side.minWindow,
    max_window: side.maxWindow,
    zero_window_time: side.closed.total,
    window_full_time: side.full.total,
    missed_bytes: side.missed.bytes,
    mss: side.mss || null,
    window_scale: side.scale < 0 ? null : side.scale,
    sack_permitted: side.sackPermitted,
    timestamps: side.timestamps,
    resets: side.resets,
  };
  for (const verdict of VERDICTS) cells[VERDICT_COLUMNS[verdict]] = 0;
  for (const { name: verdict, count } of side.verdicts) cells[VERDICT_COLUMNS[verdict]] = count;
  return Object.fromEntries(Object.entries(cells).map(([column, value]) => [`${column}_${name}`, value]));
}

function roundTripCells(rtt: RoundTrips): Record<string, Cell> {
  if (rtt.count === 0) return { rtt_count: 0 };
  const { p50, p95, p99 } = rtt.percentiles();
  return {
    rtt_count: rtt.count,
    rtt_min: rtt.min,
    rtt_mean: rtt.mean,
    rtt_p50: known(p50),
    rtt_p95: known(p95),
    rtt_p99: known(p99),
    rtt_max: rtt.max,
  };
}

function known(time: number): number | null {
  return Number.isNaN(time) ? null : time;
}

/** An address in text as 16 bytes; IPv4 as IPv4-mapped IPv6 (RFC 4291, 2.5.5.2). */
export function addressBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(16);
  const dotted = /(?:^|:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  if (!text.includes(':') && dotted !== null) {
    bytes.set([0xff, 0xff, ...dotted.slice(1).map(Number)], 10);
    return bytes;
  }
  const words = (dotted === null ? text : text.slice(0, dotted.index + 1))
    .split('::')
    .map((half) => half.split(':').filter(Boolean));
  const [head = [], tail = []] = words;
  const view = new DataView(bytes.buffer);
  for (const [i, word] of head.entries()) view.setUint16(2 * i, Number.parseInt(word, 16));
  const end = dotted === null ? 16 : 12;
  for (const [i, word] of tail.entries())
    view.setUint16(end - 2 * (tail.length - i), Number.parseInt(word, 16));
  if (dotted !== null) bytes.set(dotted.slice(1).map(Number), 12);
  return bytes;
}
