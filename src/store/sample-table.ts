// What each side of each connection did in an interval, counted while packets pass.
import type { Batch } from '../base/batch.ts';
import * as cell from '../flow/connection.ts';
import { endpointOf } from '../flow/record.ts';
import type { Statistics } from '../flow/statistics.ts';
import type { BatchWriter } from './batch-writer.ts';
import { type Cell, type ColumnData, storable } from './rows.ts';
import { TABLES } from './schema.ts';
import type { SocketStates } from './socket-states.ts';

/** Seconds. */
export const INTERVAL = 10;
/** A socket may be sampled, in seconds, before its first packet is captured. */
const BEFORE_FIRST_PACKET = 1;
const INTERVAL_NS = BigInt(INTERVAL) * 1_000_000_000n;
const FIRST_DIRECTIONS = 512;

// Columns of a direction.
const PACKETS = 0;
const PAYLOAD = 1;
const RETRANSMISSIONS = 2;
const RTT_COUNT = 3;
const RTT_SUM = 4;
const RTT_MIN = 5;
const RTT_MAX = 6;
const FLIGHT = 7;
/** Number of the interval. */
const AT = 8;
const COLUMNS = 9;

const place = Object.fromEntries(TABLES.samples.columns.map(({ name }, i) => [name, i]));

/** Sets a cell of 64 bits, which is zero in a new row. */
function whole(cells: ColumnData, row: number, value: number): void {
  if (value !== 0) (cells as BigInt64Array)[row] = BigInt(value);
}

/** Two directions a row of the connection table. A direction's row is written when the next interval begins. */
export class SampleTable {
  private readonly statistics: Statistics;
  private readonly writer: BatchWriter;
  private readonly keyOf: (row: number) => string;
  private readonly sockets: SocketStates;
  private cells = new Float64Array(FIRST_DIRECTIONS * COLUMNS);

  constructor(
    statistics: Statistics,
    writer: BatchWriter,
    keyOf: (row: number) => string,
    sockets: SocketStates,
  ) {
    this.sockets = sockets;
    this.statistics = statistics;
    this.writer = writer;
    this.keyOf = keyOf;
  }

  /** Counts the segment that the statistics have just added. */
  add(batch: Batch, index: number, retransmission: boolean): void {
    const { analysis } = this.statistics;
    const interval = Math.floor(batch.seconds[index] / INTERVAL);
    const sender = this.open(analysis.row, analysis.direction, interval);
    this.cells[sender + PACKETS]++;
    this.cells[sender + PAYLOAD] += Math.max(0, analysis.segment.length);
    if (retransmission) this.cells[sender + RETRANSMISSIONS]++;
    if (analysis.bytesInFlight > this.cells[sender + FLIGHT])
      this.cells[sender + FLIGHT] = analysis.bytesInFlight;
    if (analysis.acksFrame === 0 || !analysis.unambiguous) return;
    const receiver = this.open(analysis.row, 1 - analysis.direction, interval);
    const rtt = Math.max(0, analysis.ackRtt.value);
    const { cells } = this;
    if (cells[receiver + RTT_COUNT]++ === 0 || rtt < cells[receiver + RTT_MIN])
      cells[receiver + RTT_MIN] = rtt;
    if (rtt > cells[receiver + RTT_MAX]) cells[receiver + RTT_MAX] = rtt;
    cells[receiver + RTT_SUM] += rtt;
  }

  /** Writes what is left of a connection. */
  end(row: number): void {
    this.write(row, 0);
    this.write(row, 1);
    if (this.sockets.size > 0)
      this.sockets.forget(endpointOf(this.statistics, row, 0), endpointOf(this.statistics, row, 1));
  }

  private open(row: number, direction: number, interval: number): number {
    const at = (row * 2 + direction) * COLUMNS;
    if (at >= this.cells.length) {
      const grown = new Float64Array(Math.max(this.cells.length * 2, at + 2 * COLUMNS));
      grown.set(this.cells);
      this.cells = grown;
    }
    if (this.cells[at + AT] !== interval) {
      this.write(row, direction);
      this.cells[at + AT] = interval;
    }
    return at;
  }

  private write(row: number, direction: number): void {
    const at = (row * 2 + direction) * COLUMNS;
    const { cells } = this;
    if (at >= cells.length || (cells[at + PACKETS] === 0 && cells[at + RTT_COUNT] === 0)) return;
    const { table } = this.statistics.analysis;
    const connection = table.cells(row);
    const offset = table.offset(row);
    const count = cells[at + RTT_COUNT];
    const seconds = storable(cells[at + AT] * INTERVAL);
    const none = Number.NaN;
    const rows = this.writer.rows('samples', seconds);
    const i = rows.next(BigInt(seconds) * 1_000_000_000n);
    const column = rows.columns as unknown as Record<number, unknown>[];
    column[place.stream][i] = connection[offset + cell.STREAM];
    column[place.flow_key][i] = this.keyOf(row);
    column[place.from_client][i] =
      ((connection[offset + cell.STATE] & cell.CLIENT_HIGH) !== 0) === (direction === 1);
    column[place.interval][i] = INTERVAL_NS;
    whole(rows.columns[place.packets], i, cells[at + PACKETS]);
    whole(rows.columns[place.payload_bytes], i, cells[at + PAYLOAD]);
    whole(rows.columns[place.retransmissions], i, cells[at + RETRANSMISSIONS]);
    whole(rows.columns[place.rtt_count], i, count);
    column[place.rtt_min][i] = count === 0 ? none : Math.round(cells[at + RTT_MIN]);
    column[place.rtt_mean][i] = count === 0 ? none : Math.round(cells[at + RTT_SUM] / count);
    column[place.rtt_max][i] = count === 0 ? none : Math.round(cells[at + RTT_MAX]);
    column[place.max_bytes_in_flight][i] = cells[at + FLIGHT] || none;
    const socket = this.socketCells(row, direction, cells[at + AT]);
    for (const name in socket)
      column[place[name]][i] = socket[name] === null ? none : Math.round(Number(socket[name]));
    this.writer.full(rows);
    cells.fill(0, at, at + COLUMNS);
  }

  /** What the kernel of the sender said of its socket. */
  private socketCells(row: number, direction: number, interval: number): Record<string, Cell> | undefined {
    const { sockets, statistics } = this;
    if (sockets.size === 0) return undefined;
    const { table } = statistics.analysis;
    const start = table.values(row)[table.offset(row) / 2 + cell.START];
    const begin = statistics.base + (statistics.baseNanoseconds + start) / 1e9 - BEFORE_FIRST_PACKET;
    const [sender, receiver] = [
      endpointOf(statistics, row, direction),
      endpointOf(statistics, row, 1 - direction),
    ];
    return sockets.cells(sender, receiver, interval, begin);
  }
}
