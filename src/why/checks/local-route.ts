// A route of type local makes a namespace take for itself what is another's (ip-route(8), "AnyIP").
import { isLoopback } from '../../netns/prefix.ts';
import { named } from '../facts/names.ts';
import { decide, routeWords } from '../fib.ts';
import { type Finding, familyOption, ipIn } from '../finding.ts';
import type { Hop, PacketSpec } from '../packet.ts';
import type { Snapshot } from '../snapshot.ts';

/** The packet is delivered where none of the interfaces has its target, and another namespace has it. */
export async function localRoute(
  snapshot: Snapshot,
  { here, ingress }: Hop,
  now: PacketSpec,
): Promise<Finding | undefined> {
  if (isLoopback(now.target) || snapshot.has(here, now.target)) return undefined;
  const home = snapshot.home(here, now.target);
  if (home === undefined || home.namespace === here) return undefined;
  const state = await snapshot.state(here);
  const decision = decide(state, {
    family: now.family,
    target: now.target,
    ...(now.source === undefined ? {} : { source: now.source }),
    ...(ingress === undefined ? {} : { iif: ingress.link.name }),
  });
  if (decision.kind !== 'route' || decision.route.type !== 'local') return undefined;
  const { route } = decision;
  const table = route.table === undefined ? ['table', 'local'] : [];
  return {
    code: 'local-route',
    effect: 'diverts',
    step: now.reply ? 'back' : ingress === undefined ? 'route' : 'hops',
    facts: { netns: here.label, target: now.target, route: route.dst, owner: named(home) },
    evidence: [
      {
        code: 'route',
        facts: {
          netns: here.label,
          table: route.table ?? 'local',
          type: 'local',
          route: route.dst,
          ...(route.dev === undefined ? {} : { interface: route.dev }),
        },
      },
      { code: 'no-owner', facts: { netns: here.label, address: now.target } },
    ],
    fix: [ipIn(here, ...familyOption(now.family), 'route', 'delete', ...localWords(route), ...table)],
  };
}

function localWords(route: Parameters<typeof routeWords>[0]): string[] {
  const words = routeWords(route);
  return words[0] === 'local' ? words : ['local', ...words];
}
