// The table of relative sequence numbers, beside a Map.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RelativeNumbers } from '../../src/print/transport/relative-numbers.ts';

/** A few addresses and ports, so that connections come again. */
const end = fc.tuple(fc.nat(5), fc.nat(3));
const segments = fc.array(fc.tuple(fc.constantFrom(4, 6), end, end, fc.integer(), fc.integer()), {
  maxLength: 3000,
});

it('keeps a row for each connection, whichever side a segment goes from', () => {
  fc.assert(
    fc.property(segments, (list) => {
      const table = new RelativeNumbers();
      const model = new Map<string, readonly [sequence: number, acknowledgment: number]>();
      for (const [version, [source, sourcePort], [target, targetPort], sequence, acknowledgment] of list) {
        const size = version === 4 ? 4 : 16;
        const view = new DataView(new ArrayBuffer(2 * size));
        view.setUint8(size - 1, source);
        view.setUint8(2 * size - 1, target);
        const reversed = sourcePort > targetPort || (sourcePort === targetPort && source > target);
        const names = [`${source}.${sourcePort}`, `${target}.${targetPort}`];
        const key = [version, ...(reversed ? names.reverse() : names)].join(' ');
        const row = table.find(view, version, 0, size, (sourcePort << 16) | targetPort);
        const before = model.get(key);
        expect(row.known).toBe(before !== undefined);
        expect(row.reversed).toBe(reversed);
        if (before !== undefined) expect([row.sequence, row.acknowledgment]).toEqual(before);
        row.sequence = sequence;
        row.acknowledgment = acknowledgment;
        model.set(key, [sequence, acknowledgment]);
      }
    }),
    { numRuns: 40 },
  );
});

it('keeps more connections than it was made for', () => {
  const table = new RelativeNumbers();
  const view = new DataView(new ArrayBuffer(8));
  const count = 20_000;
  const found: number[] = [];
  for (let pass = 0; pass < 2; pass++) {
    for (let i = 0; i < count; i++) {
      view.setUint32(0, Math.imul(i, 0x10001) >>> 0);
      view.setUint32(4, 0xfffffff0);
      const row = table.find(view, 4, 0, 4, (1 << 16) | 2);
      if (row.known) found.push(row.sequence);
      else row.sequence = i;
    }
  }
  expect(found).toEqual(Array.from({ length: count }, (_, i) => i));
});
