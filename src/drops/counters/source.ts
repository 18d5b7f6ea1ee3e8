// Drops by the growth of counters: how many and of which kind, but no packets. Needs no privileges in the own namespace.
import type { Namespace } from '../../netns/namespace.ts';
import type { DropEvent, DropSource, DropTotals } from '../event.ts';
import { RuleListing } from '../nft/listing.ts';
import { type Counter, NamespaceCounters } from './read.ts';

/** Milliseconds between two readings. */
const PAUSE = 1000;

/**
 * Opens this way, without counters of the reasons `excluded`; they are read each `pause` milliseconds, or, where that is
 * infinite, at the end only.
 * Throws NscapError where one of the namespaces may not be entered.
 */
export async function openCounters(
  namespaces: readonly Namespace[],
  hasFilter: boolean,
  excluded: readonly string[] = [],
  pause = PAUSE,
): Promise<CounterDrops> {
  const all = namespaces.map((namespace, i) => ({
    counters: new NamespaceCounters(namespace, i === 0),
    listing: new RuleListing(namespace),
    last: new Map<string, Counter>(),
  }));
  for (const watched of all) watched.last = await watched.counters.read();
  return new CounterDrops(all, hasFilter, excluded, pause);
}

interface Watched {
  counters: NamespaceCounters;
  listing: RuleListing;
  last: Map<string, Counter>;
}

class CounterDrops implements DropSource {
  readonly way = 'counters';
  readonly notes = [
    'counters show no packets, and a packet may be counted by several of them; TCP segments to closed ports count nowhere',
  ];
  private readonly watched: Watched[];
  private readonly excluded: readonly string[];
  private readonly interval: number;
  private packets = 0;
  private stopped = false;
  private ended = false;
  private wake = () => {};

  constructor(watched: Watched[], hasFilter: boolean, excluded: readonly string[], interval: number) {
    this.watched = watched;
    this.interval = interval;
    this.excluded = excluded;
    const unlisted = this.unlisted();
    if (unlisted !== undefined) this.notes.push(unlisted);
    if (hasFilter) this.notes.push('counters cannot be filtered: they count all packets of the namespace');
  }

  async next(): Promise<DropEvent[] | null> {
    while (!this.ended) {
      if (!this.stopped) await this.pause();
      // Whatever was counted until the end is included.
      this.ended = this.stopped;
      const events: DropEvent[] = [];
      for (const watched of this.watched) events.push(...(await this.compare(watched)));
      for (const { count } of events) this.packets += count;
      if (events.length > 0) return events;
    }
    return null;
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = Number.isFinite(this.interval) ? setTimeout(resolve, this.interval) : undefined;
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private async compare(watched: Watched): Promise<DropEvent[]> {
    const now = Date.now();
    const counters = await watched.counters.read();
    const { inode, label } = watched.counters.namespace;
    const events: DropEvent[] = [];
    for (const [key, { name, value, reason, interface: device, rule, socket }] of counters) {
      const count = value - (watched.last.get(key)?.value ?? 0);
      if (count <= 0) continue;
      // A method that replaces these counters by packets does not show those of iptables-legacy.
      if (reason !== undefined && this.excluded.includes(reason) && rule?.legacy !== true) continue;
      const event: DropEvent = {
        time: { seconds: Math.floor(now / 1000), nanoseconds: (now % 1000) * 1_000_000 },
        namespace: { inode, name: label },
        count,
        counter: name,
        total: value,
      };
      if (reason !== undefined) event.reason = reason;
      if (device !== undefined) event.interface = { index: 0, name: device };
      if (socket !== undefined) event.socket = socket;
      if (rule !== undefined) {
        event.rule = { ...rule };
        await watched.listing.describe(event.rule);
      }
      events.push(event);
    }
    watched.last = counters;
    return events;
  }

  totals(): DropTotals {
    const uncounted = this.unlisted();
    return {
      packets: this.packets,
      limited: 0,
      lost: 0,
      ...(uncounted === undefined ? {} : { uncounted }),
    };
  }

  /** A sentence about the tables whose rules count packets that are not seen. */
  private unlisted(): string | undefined {
    // A method that shows packets dropped by rules does not need their counters.
    if (this.excluded.includes('NETFILTER_DROP')) return undefined;
    const tables = this.watched.flatMap(({ counters }) =>
      [...counters.unlisted].map((table) => `${table} in ${counters.namespace.label}`),
    );
    if (tables.length === 0) return undefined;
    return `rules that are not counted, for nft does not list them: ${tables.join(', ')}`;
  }

  stop(): void {
    this.stopped = true;
    this.wake();
  }

  async close(): Promise<void> {
    this.stop();
    for (const { counters } of this.watched) counters.close();
  }
}
