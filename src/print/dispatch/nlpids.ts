// What a network layer protocol identifier of OSI marks (ISO/IEC TR 9577). The identifier lies where a printer begins.
import * as nlpid from '../../wire/registry/nlpids.ts';
import { printPpp } from '../link/ppp.ts';
import { printIpv4 } from '../network/ipv4.ts';
import { printIpv6 } from '../network/ipv6.ts';
import { behindIdentifier, onDemand, Table } from './table.ts';

export const NLPIDS = new Table([
  [nlpid.NULL, 'NULL'],
  [nlpid.Q933, 'Q.933', behindIdentifier(onDemand(async () => (await import('../link/q933.ts')).printQ933))],
  [0x09, 'LMI'],
  [nlpid.SNAP, 'SNAP'],
  [nlpid.CLNP, 'CLNP', onDemand(async () => (await import('../network/clnp.ts')).printClnp)],
  [nlpid.ES_IS, 'ES-IS', onDemand(async () => (await import('../routing/esis.ts')).printEsis)],
  [nlpid.IS_IS, 'IS-IS', onDemand(async () => (await import('../routing/isis.ts')).printIsis)],
  [0x84, 'CONS'],
  [0x85, 'IDRP'],
  [0x8a, 'X25 ES-IS'],
  [nlpid.IPV6, 'IPv6', behindIdentifier(printIpv6)],
  [nlpid.FRF_15, 'FRF.15'],
  [0xc1, 'ISIS_SPB'],
  [nlpid.IPV4, 'IPv4', behindIdentifier(printIpv4)],
  [nlpid.PPP, 'PPP', behindIdentifier(printPpp)],
]);
