// What is marked by an OSI network layer protocol identifier (ISO/IEC TR 9577). Of OSI's own protocols only the name is told.
import { printIp } from './ip.ts';
import { printIp6 } from './ip6.ts';
import type { Names } from './names.ts';
import { printPpp } from './ppp.ts';
import type { Printer } from './printer.ts';

const NULL = 0x00;
const Q933 = 0x08;
const CLNP = 0x81;
const ES_IS = 0x82;
const IS_IS = 0x83;
const IPV6 = 0x8e;
const IPV4 = 0xcc;
const PPP = 0xcf;

const PROTOCOLS: Names = new Map([
  [NULL, 'NULL'],
  [Q933, 'Q.933'],
  [0x09, 'LMI'],
  [CLNP, 'CLNP'],
  [ES_IS, 'ES-IS'],
  [IS_IS, 'IS-IS'],
  [0x84, 'CONS'],
  [0x85, 'IDRP'],
  [0x8a, 'X25 ES-IS'],
  [0x80, 'SNAP'],
  [0xb1, 'FRF.15'],
  [0xc1, 'ISIS_SPB'],
  [IPV4, 'IPv4'],
  [PPP, 'PPP'],
  [IPV6, 'IPv6'],
]);

/** The identifier lies at `at`. */
export function printOsi(p: Printer, at: number, length: number): void {
  p.protocol = 'isoclns';
  const identifier = p.u8(at);
  if (p.link) {
    p.ascii('OSI NLPID ');
    p.ascii(PROTOCOLS.get(identifier) ?? 'Unknown');
    p.ascii(' (0x');
    p.out.hexPadded(identifier, 2);
    p.ascii('): ');
  }
  switch (identifier) {
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
