import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { Batch } from '../../src/base/batch.ts';
import { openStream } from '../../src/source/file.ts';
import { filtered } from '../../src/source/filtered.ts';
import type { PacketSource } from '../../src/source/source.ts';

/** A source of Ethernet and raw IP packets in turn: the number of each is in its IP identification. */
function alternating(batches: number, each: number): PacketSource {
  const bytes = new Uint8Array(40 * each);
  const batch = new Batch(each);
  let left = batches;
  let number = 0;
  return {
    interfaces: [1, 101].map((linkType) => ({ linkType, snaplen: 0, name: '', description: '' })),
    damage: undefined,
    async next() {
      if (left-- === 0) return null;
      batch.reset(bytes, number + 1);
      while (!batch.full) {
        const i = batch.count++;
        const raw = i % 2 === 1;
        const ip = i * 40 + (raw ? 0 : 14);
        bytes.fill(0, i * 40, (i + 1) * 40);
        if (!raw) bytes[i * 40 + 12] = 8;
        // UDP and TCP, two packets each in turn.
        bytes.set([0x45, 0, 0, 20, number >> 8, number & 255, 0, 0, 64, number & 2 ? 6 : 17], ip);
        batch.offset[i] = i * 40;
        batch.captured[i] = batch.wire[i] = raw ? 20 : 34;
        batch.seconds[i] = number;
        batch.linkType[i] = raw ? 101 : 1;
        batch.interface[i] = raw ? 1 : 0;
        number++;
      }
      return batch;
    },
    async close() {},
  };
}

test('a source is filtered by each link type’s own program, and packets keep their frame numbers', async () => {
  const source = filtered(alternating(5, 100), 'tcp');
  let expected = 2;
  let delivered = 0;
  for (let batch = await source.next(); batch !== null; batch = await source.next()) {
    expect(batch.first).toBe(delivered + 1);
    for (let i = 0; i < batch.count; i++) {
      expect(batch.frame(i)).toBe(expected + 1);
      expect(batch.seconds[i]).toBe(expected);
      expect(batch.linkType[i]).toBe(expected % 2 === 0 ? 1 : 101);
      expected += expected % 4 === 2 ? 1 : 3;
    }
    delivered += batch.count;
  }
  expect(delivered).toBe(250);
});

test('without an expression the source itself is answered, and a wrong one is known at once', () => {
  const source = alternating(1, 2);
  expect(filtered(source, ' ')).toBe(source);
  expect(() => filtered(source, 'prot 80')).toThrow('syntax error');
});

/** A pcap or pcapng file of BSD's loopback: TCP over IPv4, then TCP over IPv6 as macOS numbers it. */
function loopback(format: 'pcap' | 'pcapng', little: boolean): Uint8Array {
  const four = new Uint8Array(44);
  four.set([0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6], 4);
  const six = new Uint8Array(64);
  six.set([0x60, 0, 0, 0, 0, 20, 6, 64], 4);
  new DataView(four.buffer).setUint32(0, 2, little);
  new DataView(six.buffer).setUint32(0, 30, little);
  const words = (...values: number[]) => {
    const bytes = new Uint8Array(values.length * 4);
    for (const [i, value] of values.entries()) new DataView(bytes.buffer).setUint32(i * 4, value, little);
    return bytes;
  };
  // Link type 0 and version 1.0 or 2.4: two 16-bit numbers in a word.
  const pair = (first: number, second: number) => (little ? first | (second << 16) : (first << 16) | second);
  const parts = [four, six].flatMap((packet) => {
    const { length } = packet;
    if (format === 'pcap') return [words(0, 0, length, length), packet];
    return [words(6, length + 32, 0, 0, 0, length, length), packet, words(length + 32)];
  });
  const header =
    format === 'pcap'
      ? words(0xa1b2c3d4, pair(2, 4), 0, 0, 262144, 0)
      : Buffer.concat([
          words(0x0a0d0d0a, 28, 0x1a2b3c4d, pair(1, 0), 0xffffffff, 0xffffffff, 28),
          words(1, 20, 0, 262144, 20),
        ]);
  return Buffer.concat([header, ...parts]);
}

test.each([
  ['pcap', true],
  ['pcap', false],
  ['pcapng', true],
  ['pcapng', false],
] as const)(
  'address families of a loopback are looked for as they lie in %s, little-endian: %s',
  async (format, little) => {
    for (const [expression, expected] of [
      ['ip', [1]],
      ['ip6', [2]],
      ['tcp', [1, 2]],
      ['not ip', [2]],
      ['ip6 protochain 6', [2]],
      ['udp', []],
    ] as const) {
      const source = filtered(await openStream(Readable.from([loopback(format, little)]), 'x'), expression);
      const frames: number[] = [];
      for (let batch = await source.next(); batch !== null; batch = await source.next()) {
        for (let i = 0; i < batch.count; i++) frames.push(batch.frame(i));
      }
      await source.close();
      expect(frames, expression).toEqual(expected);
    }
  },
);
