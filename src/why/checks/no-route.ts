// The kernel has no way for the packet: which missing, forbidding or wrong piece makes it so.
import type { FoundNamespace } from '../../netns/discover.ts';
import type { Observation } from '../facts/observations.ts';
import { decide, lookupOf, ruleWords, sameAddress, thrown } from '../fib.ts';
import { type Finding, familyOption, interfaceSetting, ipIn, sysctl } from '../finding.ts';
import { properRoute } from '../fixes.ts';
import type { Hop, PacketSpec } from '../packet.ts';
import type { Snapshot } from '../snapshot.ts';
import { type State, setting } from '../state.ts';
import { forbidden } from './forbidding-route.ts';
import { leads, refusedAtEntry } from './ingress-validation.ts';
import { missingLocalRoute } from './local-route.ts';
import { missing } from './missing-route.ts';

/** `words` is what the kernel answered; `previous` the hop the packet came from. */
export async function explainNoRoute(
  snapshot: Snapshot,
  hop: Hop,
  spec: PacketSpec,
  words: string,
  previous?: Hop,
): Promise<Finding> {
  const { here, ingress } = hop;
  const { family, target, source } = spec;
  const state = await snapshot.state(here);
  const step = spec.reply ? 'back' : ingress === undefined ? 'route' : 'hops';
  const evidence: Observation[] = [
    {
      code: 'route-lookup',
      facts: {
        netns: here.label,
        target,
        ...(ingress === undefined ? {} : { source: source ?? '?', arrivesBy: ingress.link.name }),
        error: words,
      },
    },
  ];
  const lookup = lookupOf(spec, ingress?.link.name);
  const decision = decide(state, lookup);

  const unclaimed = ingress && (await missingLocalRoute(snapshot, hop, spec));
  if (unclaimed !== undefined) return unclaimed;
  const martian = await loopbackSource(snapshot, hop, spec, evidence);
  if (martian !== undefined) return martian;
  const unruled = missingRule(state, here, spec, step, evidence);
  const own = snapshot.topology
    .of(here)
    .some((node) => node.link.addresses.some((assigned) => sameAddress(assigned.address, target)));
  if (unruled !== undefined && (own || decision.kind === 'none')) return unruled;
  if (decision.kind === 'rule') {
    return {
      code: 'policy-rule-forbids',
      step,
      facts: {
        netns: here.label,
        action: decision.rule.action,
        priority: decision.rule.priority,
        target,
        reply: spec.reply,
      },
      evidence,
      fix: [ipIn(here, ...familyOption(family), 'rule', 'delete', ...ruleWords(decision.rule))],
    };
  }
  if (decision.kind === 'route' && /^(blackhole|prohibit|unreachable)$/.test(decision.route.type)) {
    return forbidden(snapshot, here, decision.route, spec, step, evidence);
  }
  const special = state.routes.find(
    ({ type, dst, protocol }) => type === words && protocol !== 'kernel' && sameAddress(dst, target),
  );
  if (special !== undefined) return forbidden(snapshot, here, special, spec, step, evidence);
  const turn = previous === undefined ? undefined : wrongTurn(snapshot, hop, spec, previous);
  if (turn !== undefined) return turn;
  if (ingress !== undefined && source !== undefined) {
    const refused = await refusedAtEntry(snapshot, hop, spec, evidence);
    if (refused !== undefined) return refused;
  }
  const throwing = thrown(state, lookup);
  if (throwing !== undefined && decision.kind === 'none') {
    return forbidden(snapshot, here, throwing, spec, step, evidence);
  }
  if (decision.kind === 'route' && ingress !== undefined) {
    return {
      code: 'refused-at-entry',
      step,
      facts: {
        netns: here.label,
        source: source ?? '?',
        target,
        interface: ingress.link.name,
        command: ipIn(here, 'route', 'get', target, 'from', source ?? '', 'iif', ingress.link.name),
      },
      evidence,
      fix: [],
      possible: true,
    };
  }
  return missing(snapshot, here, spec, step, evidence, ingress === undefined);
}

/** A source of 127.0.0.0/8 may leave only where route_localnet allows it (ip-sysctl): for a published port, by DNAT. */
async function loopbackSource(
  snapshot: Snapshot,
  { here, ingress }: Hop,
  { family, source, target, reply }: PacketSpec,
  evidence: readonly Observation[],
): Promise<Finding | undefined> {
  if (
    family !== 4 ||
    ingress !== undefined ||
    reply ||
    !source?.startsWith('127.') ||
    target.startsWith('127.')
  )
    return undefined;
  const answer = await snapshot.route(here, { family, target });
  if (answer.kind !== 'away') return undefined;
  const state = await snapshot.state(here);
  if (setting(state, 4, answer.dev, 'route_localnet', true) !== 0) return undefined;
  const localnet = interfaceSetting(4, answer.dev, 'route_localnet');
  return {
    code: 'route-localnet',
    step: 'route',
    facts: { netns: here.label, source, target, interface: answer.dev },
    evidence: [...evidence, { code: 'setting', facts: { netns: here.label, setting: localnet, value: '0' } }],
    fix: [sysctl(here, localnet, 1)],
  };
}

/** The rules that make the kernel look into the tables main and local at all (ip-rule(8)). */
function missingRule(
  state: State,
  here: FoundNamespace,
  { family }: PacketSpec,
  step: Finding['step'],
  evidence: readonly Observation[],
): Finding | undefined {
  for (const [table, priority] of [
    ['local', 0],
    ['main', 32766],
  ] as const) {
    if (state.rules.some((rule) => rule.family === family && rule.table === table)) continue;
    return {
      code: 'policy-rule-missing',
      step,
      facts: { netns: here.label, table },
      evidence: [...evidence, { code: 'lookup-rule-absent', facts: { netns: here.label, family, table } }],
      fix: [ipIn(here, ...familyOption(family), 'rule', 'add', 'pref', String(priority), 'lookup', table)],
    };
  }
  return undefined;
}

/** The hop before sent it to a router from which the only way leads back: its route is the wrong one. */
function wrongTurn(snapshot: Snapshot, hop: Hop, spec: PacketSpec, previous: Hop): Finding | undefined {
  const home = snapshot.home(hop.here, spec.target);
  if (home === undefined || previous.exit === undefined) return undefined;
  if (sameAddress(previous.nextHop!, spec.target)) return undefined;
  const onward = properRoute(snapshot, hop.here, spec.target);
  if (leads(snapshot, hop.ingress!, home, previous.here) && onward?.exit !== hop.ingress) return undefined;
  const proper = properRoute(snapshot, previous.here, spec.target);
  if (proper === undefined || proper.gateway === previous.nextHop) return undefined;
  return {
    code: 'wrong-gateway',
    step: spec.reply ? 'back' : previous.ingress === undefined ? 'route' : 'hops',
    facts: {
      kind: 'dead-end',
      netns: previous.here.label,
      route: spec.target,
      target: spec.target,
      interface: previous.exit.link.name,
      gateway: previous.nextHop!,
      router: hop.here.label,
      ...(proper.gateway === undefined ? {} : { rightGateway: proper.gateway }),
      rightInterface: proper.exit.link.name,
    },
    evidence: [{ code: 'only-way-back', facts: { netns: hop.here.label, target: spec.target } }],
    fix: [[...ipIn(previous.here, 'route', 'replace', ...proper.words)]],
  };
}
