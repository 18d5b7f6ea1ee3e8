// The packet's way, namespace by namespace, as the kernel of each would send it, with what is wrong on it.
import type { FoundNamespace } from '../netns/discover.ts';
import { familyOf, isMulticast } from '../netns/prefix.ts';
import { type Node, nodeText, remoteOf } from '../netns/topology.ts';
import { checkArpEntry } from './checks/arp-entry.ts';
import { checkFilters, checkHook } from './checks/filtering.ts';
import {
  checkForwarding,
  checkLoopback,
  checkSource,
  checkTarget,
  duplicateSource,
  sharedAddress,
} from './checks/host.ts';
import { explainLoop, leavesLink, nextStation } from './checks/link-end.ts';
import { localRoute } from './checks/local-route.ts';
import { checkNeighbour, reachOf } from './checks/neighbour.ts';
import { explainNoRoute } from './checks/no-route.ts';
import { checkPolicies } from './checks/policy.ts';
import { checkShaping } from './checks/shaping.ts';
import { initialTtl, type TtlOrigin, timeToLive } from './checks/time-to-live.ts';
import { skippedTranslation, type Translation, translationOf } from './checks/translation.ts';
import { checkTunnelEnds } from './checks/tunnel.ts';
import { checkWire } from './checks/wire.ts';
import type { RuleVerdict } from './evaluate-rules.ts';
import { decide, lookupOf, sameAddress } from './fib.ts';
import { blocks, type Finding } from './finding.ts';
import type { FirewallPacket, Hook } from './firewall.ts';
import { type Hop, type PacketSpec, type Point, seenByFirewall } from './packet.ts';
import type { Sighting } from './sightings.ts';
import type { RouteAnswer, Snapshot } from './snapshot.ts';

export interface Path {
  hops: Hop[];
  findings: Finding[];
  /** The namespace and interface it arrived at; undefined where the way ends before. */
  arrived?: Hop;
  /** The spec at the end: addresses translated on the way, and the source the kernel picked. */
  spec: PacketSpec;
  /** Translations, so that the answer can be followed back. */
  translations: Translation[];
  /** The interfaces passed, in order: where captures may have seen the packet. */
  points: Point[];
  /** Where captures showed something else than the rules and routes read. */
  disagreements: string[];
}

export interface TraceOptions {
  wanted?: FoundNamespace;
  /** The translations that an answer meets on its way back. */
  undo?: Path['translations'];
  /** Inodes of the namespaces that the request passed: their connection trackers know it. */
  passed?: ReadonlySet<number>;
  zone?: string;
  depth?: number;
  /** The packet as captures saw it: what it did comes before what it should have done. */
  observed?: readonly Sighting[];
}

/** More hops than any lab has; a loop ends sooner. */
const MOST_HOPS = 32;

/**
 * Walks from `start` to the spec's target and notes what is wrong, in the order in which the packet would meet it.
 * Ends at the first thing that surely stops it.
 */
export function tracePath(
  snapshot: Snapshot,
  start: FoundNamespace,
  spec: PacketSpec,
  options: TraceOptions = {},
): Promise<Path> {
  return new PathTrace(snapshot, start, spec, options).run();
}

/** A part of the way through a namespace. `through` answers true where the way ends. */
interface Stage {
  at?: 'start' | 'later';
  through(hop: Hop): Promise<boolean>;
}

class PathTrace {
  private readonly snapshot: Snapshot;
  private readonly start: FoundNamespace;
  private readonly options: TraceOptions;
  private readonly path: Path;
  private readonly now: PacketSpec;
  private readonly asked: PacketSpec;
  private here: FoundNamespace;
  private came: Node | undefined;
  private readonly visited = new Set<string>();
  private ttl: TtlOrigin = { kind: 'setting' };
  /** A raw chain's notrack holds for the rest of the way through this namespace, and so do marks. */
  private untracked = false;
  private untracker: RuleVerdict['untracker'];
  private status: ('dnat' | 'snat')[] = [];
  private types = new Map<string, string>();
  /** Where the kernel of this namespace sends it. */
  private answer: Exclude<RouteAnswer, { kind: 'none' }> = { kind: 'local' };
  /** What a packet meets in a namespace, in netfilter's order: where it starts, where it comes in, or in both. */
  private readonly stages: readonly Stage[] = [
    { at: 'later', through: (hop) => this.prerouting(hop) },
    { at: 'start', through: () => this.localOrigin() },
    { through: (hop) => this.routing(hop) },
    { at: 'start', through: (hop) => this.output(hop) },
    { through: (hop) => this.input(hop) },
    { through: (hop) => this.choosingExit(hop) },
    { through: (hop) => this.forwardAndPostrouting(hop) },
    { through: (hop) => this.crossingLink(hop) },
  ];

  constructor(snapshot: Snapshot, start: FoundNamespace, spec: PacketSpec, options: TraceOptions) {
    this.snapshot = snapshot;
    this.start = start;
    this.options = options;
    this.here = start;
    this.asked = { ...spec };
    this.path = {
      hops: [],
      findings: [],
      spec: { ...spec },
      translations: [],
      points: [],
      disagreements: [],
    };
    this.now = this.path.spec;
  }

  async run(): Promise<Path> {
    while (this.path.hops.length < MOST_HOPS) {
      const ended = await this.hop();
      if (ended) break;
    }
    return this.path;
  }

  /** Through one namespace, stage by stage; true where the way ends. */
  private async hop(): Promise<boolean> {
    const { path, here, came, snapshot } = this;
    const hop: Hop = { here, ...(came === undefined ? {} : { came }) };
    path.hops.push(hop);
    this.types = await ownAddressTypes(snapshot, here);
    for (const { at, through } of this.stages) {
      if (at !== undefined && at !== (came === undefined ? 'start' : 'later')) continue;
      if (await through(hop)) return true;
    }
    return false;
  }

  /** Whether something on this way surely stops the packet; what only its answer will meet does not. */
  private stopped(): boolean {
    const way = this.now.reply ? 'back' : 'there';
    return this.path.findings.some((one) => !one.possible && blocks(one) && one.place?.way === way);
  }

  /** Notes findings of this namespace: the packet came in, or began, here and did not get out. */
  private note(findings: readonly Finding[], upper?: number): void {
    const way = this.now.reply ? 'back' : 'there';
    const inside = this.lastPoint();
    for (const one of findings)
      this.path.findings.push({
        ...one,
        place: one.place ?? { way, lower: inside, upper: upper ?? inside },
      });
  }

  /** Index of the last point that is sure to be passed; -1 before the first. */
  private lastPoint(): number {
    return this.path.points.length - 1;
  }

  /** What meets a packet that came in before it is routed. */
  private async prerouting({ came }: Hop): Promise<boolean> {
    const inside = this.lastPoint();
    const way = this.now.reply ? 'back' : 'there';
    // An XDP program sees packets before captures do, a tc filter after them.
    const shaping = await checkShaping(this.snapshot, came!, 'ingress');
    this.note(shaping.map((one) => ({ ...one, place: { way, lower: inside - 1, upper: inside } })));
    await this.hook('prerouting');
    if (this.now.reply) this.undo('snat');
    return this.stopped();
  }

  /** The time to live with which packets start. */
  private async localOrigin(): Promise<boolean> {
    const { ttl, origin } = await initialTtl(this.snapshot, this.here, this.now);
    this.now.ttl = ttl;
    this.ttl = origin;
    return false;
  }

  private async routing(hop: Hop): Promise<boolean> {
    const { now, asked, came } = this;
    if (await this.lookUp(hop)) return true;
    if (now.source === undefined && this.answer.source !== undefined) now.source = this.answer.source;
    // A socket that has its address is looked up once more with it, and may meet another rule.
    const isBound = this.answer.kind === 'away' && came === undefined && asked.source === undefined;
    return isBound && this.lookUp(hop);
  }

  /** The output hook, of what starts here. */
  private async output(hop: Hop): Promise<boolean> {
    const { now, answer } = this;
    const before = { target: now.target, mark: now.mark ?? 0 };
    await this.hook('output', answer.kind === 'away' ? answer.dev : 'lo');
    if (this.stopped()) return true;
    // ip_route_me_harder: what the output hook changed is looked up again.
    const changed = now.target !== before.target || (now.mark ?? 0) !== before.mark;
    return changed && this.lookUp(hop);
  }

  /** Asks the kernel for the route as the packet is now; true where there is none. */
  private async lookUp(hop: Hop): Promise<boolean> {
    const answer = await this.lookup(this.now.target, this.now.source);
    if (answer.kind === 'none') return this.unroutable(hop, answer.words, this.path.hops.at(-2));
    this.answer = answer;
    return false;
  }

  private lookup(target: string, source: string | undefined): Promise<RouteAnswer> {
    const { now, came, options } = this;
    return this.snapshot.route(this.here, {
      family: now.family,
      target,
      ...(now.tooBig ? {} : { protocol: now.protocol }),
      ...(now.reply || now.port === undefined ? {} : { port: now.port }),
      ...(now.reply || now.ownPort === undefined ? {} : { ownPort: now.ownPort }),
      ...(now.reply && now.ownPort !== undefined ? { port: now.ownPort } : {}),
      ...(now.reply && now.ownPort !== undefined && now.port !== undefined ? { ownPort: now.port } : {}),
      ...(now.mark === undefined ? {} : { mark: now.mark }),
      ...(source === undefined ? {} : { source }),
      ...(came === undefined ? {} : { iif: came.link.name }),
      ...(options.zone === undefined || came !== undefined ? {} : { oif: options.zone }),
    });
  }

  private async unroutable(hop: Hop, words: string, previous: Hop | undefined): Promise<boolean> {
    const { snapshot, here, came, now } = this;
    // The kernel refuses a source that is not there (any more).
    if (now.source !== undefined && came === undefined && !snapshot.has(here, now.source)) delete now.source;
    const finding = await explainNoRoute(snapshot, hop, now, words, previous);
    // ARP requests are refused for the same reasons: then the packet itself was not even sent.
    this.note([
      {
        ...finding,
        place: { way: now.reply ? 'back' : 'there', lower: this.enteredFrom(), upper: this.lastPoint() },
      },
    ]);
    return true;
  }

  /** The last point before this namespace's own link: a packet that waits for an address goes no further. */
  private enteredFrom(): number {
    const { points } = this.path;
    let at = points.length - 1;
    while (at >= 0 && !(points[at]!.direction === 'out' && points[at]!.here === this.path.hops.at(-2)?.here))
      at -= 1;
    return Math.max(at - 1, -1);
  }

  /** What is for this namespace itself. */
  private async input(hop: Hop): Promise<boolean> {
    const { snapshot, here, came, now, path, answer } = this;
    if (answer.kind !== 'local') return false;
    const foreign = await localRoute(snapshot, hop, now);
    if (foreign !== undefined) {
      this.note([foreign]);
      if (this.stopped()) return true;
    }
    await this.hook('input');
    if (now.reply) this.undo('dnat');
    this.note(await checkPolicies(here, 'in', now));
    if (came === undefined) {
      this.note(await checkLoopback(snapshot, here, now));
      this.note(sharedAddress(snapshot, here, now.target));
    }
    path.arrived = hop;
    return true;
  }

  /** By which interface: as the kernel answers, unless the captures saw it leave by another. */
  private async choosingExit(hop: Hop): Promise<boolean> {
    const { snapshot, here, path, now, answer } = this;
    if (answer.kind !== 'away') return true;
    let exit = snapshot.topology.find(here, answer.dev);
    let nextHop = answer.gateway ?? now.target;
    const left = this.observedExit();
    if (left !== undefined && left.dev !== answer.dev) {
      const other = snapshot.topology.find(here, left.dev);
      if (other !== undefined && other.link.master === undefined && exit?.link.kind !== 'bridge') {
        path.disagreements.push(
          `${here.label}: ip route get says ${answer.dev}, but the packet left by ${left.dev}`,
        );
        exit = other;
        nextHop = (await this.gatewayBy(left.dev)) ?? now.target;
      }
    }
    if (exit === undefined) return true;
    hop.exit = exit;
    hop.nextHop = nextHop;
    return false;
  }

  /** The gateway of the next hop by that interface, of a route that has several. */
  private async gatewayBy(dev: string): Promise<string | undefined> {
    const { now, snapshot, here, came } = this;
    const decision = decide(await snapshot.state(here), lookupOf(now, came?.link.name));
    if (decision.kind !== 'route') return undefined;
    const hop = decision.route.nexthops?.find((one) => one.dev === dev);
    return hop?.gateway ?? hop?.via?.host;
  }

  /** Where the packet asked about left this namespace, as captures saw it. */
  private observedExit(): Sighting | undefined {
    const { options, here, now } = this;
    return options.observed?.find(
      (one) =>
        one.role === (now.reply ? 'answer' : 'request') &&
        one.here.inode === here.inode &&
        one.direction === 'out' &&
        one.dev !== this.came?.link.name,
    );
  }

  /** From the routing decision to the interface. */
  private async forwardAndPostrouting(hop: Hop): Promise<boolean> {
    const { snapshot, here, came, now, answer } = this;
    const exit = hop.exit!;
    const routeMtu = answer.kind === 'away' ? answer.mtu : undefined;
    if (came !== undefined) {
      // Who does not forward answers no ARP for others either: then the packet was not even sent.
      const lower = this.path.hops.at(-2)?.proxied ? this.enteredFrom() : this.lastPoint();
      const way = now.reply ? 'back' : 'there';
      const findings = await checkForwarding(snapshot, hop, now);
      this.note(findings.map((one) => ({ ...one, place: { way, lower, upper: this.lastPoint() } })));
      now.ttl = (now.ttl ?? 64) - 1;
      if (now.ttl <= 0) this.note([await timeToLive(snapshot, this.start, this.ttl, here, now)]);
    }
    if (routeMtu !== undefined && routeMtu < exit.link.mtu) hop.routeMtu = routeMtu;
    this.note(await checkSource(snapshot, hop, now));
    if (this.stopped()) return true;
    if (came !== undefined) await this.hook('forward', exit.link.name);
    await this.hook('postrouting', exit.link.name);
    if (now.reply) this.undo('dnat');
    this.note(await checkPolicies(here, came === undefined ? 'out' : 'fwd', now));
    this.adopt();
    return this.stopped();
  }

  /** Addresses as the captures saw them leave: rules that were not understood may have changed them. */
  private adopt(): void {
    const { now, path, here } = this;
    const left = this.observedExit();
    if (left?.target === undefined || left.source === undefined) return;
    for (const key of ['source', 'target'] as const) {
      const [model, seen] = [now[key], left[key]!];
      if (model === undefined || sameAddress(model, seen)) continue;
      path.disagreements.push(`${here.label}: the packet leaves with the ${key} ${seen} instead of ${model}`);
      path.translations.push({
        here,
        kind: key === 'source' ? 'snat' : 'dnat',
        before: model,
        after: seen,
        guessed: true,
      });
      now[key] = seen;
    }
    const port = now.reply ? left.sourcePort : left.targetPort;
    if (now.protocol !== 'icmp' && port !== undefined) now.port = port;
  }

  /** Over the wire into the next namespace. */
  private async crossingLink(hop: Hop): Promise<boolean> {
    const { snapshot, path, now, options, here, came } = this;
    const mark = `${here.inode} ${came?.link.index ?? 0} ${now.target}`;
    if (this.visited.has(mark)) {
      this.note([await explainLoop(snapshot, path.hops, now)], Number.POSITIVE_INFINITY);
      return true;
    }
    this.visited.add(mark);
    const exit = hop.exit!;
    const inside = this.lastPoint();
    const next = await nextStation(snapshot, exit, hop.nextHop!, now, options.observed);
    if (next === undefined) {
      path.points.push({ here, dev: exit.link.name, direction: 'out' });
      const way = now.reply ? 'back' : 'there';
      const findings = await leavesLink(snapshot, hop, now, options.wanted);
      this.note(findings.map((one) => ({ ...one, place: { way, lower: inside, upper: inside + 1 } })));
      return true;
    }
    const { station } = next;
    if (next.proxied) hop.proxied = true;
    if (
      path.hops.some((one) => one.here === station.namespace) &&
      !snapshot.has(station.namespace, now.target) &&
      this.back(station)
    ) {
      this.note([await explainLoop(snapshot, path.hops, now)], Number.POSITIVE_INFINITY);
      return true;
    }
    hop.wire = snapshot.topology.wire(exit, station) ?? [exit, station];
    if (snapshot.topology.wire(exit, station) === undefined) hop.foreign = true;
    const points = pointsOf(snapshot, hop.wire);
    const upper = inside + points.length - 1;
    await this.link(hop, station, inside, upper);
    path.points.push(...points);
    if (this.stopped()) return true;
    this.came = station;
    this.here = station.namespace;
    this.untracked = false;
    this.status = [];
    delete now.mark;
    return false;
  }

  /** A namespace that it has passed already, by the same interface. */
  private back(station: Node): boolean {
    return this.path.hops.some(
      (one) => one.here === station.namespace && (one.came === undefined || one.came === station),
    );
  }

  /** Everything between two interfaces of one link. */
  private async link(hop: Hop, station: Node, inside: number, upper: number): Promise<void> {
    const { snapshot, now, options } = this;
    const way = now.reply ? 'back' : 'there';
    const wire = hop.wire!;
    const place = (findings: readonly Finding[], last = upper) =>
      this.note(findings.map((one) => ({ ...one, place: { way, lower: inside, upper: last } })));
    place(await checkWire(snapshot, wire, now));
    if (this.stopped()) return;
    for (const node of wire) place(await this.tunnel(node, options.depth ?? 0));
    place(await checkTunnelEnds(snapshot, wire));
    if (this.stopped()) return;
    for (const [at, node] of wire.entries()) {
      if (at < wire.length - 1) place(await checkShaping(snapshot, node, 'egress'));
      if (at > 0 && at < wire.length - 1) place(await checkShaping(snapshot, node, 'ingress'));
    }
    if (this.stopped()) return;
    // The bridge answers for its port's address, so packets do arrive; the answers are what gets lost, inside.
    for (const one of await checkTarget(snapshot, station, now))
      place([one], one.code === 'address-on-bridge-port' ? Number.POSITIVE_INFINITY : upper);
    place(duplicateSource(snapshot, station, now), upper + 1);
    if (this.stopped()) return;
    if (now.family === 4) {
      const refused = await checkArpEntry(snapshot, hop, station, now);
      if (refused !== undefined) {
        place([refused], upper + 1);
        return;
      }
    }
    for (const one of await checkNeighbour(snapshot, hop, station, now)) {
      const last = { exit: inside, link: upper, station: upper + 1 }[reachOf(one, hop.exit!)];
      place([one], last);
    }
    if (this.stopped()) return;
    place(await checkFilters(snapshot, wire, this.packet()), upper + 1);
  }

  /** A VXLAN's frames are themselves packets (RFC 7348) that must find their way to its remote end. */
  private async tunnel(node: Node, depth: number): Promise<Finding[]> {
    const remote = node.link.kind === 'vxlan' ? remoteOf(node) : undefined;
    if (remote === undefined || depth > 2) return [];
    const carrier: PacketSpec = {
      family: familyOf(remote)!,
      target: remote,
      protocol: 'udp',
      port: Number(node.link.details.port ?? 4789),
      reply: false,
    };
    const { findings } = await tracePath(this.snapshot, node.namespace, carrier, { depth: depth + 1 });
    return findings.map(({ place: _, ...one }) => ({
      ...one,
      cause: `${nodeText(node)}, a VXLAN, does not reach ${remote}: ${one.cause}`,
    }));
  }

  private packet(iif?: string, oif?: string): FirewallPacket {
    const { now, asked, options, here, status } = this;
    const translated = options.undo?.filter((one) => one.here === here).map((one) => one.kind) ?? [];
    return {
      ...seenByFirewall(now, iif, oif),
      // The probe's own packets have none: only rules give them one.
      mark: now.mark ?? 0,
      ...(this.untracked ? { untracked: true } : {}),
      ...(now.reply && options.passed !== undefined && !options.passed.has(here.inode)
        ? { unanswered: true }
        : {}),
      status: [...status, ...translated],
      original: {
        target: now.reply ? (now.source ?? '') : asked.target,
        ...(asked.port === undefined ? {} : { port: asked.port }),
      },
      addressType: (address) => this.types.get(address) ?? typeOf(address),
    };
  }

  /** The rules of one hook, and what they do to the packet. */
  private async hook(name: Hook, oif?: string): Promise<void> {
    const { snapshot, here, came, now } = this;
    const packet = this.packet(came?.link.name, oif);
    const { ruleVerdict, findings } = await checkHook(snapshot, here, name, packet);
    this.note(findings);
    if (ruleVerdict.untracked) this.untracked = true;
    if (ruleVerdict.untracker !== undefined) this.untracker = ruleVerdict.untracker;
    if (ruleVerdict.mark !== undefined) now.mark = ruleVerdict.mark;
    if (ruleVerdict.ttl !== undefined) {
      now.ttl = ruleVerdict.ttl;
      this.ttl = { kind: 'rule', here, aged: ruleVerdict.aged! };
    }
    if (now.reply || now.tooBig) return;
    await this.translate(name, packet, ruleVerdict, oif);
  }

  private async translate(
    name: Hook,
    packet: FirewallPacket,
    ruleVerdict: RuleVerdict,
    oif?: string,
  ): Promise<void> {
    const { snapshot, here, came, now, path } = this;
    const skipped = await skippedTranslation(here, packet, ruleVerdict, this.untracker);
    if (skipped !== undefined) {
      this.note([{ ...skipped, place: { way: 'back', lower: -1, upper: Number.POSITIVE_INFINITY } }]);
    }
    const made = await translationOf(snapshot, here, packet, ruleVerdict, {
      ...(came === undefined ? {} : { came }),
      ...(name === 'output' ? { local: true } : {}),
      ...(oif === undefined ? {} : { oif }),
    });
    for (const { translation, port } of made) {
      path.translations.push(translation);
      if (translation.kind === 'snat') now.source = translation.after;
      else now.target = translation.after;
      if (translation.kind === 'dnat' && port !== undefined) now.port = port;
      if (!translation.stateless) this.status.push(translation.kind);
    }
  }

  /**
   * Answers get the addresses of the request back: the target that was translated is set right where the request's
   * source would be (postrouting, input), the source where its target would be (prerouting), nf_nat_core.c.
   */
  private undo(kind: 'dnat' | 'snat'): void {
    const { now, here, options } = this;
    for (const one of options.undo ?? []) {
      if (one.here !== here || one.kind !== kind || one.stateless || this.untracked) continue;
      if (kind === 'snat' && sameAddress(one.after, now.target)) now.target = one.before;
      if (kind === 'dnat' && now.source !== undefined && sameAddress(one.after, now.source)) {
        now.source = one.before;
        if (one.portBefore !== undefined) now.port = one.portBefore;
      }
    }
  }
}

/** The interfaces at which captures see a frame that passes a wire. */
function pointsOf(snapshot: Snapshot, wire: readonly Node[]): Point[] {
  return wire.flatMap((node, at) => {
    const point = (direction: Point['direction']): Point => ({
      here: node.namespace,
      dev: node.link.name,
      direction,
    });
    if (at === 0) return [point('out')];
    if (at === wire.length - 1) return [point('in')];
    const comes = snapshot.topology.peer(wire[at - 1]!) === node;
    const goes = snapshot.topology.peer(node) === wire[at + 1];
    return [...(comes ? [point('in')] : []), ...(goes && !comes ? [point('out')] : [])];
  });
}

/** The kinds of the addresses that the namespace itself has, as its routing table "local" says. */
async function ownAddressTypes(snapshot: Snapshot, here: FoundNamespace): Promise<Map<string, string>> {
  const { routes } = await snapshot.state(here);
  const types = new Map<string, string>();
  for (const route of routes) {
    if (/^(local|broadcast|anycast)$/.test(route.type) && !route.dst.includes('/'))
      types.set(route.dst, route.type);
  }
  return types;
}

function typeOf(address: string): string {
  if (address.startsWith('127.') || address === '::1') return 'local';
  if (isMulticast(address)) return 'multicast';
  return address === '255.255.255.255' ? 'broadcast' : 'unicast';
}
