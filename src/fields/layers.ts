// Where the headers of one protocol lie in a packet.
import { grown } from './values.ts';

const NOTHING = new DataView(new ArrayBuffer(0));

/** Headers of one protocol (or options, or records) in the order they occur; reused from packet to packet. */
export class Layers {
  count = 0;
  /** The buffer each lies in: the record's, or that of a datagram put together from fragments. */
  view: DataView[] = [];
  /** Where it begins. */
  at = new Int32Array(0);
  /** First byte behind what may be read of it: not captured, or not its own any more. */
  end = new Int32Array(0);
  /** First byte behind it and its payload as it was on the wire. */
  wireEnd = new Int32Array(0);
  /** The header it is the payload or a part of, as its protocol counts them; and what its protocol keeps of it besides. */
  parent = new Int32Array(0);
  /** How its dissection went, and what it says of itself, as its protocol has it. */
  mark = new Int32Array(0);

  /** Appends one and returns its number. */
  push(view: DataView, at: number, end: number, wireEnd: number, parent = -1, mark = 0): number {
    if (this.count === this.at.length) this.grow();
    const i = this.count++;
    this.view[i] = view;
    this.at[i] = at;
    this.end[i] = end;
    this.wireEnd[i] = wireEnd;
    this.parent[i] = parent;
    this.mark[i] = mark;
    return i;
  }

  private grow(): void {
    const size = Math.max(4, this.at.length * 2);
    this.at = grown(this.at, size);
    this.end = grown(this.end, size);
    this.wireEnd = grown(this.wireEnd, size);
    this.parent = grown(this.parent, size);
    this.mark = grown(this.mark, size);
    while (this.view.length < size) this.view.push(NOTHING);
  }
}
