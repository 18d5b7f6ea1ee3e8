// `nscap why`: looks, walks the packet's way there and back, sends packets, and names the one cause.
import { type Discovery, discover, type FoundNamespace } from '../discover.ts';
import { type Captures, startCaptures } from './capture.ts';
import { checkListener, type Listener } from './checks/listener.ts';
import { addressForTarget } from './checks/nobody.ts';
import { choose } from './choose.ts';
import { sameAddress } from './fib.ts';
import { type Finding, type Step, setLink, sysctl } from './finding.ts';
import { explainMismatch, largest, mismatch } from './mtu.ts';
import type { Traveller } from './packet.ts';
import { knock, type PingResult, type PortResult, ping } from './probe.ts';
import { type Asked, type Question, understand } from './question.ts';
import { stepsOf } from './steps.ts';
import { type Node, nodeText, Topology } from './topology.ts';
import { trail } from './trail.ts';
import { type Journey, walk } from './walk.ts';
import { World } from './world.ts';

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
  const discovery = await discover();
  const question = await understand(discovery, asked);
  const world = new World(await settled(discovery, question));
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
  const cause = reachable ? downLoopback(evidence) : choose(evidence);
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

/** Longest wait for what was just set up, in milliseconds. */
const SETTLING = 2500;

/**
 * What was just set up is not yet as it will be: IPv6 addresses are tried out for a second or two (RFC 4862, 5.4), and a
 * bridge takes up to a second to notice that a port has a carrier. Waits for such, near the asker and the target.
 */
async function settled(discovery: Discovery, { family, from, address }: Question): Promise<Discovery> {
  const start = performance.now();
  let now = discovery;
  for (;;) {
    const topology = new Topology(now.namespaces);
    const waiting = now.namespaces.some(
      (one) =>
        unsettled(one, family) &&
        (one.inode === from.inode ||
          topology
            .of(one)
            .some(
              (node) =>
                address !== undefined &&
                node.link.addresses.some((inner) => sameAddress(inner.address, address)),
            ) ||
          topology
            .of(one)
            .some((node) =>
              topology.stations(node).some((station) => station.namespace.inode === from.inode),
            )),
    );
    if (!waiting || performance.now() - start > SETTLING) return now;
    await new Promise((resolve) => setTimeout(resolve, 200));
    now = await refreshed(now);
  }
}

function unsettled(one: FoundNamespace, family: 4 | 6): boolean {
  const bridges = new Map((one.interfaces ?? []).map((link) => [link.name, link]));
  return (one.interfaces ?? []).some((link) => {
    const trying =
      family === 6 &&
      link.carrier &&
      link.addresses.some((inner) => inner.tentative && !inner.duplicate && inner.scope !== 'link');
    const bridge = bridges.get(link.master ?? '');
    const noticed =
      bridge?.kind !== 'bridge' ||
      !bridge.up ||
      !link.up ||
      !link.carrier ||
      link.portDetails.state !== 'disabled';
    return trying || !noticed;
  });
}

/** The same namespaces with their interfaces as they are now: those that answer keep their identity. */
async function refreshed(old: Discovery): Promise<Discovery> {
  const fresh = await discover();
  const byInode = new Map(fresh.namespaces.map((one) => [one.inode, one]));
  for (const one of old.namespaces) {
    const { interfaces } = byInode.get(one.inode) ?? {};
    if (interfaces !== undefined) one.interfaces = interfaces;
  }
  return old;
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

/** At the target: does anyone answer pings, does anyone listen, did the datagram arrive? */
async function checkEnd(evidence: Evidence): Promise<void> {
  const { there, question, world, probes } = evidence;
  const end = there?.arrived;
  if (end === undefined) return;
  const state = await world.state(end.here);
  if (question.protocol === 'icmp') {
    const name = question.family === 4 ? 'net/ipv4/icmp_echo_ignore_all' : 'net/ipv6/icmp/echo_ignore_all';
    if (state.settings.get(name) === '1' && probes?.ping.outcome !== 'answered') {
      evidence.findings.push({
        step: 'ping',
        cause: `${end.here.label} answers no pings (${name.replaceAll('/', '.')} is 1)`,
        evidence: `sysctl ${name.replaceAll('/', '.')} in ${end.here.label}`,
        mend: [sysctl(end.here, name.replaceAll('/', '.'), 0)],
      });
    }
    return;
  }
  const { finding, listener } = await checkListener(
    world,
    end.here,
    there!.traveller,
    end.came?.link.name ?? 'lo',
  );
  if (finding !== undefined) evidence.findings.push(finding);
  if (listener !== undefined && question.protocol === 'tcp') evidence.listener = listener;
  if (listener === undefined || question.protocol !== 'udp') return;
  const moved = (name: string) =>
    (state.moved?.get(name) ?? 0) + (state.moved?.get(`${name.replace('Udp.', 'Udp6')}`) ?? 0);
  if (moved('Udp.RcvbufErrors') > 0) {
    evidence.findings.push({
      step: 'port',
      cause: `the server on UDP port ${question.port} in ${end.here.label} does not read: its receive buffer is full, and the kernel drops what comes`,
      evidence: `Udp RcvbufErrors grew by ${moved('Udp.RcvbufErrors')} during the probe`,
      mend: [],
      advice: 'restart the server, or find out why it does not read its socket',
    });
  } else if (state.moved === undefined || moved('Udp.InDatagrams') > 0 || listener.waiting > 0)
    evidence.listener = listener;
}

/**
 * What fails only at a translated address is the translation's fault: another target than asked for, or a source that
 * is not the translating namespace's own, to which no answer finds its way.
 */
function blameTranslations({ there, world, findings }: Evidence): void {
  for (const { kind, here, after, blame } of there?.translations ?? []) {
    const own = world.topology.owners(after).some((node) => node.namespace === here);
    const elsewhere = findings.every((one) => /^(back|port|hops|route|owner|link)$/.test(one.step));
    if (kind === 'dnat' ? elsewhere : !own) findings.unshift(blame);
  }
}

/** Too large a packet must be answered for by a router, or arrive. */
async function checkMtu(evidence: Evidence): Promise<void> {
  const { probes, there, back, question } = evidence;
  if (probes?.ping.outcome !== 'answered' || there?.arrived === undefined) return;
  const small = mismatch(there.hops);
  const large = probes.large;
  if (large !== undefined && large.outcome !== 'answered' && !large.tooBig && large.outcome !== 'missing') {
    const seen = `a ping of ${large.size} bytes is lost (${large.words}), small ones are answered`;
    if (small !== undefined)
      evidence.findings.push(explainMismatch(there.hops, small.exit, small.small, seen));
    else evidence.findings.push(blackHole(evidence, seen));
    return;
  }
  const reverse = mismatch(back?.hops ?? []);
  const sender = back?.hops[0];
  if (
    reverse === undefined ||
    sender === undefined ||
    reverse.exit !== sender.exit ||
    question.zone !== undefined
  )
    return;
  const target = there.traveller.source!;
  const size = Math.min(reverse.exit.link.mtu, 65535);
  const [little, big] = await Promise.all([
    ping(sender.here, target, { count: 1, source: question.address! }),
    ping(sender.here, target, { count: 1, size, source: question.address! }),
  ]);
  if (little.outcome === 'answered' && big.outcome !== 'answered' && !big.tooBig) {
    const seen = `a ping of ${size} bytes from ${sender.here.label} back is lost, small ones are answered`;
    evidence.findings.push(explainMismatch(back!.hops, reverse.exit, reverse.small, seen));
  }
}

/** Large packets vanish, but every wire is wide enough: a router drops them without saying so, or is not heard. */
function blackHole({ there, findings }: Evidence, seen: string): Finding {
  const narrow = there!.hops.find(
    (hop, at) => at > 0 && hop.exit !== undefined && hop.exit.link.mtu < there!.hops[0]!.exit!.link.mtu,
  );
  const doubt = findings.find((one) => one.step === 'firewall');
  if (narrow === undefined) {
    return (
      doubt ?? {
        step: 'mtu',
        cause: 'large packets are lost on the way',
        evidence: seen,
        mend: [],
        always: true,
        advice: 'compare the MTUs of the interfaces on the way',
      }
    );
  }
  const exit: Node = narrow.exit!;
  const first: Node = there!.hops[0]!.exit!;
  return {
    step: 'mtu',
    cause: `${nodeText(exit)} takes packets of at most ${exit.link.mtu} bytes (MTU), and ${narrow.here.label}'s word for it, ICMP "fragmentation needed", does not get back: larger ones vanish`,
    evidence: seen,
    mend: [
      [
        'ip',
        ...(first.namespace.namespace.kind === 'named' ? ['-n', first.namespace.label] : []),
        'link',
        'set',
        first.link.name,
        'mtu',
        String(exit.link.mtu),
      ],
    ],
    always: true,
  };
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
