// What is marked by an OSI network layer protocol identifier (ISO/IEC TR 9577).

import { NLPIDS } from '../../wire/registry/nlpid.ts';
import type { Printer } from '../engine/printer.ts';
import { printPpp } from '../link/ppp.ts';
import { printQ933 } from '../link/q933.ts';
import { printEsis } from '../routing/esis.ts';
import { printIsis } from '../routing/isis.ts';
import { printClnp } from './clnp.ts';
import { printIp } from './ipv4.ts';
import { printIp6 } from './ipv6.ts';

const NULL = 0x00;
const Q933 = 0x08;
const CLNP = 0x81;
const ES_IS = 0x82;
const IS_IS = 0x83;
const IPV6 = 0x8e;
const IPV4 = 0xcc;
const PPP = 0xcf;

/** The identifier lies at `at`. */
export function printOsi(p: Printer, at: number, length: number): void {
  p.protocol = 'isoclns';
  const identifier = p.u8(at);
  if (p.link) {
    p.ascii('OSI NLPID ');
    p.ascii(NLPIDS.get(identifier) ?? 'Unknown');
    p.ascii(' (0x');
    p.out.hexPadded(identifier, 2);
    p.ascii('): ');
  }
  switch (identifier) {
    case Q933:
      printQ933(p, at + 1, length - 1);
      return;
    case CLNP:
      if (!printClnp(p, at, length)) p.unknown(at, '\n\t', length);
      return;
    case ES_IS:
      printEsis(p, at, length);
      return;
    case IS_IS:
      if (!printIsis(p, at, length)) p.unknown(at, '\n\t', length);
      return;
    case IPV4:
      printIp(p, at + 1, length - 1);
      return;
    case IPV6:
      printIp6(p, at + 1, length - 1);
      return;
    case PPP:
      printPpp(p, at + 1, length - 1);
      return;
  }
  if (!p.link) {
    if (identifier !== NULL) {
      p.ascii('OSI NLPID 0x');
      p.out.hexPadded(identifier, 2);
      p.ascii(' unknown');
    }
    p.ascii(', ');
  }
  p.field('length: ', length);
  if (identifier !== NULL && length > 1) p.unknown(at, '\n\t', length);
}
