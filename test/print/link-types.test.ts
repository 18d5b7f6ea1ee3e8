// Link types that few captures have: as tcpdump prints their frames, whole and cut short.
import { describe, expect, it } from 'vitest';
import { join, pcapHeader, pcapRecord } from '../file/build.ts';
import { ip, judged, printed, TCPDUMP } from './packets.ts';

function hex(digits: string): Uint8Array {
  return new Uint8Array(Buffer.from(digits.replaceAll(' ', ''), 'hex'));
}

/** An IPv4 packet with a UDP datagram of two bytes. */
const PACKET = ip(17, hex('9c40 0007 000a 0000 4142')).slice(14);
const LINE = 'IP 192.0.2.1.40000 > 192.0.2.2.7: UDP, length 2';

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
  it.each(FRAMES.filter(([, , , line]) => line !== ''))('%s', async (_, link, frame, line) => {
    const [first] = await printed(cuts(link, frame), { time: 1 });
    expect(first).toBe(`${line}\n`);
  });

  const variants: [string[], object][] = [
    [[], {}],
    [['-e'], { link: true }],
    [['-e', '-q'], { link: true, quiet: 1 }],
    [['-q'], { quiet: 1 }],
    [['-vv', '-X'], { verbose: 2, hexAscii: 1 }],
  ];
  const every = FRAMES.flatMap(([name, link, frame]) =>
    variants.map(([options, ours]) => [name, options, link, frame, ours] as const),
  );
  it.runIf(TCPDUMP).each(every)(
    '%s cut short, as tcpdump %s prints it',
    async (_, options, link, frame, ours) => {
      const pcap = cuts(link, frame);
      expect((await printed(pcap, { time: 1, ...ours })).join('')).toBe(judged(pcap, options));
    },
  );
});
