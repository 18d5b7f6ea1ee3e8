// The packets of a source that a display filter takes.
import type { Batch } from '../base/batch.ts';
import { isPacket } from '../base/record-kind.ts';
import type { Interface, PacketSource } from '../source/source.ts';
import { ThinnedSource } from '../source/thinned.ts';
import { Dissection } from './dissection.ts';
import { type DisplayFilter, displayFilter } from './filter/compile.ts';
import { Origin } from './origin.ts';

/**
 * The packets of `source` that a display filter takes; all of them, and the source itself, where there is no filter. They
 * keep their frame numbers, which count what is no packet (base/record-kind.ts) where the source delivers it. `named`: the source's records say which interface they are from, as pcapng does.
 * @throws NscapError USAGE where the filter does not compile
 */
export async function displayed<Source extends PacketSource>(
  source: Source,
  text: string | undefined,
  named: boolean,
): Promise<Source | PacketSource> {
  return text === undefined ? source : new DisplayedSource(source, await displayFilter(text), named);
}

/** Says of each record in turn whether a display filter takes it. */
export class Display {
  private readonly filter: DisplayFilter;
  private readonly dissection: Dissection;

  constructor(filter: DisplayFilter, interfaces: readonly Interface[], named: boolean) {
    this.filter = filter;
    this.dissection = new Dissection(filter.needs, new Origin(interfaces, named));
  }

  /** To be asked of each record, and once. What is no packet is not taken. */
  takes(batch: Batch, index: number): boolean {
    this.dissection.add(batch, index);
    if (!this.filter.takes(this.dissection)) return false;
    this.dissection.display();
    return isPacket(batch.kind[index]);
  }
}

class DisplayedSource extends ThinnedSource {
  private readonly display: Display;

  constructor(source: PacketSource, filter: DisplayFilter, named: boolean) {
    super(source);
    this.display = new Display(filter, source.interfaces, named);
  }

  protected override take(batch: Batch, kept: Batch): void {
    for (let i = 0; i < batch.count; i++) if (this.display.takes(batch, i)) kept.take(batch, i);
  }
}
