// What each EtherType carries.
import * as type from '../../wire/registry/ethertypes.ts';
import type { Printer } from '../engine/printer.ts';
import { printEthernet } from '../link/ethernet.ts';
import { printPpp } from '../link/ppp.ts';
import { printPppoe } from '../link/pppoe.ts';
import { printMpls } from '../mpls/mpls.ts';
import { printAarp, printAppletalk } from '../network/appletalk.ts';
import { printArp } from '../network/arp.ts';
import { printIpv4 } from '../network/ipv4.ts';
import { printIpv6 } from '../network/ipv6.ts';
import { printOsi } from '../network/osi.ts';
import { announced, onDemand, Table } from './table.ts';

const ipx = onDemand(async () => (await import('../network/ipx.ts')).printIpx);
const geonet = onDemand(async () => (await import('../network/geonet.ts')).printGeonet);
const cfm = onDemand(async () => (await import('../bridge/cfm.ts')).printCfm);

export const ETHERTYPES = new Table([
  [type.OSI_IN_GRE, 'GRE-OSI'],
  [0x0200, 'PUP'],
  [0x0500, 'Sprite'],
  [0x0600, 'NS'],
  [type.GEONET_OLD, 'GeoNet (old)', geonet],
  [type.IPV4, 'IPv4', printIpv4],
  [type.ARP, 'ARP', printArp],
  [type.TRAILERS, 'Trail'],
  [type.CALM_FAST, 'CALM FAST', onDemand(async () => (await import('../network/geonet.ts')).printCalmFast)],
  [type.PPPOE_DISCOVERY_3COM, '', printPppoe],
  [type.PPPOE_SESSION_3COM, '', printPppoe],
  [0x6001, 'MOP DL'],
  [0x6002, 'MOP RC'],
  [type.DECNET, 'DN', onDemand(async () => (await import('../network/decnet.ts')).printDecnet)],
  [0x6004, 'LAT'],
  [0x6007, 'SCA'],
  [type.TRANSPARENT_BRIDGING, 'TEB'],
  [type.REVERSE_ARP, 'Reverse ARP', printArp],
  [0x8038, 'Lanbridge'],
  [0x803c, 'DEC DNS'],
  [0x803e, 'DEC DTS'],
  [0x805b, 'VEXP'],
  [0x805c, 'VPROD'],
  [type.APPLETALK, 'Appletalk', printEtherTalk],
  [type.APPLETALK_ARP, 'Appletalk ARP', printAarp],
  [type.VLAN, '802.1Q'],
  [type.IPX, 'IPX', announced('(NOV-ETHII) ', ipx)],
  [type.IPV6, 'IPv6', printIpv6],
  [type.MPCP, 'MPCP', onDemand(async () => (await import('../bridge/mpcp.ts')).printMpcp)],
  [
    type.SLOW_PROTOCOLS,
    'Slow Protocols',
    onDemand(async () => (await import('../bridge/slow.ts')).printSlow),
  ],
  [type.PPP, 'PPP', printPppFrame],
  [type.MPLS, 'MPLS unicast', printMpls],
  [type.MPLS_MULTICAST, 'MPLS multicast', printMpls],
  [type.PPPOE_DISCOVERY, 'PPPoE D', printPppoe],
  [type.PPPOE_SESSION, 'PPPoE S', printPppoe],
  [type.MS_NLB, 'MS NLB heartbeat', onDemand(async () => (await import('../bridge/msnlb.ts')).printMsNlb)],
  [type.JUMBO, 'Jumbo'],
  [type.EAPOL, 'EAPOL', onDemand(async () => (await import('../application/eap.ts')).printEapol)],
  [
    type.REALTEK,
    'Realtek protocols',
    onDemand(async () => (await import('../bridge/realtek.ts')).printRealtek),
  ],
  [type.AOE, 'AoE', onDemand(async () => (await import('../application/aoe.ts')).printAoe)],
  [type.QINQ, '802.1Q-QinQ'],
  [type.TIPC, 'TIPC', onDemand(async () => (await import('../network/tipc.ts')).printTipc)],
  [type.LLDP, 'LLDP', onDemand(async () => (await import('../bridge/lldp.ts')).printLldp)],
  [type.MACSEC, '802.1AE MACsec'],
  [type.PTP, 'PTP', onDemand(async () => (await import('../application/ptp.ts')).printPtp)],
  [type.CFM, 'CFM', cfm],
  [0x893a, 'IEEE1905.1'],
  [type.GEONET, 'GeoNet', geonet],
  [type.NSH, 'NSH', onDemand(async () => (await import('../tunnel/nsh.ts')).printNsh)],
  [type.LOOPBACK, 'Loopback', onDemand(async () => (await import('../bridge/loopback.ts')).printLoopback)],
  [type.QINQ_9100, '802.1Q-9100'],
  [type.VLAN_9200, '802.1Q-9200'],
  [type.CFM_OLD, 'CFM (old)', cfm],
  [type.ARISTA, 'Arista Vendor Specific Protocol'],
  [type.OSI, 'OSI', printPaddedOsi],
]);

/** Of what GRE carries the type is EtherTypes' or OSI's; what stands before a payload on Ethernet is left out. */
export const GRE_PAYLOADS = new Table([
  [type.OSI_IN_GRE, 'OSI', printOsi],
  [type.IPV4, 'IPv4', printIpv4],
  [type.TRANSPARENT_BRIDGING, 'TEB', printEthernet],
  [type.APPLETALK, 'Appletalk', printAppletalk],
  [type.IPX, 'IPX', ipx],
  [type.IPV6, 'IPv6', printIpv6],
  [type.MPLS, 'MPLS unicast', printMpls],
]);

export function printEtherTalk(p: Printer, offset: number, length: number): void {
  if (p.verbose > 0) p.ascii('et1 ');
  printAppletalk(p, offset, length);
}

function printPppFrame(p: Printer, offset: number, length: number): void {
  if (length === 0) return;
  p.ascii(': ');
  printPpp(p, offset, length);
}

/** OSI in frames longer than 802.3 allows: a byte of padding comes first. */
function printPaddedOsi(p: Printer, offset: number, length: number): void {
  if (length > 0 && p.has(offset, 1)) printOsi(p, offset + 1, length - 1);
  else {
    p.protocol = 'isoclns';
    p.truncated();
  }
}
