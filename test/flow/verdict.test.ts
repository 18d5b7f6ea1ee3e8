// Each verdict, on a conversation made for it; and tshark's own verdicts on the same where it is installed.
import { expect, test } from 'vitest';
import { VERDICTS } from '../../src/flow/verdict.ts';
import { ACK, FIN, PSH, SYN } from '../../src/wire/tcp.ts';
import { has } from '../support/needs.ts';
import { FIELDS, judge, tags, tsharkRows, verdicts } from './judged.ts';
import { A, B, datagram, type Frame, pcap, type Segment, withFile } from './support.ts';

const MS = 1e6;

/** A segment from client or server at a time in milliseconds. */
function client(time: number, segment: Segment): Frame {
  const acknowledgment = segment.acknowledgment ?? 5001;
  return { time: time * MS, bytes: datagram({ sequence: 1001, ...segment, acknowledgment }) };
}
function server(time: number, segment: Segment): Frame {
  const ends = { source: B, destination: A, sourcePort: 2000, destinationPort: 1000 };
  const acknowledgment = segment.acknowledgment ?? 1001;
  return { time: time * MS, bytes: datagram({ sequence: 5001, ...ends, ...segment, acknowledgment }) };
}

const HANDSHAKE = [
  client(0, { flags: SYN, sequence: 1000, acknowledgment: 0 }),
  server(10, { flags: SYN | ACK, sequence: 5000 }),
  client(20, {}),
];
const data = (sequence: number, more: Segment = {}): Segment => ({
  sequence,
  length: 100,
  flags: ACK | PSH,
  ...more,
});
const ack = (acknowledgment: number, more: Segment = {}): Segment => ({ acknowledgment, ...more });
const COOKIE = [34, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1];

/** The frames, and the verdicts expected of them from the end. */
const CASES: Record<string, [frames: Frame[], ...expected: string[][]]> = {
  'an orderly conversation has none': [
    [
      ...HANDSHAKE,
      client(30, data(1001)),
      server(40, ack(1101)),
      client(50, { sequence: 1101, flags: FIN | ACK }),
    ],
    [],
    [],
    [],
  ],
  'data again after a while is a retransmission': [
    [...HANDSHAKE, client(30, data(1001)), client(230, data(1001))],
    ['retransmission'],
  ],
  'data again right after two duplicate ACKs is a fast one': [
    [
      ...HANDSHAKE,
      client(30, data(1001)),
      client(31, data(1101)),
      client(32, data(1201)),
      server(40, ack(1101)),
      server(41, ack(1101)),
      server(42, ack(1101)),
      client(45, data(1101)),
    ],
    ['duplicate_ack'],
    ['duplicate_ack'],
    ['retransmission', 'fast_retransmission'],
  ],
  'data again that was acknowledged is a spurious one': [
    [...HANDSHAKE, client(30, data(1001)), server(40, ack(1101)), client(300, data(1001))],
    ['retransmission', 'spurious_retransmission'],
  ],
  'a segment right behind its successor is out of order': [
    [...HANDSHAKE, client(30, data(1001)), client(31, data(1201)), client(32, data(1101))],
    ['lost_segment'],
    ['out_of_order'],
  ],
  'an ACK beyond all data seen is of an unseen segment': [
    [...HANDSHAKE, client(30, data(1001)), server(40, ack(1301))],
    ['ack_lost_segment'],
  ],
  'a window of zero, a probe into it, and the answer': [
    [
      ...HANDSHAKE,
      client(30, data(1001)),
      server(40, ack(1101, { window: 0 })),
      client(300, { sequence: 1101, length: 1 }),
      server(301, ack(1101, { window: 0 })),
      server(400, ack(1101, { window: 500 })),
    ],
    ['zero_window'],
    ['zero_window_probe'],
    ['zero_window', 'zero_window_probe_ack'],
    ['window_update'],
  ],
  'a keep-alive and its answer': [
    [
      ...HANDSHAKE,
      client(30, data(1001)),
      server(40, ack(1101)),
      client(5000, { sequence: 1100 }),
      server(5010, ack(1101)),
    ],
    ['keep_alive'],
    ['keep_alive_ack'],
  ],
  'data up to the edge of the window fills it': [
    [...HANDSHAKE, server(25, { window: 100 }), client(30, data(1001))],
    ['window_update'],
    ['window_full'],
  ],
  'a SYN from elsewhere begins a new connection on the same ports': [
    [
      ...HANDSHAKE,
      client(30, { flags: FIN | ACK }),
      client(900, { flags: SYN, sequence: 9000, acknowledgment: 0 }),
    ],
    ['reused_ports'],
  ],
  'Fast Open: data in the SYN accepted': [
    [
      client(0, { flags: SYN, sequence: 1000, acknowledgment: 0, length: 10, options: COOKIE }),
      server(10, { flags: SYN | ACK, sequence: 5000, acknowledgment: 1011 }),
    ],
    ['tfo_syn'],
    ['tfo_ack'],
  ],
  'Fast Open: data in the SYN ignored': [
    [
      client(0, { flags: SYN, sequence: 1000, acknowledgment: 0, length: 10, options: COOKIE }),
      server(10, { flags: SYN | ACK, sequence: 5000, acknowledgment: 1001 }),
    ],
    ['tfo_syn'],
    ['tfo_ignored'],
  ],
};

test.each(Object.entries(CASES))('%s', async (_, [frames, ...expected]) => {
  expect((await verdicts(frames)).slice(-expected.length)).toEqual(expected);
});

test.runIf(has('tshark'))('tshark says the same of all of them, in every field', async () => {
  for (const [name, [frames]] of Object.entries(CASES)) {
    await withFile(pcap(frames), async (path) => {
      const expected = tsharkRows(path);
      const rows = await judge(path);
      expect(
        frames.map((_frame, i) => rows.get(i + 1)),
        name,
      ).toEqual(expected);
    });
  }
});

test('times are told to the nanosecond', async () => {
  const frames = [
    ...HANDSHAKE,
    { ...client(30, data(1001)), time: 30_000_001 },
    { ...server(40, ack(1101)), time: 40_000_000 },
  ];
  await withFile(pcap(frames), async (path) => {
    const row = (await judge(path)).get(5)!;
    expect(row[FIELDS.indexOf('tcp.analysis.ack_rtt')]).toBe('0.009999999');
    expect(row[FIELDS.indexOf('tcp.analysis.acks_frame')]).toBe('4');
  });
});

test('sequence numbers wrap: shifted by any amount, a conversation is judged the same', async () => {
  const [frames] = CASES['data again right after two duplicate ACKs is a fast one'];
  const shifted = (by: number) =>
    frames.map(({ bytes, time }, i) => {
      const copy = bytes.slice();
      const view = new DataView(copy.buffer);
      view.setUint32(24, (view.getUint32(24) + by) >>> 0);
      if (i > 0) view.setUint32(28, (view.getUint32(28) + by) >>> 0);
      return { bytes: copy, time };
    });
  const plain = await verdicts(shifted(0));
  for (const by of [2 ** 32 - 1050, 2 ** 32 - 1150, 2 ** 31 - 1100, 2 ** 31 - 5050, 77]) {
    expect(await verdicts(shifted(by)), `shifted by ${by}`).toEqual(plain);
  }
});

test('the tags behind a line are in the words of Wireshark', async () => {
  const [frames] = CASES['data again right after two duplicate ACKs is a fast one'];
  expect((await tags(frames)).slice(-3)).toEqual([
    ' [TCP Dup ACK 7#1]',
    ' [TCP Dup ACK 7#2]',
    ' [TCP Fast Retransmission]',
  ]);
});

test('every verdict of tcp.analysis has a case', () => {
  const covered = new Set(Object.values(CASES).flatMap(([, ...expected]) => expected.flat()));
  expect(VERDICTS.filter((name) => !covered.has(name))).toEqual([]);
});
