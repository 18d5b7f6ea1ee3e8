// Times as fields: the names of time zones, and years that no calendar of JavaScript's has. The cells are tshark 4.0.17's.
import { afterEach, expect, test } from 'vitest';
import { zoneName } from '../../src/base/zone.ts';
import { A, B, ip, pcap, tcp } from '../flow/support.ts';
import { rowsOf, udp } from './support.ts';

const before = process.env.TZ;
afterEach(() => {
  if (before === undefined) delete process.env.TZ;
  else process.env.TZ = before;
});

test.each([
  ['UTC', 1_700_000_000, 'UTC'],
  ['Europe/Berlin', 1_700_000_000, 'CET'],
  ['Europe/Berlin', 1_690_000_000, 'CEST'],
  ['Europe/Berlin', 7_900_000_000, 'CEST'],
  ['America/New_York', 1_690_000_000, 'EDT'],
  ['Asia/Kathmandu', 1_700_000_000, '+0545'],
  [':Europe/London', 1_690_000_000, 'BST'],
  ['EST5EDT', 1_690_000_000, 'EDT'],
  ['CET-1CEST,M3.5.0,M10.5.0/3', 1_690_000_000, 'CEST'],
])('in the zone %s, %i is %s', (zone, moment, name) => {
  process.env.TZ = zone;
  expect(zoneName(moment)).toBe(name);
});

test('a year that is far away is a date as any other', async () => {
  process.env.TZ = 'UTC';
  const capture = pcap([{ bytes: udp(A, B, 1, 2, []), time: 0 }]);
  expect(await rowsOf(capture, ['frame.time'])).toEqual(['Nov 14, 2023 22:13:20.000000000 UTC']);
  const { Text } = await import('../../src/base/text.ts');
  const { formatOf } = await import('../../src/fields/format.ts');
  const { Values } = await import('../../src/fields/values.ts');
  const values = new Values();
  values.time(0, 18_446_744_073_204, 126_329_000);
  const text = new Text();
  formatOf({ type: 'absolute_time', hex: false })(text, values, 0);
  expect(new TextDecoder().decode(text.take())).toBe('Jan 19, 586524 07:53:24.126329000 UTC');
});

test('the day of the month takes two columns', async () => {
  process.env.TZ = 'UTC';
  const { Text } = await import('../../src/base/text.ts');
  const { formatOf } = await import('../../src/fields/format.ts');
  const { Values } = await import('../../src/fields/values.ts');
  const values = new Values();
  values.time(0, 1_699_000_000, 5);
  const text = new Text();
  formatOf({ type: 'absolute_time', hex: false })(text, values, 0);
  expect(new TextDecoder().decode(text.take())).toBe('Nov  3, 2023 08:26:40.000000005 UTC');
});

test('white space in a text does not end its line or its column', async () => {
  const { Text } = await import('../../src/base/text.ts');
  const { formatOf } = await import('../../src/fields/format.ts');
  const { Values } = await import('../../src/fields/values.ts');
  const bytes = Buffer.from('a\tb\nc\rd\ve\f\\ é');
  const values = new Values();
  values.span(0, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
  const text = new Text();
  formatOf({ type: 'string', hex: false })(text, values, 0);
  expect(new TextDecoder().decode(text.take())).toBe('a\\tb\\nc\\rd\\ve\\f\\ é');
});

test.each([
  [1, '1e-06'],
  [20, '2e-05'],
  [100, '0.0001'],
  [12_345, '0.012345'],
])('a response after %i ns has so many milliseconds: %s', async (time, text) => {
  const echo = (type: number, sum: number, from: number[], to: number[]) =>
    ip(from, to, 1, new Uint8Array([type, 0, sum >> 8, sum & 255, 0, 1, 0, 1]));
  const capture = pcap([
    { bytes: echo(8, 0xf7fd, A, B), time: 0 },
    { bytes: echo(0, 0xfffd, B, A), time },
  ]);
  expect(await rowsOf(capture, ['icmp.resptime'])).toEqual(['', text]);
});

const SYN = 2;
const RST = 4;
const ACK = 16;
const FIN = 1;

test('tcp.completeness of data on a SYN-ACK, of a FIN without ACK and of a late SYN', async () => {
  const segment = (flags: number, isReply: boolean, length = 0, sequence = 0) => {
    const [source, destination] = isReply ? [B, A] : [A, B];
    const [sourcePort, destinationPort] = isReply ? [80, 4000] : [4000, 80];
    return ip(
      source,
      destination,
      6,
      tcp({ sourcePort, destinationPort, flags, length, sequence, acknowledgment: 1 }),
    );
  };
  const cells = (...frames: Uint8Array[]) =>
    rowsOf(pcap(frames.map((bytes, i) => ({ bytes, time: i * 1e6 }))), ['tcp.completeness']);
  expect(await cells(segment(SYN, false), segment(SYN | ACK, true, 10), segment(ACK, false))).toEqual([
    '0',
    '1',
    '3',
  ]);
  expect(await cells(segment(SYN, false), segment(FIN, false), segment(ACK, false, 0, 1))).toEqual([
    '0',
    '1',
    '1',
  ]);
  expect(await cells(segment(SYN | ACK, true), segment(SYN, false), segment(ACK, false, 0, 1))).toEqual([
    '0',
    '0',
    '0',
  ]);
});

test('tcp.completeness of ports that are used again begins with the SYN', async () => {
  const segment = (flags: number, isReply: boolean, sequence: number) => {
    const [source, destination] = isReply ? [B, A] : [A, B];
    const [sourcePort, destinationPort] = isReply ? [80, 4000] : [4000, 80];
    const acknowledgment = (flags & ACK) !== 0 ? 1 : 0;
    const bytes = tcp({ sourcePort, destinationPort, flags, sequence, acknowledgment });
    return ip(source, destination, 6, bytes);
  };
  const frames = [
    segment(SYN, false, 100),
    segment(SYN | ACK, true, 500),
    segment(ACK, false, 101),
    segment(RST | ACK, true, 501),
    segment(SYN, false, 90_000),
    segment(SYN | ACK, true, 700_000),
    segment(ACK, false, 90_001),
  ];
  const capture = pcap(frames.map((bytes, i) => ({ bytes, time: i * 1e6 })));
  expect(await rowsOf(capture, ['tcp.completeness'])).toEqual(['0', '1', '3', '7', '1', '1', '3']);
});
