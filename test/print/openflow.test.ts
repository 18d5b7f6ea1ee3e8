// Messages of OpenFlow: their bodies as tcpdump prints them with -v, whole and cut short.
import { describe, expect, it } from 'vitest';
import { has } from '../support/needs.ts';
import { bytes, type Part, sized, tcp, text } from './build.ts';
import { file, judged, printed } from './packets.ts';

const CONTROLLER = 6653;
const SWITCH = 40_000;
const MAC = '020000000001';
const COUNT = '0000000000000007';
const padded = (name: string, length: number) => {
  const place = new Uint8Array(length);
  place.set(text(name));
  return place;
};
/** A frame with a message of this version and type. */
const message = (version: string, type: string, ...body: readonly Part[]) =>
  tcp(SWITCH, CONTROLLER, sized(`${version}${type}`, 2, 4, '00000001', bytes(...body)));
const v10 = (type: string, ...body: readonly Part[]) => message('01', type, ...body);
const v13 = (type: string, ...body: readonly Part[]) => message('04', type, ...body);
const action = (type: string, ...body: readonly Part[]) => sized(type, 2, 4, bytes(...body));

/** What leaves nothing open; what leaves everything open but a bit that means nothing. */
const MATCH = bytes('00000000 fffe', MAC, MAC, '0064 08 00 0800 10 01 0000 0a000001 0a000002 0008 0000');
const ANY_MATCH = bytes('003fffff', new Uint8Array(36));
const BOGUS_MATCH = bytes(
  'ff3820ce 0001',
  MAC,
  MAC,
  '0000 00 00 0806 00 02 0000 0a000001 0a000002 0000 0000',
);
const ACTIONS = bytes(
  action('0000', '0001 0000'),
  action('0000', 'fffd 0080'),
  action('0001', 'ffff 0000'),
  action('0002', '09 000000'),
  action('0003', '00000000'),
  action('0004', MAC, '000000000000'),
  action('0006', '0a000001'),
  action('0008', '10 000000'),
  action('0009', '0050 0000'),
  action('000b', 'fffc 000000000000 ffffffff'),
  action('ffff', '005c16c7 00000001 00000002 81003064 01 000000'),
  action('ffff', '005c16c7 00000004'),
  action('ffff', '00002320 01020304 05060708'),
  action('000c', '00000000'),
  action('0005', '00000000'),
);
const PORT = bytes('0001', MAC, padded('eth0', 16), '00000001 00000301 000000ff 00000fff 80000001 00000000');
const PORT13 = bytes(
  '00000001 00000000',
  MAC,
  '0000',
  padded('eth0', 16),
  '00000021 00000005',
  '0000ffff',
  '00010000',
  '00000000'.repeat(2),
  '000f4240 000f4240',
);

const SAMPLES: readonly (readonly [name: string, frame: Uint8Array, shown?: string])[] = [
  ['hello', v10('00')],
  ['error', v10('01', '0003 0002', text('data')), 'type FLOW_MOD_FAILED, code EPERM\n\t data (4 octets)'],
  ['error of unknown type', v10('01', '0063 0002')],
  ['echo', v10('02', text('ping'))],
  ['vendor', v10('04', '00002320 01020304')],
  ['vendor without name', v10('04', 'ff00000b')],
  ['IP mask', v10('04', '005c16c7 00000002 05 000000 ffffff00')],
  ['question for an IP mask', v10('04', '005c16c7 00000001 05 00000000000000')],
  ['mirroring', v10('04', '005c16c7 00000003 02 000000')],
  ['shell', v10('04', '005c16c7 00000006 00000001', text('show\n'))],
  ["shell's output", v10('04', '005c16c7 00000007', text('ok'))],
  ["shell's status of wrong length", v10('04', '005c16c7 00000008 01')],
  ['virtual port', v10('04', '005c16c7 00000011 00000007')],
  [
    'features',
    v10('06', COUNT, '00000100 02 000000 000000d7 00000fff', PORT),
    'dpid 0x0000000000000007, n_buffers 256, n_tables 2\n\t capabilities 0x000000d7 ' +
      '(FLOW_STATS, TABLE_STATS, PORT_STATS, RESERVED, QUEUE_STATS, ARP_MATCH_IP) (bogus)',
  ],
  ['configuration', v10('08', '0002 0080')],
  ['packet in', v10('0a', 'ffffffff 003c 0001 00 00', MAC, MAC, '0800 45')],
  ['flow removed', v10('0b', MATCH, COUNT, '0001 02 00 00000001 00000002 0005 0000', COUNT, COUNT)],
  ['port status', v10('0c', '01 00000000000000', PORT)],
  ['packet out', v10('0d', '00000001 fff8 0008', action('0000', '0001 0000'), text('frame'))],
  ['packet out of wrong length', v10('0d', '00000001 fff8 0009', action('0000', '0001 0000'))],
  ['flow', v10('0e', MATCH, COUNT, '0000 0001 0002 0003 ffffffff ffff 0003', ACTIONS)],
  [
    'flow deleted',
    v10('0e', ANY_MATCH, COUNT, '0003 0000 0000 0000 00000000 ffff 0008'),
    'cookie 0x0000000000000007, command DELETE, out_port NONE, flags 0x0008 (bogus)',
  ],
  [
    'flow with an action cut short',
    v10('0e', BOGUS_MATCH, COUNT, '0009 0000 0000 0000 00000000 ffff 0000', '0000 0010 00000000'),
  ],
  ['port changed', v10('0f', '0001', MAC, '00000001 0000007f 00000000 00000000')],
  ['question for flows', v10('10', '0001 0001', MATCH, 'ff 00 ffff')],
  ['question for a port', v10('10', '0004 0000 ffff 000000000000')],
  ['question for a queue', v10('10', '0005 0000 0001 0000 ffffffff')],
  ['question of wrong length', v10('10', '0003 0000 00')],
  ['question of a vendor', v10('10', 'ffff 0000 00002320')],
  [
    'description',
    v10(
      '11',
      '0000 0000',
      padded('maker', 256),
      padded('', 256),
      padded('soft', 256),
      padded('1', 32),
      padded('dp', 256),
    ),
  ],
  [
    'flows',
    v10(
      '11',
      '0001 0001',
      sized(
        '',
        2,
        2,
        '01 00',
        MATCH,
        '00000001 00000002 0003 0004 0005 000000000000',
        COUNT,
        COUNT,
        COUNT,
        action('0000', '0001 0000'),
      ),
    ),
  ],
  ['aggregate', v10('11', '0002 0000', COUNT, COUNT, '00000001 00000000')],
  [
    'tables',
    v10(
      '11',
      '0003 0000 00 000000',
      padded('classifier', 32),
      '003fffff 00000010 00000001',
      COUNT,
      COUNT,
      '01',
    ),
  ],
  ['ports', v10('11', '0004 0000 0001 000000000000', COUNT.repeat(12))],
  ['queues', v10('11', '0005 0000 0001 0000 00000002', COUNT.repeat(3))],
  ['question for queues', v10('14', '0001 0000')],
  [
    'queues of a port',
    v10(
      '15',
      '0001 000000000000',
      '00000001 0028 0000',
      '0001 0010 00000000 01f5 000000000000',
      '0000 0008 00000000',
      '0007 0008 00000000',
    ),
  ],
  [
    'hello 1.3',
    v13('00', '0001 0008 00000012', '0002 0004', '0001 0006 0000'),
    'type VERSIONBITMAP, length 8, bitmap 0x00000012 (1.1, 1.4)',
  ],
  ['error 1.3', v13('01', '0005 0003', text('data'))],
  ['error of an experimenter', v13('01', 'ffff 0003')],
  ['experimenter', v13('04', '4f4e4600 00000001', text('data'))],
  [
    "experimenter known by its organization's identifier",
    v13('04', '00d0f0db 00000065', text('data')),
    'experimenter 0x00d0f0db (Ericsson), exp_type 0x00000065',
  ],
  ['features 1.3', v13('06', COUNT, '00000100 fe 00 0000 00000157 00000000')],
  ['configuration 1.3', v13('09', '0000 ffff')],
  ['port status 1.3', v13('0c', '09 00000000000000', PORT13)],
  ['port changed 1.3', v13('10', 'fffffffe 00000000', MAC, '0000 00000065 00000001 00000800 00000000')],
  ['table', v13('11', 'ff 000000 00000003')],
  ['question for queues 1.3', v13('16', 'ffffffff 00000000')],
  ['role', v13('18', '00000002 00000000', COUNT), 'role MASTER, generation_id 0x0000000000000007'],
  ['asynchronous', v13('1c', '00000007 00000001 00000008 00000007 00000000 00000004')],
  ['flow 1.3', v13('0e', '0000')],
  ['two messages', tcp(SWITCH, CONTROLLER, '01 03 000a 00000001 0102', '04 05 0008 00000002')],
];

/** Each frame whole, then cut to each length of its message, the last first. */
function cuts(frames: readonly Uint8Array[]): Uint8Array[] {
  return frames.flatMap((frame) => [
    frame,
    ...Array.from({ length: Math.min(frame.length - 54, 300) }, (_, i) =>
      frame.slice(0, frame.length - 1 - i),
    ),
  ]);
}

describe('a message of OpenFlow', () => {
  const shown = SAMPLES.flatMap(([name, frame, lines]) =>
    lines === undefined ? [] : [[name, frame, lines] as const],
  );
  it.each(shown)('%s', async (_, frame, lines) => {
    const [line] = await printed(file([frame]), { time: 1, verbose: 1 });
    expect(line).toContain(`\n\t ${lines}`);
  });

  const variants: [string[], object][] = [
    [[], {}],
    [['-v'], { verbose: 1 }],
    [['-vv'], { verbose: 2 }],
    [['-v', '-X'], { verbose: 1, hexAscii: 1 }],
  ];
  it.runIf(has('tcpdump')).each(variants)('cut short, as tcpdump %s prints it', async (options, ours) => {
    const pcap = file(cuts(SAMPLES.map(([, frame]) => frame)));
    expect((await printed(pcap, { time: 1, ...ours })).join('')).toBe(judged(pcap, options));
  });

  // tcpdump -vvv forgets a part of its -v for good where the frame within a message is cut short.
  it.runIf(has('tcpdump'))('whole, as tcpdump -vvv -e prints it', async () => {
    const arp = bytes(MAC, MAC, '0806 0001 0800 0604 0001', MAC, 'c0000201 000000000000 c0000202');
    const pcap = file([
      v10('0a', 'ffffffff 002a 0001 00 00', arp),
      ...SAMPLES.filter(([name]) => name !== 'packet in' && name !== 'packet out').map(([, frame]) => frame),
    ]);
    expect((await printed(pcap, { time: 1, verbose: 3, link: true })).join('')).toBe(
      judged(pcap, ['-vvv', '-e']),
    );
  });
});
