// A packet of each protocol that switches and tunnels speak, and of those above IP that a plain packet does not reach,
// put together from the fields that its RFC or standard draws.

import {
  bytes,
  HOST6,
  llc,
  type Part,
  PREFIX6,
  padded,
  sized,
  tcp,
  text,
  udp,
  value,
  word,
} from './build.ts';
import { ip6 } from './core-samples.ts';
import { ethernet, ip } from './packets.ts';

/** RFC 9260: ports, tag, checksum, chunks. */
function sctp(...chunks: readonly Part[]): Uint8Array {
  return ip(132, bytes('9c40 0b80 00000007 00000000', ...chunks));
}

const chunk = (head: string, ...parts: readonly Part[]) => padded(sized(head, 2, 4, ...parts));

/** RFC 2661: an attribute that must be known. */
function attribute(type: string, ...parts: readonly Part[]): Uint8Array {
  const body = bytes(...parts);
  return bytes(word(0x8000 | (6 + body.length)), '0000', type, body);
}

/** RFC 1661: a code and the options of a configuration, inside PPP over GRE. */
function ppp(protocol: string, code: string, ...options: readonly Part[]): Uint8Array {
  const packet = bytes('ff03', protocol, code, sized('01', 2, 4, ...options));
  return ip(47, bytes('3081 880b', word(packet.length), '0007 00000001 00000002', packet));
}

function icmp6(...parts: readonly Part[]): Uint8Array {
  return ip6(58, bytes(...parts));
}

/** An object identifier and a value (X.690). */
const binding = value('30', '0608 2b06010201010300', '4302 1234', '');
const community = value('04', text('public'));

/** Name and frame. */
export const NETWORK: readonly (readonly [string, Uint8Array])[] = [
  [
    'SCTP association',
    sctp(
      chunk(
        '01 00',
        '00000007 00010000 000a 000a 00000001',
        '0005 0008 c0000201',
        '000c 0006 0005 0000',
        '8000 0004',
      ),
      chunk('0a 00', '000102030405'),
      chunk('04 00', '0001 000c 0102030405060708'),
    ),
  ],
  [
    'SCTP data',
    sctp(
      chunk('00 03', '00000001 0001 0002 0000002e', text('hello')),
      chunk('03 00', '00000005 00010000 0001 0001 0002 0003 00000004'),
      chunk('06 00', '0001 0008 00000000'),
      chunk('09 00', '0005 0008 0001 0000'),
      chunk('07 00', '00000005'),
      chunk('c1 00', '00000001 0005 0008 c0000201'),
    ),
  ],
  [
    'SNMP request',
    udp(
      40_000,
      161,
      value('30', '020101', community, value('a0', '02020102 020100 020100', value('30', binding))),
    ),
  ],
  [
    'SNMP trap',
    udp(
      40_000,
      162,
      value(
        '30',
        '020100',
        community,
        value(
          'a4',
          '06062b0601040101',
          '4004 c0000201',
          '020106',
          '02012a',
          '4302 1234',
          value('30', binding, binding),
        ),
      ),
    ),
  ],
  [
    'SNMPv3',
    udp(
      40_000,
      161,
      value(
        '30',
        '020103',
        value('30', '02020102 020205dc 040104 020103'),
        value(
          '04',
          value('30', value('04', '800000000102'), '020101 020102', value('04', text('user')), '0400 0400'),
        ),
        value(
          '30',
          value('04', '800000000102'),
          '0400',
          value('a2', '02020102 020100 020100', value('30', binding)),
        ),
      ),
    ),
  ],
  [
    'LLDP',
    ethernet(
      0x88cc,
      bytes(
        value('02', '04 020000000001'),
        value('04', '05', text('eth0')),
        value('06', '0078'),
        value('08', text('port')),
        value('0a', text('switch')),
        value('0c', text('a switch')),
        value('0e', '0014 0004'),
        value('10', '05 01 c0000201 02 00000001 00'),
        value('fe', '0080c2 01 0001'),
        value('fe', '0080c2 03 0001 04', text('vlan')),
        value('fe', '00120f 01 03 6c01 0010'),
        value('fe', '00120f 04 05dc'),
        value('fe', '0012bb 01 0033 01'),
        value('fe', '0012bb 02 01 406461'),
        value('fe', '0012bb 03 01', new Uint8Array(16).fill(7)),
        value('fe', '0012bb 03 02 08 02', text('DE'), '0104', text('city')),
        value('fe', '0080c2 0b 0000 88'),
        value('fe', '0080c2 09 00 01234567 3232000000000000 0001020304050607'),
        '0000',
      ),
    ),
  ],
  [
    'CDP',
    llc(
      'aaaa03 00000c 2000 02 b4 0000',
      '0001 000a',
      text('router'),
      '0002 0011 00000001 01 01 cc 0004 c0000201',
      '0003 0008',
      text('eth0'),
      '0004 0008 00000029',
      '0005 000a',
      text('system'),
      '0006 0008',
      text('cisc'),
      '0007 0009 c0000200 18',
      '000a 0006 0001 000b 0005 01',
      '000e 0007 01 0064 0010 0006 1964 0012 0005 00 0013 0005 00',
      '0016 0011 00000001 01 01 cc 0004 c0000201',
    ),
  ],
  [
    'DTP',
    llc(
      'aaaa03 00000c 2004 01 0001 0008',
      text('lab'),
      '00 0002 0005 81 0003 0005 a5 0004 000a 020000000001',
    ),
  ],
  [
    'UDLD',
    llc(
      'aaaa03 00000c 0111 21 00 0000 0001 0008',
      text('port'),
      '0002 0008 00000001 0003 0008',
      text('eth0'),
      '0004 0005 0f 0005 0005 05 0006 0008',
      text('host'),
      '0007 0008 00000001',
    ),
  ],
  [
    'rapid spanning tree',
    llc('424203 0000 02 02 7c 8000020000000001 00000000 8000020000000001 8001 0000 1400 0200 0f00 00'),
  ],
  [
    'multiple spanning trees',
    llc(
      '424203 0000 03 02 7c 8000020000000001 00000000 8000020000000001 8001 0000 1400 0200 0f00 00 0050',
      '00',
      text('region'.padEnd(32, '\0')),
      '0001 000102030405060708090a0b0c0d0e0f',
      '00000000 8000020000000001 14',
      '7c 8001020000000001 00000000 80 80 14',
    ),
  ],
  [
    'PPTP request',
    tcp(
      40_000,
      1723,
      '009c 0001 1a2b3c4d 0001 0000 0100 0000 00000001 00000001 0000 0001',
      text('host'.padEnd(64, '\0')),
      text('vendor'.padEnd(64, '\0')),
    ),
  ],
  [
    'PPTP call',
    tcp(
      40_000,
      1723,
      '00a8 0001 1a2b3c4d 0007 0000 0001 0002 00000960 00989680 00000003 00000003 0040 0000 0004 0000',
      text('5550100'.padEnd(64, '\0')),
      new Uint8Array(64),
    ),
  ],
  [
    'L2TP control',
    udp(
      1701,
      1701,
      sized(
        'c802',
        2,
        4,
        '0000 0000 0000 0000',
        attribute('0000', '0001'),
        attribute('0002', '0100'),
        attribute('0003', '00000003'),
        attribute('0007', text('lac')),
        attribute('0009', '0001'),
        attribute('000a', '0004'),
        attribute('0001', '0001 0002', text('why')),
        attribute('0022', '0000', new Uint8Array(24)),
      ),
    ),
  ],
  ['L2TP data', udp(1701, 1701, '0002 0001 0002 ff03 c021 0901 0008 00000001')],
  ['VXLAN-GPE', udp(40_000, 4790, '0c 0000 01 00002a00', ip(253, new Uint8Array(4)).subarray(14))],
  [
    'SOME/IP',
    udp(
      30_490,
      30_490,
      'ffff8100 00000028 00000001 01 01 02 00 c0000000 00000010 01000010 00010001 01000003 00000000',
    ),
  ],
  ['Kerberos', udp(40_000, 88, '04 02', text('user\0host\0REALM\0'), '00000001 60', text('krbtgt\0'))],
  ['ATA over Ethernet', ethernet(0x88a2, bytes('18 00 0001 02 00 00000007 03 01 01 20 000000000000 0000'))],
  [
    'NSH',
    udp(
      40_000,
      4790,
      '0c 0000 04 00002a00 0fc6 01 03 000007 ff',
      new Uint8Array(16),
      ethernet(0x9000, bytes('0000')),
    ),
  ],
  ['loopback', ethernet(0x9000, bytes('0000 0200 020000000002 0100 0700 00000000'))],
  ['LCP', ppp('c021', '01', '0104 05dc 0305 c22305 0506 00000007 0702 0802 0d03 06')],
  ['IPCP', ppp('8021', '01', '0206 002d0f01 0306 c0000201 8106 c0000203')],
  ['CCP', ppp('80fd', '01', '1206 01000040')],
  ['PAP', ppp('c023', '01', value('', text('user')), value('', text('secret')))],
  ['CHAP', ppp('c223', '01', value('', '000102030405060708090a0b0c0d0e0f'), text('host'))],
  [
    'IKE',
    udp(
      500,
      500,
      '0102030405060708 0000000000000000 01 10 02 00 00000000 00000068',
      '0d 00 0038 00000001 00000001 00 00 002c 01 01 0001 00 00 0024 01 01 0000 80010007 800e0080 80020002 80030001 80040002 800b0001 800c7080',
      '00 00 0014 000102030405060708090a0b0c0d0e0f',
    ),
  ],
  [
    'IKEv2',
    udp(
      500,
      500,
      '0102030405060708 0000000000000000 21 20 22 08 00000000 0000007c',
      '22 00 002c 00 00 0028 01 01 00 04 03 00 000c 01 00 000c 800e0080 03 00 0008 02 00 0002 03 00 0008 03 00 0002 00 00 0008 04 00 0002',
      '28 00 0018 0002 0000',
      new Uint8Array(16),
      '29 00 0014',
      new Uint8Array(16),
      '00 00 0008 00 00 4004',
    ),
  ],
  ['mobile IP', ip(55, bytes('1180 0000 c0000209 c0000201', new Uint8Array(8)))],
  ['binding update', ip6(135, bytes('3b 01 05 00 0000 0001 c000 0064 0102 0000'))],
  ['OpenFlow', tcp(40_000, 6653, '04 00 0008 00000001', '04 02 000c 00000002', text('ping'))],
  ['IP compression', ip(108, bytes('0400 0002 61626364'))],
  ['node information', icmp6('8b01 0000 0003 0000 0001020304050607', HOST6)],
  [
    'node information in answer',
    icmp6(
      '8c00 0000 0002 0000 0001020304050607 00000000',
      value('', text('host')),
      '07',
      text('example'),
      '0000',
    ),
  ],
  [
    'RPL',
    icmp6(
      '9b01 0000 1e f0 0100 08 00 00 00',
      HOST6,
      '04 0e 00 08 0c 0a 07 00 01 00 0001 00 ff 003c',
      '01 02 0000',
    ),
  ],
  [
    'router renumbering',
    icmp6(
      '8a00 0000 00000001 01 00 0064 00000000',
      '01 10 00 40 00 00 0000',
      HOST6,
      '40 00 0000 00000e10 00000e10 00000000',
      HOST6,
    ),
  ],
  ['listener query', icmp6('8200 0000 0064 0000', HOST6, '0a 7d 0001', HOST6)],
  [
    'router advertisement of all',
    icmp6(
      '8600 0000 40fa0708 00000000 00000000',
      '1903 0000 00000e10',
      HOST6,
      '1f03 0000 00000e10 036c6162 076578616d706c65 00000000',
      '0501 0000 000005dc',
      '1802 4000 00000e10',
      PREFIX6,
      '0701 0000 00000064',
      '0801 0000 00000064',
    ),
  ],
];
