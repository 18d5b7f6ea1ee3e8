// The drop events with a packet that matches a display filter.
import { DropBatches } from '../../drops/batch.ts';
import type { DropEvent, DropSource, DropTotals } from '../../drops/event.ts';
import { NscapError } from '../../errors.ts';
import { Display } from '../../fields/displayed.ts';
import { displayFilter } from '../../fields/filter/compile.ts';

/** @throws NscapError USAGE where the filter does not compile; then where the source knows no packets */
export async function displayedDrops(text: string): Promise<(source: DropSource) => DropSource> {
  const filter = await displayFilter(text);
  return (source) => {
    if (source.way === 'counters') {
      throw new NscapError(
        'PROGRAM',
        'a display filter matches packets, and only counters of drops are known here',
        {
          hint: source.notes.join('; '),
        },
      );
    }
    const batches = new DropBatches();
    return new DisplayedDrops(source, batches, new Display(filter, batches.interfaces, true));
  };
}

/** Counts what it delivers: the kernel counts without the filter. */
class DisplayedDrops implements DropSource {
  readonly way: DropSource['way'];
  readonly notes: string[];
  private readonly source: DropSource;
  private readonly batches: DropBatches;
  private readonly display: Display;
  private packets = 0;

  constructor(source: DropSource, batches: DropBatches, display: Display) {
    this.way = source.way;
    this.source = source;
    this.batches = batches;
    this.display = display;
    this.notes = [
      ...source.notes,
      'a display filter matches packets that are shown, not those that are only counted',
    ];
  }

  async next(): Promise<DropEvent[] | null> {
    for (;;) {
      const events = await this.source.next();
      if (events === null) return null;
      const taken = this.taken(events);
      for (const { count } of taken) this.packets += count;
      if (taken.length > 0) return taken;
    }
  }

  /** An event without a packet, from counters, has nothing for a filter to match. */
  private taken(events: readonly DropEvent[]): DropEvent[] {
    const known = events.filter(({ packet }) => packet !== undefined);
    const batch = this.batches.batch(known);
    return known.filter((_event, i) => this.display.takes(batch, i));
  }

  totals(): DropTotals {
    const { counts: _unfiltered, ...totals } = this.source.totals();
    return { ...totals, packets: this.packets };
  }

  stop(): void {
    this.source.stop();
  }

  close(): Promise<void> {
    return this.source.close();
  }
}
