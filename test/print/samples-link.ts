// Packets of further protocols beside IP and directly above it. tcpdump's text of them is in samples-more-lines.ts.
import { bytes, llc, type Part, sized, tcp, text, udp } from './build.ts';
import { ip6 } from './core-samples.ts';
import { ethernet, ip } from './packets.ts';
import { OSI } from './samples-osi.ts';

const part2 = (type: string, ...parts: readonly Part[]) => sized(type, 2, 0, ...parts);
const MAC = '0200000000aa';
const tlv = (type: string, ...parts: readonly Part[]) => sized(type, 1, 2, ...parts);
const slow = (...parts: readonly Part[]) => ethernet(0x8809, bytes(...parts));
const ACTOR = bytes('8000', MAC, '0021 00ff 0001 3d 000000');
const LONG = Array.from({ length: 5 }, (_, i) => `000000000000000${i}`)
  .join('')
  .slice(0, 72);

const SLOW: readonly (readonly [string, Uint8Array])[] = [
  ['LACP', slow('0101', tlv('01', ACTOR), tlv('02', ACTOR), tlv('03', '0005', '00'.repeat(12)), '0000')],
  ['LACP with lengths that are wrong', slow('0101', tlv('01', '0005'), tlv('07', '0102'), '0901')],
  ['LACP version 2', slow('0201')],
  ['marker', slow('0201', tlv('01', '0007', MAC, '00000009 0000'), '0000')],
  [
    'OAM information',
    slow(
      '03 0050 00',
      tlv('01', '01 0002 06 1d 05ee 00000c 00000007'),
      tlv('fe', '0102'),
      tlv('02', '01'),
      '0000',
    ),
  ],
  ['OAM event', slow('03 0001 01 0009', tlv('02', '0003', LONG), tlv('01', '03'), tlv('fe', '0102'))],
  ['OAM loopback', slow('03 0008 04 01')],
  ['OAM variable request', slow('03 0008 02 070004')],
  ['slow protocol nobody knows', slow('0a 0102')],
];

const cfm = (opcode: string, offset: string, ...parts: readonly Part[]) =>
  ethernet(0x8902, bytes('60', opcode, '84', offset, ...parts));
const part = (type: string, ...parts: readonly Part[]) => sized(type, 2, 0, ...parts);
const CCM = bytes('00000001 0007');
const NAMES = (md: string, ma: string) =>
  bytes(CCM, md, ma, '00'.repeat(48 - (md.length + ma.length) / 2), '00'.repeat(16));
const CFM: readonly (readonly [string, Uint8Array])[] = [
  [
    'CFM continuity',
    cfm(
      '01',
      '46',
      NAMES('0404 6e616d65'.replace(' ', ''), '02036d6131'),
      part('02', '02'),
      part('03', '01'),
      part('1f', '00000c05 01'),
      '00',
    ),
  ],
  ['CFM continuity of a MAC', cfm('01', '46', NAMES(`0306${MAC}`, '01020007'), part('04', '0102'), '00')],
  ['CFM continuity without a domain', cfm('01', '46', NAMES('01', '03020007'), '00')],
  ['CFM continuity with a name too long', cfm('01', '46', NAMES('0440', '03020007'), '00')],
  [
    'CFM sender',
    cfm(
      '03',
      '04',
      '00000009',
      part('01', '0604', MAC, '02 2b06 05 0501c0000201'),
      part('01', '0505 01 c0000201'),
      part('01', '03 06 657468'),
      '00',
    ),
  ],
  ['CFM trace', cfm('05', '11', '00000007 40', MAC, MAC, part('05', '01'), '00')],
  ['CFM trace, answered', cfm('04', '06', '00000007 40 02', '00')],
];

const tipc = (...parts: readonly Part[]) => ethernet(0x88ca, bytes(...parts));
const words = (...values: number[]) => bytes(...values.map((value) => value.toString(16).padStart(8, '0')));
const TIPC: readonly (readonly [string, Uint8Array])[] = [
  ['TIPC payload', tipc(words(0x40c00020, 0x40000005, 0x00070008, 0x01001001, 11, 12))],
  [
    'TIPC payload with nodes',
    tipc(words(0x42e00020, 0x60000005, 0x00070008, 0x01001001, 11, 12, 0x01001002, 0x01001003)),
  ],
  [
    'TIPC link',
    tipc(
      words(
        0x4f400028,
        0x20030005,
        0x00070008,
        0x01001001,
        0x000b000c,
        0x000d0000,
        0x01001002,
        0x01001003,
        9,
        0x00020003,
      ),
    ),
  ],
  ['TIPC neighbours', tipc(words(0x5b400028, 0x20000005, 0x01001000, 0x01001001, 7, 0x00000002, 0, 0, 0, 0))],
  ['TIPC user nobody knows', tipc(words(0x5e400028, 0))],
];

const mpcp = (opcode: string, ...parts: readonly Part[]) =>
  ethernet(0x8808, bytes(opcode, '00000010', ...parts));
const MPCP: readonly (readonly [string, Uint8Array])[] = [
  ['pause', ethernet(0x8808, bytes('0001 ffff 0000'))],
  ['MPCP gate', mpcp('0002', '1a 00000001 0002 00000003 0004 0005')],
  ['MPCP report', mpcp('0003', '02 05 0001 0002')],
  ['MPCP register request', mpcp('0004', '0102')],
  ['MPCP register', mpcp('0005', '0001 03 0002 04')],
  ['MPCP register ack', mpcp('0006', '01 0002 0003')],
  ['MPCP nobody knows', mpcp('0009', '0102')],
];

const realtek = (...parts: readonly Part[]) => ethernet(0x8899, bytes(...parts));
const LINK: readonly (readonly [string, Uint8Array])[] = [
  ['Realtek hello', realtek('0180 2379 0102', MAC, '8305 00000007')],
  ['Realtek get', realtek('0101 2379 0102 03040506 00000001 00000002')],
  ['Realtek unknown operation', realtek('0105 2379')],
  ...['02', '03', '23', '04', '9f', 'a1', '70'].map(
    (type) => [`Realtek ${type}`, realtek(type, '00')] as const,
  ),
  ['NLB heartbeat', ethernet(0x886f, bytes('bf01dec0 04000000 01000000 c0000201 c0000202 0000'))],
  ['CALM FAST', ethernet(0x1111, bytes('0102 03040506'))],
  ['MACsec, ciphered', ethernet(0x88e5, bytes('2e00 00000007 0102030405060001', '11'.repeat(40)))],
  [
    'MACsec in plain text',
    ethernet(
      0x88e5,
      bytes('4000 00000007 0800 4500001400070000 4006 0000 c0000201 c0000202', '22'.repeat(16)),
    ),
  ],
  [
    'MACsec, short',
    ethernet(
      0x88e5,
      bytes(
        '2016 00000007 0102030405060001 0800 4500001400070000 4006 0000 c0000201 c0000202',
        '22'.repeat(20),
      ),
    ),
  ],
  ['MACsec with a VLAN', ethernet(0x88e5, bytes('0000 00000007 8100 2064 0806 0001', '33'.repeat(20)))],
  ['MACsec of another version', ethernet(0x88e5, bytes('8000 00000007'))],
];

const vtp = (type: string, third: string, ...parts: readonly Part[]) =>
  llc('aaaa03 00000c 2003 01', type, third, '04 646f6d6e', '00'.repeat(28), ...parts);
const vlan = (...parts: readonly Part[]) => sized('', 1, 1, ...parts);
const VTP: readonly (readonly [string, Uint8Array])[] = [
  [
    'VTP summary',
    vtp('01', '01', '00000007 c0000201', '393330333031303030323537', '00112233445566778899aabbccddeeff'),
  ],
  [
    'VTP subset',
    vtp(
      '02',
      '01',
      '00000007',
      vlan('00 01 04 0001 05dc 000186a1 61626364'),
      vlan(
        '01 03 03 0002 05dc 000186a2 61626300 0301 0001 0901 0007 0601 0001 0701 0001 0a01 0000 0101 0009',
      ),
      vlan('00 01 01 0001 05dc 000186a1 61000000 0302 00010002'),
    ),
  ],
  ['VTP request', vtp('03', '00', '00000009')],
  ['VTP join', vtp('04', '00', '00000009')],
  ['VTP of no domain', llc('aaaa03 00000c 2003 01 01 00 00', '00'.repeat(72))],
];

const dccp = (type: number, long: boolean, ...parts: readonly Part[]) => {
  const header = long ? 16 : 12;
  const body = bytes(...parts);
  const offset = (header + body.length) >> 2;
  return bytes(
    '9c40 1389',
    offset.toString(16).padStart(2, '0'),
    '20 1234',
    ((type << 1) | (long ? 1 : 0)).toString(16).padStart(2, '0'),
    long ? '00 000000000102' : '000102',
    body,
  );
};
const OPTIONS = bytes(
  '2004 0102',
  '2406 01020304',
  '2503 07',
  '2604 0102',
  '2906 00000007',
  '2a08 00000007 0008',
  '2a0a 00000007 00000008',
  '2b04 0007',
  '2b06 00000007',
  '2c06 01020304',
  'c004 0007',
  'c106 00000007',
  '00 01 02',
  '2103 05',
  '2d03 00',
);
const DCCP: readonly (readonly [string, Uint8Array])[] = [
  ...Array.from(
    { length: 11 },
    (_, type) => [`DCCP type ${type}`, ip(33, dccp(type, true, '00 00 000000000007', '0000002a'))] as const,
  ),
  ['DCCP with options', ip(33, dccp(3, true, '00 00 000000000007', OPTIONS))],
  [
    'DCCP with short numbers',
    ip(33, dccp(4, false, '00 000007 00000000', '2903 00', '2b03 00 2a03 00 2002 2d')),
  ],
  ['DCCP over IPv6', ip6(33, dccp(0, true, '0000002a'))],
];

const pgm = (type: string, options: string, ...parts: readonly Part[]) =>
  ip(113, bytes('9c40 1389', type, options, '1234 010203040506 0010', ...parts));
const PGM: readonly (readonly [string, Uint8Array])[] = [
  ['PGM SPM', pgm('00', '00', '00000001 00000002 00000003 0001 0000 c0000201')],
  ['PGM poll', pgm('01', '00', '00000001 0002 0000')],
  ['PGM poll response', pgm('02', '00', '00000001 0002 0000 0001 0000 c0000201 00000005 00000006 00000007')],
  [
    'PGM data with options',
    pgm(
      '04',
      '01',
      '00000001 00000002',
      '0004 0060',
      '0110 0000 00000001 00000002 00000003',
      '020c 0000 00000001 00000002',
      '0308 0000 00000001',
      '040c 0000 00000001 00000002',
      '050c 0000 00000001 00000002',
      '070c 0000 0001 0000 c0000201',
      '0808 0000 00000001',
      '8908 0000 00000002',
    ),
  ],
  [
    'PGM repair with options',
    pgm(
      '05',
      '01',
      '00000001 00000002',
      '0004 005c',
      '0a08 0000 00000002',
      '0b04 0000',
      '0c08 0000 c0000201',
      '0d04 0000 0e04 0000 0f04 0000',
      '1004 0000 1104 0000',
      '1210 0000 00000007 0001 0000 c0000201',
      '1310 0000 00000007 0001 0000 c0000201',
      '2004 0000 0004 0009 8304 0000',
    ),
  ],
  ['PGM NAK', pgm('08', '00', '00000001 0001 0000 c0000201 0001 0000 00010203')],
  [
    'PGM null NAK',
    pgm(
      '09',
      '00',
      '00000001 0002 0000 20010db8000000000000000000000001 0001 0000 0002000000000000000000000000aaaa',
    ),
  ],
  ['PGM NCF', pgm('0a', '00', '00000001 0001 0000 c0000201 0001 0000 e0000001')],
  ['PGM ACK', pgm('0b', '00', '00000001 00000002')],
  ['PGM SPMR', pgm('0c', '01', '0104')],
  ['PGM nobody knows', pgm('0d', '01', '0004 000c', '0d04 0000', '8d08 0000')],
];

const egp = (type: string, code: string, status: string, ...parts: readonly Part[]) =>
  ip(8, bytes('02', type, code, status, '1234 0007 0009', ...parts));
const EGP: readonly (readonly [string, Uint8Array])[] = [
  ['EGP acquire', egp('03', '00', '01', '001e 0078 0000')],
  ['EGP acquire, refused', egp('03', '02', '04', '001e 0078 0000')],
  ['EGP acquire of no code', egp('03', '07', '04', '001e 0078 0000')],
  ['EGP hello', egp('05', '00', '01', '0000 0000 0000')],
  ['EGP poll', egp('02', '00', '02', '0000 c0000200')],
  [
    'EGP update',
    egp('01', '00', '81', '01 01 0a000000', '010203 02 00 02 0a ac10 01 01 c00002', '010204 01 03 01 0b'),
  ],
  ['EGP error', egp('08', '00', '00', '0002 00000000')],
  ['EGP type nobody knows', egp('09', '00', '00', '0002 00000000')],
];

const m3ua = (type: string, ...parts: readonly Part[]) => {
  const body = bytes(...parts);
  const message = bytes('0100', type, words(body.length + 8), body);
  return ip(
    132,
    bytes(
      '0b59 0b59 00000007 00000000',
      sized('0003', 2, 4, '00000001 0002 0003 00000003', message),
      '00'.repeat(-message.length & 3),
    ),
  );
};
const M3UA: readonly (readonly [string, Uint8Array])[] = [
  ['M3UA up', m3ua('0301', '0011 0008 00000007', '0004 0007 61626300')],
  [
    'M3UA data',
    m3ua('0101', '0200 0008 00000007', '0006 0008 00000009', '0210 000c 0102030405060708', '9999 0004'),
  ],
  ['M3UA of no class', m3ua('0701')],
  ['M3UA of no type', m3ua('0409', '0013 0006 0001 0000')],
  ['M3UA with a parameter that is none', m3ua('0001', '0013 0002')],
];

const LSR = 'c0000201 0000';
const ldp = (...messages: readonly Part[]) => sized('0001', 2, 0, LSR, ...messages);
const message = (type: string, ...parts: readonly Part[]) => sized(type, 2, 0, '00000007', ...parts);
const LDP_MESSAGES: readonly (readonly [string, Uint8Array])[] = [
  [
    'hello',
    message(
      '0100',
      part2('0400', '000f c000'),
      part2('0401', 'c0000201'),
      part2('0402', '00000009'),
      part2('0403', '20010db8000000000000000000000001'),
    ),
  ],
  [
    'initialization',
    message(
      '0200',
      part2('0500', '0001 00b4 00 00 1000 c0000201 0000'),
      part2('0503', '800f 0000 00000001 00000002'),
      part2('8506', '01'),
    ),
  ],
  [
    'address',
    message(
      '0300',
      part2('0101', '0001 c0000201 c0000202'),
      part2('0101', '0002 20010db8000000000000000000000001'),
      part2('0101', '0007 01'),
    ),
  ],
  [
    'mapping',
    message(
      '0400',
      part2('0100', '02 0001 18 c00002'),
      part2('0100', '02 0002 20 20010db8'),
      part2('0200', '00000010'),
      part2('0100', '01'),
      part2('0100', '02 0007'),
      part2('0100', '02 0001 30'),
      part2('0100', '02 0001 20 c0'),
    ),
  ],
  [
    'mapping of a circuit',
    message(
      '0400',
      part2('0100', '80 8005 14 00000001 00000002 0104 05dc 0305 616263 0c04 0307 0703 01'),
      part2('0100', '80 0005 00 00000001'),
      part2('0100', '80 0005 02 00000001 00000002'),
      part2('0601', '05dc'),
    ),
  ],
  ['notification', message('0001', part2('0300', '80000009 00000007 0100'), part2('0103', '01'))],
  ['request', message('0401', part2('0100', '01'))],
  ['keepalive', message('0201')],
  ['broken', message('0100', part2('0400', '000f'), '0400 0099')],
];
const LDP: readonly (readonly [string, Uint8Array])[] = [
  ...LDP_MESSAGES.map(([name, body]) => [`LDP ${name}`, udp(646, 646, ldp(body))] as const),
  [
    'LDP of two messages',
    tcp(
      646,
      40_000,
      ldp(message('0201'), message('0300', part2('0101', '0001 c0000201'))),
      ldp(message('0201')),
    ),
  ],
  ['LDP version 2', udp(646, 646, '0002 000e', LSR, '0000000000000000 0000')],
  ['LDP too short', udp(646, 646, '0001 0002', LSR, '0000000000000000 0000')],
];
const FURTHER: readonly (readonly [string, Uint8Array])[] = [
  [
    'MSDP',
    tcp(
      639,
      40_000,
      '01 0014 01 c0000201 00000020 e0000001 c0000202',
      '04 0003',
      '02 0008 00 e0000001',
      '05 0004 00',
    ),
  ],
  [
    'MSDP with data',
    tcp(
      639,
      40_000,
      '01 0028 01 c0000201 00000020 e0000001 c0000202 4500001400070000 4006 0000 c0000201 c0000202',
      '06 0003',
    ),
  ],
  ['MSDP continued', tcp(639, 40_000, '0000')],
  ['timed', udp(525, 525, '01 01 0007 00000009 00000008', text('host'), '00')],
  ['timed before the epoch', udp(525, 525, '05 01 0007 ffffffff 00000008', text('host'), '00')],
  ['timed loop', udp(525, 525, '18 01 0007 07 000000 00000000', text('host'), '00')],
  ['timed of no type', udp(525, 525, '63 01 0007 07 000000 00000000 00')],
];

/** Name and frame. */
export const LINKS: readonly (readonly [string, Uint8Array])[] = [
  ...SLOW,
  ...CFM,
  ...TIPC,
  ...MPCP,
  ...LINK,
  ...VTP,
  ...DCCP,
  ...PGM,
  ...EGP,
  ...M3UA,
  ...LDP,
  ...FURTHER,
  ...OSI,
];
