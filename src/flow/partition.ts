// One capture analysed by two threads: each reads it all and analyzes half of the connections (halves.ts). What
// the other thread found is handed over unchanged and merged at the end.
import * as cell from './connection.ts';
import type { Statistics } from './statistics.ts';
import type { Summary } from './summary.ts';

/** What a thread hands over: plain data, its buffers to be transferred. */
export interface Detached {
  pages: ArrayBuffer[];
  tallies: Int32Array<ArrayBuffer>;
  stalls: Int32Array<ArrayBuffer>;
  samples: ReturnType<Statistics['samples']['release']>;
  rtt: { buckets: Uint32Array<ArrayBuffer>; count: number };
  retired: Summary;
  retiredFrames: number[];
  segments: number;
}

/** Splits `statistics`, and lists the buffers to transfer. */
export function detach(statistics: Statistics): { detached: Detached; buffers: ArrayBuffer[] } {
  const { analysis, tallies, stalls, samples, rtt, retired, retiredFrames, segments } = statistics;
  const detached: Detached = {
    pages: analysis.table.release(),
    tallies: tallies.release(),
    stalls: stalls.release(),
    samples: samples.release(),
    rtt: { buckets: rtt.buckets, count: rtt.count },
    retired,
    retiredFrames: retiredFrames ?? [],
    segments,
  };
  const buffers = [
    ...detached.pages,
    detached.tallies.buffer,
    detached.stalls.buffer,
    ...detached.samples.pages,
    detached.rtt.buckets.buffer,
  ];
  return {
    detached,
    buffers: [...buffers, ...detached.samples.histograms.map(({ buckets }) => buckets.buffer)],
  };
}

/** Takes in what the other thread found, and numbers the streams of both in the order they appeared. */
export function merge(statistics: Statistics, detached: Detached): void {
  const { analysis, tallies, stalls, samples, rtt, retired, retiredFrames } = statistics;
  const { table } = analysis;
  const first = table.append(detached.pages);
  const tally = tallies.append(detached.tallies);
  const stall = stalls.append(detached.stalls);
  const handle = samples.append(detached.samples);
  for (let row = first; row < table.rows; row++) {
    const cells = table.cells(row);
    for (let i = 0; i < 2; i++) {
      const side = table.offset(row) + cell.DIRECTIONS + i * cell.DIRECTION_CELLS;
      if (cells[side + cell.TALLY] !== 0) cells[side + cell.TALLY] += tally;
      if (cells[side + cell.STALLS] !== 0) cells[side + cell.STALLS] += stall;
      cells[side + cell.RTT_SAMPLES] = handle(cells[side + cell.RTT_SAMPLES]);
    }
  }
  rtt.merge(detached.rtt);
  retired.merge(detached.retired);
  statistics.segments += detached.segments;
  analysis.retired += detached.retiredFrames.length;
  analysis.streams = number(statistics, [...(retiredFrames ?? []), ...detached.retiredFrames]);
}

/** Renumbers all streams, by the frames that opened them. Returns how many there are. */
function number({ analysis: { table } }: Statistics, retired: number[]): number {
  // Frame and row in one number, to be sorted without objects: a frame opens one connection at most.
  const rows = 2 ** Math.ceil(Math.log2(table.rows + 1));
  const keys = new Float64Array(table.rows + retired.length);
  let count = 0;
  for (let row = 0; row < table.rows; row++) {
    const created = table.cells(row)[table.offset(row) + cell.CREATED];
    if (created !== 0) keys[count++] = created * rows + row;
  }
  for (const created of retired) keys[count++] = created * rows + rows - 1;
  const sorted = keys.subarray(0, count).sort();
  for (let stream = 0; stream < count; stream++) {
    const row = sorted[stream] % rows;
    if (row !== rows - 1) table.cells(row)[table.offset(row) + cell.STREAM] = stream;
  }
  return count;
}
