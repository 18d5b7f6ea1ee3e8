// Which application is dissected on which port. One line each; the order is tcpdump's, because where both ports are
// known the earlier line wins.
import { printAhcp } from './ahcp.ts';
import { printAodv } from './aodv.ts';
import { DDP, printLlap } from './appletalk.ts';
import { printAutoRp } from './autorp.ts';
import { printBabel } from './babel.ts';
import { printBcmLi } from './bcm-li.ts';
import { printBeep } from './beep.ts';
import { printBfd } from './bfd.ts';
import { printBgp } from './bgp.ts';
import { printDhcp } from './dhcp.ts';
import { printDhcp6 } from './dhcp6.ts';
import { printDns, printDnsOverTcp, printMulticastDns } from './dns.ts';
import { printGeneve } from './geneve.ts';
import { printHncp } from './hncp.ts';
import { printHsrp } from './hsrp.ts';
import { printIsakmp, printUdpEncapsulation } from './isakmp.ts';
import { printKerberos } from './kerberos.ts';
import { printL2tp } from './l2tp.ts';
import { printLdp } from './ldp.ts';
import { printLisp } from './lisp.ts';
import { printLmp } from './lmp.ts';
import { printLspPing } from './lspping.ts';
import { printLwappData, printLwappRequest, printLwappResponse } from './lwapp.ts';
import { printLwres } from './lwres.ts';
import { printMpls } from './mpls.ts';
import { printMsdp } from './msdp.ts';
import { printNfsOverTcp } from './nfs.ts';
import { printNtp } from './ntp.ts';
import { printOlsr } from './olsr.ts';
import { printOpenflow } from './openflow.ts';
import { printOtv } from './otv.ts';
import { printPptp } from './pptp.ts';
import type { Dissector, Printer } from './printer.ts';
import { printPtp } from './ptp.ts';
import { printRadius } from './radius.ts';
import { printResp } from './resp.ts';
import { printRip } from './rip.ts';
import { printRipng } from './ripng.ts';
import { printRpki } from './rpki.ts';
import { printRx } from './rx.ts';
import { printSflow } from './sflow.ts';
import { printSnmp } from './snmp.ts';
import { printSomeip } from './someip.ts';
import { printSsh } from './ssh.ts';
import { printSyslog } from './syslog.ts';
import { printTelnet } from './telnet.ts';
import { printFtp, printHttp, printRtsp, printSip, printSmtp, printWhois } from './text-protocol.ts';
import { printTftp } from './tftp.ts';
import { printTimed } from './timed.ts';
import { printVat } from './vat.ts';
import { printVqp } from './vqp.ts';
import { printVxlan } from './vxlan.ts';
import { printVxlanGpe } from './vxlan-gpe.ts';
import { printWb } from './wb.ts';
import { printZep } from './zep.ts';
import { printZephyr } from './zephyr.ts';

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
