// Several methods at once, each for what the others do not see.
import type { DropEvent, DropSource, DropTotals, Way } from './event.ts';

/** The events of all sources as they come. It has the name of the first source. */
export class CombinedDrops implements DropSource {
  readonly way: Way;
  readonly notes: string[];
  private readonly sources: readonly DropSource[];
  private readonly pending = new Map<
    DropSource,
    Promise<{ source: DropSource; events: DropEvent[] | null }>
  >();
  private readonly ended = new Set<DropSource>();

  constructor(sources: readonly [DropSource, ...DropSource[]]) {
    this.sources = sources;
    this.way = sources[0].way;
    this.notes = sources.flatMap(({ notes }) => notes);
  }

  async next(): Promise<DropEvent[] | null> {
    for (;;) {
      for (const source of this.sources) {
        if (this.ended.has(source) || this.pending.has(source)) continue;
        this.pending.set(
          source,
          source.next().then((events) => ({ source, events })),
        );
      }
      if (this.pending.size === 0) return null;
      const { source, events } = await Promise.race(this.pending.values());
      this.pending.delete(source);
      if (events === null) this.ended.add(source);
      else return events;
    }
  }

  totals(): DropTotals {
    const all = this.sources.map((source) => source.totals());
    const sum = (key: 'packets' | 'limited' | 'lost') =>
      all.reduce((total, totals) => total + totals[key], 0);
    const uncounted = all.find((totals) => totals.uncounted !== undefined)?.uncounted;
    return {
      packets: sum('packets'),
      limited: sum('limited'),
      lost: sum('lost'),
      ...(uncounted === undefined ? {} : { uncounted }),
    };
  }

  stop(): void {
    for (const source of this.sources) source.stop();
  }

  async close(): Promise<void> {
    for (const source of this.sources) await source.close();
  }
}
