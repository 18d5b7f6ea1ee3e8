// Adds to the drops that BPF reports the rule that nft's traces name: the kernel says that a packet filter dropped it, but
// not which of its rules.
import { setTimeout as sleep } from 'node:timers/promises';
import { readable, wake } from '../binding/poll.ts';
import type { Namespace } from '../netns/namespace.ts';
import type { DropEvent, DropSource, DropTotals, Rule } from './event.ts';
import { RuleListing } from './nft/listing.ts';
import { Tracer } from './nft/tracer.ts';
import { headersKey, packetKey } from './packet-key.ts';
import { LegacyRules } from './xtables.ts';

/** Packets traced per second in each namespace: the rules of the others stay unknown. */
const RATE = 500;
/** Rules kept until the drops of their packets arrive. */
const REMEMBERED = 4096;
/** The function in which nft drops. */
const OF_NFT = 'nft_do_chain';
/** Milliseconds between two reads of traces that nothing waits for. */
const GATHER = 50;

interface Traced {
  tracer: Tracer;
  listing: RuleListing;
  rules: Map<string, Rule>;
  legacy: LegacyRules | undefined;
}

/** A tracer for each of these namespaces that has rules. If tracing is refused, `notes` say so. */
export async function traceRules(namespaces: readonly Namespace[], notes: string[]): Promise<Traced[]> {
  const traced: Traced[] = [];
  for (const namespace of namespaces) {
    let tracer: Tracer | undefined;
    try {
      tracer = new Tracer(namespace);
      const families = tracer.families();
      const legacy = await LegacyRules.watch(namespace);
      if (families.size === 0 && legacy === undefined) tracer.close();
      else {
        if (families.size > 0) await tracer.trace(RATE, families);
        traced.push({ tracer, listing: new RuleListing(namespace), rules: new Map(), legacy });
      }
    } catch (error) {
      tracer?.close();
      notes.push(`rules of ${namespace.label} stay unknown: ${(error as Error).message}`);
    }
  }
  await Promise.all(traced.map(({ listing }) => listing.list()));
  return traced;
}

/** The events of `source`, with rules. */
export class RuledDrops implements DropSource {
  private readonly source: DropSource;
  private readonly traced = new Map<number, Traced>();
  private closing = false;
  private readonly reading: Promise<unknown>;

  constructor(source: DropSource, traced: readonly Traced[]) {
    this.source = source;
    for (const entry of traced) this.traced.set(entry.tracer.namespace.inode, entry);
    this.reading = Promise.all(traced.map((entry) => this.read(entry)));
  }

  get way() {
    return this.source.way;
  }

  get notes() {
    return this.source.notes;
  }

  /** Keeps traces of packets that are not dropped from filling the socket. */
  private async read(traced: Traced): Promise<void> {
    while (!this.closing) {
      await readable(traced.tracer.descriptor);
      if (this.closing) return;
      this.drain(traced);
      await sleep(GATHER);
    }
  }

  private drain({ tracer, rules }: Traced): void {
    tracer.drain(({ rule, network, transport }) => {
      const key = headersKey(network, transport);
      if (key === undefined) return;
      rules.delete(key);
      rules.set(key, rule);
      if (rules.size > REMEMBERED) rules.delete(rules.keys().next().value!);
    });
  }

  async next(): Promise<DropEvent[] | null> {
    const events = await this.source.next();
    if (events === null) return null;
    // A trace is in its socket before the packet it is about is dropped: all that belong to these events are there.
    for (const traced of this.traced.values()) this.drain(traced);
    const unnamed = new Map<LegacyRules, DropEvent[]>();
    for (const event of events) {
      const traced = this.traced.get(event.namespace?.inode ?? 0);
      if (traced === undefined || event.reason !== 'NETFILTER_DROP') continue;
      const key = event.packet === undefined ? undefined : packetKey(event.packet);
      const rule = key === undefined ? undefined : traced.rules.get(key);
      if (rule !== undefined) {
        event.rule = { ...rule };
        await traced.listing.describe(event.rule);
      } else if (traced.legacy !== undefined && event.function !== OF_NFT) {
        const others = unnamed.get(traced.legacy);
        if (others === undefined) unnamed.set(traced.legacy, [event]);
        else others.push(event);
      }
    }
    for (const [legacy, others] of unnamed) await legacy.name(others);
    return events;
  }

  totals(): DropTotals {
    return this.source.totals();
  }

  stop(): void {
    this.source.stop();
  }

  async close(): Promise<void> {
    this.closing = true;
    for (const { tracer } of this.traced.values()) wake(tracer.descriptor);
    await this.reading;
    for (const { tracer } of this.traced.values()) tracer.close();
    await this.source.close();
  }
}
