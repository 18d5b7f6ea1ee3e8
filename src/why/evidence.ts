// What is known about the request: what was read, sent, captured and found.
import type { FoundNamespace } from '../netns/discover.ts';
import type { Captured, Refusal } from './capture.ts';
import type { Listener } from './checks/listener.ts';
import type { Dropped, Hint } from './dropped.ts';
import type { Finding } from './finding.ts';
import type { Watch } from './kernel-drops.ts';
import type { PacketSpec } from './packet.ts';
import type { Probes } from './probe.ts';
import type { Seen } from './progress.ts';
import type { Request } from './request.ts';
import { type Flow, keysOf, ownPackets } from './sightings.ts';
import type { Snapshot } from './snapshot.ts';
import type { Path } from './trace-path.ts';

/** The input of `steps` and `rank`. */
export interface Evidence {
  request: Request;
  snapshot: Snapshot;
  /** The namespaces on the way by wiring, read before the first packet. */
  pathNamespaces: FoundNamespace[];
  /** Milliseconds to wait for an answer. */
  patience: number;
  /** A neighbour was being resolved before the first packet, and was resolved late or not at all: silence proves nothing. */
  unsettled: boolean;
  there?: Path;
  back?: Path;
  probes?: Probes;
  /** What was sent, and all that the captures kept meanwhile. */
  flows: Flow[];
  packets: Captured[];
  /** Why nothing was captured in the asker's namespace. */
  refused?: Refusal | undefined;
  /** The kernel's reports of dropped probe packets, and how they were obtained. */
  dropped: Dropped[];
  watch?: Watch;
  hints: Hint[];
  /** Threads that send the probe's packets, and the flow of each. */
  threads: Map<number, Flow['name']>;
  /** The requested packet, as captures saw it. */
  seen: Seen;
  listener?: Listener;
  findings: Finding[];
  reachable?: boolean;
}

/** The captured packets of a flow. */
export function sightingsFor(evidence: Evidence, flow: Flow) {
  return ownPackets(evidence.packets, flowKeys(evidence, flow), flow);
}

/** What the kernel dropped of a flow. */
export function droppedOf(evidence: Evidence, flow: Flow) {
  const own = ownPackets(evidence.dropped, flowKeys(evidence, flow), flow);
  const sent = evidence.dropped.filter((drop) => drop.sent === flow.name || drop.resolvesForAll);
  return [...own, ...sent.map((drop) => ({ ...drop, role: 'request' as const }))];
}

/** A packet dropped before any capture sees it is known from the kernel's report. */
function flowKeys({ packets, dropped, request }: Evidence, flow: Flow): Set<string> {
  return keysOf([...packets, ...dropped], flow, request.asker.inode, request.address!);
}

/** The flow of the request. */
export function askedFlow({ flows, request }: Evidence): Flow | undefined {
  return flows.find(({ name }) => name === (request.port === undefined ? 'ping' : 'port'));
}

export function packetSpec({ request, flows }: Evidence): PacketSpec {
  const { address, family, protocol, port } = request;
  const ownPort = flows.find(({ name }) => name === 'port')?.port;
  return {
    family,
    target: address!,
    protocol,
    ...(port === undefined ? {} : { port }),
    ...(ownPort === undefined ? {} : { ownPort }),
    // A SYN with Linux's usual options, an empty datagram, a ping.
    size: (family === 4 ? 0 : 20) + (protocol === 'tcp' ? 60 : protocol === 'udp' ? 28 : 84),
    reply: false,
  };
}

/** Whether the request succeeds: the port if there is one, else the ping. */
export function passed({ probes, request, there, listener, findings, seen }: Evidence): boolean {
  if (probes === undefined) return false;
  const { port } = probes;
  if (port === undefined) return probes.ping.outcome === 'answered';
  if (port.outcome !== 'open') return false;
  if (request.protocol === 'tcp' || port.answered) return true;
  // Silence is all that a datagram gets: whether it arrived is seen at the other end, where that can be seen.
  if (there?.arrived === undefined) {
    const lost = findings.some((finding) => !finding.possible);
    return !lost && seen.sightings.some(({ role }) => role === 'request');
  }
  // An answer that would not get back is no answer.
  const mute = findings.some(
    (finding) => finding.place?.way === 'back' && !finding.possible && finding.effect !== 'some',
  );
  return listener !== undefined && !mute;
}
