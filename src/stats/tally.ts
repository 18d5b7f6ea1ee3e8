// All the statistics asked for, over the records of one capture or of several.
import type { Batch } from '../base/batch.ts';
import { Dissection } from '../fields/dissection.ts';
import type { Clock, Statistic } from './statistic.ts';

export interface TallyOptions {
  /** The packets that all of it is about, and what that needs (fields/needs.ts). */
  takes?: ((packet: Dissection) => boolean) | undefined;
  needs?: number;
  /** TCP connections that are kept. */
  maxConnections?: number | undefined;
}

export class Tally {
  packets = 0;
  private readonly statistics: readonly Statistic[];
  private readonly takes: ((packet: Dissection) => boolean) | undefined;
  private readonly dissection: Dissection;
  private readonly clock: Clock = { seconds: 0, milliseconds: 0, microseconds: 0 };
  private firstSeconds = 0;
  private firstNanoseconds = 0;

  constructor(statistics: readonly Statistic[], options: TallyOptions = {}) {
    this.statistics = statistics;
    this.takes = options.takes;
    const needs = statistics.reduce((all, one) => all | one.needs, options.needs ?? 0);
    this.dissection = new Dissection(needs, undefined, options.maxConnections);
  }

  add(batch: Batch, index: number): void {
    const { dissection, clock, statistics } = this;
    if (this.packets++ === 0) {
      this.firstSeconds = batch.seconds[index];
      this.firstNanoseconds = batch.nanoseconds[index];
    }
    let seconds = batch.seconds[index] - this.firstSeconds;
    let nanoseconds = batch.nanoseconds[index] - this.firstNanoseconds;
    if (nanoseconds < 0) {
      seconds--;
      nanoseconds += 1e9;
    }
    clock.seconds = seconds + nanoseconds / 1e9;
    clock.milliseconds = seconds * 1000 + nanoseconds / 1e6;
    clock.microseconds = seconds * 1e6 + Math.floor((nanoseconds + 500) / 1000);
    dissection.add(batch, index);
    if (this.takes !== undefined && !this.takes(dissection)) return;
    dissection.display();
    for (let i = 0; i < statistics.length; i++) statistics[i].add(dissection, clock);
  }
}
