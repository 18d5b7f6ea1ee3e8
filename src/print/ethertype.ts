// What each EtherType carries.
import * as ethernet from '../wire/ethernet.ts';
import { printArp } from './arp.ts';
import { printIp } from './ip.ts';
import { printIp6 } from './ip6.ts';
import type { Printer } from './printer.ts';

/** Prints what an EtherType says lies at `at`. Answers false where there is no printer for it. */
export function printEthertype(p: Printer, type: number, at: number, length: number): boolean {
  switch (type) {
    case ethernet.IPV4:
      printIp(p, at, length);
      return true;
    case ethernet.IPV6:
      printIp6(p, at, length);
      return true;
    case ethernet.ARP:
    case ethernet.REVERSE_ARP:
      printArp(p, at, length);
      return true;
  }
  return false;
}
