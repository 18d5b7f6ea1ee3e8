// Link types that few captures have: as tcpdump prints their frames, whole and cut short.
import { describe, expect, it } from 'vitest';
import { join, pcapHeader, pcapRecord } from '../file/build.ts';
import { has } from '../support/needs.ts';
import { ip, judged, printed, transport, UDP } from './packets.ts';
import { RADIO } from './samples-radio.ts';

function hex(digits: string): Uint8Array {
  return new Uint8Array(Buffer.from(digits.replaceAll(' ', ''), 'hex'));
}

/** An IPv4 packet with a UDP datagram of two bytes. */
const PACKET = ip(17, hex('9c40 0007 000a 0000 4142')).slice(14);
const LINE = 'IP 192.0.2.1.40000 > 192.0.2.2.7: UDP, length 2';

const MACS = hex('020000000002 020000000001');
const IPX = hex('ffff 0020 00 00 00000001 020000000002 4003 00000001 020000000001 4003 0102');
const IPX_LINE = 'IPX 00000001.02:00:00:00:00:01.4003 > 00000001.02:00:00:00:00:02.4003: ipx-#4003 2';

/** Name, link type, frame, and what tcpdump -n -t prints. */
const FRAMES: readonly (readonly [name: string, link: number, frame: Uint8Array, line: string])[] = [
  [
    'NFLOG',
    239,
    join(hex('02 00 001e 0800 0100 0800 0300 0800 0a00 70667800 2200 0900'), PACKET, new Uint8Array(2)),
    LINE,
  ],
  ['NFLOG of another version', 239, hex('02 01 001e'), 'version 1 (unknown)'],
  ['IPNET', 226, join(hex('01 02 0000 00000036 00000001 00000002 00000003 00000004'), PACKET), LINE],
  ['IP over InfiniBand', 242, join(new Uint8Array(40), hex('0800 0000'), PACKET), LINE],
  ['Cisco HDLC', 104, join(hex('0f00 0800'), PACKET), LINE],
  [
    'SLARP',
    104,
    hex('8f00 8035 00000002 00000001 00000002 ffff 05265c00'),
    'SLARP (length: 18), keepalive: mineseen=0x00000001, yourseen=0x00000002, reliability=0xffff, link uptime=1d0h0m0s',
  ],
  [
    'SLARP reply',
    104,
    hex('8f00 8035 00000001 c0000201 ffffff00 ffff'),
    'SLARP (length: 14), reply 192.0.2.1/255.255.255.0',
  ],
  ['SLARP of another kind', 104, hex('8f00 8035 00000009 c0000201 ffffff00 ffff 01020304 05'), ''],
  ['an unknown protocol', 104, hex('0700 1234 01'), 'unknown CHDLC protocol (0x1234)'],
  ['FDDI', 10, join(hex('50 020000000002 020000000001 aaaa03 000000 0800'), PACKET), LINE],
  ['ARCNET', 7, join(hex('0102 d4 00 0007'), PACKET), LINE],
  ['ARCNET of old', 7, join(hex('0102 f0'), PACKET), LINE],
  ['the first fragment on ARCNET', 7, join(hex('0102 d4 03 0007'), PACKET), LINE],
  ['another fragment on ARCNET', 7, hex('0102 d4 02 0007 0102'), ''],
  ['a fragment on ARCNET with an exception', 7, join(hex('0102 d4 ff 0000 d4 00 0007'), PACKET), LINE],
  [
    'ARP on ARCNET',
    7,
    hex('0102 d5 00 0007 0007 0800 0104 0001 01 c0000201 00 c0000202'),
    'ARP, Request who-has 192.0.2.2 tell 192.0.2.1, length 18',
  ],
  ['ARCNET on Linux', 129, join(hex('0102 0000 d4 00 0007'), PACKET), LINE],
  [
    'something unknown on ARCNET',
    129,
    hex('0102 d400 99 00 0007 41'),
    '\n\t0x0000:  41                                       A',
  ],
  [
    'ENC',
    109,
    join(hex('02000000 00000007 000c0000'), PACKET),
    `(authentic,confidential): SPI 0x00000007: ${LINE}`,
  ],
  [
    'ENC of a big-endian host',
    109,
    join(hex('00000002 00000007 00000000'), PACKET),
    `(unprotected): SPI 0x00000007: ${LINE}`,
  ],
  [
    'IP over Fibre Channel',
    122,
    join(hex('1000020000000002 1000020000000001 aaaa03 000000 0800'), PACKET),
    LINE,
  ],
  ['IP over FireWire', 138, join(hex('0000000000000002 0000000000000001 0800'), PACKET), LINE],
  [
    'something unknown on FireWire',
    138,
    hex('0000000000000002 0000000000000001 9999 41'),
    '00:00:00:00:00:00:00:01 > 00:00:00:00:00:00:00:02, ethertype Unknown (0x9999), length 19: ' +
      '\n\t0x0000:  41                                       A',
  ],
  [
    'FDDI station management',
    10,
    hex('41 020000000002 020000000001 0102'),
    '<SMT printer not yet implemented>',
  ],
  [
    'FDDI beacon',
    10,
    hex('c2 020000000002 020000000001'),
    'beacon 02:00:00:00:00:01 > 02:00:00:00:00:02, length 13: ',
  ],
  [
    'token ring with a route',
    6,
    join(hex('10 40 020000000002 820000000001 8630 0011 0022 aaaa03 000000 0800'), PACKET),
    `rt = 8630:11:22 (4472) ${LINE}`,
  ],
  [
    'token ring without LLC',
    6,
    hex('10 00 020000000002 020000000001'),
    '10 00 02:00:00:00:00:01 > 02:00:00:00:00:02, length 14: ',
  ],
  [
    'FDDI with a bridged token ring frame',
    10,
    join(
      hex('50 020000000002 020000000001 aaaa03 0080c2 0009 0000'),
      hex('10 40 020000000002 020000000001 aaaa03 000000 0800'),
      PACKET,
    ),
    LINE,
  ],
  [
    'token ring with a bridged FDDI frame',
    6,
    join(
      hex('10 40 020000000002 020000000001 aaaa03 0080c2 0004 000000'),
      hex('57 020000000002 020000000001 aaaa03 000000 0800'),
      PACKET,
    ),
    LINE,
  ],
  ['Frame Relay', 107, join(hex('1841 03 cc'), PACKET), LINE],
  [
    'Frame Relay with an address of four bytes',
    107,
    join(hex('1a5e 86 4b 03 00 cc'), PACKET),
    `Pad! ${LINE}`,
  ],
  ['Frame Relay with an EtherType', 107, join(hex('184b 0800'), PACKET), LINE],
  ['Frame Relay with SNAP', 107, join(hex('1841 03 00 80 000000 0800'), PACKET), `Pad! ${LINE}`],
  [
    'Frame Relay with SNAP of an unknown type',
    107,
    hex('1841 03 00 80 000001 0800'),
    'Pad! SNAP, oui Unknown (0x000001), pid Unknown (0x0800), length 0: ' +
      'Q.922, hdr-len 5, DLCI 100, Flags [none], NLPID SNAP (0x80), length 10: ' +
      '\n\t0x0000:  1841 0300 8000 0001 0800                 .A........',
  ],
  [
    'Frame Relay with nothing in it that is known',
    107,
    hex('1841 03 40'),
    'Q.922, hdr-len 2, DLCI 100, Flags [none], NLPID unknown (0x40), length 4: ',
  ],
  ['Frame Relay without an address', 107, hex('0101 0000'), 'Q.922, invalid address'],
  [
    'a fragment on Frame Relay',
    107,
    hex('1841 03 b1 c2 05'),
    'FRF.15, seq 0x105, Flags [Begin, End],End-to-End Fragmentation, length 2',
  ],
  [
    'Q.933 status',
    107,
    hex('0001 03 08 00 7d 95 0101 00 0302 0a0b 0703 05 90 8a'),
    'Q.933, ANSI, codeset 5, Status Reply, TX Seq:  10, RX Seq:  11, DLCI 82: status New, Active, length 15',
  ],
  [
    'Q.933 setup with elements that are wrong',
    107,
    hex('0001 03 08 02 1234 05 98 5101 02 9d 5301 01 5702 0102 a0 2a02 0102'),
    'Q.933, CCITT, codeset 0, Call Ref: 0x1234, Setup, Invalid LINK VERIFY IE, Invalid DLCI in PVC STATUS IE, length 21',
  ],
  ['PPP with address and control', 50, join(hex('ff03 0021'), PACKET), `IP: ${LINE}`],
  [
    'PPP of an unknown protocol',
    50,
    hex('ff03 1234'),
    'unknown PPP protocol (0x1234): unknown PPP protocol (0x1234) ',
  ],
  [
    'PPP as a serial line carries it',
    50,
    join(hex('ff03 7e21'), PACKET),
    `unknown PPP protocol (0x7e21): ${LINE}`,
  ],
  ['PPP with bytes escaped', 9, join(hex('7eff 7d23 0021'), PACKET), LINE],
  ['PPP of nothing but a flag', 9, hex('7eff 037e 01'), '(protocol 0x7e01 invalid)'],
  [
    'PPP with an endpoint',
    9,
    hex('c021 01 01 000d 13 09 03 020000000001'),
    'LCP, Conf-Request (0x01), id 1, length 15',
  ],
  ['PPP without address', 50, hex('0021 4500'), 'unknown addr 45; ctrl 00'],
  ['PPP in the framing of Cisco', 50, join(hex('0f00 0800'), PACKET), LINE],
  ['PPPoE alone', 51, join(hex('11 00 0001 0020 0021'), PACKET), `PPPoE  [ses 0x1] ${LINE}`],
  ['PPPoE discovery alone', 51, hex('11 09 0000 0004 0101 0000'), 'PPPoE PADI [Service-Name]'],
  [
    'PPP with addresses',
    9,
    hex('8021 01 01 000e 01 0a c0000201 c0000202'),
    'IPCP, Conf-Request (0x01), id 1, length 16',
  ],
  [
    'PPP with compression',
    9,
    hex('80fd 01 01 000c 1a 04 78 00 18 04 40 07'),
    'CCP, Conf-Request (0x01), id 1, length 14',
  ],
  ['VTP too short', 1, join(MACS, hex('000e aaaa03 00000c 2003 0102 0000 0000')), ' (invalid)'],
  [
    'MACsec with a frame of a byte',
    1,
    join(MACS, hex('88e5 0001 00000001 0800'), new Uint8Array(40)),
    ' [caplen 1 < 2]',
  ],
  [
    'MACsec with an unknown ARP in a frame shorter than what was captured',
    1,
    join(
      MACS,
      hex('88e5 000d 8100000a 0806 0001 0800 0600 0000 0000 00ff ff00 0000 0000 0000 0000'),
      new Uint8Array(24),
    ),
    'ARP, Ethernet (len 6), IPv4 (len 0), length 11',
  ],
  [
    'DECnet with an unknown control message',
    1,
    join(MACS, hex('6003 1600 3f40 0040 06df 7a7f 0000 0000 0200 018c 580c ea39')),
    'unknown control message\n\t0x0000:  3f40 0040 06df 7a7f 0000 0000 0200 018c  ?@.@..z.........\n\t0x0010:  580c ea39                                X..9 [|decnet]',
  ],
  [
    'DECnet with more padding than its length leaves room for',
    1,
    join(MACS, hex('6003 0600 8200 2e00 0000 0000 0000 0000 0000 0000 5091 fe85 a900 0000 0000 0000')),
    '',
  ],
  [
    'CALM FAST on FireWire',
    138,
    hex('0200000000010102 0200000000020304 1111 fe80'),
    'CALM FAST src:02:00:00:00:00:02:03:04; SrcNwref:254; DstNwref:128; ',
  ],
  [
    'GeoNetworking on FireWire',
    138,
    join(hex('0200000000010102 0200000000020304 8947'), new Uint8Array(48)),
    '',
  ],
  [
    'a Realtek protocol on FireWire',
    138,
    hex('0200000000010102 0200000000020304 8899 02'),
    '02:00:00:00:00:02:03:04 > 02:00:00:00:00:01:01:02, REP',
  ],
  [
    'IEEE 802.11 behind radiotap on Linux cooked',
    113,
    join(
      hex('0000 0323 0006 020000000001 0000 0004 0000 0800 00000000'),
      hex('0800 0000 020000000001 020000000002 020000000001 0000 aaaa03 000000 0800'),
      PACKET,
    ),
    LINE,
  ],
  [
    'what is no radiotap header on Linux cooked',
    113,
    hex('0000 0323 0006 020000000001 0000 4500 035f 1c23 4000 8006'),
    ' [|802.11_radio]',
  ],
  [
    'IEEE 802.11 behind radiotap on Linux cooked version 2',
    276,
    join(
      hex('0004 0000 00000001 0323 00 06 020000000001 0000 0000 0800 00000000'),
      hex('0800 0000 020000000001 020000000002 020000000001 0000 aaaa03 000000 0800'),
      PACKET,
    ),
    `lo    In  ${LINE}`,
  ],
  [
    'NFS with credentials longer than can be padded',
    1,
    transport(
      UDP,
      700,
      2049,
      join(
        hex('00001234 00000000 00000002 000186a3 00000003 00000011 00000000 ffffffff'),
        new Uint8Array(40),
      ),
    ),
    'IP 192.0.2.1.700 > 192.0.2.2.2049: NFS request xid 4660 72 readdirplus [|nfs]',
  ],
  [
    'DNS with an A6 without data',
    1,
    transport(UDP, 53, 40_000, hex('0001 8400 0000 0001 0000 0000 00 0026 0001 00000000 0000')),
    'IP 192.0.2.1.53 > 192.0.2.2.40000: 1*- [0q] 1/0/0 A6 [|domain]',
  ],
  [
    'DNS with an A6 of a byte',
    1,
    transport(UDP, 53, 40_000, hex('0001 8400 0000 0001 0000 0000 00 0026 0001 00000000 0001 40')),
    'IP 192.0.2.1.53 > 192.0.2.2.40000: 1*- [0q] 1/0/0 A6 [|domain]',
  ],
  [
    'DNS with a URI without data',
    1,
    transport(UDP, 53, 40_000, hex('0001 8400 0000 0001 0000 0000 00 0100 0001 00000000 0000 00')),
    'IP 192.0.2.1.53 > 192.0.2.2.40000: 1*- [0q] 1/0/0 URI [|domain]',
  ],
  [
    'IPX in GRE',
    1,
    ip(47, join(hex('0000 8137'), IPX)),
    `IP 192.0.2.1 > 192.0.2.2: GREv0, length 36: ${IPX_LINE}`,
  ],
  ['IPX on PPP', 9, join(hex('ff03 002b'), IPX), IPX_LINE],
  ['IPX on null', 0, join(hex('17000000'), IPX), IPX_LINE],
  ['IPX of 802.3 on Linux cooked', 113, join(hex('0000 0001 0006 020000000001 0000 0001'), IPX), IPX_LINE],
];

/** A capture file of a frame cut to each length, first whole. */
function cuts(link: number, frame: Uint8Array): Uint8Array {
  const lengths = [frame.length, ...Array.from({ length: frame.length - 1 }, (_, i) => i + 1)];
  return join(
    pcapHeader({ link }),
    ...lengths.map((length, i) => pcapRecord(i, 0, length, frame.length, { packet: frame.slice(0, length) })),
  );
}

describe('a frame of', () => {
  it.each([...FRAMES, ...RADIO].filter(([, , , line]) => line !== ''))('%s', async (_, link, frame, line) => {
    const [first] = await printed(cuts(link, frame), { time: 1 });
    expect(first).toBe(`${line}\n`);
  });

  const variants: [string[], object][] = [
    [[], {}],
    [['-v'], { verbose: 1 }],
    [['-x'], { hex: 1 }],
    [['-e'], { link: true }],
    [['-e', '-q'], { link: true, quiet: 1 }],
    [['-q'], { quiet: 1 }],
    [['-vv', '-X'], { verbose: 2, hexAscii: 1 }],
  ];
  const every = [...FRAMES, ...RADIO].flatMap(([name, link, frame]) =>
    variants.map(([options, ours]) => [name, options, link, frame, ours] as const),
  );
  it.runIf(has('tcpdump')).each(every)(
    '%s cut short, as tcpdump %s prints it',
    async (_, options, link, frame, ours) => {
      const pcap = cuts(link, frame);
      expect((await printed(pcap, { time: 1, ...ours })).join('')).toBe(judged(pcap, options));
    },
  );
});
