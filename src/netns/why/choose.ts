// Of all that was found the one cause: the first thing on the packet's way that agrees with what the probes came to.
import type { Evidence } from './examine.ts';
import type { Finding } from './finding.ts';

/** The finding to blame, undefined where nothing explains it. */
export function choose({ findings, probes }: Evidence): Finding | undefined {
  const always = findings.find((one) => one.always && one.step !== 'mtu');
  const agreeing = findings.filter((one) => agrees(one, probes));
  const pool = agreeing.length > 0 ? agreeing : findings;
  return always ?? pool.find((one) => !one.possible) ?? pool[0];
}

function agrees(finding: Finding, probes: Evidence['probes']): boolean {
  if (probes === undefined) return true;
  const port = probes.port;
  const rejects = / rejects /.test(finding.cause);
  if (port?.outcome === 'refused') {
    // Something came back: either nobody listens, or a rule says so in their stead.
    return finding.step === 'port' || rejects || / translates /.test(finding.cause);
  }
  if (port !== undefined && port.outcome !== 'open' && probes.ping.outcome === 'answered') {
    // Pings pass, so the way is open to them: what stops the port looks at ports.
    return (
      /^(firewall|port|route|back|hops|mtu)$/.test(finding.step) &&
      (finding.step !== 'port' || !nobody(finding))
    );
  }
  if (port?.outcome === 'silent') return !(finding.step === 'port' && nobody(finding));
  return true;
}

/** A missing listener makes the kernel refuse; it does not make it silent. */
function nobody(finding: Finding): boolean {
  return !/queue is full|receive buffer/.test(finding.cause);
}
