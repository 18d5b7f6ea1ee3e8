// Quantities in words: where one unit ends and the next begins.
import { expect, test } from 'vitest';
import { agree, bitRate, byteSize, count, duration, times } from '../../src/base/units.ts';

test.each([
  [duration(38_000), '38.0 µs'],
  [duration(999_999), '1000 µs'],
  [duration(1e6), '1.00 ms'],
  [duration(1e9), '1.00 s'],
  [duration(3.4e9), '3.40 s'],
  [duration(60e9), '60.0 s'],
  [byteSize(999), '999 B'],
  [byteSize(1000), '1.00 kB'],
  [byteSize(1.25e6), '1.25 MB'],
  [byteSize(1e15), '1000 TB'],
  [bitRate(1.25e8), '1.00 Gbit/s'],
  [bitRate(0), '0 bit/s'],
  [count(1, 'packet'), '1 packet'],
  [count(0, 'packet'), '0 packets'],
  [count(2, 'query', 'queries'), '2 queries'],
  [agree(1, 'was', 'were'), 'was'],
  [agree(0, 'was', 'were'), 'were'],
  [times(2), 'twice'],
  [times(3), '3 times'],
])('%s', (said, meant) => {
  expect(said).toBe(meant);
});
