// What the kernel itself reports of the packets it drops while the probe's flow: reason, function, and the rule.
import { type DropEvent, type DropSource, WAYS, type Way } from '../drops/event.ts';
import { NscapError, reason } from '../errors.ts';
import type { FoundNamespace } from '../netns/discover.ts';
import { isMulticast } from '../netns/prefix.ts';
import { ETHERNET } from '../wire/linktype.ts';
import * as ethertype from '../wire/registry/ethertypes.ts';
import type { Captured } from './capture.ts';
import { decode } from './decode.ts';
import { type Dropped, type Hint, whatHappened } from './dropped.ts';
import type { Flow } from './sightings.ts';
import { tie } from './tie-drops.ts';

/** All that ties a drop to the probe where the drop itself has no packet. */
interface Sent {
  asker: FoundNamespace;
  packets: readonly Captured[];
  threads: ReadonlyMap<number, Flow['name']>;
}

export interface Watch {
  /** Ends it and returns the dropped packets in order of time, and the drops that cannot be tied to a packet. */
  stop(sent: Sent): Promise<{ dropped: Dropped[]; hints: Hint[] }>;
  /** How drops were learned of; with `counters`, only counters were read before and after. */
  how: Way;
  /** What could not be had, and why. */
  lacked: string[];
}

/** Of the protocols that the probe and ARP use. */
const FILTER = 'arp or icmp or icmp6 or udp or tcp';
/** nft traces each packet, and not only what is dropped: of TCP what starts or refuses a connection, and large segments. */
const TRACED =
  'arp or icmp or icmp6 or udp or (ip and tcp and tcp[13] & 6 != 0) or (ip6 and tcp) or (tcp and greater 500)';

/** Milliseconds for what was dropped last to be reported. */
const LAST = 30;

/**
 * Watches all these namespaces by BPF or the kernel's tracing, or those on the way by nft's traces, which take a table in
 * each: the first that is allowed, or `how`. If none is, nothing fails: what is missing is reported.
 * @throws NscapError if the requested method is not available
 */
export async function watchDrops(
  all: readonly FoundNamespace[],
  onTheWay: readonly FoundNamespace[],
  how?: Way,
): Promise<Watch> {
  const lacked: string[] = [];
  for (const way of how === undefined ? WAYS : [how]) {
    if (way === 'counters') break;
    try {
      return { how: way, lacked, ...(await open(way, all, onTheWay, lacked)) };
    } catch (error) {
      if (how !== undefined) throw error;
      // What keeps all of them from working is reported once, with a hint.
      if (error instanceof NscapError && error.code === 'KOFFI') return counted([error.message]);
      // A namespace that went away meanwhile must not fail the whole request.
      lacked.push(`${way}: ${reason(error)}`);
    }
  }
  return counted(lacked);
}

function counted(lacked: string[]): Watch {
  return { how: 'counters', lacked, stop: async () => ({ dropped: [], hints: [] }) };
}

async function open(
  way: Exclude<Way, 'counters'>,
  all: readonly FoundNamespace[],
  pathNamespaces: readonly FoundNamespace[],
  lacked: string[],
): Promise<Pick<Watch, 'stop'>> {
  const { openDrops } = await import('../drops/open.ts');
  const source = (how: Way, found: readonly FoundNamespace[], filter?: string) =>
    openDrops({
      how,
      namespaces: found.map(({ namespace }) => namespace),
      ...(filter === undefined ? { threads: true } : { filter }),
    });
  if (way !== 'tracefs') {
    const namespaces = way === 'bpf' ? all : pathNamespaces;
    const opened = await source(way, namespaces, way === 'bpf' ? FILTER : TRACED);
    return {
      stop: async () => ({
        dropped: await collect(opened, (event) => asDropped(event, namespaces)),
        hints: [],
      }),
    };
  }
  const traced = await source(way, all);
  // The trace does not name rules, and has no packets: nft's has both, of what nft drops.
  const ruled = await source('nft', pathNamespaces, TRACED).catch((error: unknown) => {
    lacked.push(`nft: ${reason(error)}`);
    return undefined;
  });
  return {
    async stop(sent) {
      const [events, byRule] = await Promise.all([
        collect(traced, (event) => event),
        ruled && collect(ruled, (event) => asDropped(event, pathNamespaces)),
      ]);
      const { lost } = traced.totals();
      if (lost > 0) lacked.push(`${lost} drops that the kernel's tracing lost`);
      const { dropped, hints } = tied(events, all, sent);
      return { dropped: [...(byRule ?? []), ...dropped], hints };
    },
  };
}

/** What `take` makes of the events, while the source can still name their functions. */
async function collect<T>(source: DropSource, take: (event: DropEvent) => T | undefined): Promise<T[]> {
  const found: T[] = [];
  try {
    await new Promise((resolve) => setTimeout(resolve, LAST));
    source.stop();
    for (let events = await source.next(); events !== null; events = await source.next())
      found.push(...events.map(take).filter((taken) => taken !== undefined));
  } catch {
    // The events so far remain valid; the rest comes from captures and counters.
  } finally {
    await source.close();
  }
  return found;
}

function tied(
  events: readonly DropEvent[],
  namespaces: readonly FoundNamespace[],
  sent: Sent,
): { dropped: Dropped[]; hints: Hint[] } {
  const dropped: Dropped[] = [];
  const hints: Hint[] = [];
  for (const event of events) {
    const drop = tie(event, { namespaces, ...sent });
    if (drop !== undefined) dropped.push(drop);
    else if (event.reason !== undefined) {
      hints.push({
        reason: event.reason,
        ...(event.function === undefined ? {} : { function: event.function }),
        ...(event.namespace === undefined ? {} : { netns: event.namespace.name }),
        ...(event.interface === undefined ? {} : { interface: event.interface.name }),
      });
    }
  }
  return { dropped, hints };
}

const ETHERNET_LENGTH = 14;

function asDropped(event: DropEvent, namespaces: readonly FoundNamespace[]): Dropped | undefined {
  const here = namespaces.find(({ inode }) => inode === event.namespace?.inode);
  if (event.packet === undefined || here === undefined) return undefined;
  const { linkType, bytes } = event.packet;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  let type = (buffer[0] ?? 0) >> 4 === 6 ? ethertype.IPV6 : ethertype.IPV4;
  if (linkType === ETHERNET) {
    if (buffer.length < ETHERNET_LENGTH + 4) return undefined;
    offset = buffer.readUInt16BE(12) === ethertype.VLAN ? ETHERNET_LENGTH + 4 : ETHERNET_LENGTH;
    type = buffer.readUInt16BE(offset - 2);
  }
  const decoded = decode(type, buffer.subarray(offset));
  // Not of the probe: hosts that came up tell of themselves.
  if (decoded.target !== undefined && isMulticast(decoded.target)) return undefined;
  return {
    ...decoded,
    here,
    dev: event.interface?.name ?? '',
    ...whatHappened(event),
  };
}
