// A namespace's hooks in netfilter's order, what stands beside them in the kernel, and addresses translated there.
import type { FoundNamespace } from '../../netns/discover.ts';
import { isMulticast } from '../../netns/prefix.ts';
import { checkHook } from '../checks/filtering.ts';
import { checkForwarding, checkLoopback, checkSource, sharedAddress } from '../checks/host.ts';
import { localRoute } from '../checks/local-route.ts';
import { checkPolicies } from '../checks/policy.ts';
import { checkShaping } from '../checks/shaping.ts';
import { initialTtl, timeToLive } from '../checks/time-to-live.ts';
import { skippedTranslation, translationOf } from '../checks/translation.ts';
import type { RuleVerdict } from '../evaluate-rules.ts';
import { sameAddress } from '../fib.ts';
import { type Hop, seenByFirewall } from '../packet.ts';
import type { FirewallPacket, Hook } from '../ruleset.ts';
import type { Snapshot } from '../snapshot.ts';
import { lookUp } from './route.ts';
import type { Trace } from './trace.ts';

/** What meets a packet that came in before it is routed. */
export async function prerouting(trace: Trace, { ingress }: Hop): Promise<boolean> {
  const inside = trace.lastPoint();
  // An XDP program sees packets before captures do, a tc filter after them.
  const shaping = await checkShaping(trace.snapshot, ingress!, 'ingress');
  trace.noteBetween(shaping, inside - 1, inside);
  await passHook(trace, 'prerouting');
  const known = adoptTarget(trace);
  if (trace.now.reply) untranslate(trace, 'snat');
  return trace.stopped() || !known;
}

/** The time to live with which packets start. */
export async function localOrigin(trace: Trace): Promise<boolean> {
  const { tunnel } = trace.options;
  if (tunnel !== undefined && trace.now.ttl !== undefined) {
    trace.ttl = { kind: 'tunnel', node: tunnel };
    return false;
  }
  const { ttl, origin } = await initialTtl(trace.snapshot, trace.here, trace.now);
  trace.now.ttl = ttl;
  trace.ttl = origin;
  return false;
}

/** The output hook, of what starts here. */
export async function output(trace: Trace, hop: Hop): Promise<boolean> {
  const { now, answer } = trace;
  const before = { target: now.target, mark: now.mark ?? 0 };
  await passHook(trace, 'output', answer.kind === 'away' ? answer.dev : 'lo');
  if (trace.stopped()) return true;
  // ip_route_me_harder: what the output hook changed is looked up again.
  const changed = now.target !== before.target || (now.mark ?? 0) !== before.mark;
  return changed && lookUp(trace, hop);
}

/** What is for this namespace itself. */
export async function input(trace: Trace, hop: Hop): Promise<boolean> {
  const { snapshot, here, ingress, now, path, answer } = trace;
  if (answer.kind !== 'local') return false;
  const foreign = await localRoute(snapshot, hop, now);
  if (foreign !== undefined) {
    trace.note([foreign]);
    if (trace.stopped()) return true;
  }
  await passHook(trace, 'input');
  if (now.reply) untranslate(trace, 'dnat');
  trace.note(await checkPolicies(here, 'in', now));
  if (ingress === undefined) {
    trace.note(await checkLoopback(snapshot, here, now));
    trace.note(sharedAddress(snapshot, here, now.target));
  }
  path.arrived = hop;
  return true;
}

/** From the routing decision to the interface. */
export async function forwardAndPostrouting(trace: Trace, hop: Hop): Promise<boolean> {
  const { snapshot, here, ingress, now, answer } = trace;
  const exit = hop.exit!;
  const routeMtu = answer.kind === 'away' ? answer.mtu : undefined;
  if (ingress !== undefined) {
    // Who does not forward answers no ARP for others either: then the packet was not even sent.
    const lower = trace.path.hops.at(-2)?.proxied ? trace.enteredFrom() : trace.lastPoint();
    trace.noteBetween(await checkForwarding(snapshot, hop, now), lower, trace.lastPoint());
    now.ttl = (now.ttl ?? 64) - 1;
    if (now.ttl <= 0) trace.note([await timeToLive(snapshot, trace.start, trace.ttl, here, now)]);
  }
  if (routeMtu !== undefined && routeMtu < exit.link.mtu) hop.routeMtu = routeMtu;
  trace.note(await checkSource(snapshot, hop, now));
  if (trace.stopped()) return true;
  if (ingress !== undefined) await passHook(trace, 'forward', exit.link.name);
  await passHook(trace, 'postrouting', exit.link.name);
  if (now.reply) untranslate(trace, 'dnat');
  trace.note(await checkPolicies(here, ingress === undefined ? 'out' : 'fwd', now));
  adoptObserved(trace);
  return trace.stopped();
}

/**
 * The target with which captures saw the request leave this namespace: a rule that chooses among several (numgen, jhash)
 * gave it, or one that was not understood, where it seems to be for the namespace itself. False where it is not known.
 */
function adoptTarget(trace: Trace): boolean {
  const { now, path, here, status } = trace;
  const chosen = path.translations.find((translation) => translation.here === here && translation.untold);
  if (now.reply || now.tooBig || (chosen === undefined && trace.types.get(now.target) !== 'local'))
    return true;
  const exit = trace.observedExit();
  if (exit?.target === undefined) return chosen === undefined;
  if (chosen === undefined && sameAddress(exit.target, now.target)) return true;
  const ports =
    now.port === undefined || exit.targetPort === undefined
      ? {}
      : { portBefore: now.port, portAfter: exit.targetPort };
  if (chosen !== undefined) {
    Object.assign(chosen, { after: exit.target, ...ports });
    delete chosen.untold;
  } else {
    path.translations.push({
      here,
      kind: 'dnat',
      before: now.target,
      after: exit.target,
      guessed: true,
      ...ports,
    });
    status.push('dnat');
  }
  now.target = exit.target;
  if (ports.portAfter !== undefined) now.port = ports.portAfter;
  return true;
}

/** Addresses as the captures saw them leave: rules that were not understood may have changed them. */
function adoptObserved(trace: Trace): void {
  const { now, path, here } = trace;
  const observedExit = trace.observedExit();
  if (observedExit?.target === undefined || observedExit.source === undefined) return;
  for (const key of ['source', 'target'] as const) {
    const [model, seen] = [now[key], observedExit[key]!];
    if (model === undefined || sameAddress(model, seen)) continue;
    const kind = key === 'source' ? 'snat' : 'dnat';
    const meant = path.translations.find(
      (translation) => translation.here === here && translation.kind === kind && translation.after === model,
    );
    if (meant !== undefined) {
      // Of several that the rule leaves the choice of.
      meant.after = seen;
      now[key] = seen;
      continue;
    }
    path.disagreements.push({ kind: key, netns: here.label, expected: model, observed: seen });
    path.translations.push({
      here,
      kind,
      before: model,
      after: seen,
      guessed: true,
    });
    now[key] = seen;
  }
  const port = now.reply ? observedExit.sourcePort : observedExit.targetPort;
  if (now.protocol !== 'icmp' && port !== undefined) now.port = port;
}

export function packetOf(trace: Trace, iif?: string, oif?: string): FirewallPacket {
  const { now, asked, options, here, status } = trace;
  const translated =
    options.undo?.filter((translation) => translation.here === here).map((translation) => translation.kind) ??
    [];
  return {
    ...seenByFirewall(now, iif, oif),
    // The probe's own packets have none: only rules give them one.
    mark: now.mark ?? 0,
    connectionMark: trace.path.connectionMarks.get(here.inode) ?? 0,
    ...(trace.untracked ? { untracked: true } : {}),
    ...(now.reply && options.passed !== undefined && !options.passed.has(here.inode)
      ? { unanswered: true }
      : {}),
    status: [...status, ...translated],
    original: {
      target: now.reply ? (now.source ?? '') : asked.target,
      ...(asked.port === undefined ? {} : { port: asked.port }),
    },
    addressType: (address) => trace.types.get(address) ?? typeOf(address),
  };
}

/** The rules of one hook, and what they do to the packet. */
async function passHook(trace: Trace, name: Hook, oif?: string): Promise<void> {
  const { snapshot, here, ingress, now } = trace;
  const packet = packetOf(trace, ingress?.link.name, oif);
  const { ruleVerdict, findings } = await checkHook(snapshot, here, name, packet);
  trace.note(findings);
  if (ruleVerdict.untracked) trace.untracked = true;
  if (ruleVerdict.untracker !== undefined) trace.untracker = ruleVerdict.untracker;
  if (ruleVerdict.mark !== undefined) now.mark = ruleVerdict.mark;
  if (ruleVerdict.connectionMark !== undefined)
    trace.path.connectionMarks.set(here.inode, ruleVerdict.connectionMark);
  if (ruleVerdict.ttl !== undefined) {
    now.ttl = ruleVerdict.ttl;
    trace.ttl = { kind: 'rule', here, aged: ruleVerdict.aged! };
  }
  if (now.tooBig) return;
  // Of an answer only what rules change without the connection tracker: the tracker sets it right by the request.
  const { translation: _, skipped: __, ...stateless } = ruleVerdict;
  await translate(trace, name, packet, now.reply ? stateless : ruleVerdict, oif);
}

async function translate(
  trace: Trace,
  name: Hook,
  packet: FirewallPacket,
  ruleVerdict: RuleVerdict,
  oif?: string,
): Promise<void> {
  const { snapshot, here, ingress, now, path } = trace;
  const skipped = await skippedTranslation(here, packet, ruleVerdict, trace.untracker);
  if (skipped !== undefined) {
    trace.note([{ ...skipped, place: { way: 'back', lower: -1, upper: Number.POSITIVE_INFINITY } }]);
  }
  const made = await translationOf(snapshot, here, packet, ruleVerdict, {
    ...(ingress === undefined ? {} : { ingress }),
    ...(name === 'output' ? { local: true } : {}),
    ...(oif === undefined ? {} : { oif }),
  });
  for (const { translation, port } of made) {
    path.translations.push(translation);
    if (translation.kind === 'snat') now.source = translation.after;
    else now.target = translation.after;
    if (translation.kind === 'dnat' && port !== undefined) now.port = port;
    if (!translation.stateless) trace.status.push(translation.kind);
  }
}

/**
 * Answers get the addresses of the request back: the target that was translated is set right where the request's
 * source would be (postrouting, input), the source where its target would be (prerouting), nf_nat_core.c.
 */
function untranslate(trace: Trace, kind: 'dnat' | 'snat'): void {
  const { now, here, options } = trace;
  for (const translation of options.undo ?? []) {
    if (translation.here !== here || translation.kind !== kind || translation.stateless || trace.untracked)
      continue;
    if (kind === 'snat' && sameAddress(translation.after, now.target)) now.target = translation.before;
    if (kind === 'dnat' && now.source !== undefined && sameAddress(translation.after, now.source)) {
      now.source = translation.before;
      if (translation.portBefore !== undefined) now.port = translation.portBefore;
    }
  }
}

/** The kinds of the addresses that the namespace itself has, as its routing table "local" says. */
export async function ownAddressTypes(
  snapshot: Snapshot,
  here: FoundNamespace,
): Promise<Map<string, string>> {
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
