// Segments sent and not yet acknowledged: doubly linked lists in one pool, so that none is allocated per packet.

const STRIDE = 8;
export const BEGIN = 0;
export const END = 1;
export const FRAME = 2;
export const SECONDS = 3;
export const NANOSECONDS = 4;
const OLDER = 5;
const NEWER = 6;

/** The pool. A list is known by its newest and oldest node, each the index of the node's first cell; 0 is no node. */
export class UnackedPool {
  cells = new Int32Array(STRIDE * 1024);
  private used = STRIDE;
  private free = 0;

  /** A node with its links cleared. */
  take(): number {
    const node = this.free;
    if (node !== 0) {
      this.free = this.cells[node + OLDER]!;
      this.cells[node + OLDER] = 0;
      this.cells[node + NEWER] = 0;
      return node;
    }
    if (this.used + STRIDE > this.cells.length) {
      const cells = new Int32Array(this.cells.length * 2);
      cells.set(this.cells);
      this.cells = cells;
    }
    this.used += STRIDE;
    return this.used - STRIDE;
  }

  give(node: number): void {
    this.cells[node + OLDER] = this.free;
    this.free = node;
  }

  older(node: number): number {
    return this.cells[node + OLDER]!;
  }

  newer(node: number): number {
    return this.cells[node + NEWER]!;
  }

  /** Links two neighbours; either may be 0. */
  link(newer: number, older: number): void {
    if (newer !== 0) this.cells[newer + OLDER] = older;
    if (older !== 0) this.cells[older + NEWER] = newer;
  }
}
