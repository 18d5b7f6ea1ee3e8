// DNS as fields: over TCP across segments, on other ports, queries and their responses. The cells are tshark 4.0.17's.
import { expect, test } from 'vitest';
import { A, B, type Frame, ip, pcap, tcp } from '../flow/support.ts';
import { rowsOf, udp } from './support.ts';

const NAME = [...'\x07example\x03com\x00'].map((letter) => letter.charCodeAt(0));

/** A query of `id` for an address, or a response without records. */
function message(id: number, isResponse = false, questions = 1): number[] {
  const flags = isResponse ? 0x81 : 0x01;
  return [id >> 8, id & 255, flags, 0, 0, questions, 0, 0, 0, 0, 0, 0, ...NAME, 0, 1, 0, 1];
}

const prefixed = (bytes: number[]) => [bytes.length >> 8, bytes.length & 255, ...bytes];

function segments(...parts: { sequence: number; payload: number[]; captured?: number }[]): Uint8Array {
  const frames: Frame[] = parts.map(({ sequence, payload, captured }, i) => {
    const segment = tcp({
      sourcePort: 4000,
      destinationPort: 53,
      sequence,
      acknowledgment: 1,
      length: payload.length,
    });
    segment.set(payload, 20);
    const bytes = ip(A, B, 6, segment);
    return { bytes: bytes.subarray(0, captured ?? bytes.length), wire: bytes.length, time: i * 1e6 };
  });
  return pcap(frames);
}

const FIELDS = ['dns.length', 'dns.id', 'dns.qry.name'];

test('a message that lies in several segments is in the frame that completes it', async () => {
  const bytes = [...prefixed(message(1)), ...prefixed(message(2)), ...prefixed(message(3))];
  const parts = [
    { sequence: 1, payload: bytes.slice(0, 40) },
    { sequence: 41, payload: bytes.slice(40, 50) },
    { sequence: 51, payload: bytes.slice(50) },
  ];
  expect(await rowsOf(segments(...parts), FIELDS)).toEqual([
    '29\t0x0001\texample.com',
    '\t\t',
    '29,29\t0x0002,0x0003\texample.com,example.com',
  ]);
});

test('the length of a message may be divided, and segments may be sent again', async () => {
  const bytes = [...prefixed(message(1)), ...prefixed(message(2))];
  const parts = [
    { sequence: 1, payload: bytes.slice(0, 32) },
    { sequence: 33, payload: bytes.slice(32) },
    { sequence: 33, payload: bytes.slice(32) },
  ];
  expect((await rowsOf(segments(...parts), FIELDS)).slice(0, 2)).toEqual([
    '29\t0x0001\texample.com',
    '29\t0x0002\texample.com',
  ]);
  const again = [
    parts[0],
    { sequence: 32, payload: bytes.slice(31) },
    { sequence: 32, payload: bytes.slice(31) },
  ];
  again[0] = { sequence: 1, payload: bytes.slice(0, 31) };
  expect(await rowsOf(segments(...again), ['dns.id'])).toEqual(['0x0001', '0x0002', '']);
});

test('segments out of order wait for what is missing', async () => {
  const bytes = prefixed(message(7));
  const parts = [
    { sequence: 1, payload: bytes.slice(0, 10) },
    { sequence: 21, payload: bytes.slice(20) },
    { sequence: 11, payload: bytes.slice(10, 20) },
  ];
  expect(await rowsOf(segments(...parts), FIELDS)).toEqual(['\t\t', '\t\t', '29\t0x0007\texample.com']);
});

test('messages of a segment that was cut in capturing are shown as far as they go', async () => {
  const payload = prefixed(message(9));
  expect(await rowsOf(segments({ sequence: 1, payload, captured: 46 }), FIELDS)).toEqual(['29\t0x0009\t']);
});

test('DNS is known on ports that are of no other protocol', async () => {
  const frame = (bytes: Uint8Array, i: number) => ({ bytes, time: i * 1e9 });
  const datagrams = [
    udp(A, B, 40000, 8053, message(1)),
    udp(B, A, 8053, 40000, message(1, true)),
    udp(A, B, 40001, 8053, message(2, false, 2)),
    udp(A, B, 40002, 137, message(3)),
  ];
  expect(await rowsOf(pcap(datagrams.map(frame)), ['dns.id', 'dns.response_to'])).toEqual([
    '0x0001\t',
    '0x0001\t1',
    '\t',
    '\t',
  ]);
});

test('a second response is a retransmission, and a query behind a response is a new one', async () => {
  const frames = [
    udp(A, B, 40000, 53, message(1)),
    udp(B, A, 53, 40000, message(1, true)),
    udp(B, A, 53, 40000, message(1, true)),
    udp(A, B, 40000, 53, message(1)),
    udp(A, B, 40000, 53, message(1)),
    udp(B, A, 53, 40000, message(2, true)),
  ].map((bytes, i) => ({ bytes, time: i * 1e9 }));
  const names = [
    'dns.response_to',
    'dns.time',
    'dns.retransmission',
    'dns.retransmit_request_in',
    'dns.unsolicited',
  ];
  expect(await rowsOf(pcap(frames), names)).toEqual([
    '\t\t\t\t',
    '1\t1.000000000\t\t\t',
    '\t\t1\t\t',
    '\t\t\t\t',
    '\t\t1\t4\t',
    '\t\t\t\t1',
  ]);
});

test('a multicast response in the direction of the query is one to it', async () => {
  const group = [224, 0, 0, 251];
  const frames = [udp(A, group, 5353, 5353, message(0)), udp(A, group, 5353, 5353, message(0, true))].map(
    (bytes, i) => ({ bytes, time: i * 1e9 }),
  );
  expect(await rowsOf(pcap(frames), ['dns.response_to', 'dns', 'mdns'])).toEqual([
    '\t\tMulticast Domain Name System (query)',
    '1\t\tMulticast Domain Name System (response)',
  ]);
});

test('every message of a large segment has its exchange', async () => {
  const payload = Array.from({ length: 70 }, (_, i) => prefixed(message(i))).flat();
  const [line] = await rowsOf(segments({ sequence: 1, payload }), ['dns.id']);
  expect(line.split(',')).toHaveLength(70);
  const twice = [...prefixed(message(1)), ...payload];
  const [again] = await rowsOf(segments({ sequence: 1, payload: twice }), ['dns.retransmit_request_in']);
  expect(again).toBe('1');
});

test('the time of a response, over seconds; white space within a name', async () => {
  const letters = [...'a\n\t\r\v\f\\z'].map((letter) => letter.charCodeAt(0));
  const odd = [...message(2)];
  odd.splice(12, NAME.length, letters.length, ...letters, 0);
  const capture = pcap([
    { bytes: udp(A, B, 4000, 53, message(1)), time: 900_000_000 },
    { bytes: udp(B, A, 53, 4000, message(1, true)), time: 2_100_000_000 },
    { bytes: udp(A, B, 4000, 53, odd), time: 2_200_000_000 },
  ]);
  expect(await rowsOf(capture, ['dns.time', 'dns.qry.name'])).toEqual([
    '\texample.com',
    '1.200000000\texample.com',
    '\ta\\n\\t\\r\\v\\f\\z',
  ]);
});

test('a query that comes again within five seconds is the same one', async () => {
  const query = udp(A, B, 4000, 53, message(1));
  const cells = (after: number) =>
    rowsOf(
      pcap([
        { bytes: query, time: 0 },
        { bytes: query, time: after },
      ]),
      ['dns.retransmit_request_in'],
    );
  expect(await cells(4.9e9)).toEqual(['', '1']);
  expect(await cells(5.1e9)).toEqual(['', '']);
});
