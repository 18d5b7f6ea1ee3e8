// Which of two known ports a payload is printed by: every pair of them, beside tcpdump.
import { describe, expect, it } from 'vitest';
import { join, pcapHeader, pcapRecord } from '../file/build.ts';
import { has } from '../support/needs.ts';
import { judged, printed, TCP, transport, UDP } from './packets.ts';

/** Ports that a printer is known by, their neighbours, AppleTalk's, and well-known ones without a printer. */
const PORTS = [
  ...[0, 1, 7, 20, 21, 22, 23, 25, 43, 53, 67, 68, 69, 80, 88, 110, 111, 123, 137, 138, 139, 161, 162, 179],
  ...[199, 200, 201, 202, 319, 320, 323, 327, 328, 389, 427, 443, 445, 496, 500, 514, 520, 521, 525, 543],
  ...[546, 547, 554, 587, 636, 639, 646, 654, 698, 701, 750, 767, 768, 873, 895, 896, 921, 1024, 1080, 1194],
  ...[1589, 1645, 1646, 1700, 1701, 1723, 1812, 1813, 1883, 1900, 1985, 2049, 2055, 2103, 2104, 2123, 2152],
  ...[2427, 3000, 3128, 3306, 3456, 3478, 3503, 3784, 3785, 3799, 3868, 4342, 4341, 4433, 4500, 4567, 4569],
  ...[4739, 4784, 4789, 4790, 5004, 5060, 5061, 5246, 5247, 5353, 5355, 5359, 5432, 5672, 5678, 6000, 6081],
  ...[6343, 6379, 6566, 6633, 6635, 6653, 6696, 6697, 6784, 7000, 7001, 7002, 7003, 7004, 7005, 7006, 7007],
  ...[7008, 7009, 7500, 7784, 8000, 8080, 8231, 8472, 8500, 8554, 8765, 9996, 10_288, 12_222, 12_223],
  ...[16_511, 16_512, 16_513, 16_639, 16_640, 17_754, 19_788, 27_017, 30_490, 40_000, 49_152, 51_820, 65_535],
];

/** What the printers show themselves with: blanks, zeros, a DDP packet of AppleTalk, rising bytes, text. */
const PAYLOADS: [name: string, payload: Uint8Array][] = [
  ['blanks', new Uint8Array(60).fill(0x20)],
  ['zeros', new Uint8Array(60)],
  ['AppleTalk', Uint8Array.of(1, 2, 2, 1, ...new Uint8Array(40).fill(7))],
  ['rising bytes', Uint8Array.from({ length: 60 }, (_, i) => i)],
  ['text', new TextEncoder().encode('GET / HTTP/1.0\r\n\r\n')],
];

function capture(protocol: number, payload: Uint8Array): Uint8Array {
  const records: Uint8Array[] = [];
  for (const source of PORTS)
    for (const destination of PORTS) {
      const packet = transport(protocol, source, destination, payload);
      records.push(pcapRecord(records.length, 0, packet.length, packet.length, { packet }));
    }
  return join(pcapHeader(), ...records);
}

describe.each([
  ['UDP', UDP],
  ['TCP', TCP],
] as const)('every pair of well-known ports over %s', (_, protocol) => {
  it.runIf(has('tcpdump')).each(PAYLOADS)(
    'with %s is printed by the printer of tcpdump',
    async (_name, payload) => {
      const pcap = capture(protocol, payload);
      const packets = (text: string) => text.split(/^(?=IP )/m);
      const expected = packets(judged(pcap, []));
      const actual = packets((await printed(pcap, { time: 1 })).join(''));
      const wrong = actual.filter((text, i) => text !== expected[i]);
      expect(wrong.slice(0, 5)).toEqual(expected.filter((text, i) => text !== actual[i]).slice(0, 5));
      expect(actual.length).toBe(expected.length);
    },
  );

  // Where no tcpdump is installed: the pairs that once went to the wrong printer.
  it.each(
    [
      [UDP, 496, 701, 'auto-rp'],
      [UDP, 701, 646, 'LDP version'],
      [UDP, 701, 1589, 'LMP version'],
      [TCP, 21, 43, 'WHOIS:'],
      [TCP, 6653, 43, 'WHOIS:'],
      [TCP, 43, 25, 'SMTP:'],
    ].filter(([over]) => over === protocol) as [number, number, number, string][],
  )('%i: from %i to %i is %s', async (_over, source, destination, name) => {
    const pcap = join(pcapHeader(), record(protocol, source, destination));
    expect((await printed(pcap, { time: 1 })).join('')).toContain(name);
  });
});

function record(protocol: number, source: number, destination: number): Uint8Array {
  const packet = transport(protocol, source, destination, PAYLOADS[0][1]);
  return pcapRecord(0, 0, packet.length, packet.length, { packet });
}
