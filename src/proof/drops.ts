// What the kernel dropped while a path was tested, to say why a step was lost.
import { DropBatches, dropComment } from '../drops/batch.ts';
import type { DropEvent, DropSource } from '../drops/event.ts';
import { harmlessBecause } from '../drops/harmless.ts';
import { openDrops } from '../drops/open.ts';
import { explainReason } from '../drops/reasons.ts';
import { NscapError } from '../errors.ts';
import type { Namespace } from '../netns/namespace.ts';
import { ICMP, ICMPV6, Packet, TCP } from '../wire/packet.ts';

/** Drops kept: the first tell most, and a flood must not fill the memory. */
const MOST = 1000;

/** Drops of packets between two addresses, in whatever namespace of the machine. */
export class PathDrops {
  private readonly source: DropSource | undefined;
  private readonly events: DropEvent[] = [];
  private readonly reading: Promise<void>;
  private stopped: Promise<void> | undefined;

  private constructor(source: DropSource | undefined) {
    this.source = source;
    this.reading = source === undefined ? Promise.resolve() : this.read(source);
  }

  /** Watches from now on, in the best way that is allowed; without any, nothing will be known. */
  static async watch(ends: readonly Namespace[], addresses: [string, string]): Promise<PathDrops> {
    const filter = `host ${addresses[0]} and host ${addresses[1]}`;
    for (const options of [{ how: 'bpf' }, { how: 'nft', namespaces: ends }] as const) {
      try {
        return new PathDrops(await openDrops({ ...options, filter }));
      } catch (error) {
        if (!(error instanceof NscapError)) throw error;
      }
    }
    return new PathDrops(undefined);
  }

  private async read(source: DropSource): Promise<void> {
    for (let events = await source.next(); events !== null; events = await source.next()) {
      const wanted = events.filter(
        (event) => event.packet !== undefined && harmlessBecause(event) === undefined,
      );
      this.events.push(...wanted.slice(0, MOST - this.events.length));
    }
  }

  /** Ends it; what was dropped until now is known after this. */
  stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  private async end(): Promise<void> {
    this.source?.stop();
    await this.reading;
    await this.source?.close();
  }

  /** Why an echo request or reply was dropped first, in words; undefined where none was. */
  echo(): string | undefined {
    return this.first((packet) => (packet.layers & (ICMP | ICMPV6)) !== 0);
  }

  /** The same of a TCP segment to or from the port. */
  tcp(port: number): string | undefined {
    return this.first(
      ({ layers, tcp }) => (layers & TCP) !== 0 && (tcp.sourcePort === port || tcp.destinationPort === port),
    );
  }

  private first(wanted: (packet: Packet) => boolean): string | undefined {
    const packet = new Packet();
    const batch = new DropBatches().batch(this.events);
    for (const [i, event] of this.events.entries()) {
      packet.decode(batch, i);
      if (wanted(packet)) return sentence(event);
    }
    return undefined;
  }
}

/** `ns2:veth1 dropped it: NETFILTER_DROP in nft_do_chain, rule …: a packet filter dropped it` */
function sentence(event: DropEvent): string {
  const { namespace, interface: device, reason } = event;
  const where = [namespace?.name ?? 'the kernel', device?.name].filter(Boolean).join(':');
  const meaning = reason === undefined ? undefined : explainReason(reason)?.meaning;
  return `${where} ${dropComment(event)}${meaning === undefined ? '' : ` (${meaning})`}`;
}
