// What the captures saw: where the packet was last seen on its way, and the answer on its way back.
import type { Sighting } from './capture.ts';
import type { Evidence } from './examine.ts';

export interface Trail {
  /** What was seen, point by point. */
  sentence: string;
  /** Where it was lost; undefined where the answer came back, or nothing can be said. */
  lost?: string;
}

/**
 * Follows the probe's packets from capture to capture: the connection's first packet if a port was asked for, else the
 * ping. Undefined where no capture was to be had.
 */
export function trail({ question, seen, probes }: Evidence): Trail | undefined {
  const { from, port, protocol } = question;
  if (seen === undefined || !seen.listened.has(from)) return undefined;
  const there = points(seen.sightings, 'request');
  const back = points(seen.sightings, 'answer');
  const what = protocol === 'icmp' ? 'echo request' : protocol === 'tcp' ? 'SYN' : 'datagram';
  const answer = protocol === 'icmp' ? 'echo reply' : 'answer';
  const answered =
    port === undefined ? probes?.ping.outcome === 'answered' : probes?.port?.outcome === 'open';
  if (there.length === 0) {
    const asked = seen.sightings.find(
      (one) => one.here === from && one.direction === 'out' && one.kind === 'resolving',
    );
    const resolving =
      asked === undefined ? '' : `; it asks on ${asked.dev} for a link-layer address, and gets none`;
    const sentence = `no ${what} leaves ${from.label}${resolving}`;
    return answered ? { sentence: `no ${what} was captured` } : { sentence, lost: sentence };
  }
  const way = `${what}: ${there.map(pointText).join(', ')}`;
  if (back.length === 0) {
    if (answered) return { sentence: way };
    const last = there.at(-1)!;
    const silent =
      last.direction === 'out'
        ? `is sent from ${last.dev} in ${last.here.label} and seen no more`
        : `arrives at ${last.dev} in ${last.here.label} and gets no further`;
    return { sentence: `${way}; no ${answer} was seen`, lost: `the ${what} ${silent}` };
  }
  const returned = `${way}; ${answer}: ${back.map(pointText).join(', ')}`;
  const last = back.at(-1)!;
  if (answered || last.here === from) return { sentence: returned };
  return { sentence: returned, lost: `the ${answer} is last seen at ${last.dev} in ${last.here.label}` };
}

function pointText({ direction, dev, here }: Sighting): string {
  return `${direction} ${here.label}:${dev}`;
}

/** The first sighting at each interface and direction, in order of time. */
function points(sightings: readonly Sighting[], kind: Sighting['kind']): Sighting[] {
  const found = new Map<string, Sighting>();
  for (const one of sightings) {
    const key = `${one.here.inode} ${one.dev} ${one.direction}`;
    if (one.kind === kind && !found.has(key)) found.set(key, one);
  }
  return [...found.values()];
}
