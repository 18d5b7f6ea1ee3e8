// Findings from ICMP errors that quote a segment of the connection.
import type { IcmpError } from './facts.ts';
import type { Findings } from './finding.ts';

/** Reports the first ICMP error about the connection. True where it explains why there was no answer. */
export function icmpFinding(findings: Findings): boolean {
  const { client, server, icmp, opening, synFrame } = findings.connection;
  if (icmp.frame === 0) return false;
  const { version, type, code } = icmp;
  const facts = { client: client.endpoint, server: server.endpoint, error: { version, type, code } };
  if (isTooBig(icmp)) {
    findings.problem({ code: 'mtu', facts }, [icmp.frame]);
    return false;
  }
  const rejected = opening === 'unanswered';
  findings.problem({ code: rejected ? 'rejected' : 'icmp', facts }, [synFrame, icmp.frame]);
  return rejected;
}

/** Fragmentation needed (RFC 1191), or packet too big (RFC 4443, 3.2). */
function isTooBig({ version, type, code }: IcmpError): boolean {
  return version === 4 ? type === 3 && code === 4 : type === 2;
}
