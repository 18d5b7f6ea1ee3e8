// Findings from ICMP errors that quote a segment of the connection.
import { icmpErrorText } from '../../base/icmp-error.ts';
import type { Connection } from '../../flow/record.ts';
import type { Findings } from './finding.ts';

/** Reports the first ICMP error about the connection. True where it explains why there was no answer. */
export function icmpFinding(findings: Findings): boolean {
  const { client, server, icmp, opening, synFrame } = findings.connection;
  if (icmp.frame === 0) return false;
  const text = icmpErrorText(icmp.version, icmp.type, icmp.code);
  if (isTooBig(icmp)) {
    findings.problem(
      'mtu',
      `packets between ${client.endpoint} and ${server.endpoint} are larger than the MTU of a link on the path (ICMP: ${text})`,
      [icmp.frame],
    );
    return false;
  }
  const rejected = opening === 'unanswered';
  const cause = causeOf(icmp);
  const because = cause === '' ? '' : `: ${cause}`;
  findings.problem(
    rejected ? 'rejected' : 'icmp',
    rejected
      ? `the connection from ${client.endpoint} to ${server.endpoint} was rejected with an ICMP error, ${text}${because}`
      : `an ICMP error reports a problem with packets between ${client.endpoint} and ${server.endpoint}: ${text}${because}`,
    [synFrame, icmp.frame],
  );
  return rejected;
}

/** Fragmentation needed (RFC 1191), or packet too big (RFC 4443, 3.2). */
function isTooBig({ version, type, code }: Connection['icmp']): boolean {
  return version === 4 ? type === 3 && code === 4 : type === 2;
}

const FIREWALL = 'a firewall rule rejects it';
const PROHIBITED = 'a firewall rule or a prohibit route rejects it';
const NO_NEIGHBOR =
  'the last router cannot resolve the link-layer address of the host, or has an unreachable route to it';
const NO_ROUTE = 'a router has no route to the destination';
const LOOP = 'a routing loop, or a path longer than the time to live';
const FRAGMENTS = 'the destination did not receive all fragments of a packet';
const HEADER = 'a router or the destination does not understand its IP header';

/** What makes hosts and routers send such an error; '' where nothing is known beyond its name. */
function causeOf({ version, type, code }: Connection['icmp']): string {
  if (version === 4) {
    if (type === 3) return unreachableCause(code);
    if (type === 11) return code === 1 ? FRAGMENTS : LOOP;
    return type === 12 ? HEADER : '';
  }
  if (type === 1) return unreachableCause6(code);
  if (type === 3) return code === 1 ? FRAGMENTS : LOOP;
  return type === 4 ? HEADER : '';
}

/** By the code of destination unreachable (RFC 792; RFC 1812, 5.2.7.1). A closed TCP port answers with an RST instead. */
function unreachableCause(code: number): string {
  switch (code) {
    case 2: // protocol
    case 3: // port
      return FIREWALL;
    case 9: // network, host and communication administratively prohibited
    case 10:
    case 13:
      return PROHIBITED;
    case 1: // host unreachable, unknown, isolated, unreachable for this type of service
    case 7:
    case 8:
    case 12:
      return NO_NEIGHBOR;
    case 0: // network unreachable, unknown, unreachable for this type of service
    case 6:
    case 11:
      return NO_ROUTE;
    case 5:
      return 'a router on its source route cannot be reached';
  }
  return '';
}

/** By the code of ICMPv6's destination unreachable (RFC 4443, 3.1). */
function unreachableCause6(code: number): string {
  switch (code) {
    case 0:
      return NO_ROUTE;
    case 1:
      return PROHIBITED;
    case 2:
      return 'its source address is not valid beyond its link or site';
    case 3:
      return NO_NEIGHBOR;
    case 4:
      return FIREWALL;
    case 5:
      return 'a filter on source addresses rejects it';
    case 6:
      return 'a router has a route that rejects it';
  }
  return '';
}
