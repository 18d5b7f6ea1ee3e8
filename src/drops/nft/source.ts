// Drops by nft's traces alone: only those of packet filters, but in any namespace where the process has
// CAP_NET_ADMIN, including those that an ordinary user creates.

import { setTimeout as sleep } from 'node:timers/promises';
import { readable, wake } from '../../binding/poll.ts';
import type { FilterFunction } from '../../filter/function.ts';
import type { Namespace } from '../../netns/namespace.ts';
import * as link from '../../wire/linktype.ts';
import * as ethertype from '../../wire/registry/ethertypes.ts';
import type { DropEvent, DroppedPacket, DropSource, DropTotals } from '../event.ts';
import type { Places } from '../places.ts';
import { RuleListing } from './listing.ts';
import { type TracedDrop, Tracer } from './tracer.ts';

/** Packets traced a second in each namespace. */
const RATE = 5000;
/** Milliseconds that traces are gathered after the first. */
const GATHER = 10;
const ETHERNET_LENGTH = 14;
const ETHERTYPES: Record<number, number> = { 4: ethertype.IPV4, 6: ethertype.IPV6 };

/** Opens this way. Throws NscapError where one of the namespaces does not allow it. */
export async function openNft(
  namespaces: readonly Namespace[],
  filter: FilterFunction | undefined,
  places: Places,
): Promise<NftDrops> {
  const tracers: Tracer[] = [];
  try {
    for (const namespace of namespaces) {
      const tracer = new Tracer(namespace);
      tracers.push(tracer);
      await tracer.trace(RATE, tracer.families());
    }
  } catch (error) {
    for (const tracer of tracers) tracer.close();
    throw error;
  }
  const source = new NftDrops(tracers, filter, places);
  await source.prepare();
  return source;
}

export class NftDrops implements DropSource {
  readonly way = 'nft';
  readonly notes = [
    'nft shows what packet filters drop, with the time at which it was read; other reasons show in counters only',
  ];
  private readonly tracers: { tracer: Tracer; listing: RuleListing }[];
  private readonly filter: FilterFunction | undefined;
  private readonly places: Places;
  private packets = 0;
  private stopped = false;
  private ended = false;

  constructor(tracers: readonly Tracer[], filter: FilterFunction | undefined, places: Places) {
    this.tracers = tracers.map((tracer) => ({ tracer, listing: new RuleListing(tracer.namespace) }));
    this.filter = filter;
    this.places = places;
  }

  /** Learns what needs privileges. */
  async prepare(): Promise<void> {
    await Promise.all(
      this.tracers.flatMap(({ tracer, listing }) => [
        listing.list(),
        this.places.learnInterfaces(tracer.namespace.inode),
      ]),
    );
  }

  async next(): Promise<DropEvent[] | null> {
    while (!this.ended) {
      // What was traced until the end belongs to it.
      this.ended = this.stopped;
      const events: DropEvent[] = [];
      for (const { tracer, listing } of this.tracers) {
        const found: DropEvent[] = [];
        tracer.drain((drop) => {
          const event = this.event(drop, tracer.namespace.inode);
          if (event !== undefined) found.push(event);
        });
        for (const event of found) await listing.describe(event.rule!);
        events.push(...found);
      }
      if (events.length > 0) {
        this.packets += events.length;
        return events;
      }
      if (this.ended) break;
      await Promise.race(this.tracers.map(({ tracer }) => readable(tracer.descriptor)));
      if (!this.stopped) await sleep(GATHER);
    }
    return null;
  }

  private event(drop: TracedDrop, inode: number): DropEvent | undefined {
    const frame = frameOf(drop);
    const view = new DataView(frame.buffer);
    const length = ETHERNET_LENGTH + networkLength(drop.network);
    if (this.filter !== undefined && this.filter(view, 0, frame.length, length) === 0) return undefined;
    const now = Date.now();
    const index = drop.output || drop.input;
    return {
      time: { seconds: Math.floor(now / 1000), nanoseconds: (now % 1000) * 1_000_000 },
      namespace: this.places.namespace(inode),
      ...(index === 0 ? {} : { interface: this.places.interface(inode, index) }),
      reason: 'NETFILTER_DROP',
      rule: drop.rule,
      direction: drop.output === 0 ? 'in' : 'out',
      mark: drop.mark,
      packet: packetOf(drop, frame, length),
      count: 1,
    };
  }

  totals(): DropTotals {
    const lost = this.tracers.some(({ tracer }) => tracer.lost);
    const limited = this.tracers.some(({ tracer }) => tracer.mostASecond >= RATE);
    return {
      packets: this.packets,
      limited: 0,
      lost: lost || limited ? 1 : 0,
      ...(lost || limited
        ? {
            uncounted: `more packets came than nft traces (${RATE} a second) or than could be read: of the others it is not known how many were dropped`,
          }
        : {}),
    };
  }

  stop(): void {
    this.stopped = true;
    for (const { tracer } of this.tracers) wake(tracer.descriptor);
  }

  async close(): Promise<void> {
    this.stop();
    // Its table goes with the socket, and the socket with the last who holds it.
    for (const { tracer } of this.tracers) {
      await wake(tracer.descriptor);
      tracer.close();
    }
  }
}

/** The headers in a row, after the packet's Ethernet header or a generated one. */
function frameOf({ link: header, network, transport }: TracedDrop): Uint8Array {
  const frame = new Uint8Array(ETHERNET_LENGTH + network.length + transport.length);
  if (header.length >= ETHERNET_LENGTH) frame.set(header.subarray(0, ETHERNET_LENGTH));
  else {
    const type = ETHERTYPES[network[0] >>> 4] ?? ethertype.ARP;
    frame[12] = type >>> 8;
    frame[13] = type & 0xff;
  }
  frame.set(network, ETHERNET_LENGTH);
  frame.set(transport, ETHERNET_LENGTH + network.length);
  return frame;
}

function packetOf({ link: header }: TracedDrop, frame: Uint8Array, length: number): DroppedPacket {
  if (header.length >= ETHERNET_LENGTH) return { linkType: link.ETHERNET, bytes: frame, length };
  return {
    linkType: link.RAW,
    bytes: frame.subarray(ETHERNET_LENGTH),
    length: length - ETHERNET_LENGTH,
  };
}

/** Bytes of the IP packet, as its header says. */
function networkLength(network: Buffer): number {
  const version = network[0] >>> 4;
  if (version === 4 && network.length >= 4) return network.readUInt16BE(2);
  if (version === 6 && network.length >= 6) return 40 + network.readUInt16BE(4);
  return network.length;
}
