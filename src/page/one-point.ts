// One of several interfaces of a capture: what was captured there, and the packets dropped there.
import type { Batch } from '../base/batch.ts';
import { isDropInterface } from '../drops/recorded.ts';
import type { PacketSource } from '../source/source.ts';
import { ThinnedSource } from '../source/thinned.ts';

/** A source with the records of interface `number` alone. Drops on an interface that is no point are with the first point. */
export class OnePoint extends ThinnedSource {
  private readonly number: number;
  /** Of each interface, whether its records are taken. */
  private readonly known: boolean[] = [];

  constructor(source: PacketSource, number: number) {
    super(source);
    this.number = number;
  }

  protected override take(batch: Batch, kept: Batch): void {
    for (let i = 0; i < batch.count; i++) {
      const from = batch.interface[i];
      this.known[from] ??= this.isOurs(from);
      if (this.known[from]) kept.take(batch, i);
    }
  }

  private isOurs(from: number): boolean {
    const { interfaces, number } = this;
    if (from === number) return true;
    const one = interfaces[from];
    if (one === undefined || !isDropInterface(one)) return false;
    const points = interfaces.filter((other) => !isDropInterface(other));
    const place = points.find(({ name }) => name === one.name) ?? points[0];
    return place === interfaces[number];
  }
}
