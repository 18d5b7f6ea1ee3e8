// How long an answer may take before it counts as none.
import type { FoundNamespace } from '../netns/discover.ts';
import type { Captured } from './capture.ts';
import { sameAddress } from './fib.ts';
import type { Request } from './request.ts';
import type { Sighting } from './sightings.ts';
import type { Snapshot } from './snapshot.ts';
import { HARMLESS_QUEUES, type State } from './state.ts';

/** Milliseconds: in the kernel of one machine an answer takes microseconds, however busy its processors are. */
const SHORT = 400;
/** Beyond this machine, through programs and queues, and where a router waits before it answers ARP for others. */
const LONG = 1000;

/** Milliseconds to wait for an answer from the target. `near`: the namespaces on the way. */
export async function patienceFor(
  { asker, address }: Request,
  snapshot: Snapshot,
  pathNamespaces: readonly FoundNamespace[],
): Promise<number> {
  if (address === undefined || snapshot.home(asker, address) === undefined) return LONG;
  const states = await Promise.all(pathNamespaces.map((netns) => snapshot.state(netns)));
  const byProgram = pathNamespaces.some((netns) =>
    netns.interfaces?.some(({ kind, up }) => kind === 'tun' && up),
  );
  return byProgram || states.some(delays) || states.some((state) => resolving(state).length > 0)
    ? LONG
    : SHORT;
}

/** Whether packets may be held back there for a while. */
function delays({ qdiscs, packetSockets, proxies, settings, firewall }: State): boolean {
  return (
    packetSockets > 0 ||
    qdiscs.some(({ kind }) => !HARMLESS_QUEUES.test(kind) && kind !== 'clsact' && kind !== 'ingress') ||
    // proxy_delay: up to 0.8 seconds (arp(7)).
    proxies ||
    [...settings].some(([name, value]) => /\/proxy_(arp|arp_pvlan|ndp)$/.test(name) && value === '1') ||
    firewall.chains.some(({ rules }) => rules.some(({ text }) => /\b(queue|NFQUEUE)\b/.test(text)))
  );
}

/**
 * The neighbours that were being resolved before anything was sent: the kernel repeats its request only
 * once a second, three times, and then drops the queued packets, even if the network works by now.
 */
export function resolving({ neighbours }: State): string[] {
  return neighbours.filter(({ state }) => state.includes('INCOMPLETE')).map(({ dst }) => dst);
}

/**
 * Whether one of these was not requested again while the probe ran, or answered only then: packets
 * lost or late for want of its address say nothing about the network's current state.
 */
export function heldBack(
  before: readonly { here: FoundNamespace; addresses: readonly string[] }[],
  packets: readonly Captured[],
): boolean {
  return before.some(({ here, addresses }) =>
    addresses.some((address) => {
      const about = packets.filter(
        (packet) =>
          packet.here.inode === here.inode &&
          packet.resolving !== undefined &&
          sameAddress(packet.resolving.address, address),
      );
      const isAsked = about.some(({ direction, resolving }) => direction === 'out' && !resolving!.reply);
      const isAnswered = about.some(({ direction, resolving }) => direction === 'in' && resolving!.reply);
      return !isAsked || isAnswered;
    }),
  );
}

/**
 * Whether a link-layer address was asked for where the packet itself was not seen to leave: it waited for the answer, which
 * is late if a processor has much else to do (ksoftirqd), for instance of a router that was never asked to forward before.
 */
export function waitedForAddress(packets: readonly Captured[], sightings: readonly Sighting[]): boolean {
  return packets.some(
    ({ here, dev, direction, resolving }) =>
      resolving?.reply === false &&
      direction === 'out' &&
      !sightings.some(
        (sighting) =>
          sighting.role === 'request' &&
          sighting.direction === 'out' &&
          sighting.here.inode === here.inode &&
          sighting.dev === dev,
      ),
  );
}
