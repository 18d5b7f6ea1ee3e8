// Who limited each direction of a connection: what Analysis says of its segments, given to both senders' estimates.
import { ACK, FIN, PSH, RST, SYN } from '../../wire/tcp.ts';
import type { Analysis } from '../analysis.ts';
import * as cell from '../connection.ts';
import type { Connection, Side } from '../record.ts';
import type { Segment } from '../segment.ts';
import type { ConnectionSeries } from '../series/connection-series.ts';
import { TSECR, TSVAL, timestampOf } from '../tcp-timestamps.ts';
import * as verdict from '../verdict.ts';
import { type Circumstances, SenderLimits } from './sender.ts';

const PROBE = verdict.KEEP_ALIVE | verdict.ZERO_WINDOW_PROBE;
const USUAL_MSS = 1460;

export class ConnectionLimits {
  /** As the directions of a ConnectionSeries: what the lower endpoint sent, and the higher one. */
  readonly directions: [SenderLimits, SenderLimits];
  private readonly series: ConnectionSeries;

  /** `series` extends sequence numbers and has seen each segment first. */
  constructor(connection: Connection, series: ConnectionSeries) {
    this.series = series;
    const client = new SenderLimits(circumstances(connection, 'client'));
    const server = new SenderLimits(circumstances(connection, 'server'));
    this.directions = connection.clientDirection === 0 ? [client, server] : [server, client];
  }

  /** Adds the segment that `analysis` has just classified. */
  add(analysis: Analysis, time: number): void {
    const { segment, direction, frame, verdict: mask } = analysis;
    if (segment.quoted) {
      this.addQuoted(segment, direction);
      return;
    }
    if (!segment.complete || segment.partial || segment.length < 0) return;
    const { flags, length } = segment;
    if ((flags & RST) !== 0) return;
    const probe = (mask & PROBE) !== 0;
    if ((length > 0 || (flags & FIN) !== 0 || probe) && (flags & SYN) === 0) {
      const begin = this.series.directions[direction].extend(segment.sequence);
      const end = begin + length + ((flags & FIN) === 0 ? 0 : 1);
      this.directions[direction].send(time, begin, end, frame, {
        pushed: (flags & (PSH | FIN)) !== 0,
        finishes: (flags & FIN) !== 0,
        probe,
        echo: timestampOf(segment, TSECR),
      });
    }
    if ((flags & ACK) === 0) return;
    const acknowledgment = this.series.directions[1 - direction].extend(segment.acknowledgment);
    // Without the handshake the factor of a window is not known.
    const known = analysis.windowScaleFactor !== -1;
    const edge = known ? acknowledgment + analysis.windowSize : Number.NaN;
    this.directions[1 - direction].acknowledge(time, acknowledgment, edge, {
      hasData: length > 0,
      stamp: timestampOf(segment, TSVAL),
      rtt: analysis.acksFrame === 0 ? Number.NaN : analysis.ackRtt.value,
      twice: saysTwice(analysis),
    });
  }

  /** An ICMP error quotes a segment of a direction. */
  addQuoted(segment: Segment, direction: number): void {
    if (isTooBig(segment.icmpKind)) this.directions[direction].packetTooBig();
  }

  finish(time: number, frame: number): void {
    for (const direction of this.directions) direction.finish(time, frame);
  }
}

/** Does the first SACK block lie below what is acknowledged: something has come twice (RFC 2883)? */
function saysTwice({ cells, sender, segment }: Analysis): boolean {
  return (
    cells[sender + cell.SACKS] > 0 &&
    ((cells[sender + cell.SACK_RANGES + 1] - segment.acknowledgment) | 0) <= 0
  );
}

/** ICMP "fragmentation needed" (RFC 1191) or ICMPv6 "packet too big" (RFC 4443, 3.2). */
function isTooBig(kind: number): boolean {
  return kind === ((4 << 16) | (3 << 8) | 4) || kind === ((6 << 16) | (2 << 8));
}

function circumstances(connection: Connection, name: 'client' | 'server'): Circumstances {
  const { start, handshakeTimed, synToSynAck, synAckToAck } = connection;
  const sender = connection[name];
  const receiver = connection[name === 'client' ? 'server' : 'client'];
  // What the receiver sent was acknowledged by the sender: the way there and back. So was the handshake, without delay.
  const [near, far] = name === 'client' ? [synAckToAck, synToSynAck] : [synToSynAck, synAckToAck];
  const toSender = least(handshakeTimed ? near : Number.NaN, receiver.rtt.min);
  const announced = segmentSize(sender, receiver);
  const toReceiver = least(handshakeTimed ? far : Number.NaN, sender.rtt.min);
  return {
    toSender,
    rtt: toSender + toReceiver,
    mss: Math.max(1, Math.min(announced, sender.largest || announced)),
    announced,
    begin: start + (handshakeTimed ? synToSynAck + synAckToAck : 0),
  };
}

/** Bytes of data in a full segment that the receiver takes. */
function segmentSize(sender: Side, receiver: Side): number {
  const told = receiver.mss === 0 ? USUAL_MSS : receiver.mss;
  // Time stamps take twelve bytes of it (RFC 7323, appendix A).
  const options = sender.timestamps && receiver.timestamps ? 12 : 0;
  return Math.max(1, told - options);
}

/** The lesser of two times, of which NaN are not known; 0 where neither is. */
function least(a: number, b: number): number {
  return Number.isNaN(a) ? (Number.isNaN(b) ? 0 : b) : Number.isNaN(b) ? a : Math.min(a, b);
}
