// Which application is printed on which port. The order is tcpdump's: where both ports are known the earlier row wins.

import * as port from '../../wire/registry/ports.ts';
import { printDhcp } from '../application/dhcp.ts';
import { printDns, printDnsOverTcp, printMulticastDns } from '../application/dns.ts';
import { printNtp } from '../application/ntp.ts';
import { printSsh } from '../application/ssh.ts';
import {
  printFtp,
  printHttp,
  printRtsp,
  printSip,
  printSmtp,
  printWhois,
} from '../application/text-protocol.ts';
import type { Dissector, PortTable, Printer } from '../engine/printer.ts';
import { printMpls } from '../mpls/mpls.ts';
import { DDP, printLlap } from '../network/appletalk.ts';
import { printVxlan } from '../tunnel/vxlan.ts';
import { printVxlanGpe } from '../tunnel/vxlan-gpe.ts';
import { announced, onDemand } from './table.ts';

/** Ports, the name, the printer, and which of the two ports has to be one of them where either does not do. */
type Row = readonly [
  ports: readonly number[],
  name: string,
  print: Dissector,
  only?: 'source' | 'destination',
];

const isakmp = onDemand(async () => (await import('../tunnel/isakmp.ts')).printIsakmp);
const ldp = onDemand(async () => (await import('../mpls/ldp.ts')).printLdp);

const OVER_TCP: readonly Row[] = [
  [[23], 'telnet', onDemand(async () => (await import('../application/telnet.ts')).printTelnet)],
  [[25], 'smtp', announced(': ', printSmtp)],
  [[43], 'whois', announced(': ', printWhois)],
  [[179], 'bgp', onDemand(async () => (await import('../routing/bgp.ts')).printBgp)],
  [[1723], 'pptp', onDemand(async () => (await import('../tunnel/pptp.ts')).printPptp)],
  [[6379], 'redis', onDemand(async () => (await import('../application/resp.ts')).printResp)],
  [[22], 'ssh', printSsh],
  [[10288], 'beep', onDemand(async () => (await import('../application/beep.ts')).printBeep)],
  [[6633, 6653], 'openflow', onDemand(async () => (await import('../sdn/openflow.ts')).printOpenflow)],
  [[21], 'ftp', announced(': ', printFtp)],
  [[80, 8080], 'http', announced(': ', printHttp)],
  [[554, 8554], 'rtsp', announced(': ', printRtsp)],
  [[port.DNS], 'domain', printDnsOverTcp],
  [[639], 'msdp', onDemand(async () => (await import('../routing/msdp.ts')).printMsdp)],
  [[323], 'rpki-rtr', onDemand(async () => (await import('../routing/rpki.ts')).printRpki)],
  [[646], 'ldp', ldp],
  [[2049], 'nfs', onDemand(async () => (await import('../application/nfs.ts')).printNfsOverTcp)],
];

const OVER_UDP: readonly Row[] = [
  [[port.DNS], 'domain', printDns],
  [[port.MULTICAST_DNS], 'mdns', printMulticastDns],
  [[525], 'timed', onDemand(async () => (await import('../application/timed.ts')).printTimed)],
  [[69], 'tftp', onDemand(async () => (await import('../application/tftp.ts')).printTftp)],
  [[67, 68], 'bootp', printDhcp],
  [[520], 'rip', onDemand(async () => (await import('../routing/rip.ts')).printRip)],
  [[654], 'aodv', onDemand(async () => (await import('../routing/aodv.ts')).printAodv)],
  [[500], 'isakmp', isakmp],
  [[4500], 'ipsec-nat-t', onDemand(async () => (await import('../tunnel/isakmp.ts')).printUdpEncapsulation)],
  [[7500, 8500], 'isakmp', isakmp],
  [[161, 162], 'snmp', onDemand(async () => (await import('../application/snmp.ts')).printSnmp)],
  [[123], 'ntp', printNtp],
  [[88, 750], 'kerberos', onDemand(async () => (await import('../application/kerberos.ts')).printKerberos)],
  [[port.L2TP], 'l2tp', onDemand(async () => (await import('../tunnel/l2tp.ts')).printL2tp)],
  [[3456], 'vat', onDemand(async () => (await import('../application/vat.ts')).printVat), 'destination'],
  [[2103, 2104], 'zephyr', onDemand(async () => (await import('../application/zephyr.ts')).printZephyr)],
  [
    [7000, 7001, 7002, 7003, 7004, 7005, 7006, 7007, 7008, 7009],
    'rx',
    onDemand(async () => (await import('../application/rx.ts')).printRx),
  ],
  [[521], 'ripng', onDemand(async () => (await import('../routing/ripng.ts')).printRipng)],
  [[546, 547], 'dhcpv6', onDemand(async () => (await import('../application/dhcpv6.ts')).printDhcpv6)],
  [[5359], 'ahcp', onDemand(async () => (await import('../routing/ahcp.ts')).printAhcp)],
  [[6696, 6697], 'babel', onDemand(async () => (await import('../routing/babel.ts')).printBabel)],
  [[8231], 'hncp', onDemand(async () => (await import('../routing/hncp.ts')).printHncp)],
  [[4567], 'wb', onDemand(async () => (await import('../application/wb.ts')).printWb), 'destination'],
  [[496], 'auto-rp', onDemand(async () => (await import('../routing/autorp.ts')).printAutoRp)],
  [
    [1645, 1646, 1700, 1812, 1813, 3799],
    'radius',
    onDemand(async () => (await import('../application/radius.ts')).printRadius),
  ],
  [[1985], 'hsrp', onDemand(async () => (await import('../routing/hsrp.ts')).printHsrp), 'destination'],
  [[921], 'lwres', onDemand(async () => (await import('../application/lwres.ts')).printLwres)],
  [[646], 'ldp', ldp],
  [[698], 'olsr', onDemand(async () => (await import('../routing/olsr.ts')).printOlsr)],
  [[3503], 'lsp-ping', onDemand(async () => (await import('../mpls/lspping.ts')).printLspPing)],
  [[49_152], 'bcm-li', onDemand(async () => (await import('../tunnel/bcm-li.ts')).printBcmLi), 'source'],
  [
    [3784, 3785, 4784, 6784],
    'bfd',
    onDemand(async () => (await import('../routing/bfd.ts')).printBfd),
    'destination',
  ],
  [[701], 'lmp', onDemand(async () => (await import('../mpls/lmp.ts')).printLmp)],
  [[1589], 'vqp', onDemand(async () => (await import('../application/vqp.ts')).printVqp)],
  [[6343], 'sflow', onDemand(async () => (await import('../application/sflow.ts')).printSflow)],
  [
    [12_223],
    'lwapp-control',
    onDemand(async () => (await import('../application/lwapp.ts')).printLwappRequest),
    'destination',
  ],
  [
    [12_223],
    'lwapp-control',
    onDemand(async () => (await import('../application/lwapp.ts')).printLwappResponse),
    'source',
  ],
  [
    [port.LWAPP_DATA],
    'lwapp-data',
    onDemand(async () => (await import('../application/lwapp.ts')).printLwappData),
  ],
  [[5060], 'sip', printSip],
  [[514], 'syslog', onDemand(async () => (await import('../application/syslog.ts')).printSyslog)],
  [[port.VXLAN_LINUX], 'otv', onDemand(async () => (await import('../tunnel/otv.ts')).printOtv)],
  [[port.VXLAN], 'vxlan', printVxlan],
  [[port.GENEVE], 'geneve', onDemand(async () => (await import('../tunnel/geneve.ts')).printGeneve)],
  [[port.LISP_CONTROL], 'lisp', onDemand(async () => (await import('../tunnel/lisp.ts')).printLisp)],
  [[port.VXLAN_GPE], 'vxlan-gpe', printVxlanGpe],
  [[17_754], 'zep', onDemand(async () => (await import('../tunnel/zep.ts')).printZep)],
  [[port.MPLS_IN_UDP], 'mpls', printMpls],
  [[319, 320], 'ptp', onDemand(async () => (await import('../application/ptp.ts')).printPtp)],
  [[30490], 'someip', onDemand(async () => (await import('../application/someip.ts')).printSomeip)],
];

/** What UDP looks for before the ports above and before the checksum: ONC RPC, by its direction as well. */
const NFS = 2049;
const RPC_CALL = 0;
const RPC_REPLY = 1;
const nfs = onDemand(async () => (await import('../application/nfs.ts')).printNfs);

/** Rank (from 1) of the row for each port, 0 for none; as source and as destination. */
class Ports implements PortTable {
  private readonly rows: readonly Row[];
  private readonly sources = new Uint8Array(65_536);
  private readonly destinations = new Uint8Array(65_536);

  constructor(rows: readonly Row[]) {
    this.rows = rows;
    rows.forEach(([ports, , , only], i) => {
      for (const port of ports) {
        if (only !== 'source' && this.destinations[port] === 0) this.destinations[port] = i + 1;
        if (only !== 'destination' && this.sources[port] === 0) this.sources[port] = i + 1;
      }
    });
  }

  /** Rank of the row for this pair of ports. */
  protected rank(p: Printer): number {
    const a = this.sources[p.sourcePort];
    const b = this.destinations[p.destinationPort];
    return a === 0 || (b !== 0 && b < a) ? b : a;
  }

  print(p: Printer, offset: number, length: number): boolean {
    const rank = this.rank(p);
    if (rank === 0) return false;
    this.rows[rank - 1][2](p, offset, length);
    return true;
  }
}

/** AppleTalk in UDP has ports for its sockets; tcpdump looks at it before the last rows. */
class UdpPorts extends Ports {
  /** Rank of the first row that comes behind AppleTalk. */
  private readonly behindAppletalk: number;

  constructor(rows: readonly Row[], behindAppletalk: string) {
    super(rows);
    this.behindAppletalk = rows.findIndex(([, name]) => name === behindAppletalk) + 1;
  }

  override print(p: Printer, offset: number, length: number): boolean {
    const rank = this.rank(p);
    if ((rank === 0 || rank >= this.behindAppletalk) && isAppletalk(p, offset)) {
      if (p.verbose > 0) p.ascii('kip ');
      printLlap(p, offset, length);
      return true;
    }
    return super.print(p, offset, length);
  }
}

function isAppletalk(p: Printer, offset: number): boolean {
  return (
    (isSocket(p.sourcePort) || isSocket(p.destinationPort)) && p.has(offset, 3) && p.bytes[offset + 2] === DDP
  );
}

/** Ports for sockets of AppleTalk: as assigned, and as were in use before. */
function isSocket(port: number): boolean {
  return (port >= 200 && port < 328) || (port >= 768 && port < 896) || (port >= 16_512 && port < 16_640);
}

export const TCP_PORTS: PortTable = new Ports(OVER_TCP);
export const UDP_PORTS: PortTable = new UdpPorts(OVER_UDP, 'ptp');

/** A call to NFS's port, or a reply from it. */
export const UDP_FIRST: PortTable = {
  print(p, offset, length) {
    if ((p.sourcePort !== NFS && p.destinationPort !== NFS) || !p.has(offset + 4, 4)) return false;
    const direction = p.view.getUint32(offset + 4);
    const call = p.destinationPort === NFS && direction === RPC_CALL;
    if (!call && (p.sourcePort !== NFS || direction !== RPC_REPLY)) return false;
    nfs(p, offset, length);
    return true;
  },
};
