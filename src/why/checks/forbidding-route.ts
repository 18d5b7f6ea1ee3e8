// Routes that refuse packets: blackhole, prohibit, unreachable, throw.
import type { FoundNamespace } from '../../netns/discover.ts';
import type { Observation } from '../facts/observations.ts';
import { decide, routeWords } from '../fib.ts';
import { type Finding, familyOption, ipIn } from '../finding.ts';
import { addRoute, properRoute } from '../fixes.ts';
import type { PacketSpec } from '../packet.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Route } from '../state.ts';

export async function forbidden(
  snapshot: Snapshot,
  here: FoundNamespace,
  route: Route,
  spec: PacketSpec,
  step: Finding['step'],
  evidence: readonly Observation[],
): Promise<Finding> {
  const { target, family } = spec;
  const fix = [ipIn(here, ...familyOption(family), 'route', 'delete', ...routeWords(route))];
  // It may have taken the place of the right route.
  const state = await snapshot.state(here);
  const rest = decide(state, { family, target }, route);
  const proper = properRoute(snapshot, here, target);
  if (
    proper !== undefined &&
    (rest.kind !== 'route' || (rest.route.dev !== undefined && rest.route.dev !== proper.exit.link.name))
  ) {
    fix.push(addRoute(here, proper));
  }
  return {
    code: 'route-forbids',
    step,
    facts: {
      netns: here.label,
      type: route.type,
      route: route.dst,
      ...(route.table !== undefined && route.table !== 'main' ? { table: route.table } : {}),
      target,
      reply: spec.reply,
    },
    evidence,
    fix,
  };
}
