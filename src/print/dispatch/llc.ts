// What LLC carries: by service access point, and behind SNAP by Cisco's numbers.

import type { Printer } from '../engine/printer.ts';
import { printIpv4 } from '../network/ipv4.ts';
import { printOsi } from '../network/osi.ts';
import { onDemand, Table } from './table.ts';

const spanningTree = onDemand(async () => (await import('../bridge/stp.ts')).printStp);
const ipx = onDemand(async () => (await import('../network/ipx.ts')).printIpx);

/** Service access points (ISO/IEC TR 10178). */
export const SAPS = new Table([
  [0x00, 'Null'],
  [0x02, '802.1B I'],
  [0x03, '802.1B G'],
  [0x04, 'SNA'],
  [0x06, 'IP', printIpv4],
  [0x0e, 'ProWay NM'],
  [0x42, 'STP', spanningTree],
  [0x4e, 'RS511'],
  [0x7e, 'ISO8208'],
  [0x8e, 'ProWay'],
  [0xaa, 'SNAP'],
  [0xe0, 'IPX', printIpx],
  [0xf0, 'NetBeui'],
  [0xfe, 'OSI', printOsi],
  [0xff, 'Global'],
]);

/** The last two look like the spanning tree's. */
export const CISCO_PROTOCOLS = new Table([
  [0x0111, 'UDLD', onDemand(async () => (await import('../bridge/dtp.ts')).printUdld)],
  [0x2000, 'CDP', onDemand(async () => (await import('../bridge/cdp.ts')).printCdp)],
  [0x2003, 'VTP', onDemand(async () => (await import('../bridge/vtp.ts')).printVtp)],
  [0x2004, 'DTP', onDemand(async () => (await import('../bridge/dtp.ts')).printDtp)],
  [0x010b, 'PVST', spanningTree],
  [0x010c, 'VLAN Bridge', spanningTree],
]);

function printIpx(p: Printer, offset: number, length: number): void {
  if (p.link) p.ascii('IPX 802.2: ');
  ipx(p, offset, length);
}
