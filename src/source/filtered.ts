// The packets of a source that a filter takes.
import type { Batch } from '../base/batch.ts';
import { NO_LINK_TYPE } from '../base/record-kind.ts';
import { compileFilter } from '../filter/compile.ts';
import { type FilterFunction, filterFunction } from '../filter/function.ts';
import { Overlooked } from '../filter/overlooked.ts';
import type { Interface, PacketSource } from './source.ts';
import { ThinnedSource } from './thinned.ts';

/**
 * The packets of `source` that a pcap-filter(7) expression takes; all of them, and the source itself, where it is
 * empty. The expression is compiled for each link type the source has (a pcapng file may have several). Packets keep
 * their frame numbers (`Batch.frame`). Throws NscapError, here or from `next`, where the expression does not compile.
 */
export function filtered(source: PacketSource, expression: string): PacketSource {
  return expression.trim() === '' ? source : new FilteredSource(source, expression);
}

/** What is no packet is taken by no filter. */
const NOTHING: FilterFunction = () => 0;

/** A pcap-filter(7) expression for records of several link types. */
export class RecordFilter {
  private readonly expression: string;
  private readonly interfaces: () => readonly Interface[];
  private readonly functions = new Map<number, FilterFunction>();

  /** @throws NscapError USAGE where the expression does not compile for the link types that are known now */
  constructor(expression: string, interfaces: () => readonly Interface[]) {
    this.expression = expression;
    this.interfaces = interfaces;
    // A filter that does not compile is known before the first packet is read, where the link type is.
    for (const { linkType } of interfaces()) this.function(linkType);
  }

  /** Does it take record `index`? */
  takes({ view, offset, captured, wire, linkType }: Batch, index: number): boolean {
    return this.function(linkType[index])(view, offset[index], captured[index], wire[index]) !== 0;
  }

  /** The expression for a link type. */
  function(linkType: number): FilterFunction {
    if (linkType === NO_LINK_TYPE) return NOTHING;
    let accepts = this.functions.get(linkType);
    if (accepts === undefined) {
      const { snaplen, littleEndian } = this.interfaces().find((one) => one.linkType === linkType) ?? {};
      accepts = filterFunction(compileFilter(this.expression, linkType, snaplen, littleEndian));
      this.functions.set(linkType, accepts);
    }
    return accepts;
  }
}

class FilteredSource extends ThinnedSource {
  private readonly filter: RecordFilter;
  /** What is left out, as long as nothing is taken. */
  private readonly overlooked: Overlooked;

  constructor(source: PacketSource, expression: string) {
    super(source);
    this.filter = new RecordFilter(expression, () => source.interfaces);
    this.overlooked = new Overlooked(expression);
  }

  protected override take(batch: Batch, kept: Batch): void {
    for (let from = 0; from < batch.count; ) from = this.takeRun(batch, from, kept);
    if (kept.count === 0 && this.delivered === 0) this.overlooked.add(batch);
  }

  override hints(): string[] {
    return this.delivered === 0 ? this.overlooked.hints() : [];
  }

  /** Takes what the filter takes from `from` up to the first record of another link type, and returns that one. */
  private takeRun(batch: Batch, from: number, kept: Batch): number {
    const { view, offset, captured, wire, linkType, count } = batch;
    const type = linkType[from];
    const accepts = this.filter.function(type);
    let i = from;
    for (; i < count && linkType[i] === type; i++) {
      if (accepts(view, offset[i], captured[i], wire[i]) !== 0) kept.take(batch, i);
    }
    return i;
  }
}
