// A namespace on the way answers connections in the target's place (synproxy, a transparent proxy), and they go no further.
import { NscapError } from '../../errors.ts';
import type { FoundNamespace } from '../../netns/discover.ts';
import { runInside } from '../../netns/inside.ts';
import type { Evidence } from '../evidence.ts';
import { type Finding, sysctl } from '../finding.ts';

/** Connections are answered and reset, and the target never got a SYN: its server is not to blame. */
export async function checkAnsweredInTransit({
  probes,
  there,
  seen,
  request,
}: Evidence): Promise<Finding | undefined> {
  const end = there?.arrived?.here;
  if (probes?.port?.server !== 'resets' || end === undefined || !seen.listened.has(end)) return undefined;
  const at = ({ here }: { here: FoundNamespace }) => here.inode === end.inode;
  const passed = seen.sightings.filter(({ role }) => role === 'request' || role === 'answer');
  const first = passed.find(({ role }) => role === 'answer')?.here;
  if (first === undefined || first.inode === request.asker.inode || passed.some(at)) return undefined;
  const rule = await proxyRule(first);
  return {
    code: 'answered-in-transit',
    effect: 'diverts',
    step: 'port',
    facts: {
      netns: first.label,
      target: request.address!,
      port: request.port!,
      server: end.label,
      ...(rule === undefined ? {} : { rule }),
    },
    evidence: [{ code: 'connection-reset', facts: { target: request.address!, port: request.port } }],
    // Without it the tracker takes the handshake's last ACK for a connection that began before (nf_conntrack-sysctl).
    fix:
      rule !== undefined && /synproxy/i.test(rule)
        ? [sysctl(first, 'net.netfilter.nf_conntrack_tcp_loose', 0)]
        : [],
    proved: true,
  };
}

async function proxyRule({ namespace }: FoundNamespace): Promise<string | undefined> {
  for (const argv of [['nft', 'list', 'ruleset'], ['iptables-save']]) {
    try {
      const listed = await runInside(namespace, argv);
      const line = listed.split('\n').find((text) => /\b(synproxy|tproxy|SYNPROXY|TPROXY)\b/.test(text));
      if (line !== undefined) return line.trim();
    } catch (error) {
      // Without the tool there is no rule of its kind either, as a rule.
      if (!(error instanceof NscapError)) throw error;
    }
  }
  return undefined;
}
