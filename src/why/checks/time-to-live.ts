// The time to live (hop limit): what a packet starts with, and who made it too short for the way.
import type { FoundNamespace } from '../../netns/discover.ts';
import type { Node } from '../../netns/topology.ts';
import { chainNamed, chainText, named } from '../facts/names.ts';
import { decide } from '../fib.ts';
import { commandIn, type Finding, familyOption, ipIn, setLink, sysctl } from '../finding.ts';
import type { PacketSpec } from '../packet.ts';
import type { Chain, FirewallRule } from '../ruleset.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Route } from '../state.ts';
import { ruleText } from './filtering.ts';

/** Where the number comes from. */
export type TtlOrigin =
  | { kind: 'setting' }
  | { kind: 'tunnel'; node: Node }
  | { kind: 'route'; route: Route }
  | { kind: 'rule'; here: FoundNamespace; aged: { chain: Chain; rule: FirewallRule } };

/** What packets that start here begin with: the route's hoplimit, else the setting. */
export async function initialTtl(
  snapshot: Snapshot,
  here: FoundNamespace,
  { family, target, mark, source }: PacketSpec,
): Promise<{ ttl: number; origin: TtlOrigin }> {
  const state = await snapshot.state(here);
  const decision = decide(state, {
    family,
    target,
    ...(mark === undefined ? {} : { mark }),
    ...(source === undefined ? {} : { source }),
  });
  const route = decision.kind === 'route' ? decision.route : undefined;
  const limit = route?.metrics?.find((metric) => metric.hoplimit !== undefined)?.hoplimit;
  if (route !== undefined && limit) return { ttl: limit, origin: { kind: 'route', route } };
  const name = family === 4 ? 'net/ipv4/ip_default_ttl' : `net/ipv6/conf/${route?.dev ?? 'all'}/hop_limit`;
  return { ttl: Number(state.settings.get(name) ?? 64), origin: { kind: 'setting' } };
}

/** The packet dies at `where`. */
export async function timeToLive(
  snapshot: Snapshot,
  start: FoundNamespace,
  origin: TtlOrigin,
  where: FoundNamespace,
  now: PacketSpec,
): Promise<Finding> {
  const base = { code: 'ttl-too-short', step: now.reply ? 'back' : 'hops' } as const;
  const dropped = { netns: where.label, target: now.target };
  if (origin.kind === 'rule') {
    const { here, aged } = origin;
    const text = await ruleText(here, aged.chain, aged.rule);
    const place = `${chainText(aged.chain)}${aged.rule.handle === undefined ? '' : ` handle ${aged.rule.handle}`}`;
    return {
      ...base,
      step: 'firewall',
      facts: { ...dropped, origin: { kind: 'rule', netns: here.label, place, rule: text } },
      evidence: [
        {
          code: 'rule',
          facts: {
            netns: here.label,
            chain: chainNamed(aged.chain),
            ...(aged.rule.handle === undefined ? {} : { handle: aged.rule.handle }),
            rule: text,
          },
        },
      ],
      fix: [commandIn(here, ...aged.rule.deletion)],
    };
  }
  if (origin.kind === 'tunnel') {
    const { node } = origin;
    return {
      ...base,
      facts: {
        ...dropped,
        origin: { kind: 'tunnel', ...named(node), ttl: Number(node.link.details.ttl) },
      },
      evidence: [],
      fix: [setLink(node, 'type', 'vxlan', 'ttl', '64')],
    };
  }
  if (origin.kind === 'route') {
    const { route } = origin;
    const hoplimit = route.metrics!.find((metric) => metric.hoplimit !== undefined)!.hoplimit!;
    return {
      ...base,
      facts: { ...dropped, origin: { kind: 'route', netns: start.label, route: route.dst, hoplimit } },
      evidence: [
        {
          code: 'route',
          facts: {
            netns: start.label,
            table: route.table ?? 'main',
            type: route.type,
            route: route.dst,
            hoplimit,
          },
        },
      ],
      fix: [ipIn(start, ...familyOption(now.family), 'route', 'replace', ...withoutLimit(route))],
    };
  }
  const state = await snapshot.state(start);
  const limits =
    now.family === 4
      ? [...state.settings].filter(([path]) => path === 'net/ipv4/ip_default_ttl')
      : [...state.settings].filter(
          ([path, value]) => /^net\/ipv6\/conf\/.*\/hop_limit$/.test(path) && Number(value) < 64,
        );
  const settings = limits.map(([path, value]) => ({ setting: sysctlName(path), value }));
  return {
    ...base,
    facts: {
      ...dropped,
      origin: {
        kind: 'setting',
        netns: start.label,
        setting: now.family === 4 ? 'ip_default_ttl' : 'hop_limit',
      },
    },
    evidence: settings.map((facts) => ({ code: 'setting', facts: { netns: start.label, ...facts } })),
    fix: settings.map(({ setting }) => sysctl(start, setting, 64)),
  };
}

/** The name of a file below /proc/sys, as sysctl(8) takes it: slashes become dots, and dots slashes. */
function sysctlName(path: string): string {
  return path.replace(/[./]/g, (separator) => (separator === '/' ? '.' : '/'));
}

/** The route again, but for its hoplimit. */
function withoutLimit(route: Route): string[] {
  const gateway = route.gateway ?? route.via?.host;
  const others = (route.metrics ?? [])
    .flatMap((metric) => Object.entries(metric))
    .filter(([name]) => name !== 'hoplimit');
  return [
    route.dst,
    ...(gateway === undefined ? [] : ['via', gateway]),
    ...(route.dev === undefined ? [] : ['dev', route.dev]),
    ...(route.prefsrc === undefined ? [] : ['src', route.prefsrc]),
    ...(route.metric ? ['metric', String(route.metric)] : []),
    ...(route.table === undefined || route.table === 'main' ? [] : ['table', route.table]),
    ...others.flatMap(([name, value]) => [name, String(value)]),
  ];
}
