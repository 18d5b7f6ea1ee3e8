// The kernel's tracing reports drops without the packet: the captures show which of them are the probe's: they saw a
// packet of the same length pass the same interface at the same moment, or by the thread on whose behalf it was dropped.
import type { DropEvent, Passage } from '../drops/event.ts';
import type { FoundNamespace } from '../netns/discover.ts';
import type { Captured } from './capture.ts';
import { type Dropped, whatHappened } from './dropped.ts';
import type { Flow } from './sightings.ts';

/** Nanoseconds between the trace's time of a packet and its capture's. */
const NEAR = 2_000_000n;
/** An ARP packet for IPv4 over Ethernet (RFC 826). */
const ARP_LENGTH = 28;
/** A neighbor solicitation with the link-layer address of its sender (RFC 4861, 4.3). */
const SOLICITATION_LENGTH = 72;

interface Seen {
  namespaces: readonly FoundNamespace[];
  packets: readonly Captured[];
  /** The probe's own threads, each with the flow that it sends, and where. */
  threads: ReadonlyMap<number, Flow['name']>;
  asker: FoundNamespace;
}

/** The drop as that of a packet; undefined where nothing ties it to one, or its namespace stays unknown. */
export function tie(event: DropEvent, seen: Seen): Dropped | undefined {
  const { passages = [] } = event;
  for (let index = passages.length - 1; index >= 0; index--) {
    const capture = captureOf(passages[index], event, seen);
    if (capture === undefined) continue;
    const here = index === passages.length - 1 ? capture.here : placeOf(event, seen);
    return here && { ...decodedOf(capture), ...whatHappened(event), here, dev: passages.at(-1)!.interface };
  }
  const flow = event.thread === undefined ? undefined : seen.threads.get(event.thread);
  if (flow === undefined) return undefined;
  return {
    kind: 'ip',
    ...whatHappened(event),
    here: seen.asker,
    dev: event.interface?.name ?? '',
    sent: flow,
    ...(flow !== 'port' && isResolving(passages.at(-1)) ? { resolvesForAll: true } : {}),
  };
}

/** Whether what a ping's thread sent is the request for the neighbor's address: every ping is longer. */
function isResolving(passage: Passage | undefined): boolean {
  return passage?.length === ARP_LENGTH || passage?.length === SOLICITATION_LENGTH;
}

/** The one captured packet that this can have been; undefined where there is none, or another may have been it. */
function captureOf(passage: Passage, { namespace }: DropEvent, { packets }: Seen): Captured | undefined {
  const distance = ({ time }: Captured) => (time > passage.time ? time - passage.time : passage.time - time);
  const like = packets.filter(
    (packet) =>
      packet.dev === passage.interface &&
      packet.direction === passage.direction &&
      (packet.kind === 'arp' ? ARP_LENGTH : packet.size) === passage.length &&
      distance(packet) < NEAR,
  );
  // More of them passed than were captured: some are those of namespaces that nothing listens in.
  if (like.length <= passage.rivals) return undefined;
  const places = new Set(like.map(({ here }) => here.inode));
  const possible = places.size === 1 ? like : like.filter(({ here }) => here.inode === namespace?.inode);
  return possible.sort((a, b) => Number(distance(a) - distance(b)))[0];
}

function placeOf({ namespace, interface: on }: DropEvent, { namespaces }: Seen): FoundNamespace | undefined {
  if (namespace !== undefined) return namespaces.find(({ inode }) => inode === namespace.inode);
  const having = namespaces.filter(({ interfaces = [] }) => interfaces.some(({ name }) => name === on?.name));
  return having.length === 1 ? having[0] : undefined;
}

function decodedOf({ here: _, dev: __, direction: ___, time: ____, otherHost: _____, ...decoded }: Captured) {
  return decoded;
}
