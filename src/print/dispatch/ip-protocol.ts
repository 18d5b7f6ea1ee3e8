// What IP carries: the printer of each protocol.
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { PROTOCOLS } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';
import { printEthernet } from '../link/ethernet.ts';
import { printRsvp } from '../mpls/rsvp.ts';
import { printIcmp } from '../network/icmp.ts';
import { printIcmp6 } from '../network/icmpv6.ts';
import { printIgmp } from '../network/igmp.ts';
import { printIp } from '../network/ipv4.ts';
import { printIp6 } from '../network/ipv6.ts';
import { printMobileIp } from '../network/mobility.ts';
import { printEgp } from '../routing/egp.ts';
import { printEigrp } from '../routing/eigrp.ts';
import { printIgrp } from '../routing/igrp.ts';
import { printOspf } from '../routing/ospf.ts';
import { printOspf3 } from '../routing/ospf3.ts';
import { printPim } from '../routing/pim.ts';
import { printVrrp } from '../routing/vrrp.ts';
import { printDccp } from '../transport/dccp.ts';
import { printPgm } from '../transport/pgm.ts';
import { printSctp } from '../transport/sctp.ts';
import { printTcp } from '../transport/tcp.ts';
import { printUdp } from '../transport/udp.ts';
import { printGre } from '../tunnel/gre.ts';
import { printAh, printEsp, printIpComp } from '../tunnel/ipsec.ts';

const DCCP = 33;
const PGM = 113;
const ESP = 50;
const IPCOMP = 108;
const ND = 77;
const MOBILE = 55;
const IGMP = 2;
const EGP = 8;
const IGRP = 9;
const VRRP = 112;
const RSVP = 46;
const EIGRP = 88;
const OSPF = 89;
const PIM = 103;
const SCTP = 132;
const ETHERNET = 143;

/** True where the transport printer writes the addresses itself, ports beside them. */
export function writesAddresses(protocol: number): boolean {
  return protocol === ipv4.TCP || protocol === ipv4.UDP || protocol === SCTP || protocol === DCCP;
}

/**
 * Prints what lies behind an IP header (of this version, at `ip`) or behind an extension header. `fragmented`: more
 * fragments belong to it, so that no checksum can be verified.
 */
export function printProtocol(
  p: Printer,
  protocol: number,
  at: number,
  length: number,
  version: number,
  fragmented: boolean,
  ip: number,
): void {
  for (;;) {
    switch (protocol) {
      case ipv4.TCP:
        printTcp(p, at, length, version, fragmented, ip);
        return;
      case ipv4.UDP:
        printUdp(p, at, length, version, fragmented, ip);
        return;
      case ipv4.ICMP:
        if (version === 4) printIcmp(p, at, length, fragmented);
        else requires(p, protocol, 4);
        return;
      case ipv4.ICMPV6:
        if (version === 6) printIcmp6(p, at, length, fragmented, ip);
        else requires(p, protocol, 6);
        return;
      case IGMP:
        if (version === 4) printIgmp(p, at, length);
        else requires(p, protocol, 4);
        return;
      case RSVP:
        printRsvp(p, at, length);
        return;
      case EGP:
        printEgp(p, at, length);
        return;
      case IGRP:
        printIgrp(p, at, length);
        return;
      case EIGRP:
        printEigrp(p, at, length);
        return;
      case OSPF:
        if (version === 4) printOspf(p, at, length);
        else printOspf3(p, at, length);
        return;
      case PIM:
        printPim(p, at, length, version, ip);
        return;
      case SCTP:
        printSctp(p, at, length, version, ip);
        return;
      case DCCP:
        printDccp(p, at, length, version, ip);
        return;
      case PGM:
        printPgm(p, at, length, version, ip);
        return;
      case VRRP:
        printVrrp(p, at, length, ip);
        return;
      case ipv4.IPIP:
        printIp(p, at, length);
        return;
      case ipv4.IPV6:
        printIp6(p, at, length);
        return;
      case ipv4.GRE:
        printGre(p, at, length);
        return;
      case ipv4.AH: {
        if (!p.has(at, 1)) {
          p.protocol = 'ah';
          p.truncated();
          return;
        }
        protocol = p.bytes[at];
        const advance = printAh(p, at);
        at += advance;
        length -= advance;
        continue;
      }
      case ESP:
        printEsp(p, at, length);
        return;
      case IPCOMP:
        printIpComp(p, at);
        return;
      case MOBILE:
        printMobileIp(p, at, length);
        return;
      case ND:
        p.field(' nd ', length >>> 0);
        return;
      case ETHERNET:
        if (version === 6) printEthernet(p, at, length);
        else requires(p, protocol, 6);
        return;
      case ipv6.NO_NEXT:
        p.ascii('no next header');
        return;
      default:
        printUnknown(p, protocol, length);
        return;
    }
  }
}

/** A protocol without a printer. */
function printUnknown(p: Printer, protocol: number, length: number): void {
  p.ascii(' ');
  p.ipProtocol(protocol);
  p.field(' ', length >>> 0);
}

function requires(p: Printer, protocol: number, version: number): void {
  p.ascii('[');
  p.ascii(PROTOCOLS.get(protocol) ?? 'unknown');
  p.field(' requires IPv', version);
  p.ascii(']');
  p.invalid();
}
