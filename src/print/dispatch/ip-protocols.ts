// What IP carries.
import * as ip from '../../wire/registry/ip-protocols.ts';
import type { Dissector, IpProtocolTable, Printer } from '../engine/printer.ts';
import { printEthernet } from '../link/ethernet.ts';
import { printIcmp } from '../network/icmp.ts';
import { printIcmpv6 } from '../network/icmpv6.ts';
import { printIgmp } from '../network/igmp.ts';
import { printIpv4 } from '../network/ipv4.ts';
import { printIpv6 } from '../network/ipv6.ts';
import { printTcp } from '../transport/tcp.ts';
import { printUdp } from '../transport/udp.ts';
import { printGre } from '../tunnel/gre.ts';
import { printAh, printEsp, printIpComp } from '../tunnel/ipsec.ts';
import { onDemand } from './table.ts';

/** The number, its name, the printer over IPv4, and over IPv6 where that is another; none for a version it requires. */
type Row = readonly [number: number, name: string, over4?: Dissector | null, over6?: Dissector | null];

const ROWS: readonly Row[] = [
  [ip.HOP_BY_HOP, 'Options'],
  [ip.ICMP, 'ICMP', printIcmp, null],
  [ip.IGMP, 'IGMP', printIgmp, null],
  [ip.IPV4, 'IPIP', printIpv4],
  [ip.TCP, 'TCP', printTcp],
  [ip.EGP, 'EGP', onDemand(async () => (await import('../routing/egp.ts')).printEgp)],
  [ip.IGRP, 'IGRP', onDemand(async () => (await import('../routing/igrp.ts')).printIgrp)],
  [ip.UDP, 'UDP', printUdp],
  [ip.DCCP, 'DCCP', onDemand(async () => (await import('../transport/dccp.ts')).printDccp)],
  [ip.IPV6, 'IPv6', printIpv6],
  [ip.ROUTING, 'Routing'],
  [ip.FRAGMENT, 'Fragment'],
  [ip.RSVP, 'RSVP', onDemand(async () => (await import('../mpls/rsvp.ts')).printRsvp)],
  [ip.GRE, 'GRE', printGre],
  [ip.ESP, 'ESP', printEsp],
  [ip.AH, 'AH'],
  [ip.MOBILE_IP, 'Mobile IP', onDemand(async () => (await import('../network/mobility.ts')).printMobileIp)],
  [ip.ICMPV6, 'ICMPv6', null, printIcmpv6],
  [ip.NO_NEXT_HEADER, '', (p) => p.ascii('no next header')],
  [ip.MOBILITY_OLD, 'Mobile IP (old)'],
  [ip.ND, '', (p, _at, length) => p.field(' nd ', length >>> 0)],
  [ip.EIGRP, 'EIGRP', onDemand(async () => (await import('../routing/eigrp.ts')).printEigrp)],
  [
    ip.OSPF,
    'OSPF',
    onDemand(async () => (await import('../routing/ospf.ts')).printOspf),
    onDemand(async () => (await import('../routing/ospf3.ts')).printOspf3),
  ],
  [ip.PIM, 'PIM', onDemand(async () => (await import('../routing/pim.ts')).printPim)],
  [ip.IPCOMP, 'Compressed IP', printIpComp],
  [ip.VRRP, 'VRRP', onDemand(async () => (await import('../routing/vrrp.ts')).printVrrp)],
  [ip.PGM, 'PGM', onDemand(async () => (await import('../transport/pgm.ts')).printPgm)],
  [ip.SCTP, 'SCTP', onDemand(async () => (await import('../transport/sctp.ts')).printSctp)],
  [ip.MOBILITY, 'Mobility'],
  [ip.ETHERNET, 'Ethernet', null, printEthernet],
];

class IpProtocols implements IpProtocolTable {
  private readonly names: (string | undefined)[] = new Array(256).fill(undefined);
  private readonly over4: (Dissector | undefined)[] = new Array(256).fill(undefined);
  private readonly over6: (Dissector | undefined)[] = new Array(256).fill(undefined);

  constructor(rows: readonly Row[]) {
    for (const [number, name, over4, over6 = over4] of rows) {
      if (name !== '') this.names[number] = name;
      this.over4[number] = over4 === null ? requires(name, 6) : over4;
      this.over6[number] = over6 === null ? requires(name, 4) : over6;
    }
  }

  get(number: number): string | undefined {
    return this.names[number];
  }

  writesAddresses(number: number): boolean {
    return number === ip.TCP || number === ip.UDP || number === ip.SCTP || number === ip.DCCP;
  }

  /** Prints what lies behind an IP header (`p.ip`) or behind an extension header of IPv6. */
  print(p: Printer, number: number, offset: number, length: number): void {
    // Authentication headers, each with the number of what it covers; a packet may have thousands.
    while (number === ip.AH) {
      if (!p.has(offset, 1)) {
        p.protocol = 'ah';
        p.truncated();
        return;
      }
      number = p.bytes[offset];
      const advance = printAh(p, offset);
      offset += advance;
      length -= advance;
    }
    const print = (p.ipVersion === 4 ? this.over4 : this.over6)[number];
    if (print !== undefined) print(p, offset, length);
    else {
      p.ascii(' ');
      p.ipProtocol(number);
      p.field(' ', length >>> 0);
    }
  }
}

/** What is printed of a protocol over the version of IP that it is not for. */
function requires(name: string, version: number): Dissector {
  return (p) => {
    p.ascii(`[${name} requires IPv${version}]`);
    p.invalid();
  };
}

export const IP_PROTOCOLS = new IpProtocols(ROWS);
