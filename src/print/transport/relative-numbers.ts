// tcpdump's relative sequence numbers: one pair of bases a connection, held in an open-addressed table of integers.
import { mix, SECRET } from '../../base/hash.ts';
import { State } from '../engine/printer.ts';

const FIRST_ROWS = 1024;

/**
 * The bases of every connection seen. A key is the addresses and ports, the side with the lower port (with equal
 * ports: the lower address) first, so that both directions share a row. Rows are never removed, as in tcpdump.
 */
export class RelativeNumbers extends State {
  private readonly v4 = new Table(3);
  private readonly v6 = new Table(9);

  /**
   * The row of the connection of the segment whose addresses lie at `sourceAt` and `destinationAt`; it stays valid until
   * the next call. `table.known` tells whether the connection was there before.
   */
  find(
    view: DataView,
    ipVersion: number,
    sourceAt: number,
    destinationAt: number,
    ports: number,
    packet = 0,
  ): Table {
    const words = ipVersion === 4 ? 1 : 4;
    const table = words === 1 ? this.v4 : this.v6;
    const source = ports >>> 16;
    const destination = ports & 0xffff;
    let reversed = source > destination;
    if (source === destination) {
      for (let i = 0; i < words; i++) {
        const a = view.getUint32(sourceAt + i * 4);
        const b = view.getUint32(destinationAt + i * 4);
        if (a !== b) {
          reversed = a > b;
          break;
        }
      }
    }
    if (reversed) table.find(view, destinationAt, sourceAt, (destination << 16) | source, packet);
    else table.find(view, sourceAt, destinationAt, ports, packet);
    table.reversed = reversed;
    return table;
  }

  override undo(packet: number): void {
    this.v4.undo(packet);
    this.v6.undo(packet);
  }
}

/** Rows of a key of `words` int32, then the base of the lower side's sequence numbers and of the higher side's. */
export class Table {
  /** Int32 of a key. */
  private readonly words: number;
  private readonly stride: number;
  private rows: Int32Array;
  /** Row number + 1 by hash; 0 where free. */
  private slots = new Int32Array(FIRST_ROWS * 2);
  private count = 0;
  private offset = 0;
  /** The last packet that added rows, and how many there were before it. */
  private packet = 0;
  private before = 0;
  /** The row was there before it was asked for. */
  known = false;
  /** The segment goes from the side that comes second in the key. */
  reversed = false;

  constructor(words: number) {
    this.words = words;
    this.stride = words + 2;
    this.rows = new Int32Array(FIRST_ROWS * this.stride);
  }

  /** Base of the sequence numbers of the side that comes first in the key; int32. */
  get sequence(): number {
    return this.rows[this.offset + this.words];
  }
  set sequence(value: number) {
    this.rows[this.offset + this.words] = value;
  }
  /** Base of the other side's. */
  get acknowledgment(): number {
    return this.rows[this.offset + this.words + 1];
  }
  set acknowledgment(value: number) {
    this.rows[this.offset + this.words + 1] = value;
  }

  /** Base of the sequence numbers of the segment's sender; int32. */
  get senderBase(): number {
    return this.rows[this.offset + this.words + (this.reversed ? 1 : 0)];
  }
  /** Base of those of its receiver, which the segment acknowledges. */
  get receiverBase(): number {
    return this.rows[this.offset + this.words + (this.reversed ? 0 : 1)];
  }
  setBases(sender: number, receiver: number): void {
    const first = this.offset + this.words;
    this.rows[first] = this.reversed ? receiver : sender;
    this.rows[first + 1] = this.reversed ? sender : receiver;
  }

  find(view: DataView, firstAt: number, secondAt: number, ports: number, packet: number): void {
    const half = (this.words - 1) << 1;
    let hash = SECRET ^ ports;
    for (let i = 0; i < half; i += 4) {
      hash = mix(mix(hash, view.getInt32(firstAt + i)), view.getInt32(secondAt + i));
    }
    const mask = this.slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const row = this.slots[slot] - 1;
      if (row < 0) {
        if (packet !== this.packet) {
          this.packet = packet;
          this.before = this.count;
        }
        this.add(slot, view, firstAt, secondAt, ports);
        return;
      }
      if (this.equal(row * this.stride, view, firstAt, secondAt, ports)) {
        this.offset = row * this.stride;
        this.known = true;
        return;
      }
    }
  }

  /** Removes the rows that this packet added. */
  undo(packet: number): void {
    if (packet !== this.packet) return;
    this.count = this.before;
    this.fill(this.slots.length);
  }

  private equal(offset: number, view: DataView, firstAt: number, secondAt: number, ports: number): boolean {
    const rows = this.rows;
    if (rows[offset] !== ports) return false;
    const half = (this.words - 1) << 1;
    for (let i = 0, column = offset + 1; i < half; i += 4, column += 2) {
      if (rows[column] !== view.getInt32(firstAt + i) || rows[column + 1] !== view.getInt32(secondAt + i)) {
        return false;
      }
    }
    return true;
  }

  private add(slot: number, view: DataView, firstAt: number, secondAt: number, ports: number): void {
    const row = this.count++;
    this.slots[slot] = row + 1;
    if (this.count * this.stride > this.rows.length) {
      const rows = new Int32Array(this.rows.length * 2);
      rows.set(this.rows);
      this.rows = rows;
    }
    this.offset = row * this.stride;
    this.rows[this.offset] = ports;
    const half = (this.words - 1) << 1;
    for (let i = 0, column = this.offset + 1; i < half; i += 4, column += 2) {
      this.rows[column] = view.getInt32(firstAt + i);
      this.rows[column + 1] = view.getInt32(secondAt + i);
    }
    this.known = false;
    if (this.count * 2 > this.slots.length) this.fill(this.slots.length * 2);
  }

  /** Makes `length` slots for the rows. */
  private fill(length: number): void {
    const slots = new Int32Array(length);
    const mask = slots.length - 1;
    for (let row = 0; row < this.count; row++) {
      const offset = row * this.stride;
      let hash = SECRET ^ this.rows[offset];
      for (let column = offset + 1; column < offset + this.words; column += 2) {
        hash = mix(mix(hash, this.rows[column]), this.rows[column + 1]);
      }
      let slot = hash & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = row + 1;
    }
    this.slots = slots;
  }
}
