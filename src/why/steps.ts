// The examination as the steps a person would take, each with what it showed.

import { addressesOf } from '../netns/topology.ts';
import type { Evidence } from './evidence.ts';
import { named } from './facts/names.ts';
import type { StepFacts } from './facts/steps.ts';
import { sameAddress } from './fib.ts';
import { type Finding, STEPS, type Step, type StepName } from './finding.ts';
import { observedPath } from './observed-path.ts';
import type { Hop } from './packet.ts';

/** One entry per step, in order: steps before the cause are ok, those after it were not reached; probes have their own results. */
export async function stepsOf(evidence: Evidence, cause: Finding | undefined): Promise<Step[]> {
  const names = Object.keys(STEPS) as StepName[];
  const failedAt = cause === undefined ? names.length : names.indexOf(cause.step);
  const steps: Step[] = [];
  for (const [index, name] of names.entries()) {
    const isProbe = name === 'ping' || name === 'port' || name === 'capture';
    if (cause?.step === name) steps.push({ name, status: 'failed', finding: cause });
    else if (
      cause !== undefined &&
      !isProbe &&
      !evidence.reachable &&
      index > failedAt &&
      !(cause.step === 'address' && index < names.indexOf('route'))
    )
      steps.push({ name, status: 'skipped', behind: cause.step });
    else {
      const seen = await LOOKS[name](evidence);
      if (seen !== undefined) steps.push({ name, ...seen } as Step);
    }
  }
  return steps;
}

/** What a step showed, and whether that is as it should be; undefined where there is nothing to say. */
type Seen<Name extends StepName> = { status: Step['status']; facts: StepFacts[Name] } | undefined;

const ok = <Facts>(facts: Facts) => ({ status: 'ok', facts }) as const;
const skipped = <Facts>(facts: Facts) => ({ status: 'skipped', facts }) as const;
const failed = <Facts>(facts: Facts) => ({ status: 'failed', facts }) as const;

const LOOKS: { readonly [Name in StepName]: (evidence: Evidence) => Seen<Name> | Promise<Seen<Name>> } = {
  namespace: ({ request: { asker } }) => ok({ netns: asker.label, inode: asker.inode }),
  loopback: ({ request: { asker }, snapshot }) => {
    const lo = snapshot.topology.find(asker, 'lo');
    if (lo === undefined) return skipped({ netns: asker.label, state: 'unseen' });
    return lo.link.up
      ? ok({ netns: asker.label, state: 'up' })
      : failed({ netns: asker.label, state: 'down' });
  },
  address: ({ request: { asker, family }, snapshot }) => {
    const addresses = snapshot.topology
      .of(asker)
      .filter((node) => node.link.kind !== 'loopback')
      .flatMap((node) =>
        addressesOf(node, family).map(({ address, prefix }) => ({
          interface: node.link.name,
          address,
          prefix,
        })),
      );
    return addresses.length > 0 ? ok({ family, addresses }) : skipped({ family, addresses });
  },
  owner: ({ request: { asker, address, understood }, snapshot }) => {
    if (address === undefined) return skipped({ understood });
    const home = snapshot.home(asker, address);
    return home === undefined
      ? skipped({ understood, address })
      : ok({ understood, address, owner: named(home) });
  },
  route: ({ request: { address }, there }) => {
    const first = there?.hops[0];
    if (first?.exit === undefined)
      return first !== undefined && there?.arrived === first ? ok({ address: address! }) : undefined;
    const { source, target } = there!.spec;
    return ok({
      address: address!,
      ...gatewayOf(first, target),
      interface: first.exit.link.name,
      ...(source === undefined ? {} : { source }),
    });
  },
  link: ({ there }) => {
    const first = there?.hops[0];
    return first?.exit === undefined ? undefined : ok(linkOf(first));
  },
  neighbour: async ({ request: { asker }, snapshot, there, probes }) => {
    const first = there?.hops[0];
    if (first?.exit === undefined) return undefined;
    const state = await snapshot.state(asker);
    const nextHop = first.nextHop!;
    const entry = state.neighbours.find(
      (neighbour) => neighbour.dev === first.exit!.link.name && sameAddress(neighbour.dst, nextHop),
    );
    const facts = { nextHop, state: entry?.state ?? [] };
    if (entry?.lladdr !== undefined) return ok({ ...facts, mac: entry.lladdr });
    const isFailed = entry?.state.includes('FAILED') && probes?.ping.outcome !== 'answered';
    return isFailed ? failed(facts) : skipped(facts);
  },
  hops: ({ there, reachable }) => {
    const hops = there?.hops ?? [];
    if (hops.length < 2) return undefined;
    const namespaces = hops.map((hop) => hop.here.label);
    // If the packet does not arrive, the last namespace is a router as well; other steps cover it.
    if (there?.arrived === undefined) return reachable ? skipped({ namespaces }) : ok({ namespaces });
    const routers = hops.slice(1, -1).filter((hop) => hop.exit !== undefined);
    return ok({ namespaces, routers: routers.map((hop) => hop.here.label) });
  },
  firewall: firewallsOf,
  back: ({ there, back }) => {
    const first = there?.hops[0];
    const start = back?.hops[0];
    if (start?.exit === undefined)
      return there?.arrived === first && first !== undefined ? undefined : skipped({});
    const { target } = back!.spec;
    const route = { netns: start.here.label, target, ...gatewayOf(start, target) };
    return ok({ route: { ...route, interface: start.exit.link.name } });
  },
  mtu: ({ probes }) => {
    const large = probes?.large;
    // Nothing was tried where the way leads over no wire.
    if (large === undefined && probes?.ping.outcome === 'answered') return undefined;
    if (large === undefined) return skipped({});
    const { size, words: said } = large;
    if (large.outcome === 'answered') return ok({ packet: { size, fate: 'answered', said } });
    return large.tooBig
      ? ok({ packet: { size, fate: 'too-big', said } })
      : skipped({ packet: { size, fate: 'lost', said } });
  },
  capture: (evidence) => {
    const observed = observedPath(evidence);
    const refused = evidence.refused?.words;
    if (observed === undefined) return skipped(refused === undefined ? {} : { refused });
    return observed.lost === undefined ? ok({ observed }) : failed({ observed });
  },
  ping: ({ probes }) => {
    const result = probes?.ping;
    if (result === undefined) return skipped({ portWorks: false });
    const said = result.words;
    if (result.outcome === 'missing') return skipped({ said, portWorks: false });
    if (result.outcome === 'answered') return ok({ said, portWorks: false });
    return probes?.port?.outcome === 'open'
      ? skipped({ said, portWorks: true })
      : failed({ said, portWorks: false });
  },
  port: ({ request, probes, listener }) => {
    const result = probes?.port;
    if (result === undefined) return undefined;
    const protocol = request.protocol === 'udp' ? 'udp' : 'tcp';
    const facts = {
      protocol,
      port: request.port!,
      said: result.words,
      ...(result.server === 'waits' ? { isSilent: true } : {}),
      ...(result.payload?.delivered ? { carried: result.payload.bytes } : {}),
    } as const;
    if (result.outcome !== 'open') return failed(facts);
    if (listener === undefined) return ok(facts);
    const { address, port, process } = listener;
    return ok({
      ...facts,
      listener: { address, port, ...(process === undefined ? {} : { process }) },
    });
  },
};

/** The rules of the namespaces passed, if they could be read. */
async function firewallsOf({ there, back, snapshot }: Evidence): Promise<Seen<'firewall'>> {
  const visited = [...new Set([...(there?.hops ?? []), ...(back?.hops ?? [])].map((hop) => hop.here))];
  const namespaces = await Promise.all(
    visited.map(async (namespace) => {
      const { problem, chains } = (await snapshot.state(namespace)).firewall;
      const rules = chains.reduce((sum, chain) => sum + chain.rules.length, 0);
      const netns = namespace.label;
      return { netns, rules, chains: chains.length, ...(problem === undefined ? {} : { problem }) };
    }),
  );
  // Whatever lies beyond the last namespace seen has its own rules.
  const whole = there?.arrived !== undefined;
  const isRead = namespaces.every(({ problem }) => problem === undefined);
  return whole && isRead ? ok({ namespaces, whole }) : skipped({ namespaces, whole });
}

function gatewayOf({ nextHop }: Hop, target: string): { gateway?: string } {
  return nextHop === undefined || sameAddress(nextHop, target) ? {} : { gateway: nextHop };
}

function linkOf({ exit, wire = [] }: Hop): StepFacts['link'] {
  const { name, up, carrier } = exit!.link;
  const leadsTo = wire.slice(1).map((node) => ({ ...named(node), up: node.link.up }));
  return { interface: name, up, carrier, leadsTo };
}
