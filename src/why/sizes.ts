// Large packets and fragments: each must arrive, or be reported by a router as too large.
import { addressesOf } from '../netns/topology.ts';
import { tracePaths } from './both-paths.ts';
import { isTelling, reported } from './checks/kernel-says.ts';
import { type Evidence, packetSpec } from './evidence.ts';
import { named } from './facts/names.ts';
import type { Observation } from './facts/observations.ts';
import { diagnosisOf, type Finding, type Found, setLink } from './finding.ts';
import { explainMismatch, mismatch } from './mtu.ts';
import type { Hop, PacketSpec } from './packet.ts';
import { ping } from './probe.ts';
import { probedAddress } from './probes.ts';
import { tracePath } from './trace-path.ts';

export async function checkSizes(evidence: Evidence): Promise<void> {
  // If the path is not seen to its end, the size it should carry is unknown.
  if (evidence.probes?.ping.outcome !== 'answered' || evidence.there?.arrived === undefined) return;
  const before = evidence.findings.length;
  await checkLarge(evidence);
  // The answer to what came in fragments comes in fragments: a wire too narrow for the answers loses them, too.
  if (evidence.findings.length === before) await checkReverse(evidence);
  if (evidence.findings.length === before) await checkFragments(evidence);
}

async function checkLarge(evidence: Evidence): Promise<void> {
  const { probes, there, request } = evidence;
  const small = mismatch(there?.hops ?? []);
  let large = probes!.large;
  if (!lost(large)) return;
  // It was sent when not even the way was known yet: once more before a router is suspected.
  if (small === undefined) {
    const retry = await ping(request.asker, probedAddress(request), {
      size: large.size,
      count: 1,
      patience: evidence.patience,
    });
    large = { ...retry, size: large.size };
    probes!.large = large;
    if (!lost(large)) return;
  }
  const seen: Observation = {
    code: 'large-ping-lost',
    facts: { size: large.size, outcome: large.words },
  };
  evidence.findings.push(
    small === undefined
      ? await blackHole(evidence, large.size, seen)
      : explainMismatch(evidence.snapshot.topology, there!.hops, small.exit, small.small, [seen]),
  );
}

type Large = NonNullable<Evidence['probes']>['large'];
function lost(large: Large): large is NonNullable<Large> {
  return large !== undefined && large.outcome !== 'answered' && large.outcome !== 'missing' && !large.tooBig;
}

/** Large packets vanish, but every wire is wide enough: a router drops them without a report, or is not heard. */
async function blackHole(
  evidence: Evidence,
  size: number,
  seen: Observation,
  protocol: PacketSpec['protocol'] = 'icmp',
): Promise<Finding> {
  const { there, findings } = evidence;
  const narrow = there?.hops.find((hop, index) => index > 0 && (sizeOf(hop) ?? size) < size);
  if (narrow !== undefined) return unheard(evidence, narrow, seen);
  const rule = await stopped(evidence, { size }, protocol);
  if (rule !== undefined) return { ...rule, effect: 'some', evidence: [seen, ...rule.evidence] };
  // A queue or a rule that may drop packets drops large ones first.
  const doubt = findings.find(
    (finding) => finding.possible && (finding.step === 'firewall' || finding.step === 'hops'),
  );
  if (doubt !== undefined) return { ...doubt, effect: 'some' };
  return {
    code: 'large-packets-lost',
    effect: 'some',
    step: 'mtu',
    facts: { target: evidence.request.address! },
    evidence: [seen],
    fix: [],
  };
}

/** Bytes of IP and TCP headers with time stamps (RFC 7323). */
const HEADERS = { 4: 52, 6: 72 } as const;

/** What a connection carries, though small packets pass: rules and filters may match ports and lengths. */
export async function checkPayload(evidence: Evidence): Promise<void> {
  const { probes, findings, there, request, dropped, snapshot } = evidence;
  const { payload, ownPort } = probes?.port ?? {};
  if (payload === undefined || payload.delivered || findings.some(({ effect }) => effect === 'some')) return;
  const seen: Observation = { code: 'data-lost', facts: { bytes: payload.bytes } };
  const report = dropped.find(
    ({ sourcePort, tcp, size = 0, reason }) =>
      tcp !== undefined &&
      sourcePort === ownPort &&
      size > payload.segment &&
      isTelling(reason) &&
      // A router's report of the narrow wire should have come back: what lost that is the cause.
      reason !== 'PKT_TOO_BIG',
  );
  const size = payload.segment + HEADERS[request.family];
  const narrow = mismatch(there?.hops ?? []);
  const found =
    narrow !== undefined
      ? explainMismatch(snapshot.topology, there!.hops, narrow.exit, narrow.small, [seen])
      : report !== undefined
        ? await reported(evidence, { ...report, role: 'request' })
        : await blackHole(evidence, size, seen, 'tcp');
  findings.push({
    ...found,
    effect: 'some',
    evidence: [seen, ...found.evidence.filter((observation) => observation !== seen)],
  });
}

/** Reasons for which a socket, and not the way to it, drops a segment of a connection that the probe has closed. */
const AT_SOCKET = /^(TCP|SOCKET|NO_SOCKET|SKB_CONSUMED|QUEUE_PURGE)/;

/** What the server says once connected is lost on its way, though its SYN-ACK was not: rules may match the payload. */
export async function checkServerData(evidence: Evidence): Promise<void> {
  const { probes, findings, request, dropped } = evidence;
  const { ownPort, server } = probes?.port ?? {};
  if (server !== 'waits' || ownPort === undefined || findings.some(({ effect }) => effect === 'some')) return;
  const report = dropped.find(
    ({ sourcePort, targetPort, tcp, size = 0, reason }) =>
      tcp !== undefined &&
      sourcePort === request.port &&
      targetPort === ownPort &&
      // Neither a SYN-ACK nor an RST.
      (tcp.flags & 0x06) === 0 &&
      size > HEADERS[request.family] &&
      isTelling(reason) &&
      !AT_SOCKET.test(reason!),
  );
  if (report === undefined) return;
  findings.push({ ...(await reported(evidence, { ...report, role: 'answer' })), effect: 'some' });
}

/** Bytes that a router sends on undivided. */
function sizeOf({ exit, routeMtu }: Hop): number | undefined {
  return exit === undefined ? undefined : Math.min(exit.link.mtu, routeMtu ?? exit.link.mtu);
}

/** A router reports that the packet is too large (RFC 1191, RFC 8201), and the report is lost: by which rule or route? */
async function unheard(evidence: Evidence, narrow: Hop, seen: Observation): Promise<Finding> {
  const { there, snapshot, request } = evidence;
  const first = there!.hops[0].exit!;
  const limit = sizeOf(narrow)!;
  const reporter =
    narrow.ingress === undefined ? undefined : addressesOf(narrow.ingress, request.family)[0]?.address;
  const source = there!.hops.length > 0 ? sourceOf(evidence) : undefined;
  const facts = {
    ...named(narrow.exit!),
    route: narrow.routeMtu === limit && limit < narrow.exit!.link.mtu,
    mtu: limit,
    router: narrow.here.label,
    family: request.family,
  };
  const report: PacketSpec | undefined =
    source === undefined
      ? undefined
      : {
          family: request.family,
          ...(reporter === undefined ? {} : { source: reporter }),
          target: source,
          protocol: 'icmp',
          reply: true,
          tooBig: true,
        };
  const reportPath =
    report && (await tracePath(snapshot, narrow.here, report, { undo: there!.translations }));
  const culprit = reportPath?.findings.find((finding) => !finding.possible);
  if (culprit !== undefined) {
    return {
      ...foundOf(culprit),
      code: 'fragmentation-needed-lost',
      effect: 'some',
      step: 'mtu',
      facts: { ...facts, lostBy: diagnosisOf(culprit) },
      evidence: [seen, ...culprit.evidence],
    };
  }
  return {
    code: 'fragmentation-needed-lost',
    effect: 'some',
    step: 'mtu',
    facts,
    evidence: [seen],
    fix: [setLink(first, 'mtu', String(limit))],
  };
}

/** The asker's address, as it leaves. */
function sourceOf({ there }: Evidence): string | undefined {
  const translated = there!.translations.find((translation) => translation.kind === 'snat');
  return translated?.before ?? there!.spec.source;
}

/** The rule that stops a ping of another size, or in fragments. */
async function stopped(
  evidence: Evidence,
  change: Partial<PacketSpec>,
  protocol: PacketSpec['protocol'] = 'icmp',
): Promise<Finding | undefined> {
  const spec = packetSpec(evidence);
  const { port: _, ownPort: __, ...portless } = spec;
  const packet = protocol === 'icmp' ? portless : spec;
  const { there, back } = await tracePaths(evidence, { ...packet, protocol, ...change }, []);
  const found = [...there.findings, ...(back?.findings ?? [])].find(
    (finding) => !finding.possible && finding.effect !== 'some',
  );
  if (found === undefined) return undefined;
  const { place: ___, ...rest } = found;
  return rest;
}

/** The finding but for what is wrong: another takes its place, of which it is the reason. */
function foundOf({ code: _, facts: __, context: ___, place: ____, ...found }: Finding): Found {
  return found;
}

/** A packet that was divided must be put together again at the other end. */
async function checkFragments(evidence: Evidence): Promise<void> {
  const { probes, request } = evidence;
  const large = probes!.large;
  // Where a router divides or refuses what is too large, fragments meet its limits, too: that is no fault of theirs.
  if (probes!.fragments === undefined || (large !== undefined && lost(large))) return;
  const { size } = probes!.fragments;
  if (probes!.fragments.outcome === 'answered' || probes!.fragments.outcome === 'missing') return;
  const retry = await ping(request.asker, probedAddress(request), {
    size,
    count: 1,
    divide: true,
    patience: evidence.patience,
  });
  probes!.fragments = { ...retry, size };
  if (retry.outcome === 'answered') return;
  const seen: Observation = { code: 'fragmented-ping-lost', facts: { size, outcome: retry.words } };
  const rule = await stopped(evidence, { fragment: true, size: 1500 });
  evidence.findings.push(
    rule === undefined
      ? {
          code: 'fragments-dropped',
          effect: 'some',
          step: 'mtu',
          facts: { target: request.address! },
          evidence: [seen],
          fix: [],
          possible: true,
        }
      : {
          ...foundOf(rule),
          code: 'fragments-dropped',
          effect: 'some',
          facts: { target: request.address!, droppedBy: diagnosisOf(rule) },
          evidence: [seen, ...rule.evidence],
        },
  );
}

/** The same from the other end, where its first wire is narrower than what it sends. */
async function checkReverse(evidence: Evidence): Promise<void> {
  const { there, back, request, patience } = evidence;
  const reverse = mismatch(back?.hops ?? []);
  const sender = back?.hops[0];
  if (
    there?.arrived === undefined ||
    reverse === undefined ||
    sender === undefined ||
    reverse.exit !== sender.exit ||
    request.zone !== undefined
  )
    return;
  const target = there.spec.source!;
  const size = Math.min(reverse.exit.link.mtu, 65535);
  const source = there.spec.target;
  const [little, big] = await Promise.all([
    ping(sender.here, target, { count: 1, source, patience }),
    ping(sender.here, target, { count: 1, size, source, patience }),
  ]);
  if (little.outcome === 'answered' && big.outcome !== 'answered' && !big.tooBig) {
    const seen: Observation = { code: 'large-ping-lost', facts: { size, netns: sender.here.label } };
    evidence.findings.push(
      explainMismatch(evidence.snapshot.topology, back!.hops, reverse.exit, reverse.small, [seen]),
    );
  }
}
