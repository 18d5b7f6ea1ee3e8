// Who talked with whom: a row for each pair of endpoints, counted as `tshark -z conv,KIND` counts.
import type { Dissection } from '../fields/dissection.ts';
import { type Endpoint, type Kind, READERS, type Reader } from './endpoint.ts';
import { grownTo, KeyTable } from './key-table.ts';
import { heaviestFirst, Rows } from './rows.ts';
import { type Clock, MOST_ROWS, type Statistic } from './statistic.ts';

export interface Conversation {
  /** The sender of the first packet, and its receiver. */
  a: Endpoint;
  b: Endpoint;
  /** From a to b, and from b to a. Bytes are of whole frames. */
  framesAtoB: number;
  bytesAtoB: number;
  framesBtoA: number;
  bytesBtoA: number;
  /** Seconds since the first packet of the capture; and until the conversation's last one. */
  start: number;
  duration: number;
}

export class Conversations implements Statistic {
  readonly needs: number;
  readonly kind: Kind;
  /** Packets of conversations for which there was no room. */
  beyond = 0;
  private readonly reader: Reader;
  private readonly table: KeyTable;
  private frames = new Float64Array(0);
  private bytes = new Float64Array(0);
  private start = new Float64Array(0);
  private stop = new Float64Array(0);

  constructor(kind: Kind, limit = MOST_ROWS) {
    this.kind = kind;
    this.reader = READERS[kind];
    this.needs = this.reader.needs;
    this.table = new KeyTable(this.reader.words, limit);
  }

  add(packet: Dissection, { seconds: time }: Clock): void {
    const { reader, table } = this;
    const layers = reader.layers(packet);
    for (let i = 0; i < layers.count; i++) {
      if (!reader.read(packet, i, table.left, table.right)) continue;
      table.extra = reader.extra(packet);
      const before = table.count;
      const row = table.find();
      if (row < 0) {
        this.beyond++;
        continue;
      }
      if (row === before) this.begin(row, time);
      const cell = 2 * row + (table.forward ? 0 : 1);
      this.frames[cell]++;
      this.bytes[cell] += packet.batch.wire[packet.index];
      if (time < this.start[row]) this.start[row] = time;
      if (time > this.stop[row]) this.stop[row] = time;
    }
  }

  private begin(row: number, time: number): void {
    const { room } = this.table;
    if (row >= this.start.length) {
      this.frames = grownTo(this.frames, 2 * room);
      this.bytes = grownTo(this.bytes, 2 * room);
      this.start = grownTo(this.start, room);
      this.stop = grownTo(this.stop, room);
    }
    this.start[row] = this.stop[row] = time;
  }

  get count(): number {
    return this.table.count;
  }

  /** Most packets first; those with as many in the order they began. */
  rows(): Rows<Conversation> {
    const { frames, table } = this;
    const order = heaviestFirst(table.count, (row) => frames[2 * row] + frames[2 * row + 1]);
    return new Rows(order, (row) => this.row(row));
  }

  private row(row: number): Conversation {
    const { table, reader, frames, bytes, start, stop } = this;
    return {
      a: reader.endpoint(table.sideOf(row, 'left')),
      b: reader.endpoint(table.sideOf(row, 'right')),
      framesAtoB: frames[2 * row],
      bytesAtoB: bytes[2 * row],
      framesBtoA: frames[2 * row + 1],
      bytesBtoA: bytes[2 * row + 1],
      start: start[row],
      duration: stop[row] - start[row],
    };
  }
}
