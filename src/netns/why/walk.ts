// The packet's way, namespace by namespace, as the kernel of each would send it, with what is wrong on it.
import type { FoundNamespace } from '../discover.ts';
import { blameTranslation, checkFilters, checkHook } from './checks/filtering.ts';
import {
  checkForwarding,
  checkLoopback,
  checkSource,
  checkTarget,
  duplicateSource,
  sharedAddress,
  timeToLive,
} from './checks/host.ts';
import { explainLoop, holder, leavesLink } from './checks/link-end.ts';
import { checkNeighbour } from './checks/neighbour.ts';
import { explainNoRoute } from './checks/no-route.ts';
import { checkPolicies } from './checks/policy.ts';
import { checkShaping } from './checks/shaping.ts';
import { checkWire } from './checks/wire.ts';
import { sameAddress } from './fib.ts';
import type { Finding } from './finding.ts';
import type { Hook } from './firewall.ts';
import { type Hop, seenByFirewall, type Traveller } from './packet.ts';
import { familyOf } from './prefix.ts';
import { addressesOf, type Node, nodeText, remoteOf } from './topology.ts';
import type { World } from './world.ts';

/** An address (and port) changed by a rule on the way. */
export interface Translation {
  here: FoundNamespace;
  kind: 'dnat' | 'snat';
  before: string;
  after: string;
  /** The rule, as a finding to be blamed if nothing good comes of it. */
  blame: Finding;
}

export interface Journey {
  hops: Hop[];
  findings: Finding[];
  /** The namespace and interface it arrived at; undefined where the way ends before. */
  arrived?: Hop;
  /** The traveller at the end: addresses translated on the way, and the source the kernel picked. */
  traveller: Traveller;
  /** Translations, so that the answer can be followed back. */
  translations: Translation[];
}

/** More hops than any lab has; a loop ends sooner. */
const MOST_HOPS = 32;

/**
 * Walks from `start` to the traveller's target and notes what is wrong, in the order in which the packet would meet it.
 * Ends at the first thing that surely stops it. `undo` are the translations that an answer meets on its way back.
 */
export async function walk(
  world: World,
  start: FoundNamespace,
  traveller: Traveller,
  options: { wanted?: FoundNamespace; undo?: Journey['translations']; zone?: string; depth?: number } = {},
): Promise<Journey> {
  const journey: Journey = { hops: [], findings: [], traveller: { ...traveller }, translations: [] };
  const now = journey.traveller;
  let here = start;
  let came: Node | undefined;
  const seen = new Set<string>();
  const initial = await world.state(start);
  let ttl = Number(initial.settings.get('net/ipv4/ip_default_ttl') ?? 64);
  // A raw chain's notrack holds for the rest of the way through this namespace.
  let untracked = false;
  const stopped = () => journey.findings.some((one) => !one.possible);
  const hook = async (name: Hook, oif?: string) => {
    const packet = { ...seenByFirewall(now, came?.link.name, oif), ...(untracked ? { untracked } : {}) };
    const { judgement, findings } = await checkHook(world, here, name, packet);
    journey.findings.push(...findings);
    if (judgement.untracked) untracked = true;
    const { translation } = judgement;
    if (translation === undefined || now.reply) return;
    const before = translation.kind === 'dnat' ? now.target : now.source!;
    const after =
      translation.address ??
      (translation.kind === 'dnat' ? before : (ownAddress(world, here, oif, now) ?? before));
    const port = translation.port === undefined ? '' : ` port ${translation.port}`;
    journey.translations.push({
      here,
      kind: translation.kind,
      before,
      after,
      blame: await blameTranslation(here, packet, judgement, `${after}${port}`),
    });
    if (translation.kind === 'dnat') {
      now.target = after;
      if (translation.port !== undefined) now.port = translation.port;
    } else now.source = after;
  };
  while (journey.hops.length < MOST_HOPS) {
    const previous = journey.hops.at(-1);
    const hop: Hop = { here, ...(came === undefined ? {} : { came }) };
    journey.hops.push(hop);
    if (came !== undefined) {
      journey.findings.push(...(await checkShaping(world, came, 'ingress')));
      await hook('prerouting');
      undoTranslation(now, here, options.undo);
      if (stopped()) return journey;
    }
    const answer = await world.route(here, {
      family: now.family,
      target: now.target,
      protocol: now.protocol,
      ...(now.port === undefined ? {} : { port: now.port }),
      // A packet that starts here has the source that its first lookup picks.
      ...(now.source === undefined ? {} : { source: now.source }),
      ...(came === undefined ? {} : { iif: came.link.name }),
      ...(options.zone === undefined || came !== undefined ? {} : { oif: options.zone }),
    });
    if (answer.kind === 'none') {
      if (now.source !== undefined && came === undefined && !hasAddress(world, here, now.source)) {
        // The kernel refuses a source that is not there (any more).
        delete now.source;
      }
      journey.findings.push(await explainNoRoute(world, hop, now, answer.words, previous));
      return journey;
    }
    if (now.source === undefined && answer.source !== undefined) now.source = answer.source;
    if (answer.kind === 'local') {
      await hook('input');
      journey.findings.push(...(await checkPolicies(here, 'in', now)));
      if (came === undefined) {
        journey.findings.push(
          ...(await checkLoopback(world, here, now)),
          ...sharedAddress(world, here, now.target),
        );
      }
      journey.arrived = hop;
      return journey;
    }
    const exit = world.topology.find(here, answer.dev);
    if (exit === undefined) return journey;
    hop.exit = exit;
    hop.nextHop = answer.gateway ?? now.target;
    if (now.source !== undefined && came === undefined && previous === undefined) {
      // A socket that has its address is looked up once more with it, and may meet another rule.
      const again = await world.route(here, {
        family: now.family,
        target: now.target,
        source: now.source,
        protocol: now.protocol,
        ...(now.port === undefined ? {} : { port: now.port }),
        ...(options.zone === undefined ? {} : { oif: options.zone }),
      });
      if (again.kind === 'none') {
        journey.findings.push(await explainNoRoute(world, hop, now, again.words));
        return journey;
      }
      if (again.kind === 'away' && again.dev !== answer.dev) {
        hop.exit = world.topology.find(here, again.dev) ?? exit;
        hop.nextHop = again.gateway ?? now.target;
      }
    }
    if (came !== undefined) {
      journey.findings.push(...(await checkForwarding(world, hop, now)));
      ttl -= 1;
      if (ttl <= 0) journey.findings.push(timeToLive(start, now));
    }
    journey.findings.push(...(await checkSource(world, hop, now)));
    if (stopped()) return journey;
    await hook(came === undefined ? 'output' : 'forward', hop.exit.link.name);
    await hook('postrouting', hop.exit.link.name);
    journey.findings.push(...(await checkPolicies(here, came === undefined ? 'out' : 'fwd', now)));
    if (stopped()) return journey;
    const mark = `${here.inode} ${came?.link.index ?? 0}`;
    if (seen.has(mark)) {
      journey.findings.push(await explainLoop(world, journey.hops, now));
      return journey;
    }
    seen.add(mark);
    const station = holder(world, hop.exit, hop.nextHop);
    if (station === undefined) {
      journey.findings.push(...(await leavesLink(world, hop, now, options.wanted)));
      return journey;
    }
    if (
      journey.hops.some((one) => one.here === station.namespace) &&
      !hasAddress(world, station.namespace, now.target)
    ) {
      journey.findings.push(await explainLoop(world, journey.hops, now));
      return journey;
    }
    hop.wire = world.topology.wire(hop.exit, station)!;
    journey.findings.push(...(await checkWire(world, hop.wire, now)));
    if (stopped()) return journey;
    for (const node of hop.wire)
      journey.findings.push(...(await checkTunnel(world, node, options.depth ?? 0)));
    if (stopped()) return journey;
    for (const [at, node] of hop.wire.entries()) {
      if (at < hop.wire.length - 1) journey.findings.push(...(await checkShaping(world, node, 'egress')));
      if (at > 0 && at < hop.wire.length - 1)
        journey.findings.push(...(await checkShaping(world, node, 'ingress')));
    }
    if (stopped()) return journey;
    journey.findings.push(...checkTarget(world, station, now));
    journey.findings.push(...duplicateSource(world, station, now));
    if (stopped()) return journey;
    if (now.family === 4) {
      // ARP requests are refused for the same reasons as the packets they are for (arp_process, fib_validate_source).
      const entered: Hop = { here: station.namespace, came: station };
      const asked = await world.route(station.namespace, {
        family: 4,
        target: hop.nextHop,
        iif: station.link.name,
        ...(now.source === undefined ? {} : { source: now.source }),
      });
      if (asked.kind === 'none' && now.source !== undefined) {
        journey.findings.push(
          await explainNoRoute(world, entered, { ...now, target: hop.nextHop }, asked.words),
        );
        return journey;
      }
    }
    journey.findings.push(...(await checkNeighbour(world, hop, station, now)));
    if (stopped()) return journey;
    journey.findings.push(...(await checkFilters(world, hop.wire, seenByFirewall(now))));
    if (stopped()) return journey;
    came = station;
    here = station.namespace;
    untracked = false;
  }
  return journey;
}

/** A VXLAN's frames are themselves packets (RFC 7348) that must find their way to its remote end. */
async function checkTunnel(world: World, node: Node, depth: number): Promise<Finding[]> {
  const remote = node.link.kind === 'vxlan' ? remoteOf(node) : undefined;
  if (remote === undefined || depth > 2) return [];
  const carrier: Traveller = {
    family: familyOf(remote)!,
    target: remote,
    protocol: 'udp',
    port: Number(node.link.details.port ?? 4789),
    reply: false,
  };
  const { findings } = await walk(world, node.namespace, carrier, { depth: depth + 1 });
  return findings.map((one) => ({
    ...one,
    cause: `${nodeText(node)}, a VXLAN, does not reach ${remote}: ${one.cause}`,
  }));
}

function hasAddress(world: World, here: FoundNamespace, address: string): boolean {
  return world.topology
    .of(here)
    .some((node) => node.link.addresses.some((one) => sameAddress(one.address, address)));
}

function ownAddress(
  world: World,
  here: FoundNamespace,
  oif: string | undefined,
  now: Traveller,
): string | undefined {
  const node = world.topology.find(here, oif);
  return node === undefined ? undefined : addressesOf(node, now.family)[0]?.address;
}

/** On the way back an answer's target is set to what it was before the namespace translated it. */
function undoTranslation(now: Traveller, here: FoundNamespace, undo: Journey['translations'] = []): void {
  for (const one of undo) {
    if (one.here !== here) continue;
    if (one.kind === 'snat' && sameAddress(one.after, now.target)) now.target = one.before;
    if (one.kind === 'dnat' && now.source !== undefined && sameAddress(one.after, now.source))
      now.source = one.before;
  }
}
