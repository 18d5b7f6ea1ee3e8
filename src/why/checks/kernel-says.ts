// The kernel's own report of a dropped packet comes before anything concluded: it says where, why and by which rule.
import type { Dropped } from '../dropped.ts';
import { askedFlow, droppedOf, type Evidence } from '../evidence.ts';
import { chainNamed } from '../facts/names.ts';
import type { Observation } from '../facts/observations.ts';
import { commandIn, type Finding, type FindingCode, type Found, type StepName } from '../finding.ts';
import { agrees } from '../rank-findings.ts';
import type { Chain } from '../ruleset.ts';
import type { Role } from '../sightings.ts';
import { listenerProcess } from './counters.ts';

type Report = Dropped & { role: Role };

/** Why a packet comes to another host than it is for. */
const MISDELIVERED = ['neighbour-entry-wrong', 'duplicate-mac', 'fdb-entry-wrong'] as const;

/** Findings that a reason of the kernel agrees with: of several in its namespace these are meant. */
const MEANT: Record<string, readonly FindingCode[]> = {
  NETFILTER_DROP: ['firewall-rule', 'firewall-policy', 'fragments-dropped'],
  IP_RPFILTER: ['rp-filter', 'no-route', 'wrong-interface', 'refused-at-entry', 'route-forbids'],
  IP_INHDR: ['ttl-too-short'],
  IP_LOCAL_SOURCE: ['duplicate-address', 'refused-at-entry'],
  IP_INVALID_SOURCE: ['route-localnet', 'refused-at-entry'],
  IP_OUTNOROUTES: [
    'no-route',
    'route-forbids',
    'policy-rule-forbids',
    'policy-rule-missing',
    'route-localnet',
  ],
  IP_INNOROUTES: ['no-route', 'route-forbids', 'policy-rule-forbids', 'policy-rule-missing'],
  IP_INADDRERRORS: [
    'forwarding-off',
    'no-route',
    'route-forbids',
    'local-route-missing',
    'address-tentative',
    ...MISDELIVERED,
  ],
  OTHERHOST: MISDELIVERED,
  NEIGH_FAILED: [
    ...([
      'arp-filter',
      'arp-ignored',
      'arp-off',
      'arp-not-asked',
      'address-missing',
      'not-wired',
      'address-on-bridge-port',
    ] as const),
    ...(['interface-down', 'vlan-mismatch', 'firewall-rule', 'firewall-policy', 'forwarding-off'] as const),
  ],
  NO_SOCKET: ['not-listening', 'bound-elsewhere', 'bound-to-device', 'socket-connected'],
  SOCKET_FILTER: ['socket-filter'],
  SOCKET_RCVBUFF: ['receive-buffer-full', 'server-stopped'],
  TCP_LISTEN_OVERFLOW: ['backlog-full', 'server-stopped'],
  TCP_CSUM: ['checksum-offload'],
  UDP_CSUM: ['checksum-offload'],
  TCP_MD5NOTFOUND: ['tcp-md5'],
  TCP_AONOTFOUND: ['tcp-md5'],
  TCP_MINTTL: ['tcp-min-ttl'],
  PKT_TOO_BIG: ['mtu-mismatch', 'fragmentation-needed-lost'],
  QDISC_DROP: ['netem-loss', 'queue-drops'],
  TC_INGRESS: ['tc-filter'],
  TC_EGRESS: ['tc-filter'],
  XDP: ['xdp-program'],
  XFRM_POLICY: ['ipsec-policy'],
};

/** Reasons that say nothing of why: many a place of the kernel has no other. */
const VAGUE = new Set(['NOT_SPECIFIED', undefined]);

/** Reasons that a packet has that was answered, or that its sender gets to know: no cause by themselves. */
const TOLD = new Set(['NO_SOCKET', 'TCP_RESET', 'TCP_FLAGS', 'TCP_CLOSE']);

/** Packets waiting for a link-layer address are dropped when none is learned: the reason does not say why. */
const UNRESOLVED = 'NEIGH_FAILED';

/** Packets dropped with the socket that the probe closes: they had arrived. */
const CLEARED = new Set(['QUEUE_PURGE', 'SOCKET_CLOSE', 'SKB_CONSUMED']);

/**
 * Marks the findings that the kernel confirms. Where nothing explains its report, that is the finding: a rule that it
 * names, or its reason.
 */
export async function heedKernel(evidence: Evidence): Promise<void> {
  const flow = askedFlow(evidence);
  if (flow === undefined) return;
  const own = droppedOf(evidence, flow);
  const lost = own.filter((drop) => counts(evidence, drop));
  const report =
    lost.find(({ reason }) => reason !== UNRESOLVED) ??
    own.find((drop) => keepsWaiting(evidence, drop)) ??
    lost[0];
  if (report === undefined) return;
  const { findings } = evidence;
  const meant = MEANT[report.reason!] ?? [];
  const candidates = findings.filter((finding) => sameRule(finding, report) && isThere(finding, report));
  const named = candidates.filter((finding) => meant.includes(finding.code));
  // What else was found certain, and where the packet was seen last, explains any reason but that of a rule.
  const others = candidates.filter((finding) => !finding.possible && agrees(finding, evidence));
  const isVague = report.rule !== undefined || report.role === 'resolving';
  const confirmed = named.length > 0 ? named : isVague ? [] : others.slice(0, 1);
  for (const finding of confirmed) {
    finding.proved = true;
    delete finding.possible;
    finding.evidence = [...finding.evidence, reportOf(report)];
  }
  if (confirmed.length === 0 && report.role !== 'resolving' && report.reason !== UNRESOLVED)
    findings.unshift(await reported(evidence, report));
}

/** Whether the reason says why a packet was lost. */
export function isTelling(reason: string | undefined): boolean {
  return !VAGUE.has(reason) && !TOLD.has(reason!) && !CLEARED.has(reason!);
}

/** Whether it is a drop of the packet itself on its way, and not of a copy that a bridge flooded elsewhere. */
function counts(evidence: Evidence, { role, reason, here }: Report): boolean {
  if (role !== 'request' && role !== 'answer') return false;
  if (!isTelling(reason)) return false;
  return reason !== 'OTHERHOST' || isOnPath(evidence, here.inode);
}

/** Whether it is a request for a link-layer address that got lost on the way: the packet itself waits for the answer. */
function keepsWaiting(evidence: Evidence, { role, reason, here }: Report): boolean {
  return (
    role === 'resolving' && isTelling(reason) && reason !== 'OTHERHOST' && isOnPath(evidence, here.inode)
  );
}

function isOnPath(evidence: Evidence, inode: number): boolean {
  const { there, back } = evidence;
  return [...(there?.hops ?? []), ...(back?.hops ?? [])].some((hop) => hop.here.inode === inode);
}

/** What a packet filter dropped no other namespace's filter did, though the rule is not known (legacy ebtables). */
function isThere({ code, facts }: Finding, { reason, here }: Report): boolean {
  // Only the other one with the address can have got it.
  if (code === 'duplicate-mac') return facts.twin.netns === here.label;
  return reason !== 'NETFILTER_DROP' || !('netns' in facts) || facts.netns === here.label;
}

/** A finding about a rule is meant only where the kernel names the same one, or none. */
function sameRule(finding: Finding, { rule }: Report): boolean {
  if (rule === undefined || finding.rule === undefined) return true;
  return (
    finding.rule.table === rule.table &&
    finding.rule.chain === rule.chain &&
    (rule.handle === undefined || finding.rule.handle === undefined || rule.handle === finding.rule.handle)
  );
}

function reportOf({ here, reason, function: name }: Report): Observation {
  const facts = {
    netns: here.label,
    ...(name === undefined ? {} : { function: name }),
    reason: reason ?? '?',
  };
  return { code: 'kernel-drop', facts };
}

/** The kernel's report as a finding by itself. */
export async function reported({ snapshot, request, there }: Evidence, report: Report): Promise<Finding> {
  const { here, dev, reason, rule, role } = report;
  const packet = role === 'answer' ? 'answer' : request.protocol === 'icmp' ? 'ping' : request.protocol;
  if (rule !== undefined) {
    const { firewall } = await snapshot.state(here);
    const chain: Chain | undefined = firewall.chains.find(
      (candidate) =>
        candidate.family === rule.family && candidate.table === rule.table && candidate.name === rule.chain,
    );
    const found = chain?.rules.find((candidate) => candidate.handle === rule.handle);
    const { family, table, text, handle } = rule;
    // What iptables calls by its own words nft may not print.
    const own = text === undefined || chain?.tool !== 'nft' ? found?.text : text;
    const stopped = {
      by: 'kernel',
      netns: here.label,
      chain: chainNamed(chain ?? { tool: 'nft', family, table, name: rule.chain }),
      packet,
    } as const;
    const base: Found = {
      step: 'firewall',
      evidence: [reportOf(report)],
      fix: found === undefined ? [] : [commandIn(here, ...found.deletion)],
      proved: true,
    };
    return handle === undefined
      ? {
          ...base,
          code: 'firewall-policy',
          facts: { ...stopped, ...(text === undefined ? {} : { rule: text }) },
        }
      : { ...base, code: 'firewall-rule', facts: { ...stopped, handle, rule: own ?? text ?? '?' } };
  }
  if (reason === 'SOCKET_FILTER' && request.protocol !== 'icmp') {
    const process = await listenerProcess(here, there?.spec.port);
    return {
      code: 'socket-filter',
      step: 'port',
      facts: { netns: here.label, packet, ...(process === undefined ? {} : { process }) },
      evidence: [reportOf(report)],
      fix: [],
      proved: true,
    };
  }
  return {
    code: 'kernel-drop',
    step: stepOf(report, request.asker.inode),
    facts: { netns: here.label, interface: dev, packet, reason: reason! },
    evidence: [reportOf(report)],
    fix: [],
    proved: true,
  };
}

function stepOf({ role, reason, here }: Report, asker: number): StepName {
  if (role === 'answer') return 'back';
  if (/^(TCP|UDP|SOCKET|NO_SOCKET)/.test(reason ?? '')) return 'port';
  return here.inode === asker ? 'route' : 'hops';
}
