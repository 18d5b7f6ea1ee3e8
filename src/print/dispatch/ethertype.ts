// What each EtherType carries.
import * as ethernet from '../../wire/ethernet.ts';
import { printAoe } from '../application/aoe.ts';
import { printEapol } from '../application/eap.ts';
import { printPtp } from '../application/ptp.ts';
import { printCfm } from '../bridge/cfm.ts';
import { printLldp } from '../bridge/lldp.ts';
import { printLoopback } from '../bridge/loopback.ts';
import { printMpcp } from '../bridge/mpcp.ts';
import { printMsNlb } from '../bridge/msnlb.ts';
import { printRealtek } from '../bridge/realtek.ts';
import { printSlow } from '../bridge/slow.ts';
import type { Printer } from '../engine/printer.ts';
import { printPpp } from '../link/ppp.ts';
import { printPppoe } from '../link/pppoe.ts';
import { printMpls } from '../mpls/mpls.ts';
import { printAarp, printAppletalk } from '../network/appletalk.ts';
import { printArp } from '../network/arp.ts';
import { printDecnet } from '../network/decnet.ts';
import { printCalmFast, printGeonet } from '../network/geonet.ts';
import { printIp } from '../network/ipv4.ts';
import { printIp6 } from '../network/ipv6.ts';
import { printIpx } from '../network/ipx.ts';
import { printOsi } from '../network/osi.ts';
import { printTipc } from '../network/tipc.ts';
import { printNsh } from '../tunnel/nsh.ts';

/**
 * Prints what an EtherType says lies at `at`; the MAC addresses lie at `source` and `target`, or -1 where the link has
 * none. Answers false where there is no printer for it.
 */
export function printEthertype(
  p: Printer,
  type: number,
  at: number,
  length: number,
  source: number,
  target: number,
): boolean {
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
    case 0x809b:
      if (p.verbose > 0) p.ascii('et1 ');
      printAppletalk(p, at, length);
      return true;
    case 0x80f3:
      printAarp(p, at, length);
      return true;
    case 0x8137:
      p.ascii('(NOV-ETHII) ');
      printIpx(p, at, length);
      return true;
    case 0x0707:
    case 0x8947:
      printGeonet(p, at, length, source);
      return true;
    case 0x1111:
      printCalmFast(p, at, length, source);
      return true;
    case 0x6003:
      printDecnet(p, at, length);
      return true;
    case 0x8808:
      printMpcp(p, at, length);
      return true;
    case 0x8809:
      printSlow(p, at, length);
      return true;
    case 0x880b:
      if (length > 0) {
        p.ascii(': ');
        printPpp(p, at, length);
      }
      return true;
    case 0x8847:
    case 0x8848:
      printMpls(p, at, length);
      return true;
    case 0x8863:
    case 0x8864:
    // 3Com's modems had numbers of their own.
    case 0x3c12:
    case 0x3c13:
      printPppoe(p, at, length);
      return true;
    case 0x886f:
      printMsNlb(p, at);
      return true;
    case 0x888e:
      printEapol(p, at);
      return true;
    case 0x8899:
      printRealtek(p, at, source, target);
      return true;
    case 0x88a2:
      printAoe(p, at, length);
      return true;
    case 0x88ca:
      printTipc(p, at);
      return true;
    case 0x88cc:
      printLldp(p, at, length);
      return true;
    case 0x88f7:
      printPtp(p, at, length);
      return true;
    case 0x8902:
    case 0xabcd:
      printCfm(p, at, length);
      return true;
    case 0x894f:
      printNsh(p, at, length);
      return true;
    case 0x9000:
      printLoopback(p, at, length);
      return true;
    case 0xfefe:
      // OSI in frames longer than 802.3 allows: a byte of padding comes first.
      if (length > 0 && p.has(at, 1)) printOsi(p, at + 1, length - 1);
      else {
        p.protocol = 'isoclns';
        p.truncated();
      }
      return true;
  }
  return false;
}
