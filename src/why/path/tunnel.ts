// What a VXLAN's frames meet on their own way to its remote end.
import type { FoundNamespace } from '../../netns/discover.ts';
import { familyOf } from '../../netns/prefix.ts';
import { type Node, remoteOf } from '../../netns/topology.ts';
import { named } from '../facts/names.ts';
import type { Finding } from '../finding.ts';
import type { PacketSpec } from '../packet.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Path, Trace, TraceOptions } from './trace.ts';

type TracePath = (
  snapshot: Snapshot,
  start: FoundNamespace,
  spec: PacketSpec,
  options: TraceOptions,
) => Promise<Path>;

/** A VXLAN's frames are themselves packets (RFC 7348) that must find their way to its remote end. */
export async function tunnelFindings(trace: Trace, node: Node, tracePath: TracePath): Promise<Finding[]> {
  const remote = node.link.kind === 'vxlan' ? remoteOf(node) : undefined;
  const depth = trace.options.depth ?? 0;
  if (remote === undefined || depth > 2) return [];
  const carrier: PacketSpec = {
    family: familyOf(remote)!,
    target: remote,
    protocol: 'udp',
    port: Number(node.link.details.port ?? 4789),
    reply: false,
    // 0: as any packet that starts there (ip-link(8), vxlan).
    ...(Number(node.link.details.ttl) > 0 ? { ttl: Number(node.link.details.ttl) } : {}),
  };
  const { findings } = await tracePath(trace.snapshot, node.namespace, carrier, {
    depth: depth + 1,
    tunnel: node,
  });
  return findings.map(({ place: _, ...finding }) => ({
    ...finding,
    context: [...(finding.context ?? []), { kind: 'tunnel', ...named(node), remote }],
  }));
}
