// The packets of a source that are left of it.
import { Batch } from '../base/batch.ts';
import type { InterfaceNames } from '../base/interface.ts';
import { type Interface, interfaceNames, type PacketSource } from './source.ts';

/**
 * A source without those of its packets that `take` leaves out. The others are not copied, and keep their frame numbers
 * (`Batch.frame`).
 */
export abstract class ThinnedSource implements PacketSource {
  readonly interfaceName: InterfaceNames;
  protected readonly source: PacketSource;
  /** Packets taken so far. */
  protected delivered = 0;
  private kept: Batch | undefined;

  constructor(source: PacketSource) {
    this.source = source;
    this.interfaceName = interfaceNames(source);
  }

  /** Calls `kept.take(batch, i)` for each record that is wanted, in order. */
  protected abstract take(batch: Batch, kept: Batch): void;

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
      this.take(batch, kept);
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
