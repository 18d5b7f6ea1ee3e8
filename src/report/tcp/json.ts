// Connections and totals for programs. Times are in seconds, sizes in bytes, rates in bits per second.
import type { Connection, RoundTrips, Side } from '../../flow/record.ts';
import type { Stall } from '../../flow/stalls.ts';
import type { Statistics } from '../../flow/statistics.ts';
import type { Summary } from '../../flow/summary.ts';
import type { ConnectionReport, RttReport, SideReport, StallReport, SummaryReport } from '../documents.ts';
import { seconds } from '../round-trips.ts';
import type { Finding } from './findings.ts';

/** A connection as a plain object. Times count from the capture's first packet; what was not seen is null. */
export function connectionJson(
  connection: Connection,
  findings: Finding[],
  interfaceName: string,
): ConnectionReport {
  const { start, end, opening, closing, client, server, synToSynAck, synAckToAck } = connection;
  const lasted = end - start;
  const split = handshakeSplit(connection);
  return {
    stream: connection.stream,
    interface: interfaceName || null,
    client: sideJson(client, start, lasted),
    server: sideJson(server, start, lasted),
    start: seconds(start),
    duration: seconds(lasted),
    opening,
    closing,
    resetBy: closing !== 'reset' ? null : client.rstFrame !== 0 ? 'client' : 'server',
    frames: { first: connection.firstFrame, last: connection.lastFrame },
    handshake: !connection.handshakeTimed
      ? null
      : {
          total: seconds(synToSynAck + synAckToAck),
          synToSynAck: seconds(synToSynAck),
          synAckToAck: seconds(synAckToAck),
          network: split === undefined ? null : seconds(split.network),
          server: split === undefined ? null : seconds(split.server),
        },
    initialRtt: connection.initialRtt === 0 ? null : seconds(connection.initialRtt),
    timeToFirstByte: server.firstDataFrame === 0 ? null : seconds(server.firstDataTime - start),
    longestSilence: { time: seconds(connection.silence.time), afterFrame: connection.silence.frame },
    findings: findings.map(({ stream: _, text, frames, ...one }) => ({ ...one, text, frames })),
  };
}

/**
 * The handshake's time split into what the network took and what the server took: the way to the server and back is
 * taken to be as fast as its fastest ACK later.
 */
export function handshakeSplit(connection: Connection): { network: number; server: number } | undefined {
  const { handshakeTimed, synToSynAck, synAckToAck, client } = connection;
  if (!handshakeTimed || client.rtt.count < 2) return undefined;
  const network = Math.min(client.rtt.min, synToSynAck);
  return { network: network + synAckToAck, server: synToSynAck - network };
}

/** Bits per second; null where no time passed. */
export function rate(bytes: number, nanoseconds: number): number | null {
  return nanoseconds > 0 ? Math.round((bytes * 8e9) / nanoseconds) : null;
}

function sideJson(side: Side, start: number, lasted: number): SideReport {
  return {
    address: side.address,
    port: side.port,
    packets: side.packets,
    bytes: side.bytes,
    dataPackets: side.dataPackets,
    payloadBytes: side.payloadBytes,
    uniqueBytes: side.uniqueBytes,
    throughput: rate(side.bytes, lasted),
    goodput: rate(side.uniqueBytes, lasted),
    retransmittedPackets: side.resentPackets,
    retransmittedBytes: side.resentBytes,
    retransmittedShare:
      side.dataPackets === 0 ? 0 : Number((side.resentPackets / side.dataPackets).toFixed(6)),
    rtt: rttJson(side.rtt),
    maxBytesInFlight: side.maxFlight,
    window: { min: side.minWindow, max: side.maxWindow },
    zeroWindow: stallJson(side.closed),
    fullWindow: stallJson(side.full),
    mss: side.mss || null,
    windowScale: side.scale < 0 ? null : side.scale,
    sackPermitted: side.sackPermitted,
    timestamps: side.timestamps,
    firstByte: side.firstDataFrame === 0 ? null : seconds(side.firstDataTime - start),
    missedBytes: side.missed.bytes,
    finFrame: side.finFrame || null,
    resetFrame: side.rstFrame || null,
    verdicts: Object.fromEntries(side.verdicts.map(({ name, count, frames }) => [name, { count, frames }])),
  };
}

function rttJson(rtt: RoundTrips): RttReport | null {
  if (rtt.count === 0) return null;
  const { p50, p95, p99 } = rtt.percentiles();
  return {
    count: rtt.count,
    min: seconds(rtt.min),
    mean: seconds(rtt.mean),
    p50: known(p50),
    p95: known(p95),
    p99: known(p99),
    max: seconds(rtt.max),
  };
}

/** In seconds; null for what is not known. */
function known(nanoseconds: number): number | null {
  return Number.isNaN(nanoseconds) ? null : seconds(nanoseconds);
}

function stallJson(stall: Stall): StallReport | null {
  if (stall.total === 0) return null;
  return {
    total: seconds(stall.total),
    longest: seconds(stall.longest),
    fromFrame: stall.fromFrame,
    untilFrame: stall.untilFrame || null,
  };
}

/** The totals as a plain object. */
export function summaryJson(statistics: Statistics, summary: Summary): SummaryReport {
  const { rtt, handshake } = summary;
  return {
    packets: statistics.packets,
    segments: summary.segments,
    connections: summary.connections,
    retired: statistics.analysis.retired,
    opening: summary.openings,
    closing: summary.closings,
    bytes: summary.bytes,
    payloadBytes: summary.payloadBytes,
    uniqueBytes: summary.uniqueBytes,
    retransmittedPackets: summary.retransmissions,
    retransmittedBytes: summary.retransmittedBytes,
    resets: summary.resets,
    verdicts: summary.verdicts,
    rtt:
      rtt.count === 0
        ? null
        : {
            count: rtt.count,
            min: known(rtt.min),
            mean: known(rtt.sum / rtt.count),
            p50: known(statistics.rtt.percentile(0.5)),
            p95: known(statistics.rtt.percentile(0.95)),
            p99: known(statistics.rtt.percentile(0.99)),
            max: known(rtt.max),
          },
    handshake:
      handshake.count === 0
        ? null
        : {
            count: handshake.count,
            min: known(handshake.min),
            mean: known(handshake.sum / handshake.count),
            max: known(handshake.max),
          },
    stallTime: seconds(summary.stallTime),
    longestSilence: seconds(summary.longestSilence),
    longestDuration: seconds(summary.longestDuration),
  };
}
