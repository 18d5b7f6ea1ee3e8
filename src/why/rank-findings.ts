// Of all that was found the one cause: the first thing on the packet's way that agrees with what was observed.
import type { Evidence } from './evidence.ts';
import { blocks, type Finding, type FindingCode } from './finding.ts';
import { contradicted, progressOf } from './progress.ts';

/** Of a listener that is not there: the kernel refuses in its stead, and is not silent. */
const REFUSING: ReadonlySet<FindingCode> = new Set([
  'not-listening',
  'bound-elsewhere',
  'bound-to-device',
  'socket-connected',
]);

/** Of sizes: affecting large packets only. */
const SIZES: ReadonlySet<FindingCode> = new Set([
  'mtu-mismatch',
  'fragmentation-needed-lost',
  'fragments-dropped',
  'large-packets-lost',
]);

/** A translated packet is dropped because its new address has no route: the rule is to blame, not the routing. */
const ROOTS: ReadonlySet<FindingCode> = new Set([
  'translated',
  'translation-skipped',
  'answer-not-translated',
]);

/** Steps that pings need as much as what was asked for. */
const SHARED = new Set(['namespace', 'loopback', 'address', 'owner', 'link', 'neighbour']);

/** The finding to blame; undefined where nothing explains it. */
export function rank(evidence: Evidence): Finding | undefined {
  const { findings } = evidence;
  const agreeing = findings.filter((finding) => agrees(finding, evidence));
  // The kernel's word comes before what was concluded, and what explains it before that.
  const root = agreeing.find((finding) => ROOTS.has(finding.code) && !finding.possible);
  const proved = agreeing.find((finding) => finding.proved && blocks(finding));
  // A request's own cause comes before what is wrong besides.
  const inTheWay = agreeing.filter((finding) => !SIZES.has(finding.code));
  const certain = inTheWay.find((finding) => !finding.possible);
  const best =
    root ?? proved ?? certain ?? inTheWay[0] ?? agreeing.find((finding) => !finding.possible) ?? agreeing[0];
  return best;
}

/** Whether no observation contradicts the finding. */
export function agrees(finding: Finding, evidence: Evidence): boolean {
  const { probes, request } = evidence;
  if (
    finding.effect !== 'some' &&
    contradicted(finding, progressOf(request.asker, evidence.there, evidence.back, evidence.seen))
  )
    return false;
  if (probes === undefined) return true;
  const port = probes.port;
  if (port?.outcome === 'refused') {
    // Something came back: either nothing listens, or a rule says so in their stead, or it was another who answered.
    return (
      finding.step === 'port' ||
      finding.effect === 'rejects' ||
      finding.effect === 'diverts' ||
      finding.code === 'duplicate-address' ||
      finding.code === 'answer-not-translated'
    );
  }
  if (request.protocol === 'tcp' && port?.outcome === 'silent' && REFUSING.has(finding.code)) return false;
  if (port !== undefined && port.outcome !== 'open' && probes.ping.outcome === 'answered') {
    // Pings pass, so only something that matches ports can stop the port.
    return !SHARED.has(finding.step) || finding.effect === 'diverts' || finding.code === 'duplicate-address';
  }
  return true;
}
