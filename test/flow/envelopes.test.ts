// Segments that are quoted, cut or in fragments: what of them counts, beside tshark.
import { expect, test } from 'vitest';
import { ACK, PSH, SYN } from '../../src/wire/tcp.ts';
import { has } from '../support/needs.ts';
import { judge, tsharkRows } from './judged.ts';
import { A, B, datagram, ethernet, type Frame, ip, pcap, type Segment, tcp, withFile } from './support.ts';

const REPLY = { source: B, destination: A, sourcePort: 2000, destinationPort: 1000 };
const UNREACHABLE = 3;
const REDIRECT = 5;
const SACK = [1, 1, 5, 10, 0, 0, 0, 110, 0, 0, 0, 120];

/** Columns of a row (judged.ts). */
const STREAM = 0;
const IN_FLIGHT = 25;
const ZERO_WINDOW = 8;
const WINDOW_FULL = 13;
const REUSED_PORTS = 15;
const TFO_SYN = 16;
const TFO_IGNORED = 18;

test('an ICMP error about an ACK takes back what the ACK said is there, a redirect does not', async () => {
  const acked = datagram({ ...REPLY, sequence: 500, acknowledgment: 100, options: SACK });
  const bare = datagram({ ...REPLY, sequence: 500, acknowledgment: 100 });
  const inFlight = async (type: number) => {
    const packets = [
      datagram({ sequence: 100, acknowledgment: 500, length: 30 }),
      acked,
      quoting(type, bare),
      datagram({ sequence: 130, acknowledgment: 500, length: 10 }),
    ];
    return (await judged(packets)).get(4)![IN_FLIGHT];
  };
  expect(await inFlight(UNREACHABLE)).toBe('40');
  expect(await inFlight(REDIRECT)).toBe('30');
});

test('a redirect opens no connection', async () => {
  const rows = await judged([
    quoting(REDIRECT, datagram({ sequence: 100, flags: SYN, sourcePort: 3000 })),
    quoting(UNREACHABLE, datagram({ sequence: 100, flags: SYN, sourcePort: 4000 })),
    datagram({ sequence: 100, flags: SYN }),
  ]);
  expect(rows.get(3)![STREAM]).toBe('1');
});

test('the SYN-ACK that an ICMP error quotes says whether windows are scaled, and where numbers begin', async () => {
  const full = await judged([
    quoting(UNREACHABLE, datagram({ ...REPLY, sequence: 499, acknowledgment: 100, flags: SYN | ACK })),
    datagram({ sequence: 100, acknowledgment: 500, window: 5, length: 3 }),
    datagram({ ...REPLY, sequence: 500, acknowledgment: 103, length: 5 }),
  ]);
  expect(full.get(3)![WINDOW_FULL]).toBe('1');
  const moved = await judged([
    datagram({ sequence: 100, acknowledgment: 500 }),
    quoting(UNREACHABLE, datagram({ sequence: 300, acknowledgment: 500, flags: SYN | ACK })),
    datagram({ sequence: 99, flags: SYN }),
  ]);
  expect(moved.get(3)![STREAM]).toBe('1');
});

test('the options of a segment shorter than its header count as far as they go', async () => {
  const cookie = [34, 6, 1, 2, 3, 4, 1, 1, 3, 3, 7, 1];
  const short = datagram({ sequence: 100, flags: SYN, options: cookie }).slice(0, 20 + 20 + 8);
  short[3] = short.length;
  expect((await judged([short])).get(1)![TFO_SYN]).toBe('1');
});

test.each([
  ['an option that reaches beyond the options, cut', [1, 1, 5, 18, 0, 0, 0, 0, 0, 0, 0, 0], 24, false],
  ['the same, all but two bytes of it there', [1, 1, 5, 18, 0, 0, 0, 0, 0, 0, 0, 0], 30, true],
  [
    'an option of a length its kind does not have, cut',
    [1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2, 3, 4, 0, 0],
    34,
    true,
  ],
  ['an option of the right length, cut', [1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2, 2, 4, 0, 0], 34, false],
])('%s', async (_, options, captured, shown) => {
  const whole = datagram({ sequence: 100, acknowledgment: 500, window: 0, options });
  const rows = await judged([whole.slice(0, 20 + captured)], [whole.length]);
  expect(rows.get(1)![ZERO_WINDOW]).toBe(shown ? '1' : '');
});

test('a fragment beyond the end of its datagram keeps it from nothing', async () => {
  const parts = [part(32, 40, false), part(56, 64, true), part(0, 16, true), part(16, 32, true)];
  expect([...(await judged(parts)).keys()]).toEqual([4]);
});

test('of first fragments that were cut, those of IPv4 are looked at by themselves', async () => {
  expect([...(await judged([part(0, 40, true).slice(0, 50)], [60])).keys()]).toEqual([1]);
  const six = part6(0, 40, true, 6);
  expect([...(await judged([six.slice(0, 70)], [six.length])).keys()]).toEqual([]);
});

test('a SYN or SYN-ACK in the first of cut fragments is on reused ports, where its header is there', async () => {
  const again = async (flags: number, captured: number) => {
    const first = datagram({ sequence: 99 });
    const whole = datagram({ sequence: 300, flags, length: 12, acknowledgment: 505 });
    whole[6] = 0x20;
    const rows = await judged([first, whole.slice(0, 20 + captured)], [first.length, whole.length]);
    return rows.get(2)![REUSED_PORTS];
  };
  expect(await again(SYN, 24)).toBe('1');
  expect(await again(SYN | ACK, 24)).toBe('1');
  expect(await again(SYN, 18)).toBe('');
});

test('the data of a SYN that is quoted is not ignored by the SYN-ACK', async () => {
  const cookie = [34, 6, 1, 2, 3, 4, 1, 1];
  const opening = datagram({ sequence: 100, flags: SYN, options: cookie, length: 3 });
  const answer = datagram({ ...REPLY, sequence: 500, acknowledgment: 101, flags: SYN | ACK });
  expect((await judged([quoting(UNREACHABLE, opening), answer])).get(2)![TFO_IGNORED]).toBe('');
  expect((await judged([opening, answer])).get(2)![TFO_IGNORED]).toBe('1');
});

test('fragments of IPv6 need not agree on what they carry: the one that comes last tells', async () => {
  expect([...(await judged([part6(0, 40, true, 17), part6(40, 64, false, 6)])).keys()]).toEqual([2]);
  expect([...(await judged([part6(0, 40, true, 6), part6(40, 64, false, 17)])).keys()]).toEqual([]);
});

test.each([
  ['one VLAN', tagged(0x8100, 5), tagged(0x8100, 5), true],
  ['two VLANs', tagged(0x8100, 5), tagged(0x8100, 6), false],
  ['an outer service tag or none', tagged(0x88a8, 5), untagged, true],
  ['two inner VLANs', within(5, 7), within(5, 8), true],
])('fragments on %s', async (_, first, second, joined) => {
  const frames = [first(part(0, 40, true)), second(part(40, 64, false))];
  expect([...(await judged(frames, [], 1)).keys()]).toEqual(joined ? [2] : []);
});

const ADDRESSES = new Array<number>(12).fill(2);
const SNAP = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0];
const WIRELESS = [8, 1, 0, 0, ...ADDRESSES, ...ADDRESSES.slice(6), 0, 0, ...SNAP];
const zeros = (length: number) => new Array<number>(length).fill(0);

test.each([
  ['classical IP over ATM', 106, []],
  ['Frame Relay', 107, [0x18, 0x41, 3, 0xcc]],
  ['Frame Relay with SNAP', 107, [0x18, 0x41, 3, 0, 0x80, 0, 0, 0, 8, 0]],
  ['Frame Relay with an address of four bytes', 107, [0x18, 0x40, 0x40, 0x41, 3, 0xcc]],
  ['Frame Relay of Cisco', 107, [0x18, 0x41, 8, 0]],
  ['ENC', 109, [2, 0, 0, 0, ...zeros(8)]],
  ['PFLOG', 117, [69, 2, ...zeros(58), 1, ...zeros(11)]],
  ['IEEE 802.11 with Prism', 119, [0x44, 0, 0, 0, 144, ...zeros(139), ...WIRELESS]],
  ['IEEE 802.11 with AVS for Prism', 119, [0x80, 0x21, 0x10, 1, 0, 0, 0, 64, ...zeros(56), ...WIRELESS]],
  ['IP over Fibre Channel', 122, [...zeros(16), ...SNAP]],
  ['IP over IEEE 1394', 138, [...zeros(16), 8, 0]],
  ['IEEE 802.11 with AVS', 163, [0x80, 0x21, 0x10, 1, 0, 0, 0, 64, ...zeros(56), ...WIRELESS]],
  ['PPI over Ethernet', 192, [0, 0, 8, 0, 1, 0, 0, 0, ...ADDRESSES, 8, 0]],
  ['PPI over IEEE 802.11', 192, [0, 0, 8, 0, 105, 0, 0, 0, ...WIRELESS]],
  ['PPP with its direction', 204, [1, 0xff, 3, 0, 0x21]],
])('segments are found on %s', async (_, linkType, header) => {
  const packet = datagram({ sequence: 100, acknowledgment: 500, length: 10 });
  expect((await judged([Uint8Array.of(...header, ...packet)], [], linkType)).size).toBe(1);
});

test('segments are found behind Shim6', async () => {
  const address = (last: number) => [0xfd, ...zeros(14), last];
  const shim = [6, 0, 0x80, 0, 0, 0, 0, 1];
  expect((await judged([ip(address(1), address(2), 140, Uint8Array.of(...shim, ...tcp({})))])).size).toBe(1);
});

test('a source route, while it is underway, makes its end the destination', async () => {
  const [end, hop] = [
    [10, 0, 9, 9],
    [10, 0, 9, 8],
  ];
  const streamsOf = async (pointer: number, before: number[] = []) => {
    const options = [...before, 131, 11, pointer, ...hop, ...end, 0];
    const routed = ip(A, B, 6, Uint8Array.of(...options, ...tcp({})));
    routed[0] = 0x45 + options.length / 4;
    const rows = await judged([routed, ip(A, end, 6, tcp({})), ip(A, B, 6, tcp({}))]);
    return [1, 2, 3].map((frame) => rows.get(frame)![STREAM]);
  };
  expect(await streamsOf(4)).toEqual(['0', '0', '1']);
  expect(await streamsOf(12)).toEqual(['0', '1', '0']);
  expect(await streamsOf(4, [137, 7, 8, ...hop, 1]), 'the first route counts').toEqual(['0', '1', '0']);
});

test.each([
  ['of RFC 2460 leads to its last address', 0, 1, [0, 0, 1, 2]],
  ['of RFC 6554 leads to its last address', 3, 1, [0, 0, 1, 2]],
  ['with no segments left has come to its end', 0, 0, [0, 1, 2, 0]],
  ['of segment routing leads to its first address', 4, 1, [0, 1, 0, 2]],
  ['of mobile IPv6 leads to its first address', 2, 1, [0, 1, 0, 2]],
])('a routing header %s', async (_, type, left, streams) => {
  const address = (last: number) => [0xfd, ...zeros(14), last];
  const header = [6, 4, type, left, type === 4 ? 1 : 0, 0, 0, 0, ...address(8), ...address(9)];
  const routed = ip(address(1), address(2), 43, Uint8Array.of(...header, ...tcp({})));
  const packets = [routed, ...[9, 8, 2].map((last) => ip(address(1), address(last), 6, tcp({})))];
  const rows = await judged(packets);
  expect([1, 2, 3, 4].map((frame) => Number(rows.get(frame)![STREAM]))).toEqual(streams);
});

/** What is judged of packets a millisecond apart, which is what tshark gives where it is there. */
async function judged(
  packets: Uint8Array[],
  wires: number[] = [],
  linkType = 101,
): Promise<Map<number, string[]>> {
  const frames: Frame[] = packets.map((bytes, i) => ({
    bytes,
    time: i * 1e6,
    wire: wires[i] ?? bytes.length,
  }));
  return withFile(pcap(frames, linkType), async (path) => {
    const rows = await judge(path);
    // The rows that the tests expect are right in any case; where tshark is, it is asked as well.
    if (!has('tshark')) return rows;
    const told = tsharkRows(path, ['tcp.srcport', 'icmp.type']);
    told.forEach((row, i) => {
      const [icmp, port] = [row.pop(), row.pop()];
      const mine = rows.get(i + 1);
      expect(mine !== undefined, `frame ${i + 1} has a row`).toBe(port !== '' && icmp === '');
      if (mine !== undefined) expect(mine.slice(0, IN_FLIGHT + 1)).toEqual(row.slice(0, IN_FLIGHT + 1));
    });
    expect(told).toHaveLength(frames.length);
    return rows;
  });
}

/** An ICMP error or redirect about a packet. */
function quoting(type: number, quoted: Uint8Array): Uint8Array {
  return ip([10, 0, 3, 1], A, 1, Uint8Array.of(type, 1, 0, 0, 0, 0, 0, 0, ...quoted));
}

const WHOLE: Segment = { sequence: 100, acknowledgment: 500, flags: ACK | PSH, length: 44 };

/** The bytes `from` to `to` of a segment as a fragment of IPv4. */
function part(from: number, to: number, more: boolean): Uint8Array {
  const bytes = ip(A, B, 6, tcp(WHOLE).slice(from, to));
  bytes.set([0, 7, more ? 0x20 : 0, from >> 3], 4);
  return bytes;
}

/** The same of IPv6, which says that it carries `protocol`. */
function part6(from: number, to: number, more: boolean, protocol: number): Uint8Array {
  const address = (last: number) => [0xfd, ...new Array<number>(14).fill(0), last];
  const header = [protocol, 0, 0, from | (more ? 1 : 0), 0, 0, 0, 7];
  return ip(address(1), address(2), 44, Uint8Array.of(...header, ...tcp(WHOLE).slice(from, to)));
}

function untagged(packet: Uint8Array): Uint8Array {
  return ethernet(0x0800, packet);
}

function tagged(type: number, vlan: number) {
  return (packet: Uint8Array) => ethernet(type, Uint8Array.of(0, vlan, 8, 0, ...packet));
}

function within(outer: number, inner: number) {
  return (packet: Uint8Array) =>
    ethernet(0x8100, Uint8Array.of(0, outer, 0x81, 0, 0, inner, 8, 0, ...packet));
}
