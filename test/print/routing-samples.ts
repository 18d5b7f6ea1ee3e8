// A packet of each kind by which routers talk, put together from the fields that its RFC draws.

import { bytes, HOST6, type Part, PREFIX6, sized, tcp, text, udp, value, whole, word } from './build.ts';
import { ip6 } from './core-samples.ts';
import { ip } from './packets.ts';

/** RFC 4271: marker, length, type. */
function bgp(type: string, ...parts: readonly Part[]): Uint8Array {
  const body = bytes(...parts);
  return bytes('ff'.repeat(16), word(19 + body.length), type, body);
}

/** RFC 2328: the header of a packet, without authentication. */
function ospf(type: string, ...parts: readonly Part[]): Uint8Array {
  const body = bytes(...parts);
  return ip(
    89,
    bytes('02', type, word(24 + body.length), 'c0000201 00000000 0000 0000', new Uint8Array(8), body),
    1,
  );
}

/** RFC 5340. */
function ospf3(type: string, ...parts: readonly Part[]): Uint8Array {
  const body = bytes(...parts);
  return ip6(89, bytes('03', type, word(16 + body.length), 'c0000201 00000000 0000 00 00', body));
}

/** RFC 2205: an object of a class and type. */
function object(kind: string, ...parts: readonly Part[]): Uint8Array {
  const body = bytes(...parts);
  return bytes(word(4 + body.length), kind, body);
}

function rsvp(type: string, ...objects: readonly Part[]): Uint8Array {
  const body = bytes(...objects);
  return ip(46, bytes('10', type, '0000 ff 00', word(8 + body.length), body), 255);
}

/** Name and frame. */
export const ROUTING: readonly (readonly [string, Uint8Array])[] = [
  [
    'BGP open',
    tcp(
      40_000,
      179,
      bgp(
        '01',
        '04 fdea 00b4 c0000201',
        value(
          '',
          whole('02', ''),
          value('02', value('01', '0001 00 01'), value('02'), value('41', '0000fdea')),
          value(
            '02',
            value('40', '8078 000101 80'),
            value('45', '000101 03'),
            value('49', value('', text('router')), '00'),
          ),
        ),
      ),
      bgp('04'),
    ),
  ],
  [
    'BGP update',
    tcp(
      40_000,
      179,
      bgp(
        '02',
        sized('', 2, 0, '18 c63364'),
        sized(
          '',
          2,
          0,
          value('40 01', '00'),
          value('40 02', '02 02 fdea fdeb'),
          value('40 03', 'c0000201'),
          value('80 04', '00000064'),
          value('40 05', '00000064'),
          value('40 06'),
          value('c0 07', 'fdea c0000201'),
          value('c0 08', 'fdea0064 ffffff01'),
          value('80 09', 'c0000201'),
          value('80 0a', 'c0000201 c0000202'),
          value('c0 10', '0002fdea00000064', '8006 0000 4a95 02f9'),
          value('c0 11', '02 01 0000fdea'),
          value('c0 12', '0000fdea c0000201'),
          value('c0 16', '01 06 000641 c0000201'),
          value('c0 1a', '01 000b 0000000000000064'),
          value('c0 20', '0000fdea 00000001 00000002'),
          value('c0 80', '0000fdea', value('40 05', '00000064')),
        ),
        '18 cb0071 20 c6336401',
      ),
    ),
  ],
  [
    'BGP update of other families',
    tcp(
      40_000,
      179,
      bgp(
        '02',
        '0000',
        sized(
          '',
          2,
          0,
          value('90 0e 00', '0002 01 10', HOST6, '00', '40', PREFIX6),
          value('80 0f', '0002 01', '40', PREFIX6),
          value('80 0e', '0001 80 0c 0000000000000000 c0000201 00', '70 000641 0000fdea00000064 cb0071'),
          value('80 0e', '0001 05 04 c0000201 00', '01 16 0000fdea00000064 20c0000209 20e0010203 c0000201'),
          value('80 0e', '0001 84 04 c0000201 00', '60 0000fdea 0002fdea00000064'),
          value('80 0e', '0019 41 04 c0000201 00', '000f 0000fdea00000064 0001 0002 000641'),
        ),
      ),
    ),
  ],
  [
    'BGP notification',
    tcp(40_000, 179, bgp('03', '06 02', value('', text('maintenance'))), bgp('05', '0001 00 01')),
  ],
  [
    'OSPF hello',
    ospf('01', 'ffffff00 000a 12 01 00000028 c0000201 c0000202 c0000203', 'fff6 0003 0001 0004 00000001'),
  ],
  [
    'OSPF database description',
    ospf('02', '05dc 52 07 00000001', '0001 02 01 c0000201 c0000201 80000001 0000 0024'),
  ],
  ['OSPF request', ospf('03', '00000001 c0000201 c0000202')],
  [
    'OSPF update',
    ospf(
      '04',
      '00000005',
      '0001 02 01 c0000201 c0000201 80000001 0000 0034 03 00 0002 c0000200ffffff00 03 01 000a 0100000b c0000202c0000201 01 00 000a',
      '0001 02 02 c0000202 c0000201 80000001 0000 0020 ffffff00 c0000201 c0000202',
      '0001 02 03 c6336400 c0000201 80000001 0000 001c ffffff00 0000000a',
      '0001 02 05 cb007100 c0000201 80000001 0000 0024 ffffff00 80000014 c0000209 00000007',
      '0001 02 0a 01000000 c0000201 80000001 0000 0034',
      '0001 0004 c0000201 0002 0014 0001 0001 02000000 0005 0004 0000000a 0000 0000',
    ),
  ],
  ['OSPF acknowledgement', ospf('05', '0001 02 01 c0000201 c0000201 80000001 0000 0024')],
  ['OSPFv3 hello', ospf3('01', '00000001 01 000013 000a 0028 c0000201 c0000202 c0000203')],
  [
    'OSPFv3 update',
    ospf3(
      '04',
      '00000003',
      '0001 2001 00000000 c0000201 80000001 0000 0028 01 000033 02 00 000a 00000001 00000002 c0000202',
      '0001 2009 00000000 c0000201 80000001 0000 0034 0001 2001 00000000 c0000201 40 00 000a',
      PREFIX6,
      '80 02 0000',
      HOST6,
      '0001 0008 00000001 c0000201 80000001 0000 0038 01 000013 fe800000000000000000000000000001 00000001 40 00 0000',
      PREFIX6,
    ),
  ],
  [
    'PIM hello',
    ip(103, bytes('2000 0000 0001 0002 0069 0013 0004 00000001 0014 0004 00000007 0002 0004 01f40bb8'), 1),
  ],
  [
    'PIM join',
    ip(
      103,
      bytes('2300 0000 0100c0000202 00 01 00d2 01000020e0010203 0001 0001 01000720c0000201 01000420c0000209'),
      1,
    ),
  ],
  ['PIM register', ip(103, bytes('2100 0000 40000000', ip(253, new Uint8Array(4)).subarray(14)), 1)],
  [
    'PIM bootstrap',
    ip(
      103,
      bytes('2400 0000 0007 1e c0 0100c0000201 01000004e0000000 01 01 0000 0100c0000202 0096 c0 00'),
      1,
    ),
  ],
  [
    'PIMv1',
    ip(
      2,
      bytes(
        '1403 0000 10000000 c0000202 0000 00d2 00 20 00 01 e0010203 ffffffff 0001 0001 0420 c0000201 0420 c0000209',
      ),
      1,
    ),
  ],
  [
    'Babel',
    udp(
      6696,
      6696,
      sized(
        '2a02',
        2,
        0,
        '00',
        value('01', '0000'),
        value('02', '0000 0001 0064'),
        value('03', '0007'),
        value('04', '0000 0001 0190', value('01')),
        value('05', '03 00 0060 0190', '0000000000000001'),
        value('06', '0000 0001020304050607'),
        value('07', '01 00', 'c0000201'),
        value('08', '02 c0 40 00 0190 0001 0060', PREFIX6, value('02', '0106')),
        value('09', '02 40', PREFIX6),
        value('0a', '01 18 0007 1e 00 0001020304050607 c00002'),
        value('0b', '0001 00000007'),
        value('0c', '0001', '000102030405060708090a0b0c0d0e0f'),
        value('0d', '01 18 00 08 0190 0007 0060 c00002 0a'),
      ),
    ),
  ],
  [
    'RSVP path',
    rsvp(
      '01',
      object('01 01', 'c0000202 11 00 07d0'),
      object('03 01', 'c0000201 00000007'),
      object('05 01', '00007530'),
      object('0b 01', 'c0000201 0000 03e8'),
      object('0c 02', '0000 0007 01 00 0006 7f000005 447a0000 447a0000 447a0000 00000064 000005dc'),
      object(
        '0d 02',
        '0000 000a 01 00 0008 04 00 0001 00000001 06 00 0001 447a0000 08 00 0001 00000000 0a 00 0001 000005dc',
      ),
      object('13 01', '00000800'),
      object('14 01', '01 08 c0000202 20 00 81 08 c0000203 20 00'),
      object('cf 07', '07 07 00 04', text('path')),
    ),
  ],
  [
    'RSVP reservation',
    rsvp(
      '02',
      object('01 07', 'c0000202 0000 0001 c0000201'),
      object('03 01', 'c0000202 00000007'),
      object('05 01', '00007530'),
      object('08 01', '00 000012'),
      object('09 02', '0000 0007 05 00 0006 7f000005 447a0000 447a0000 447a0000 00000064 000005dc'),
      object('0a 07', 'c0000201 0000 0001'),
      object('10 01', '00000641'),
      object('15 01', '01 08 c0000202 20 00'),
      object('04 01', '01 00 000000000007 0000000000000001', new Uint8Array(16)),
    ),
  ],
  ['RSVP error', rsvp('03', object('01 01', 'c0000202 11 00 07d0'), object('06 01', 'c0000209 01 18 0005'))],
  ['RSVP hello', rsvp('14', object('16 01', '00000001 00000002'), object('83 01', '00000064 00000064'))],
  [
    'EIGRP',
    ip(
      88,
      bytes(
        '02 05 0000 00000000 00000000 00000000 00000064',
        '0001 000c 010001000000 000f',
        '0004 0008 0c01 0200',
        '0102 001c 00000000 00002800 00000100 0005dc 00 ff 01 0000 18 c00002',
        '0103 0030 00000000 c0000201 00000064 00000007 0000000a 0000 03 00 00002800 00000100 0005dc 00 ff 01 0000 18 cb0071',
      ),
      2,
    ),
  ],
  ['HSRP', udp(1985, 1985, '00 00 10 03 0a 64 01 00', text('cisco\0\0\0'), 'c0000209')],
  ['VRRPv3', ip(112, bytes('31016401 0064 ba52 c0000263'), 255)],
  ['RIPng', udp(521, 521, '02 01 0000', PREFIX6, new Uint8Array(8), '0000 40 01')],
  [
    'RIP with a password',
    udp(
      520,
      520,
      '0202 0000 ffff 0002',
      text('secret'.padEnd(16, '\0')),
      '0002 0001 c0000200 ffffff00 c0000201 00000002',
    ),
  ],
  [
    'OLSR',
    udp(
      698,
      698,
      sized(
        '',
        2,
        2,
        '0001',
        '01 86 001c c0000201 01 00 0001 0000 05 03 06 00 000c c0000202 c0000203',
        '02 86 0018 c0000201 01 00 0002 0007 0000 c0000202 c0000203',
        '03 86 0010 c0000201 01 00 0003 c0000209',
        '04 86 0014 c0000201 01 00 0004 c6336400 ffffff00',
      ),
    ),
  ],
  [
    'LISP',
    udp(
      4342,
      4342,
      '30000101 0001020304050607 0001 0014',
      new Uint8Array(20),
      '000005a0 01 20 1000 0000 0001 c0000201 01 64 01 64 0004 0001 c0000202',
    ),
  ],
  [
    'RPKI',
    tcp(
      40_000,
      323,
      '00 00 0007 0000000c 00000001',
      '00 04 0000 00000014 01181800 c0000200 0000fdea',
      '00 0a 0001 00000018 00000008 0001000200000008',
      '00000004',
      text('text'),
    ),
  ],
  [
    'AHCP',
    udp(
      5359,
      5359,
      '2b 01 00 00 00000001',
      new Uint8Array(16),
      '01 00 001f',
      '00',
      value('06', '65671234'),
      value('07', '00000e10'),
      value('04', HOST6),
    ),
  ],
  ['DVMRP', ip(2, bytes('1301 0000 0000 ff03 c0000202'), 1)],
  ['DVMRP report', ip(2, bytes('1302 0000 0000 ff03 ffff00 c00002 01 0a0001 81'), 1)],
  ['multicast trace', ip(2, bytes('1f20 0000 e0010203 c0000201 c0000202 c0000209 40000007'), 1)],
  ['IGMP query', ip(2, bytes('1164 0000 e0010203 0a7d 0001 c0000201'), 1)],
];
