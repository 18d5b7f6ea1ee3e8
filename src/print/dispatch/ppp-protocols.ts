// What PPP carries.
import * as ethertype from '../../wire/registry/ethertypes.ts';
import * as ppp from '../../wire/registry/ppp-protocols.ts';
import type { Dissector } from '../engine/printer.ts';
import { printMultilink } from '../link/ppp.ts';
import { printChap, printPap } from '../link/ppp-auth.ts';
import { printControl } from '../link/ppp-control.ts';
import { printMpls } from '../mpls/mpls.ts';
import { printIpv4 } from '../network/ipv4.ts';
import { printIpv6 } from '../network/ipv6.ts';
import { printOsi } from '../network/osi.ts';
import { onDemand, Table } from './table.ts';

const ipx = onDemand(async () => (await import('../network/ipx.ts')).printIpx);

/** A control protocol: one printer serves all. */
function control(protocol: number): Dissector {
  return (p, offset, length) => printControl(p, protocol, offset, length);
}

export const PPP_PROTOCOLS = new Table([
  [ppp.IPV4, 'IP', printIpv4],
  [ppp.OSI, 'OSI', printOsi],
  [0x0025, 'NS'],
  [0x0027, 'DECNET'],
  [0x0029, 'APPLE'],
  [ppp.IPX, 'IPX', ipx],
  [ppp.VJ_COMPRESSED, 'VJC IP'],
  [ppp.VJ_UNCOMPRESSED, 'VJNC IP', printIpv4],
  [0x0031, 'BRPDU'],
  [0x0033, 'STII'],
  [0x0035, 'VINES'],
  [ppp.MULTILINK, 'MLPPP', printMultilink],
  [ppp.IPV6, 'IP6', printIpv6],
  [ppp.COMPRESSED, 'Compressed', (p) => p.ascii('compressed PPP data')],
  [ppp.MPLS, 'MPLS', printMpls],
  [ppp.MPLS_MULTICAST, 'MPLS', printMpls],
  [0x0201, 'HELLO'],
  [0x0231, 'LUXCOM'],
  [0x0233, 'SNS'],
  [ppp.IPCP, 'IPCP', control(ppp.IPCP)],
  [ppp.OSICP, 'OSICP', control(ppp.OSICP)],
  [0x8025, 'NSCP'],
  [0x8027, 'DECNETCP'],
  [0x8029, 'APPLECP'],
  [0x802b, 'IPXCP'],
  [0x8033, 'STIICP'],
  [0x8035, 'VINESCP'],
  [ppp.IPV6CP, 'IP6CP', control(ppp.IPV6CP)],
  [ppp.MPLSCP, 'MPLSCP', control(ppp.MPLSCP)],
  [ppp.LCP, 'LCP', control(ppp.LCP)],
  [ppp.PAP, 'PAP', printPap],
  [0xc025, 'LQM'],
  [0xc027, 'SPAP'],
  [ppp.BACP, 'BACP', control(ppp.BACP)],
  // Bandwidth allocation is not taken apart.
  [ppp.BAP, 'BAP', () => {}],
  [0xc03d, 'MLPPP-CP'],
  [0xc123, 'Old-SPAP'],
  [ppp.CHAP, 'CHAP', printChap],
  [0xc227, 'EAP'],
  [ppp.CCP, 'CCP', control(ppp.CCP)],
  // Numbers of Ethernet that some senders use.
  [ethertype.IPV4, '', printIpv4],
  [ethertype.IPV6, '', printIpv6],
]);
