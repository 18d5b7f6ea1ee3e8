// What the captures saw: where the packet was last seen on its way, and the answer on its way back.
import type { Evidence } from './evidence.ts';
import type { Sighting } from './sightings.ts';

export interface ObservedPath {
  /** What was seen, point by point. */
  sentence: string;
  /** Where it was lost; undefined where the answer came back, or nothing can be said. */
  lost?: string;
}

/**
 * Follows the probe's packets from capture to capture: the connection's first packet if a port was asked for, else the
 * ping. Undefined where no capture was to be had.
 */
export function observedPath({ request, seen, probes }: Evidence): ObservedPath | undefined {
  const { from, port, protocol } = request;
  if (!seen.listened.has(from)) return undefined;
  const there = points(seen.sightings, 'request');
  const back = points(seen.sightings, 'answer');
  const what = protocol === 'icmp' ? 'echo request' : protocol === 'tcp' ? 'SYN' : 'datagram';
  const answer = protocol === 'icmp' ? 'echo reply' : 'answer';
  const answered =
    port === undefined ? probes?.ping.outcome === 'answered' : probes?.port?.outcome === 'open';
  if (there.length === 0) return unsent(from, what, answered, seen.sightings);
  const errors = points(seen.sightings, 'error');
  const reported =
    errors.length === 0 ? '' : `; ICMP error from ${errors[0]!.source}: ${errors.map(pointText).join(', ')}`;
  const way = `${what}: ${there.map(pointText).join(', ')}`;
  if (back.length === 0) {
    if (answered) return { sentence: way };
    const last = there.at(-1)!;
    const silent =
      last.direction === 'out'
        ? `is sent from ${last.dev} in ${last.here.label} and seen no more`
        : `arrives at ${last.dev} in ${last.here.label} and gets no further`;
    return { sentence: `${way}; no ${answer} was seen${reported}`, lost: `the ${what} ${silent}` };
  }
  const returned = `${way}; ${answer}: ${back.map(pointText).join(', ')}${reported}`;
  const last = back.at(-1)!;
  if (answered || last.here.inode === from.inode) return { sentence: returned };
  return { sentence: returned, lost: `the ${answer} is last seen at ${last.dev} in ${last.here.label}` };
}

/** Nothing left: most likely the next hop's link-layer address is not known, and its answer tells whether it came. */
function unsent(
  from: Evidence['request']['from'],
  what: string,
  answered: boolean,
  sightings: readonly Sighting[],
): ObservedPath {
  const resolving = sightings.filter(
    ({ resolving, here }) => resolving !== undefined && here.inode === from.inode,
  );
  const asked = resolving.find(({ direction, resolving }) => direction === 'out' && !resolving!.reply);
  const told = resolving.some(
    ({ direction, resolving }) =>
      direction === 'in' && resolving!.reply && resolving!.address === asked?.resolving?.address,
  );
  const asking =
    asked === undefined
      ? ''
      : told
        ? `; ${asked.resolving!.address} answers the request for its link-layer address on ${asked.dev}`
        : `; it asks on ${asked.dev} for the link-layer address of ${asked.resolving!.address}, and gets none`;
  if (answered) return { sentence: `no ${what} was captured` };
  const sentence = `no ${what} leaves ${from.label}${asking}`;
  return { sentence, lost: sentence };
}

function pointText({ direction, dev, here }: Sighting): string {
  return `${direction} ${here.label}:${dev}`;
}

/** The first sighting at each interface and direction, in order of time. */
function points(sightings: readonly Sighting[], role: Sighting['role']): Sighting[] {
  const found = new Map<string, Sighting>();
  for (const one of sightings) {
    const key = `${one.here.inode} ${one.dev} ${one.direction}`;
    if (one.role === role && !found.has(key)) found.set(key, one);
  }
  return [...found.values()];
}
