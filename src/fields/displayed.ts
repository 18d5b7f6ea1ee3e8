// The packets of a source that a display filter takes.
import { Batch } from '../base/batch.ts';
import type { InterfaceNames } from '../base/interface.ts';
import { type Interface, interfaceNames, type PacketSource } from '../source/source.ts';
import { Dissection } from './dissection.ts';
import { type DisplayFilter, displayFilter } from './filter/compile.ts';
import { Origin } from './origin.ts';

/**
 * The packets of `source` that a display filter takes; all of them, and the source itself, where there is no filter. They
 * keep their frame numbers. `named`: the source's records say which interface they are from, as pcapng does.
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

  /** To be asked of each record, and once. */
  takes(batch: Batch, index: number): boolean {
    this.dissection.add(batch, index);
    return this.filter.takes(this.dissection);
  }
}

class DisplayedSource implements PacketSource {
  readonly interfaceName: InterfaceNames;
  private readonly source: PacketSource;
  private readonly display: Display;
  private kept: Batch | undefined;
  private delivered = 0;

  constructor(source: PacketSource, filter: DisplayFilter, named: boolean) {
    this.source = source;
    this.interfaceName = interfaceNames(source);
    this.display = new Display(filter, source.interfaces, named);
  }

  get interfaces(): readonly Interface[] {
    return this.source.interfaces;
  }

  get damage(): string | undefined {
    return this.source.damage;
  }

  get truncated(): boolean {
    return this.source.truncated === true;
  }

  get progress(): number | undefined {
    return this.source.progress;
  }

  async next(): Promise<Batch | null> {
    for (;;) {
      const batch = await this.source.next();
      if (batch === null) return null;
      if (this.kept === undefined || this.kept.capacity < batch.count) this.kept = new Batch(batch.capacity);
      const { kept } = this;
      kept.reset(batch.bytes, this.delivered + 1);
      kept.optionsLittleEndian = batch.optionsLittleEndian;
      for (let i = 0; i < batch.count; i++) if (this.display.takes(batch, i)) kept.take(batch, i);
      this.delivered += kept.count;
      if (kept.count > 0) return kept;
    }
  }

  hints(): string[] {
    return this.source.hints?.() ?? [];
  }

  close(): Promise<void> {
    return this.source.close();
  }
}
