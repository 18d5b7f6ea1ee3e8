// What printers reach through `Printer.payload`: the tables, and printers that others call by name.
import type { Payloads } from '../engine/printer.ts';
import { printEthernet } from '../link/ethernet.ts';
import { printPpp } from '../link/ppp.ts';
import { printMpls } from '../mpls/mpls.ts';
import { printAppletalk } from '../network/appletalk.ts';
import { printArp } from '../network/arp.ts';
import { printIpv4 } from '../network/ipv4.ts';
import { printIpv6 } from '../network/ipv6.ts';
import { printOsi } from '../network/osi.ts';
import { ETHERTYPES, GRE_PAYLOADS } from './ethertypes.ts';
import { IP_PROTOCOLS } from './ip-protocols.ts';
import {
  ARCNET_TYPES,
  BCM_LI_TYPES,
  BSD_FAMILIES,
  BSD_IP_FAMILIES,
  CHDLC_PROTOCOLS,
  FRAME_RELAY_PROTOCOLS,
  IP_VERSIONS,
  LINUX_FAMILIES,
  NSH_PROTOCOLS,
  SOLARIS_FAMILIES,
  VXLAN_GPE_PROTOCOLS,
} from './link-payloads.ts';
import { CISCO_PROTOCOLS, SAPS } from './llc.ts';
import { NLPIDS } from './nlpids.ts';
import { TCP_PORTS, UDP_FIRST, UDP_PORTS } from './ports.ts';
import { PPP_PROTOCOLS } from './ppp-protocols.ts';
import { onDemand } from './table.ts';

export const PAYLOADS: Payloads = {
  etherTypes: ETHERTYPES,
  ipProtocols: IP_PROTOCOLS,
  pppProtocols: PPP_PROTOCOLS,
  grePayloads: GRE_PAYLOADS,
  nlpids: NLPIDS,
  ipVersions: IP_VERSIONS,
  bsdFamilies: BSD_FAMILIES,
  bsdIpFamilies: BSD_IP_FAMILIES,
  linuxFamilies: LINUX_FAMILIES,
  solarisFamilies: SOLARIS_FAMILIES,
  chdlcProtocols: CHDLC_PROTOCOLS,
  arcnetTypes: ARCNET_TYPES,
  frameRelayProtocols: FRAME_RELAY_PROTOCOLS,
  nshProtocols: NSH_PROTOCOLS,
  vxlanGpeProtocols: VXLAN_GPE_PROTOCOLS,
  bcmLiTypes: BCM_LI_TYPES,
  saps: SAPS,
  ciscoProtocols: CISCO_PROTOCOLS,
  tcpPorts: TCP_PORTS,
  udpPorts: UDP_PORTS,
  udpFirst: UDP_FIRST,

  ethernet: printEthernet,
  fddi: onDemand(async () => (await import('../link/fddi.ts')).printFddi),
  tokenRing: onDemand(async () => (await import('../link/token-ring.ts')).printTokenRing),
  radiotap: onDemand(async () => (await import('../link/radiotap.ts')).printRadiotapFrame),
  ieee802154: onDemand(async () => (await import('../link/ieee802154.ts')).print802154),
  ppp: printPpp,
  chdlc: onDemand(async () => (await import('../link/chdlc.ts')).printChdlcFrame),
  arp: printArp,
  ipv4: printIpv4,
  ipv6: printIpv6,
  mobility: onDemand(async () => (await import('../network/mobility.ts')).printMobility),
  nodeQuery: onDemand(async () => (await import('../network/nodeinfo.ts')).printNodeQuery),
  nodeReply: onDemand(async () => (await import('../network/nodeinfo.ts')).printNodeReply),
  renumbering: onDemand(async () => (await import('../network/renumbering.ts')).printRenumbering),
  ipx: onDemand(async () => (await import('../network/ipx.ts')).printIpx),
  appletalk: printAppletalk,
  osi: printOsi,
  mpls: printMpls,
  nsh: onDemand(async () => (await import('../tunnel/nsh.ts')).printNsh),
  eigrp: onDemand(async () => (await import('../routing/eigrp.ts')).printEigrp),
  dvmrp: onDemand(async () => (await import('../routing/dvmrp.ts')).printDvmrp),
  pim1: onDemand(async () => (await import('../routing/pim1.ts')).printPim1),
  rpl: onDemand(async () => (await import('../routing/rpl.ts')).printRpl),
  forces: onDemand(async () => (await import('../sdn/forces.ts')).printForces),
};
