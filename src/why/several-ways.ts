// Several connections, where a next hop, a socket or a target is chosen for each: some may fail though the first got through.
import { tracePaths } from './both-paths.ts';
import { ruleText } from './checks/filtering.ts';
import { checkListener } from './checks/listener.ts';
import { type Evidence, packetSpec, sightingsFor } from './evidence.ts';
import { chainNamed } from './facts/names.ts';
import type { Observation } from './facts/observations.ts';
import type { DividingRule } from './facts/routes.ts';
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
  const cause = flow === undefined ? undefined : await causeOf(evidence, flow, failed.outcome === 'refused');
  evidence.findings.push(
    cause === undefined
      ? {
          code: 'multipath-part',
          effect: 'some',
          step: 'hops',
          facts: { address: request.address!, port: request.port!, ...(await dividingRule(evidence)) },
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

async function causeOf(
  evidence: Evidence,
  flow: Evidence['flows'][number],
  refused: boolean,
): Promise<Finding | undefined> {
  const sightings = sightingsFor(evidence, flow);
  const packet = { ...packetSpec(evidence), ...(flow.port === undefined ? {} : { ownPort: flow.port }) };
  const { there, back } = await tracePaths(evidence, packet, sightings);
  const progress = progressOf(evidence.request.asker, there, back, { ...evidence.seen, sightings });
  const { place: _, ...found } =
    [...there.findings, ...(back?.findings ?? [])].find(
      (finding) => !finding.possible && !contradicted(finding, progress),
    ) ?? {};
  if ('code' in found) return found as Finding;
  const { arrived, spec } = there;
  // A port without a listener answers.
  if (arrived === undefined || !refused) return undefined;
  const dev = arrived.ingress?.link.name ?? 'lo';
  return (await checkListener(evidence.snapshot, arrived.here, spec, dev)).finding;
}

/** The rule on the way that gives connections different targets. */
async function dividingRule({
  pathNamespaces,
  snapshot,
}: Evidence): Promise<{ rule?: DividingRule } | undefined> {
  for (const here of pathNamespaces) {
    const { chains } = (await snapshot.state(here)).firewall;
    const chain = chains.find(({ rules }) => rules.some(({ divides }) => divides));
    const rule = chain?.rules.find(({ divides }) => divides);
    if (chain === undefined || rule === undefined) continue;
    const text = await ruleText(here, chain, rule);
    return { rule: { netns: here.label, chain: chainNamed(chain), rule: text } };
  }
  return undefined;
}
