// What link layers and shims carry that have numbers of their own.
import * as ethertype from '../../wire/registry/ethertypes.ts';
import * as nlpid from '../../wire/registry/nlpids.ts';
import type { Printer } from '../engine/printer.ts';
import { printEthernet } from '../link/ethernet.ts';
import { printMpls } from '../mpls/mpls.ts';
import { printAppletalk } from '../network/appletalk.ts';
import { printArp } from '../network/arp.ts';
import { printIpv4 } from '../network/ipv4.ts';
import { printIpv6 } from '../network/ipv6.ts';
import { printOsi } from '../network/osi.ts';
import { printEtherTalk } from './ethertypes.ts';
import { NLPIDS } from './nlpids.ts';
import { onDemand, type Row, Table } from './table.ts';

const ipx = onDemand(async () => (await import('../network/ipx.ts')).printIpx);
const nsh = onDemand(async () => (await import('../tunnel/nsh.ts')).printNsh);

/** By the version in the first four bits: of what may be one or the other. */
export const IP_VERSIONS = new Table([
  [4, 'IPv4', printIpv4],
  [6, 'IPv6', printIpv6],
]);

/** Address families of IP on any BSD: for IPv6 each has its own (ENC). */
const BSD_IP: readonly Row[] = [
  [2, 'IPv4', printIpv4],
  [24, 'IPv6', printIpv6],
  [28, 'IPv6', printIpv6],
  [30, 'IPv6', printIpv6],
];
export const BSD_IP_FAMILIES = new Table(BSD_IP);

/** Those of NULL and LOOP. */
export const BSD_FAMILIES = new Table([
  ...BSD_IP,
  [6, 'NS'],
  [7, 'ISO', printOsi],
  [16, 'Appletalk', printAppletalk],
  [23, 'IPX', ipx],
]);

/** Address families of Linux (NFLOG). */
export const LINUX_FAMILIES = new Table([
  [2, 'IPv4', printIpv4],
  [10, 'IPv6', printIpv6],
]);

/** Address families of Solaris (IPNET). */
export const SOLARIS_FAMILIES = new Table([
  [2, 'IPv4', printIpv4],
  [26, 'IPv6', printIpv6],
]);

/** Cisco HDLC: EtherTypes, and one that means something else here. */
export const CHDLC_PROTOCOLS = new Table([
  [ethertype.IPV4, 'IPv4', printIpv4],
  [ethertype.IPV6, 'IPv6', printIpv6],
  [ethertype.REVERSE_ARP, 'SLARP', onDemand(async () => (await import('../link/chdlc.ts')).printSlarp)],
  [ethertype.MPLS, 'MPLS unicast', printMpls],
  [ethertype.MPLS_MULTICAST, 'MPLS multicast', printMpls],
  [ethertype.OSI, 'OSI', printChdlcOsi],
]);

/** ARCNET (RFC 1201, RFC 1051). */
export const ARCNET_TYPES = new Table([
  [0xf0, 'oldip', printIpv4],
  [0xf1, 'oldarp', printArp],
  [0xd4, 'ip', printIpv4],
  [0xd5, 'arp', printArp],
  [0xd6, 'rarp', printArp],
  [0xdd, 'atalk', printEtherTalk],
  [0xf7, 'banyan'],
  [0xfa, 'ipx', ipx],
  [0xc4, 'ipv6', printIpv6],
  [0x80, 'diag'],
]);

/** RFC 2427 on Frame Relay: of OSI the identifier is printed, too. It lies where a printer begins. */
export const FRAME_RELAY_PROTOCOLS = new Table([
  ...[nlpid.IPV4, nlpid.IPV6, nlpid.Q933, nlpid.PPP].map(
    (number): Row => [number, NLPIDS.get(number)!, NLPIDS.printer(number)!],
  ),
  [nlpid.CLNP, 'CLNP', printOsi],
  [nlpid.ES_IS, 'ES-IS', printOsi],
  [nlpid.IS_IS, 'IS-IS', printOsi],
]);

/** Next protocols of the network service header (RFC 8300). */
export const NSH_PROTOCOLS = new Table([
  [1, 'IPv4', printIpv4],
  [2, 'IPv6', printIpv6],
  [3, 'Ethernet', printEthernet],
  [4, 'NSH'],
  [5, 'MPLS'],
  [254, 'Experiment 1'],
  [255, 'Experiment 2'],
]);

/** Next protocols of VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe). */
export const VXLAN_GPE_PROTOCOLS = new Table([
  [1, 'IPv4', printIpv4],
  [2, 'IPv6', printIpv6],
  [3, 'Ethernet', printEthernet],
  [4, 'NSH', nsh],
]);

/** Packet types of Broadcom's lawful interception. */
export const BCM_LI_TYPES = new Table([
  [4, 'undecided', printUndecided],
  [5, 'ipv4', printIpv4],
  [6, 'ipv6', printIpv6],
  [7, 'ethernet', printEthernet],
]);

/** Protocols of OSI behind which no byte of padding comes: CLNP, ES-IS, IS-IS. */
const UNPADDED: readonly number[] = [nlpid.CLNP, nlpid.ES_IS, nlpid.IS_IS];

function printChdlcOsi(p: Printer, offset: number, length: number): void {
  if (length < 2) {
    p.truncated();
    return;
  }
  const padding = UNPADDED.includes(p.u8(offset + 1)) ? 1 : 0;
  printOsi(p, offset + padding, length - padding);
}

function printUndecided(p: Printer, offset: number, length: number): void {
  if (!IP_VERSIONS.print(p, p.u8(offset) >> 4, offset, length)) p.ascii('unknown payload');
}
