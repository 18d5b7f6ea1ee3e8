// Several connections, where one of several next hops decides: some may fail though the first got through.
import { tracePaths } from './both-paths.ts';
import { type Evidence, packetSpec, sightingsFor } from './evidence.ts';
import type { Observation } from './facts/observations.ts';
import type { Finding } from './finding.ts';
import { contradicted, progressOf } from './progress.ts';

/** A finding where some connections were answered and others were not. */
export async function checkMore(evidence: Evidence): Promise<void> {
  const { probes, flows, request } = evidence;
  if (probes?.port?.outcome !== 'open') return;
  const index = probes.more.findIndex((result) => result.outcome !== 'open');
  const failed = probes.more[index];
  if (failed === undefined) return;
  const flow = flows.find(({ name, port }) => name === 'more' && port === failed.ownPort);
  const count = probes.more.filter((result) => result.outcome !== 'open').length;
  const seen: Observation = {
    code: 'connections-failed',
    facts: { failed: count, total: probes.more.length + 1, error: failed.words },
  };
  // One of several sockets is to blame, and was found already.
  const stuck = evidence.findings.find(
    (finding) => finding.code === 'backlog-full' || finding.code === 'server-stopped',
  );
  if (stuck !== undefined) {
    stuck.effect = 'some';
    stuck.evidence = [seen, ...stuck.evidence];
    return;
  }
  const cause = flow === undefined ? undefined : await causeOf(evidence, flow);
  evidence.findings.push(
    cause === undefined
      ? {
          code: 'multipath-part',
          effect: 'some',
          step: 'hops',
          facts: { address: request.address!, port: request.port! },
          evidence: [seen],
          fix: [],
        }
      : {
          ...cause,
          effect: 'some',
          context: [...(cause.context ?? []), { kind: 'some-connections' }],
          evidence: [seen, ...cause.evidence],
        },
  );
}

async function causeOf(evidence: Evidence, flow: Evidence['flows'][number]): Promise<Finding | undefined> {
  const sightings = sightingsFor(evidence, flow);
  const packet = { ...packetSpec(evidence), ...(flow.port === undefined ? {} : { ownPort: flow.port }) };
  const { there, back } = await tracePaths(evidence, packet, sightings);
  const progress = progressOf(evidence.request.asker, there, back, { ...evidence.seen, sightings });
  const { place: _, ...found } =
    [...there.findings, ...(back?.findings ?? [])].find(
      (finding) => !finding.possible && !contradicted(finding, progress),
    ) ?? {};
  return 'code' in found ? (found as Finding) : undefined;
}
