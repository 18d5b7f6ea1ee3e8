// A rule that takes every n-th packet is told from chance.
import { expect, test } from 'vitest';
import { regularity } from '../../src/flow/findings/regularity.ts';
import { ordinal } from '../../src/report/tcp/loss.ts';

/** As many losses as are remembered. */
const KEPT = 16;

/** The losses among `packets` packets, as far as they are remembered, and what is made of them. */
function found(packets: number, isLost: (place: number) => boolean): number {
  const all = Array.from({ length: packets }, (_, i) => i + 1).filter(isLost);
  return regularity(all.slice(0, KEPT), packets, all.length <= KEPT);
}

/** Numbers from 0 to 1, the same each time. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

test('every n-th is found, wherever it begins', () => {
  for (const n of [2, 3, 5, 7, 11, 17, 50, 100]) {
    for (const first of [0, 1, n - 1]) expect(found(6 * n, (place) => place % n === first % n)).toBe(n);
  }
});

test('losses by chance and losses of ACKs in between leave the rule to be found', () => {
  const random = chance(1);
  for (const n of [3, 7, 17]) {
    let right = 0;
    for (let round = 0; round < 200; round++) {
      const every = found(40 * n, (place) => (place % n === 0 && random() < 0.9) || random() < 0.003);
      if (every === n) right++;
      else expect(every % n).toBe(0);
    }
    expect(right).toBeGreaterThan(190);
  }
});

test('another packet that the rule counts shifts the step and does not hide it', () => {
  expect(found(170, (place) => (place < 80 ? place : place + 1) % 17 === 0)).toBe(17);
});

test('chance is taken for a rule in few of a hundred cases', () => {
  const random = chance(2);
  for (const [share, packets] of [
    [0.3, 300],
    [0.1, 100],
    [0.05, 100],
    [0.01, 400],
  ] as const) {
    let wrong = 0;
    for (let round = 0; round < 1000; round++) if (found(packets, () => random() < share) > 0) wrong++;
    expect(wrong).toBeLessThan(30);
  }
});

test('few losses among many packets, and losses in a row, are no rule', () => {
  expect(regularity([1000, 1017, 1034], 5000, true)).toBe(0);
  expect(regularity([10, 11, 12, 13, 14, 15, 16], 100, true)).toBe(0);
  expect(regularity([10, 20], 25, true)).toBe(0);
  expect(regularity([], 25, true)).toBe(0);
});

test('ordinals', () => {
  expect([1, 2, 3, 4, 11, 12, 13, 21, 102, 111].map(ordinal)).toEqual([
    '1st',
    '2nd',
    '3rd',
    '4th',
    '11th',
    '12th',
    '13th',
    '21st',
    '102nd',
    '111th',
  ]);
});
