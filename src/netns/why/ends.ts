// What the walk can't tell: what becomes of packets that arrived, of large ones, and of those that were translated.
import { checkListener } from './checks/listener.ts';
import type { Evidence } from './examine.ts';
import { type Finding, sysctl } from './finding.ts';
import { explainMismatch, mismatch } from './mtu.ts';
import { ping } from './probe.ts';
import { type Node, nodeText } from './topology.ts';

/** At the target: does anyone answer pings, does anyone listen, did the datagram arrive? */
export async function checkEnd(evidence: Evidence): Promise<void> {
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
export function blameTranslations({ there, world, findings }: Evidence): void {
  for (const { kind, here, after, blame } of there?.translations ?? []) {
    const own = world.topology.owners(after).some((node) => node.namespace === here);
    const elsewhere = findings.every((one) => /^(back|port|hops|route|owner|link)$/.test(one.step));
    if (kind === 'dnat' ? elsewhere : !own) findings.unshift(blame);
  }
}

/** Too large a packet must be answered for by a router, or arrive. */
export async function checkMtu(evidence: Evidence): Promise<void> {
  const { probes, there, back, question } = evidence;
  if (probes?.ping.outcome !== 'answered' || there?.arrived === undefined) return;
  const small = mismatch(there.hops);
  let large = probes.large;
  if (small === undefined && lost(large)) {
    // It was sent when not even the way was known yet: once more before a router is suspected.
    const target = question.zone === undefined ? question.address! : `${question.address}%${question.zone}`;
    large = { ...(await ping(question.from, target, { size: large.size, count: 1 })), size: large.size };
    probes.large = large;
  }
  if (lost(large)) {
    const seen = `a ping of ${large.size} bytes is lost (${large.words}), small ones are answered`;
    if (small !== undefined)
      evidence.findings.push(
        explainMismatch(evidence.world.topology, there.hops, small.exit, small.small, seen),
      );
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
    evidence.findings.push(
      explainMismatch(evidence.world.topology, back!.hops, reverse.exit, reverse.small, seen),
    );
  }
}

function lost(large: NonNullable<Evidence['probes']>['large']): large is NonNullable<typeof large> {
  return large !== undefined && large.outcome !== 'answered' && large.outcome !== 'missing' && !large.tooBig;
}

/** Large packets vanish, but every wire is wide enough: a router drops them without saying so, or is not heard. */
function blackHole({ there, findings }: Evidence, seen: string): Finding {
  const narrow = there!.hops.find(
    (hop, at) => at > 0 && hop.exit !== undefined && hop.exit.link.mtu < there!.hops[0]!.exit!.link.mtu,
  );
  // A queue or a rule that may drop packets drops large ones first.
  const doubt = findings.find((one) => one.possible && /^(firewall|hops)$/.test(one.step));
  if (narrow === undefined) {
    return (
      (doubt && { ...doubt, always: true }) ?? {
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
