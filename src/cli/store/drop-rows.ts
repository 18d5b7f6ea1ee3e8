// Drop events as rows.
import type { DropCount, DropEvent, Way } from '../../drops/event.ts';
import { harmlessBecause } from '../../drops/harmless.ts';
import { ruleText } from '../../drops/nft/listing.ts';
import type { PrintOptions } from '../../print/engine/options.ts';
import { type EventOutput, PacketTexts } from '../drops/lines.ts';
import { LiveStore } from './live-store.ts';

const UNKNOWN = 'reason unknown';

/** Stores events; another output of `nscap drops`. */
export class DropRows implements EventOutput {
  private readonly store: LiveStore;
  private readonly way: Way;
  private readonly packets: PacketTexts;
  /** Packets stored as events, by what the kernel counts them by. */
  private readonly events = new Map<string, number>();

  constructor(target: string, way: Way, print: Partial<PrintOptions>) {
    this.packets = new PacketTexts(print);
    this.store = new LiveStore(target);
    this.way = way;
  }

  async print(events: readonly DropEvent[]): Promise<void> {
    const texts = await this.packets.texts(events);
    for (const [at, event] of events.entries()) this.add(event, texts[at]);
  }

  private add(event: DropEvent, line: string | undefined): void {
    const key = keyOf(event);
    this.events.set(key, (this.events.get(key) ?? 0) + event.count);
    const { time, rule } = event;
    this.store.add('drops', BigInt(time.seconds) * 1_000_000_000n + BigInt(time.nanoseconds), {
      ...this.common(event),
      rule: rule === undefined ? null : ruleText(rule),
      direction: event.direction ?? null,
      packets: event.count,
      harmless: harmlessBecause(event) !== undefined,
      packet: line ?? null,
    });
  }

  /** Stores what was counted and not delivered as events, so that sums are right, and ends. */
  close(counts: readonly DropCount[] = []): void {
    const now = BigInt(Date.now()) * 1_000_000n;
    for (const one of counts) {
      const missed = one.packets - (this.events.get(keyOf(one)) ?? 0);
      if (missed <= 0) continue;
      this.store.add('drops', now, { ...this.common(one), packets: missed, harmless: false });
    }
    this.store.close();
  }

  private common({ reason, function: where, namespace, interface: link }: DropCount | DropEvent) {
    return {
      reason: reason ?? UNKNOWN,
      function: where ?? null,
      namespace: namespace?.name ?? null,
      interface: link?.name ?? null,
      how: this.way,
    };
  }
}

function keyOf({ reason, function: where, namespace, interface: link }: DropCount | DropEvent): string {
  return [namespace?.inode, link?.index, reason, where].join(' ');
}
