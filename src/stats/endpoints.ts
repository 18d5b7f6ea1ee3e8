// Who sent and received how much: a row for each endpoint, counted as `tshark -z endpoints,KIND` counts.
import type { Dissection } from '../fields/dissection.ts';
import { type Endpoint, type Kind, READERS, type Reader } from './endpoint.ts';
import { grownTo, KeyTable } from './key-table.ts';
import { heaviestFirst, Rows } from './rows.ts';
import { MOST_ROWS, type Statistic } from './statistic.ts';

export interface EndpointRow extends Endpoint {
  sentFrames: number;
  sentBytes: number;
  receivedFrames: number;
  receivedBytes: number;
}

const CELLS = 4;

export class Endpoints implements Statistic {
  readonly needs = 0;
  readonly kind: Kind;
  /** Packets of endpoints for which there was no room. */
  beyond = 0;
  private readonly reader: Reader;
  private readonly table: KeyTable;
  private readonly destination: Int32Array;
  private cells = new Float64Array(0);

  constructor(kind: Kind, limit = MOST_ROWS) {
    this.kind = kind;
    this.reader = READERS[kind];
    this.table = new KeyTable(this.reader.words, limit);
    this.destination = new Int32Array(this.reader.words);
  }

  add(packet: Dissection): void {
    const { reader, table, destination } = this;
    const layers = reader.layers(packet);
    const bytes = packet.batch.wire[packet.index];
    for (let i = 0; i < layers.count; i++) {
      if (!reader.read(packet, i, table.left, destination)) continue;
      this.tally(0, bytes);
      table.left.set(destination);
      this.tally(2, bytes);
    }
  }

  private tally(cell: number, bytes: number): void {
    const row = this.table.find();
    if (row < 0) {
      this.beyond++;
      return;
    }
    if (row * CELLS >= this.cells.length) this.cells = grownTo(this.cells, this.table.room * CELLS);
    this.cells[row * CELLS + cell]++;
    this.cells[row * CELLS + cell + 1] += bytes;
  }

  get count(): number {
    return this.table.count;
  }

  /** Most packets first; those with as many in the order they were met. */
  rows(): Rows<EndpointRow> {
    const { cells, table, reader } = this;
    const order = heaviestFirst(table.count, (row) => cells[row * CELLS] + cells[row * CELLS + 2]);
    return new Rows(order, (row) => ({
      ...reader.endpoint(table.sideOf(row, 'left')),
      sentFrames: cells[row * CELLS],
      sentBytes: cells[row * CELLS + 1],
      receivedFrames: cells[row * CELLS + 2],
      receivedBytes: cells[row * CELLS + 3],
    }));
  }
}
