// `nscap why`: looks, walks the packet's way there and back, sends packets, and names the one cause.
import { setTimeout as delay } from 'node:timers/promises';
import { discover, type FoundNamespace } from '../discover.ts';
import { type Captures, startCaptures } from './capture.ts';
import { haltedServer, type Listener } from './checks/listener.ts';
import { addressForTarget } from './checks/nobody.ts';
import { choose } from './choose.ts';
import { blameTranslations, checkEnd, checkMtu } from './ends.ts';
import { type Finding, type Step, setLink } from './finding.ts';
import { largest } from './mtu.ts';
import type { Traveller } from './packet.ts';
import { knock, type PingResult, type PortResult, ping } from './probe.ts';
import { type Asked, type Question, understand } from './question.ts';
import { settled } from './settle.ts';
import { stepsOf } from './steps.ts';
import { trail } from './trail.ts';
import { type Journey, walk } from './walk.ts';
import { World } from './world.ts';

/** Milliseconds a network that was just changed gets before it is looked at once more. */
const SETTLING = 1000;

/** What the packets that were sent came to. */
export interface Probes {
  ping: PingResult;
  port?: PortResult;
  /** The largest packet that the way should carry, undivided. */
  large?: PingResult & { size: number };
}

export interface Examination {
  question: Question;
  steps: Step[];
  reachable: boolean;
  /** One sentence. */
  verdict: string;
  /** The cause; undefined where all is well. With `reachable` something that is wrong, but not in the way. */
  cause?: Finding;
  /** Worth knowing, though not in the way. */
  notes: string[];
  /** Seconds it took. */
  took: number;
}

/** How many namespaces are listened in at most. */
const MOST_CAPTURES = 32;

/** All that `steps` and `choose` look at. */
export interface Evidence {
  question: Question;
  world: World;
  there?: Journey;
  back?: Journey;
  probes?: Probes;
  /** What the captures on the way saw while the probes were sent. */
  seen?: ReturnType<Captures['stop']>;
  listener?: Listener;
  findings: Finding[];
  reachable?: boolean;
}

/**
 * Answers the question. Sends a handful of packets and leaves nothing behind.
 * @throws NscapError for a namespace or name that is not there, or that may not be looked into.
 */
export async function examine(asked: Asked): Promise<Examination> {
  const start = performance.now();
  const first = await attempt(asked);
  if (first.reachable || first.cause !== undefined) return first;
  // Lost, and nothing explains it: most likely a link that was just plugged in or brought up, whose carrier the kernel
  // reports once a second at most, or an address not usable yet. Only what stays so is worth telling.
  await delay(SETTLING);
  return { ...(await attempt(asked)), took: (performance.now() - start) / 1000 };
}

async function attempt(asked: Asked): Promise<Examination> {
  const start = performance.now();
  const discovery = await discover();
  const question = await understand(discovery, asked);
  await settled(discovery, question);
  const world = new World(discovery);
  const evidence: Evidence = { question, world, findings: [] };
  if (question.address === undefined) {
    evidence.findings.push(await addressForTarget(world, question.from, question.wanted!, question.family));
  } else {
    const near = onTheWay(evidence);
    await Promise.all(near.map((one) => world.state(one)));
    const captures = startCaptures(near, {
      target: question.address,
      protocol: question.protocol,
      ...(question.port === undefined ? {} : { port: question.port }),
    });
    try {
      [evidence.probes] = await Promise.all([probe(evidence), walkBothWays(evidence)]);
    } finally {
      evidence.seen = captures.stop();
    }
    world.probeIsOver();
    // Once more, with the counters of rules and queues as they moved meanwhile.
    if (!passed(evidence) && !settledCause(evidence)) await walkBothWays(evidence);
    await checkEnd(evidence);
    if (!passed(evidence)) blameTranslations(evidence);
    await checkMtu(evidence);
  }
  const reachable = passed(evidence) && !evidence.findings.some((one) => one.always);
  evidence.reachable = reachable;
  const cause = reachable ? (downLoopback(evidence) ?? haltedListener(evidence)) : choose(evidence);
  const steps = await stepsOf(evidence, cause);
  const notes = notesOf(evidence);
  return {
    question,
    steps,
    reachable,
    verdict: verdictOf(evidence, reachable, cause),
    ...(cause === undefined ? {} : { cause }),
    notes,
    took: (performance.now() - start) / 1000,
  };
}

function traveller({ address, family, protocol, port }: Question): Traveller {
  return { family, target: address!, protocol, ...(port === undefined ? {} : { port }), reply: false };
}

/** The way there and, where it arrives, the answer's way back. Replaces earlier findings of the two. */
async function walkBothWays(evidence: Evidence): Promise<void> {
  const { question, world } = evidence;
  const { wanted, zone, from } = question;
  const there = await walk(world, from, traveller(question), {
    ...(wanted === undefined ? {} : { wanted }),
    ...(zone === undefined ? {} : { zone }),
  });
  evidence.there = there;
  evidence.findings = [...there.findings];
  delete evidence.back;
  const end = there.arrived;
  if (end === undefined || end.here === from || there.traveller.source === undefined) return;
  const answer: Traveller = {
    ...there.traveller,
    source: there.traveller.target,
    target: there.traveller.source,
    reply: true,
  };
  const back = await walk(world, end.here, answer, {
    undo: there.translations,
    ...(zone === undefined || end.came === undefined ? {} : { zone: end.came.link.name }),
  });
  evidence.back = back;
  evidence.findings.push(...back.findings);
}

/** Whether the first walk has named a cause that no counter could make more certain. */
function settledCause({ findings: [first] }: Evidence): boolean {
  return (
    first !== undefined &&
    !first.possible &&
    !/^(firewall|neighbour)$/.test(first.step) &&
    !/ (drops|rejects) /.test(first.cause)
  );
}

/** The namespaces on the way by wiring, or next to the asker where no way is known: looked at before the first packet. */
function onTheWay({ question, world }: Evidence): FoundNamespace[] {
  const { from, address } = question;
  const home = world.home(from, address!);
  const legs =
    home === undefined ? [] : (world.topology.route(from, (node) => node.namespace === home.namespace) ?? []);
  const near =
    legs.length > 0 ? [] : world.topology.of(from).flatMap((node) => world.topology.stations(node));
  return [
    ...new Set([from, ...[...legs.flatMap(({ wire }) => wire), ...near].map((node) => node.namespace)]),
  ].slice(0, MOST_CAPTURES);
}

/**
 * Pings, a knock at the port, and the largest packet that the first interface takes, all at once: where they are not
 * answered each takes its time.
 */
async function probe({ question, world }: Evidence): Promise<Probes> {
  const { from, port, protocol, family, address, zone } = question;
  const target = probed(question);
  const first = await world.route(from, {
    family,
    target: address!,
    ...(zone === undefined ? {} : { oif: zone }),
  });
  const exit = first.kind === 'away' ? world.topology.find(from, first.dev) : undefined;
  const size = exit === undefined ? undefined : largest(exit);
  const [small, knocked, large] = await Promise.all([
    ping(from, target),
    port === undefined ? undefined : knock(from, target, port, protocol === 'udp'),
    size === undefined ? undefined : ping(from, target, { size, count: 1 }),
  ]);
  return {
    ping: small,
    ...(knocked === undefined ? {} : { port: knocked }),
    ...(large === undefined || small.outcome !== 'answered' ? {} : { large: { ...large, size: size! } }),
  };
}

function probed({ address, zone }: Question): string {
  return zone === undefined ? address! : `${address}%${zone}`;
}

/** Whether what was asked for works: the port if there is one, else the ping. */
function passed({ probes, question, there, listener }: Evidence): boolean {
  if (probes === undefined) return false;
  const { port } = probes;
  if (port === undefined) return probes.ping.outcome === 'answered';
  if (port.outcome !== 'open') return false;
  if (question.protocol === 'tcp') return true;
  // Silence is all that a datagram gets: whether it arrived is seen at the other end, where that can be seen.
  return there?.arrived === undefined || listener !== undefined;
}

/** Nothing that was asked for needs it, but sooner or later something will: a program that talks to itself. */
function downLoopback({ question, world }: Evidence): Finding | undefined {
  const lo = world.topology.find(question.from, 'lo');
  if (lo === undefined || lo.link.up) return undefined;
  return {
    step: 'loopback',
    cause: `lo is down in ${question.from.label}: it can't talk to itself`,
    evidence: `ip link show lo in ${question.from.label}: state ${lo.link.state}`,
    mend: [setLink(lo, 'up')],
  };
}

/** The kernel shakes hands for a server that is stopped, as long as there is room in its queue: nobody answers. */
function haltedListener({ question, there, listener }: Evidence): Finding | undefined {
  if (listener === undefined || there?.arrived === undefined || question.protocol !== 'tcp') return undefined;
  return haltedServer(there.arrived.here, listener, listener.port);
}

function verdictOf(evidence: Evidence, reachable: boolean, cause: Finding | undefined): string {
  const { question, probes } = evidence;
  const where =
    question.port === undefined
      ? `${question.address}`
      : `${question.protocol.toUpperCase()} port ${question.port} at ${question.address}`;
  if (reachable) {
    const but = cause === undefined ? '' : `, but ${cause.cause}`;
    return `${question.from.label} reaches ${where}${but}`;
  }
  if (cause !== undefined) return cause.cause;
  const said = probes?.port?.words ?? probes?.ping.words ?? 'nothing was sent';
  const lost = trail(evidence)?.lost;
  if (lost !== undefined) return `${lost} (${said}), and nothing seen there explains it`;
  return `${question.from.label} does not reach ${where} (${said}), and nothing seen here explains it`;
}

function notesOf({ probes }: Evidence): string[] {
  const notes: string[] = [];
  if (
    probes?.port?.outcome === 'open' &&
    probes.ping.outcome !== 'answered' &&
    probes.ping.outcome !== 'missing'
  ) {
    notes.push(`pings are not answered (${probes.ping.words}), but the port works`);
  }
  return notes;
}
