// The packet's way, namespace by namespace, as the kernel of each would send it, with what is wrong on it.
import type { FoundNamespace } from '../netns/discover.ts';
import type { Hop, PacketSpec } from './packet.ts';
import { crossingLink } from './path/link.ts';
import {
  forwardAndPostrouting,
  input,
  localOrigin,
  output,
  ownAddressTypes,
  prerouting,
} from './path/netfilter.ts';
import { choosingExit, routing } from './path/route.ts';
import { type Path, Trace, type TraceOptions } from './path/trace.ts';
import { tunnelFindings } from './path/tunnel.ts';
import type { Snapshot } from './snapshot.ts';

export type { Path, TraceOptions } from './path/trace.ts';

/** More hops than any lab has; a loop ends sooner. */
const MOST_HOPS = 32;

/** A part of the path through a namespace. `through` returns true where the path ends. */
interface Stage {
  only?: 'origin' | 'transit';
  through(trace: Trace, hop: Hop): Promise<boolean>;
}

/** What a packet meets in a namespace, in netfilter's order: where it starts, where it comes in, or in both. */
const STAGES: readonly Stage[] = [
  { only: 'transit', through: prerouting },
  { only: 'origin', through: localOrigin },
  { through: routing },
  { only: 'origin', through: output },
  { through: input },
  { through: choosingExit },
  { through: forwardAndPostrouting },
  { through: (trace, hop) => crossingLink(trace, hop, (node) => tunnelFindings(trace, node, tracePath)) },
];

/**
 * Walks from `start` to the spec's target and notes what is wrong, in the order in which the packet would meet it.
 * Ends at the first thing that surely stops it.
 */
export async function tracePath(
  snapshot: Snapshot,
  start: FoundNamespace,
  spec: PacketSpec,
  options: TraceOptions = {},
): Promise<Path> {
  const trace = new Trace(snapshot, start, spec, options);
  while (trace.path.hops.length < MOST_HOPS) {
    const ended = await throughNamespace(trace);
    if (ended) break;
  }
  return trace.path;
}

/** Through one namespace, stage by stage; true where the way ends. */
async function throughNamespace(trace: Trace): Promise<boolean> {
  const { here, ingress } = trace;
  const hop: Hop = { here, ...(ingress === undefined ? {} : { ingress }) };
  trace.path.hops.push(hop);
  trace.types = await ownAddressTypes(trace.snapshot, here);
  for (const { only, through } of STAGES) {
    if (only !== undefined && only !== (ingress === undefined ? 'origin' : 'transit')) continue;
    if (await through(trace, hop)) return true;
  }
  return false;
}
