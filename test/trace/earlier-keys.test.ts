// How many records ago the latest with the same key came: what a map of all keys says, as long as it is kept.
import { expect, test } from 'vitest';
import { EarlierKeys } from '../../src/trace/earlier-keys.ts';
import { Identity } from '../../src/trace/identity.ts';
import { BOUND } from '../../src/trace/identity-fields.ts';
import { Random } from '../support/random.ts';

function packet(keyA: number, keyB: number, traits = 0): Identity {
  const made = new Identity();
  Object.assign(made, { keyA, keyB, traits, protocol: 17 });
  return made;
}

test('keys that share a bucket, or one half, are not confused', () => {
  const earlier = new EarlierKeys();
  const random = new Random(1);
  const last = new Map<string, number>();
  for (let n = 0; n < 20_000; n++) {
    // Of one bucket: the low 20 bits are equal.
    const [a, b] = [(Math.floor(random.next() * 50) << 20) | 7, Math.floor(random.next() * 50) - 25];
    const before = last.get(`${a} ${b}`);
    expect(earlier.find(packet(a, b))).toBe(before === undefined ? 0 : n - before);
    last.set(`${a} ${b}`, n);
  }
});

test('a key that is only good within its flow is counted, and not found', () => {
  const earlier = new EarlierKeys();
  expect(earlier.find(packet(1, 2))).toBe(0);
  expect(earlier.find(packet(1, 2, BOUND))).toBe(0);
  expect(earlier.find(packet(1, 2))).toBe(2);
});

test('what came 2^20 records ago is forgotten', () => {
  const earlier = new EarlierKeys();
  const [first, other] = [packet(1, 1), packet(2, 2, BOUND)];
  earlier.find(first);
  for (let n = 0; n < (1 << 20) - 2; n++) earlier.find(other);
  expect(earlier.find(first)).toBe((1 << 20) - 1);
  for (let n = 0; n < (1 << 20) - 1; n++) earlier.find(other);
  expect(earlier.find(first)).toBe(0);
});
