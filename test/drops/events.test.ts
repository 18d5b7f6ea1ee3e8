// What becomes of drop events whichever way they were learned: which are harmless, which are about one packet, and their records.
import { expect, test } from 'vitest';
import { DropBatches } from '../../src/drops/batch.ts';
import { CombinedDrops } from '../../src/drops/combined.ts';
import type { DropEvent, DropSource, DropTotals } from '../../src/drops/event.ts';
import { harmlessBecause } from '../../src/drops/harmless.ts';
import { conversationKey, packetKey } from '../../src/drops/packet-key.ts';
import { EPB_DROPCOUNT, EPB_FLAGS } from '../../src/file/pcapng.ts';
import * as link from '../../src/wire/linktype.ts';
import { ethernet, ipv4, ipv6, udp } from './frames.ts';

const HI = Buffer.from('hi');
const raw = (bytes: Buffer) => ({ linkType: link.RAW, bytes, length: bytes.length });
const framed = (bytes: Buffer, to = '02:00:00:00:00:01') => {
  const frame = ethernet(to, '02:00:00:00:00:02', bytes[0] >> 4 === 4 ? 0x0800 : 0x86dd, bytes);
  return { linkType: link.ETHERNET, bytes: frame, length: frame.length };
};
const datagram4 = (source: string, destination: string, ttl = 64, ports: [number, number] = [5, 9]) =>
  ipv4({ source, destination, protocol: 17, ttl, payload: udp(source, destination, ports, HI) });
const datagram6 = (source: string, destination: string, hops = 64, ports: [number, number] = [5, 9]) =>
  ipv6(source, destination, 17, udp(source, destination, ports, HI), hops);

test.each([
  ['IPv4', raw(datagram4('10.0.0.1', '224.0.0.251')), true],
  ['IPv4, the last group', raw(datagram4('10.0.0.1', '239.255.255.255')), true],
  ['IPv4, no group', raw(datagram4('10.0.0.1', '240.0.0.1')), false],
  ['IPv6', raw(datagram6('fd00::1', 'ff02::fb')), true],
  ['IPv6, no group', raw(datagram6('fd00::1', 'fd00::2')), false],
  ['IPv6 behind Ethernet', framed(datagram6('fd00::1', 'ff02::fb')), true],
  ['IPv4 behind Ethernet, no group', framed(datagram4('10.0.0.1', '10.0.0.2')), false],
  ['a group of Ethernet', framed(datagram4('10.0.0.1', '10.0.0.2'), '01:80:c2:00:00:0e'), true],
])('a drop without a reason is harmless if it goes to a group: %s', (_, packet, isHarmless) => {
  const event = { time: { seconds: 1, nanoseconds: 0 }, count: 1, reason: 'NOT_SPECIFIED', packet };
  expect(harmlessBecause(event) !== undefined).toBe(isHarmless);
});

test.each([
  ['IPv4', datagram4, '10.0.0.1', '10.0.0.2', '10.0.0.3'],
  ['IPv6', datagram6, 'fd00::1', 'fd00::2', 'fd00::3'],
])('reports of one packet, and those of one conversation: %s', (_, datagram, source, target, other) => {
  const first = raw(datagram(source, target));
  for (const key of [packetKey, conversationKey]) {
    expect(key(first)).toBeDefined();
    // What a router changes, and the header before it, make no difference.
    expect(key(raw(datagram(source, target, 63)))).toBe(key(first));
    expect(key(framed(datagram(source, target)))).toBe(key(first));
    expect(key(raw(datagram(other, target)))).not.toBe(key(first));
    expect(key(raw(datagram(source, other)))).not.toBe(key(first));
    expect(key(raw(datagram(source, target, 64, [5, 10])))).not.toBe(key(first));
    expect(key(raw(datagram(source, target, 64, [6, 9])))).not.toBe(key(first));
  }
});

/** The options of a record: of each code its value. */
function optionsOf(view: DataView, at: number, length: number): Map<number, DataView> {
  const found = new Map<number, DataView>();
  for (const end = at + length; at < end; ) {
    const size = view.getUint16(at + 2, true);
    found.set(view.getUint16(at, true), new DataView(view.buffer, view.byteOffset + at + 4, size));
    at += 4 + ((size + 3) & ~3);
  }
  return found;
}

test('records: the direction of each, and before the first one how many are missing', () => {
  const packet = raw(datagram4('10.0.0.1', '10.0.0.2'));
  const events = (['in', 'out', undefined] as const).map(
    (direction, i): DropEvent => ({
      time: { seconds: i, nanoseconds: 0 },
      count: 1,
      reason: 'NO_SOCKET',
      packet,
      ...(direction === undefined ? {} : { direction }),
    }),
  );
  const batch = new DropBatches().batch(events, 2 ** 32 + 7);
  const options = events.map((_, i) => optionsOf(batch.view, batch.options[i], batch.optionsLength[i]));
  // pcapng, 4.3.1: inbound is 1, outbound 2.
  expect(options.map((one) => one.get(EPB_FLAGS)!.getUint32(0, true))).toEqual([1, 2, 0]);
  expect(options.map((one) => one.get(EPB_DROPCOUNT)!.getBigUint64(0, true))).toEqual([
    2n ** 32n + 7n,
    0n,
    0n,
  ]);
});

/** A source that has these totals, and no events. */
const counted = (totals: DropTotals): DropSource => ({
  way: 'nft',
  notes: [],
  next: async () => null,
  totals: () => totals,
  stop: () => {},
  close: async () => {},
});

test('totals of several sources are added up, each kind for itself', () => {
  const both = new CombinedDrops([
    counted({ packets: 100, limited: 20, lost: 3 }),
    counted({ packets: 1000, limited: 400, lost: 50, uncounted: 'some more' }),
  ]);
  expect(both.totals()).toEqual({ packets: 1100, limited: 420, lost: 53, uncounted: 'some more' });
});
