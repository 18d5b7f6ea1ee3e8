// One capture analysed by two threads: each reads it all and looks at half of the connections (halves.ts). What
// the other thread found is handed over as it is and taken in at the end.
import * as cell from './connection.ts';
import type { Statistics } from './statistics.ts';
import type { Summary } from './summary.ts';

/** What a thread hands over: plain data, its buffers to be transferred. */
export interface Shared {
  pages: ArrayBuffer[];
  tallies: Int32Array<ArrayBuffer>;
  stalls: Int32Array<ArrayBuffer>;
  samples: ReturnType<Statistics['samples']['release']>;
  rtt: { buckets: Uint32Array<ArrayBuffer>; count: number };
  retired: Summary;
  retiredFrames: number[];
  segments: number;
}

/** Takes `statistics` apart, and lists the buffers that go along. */
export function handOver(statistics: Statistics): { shared: Shared; buffers: ArrayBuffer[] } {
  const { analysis, tallies, stalls, samples, rtt, retired, retiredFrames, segments } = statistics;
  const shared: Shared = {
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
    ...shared.pages,
    shared.tallies.buffer,
    shared.stalls.buffer,
    ...shared.samples.pages,
    shared.rtt.buckets.buffer,
  ];
  return { shared, buffers: [...buffers, ...shared.samples.histograms.map(({ buckets }) => buckets.buffer)] };
}

/** Takes in what the other thread found, and numbers the streams of both in the order they appeared. */
export function takeIn(statistics: Statistics, shared: Shared): void {
  const { analysis, tallies, stalls, samples, rtt, retired, retiredFrames } = statistics;
  const { table } = analysis;
  const first = table.append(shared.pages);
  const tally = tallies.append(shared.tallies);
  const stall = stalls.append(shared.stalls);
  const handle = samples.append(shared.samples);
  for (let row = first; row < table.rows; row++) {
    const cells = table.cells(row);
    for (let i = 0; i < 2; i++) {
      const d = table.at(row) + cell.DIRECTIONS + i * cell.DIRECTION_CELLS;
      if (cells[d + cell.TALLY] !== 0) cells[d + cell.TALLY]! += tally;
      if (cells[d + cell.STALLS] !== 0) cells[d + cell.STALLS]! += stall;
      cells[d + cell.RTT_SAMPLES] = handle(cells[d + cell.RTT_SAMPLES]!);
    }
  }
  rtt.merge(shared.rtt);
  retired.merge(shared.retired);
  statistics.segments += shared.segments;
  analysis.retired += shared.retiredFrames.length;
  analysis.streams = number(statistics, [...(retiredFrames ?? []), ...shared.retiredFrames]);
}

/** Numbers all streams anew, by the frames that opened them. Answers how many there are. */
function number({ analysis: { table } }: Statistics, retired: number[]): number {
  // Frame and row in one number, to be sorted without objects: a frame opens one connection at most.
  const rows = 2 ** Math.ceil(Math.log2(table.rows + 1));
  const keys = new Float64Array(table.rows + retired.length);
  let count = 0;
  for (let row = 0; row < table.rows; row++) {
    const created = table.cells(row)[table.at(row) + cell.CREATED]!;
    if (created !== 0) keys[count++] = created * rows + row;
  }
  for (const created of retired) keys[count++] = created * rows + rows - 1;
  const sorted = keys.subarray(0, count).sort();
  for (let stream = 0; stream < count; stream++) {
    const row = sorted[stream]! % rows;
    if (row !== rows - 1) table.cells(row)[table.at(row) + cell.STREAM] = stream;
  }
  return count;
}
