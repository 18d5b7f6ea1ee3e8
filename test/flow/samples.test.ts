// Round-trip times: exact while few, within 0.4 % when many.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Histogram, Samples } from '../../src/flow/samples.ts';
import { Tallies } from '../../src/flow/tally.ts';

test('what a direction adds comes out again, exactly below 2048 samples and within 0.4 % above', () => {
  const sizes = fc.constantFrom(0, 1, 7, 8, 100, 2048, 2049, 5000);
  fc.assert(
    fc.property(fc.array(sizes, { minLength: 1, maxLength: 4 }), fc.integer(), (counts, seed) => {
      const samples = new Samples();
      const handles = counts.map(() => 0);
      const value = (direction: number, i: number) =>
        1 + (Math.abs(Math.imul(i + 1, seed | 1) ^ direction) % 4e6);
      for (let i = 0; i < Math.max(...counts); i++) {
        counts.forEach((count, direction) => {
          if (i < count) handles[direction] = samples.add(handles[direction], i, value(direction, i));
        });
      }
      counts.forEach((count, direction) => {
        const found: number[] = [];
        samples.each(handles[direction], count, (one, times) => {
          for (let i = 0; i < times; i++) found.push(one);
        });
        const expected = Array.from({ length: count }, (_, i) => value(direction, i)).sort((a, b) => a - b);
        found.sort((a, b) => a - b);
        expect(found.length).toBe(count);
        found.forEach((one, i) => {
          expect(Math.abs(one - expected[i]) / expected[i]).toBeLessThan(count <= 2048 ? 1e-7 : 0.004);
        });
        samples.give(handles[direction]);
      });
    }),
    { numRuns: 20 },
  );
});

test('percentiles of a histogram are within 0.4 %', () => {
  const histogram = new Histogram();
  for (let i = 1; i <= 100_000; i++) histogram.add(i * 1000);
  for (const share of [0.5, 0.95, 0.99, 1]) {
    expect(Math.abs(histogram.percentile(share) / (share * 1e8) - 1)).toBeLessThan(0.004);
  }
  expect(new Histogram().percentile(0.5)).toBeNaN();
});

test('holes are filled by what comes later, from any side', () => {
  const tallies = new Tallies();
  const block = tallies.take();
  tallies.open(block, 100, 200, 7, 0);
  expect(tallies.fill(block, 0, 50)).toBe(0);
  expect(tallies.fill(block, 120, 140)).toBe(20);
  expect(tallies.fill(block, 90, 130)).toBe(20);
  expect(tallies.fill(block, 190, 300)).toBe(10);
  expect(tallies.holes(block, 1000)).toEqual({ bytes: 50, frames: [7] });
  expect(tallies.holes(block, 150).bytes).toBe(0);
  expect(tallies.fill(block, 0, 1000)).toBe(50);
  expect(tallies.holes(block, 1000).bytes).toBe(0);
});
