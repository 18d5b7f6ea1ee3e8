import { expect, test } from 'vitest';
import { Batch } from '../../src/base/batch.ts';
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
