// Routes of type local decide what a namespace accepts as its own: one too many takes what is another's (ip-route(8),
// "AnyIP"), one too few leaves its own address to be routed elsewhere.
import { covers, isLoopback, parsePrefix } from '../../netns/prefix.ts';
import { named } from '../facts/names.ts';
import { decide, routeWords, sameAddress } from '../fib.ts';
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

/** An interface that is up has the target, but the route that the kernel made for it (fib_add_ifaddr) is gone. */
export async function missingLocalRoute(
  snapshot: Snapshot,
  { here }: Hop,
  { family, target, reply }: PacketSpec,
): Promise<Finding | undefined> {
  const owns = ({
    address,
    tentative,
    duplicate,
  }: {
    address: string;
    tentative?: boolean;
    duplicate?: boolean;
  }) => sameAddress(address, target) && !tentative && !duplicate;
  const owner = snapshot.topology.of(here).find(({ link }) => link.up && link.addresses.some(owns));
  if (owner === undefined) return undefined;
  const { routes } = await snapshot.state(here);
  const covering = routes.some(({ type, dst }) => {
    const prefix = parsePrefix(dst, family);
    return type === 'local' && prefix.family === family && covers(prefix, target);
  });
  if (covering) return undefined;
  const route = ['local', target, 'dev', owner.link.name, 'table', 'local', 'proto', 'kernel'];
  return {
    code: 'local-route-missing',
    step: reply ? 'back' : 'hops',
    facts: { ...named(owner), target, reply },
    evidence: [
      { code: 'address', facts: { ...named(owner), address: target, isDuplicate: false } },
      { code: 'no-route', facts: { netns: here.label, target } },
    ],
    fix: [ipIn(here, ...familyOption(family), 'route', 'add', ...route)],
  };
}

function localWords(route: Parameters<typeof routeWords>[0]): string[] {
  const words = routeWords(route);
  return words[0] === 'local' ? words : ['local', ...words];
}
