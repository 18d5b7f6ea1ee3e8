// Which application is dissected on which port. One line each; the order is tcpdump's, because where both ports are
// known the earlier line wins.

import { printBeep } from '../application/beep.ts';
import { printDhcp } from '../application/dhcp.ts';
import { printDhcp6 } from '../application/dhcpv6.ts';
import { printDns, printDnsOverTcp, printMulticastDns } from '../application/dns.ts';
import { printKerberos } from '../application/kerberos.ts';
import { printLwappData, printLwappRequest, printLwappResponse } from '../application/lwapp.ts';
import { printLwres } from '../application/lwres.ts';
import { printNfsOverTcp } from '../application/nfs.ts';
import { printNtp } from '../application/ntp.ts';
import { printPtp } from '../application/ptp.ts';
import { printRadius } from '../application/radius.ts';
import { printResp } from '../application/resp.ts';
import { printRx } from '../application/rx.ts';
import { printSflow } from '../application/sflow.ts';
import { printSnmp } from '../application/snmp.ts';
import { printSomeip } from '../application/someip.ts';
import { printSsh } from '../application/ssh.ts';
import { printSyslog } from '../application/syslog.ts';
import { printTelnet } from '../application/telnet.ts';
import {
  printFtp,
  printHttp,
  printRtsp,
  printSip,
  printSmtp,
  printWhois,
} from '../application/text-protocol.ts';
import { printTftp } from '../application/tftp.ts';
import { printTimed } from '../application/timed.ts';
import { printVat } from '../application/vat.ts';
import { printVqp } from '../application/vqp.ts';
import { printWb } from '../application/wb.ts';
import { printZephyr } from '../application/zephyr.ts';
import type { Dissector, Printer } from '../engine/printer.ts';
import { printLdp } from '../mpls/ldp.ts';
import { printLmp } from '../mpls/lmp.ts';
import { printLspPing } from '../mpls/lspping.ts';
import { printMpls } from '../mpls/mpls.ts';
import { DDP, printLlap } from '../network/appletalk.ts';
import { printAhcp } from '../routing/ahcp.ts';
import { printAodv } from '../routing/aodv.ts';
import { printAutoRp } from '../routing/autorp.ts';
import { printBabel } from '../routing/babel.ts';
import { printBfd } from '../routing/bfd.ts';
import { printBgp } from '../routing/bgp.ts';
import { printHncp } from '../routing/hncp.ts';
import { printHsrp } from '../routing/hsrp.ts';
import { printMsdp } from '../routing/msdp.ts';
import { printOlsr } from '../routing/olsr.ts';
import { printRip } from '../routing/rip.ts';
import { printRipng } from '../routing/ripng.ts';
import { printRpki } from '../routing/rpki.ts';
import { printOpenflow } from '../sdn/openflow.ts';
import { printBcmLi } from '../tunnel/bcm-li.ts';
import { printGeneve } from '../tunnel/geneve.ts';
import { printIsakmp, printUdpEncapsulation } from '../tunnel/isakmp.ts';
import { printL2tp } from '../tunnel/l2tp.ts';
import { printLisp } from '../tunnel/lisp.ts';
import { printOtv } from '../tunnel/otv.ts';
import { printPptp } from '../tunnel/pptp.ts';
import { printVxlan } from '../tunnel/vxlan.ts';
import { printVxlanGpe } from '../tunnel/vxlan-gpe.ts';
import { printZep } from '../tunnel/zep.ts';

/** A dissector that may also want the ports. */
type Application = (p: Printer, at: number, length: number, source: number, target: number) => void;
type Entry = readonly [ports: readonly number[], dissect: Application, only?: 'source' | 'target'];

/** Over TCP a dissector begins right behind `, length N`: some are set off by a colon. */
function afterColon(dissect: Dissector): Dissector {
  return (p, at, length) => {
    p.ascii(': ');
    dissect(p, at, length);
  };
}

const OVER_TCP: readonly Entry[] = [
  [[23], printTelnet],
  [[25], afterColon(printSmtp)],
  [[43], afterColon(printWhois)],
  [[179], printBgp],
  [[1723], printPptp],
  [[6379], printResp],
  [[22], printSsh],
  [[10288], printBeep],
  [[6633, 6653], printOpenflow],
  [[21], afterColon(printFtp)],
  [[80, 8080], afterColon(printHttp)],
  [[554, 8554], afterColon(printRtsp)],
  [[53], printDnsOverTcp],
  [[639], printMsdp],
  [[323], printRpki],
  [[646], printLdp],
  [[2049], printNfsOverTcp],
];

const OVER_UDP: readonly Entry[] = [
  [[53], printDns],
  [[5353], printMulticastDns],
  [[525], printTimed],
  [[69], printTftp],
  [[67, 68], printDhcp],
  [[520], printRip],
  [[654], printAodv],
  [[500], printIsakmp],
  [[4500], printUdpEncapsulation],
  [[7500, 8500], printIsakmp],
  [[161, 162], printSnmp],
  [[123], printNtp],
  [[88, 750], printKerberos],
  [[1701], printL2tp],
  [[3456], printVat, 'target'],
  [[2103, 2104], printZephyr],
  [[7000, 7001, 7002, 7003, 7004, 7005, 7006, 7007, 7008, 7009], printRx],
  [[521], printRipng],
  [[546, 547], printDhcp6],
  [[5359], printAhcp],
  [[6696, 6697], printBabel],
  [[8231], printHncp],
  [[4567], printWb, 'target'],
  [[496], printAutoRp],
  [[1645, 1646, 1700, 1812, 1813, 3799], printRadius],
  [[1985], printHsrp, 'target'],
  [[921], printLwres],
  [[646], printLdp],
  [[698], printOlsr],
  [[3503], printLspPing],
  [[49_152], printBcmLi, 'source'],
  [[3784, 3785, 4784, 6784], printBfd, 'target'],
  [[701], printLmp],
  [[1589], printVqp],
  [[6343], printSflow],
  [[12_223], printLwappRequest, 'target'],
  [[12_223], printLwappResponse, 'source'],
  [[12_222], printLwappData],
  [[5060], printSip],
  [[514], printSyslog],
  [[8472], printOtv],
  [[4789], printVxlan],
  [[6081], printGeneve],
  [[4342], printLisp],
  [[4790], printVxlanGpe],
  [[17_754], printZep],
  [[6635], printMpls],
  [[319, 320], printPtp],
  [[30490], printSomeip],
];

/** Rank (from 1) of the entry for each port, 0 for none; first as either port, then as target. */
class Ports {
  private readonly entries: readonly Entry[];
  private readonly source = new Uint8Array(65_536);
  private readonly target = new Uint8Array(65_536);

  constructor(entries: readonly Entry[]) {
    this.entries = entries;
    entries.forEach(([ports, , only], i) => {
      for (const port of ports) {
        if (only !== 'source' && this.target[port] === 0) this.target[port] = i + 1;
        if (only !== 'target' && this.source[port] === 0) this.source[port] = i + 1;
      }
    });
  }

  find(source: number, target: number): Application | undefined {
    const a = this.source[source];
    const b = this.target[target];
    if ((a | b) === 0) return undefined;
    return this.entries[(a === 0 || (b !== 0 && b < a) ? b : a) - 1][1];
  }
}

const tcp = new Ports(OVER_TCP);
const udp = new Ports(OVER_UDP);

/** Prints the payload of a segment where one of its ports is known. */
export function applicationOverTcp(
  p: Printer,
  source: number,
  target: number,
  at: number,
  length: number,
): void {
  tcp.find(source, target)?.(p, at, length, source, target);
}

/** Prints the payload of a datagram where one of its ports is known; answers whether it did. */
export function applicationOverUdp(
  p: Printer,
  source: number,
  target: number,
  at: number,
  length: number,
): boolean {
  const dissect = udp.find(source, target);
  if (dissect === undefined || dissect === printPtp || dissect === printSomeip) {
    // AppleTalk in UDP has ports for its sockets; tcpdump looks at it before these two.
    if ((isAppletalk(source) || isAppletalk(target)) && p.has(at, 3) && p.bytes[at + 2] === DDP) {
      if (p.verbose > 0) p.ascii('kip ');
      printLlap(p, at, length);
      return true;
    }
    if (dissect === undefined) return false;
  }
  dissect(p, at, length, source, target);
  return true;
}

/** Ports for sockets of AppleTalk: as assigned, and as were in use before. */
function isAppletalk(port: number): boolean {
  return (port >= 200 && port < 328) || (port >= 768 && port < 896) || (port >= 16_512 && port < 16_640);
}
