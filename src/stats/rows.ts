// Rows of a table that are made whenever they are gone through: of a flood there are too many to keep.

/** Rows in an order, of which nothing but their numbers is kept. */
export class Rows<T> implements Iterable<T> {
  private readonly order: Uint32Array;
  private readonly make: (row: number) => T;

  constructor(order: Uint32Array, make: (row: number) => T) {
    this.order = order;
    this.make = make;
  }

  get length(): number {
    return this.order.length;
  }

  *[Symbol.iterator](): Generator<T> {
    for (const row of this.order) yield this.make(row);
  }

  map<U>(change: (row: T) => U): Rows<U> {
    return new Rows(this.order, (row) => change(this.make(row)));
  }
}

/** The numbers of `count` rows, those of the largest weight first; of the same weight in their own order. */
export function heaviestFirst(count: number, weight: (row: number) => number): Uint32Array {
  return numbered(count).sort((one, other) => weight(other) - weight(one) || one - other);
}

export function numbered(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, row) => row);
}
