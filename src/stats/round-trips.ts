// Round-trip times of TCP, from a segment to its acknowledgment (tcp.analysis.ack_rtt), by conversation and together.
import type { Dissection } from '../fields/dissection.ts';
import { ANALYSIS } from '../fields/needs.ts';
import { Histogram } from '../flow/samples.ts';
import { type Endpoint, READERS } from './endpoint.ts';
import { grownTo, KeyTable } from './key-table.ts';
import { numbered, Rows } from './rows.ts';
import { MOST_ROWS, type Statistic } from './statistic.ts';

/** Times in nanoseconds. */
export interface RoundTripTimes {
  samples: number;
  minimum: number;
  mean: number;
  maximum: number;
}

export interface RoundTripRow {
  /** tcp.stream. */
  stream: number;
  a: Endpoint;
  b: Endpoint;
  /** Until b acknowledged what a had sent, and the other way round; absent without samples. */
  atB?: RoundTripTimes;
  atA?: RoundTripTimes;
}

/** Samples, sum, least and most. */
const CELLS = 4;

export class RoundTrips implements Statistic {
  readonly needs = ANALYSIS;
  readonly all = new Histogram();
  beyond = 0;
  private readonly reader = READERS.tcp;
  private readonly table: KeyTable;
  private cells = new Float64Array(0);
  private sum = 0;
  private least = Number.POSITIVE_INFINITY;
  private most = 0;

  constructor(limit = MOST_ROWS) {
    this.table = new KeyTable(this.reader.words, limit);
  }

  add(packet: Dissection): void {
    const { reader, table } = this;
    const { analysis, tcp } = packet;
    if (tcp.count === 0 || !reader.read(packet, 0, table.left, table.right)) return;
    table.extra = analysis.stream;
    const row = table.find();
    if (row < 0) {
      this.beyond++;
      return;
    }
    if (2 * row * CELLS >= this.cells.length) this.cells = grownTo(this.cells, table.room * 2 * CELLS);
    if (analysis.ackRtt.isZero) return;
    const time = analysis.ackRtt.value;
    // The sender of this acknowledgment is whose answer was waited for.
    const at = (2 * row + (table.forward ? 1 : 0)) * CELLS;
    const { cells } = this;
    if (cells[at] === 0 || time < cells[at + 2]) cells[at + 2] = time;
    if (cells[at] === 0 || time > cells[at + 3]) cells[at + 3] = time;
    cells[at]++;
    cells[at + 1] += time;
    this.all.add(time);
    this.sum += time;
    this.least = Math.min(this.least, time);
    this.most = Math.max(this.most, time);
  }

  /** Of all conversations together; undefined without samples. */
  get total(): RoundTripTimes | undefined {
    const { count } = this.all;
    if (count === 0) return undefined;
    return { samples: count, minimum: this.least, mean: this.sum / count, maximum: this.most };
  }

  /** By stream. */
  rows(): Rows<RoundTripRow> {
    const { table, reader } = this;
    const order = numbered(table.count).sort((one, other) => table.extraOf(one) - table.extraOf(other));
    return new Rows(order, (row) => {
      const [atB, atA] = [this.times(2 * row), this.times(2 * row + 1)];
      return {
        stream: table.extraOf(row),
        a: reader.endpoint(table.sideOf(row, 'left')),
        b: reader.endpoint(table.sideOf(row, 'right')),
        ...(atB === undefined ? {} : { atB }),
        ...(atA === undefined ? {} : { atA }),
      };
    });
  }

  private times(cell: number): RoundTripTimes | undefined {
    const [samples, sum, minimum, maximum] = this.cells.subarray(
      cell * CELLS,
      (cell + 1) * CELLS,
    ) as unknown as [number, number, number, number];
    return samples === 0 ? undefined : { samples, minimum, mean: sum / samples, maximum };
  }
}
