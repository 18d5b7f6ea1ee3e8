// `nscap why`: reads the state, traces the packet's path there and back, sends packets, and names the one cause.
import type { Way } from '../drops/event.ts';
import { NscapError } from '../errors.ts';
import { discover, type FoundNamespace } from '../netns/discover.ts';
import { tracePaths } from './both-paths.ts';
import { startCaptures } from './capture.ts';
import { cautious } from './caution.ts';
import { checkAnsweredInTransit } from './checks/answered-in-transit.ts';
import { blameTranslations } from './checks/blame-translation.ts';
import { checkCounters } from './checks/counters.ts';
import { heedKernel, isTelling } from './checks/kernel-says.ts';
import { addressForTarget } from './checks/unresolved-next-hop.ts';
import { converged } from './convergence.ts';
import type { Dropped, Hint } from './dropped.ts';
import { checkAnswer, checkEnd } from './endpoints.ts';
import { askedFlow, droppedOf, type Evidence, packetSpec, passed, sightingsFor } from './evidence.ts';
import type { ObservedPath } from './facts/observed-path.ts';
import type { Disagreement, Note, Unseen } from './facts/remarks.ts';
import type { Finding, Step } from './finding.ts';
import { watchDrops } from './kernel-drops.ts';
import { latent } from './latent.ts';
import { observedPath } from './observed-path.ts';
import { heldBack, patienceFor, resolving, waitedForAddress } from './patience.ts';
import { ping } from './probe.ts';
import { probe, probedAddress } from './probes.ts';
import { rank } from './rank-findings.ts';
import { notesOf, unseenOf } from './remarks.ts';
import { type Asked, type Request, understand } from './request.ts';
import { checkMore } from './several-ways.ts';
import { checkPayload, checkServerData, checkSizes } from './sizes.ts';
import { isGone, Snapshot } from './snapshot.ts';
import { stepsOf } from './steps.ts';

export interface Examination {
  request: Request;
  steps: Step[];
  reachable: boolean;
  /** What became of the probe's packets. */
  outcome: Outcome;
  /** The cause; undefined if there is none. With `reachable`: a problem that does not stop this request. */
  cause?: Finding;
  /** Worth knowing, though it stops nothing. */
  notes: readonly Note[];
  /** What could not be examined, and why. */
  unseen: readonly Unseen[];
  /** Where the captures differ from what routes and rules predict. */
  disagreements: readonly Disagreement[];
  /** The kernel's reports of drops of the requested packets. */
  dropped: { netns: string; interface: string; reason?: string; function?: string; rule?: Dropped['rule'] }[];
  /** How the kernel's drops were learned, and which better ways could not be had. Absent where nothing was sent. */
  learned?: { how: Way; lacked: readonly string[] };
  /** Drops meanwhile that nothing ties to a packet of the probe, nor to any other. */
  hints: readonly Hint[];
  /** Seconds it took. */
  took: number;
}

interface Outcome {
  /** What the tool that sent the packet said. */
  said?: string;
  /** The server ended the connection at once: some do so by design. */
  closed: boolean;
  /** What the captures saw; undefined if there were none. */
  observed?: ObservedPath;
}

/** The most namespaces to capture in. */
const MOST_CAPTURES = 48;

/**
 * Answers the request. Sends a handful of packets and leaves no trace.
 * @throws NscapError for a namespace or name that is not there, or that may not be looked into.
 */
export async function examine(asked: Asked): Promise<Examination> {
  const start = performance.now();
  const retry = async () => {
    const { examination } = await attempt(asked);
    return { ...examination, took: (performance.now() - start) / 1000 };
  };
  const first = await attempt(asked);
  if (first.examination.reachable) return first.examination;
  if (first.unsettled) return retry();
  if (first.examination.cause !== undefined) return first.examination;
  // Lost, and nothing explains it: most likely a link that was just plugged in or brought up, whose carrier the kernel
  // reports once a second at most, or an address not usable yet, or resolved late. If it changed meanwhile, everything is
  // examined once more.
  if (!first.waited && first.state === linkState(await discover())) return first.examination;
  return retry();
}

/** What a network that was just changed still has to notice. */
function linkState({ namespaces }: { namespaces: readonly FoundNamespace[] }): string {
  return JSON.stringify(
    namespaces.map(({ inode, interfaces }) => [
      inode,
      interfaces?.map((link) => [link.name, link.flags, link.state, link.addresses, link.portDetails.state]),
    ]),
  );
}

interface Attempt {
  examination: Examination;
  /** As the links were at its beginning. */
  state: string;
  unsettled: boolean;
  /** Its packet waited for a link-layer address, in vain as far as was seen. */
  waited: boolean;
}

async function attempt(asked: Asked): Promise<Attempt> {
  const start = performance.now();
  const discovery = await discover();
  const state = linkState(discovery);
  const request = await understand(discovery, asked);
  await converged(discovery, request);
  const snapshot = new Snapshot(discovery);
  const evidence: Evidence = {
    request,
    snapshot,
    pathNamespaces: [],
    patience: 0,
    unsettled: false,
    flows: [],
    packets: [],
    dropped: [],
    hints: [],
    threads: new Map(),
    seen: { sightings: [], listened: new Set() },
    findings: [],
  };
  try {
    if (request.address === undefined) {
      evidence.findings.push(
        await addressForTarget(snapshot, request.asker, request.targetNamespace!, request.family),
      );
    } else {
      await observe(evidence, asked.how);
      await explain(evidence);
    }
  } finally {
    refuseDeleted(evidence);
  }
  evidence.findings = evidence.findings.map((finding) => cautious(finding, evidence));
  const reachable = passed(evidence) && !evidence.findings.some(spoils);
  evidence.reachable = reachable;
  const cause = reachable ? latent(evidence) : rank(evidence);
  const examination: Examination = {
    request,
    steps: await stepsOf(evidence, cause),
    reachable,
    outcome: outcomeOf(evidence),
    ...(cause === undefined ? {} : { cause }),
    notes: notesOf(evidence),
    unseen: await unseenOf(evidence, reachable),
    disagreements: [...(evidence.there?.disagreements ?? []), ...(evidence.back?.disagreements ?? [])],
    dropped: droppedJson(evidence),
    ...(evidence.watch === undefined
      ? {}
      : { learned: { how: evidence.watch.how, lacked: evidence.watch.lacked } }),
    hints: reachable ? [] : evidence.hints.filter(({ reason }) => isTelling(reason)),
    took: (performance.now() - start) / 1000,
  };
  const waited = waitedForAddress(evidence.packets, evidence.seen.sightings);
  return { examination, state, unsettled: evidence.unsettled, waited };
}

/** Of a namespace that was deleted meanwhile neither its state nor its silence says anything about the request. */
function refuseDeleted({ request, pathNamespaces }: Evidence): void {
  const { asker, targetNamespace } = request;
  const gone = [asker, targetNamespace, ...pathNamespaces].find((one) => one !== undefined && isGone(one));
  if (gone !== undefined)
    throw new NscapError('NAMESPACE_GONE', `the namespace ${gone.label} was deleted while it was examined`);
}

function droppedJson(evidence: Evidence): Examination['dropped'] {
  const flow = askedFlow(evidence);
  const own = flow === undefined ? [] : droppedOf(evidence, flow);
  return own.map(({ here, dev, reason, function: name, rule }) => ({
    netns: here.label,
    interface: dev,
    ...(reason === undefined ? {} : { reason }),
    ...(name === undefined ? {} : { function: name }),
    ...(rule === undefined ? {} : { rule }),
  }));
}

/** Sends the probe's packets, with captures on the way, and walks the way meanwhile. */
async function observe(evidence: Evidence, how: Way | undefined): Promise<void> {
  const { snapshot } = evidence;
  evidence.pathNamespaces = onTheWay(evidence);
  const states = await Promise.all(evidence.pathNamespaces.map((netns) => snapshot.state(netns)));
  const before = evidence.pathNamespaces.map((here, index) => ({
    here,
    addresses: resolving(states[index]),
  }));
  evidence.patience = await patienceFor(evidence.request, snapshot, evidence.pathNamespaces);
  const watched = within(snapshot, evidence.pathNamespaces).slice(0, MOST_CAPTURES);
  const watch = await watchDrops(watched, evidence.pathNamespaces, how);
  evidence.watch = watch;
  const captures = startCaptures(watched);
  try {
    const [sent] = await Promise.all([probe(evidence), traceBothPaths(evidence)]);
    Object.assign(evidence, sent);
  } finally {
    const { packets, listened, refused } = captures.stop();
    evidence.refused = refused.get(evidence.request.asker);
    evidence.packets = packets;
    evidence.unsettled = heldBack(before, packets);
    evidence.seen = { sightings: [], listened };
    const { threads, request } = evidence;
    Object.assign(evidence, await watch.stop({ asker: request.asker, packets, threads }));
  }
  const asked = askedFlow(evidence);
  if (asked !== undefined) evidence.seen = { ...evidence.seen, sightings: sightingsFor(evidence, asked) };
  snapshot.probeIsOver();
}

/**
 * The namespaces near the way, and all that any wire joins to them: a misrouted packet, or one over a wire that is not
 * seen, gets no further. Other namespaces of this machine are not examined.
 */
function within({ topology }: Snapshot, pathNamespaces: readonly FoundNamespace[]): FoundNamespace[] {
  const found = new Set(pathNamespaces);
  for (const here of found)
    for (const node of topology.of(here))
      for (const member of topology.segment(node).keys()) found.add(member.namespace);
  return [...found];
}

/** Compares what became of the packets with what should have become of them. */
async function explain(evidence: Evidence): Promise<void> {
  await heardLate(evidence);
  // Once more, with the counters of rules and queues as they moved, and with what the captures saw: where one connection
  // is taken otherwise than the next, only they say which way it was.
  if (!passed(evidence) || evidence.probes!.more.length > 0) await traceBothPaths(evidence);
  await checkEnd(evidence);
  if (!passed(evidence)) {
    await checkAnswer(evidence);
    await blameTranslations(evidence);
    await checkCounters(evidence);
    await heedKernel(evidence);
  }
  const intercepted = await checkAnsweredInTransit(evidence);
  if (intercepted !== undefined) evidence.findings.unshift(intercepted);
  await checkMore(evidence);
  await checkSizes(evidence);
  await checkPayload(evidence);
  await checkServerData(evidence);
}

/** The answer was seen to come in at the asker's, and ping says there was none: on a busy machine it may have given up. */
async function heardLate(evidence: Evidence): Promise<void> {
  const { probes, request, seen, patience } = evidence;
  if (probes === undefined || request.protocol !== 'icmp' || probes.ping.outcome === 'answered') return;
  const arrived = seen.sightings.some(
    ({ role, direction, here }) =>
      role === 'answer' && direction === 'in' && here.inode === request.asker.inode,
  );
  if (arrived) probes.ping = await ping(request.asker, probedAddress(request), { patience });
}

/** The way there and, where it arrives, the answer's way back. Replaces earlier findings of the two. */
async function traceBothPaths(evidence: Evidence): Promise<void> {
  const { there, back } = await tracePaths(evidence, packetSpec(evidence), evidence.seen.sightings);
  evidence.there = there;
  if (back === undefined) delete evidence.back;
  else evidence.back = back;
  evidence.findings = [...there.findings, ...(back?.findings ?? [])];
}

/** The namespaces on the way by wiring, or next to the asker and the target where no way is known. */
function onTheWay({ request, snapshot }: Evidence): FoundNamespace[] {
  const { asker, address } = request;
  const home = snapshot.home(asker, address!);
  const legs =
    home === undefined
      ? []
      : (snapshot.topology.route(asker, (node) => node.namespace === home.namespace) ?? []);
  const stations =
    legs.length > 0 ? [] : snapshot.topology.of(asker).flatMap((node) => snapshot.topology.stations(node));
  const found = [...legs.flatMap(({ wire }) => wire), ...stations, ...(home === undefined ? [] : [home])];
  return [...new Set([asker, ...found.map((node) => node.namespace)])].slice(0, MOST_CAPTURES);
}

/** A problem despite an answer: it affects some packets only, or another host answered. */
function spoils({ effect, code }: Finding): boolean {
  return effect === 'some' || code === 'local-route' || code === 'answered-in-transit';
}

function outcomeOf(evidence: Evidence): Outcome {
  const { probes } = evidence;
  const said = probes?.port?.words ?? probes?.ping.words;
  const observed = observedPath(evidence);
  return {
    ...(said === undefined ? {} : { said }),
    closed: probes?.port?.server === 'closes',
    ...(observed === undefined ? {} : { observed }),
  };
}
