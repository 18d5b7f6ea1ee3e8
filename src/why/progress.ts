// How far the captures saw the packet on the path that it should take, and which findings that contradicts.
import type { FoundNamespace } from '../netns/discover.ts';
import { sameAddress } from './fib.ts';
import type { Finding } from './finding.ts';
import type { Point } from './packet.ts';
import type { Sighting } from './sightings.ts';
import type { Path } from './trace-path.ts';

/** Index of the last point of the path at which the packet was seen; -1: at none. */
function furthest(path: Path, sightings: readonly Sighting[], role: 'request' | 'answer'): number {
  const seen = new Set(
    sightings.filter((sighting) => sighting.role === role).map((sighting) => key(sighting)),
  );
  return path.points.findLastIndex((point) => seen.has(key(point)));
}

function key({ here, dev, direction }: Point): string {
  return `${here.inode} ${direction} ${dev}`;
}

/**
 * The same for the request for the next hop's link-layer address (ARP, neighbour solicitation), where the packet itself
 * waits for the answer: what loses the request on the link loses the packet.
 */
function questioned(path: Path, sightings: readonly Sighting[], reached: number): number {
  // The wire that the packet waits at begins after the last point where it was seen.
  const exit = path.points[reached + 1];
  if (exit === undefined) return reached;
  const asked = sightings.find(
    ({ resolving, direction, here, dev }) =>
      resolving?.reply === false &&
      direction === 'out' &&
      key({ here, dev, direction }) === key(exit) &&
      path.hops.some((hop) => hop.nextHop !== undefined && sameAddress(hop.nextHop, resolving.address)),
  )?.resolving;
  if (asked === undefined) return reached;
  const seen = new Set(
    sightings
      .filter(({ resolving }) => resolving?.address === asked.address && resolving.asker === asked.asker)
      .map((sighting) => key(sighting)),
  );
  let index = reached;
  while (path.points[index + 1] !== undefined && seen.has(key(path.points[index + 1]))) index += 1;
  return index;
}

/** What the captures say of where packets were lost: the last points at which they were seen. */
export interface Progress {
  there: number;
  /** The last point that the request for a link-layer address came to, which the packet waits for. */
  asked: { there: number; back: number };
  /** Undefined where the request did not get to its target: then nothing was answered. */
  back?: number;
  /** Points that were not captured at: not to be seen there says nothing. */
  watched(way: 'there' | 'back', index: number): boolean;
}

export interface Seen {
  sightings: readonly Sighting[];
  listened: ReadonlySet<FoundNamespace>;
}

/** Undefined if nothing was captured in the asker's namespace: then nothing is known. */
export function progressOf(
  asker: FoundNamespace,
  there: Path | undefined,
  back: Path | undefined,
  { sightings, listened }: Seen,
): Progress | undefined {
  if (there === undefined || !listened.has(asker)) return undefined;
  const reached = furthest(there, sightings, 'request');
  const end = there.points.length - 1;
  const answered = sightings.some(({ role }) => role === 'answer');
  const inodes = new Set([...listened].map((netns) => netns.inode));
  const watched = (way: 'there' | 'back', index: number) => {
    const point = (way === 'there' ? there : back)?.points[index];
    return point === undefined ? index < 0 : inodes.has(point.here.inode);
  };
  // To itself a namespace sends by lo, which is no point of the path.
  const arrived =
    there.arrived !== undefined && (end < 0 || reached === end || !watched('there', end) || answered);
  const asked = { there: questioned(there, sightings, reached), back: -1 };
  if (!arrived) return { there: reached, asked, watched };
  const returned = back === undefined ? -1 : furthest(back, sightings, 'answer');
  return {
    there: Math.max(reached, end),
    back: returned,
    asked: { ...asked, back: back === undefined ? -1 : questioned(back, sightings, returned) },
    watched,
  };
}

/** Whether the packet was seen past the place of the finding, or was lost before it came there. */
export function contradicted({ place }: Finding, progress: Progress | undefined): boolean {
  if (place === undefined || progress === undefined) return false;
  const reached = place.way === 'there' ? progress.there : progress.back;
  if (reached === undefined) return true;
  const furthestSeen = Math.max(reached, progress.asked[place.way]);
  return reached > place.upper || (furthestSeen < place.lower && progress.watched(place.way, place.lower));
}
