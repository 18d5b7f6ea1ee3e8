// Which packets a trace reports: those with at least one record that matches the filters.
import type { Batch } from '../../base/batch.ts';
import type { Interface } from '../../base/interface.ts';
import type { Display } from '../../fields/displayed.ts';
import { RecordFilter } from '../../source/filtered.ts';

/** Where the records of a point are from. `named`: they say which of the interfaces, as those of pcapng do. */
export interface Origin {
  interfaces: readonly Interface[];
  named: boolean;
}

/** A filter in pcap-filter(7) syntax and a display filter. */
export class Choice {
  private readonly filter: RecordFilter | undefined;
  /** One per point: a packet seen by several is sent only once. */
  private readonly displays: readonly Display[] | undefined;

  private constructor(filter: RecordFilter | undefined, displays: readonly Display[] | undefined) {
    this.filter = filter;
    this.displays = displays;
  }

  /**
   * Undefined if every packet is reported. `origins`: of each point.
   * @throws NscapError USAGE where a filter does not compile
   */
  static async of(
    expression: string,
    interfaces: () => readonly Interface[],
    displayFilter: string | undefined,
    origins: readonly Origin[],
  ): Promise<Choice | undefined> {
    const filter = expression === '' ? undefined : new RecordFilter(expression, interfaces);
    if (displayFilter === undefined) return filter === undefined ? undefined : new Choice(filter, undefined);
    const { Display } = await import('../../fields/displayed.ts');
    const compile = (await import('../../fields/filter/compile.ts')).displayFilter;
    const displays: Display[] = [];
    for (const { interfaces: own, named } of origins)
      displays.push(new Display(await compile(displayFilter), own, named));
    return new Choice(filter, displays);
  }

  /** Called for each record, exactly once. */
  takes(batch: Batch, index: number, point: number): boolean {
    const isDisplayed = this.displays === undefined || this.displays[point].takes(batch, index);
    return isDisplayed && (this.filter === undefined || this.filter.takes(batch, index));
  }
}
