// capture --drops: packets that the kernel dropped in the namespace, between those that were captured.
import type { Batch } from '../../base/batch.ts';
import type { Interface } from '../../base/interface.ts';
import type { Text } from '../../base/text.ts';
import { DropBatches } from '../../drops/batch.ts';
import type { DropSource } from '../../drops/event.ts';
import { openDrops } from '../../drops/open.ts';
import { commentsOf } from '../../file/pcapng-options.ts';
import type { Namespace } from '../../netns/namespace.ts';
import type { LiveSource, Tally } from '../../source/live.ts';

/** Drop events as a separate capture, on interfaces that are added as packets are dropped on them. */
export class DropPackets implements LiveSource {
  damage: string | undefined;
  readonly gone: string[] = [];
  private readonly source: DropSource;
  private readonly batches = new DropBatches();
  private readonly captured: number[] = [];
  private missed = 0;
  private closed: Promise<void> | undefined;

  constructor(source: DropSource) {
    this.source = source;
  }

  static async open(namespaces: readonly Namespace[], filter: string): Promise<DropPackets> {
    return new DropPackets(await openDrops({ namespaces, filter }));
  }

  /** The method that reports drops, and its limits. */
  get notes(): string[] {
    return [...this.source.notes, `packets dropped are learned of by ${this.source.way}`];
  }

  get interfaces(): readonly Interface[] {
    return this.batches.interfaces;
  }

  async next(): Promise<Batch | null> {
    for (;;) {
      const events = await this.source.next();
      if (events === null) {
        await this.close();
        return null;
      }
      const { limited, lost } = this.source.totals();
      const batch = this.batches.batch(events, Math.max(limited + lost - this.missed, 0));
      this.missed = limited + lost;
      for (let i = 0; i < batch.count; i++) {
        const number = batch.interface[i];
        this.captured[number] = (this.captured[number] ?? 0) + 1;
      }
      if (batch.count > 0) return batch;
    }
  }

  tallies(): Tally[] {
    return this.interfaces.map((_, i) => {
      const captured = this.captured[i] ?? 0;
      return { captured, received: captured, dropped: i === 0 ? this.missed : 0, interfaceDropped: 0 };
    });
  }

  stop(): void {
    this.source.stop();
  }

  close(): Promise<void> {
    this.closed ??= this.source.close();
    return this.closed;
  }
}

/** The reason in the comment of a DropPackets record, after the packet's line; red if colors are on. */
export function appendReason(text: Text, batch: Batch, index: number, coloured: boolean): void {
  for (const comment of commentsOf(batch, index)) {
    text.utf8(coloured ? ` \x1b[31m[${comment}]` : ` [${comment}]`);
  }
}
