// The path of a packet and, where it arrives, that of its answer.
import type { Evidence } from './evidence.ts';
import type { PacketSpec } from './packet.ts';
import type { Seen } from './progress.ts';
import { type Path, tracePath } from './trace-path.ts';

/** A packet's way to the target, and its answer's. */
export async function tracePaths(
  { request, snapshot }: Evidence,
  packet: PacketSpec,
  observed: Seen['sightings'],
): Promise<{ there: Path; back?: Path }> {
  const { targetNamespace, zone, asker } = request;
  const there = await tracePath(snapshot, asker, packet, {
    ...(targetNamespace === undefined ? {} : { targetNamespace }),
    ...(zone === undefined ? {} : { zone }),
    observed,
  });
  const end = there.arrived;
  if (end === undefined || end.here === asker || there.spec.source === undefined) return { there };
  const { mark: _, ttl: __, ...arrived } = there.spec;
  const back = await tracePath(
    snapshot,
    end.here,
    { ...arrived, source: arrived.target, target: arrived.source!, reply: true },
    {
      undo: there.translations,
      connectionMarks: there.connectionMarks,
      passed: new Set(there.hops.map((hop) => hop.here.inode)),
      ...(zone === undefined || end.ingress === undefined ? {} : { zone: end.ingress.link.name }),
      observed,
    },
  );
  return { there, back };
}
