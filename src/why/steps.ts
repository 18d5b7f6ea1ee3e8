// The examination as the steps a person would take, each with what it showed.
import { addressesOf, nodeText } from '../netns/topology.ts';
import type { Evidence } from './evidence.ts';
import { sameAddress } from './fib.ts';
import { type Finding, STEPS, type Step, type StepName } from './finding.ts';
import { observedPath } from './observed-path.ts';
import type { Hop } from './packet.ts';

/** One line a step, in order: those before the cause are ok, those after it were not reached, the probes say their own. */
export async function stepsOf(evidence: Evidence, cause: Finding | undefined): Promise<Step[]> {
  const names = Object.keys(STEPS) as StepName[];
  const failedAt = cause === undefined ? names.length : names.indexOf(cause.step);
  const steps: Step[] = [];
  for (const [at, name] of names.entries()) {
    const told = await tell(evidence, name);
    if (cause?.step === name)
      steps.push({ name, status: 'failed', evidence: cause.evidence, finding: cause });
    else if (name === 'ping' || name === 'port' || name === 'trail') {
      if (told !== undefined) steps.push({ name, ...told });
    } else if (
      !evidence.reachable &&
      at > failedAt &&
      !(cause?.step === 'address' && at < names.indexOf('route'))
    ) {
      steps.push({ name, status: 'skipped', evidence: `not reached: see ${STEPS[cause!.step]}` });
    } else if (told !== undefined) steps.push({ name, ...told });
  }
  return steps;
}

type Told = Omit<Step, 'name' | 'finding'>;
const ok = (evidence: string): Told => ({ status: 'ok', evidence });
const skipped = (evidence: string): Told => ({ status: 'skipped', evidence });
const failed = (evidence: string): Told => ({ status: 'failed', evidence });

async function tell(evidence: Evidence, name: StepName): Promise<Told | undefined> {
  const { request, snapshot, there, back, probes, listener } = evidence;
  const { from, address, family } = request;
  const first = there?.hops[0];
  switch (name) {
    case 'namespace':
      return ok(`${from.label} is there (net:[${from.inode}])`);
    case 'loopback': {
      const lo = snapshot.topology.find(from, 'lo');
      if (lo === undefined) return skipped(`no lo is seen in ${from.label}`);
      if (lo.link.up) return ok('lo is up');
      return failed('lo is down');
    }
    case 'address': {
      const all = snapshot.topology
        .of(from)
        .filter((node) => node.link.kind !== 'loopback')
        .flatMap((node) =>
          addressesOf(node, family).map((one) => `${node.link.name} ${one.address}/${one.prefix}`),
        );
      return all.length > 0 ? ok(all.join(', ')) : skipped(`no interface has an IPv${family} address`);
    }
    case 'owner': {
      if (address === undefined) return skipped(`${request.understood} has no address`);
      const home = snapshot.home(from, address);
      const said = request.understood === address ? '' : `${request.understood} is ${address}, `;
      if (home === undefined) return skipped(`${said}no namespace seen here has ${address}`);
      return ok(`${said}${address} is on ${nodeText(home)}`);
    }
    case 'route': {
      if (first?.exit === undefined)
        return first !== undefined && there?.arrived === first
          ? ok(`${address} is its own: by lo`)
          : undefined;
      const via =
        first.nextHop !== undefined &&
        address !== undefined &&
        !sameAddress(first.nextHop, there!.spec.target)
          ? ` via ${first.nextHop}`
          : '';
      return ok(`${address}${via} dev ${first.exit.link.name} src ${there!.spec.source ?? '?'}`);
    }
    case 'link':
      return first?.exit === undefined ? undefined : ok(wireText(first));
    case 'neighbour': {
      if (first?.exit === undefined) return undefined;
      const state = await snapshot.state(from);
      const entry = state.neighbours.find(
        (one) => one.dev === first.exit!.link.name && sameAddress(one.dst, first.nextHop!),
      );
      if (entry?.lladdr !== undefined)
        return ok(`${first.nextHop} is at ${entry.lladdr} (${entry.state.join(',')})`);
      if (entry?.state.includes('FAILED') && probes?.ping.outcome !== 'answered')
        return failed(`${first.nextHop}: nobody answers (FAILED)`);
      return skipped(`nothing known of ${first.nextHop} yet`);
    }
    case 'hops': {
      const hops = there?.hops ?? [];
      if (hops.length < 2) return undefined;
      const labels = hops.map((hop) => hop.here.label).join(' → ');
      // Where it does not arrive the last is a router, too, and what it does is another step's.
      if (there?.arrived === undefined)
        return evidence.reachable ? skipped(`${labels}, and from there on it can't be seen`) : ok(labels);
      const routers = hops.slice(1, -1).filter((hop) => hop.exit !== undefined);
      return ok(
        routers.length === 0
          ? `${labels}, no router between`
          : `${labels}, ${routers.map((hop) => hop.here.label).join(', ')} forward${routers.length === 1 ? 's' : ''}`,
      );
    }
    case 'firewall': {
      return firewallStep(evidence);
    }
    case 'back': {
      const start = back?.hops[0];
      if (start?.exit === undefined)
        return there?.arrived === first && first !== undefined
          ? undefined
          : skipped('the other end can not be seen');
      return ok(
        `${start.here.label}: ${back!.spec.target}${start.nextHop !== undefined && !sameAddress(start.nextHop, back!.spec.target) ? ` via ${start.nextHop}` : ''} dev ${start.exit.link.name}`,
      );
    }
    case 'mtu': {
      const large = probes?.large;
      // Nothing was tried where the way leads over no wire.
      if (large === undefined && probes?.ping.outcome === 'answered') return undefined;
      if (large === undefined) return skipped('not tried: pings are not answered');
      if (large.outcome === 'answered') return ok(`${large.size} bytes get through undivided`);
      return large.tooBig
        ? ok(`${large.size} bytes are too many, and a router says so: ${large.words}`)
        : skipped(large.words);
    }
    case 'trail': {
      const way = observedPath(evidence);
      if (way === undefined) return skipped(evidence.refused?.words ?? 'no capture was to be had');
      return { status: way.lost === undefined ? 'ok' : 'failed', evidence: '', observed: way };
    }
    case 'ping': {
      const result = probes?.ping;
      if (result === undefined || result.outcome === 'missing')
        return skipped(result?.words ?? 'nothing to ping');
      if (result.outcome === 'answered') return ok(result.words);
      return probes?.port?.outcome === 'open'
        ? skipped(`${result.words}, but the port works`)
        : failed(result.words);
    }
    case 'port': {
      const result = probes?.port;
      if (result === undefined) return undefined;
      const what = `${request.protocol === 'udp' ? 'UDP' : 'TCP'} port ${request.port}`;
      if (result.outcome === 'open') {
        const by =
          listener === undefined
            ? ''
            : `, ${listener.address}:${listener.port}${listener.process === undefined ? '' : ` of ${listener.process.name} (${listener.process.id})`}`;
        return ok(`${what}: ${result.words}${by}`);
      }
      return failed(`${what}: ${result.words}`);
    }
  }
}

/** The rules of the namespaces passed: looked at, or not. */
async function firewallStep({ there, back, snapshot }: Evidence): Promise<Told> {
  const visited = [...new Set([...(there?.hops ?? []), ...(back?.hops ?? [])].map((hop) => hop.here))];
  const counted = await Promise.all(
    visited.map(async (one) => {
      const { firewall } = await snapshot.state(one);
      const { problem, chains } = firewall;
      if (problem !== undefined) return { unread: `${one.label} (${problem})` };
      const rules = chains.reduce((sum, chain) => sum + chain.rules.length, 0);
      const plural = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
      return chains.length === 0
        ? {}
        : { said: `${one.label} has ${plural(rules, 'rule')} in ${plural(chains.length, 'chain')}` };
    }),
  );
  const unread = counted.flatMap((one) => one.unread ?? []);
  if (unread.length > 0) return skipped(`the rules could not be read in ${unread.join(', ')}`);
  // What lies behind the last namespace seen has rules of its own.
  if (there?.arrived === undefined)
    return skipped(`the way is not seen to its end, only ${visited.map((one) => one.label).join(', ')}`);
  const said = counted.flatMap((one) => one.said ?? []);
  return ok(
    said.length === 0
      ? `no rules in ${visited.map((one) => one.label).join(', ')}`
      : `${said.join(', ')}: none stops it`,
  );
}

function wireText({ exit, wire }: Hop): string {
  const here = `${exit!.link.name} is ${exit!.link.up ? 'up' : 'down'}${exit!.link.carrier ? ', has a carrier' : ', has no carrier'}`;
  if (wire === undefined || wire.length < 2) return here;
  const rest = wire.slice(1).map((node) => `${nodeText(node)}${node.link.up ? '' : ' (down)'}`);
  return `${here}, leads to ${rest.join(' → ')}`;
}
