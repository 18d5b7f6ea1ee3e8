// Findings from ICMP errors that quote a segment of the connection, in words.
import { icmpErrorText } from '../../base/icmp-error.ts';
import type { IcmpError } from '../../flow/findings/facts.ts';
import type { Sentences } from './sentence.ts';

export const ICMP: Sentences<'icmp' | 'mtu' | 'rejected'> = {
  icmp: ({ client, server, error }) =>
    `an ICMP error reports a problem with packets between ${client} and ${server}: ${errorText(error)}${because(error)}`,
  mtu: ({ client, server, error }) =>
    `packets between ${client} and ${server} are larger than the MTU of a link on the path (ICMP: ${errorText(error)})`,
  rejected: ({ client, server, error }) =>
    `the connection from ${client} to ${server} was rejected with an ICMP error, ${errorText(error)}${because(error)}`,
};

function errorText({ version, type, code }: IcmpError): string {
  return icmpErrorText(version, type, code);
}

function because(error: IcmpError): string {
  const cause = causeOf(error);
  return cause === '' ? '' : `: ${cause}`;
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
function causeOf({ version, type, code }: IcmpError): string {
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
