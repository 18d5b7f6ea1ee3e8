// All connections of a capture together, those already retired included.
import * as cell from './connection.ts';
import type { Ledger } from './ledger.ts';
import { type Closing, closingOf, isHandshakeTimed, type Opening, openingOf } from './state.ts';
import { VERDICTS } from './verdict.ts';

const SUMS = [
  'connections',
  'segments',
  'bytes',
  'payloadBytes',
  'uniqueBytes',
  'dataPackets',
  'retransmissions',
  'retransmittedBytes',
  'resets',
  'resetLater',
  'timedOut',
  'stallTime',
] as const;
const PEAKS = ['longestDuration', 'longestSilence', 'longestStall'] as const;

/** Totals. Times are in nanoseconds, sizes in bytes; a time is NaN where there is none. */
export class Summary {
  connections = 0;
  segments = 0;
  bytes = 0;
  payloadBytes = 0;
  uniqueBytes = 0;
  dataPackets = 0;
  retransmissions = 0;
  retransmittedBytes = 0;
  resets = 0;
  /** Connections reset though they had not been refused, and those that timed out though a SYN had been answered. */
  resetLater = 0;
  timedOut = 0;
  readonly openings: Record<Opening, number> = {
    handshake: 0,
    'half-open': 0,
    refused: 0,
    unanswered: 0,
    middle: 0,
  };
  readonly closings: Record<Closing, number> = { fin: 0, 'half-closed': 0, reset: 0, timeout: 0, open: 0 };
  readonly verdicts = Object.fromEntries(VERDICTS.map((name) => [name, 0])) as Record<
    (typeof VERDICTS)[number],
    number
  >;
  /** Percentiles are Statistics.rtt's. */
  readonly rtt = { count: 0, sum: 0, min: Number.NaN, max: Number.NaN };
  readonly handshake = { count: 0, sum: 0, min: Number.NaN, max: Number.NaN };
  longestDuration = 0;
  longestSilence = 0;
  /** Time windows were closed, or filled: in all and the longest. */
  stallTime = 0;
  longestStall = 0;

  /** Takes a row of `ledger` in. */
  add(ledger: Ledger, row: number): void {
    const { table } = ledger.analysis;
    const cells = table.cells(row);
    const values = table.values(row);
    const offset = table.offset(row);
    if (cells[offset + cell.FIRST_FRAME] === 0) return; // only quoted by an ICMP error
    const start = values[offset / 2 + cell.START];
    const end = values[offset / 2 + cell.LAST];
    this.connections++;
    const opening = openingOf(cells, offset);
    const closing = closingOf(cells, values, offset, ledger.now);
    this.openings[opening]++;
    this.closings[closing]++;
    if (closing === 'reset' && opening !== 'refused') this.resetLater++;
    if (closing === 'timeout' && opening !== 'unanswered') this.timedOut++;
    this.longestDuration = Math.max(this.longestDuration, end - start);
    this.longestSilence = Math.max(this.longestSilence, values[offset / 2 + cell.SILENCE]);
    if (isHandshakeTimed(cells, offset)) {
      const handshake = values[offset / 2 + cell.HANDSHAKE_TIME] - start;
      this.handshake.count++;
      this.handshake.sum += handshake;
      this.handshake.min = least(this.handshake.min, handshake);
      this.handshake.max = most(this.handshake.max, handshake);
    }
    for (let i = 0; i < 2; i++)
      this.side(ledger, cells, values, offset + cell.DIRECTIONS + i * cell.DIRECTION_CELLS, end);
  }

  /** Takes another summary in. */
  merge(other: Summary): void {
    for (const key of SUMS) this[key] += other[key];
    for (const key of PEAKS) this[key] = Math.max(this[key], other[key]);
    for (const key of ['openings', 'closings', 'verdicts'] as const) {
      const into = this[key] as Record<string, number>;
      for (const [name, count] of Object.entries(other[key])) into[name] += count;
    }
    for (const key of ['rtt', 'handshake'] as const) {
      this[key].count += other[key].count;
      this[key].sum += other[key].sum;
      this[key].min = least(this[key].min, other[key].min);
      this[key].max = most(this[key].max, other[key].max);
    }
  }

  private side(ledger: Ledger, cells: Int32Array, values: Float64Array, side: number, end: number): void {
    const v = side / 2;
    this.segments += cells[side + cell.PACKETS];
    this.bytes += values[v + cell.BYTES];
    this.payloadBytes += values[v + cell.PAYLOAD_BYTES];
    this.uniqueBytes += values[v + cell.UNIQUE_BYTES];
    this.dataPackets += cells[side + cell.DATA_PACKETS];
    this.retransmissions += cells[side + cell.RESENT_PACKETS];
    this.retransmittedBytes += values[v + cell.RESENT_BYTES];
    this.resets += cells[side + cell.RSTS];
    const stall = ledger.stalls.time(cells[side + cell.STALLS], end);
    this.stallTime += stall;
    this.longestStall = Math.max(this.longestStall, stall);
    this.verdicts.window_update += cells[side + cell.WINDOW_UPDATES];
    const tally = cells[side + cell.TALLY];
    if (tally !== 0) {
      VERDICTS.forEach((name, bit) => {
        this.verdicts[name] += ledger.tallies.counted(tally, bit);
      });
    }
    const count = cells[side + cell.RTT_COUNT];
    if (count === 0) return;
    this.rtt.min = least(this.rtt.min, values[v + cell.RTT_MIN]);
    this.rtt.max = most(this.rtt.max, values[v + cell.RTT_MAX]);
    this.rtt.sum += values[v + cell.RTT_SUM];
    this.rtt.count += count;
  }
}

function least(a: number, b: number): number {
  return b < a || Number.isNaN(a) ? b : a;
}

function most(a: number, b: number): number {
  return b > a || Number.isNaN(a) ? b : a;
}
