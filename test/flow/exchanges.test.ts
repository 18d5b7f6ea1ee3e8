// Requests and answers in a ring, against the plainest way to do it.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Exchanges } from '../../src/flow/exchanges.ts';

test('a request is found until as many others came as the ring holds, the newest first', () => {
  const step = fc.record({ pair: fc.nat(3), tag: fc.integer({ min: -2, max: 2 }), ask: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.constantFrom(1, 2, 8, 512), (steps, limit) => {
      const ring = new Exchanges(limit);
      const plain: { pair: number; tag: number; frame: number }[] = [];
      steps.forEach(({ pair, tag, ask }, i) => {
        if (ask) {
          ring.ask(pair, tag, i, 0, i + 1);
          plain.push({ pair, tag, frame: i + 1 });
          if (plain.length > limit) plain.shift();
        }
        const slot = ring.find(pair, tag);
        const expected = plain.findLast((one) => one.pair === pair && one.tag === tag);
        expect(slot < 0 ? undefined : ring.frame[slot]).toBe(expected?.frame);
      });
      expect(Array.from({ length: ring.count }, (_, age) => ring.frame[ring.slotAt(age)])).toEqual(
        plain.map((one) => one.frame),
      );
    }),
  );
});

test('many more requests than slots leave the memory as it is', () => {
  const ring = new Exchanges(1 << 10);
  for (let i = 0; i < 100_000; i++) ring.ask(i % 7, i, i, 0, i + 1);
  expect(ring.capacity).toBe(1 << 10);
  expect(ring.count).toBe(1 << 10);
  expect(ring.frame[ring.find(99_999 % 7, 99_999)]).toBe(100_000);
  expect(ring.find(0, 7)).toBe(-1);
});

test('times are exact over years', () => {
  const ring = new Exchanges(4);
  const slot = ring.ask(0, 0, 1_000_000_000, 999_999_999, 1);
  expect(ring.answer(slot, 1_000_000_001, 1, 2)).toBe(2);
});
