// What the captures saw: where the packet was last seen on its way, and the answer on its way back.
import type { Evidence } from './evidence.ts';
import type { ObservedPath, SeenAt } from './facts/observed-path.ts';
import type { Sighting } from './sightings.ts';

/**
 * Follows the probe's packets from capture to capture: the connection's first packet if a port was given, else the
 * ping. Undefined if no capture was possible.
 */
export function observedPath({ request, seen, probes }: Evidence): ObservedPath | undefined {
  const { asker, port, protocol } = request;
  if (!seen.listened.has(asker)) return undefined;
  const there = points(seen.sightings, 'request');
  const back = points(seen.sightings, 'answer');
  const errors = points(seen.sightings, 'error');
  const answered =
    port === undefined ? probes?.ping.outcome === 'answered' : probes?.port?.outcome === 'open';
  const resolving = there.length === 0 ? resolution(asker, seen.sightings) : undefined;
  const returned = there.length > 0 && back.at(-1)?.here.inode === asker.inode;
  const lost = answered || returned ? undefined : whereLost(there, back);
  return {
    protocol,
    from: asker.label,
    answered,
    there: there.map(seenAt),
    back: back.map(seenAt),
    errors: errors.map(seenAt),
    ...(errors[0]?.source === undefined ? {} : { errorSource: errors[0].source }),
    ...(resolving === undefined ? {} : { resolving }),
    ...(lost === undefined ? {} : { lost }),
  };
}

function whereLost(there: readonly Sighting[], back: readonly Sighting[]): ObservedPath['lost'] {
  const last = there.at(-1);
  if (last === undefined) return 'unsent';
  if (back.length > 0) return 'answer';
  return last.direction === 'out' ? 'sent' : 'arrived';
}

/** Nothing was sent: most likely the next hop's link-layer address is unknown; an answer to the request for it settles that. */
function resolution(
  asker: Evidence['request']['asker'],
  sightings: readonly Sighting[],
): ObservedPath['resolving'] {
  const all = sightings.filter(
    ({ resolving, here }) => resolving !== undefined && here.inode === asker.inode,
  );
  const asked = all.find(({ direction, resolving }) => direction === 'out' && !resolving!.reply);
  if (asked === undefined) return undefined;
  const { address } = asked.resolving!;
  const answered = all.some(
    ({ direction, resolving }) => direction === 'in' && resolving!.reply && resolving!.address === address,
  );
  return { interface: asked.dev, address, answered };
}

function seenAt({ direction, dev, here }: Sighting): SeenAt {
  return { direction, interface: dev, netns: here.label };
}

/** The first sighting at each interface and direction, in order of time. */
function points(sightings: readonly Sighting[], role: Sighting['role']): Sighting[] {
  const found = new Map<string, Sighting>();
  for (const sighting of sightings) {
    const key = `${sighting.here.inode} ${sighting.dev} ${sighting.direction}`;
    if (sighting.role === role && !found.has(key)) found.set(key, sighting);
  }
  return [...found.values()];
}
