// The order connections are listed in.
import * as cell from '../../flow/connection.ts';
import { closingOf, openingOf } from '../../flow/state.ts';
import type { Statistics } from '../../flow/statistics.ts';
import * as counter from '../../flow/tally-cells.ts';

/** What `--sort` takes. All but `stream` and `start` put the highest first. */
export const SORT_KEYS = [
  'stream',
  'start',
  'duration',
  'packets',
  'bytes',
  'retransmissions',
  'rtt',
  'stall',
  'silence',
  'worst',
] as const;
/** Order of connections: `stream` and `start` ascend, all others put the highest first. */
export type SortKey = (typeof SORT_KEYS)[number];

/** The rows of all connections, in order. */
export function ordered(statistics: Statistics, key: SortKey): number[] {
  return sorted(statistics, key, () => true);
}

/** The rows of connections with something suspicious, the worst first. */
export function suspicious(statistics: Statistics): number[] {
  return sorted(statistics, 'worst', (badness) => badness > 0);
}

/** Sorted in a typed array: there may be very many. */
function sorted(statistics: Statistics, key: SortKey, wanted: (value: number) => boolean): number[] {
  const { table } = statistics.analysis;
  const sign = key === 'stream' || key === 'start' ? 1 : -1;
  const streams = new Int32Array(table.rows);
  const keys = new Float64Array(table.rows);
  const rows = new Int32Array(table.rows);
  let count = 0;
  for (let row = 0; row < table.rows; row++) {
    if (table.cells(row)[table.offset(row) + cell.FIRST_FRAME] === 0) continue;
    keys[row] = sign * keyOf(statistics, row, key);
    if (!wanted(sign * keys[row])) continue;
    streams[row] = table.cells(row)[table.offset(row) + cell.STREAM];
    rows[count++] = row;
  }
  const found = rows.subarray(0, count);
  found.sort((a, b) => keys[a] - keys[b] || streams[a] - streams[b]);
  return Array.from(found);
}

/** How bad a connection is, for comparison only; 0 where nothing is suspicious. */
function badness(statistics: Statistics, row: number): number {
  const { analysis, tallies, stalls } = statistics;
  const cells = analysis.table.cells(row);
  const values = analysis.table.values(row);
  const offset = analysis.table.offset(row);
  const opening = openingOf(cells, offset);
  const closing = closingOf(cells, values, offset, statistics.now);
  let sum = opening === 'handshake' || opening === 'middle' ? 0 : 1e6;
  if (closing === 'reset' || closing === 'timeout') sum += 1e6;
  if (cells[offset + cell.ICMP_FRAME] !== 0) sum += 1e5;
  for (let i = 0; i < 2; i++) {
    const side = offset + cell.DIRECTIONS + i * cell.DIRECTION_CELLS;
    sum += (stalls.time(cells[side + cell.STALLS], values[offset / 2 + cell.LAST]) / 1e9) * 1e4;
    sum +=
      cells[side + cell.RESENT_PACKETS] * 100 + tallies.get(cells[side + cell.TALLY], counter.SHRUNK) * 1000;
    if (cells[side + cell.TALLY] !== 0) sum += 1 + tallies.total(cells[side + cell.TALLY]);
  }
  return sum;
}

function keyOf(statistics: Statistics, row: number, key: SortKey): number {
  const { table } = statistics.analysis;
  const cells = table.cells(row);
  const values = table.values(row);
  const offset = table.offset(row);
  const v = offset / 2;
  const sides = [offset + cell.DIRECTIONS, offset + cell.DIRECTIONS + cell.DIRECTION_CELLS] as const;
  const sum = (of: (side: number) => number) => of(sides[0]) + of(sides[1]);
  switch (key) {
    case 'stream':
      return cells[offset + cell.STREAM];
    case 'start':
      return values[v + cell.START];
    case 'duration':
      return values[v + cell.LAST] - values[v + cell.START];
    case 'packets':
      return sum((side) => cells[side + cell.PACKETS]);
    case 'bytes':
      return sum((side) => values[side / 2 + cell.BYTES]);
    case 'retransmissions':
      return sum((side) => cells[side + cell.RESENT_PACKETS]);
    case 'rtt':
      return Math.max(
        ...sides.map((side) => values[side / 2 + cell.RTT_SUM] / Math.max(1, cells[side + cell.RTT_COUNT])),
      );
    case 'stall':
      return sum((side) => statistics.stalls.time(cells[side + cell.STALLS], values[v + cell.LAST]));
    case 'silence':
      return values[v + cell.SILENCE];
    case 'worst':
      return badness(statistics, row);
  }
}
