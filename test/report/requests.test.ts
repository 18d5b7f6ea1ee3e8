// Times of requests, and what became of assertions: as numbers and as JUnit's XML.
import { expect, test } from 'vitest';
import type { Exchanges } from '../../src/flow/exchanges.ts';
import type { Pair } from '../../src/flow/pairs.ts';
import { junitXml } from '../../src/report/junit.ts';
import { inSeconds, roundTrips } from '../../src/report/round-trips.ts';

/** Requests that took so many nanoseconds, 0 for no answer. */
function times(...elapsed: number[]) {
  const answered = elapsed.filter((time) => time > 0);
  const pair = {
    requests: elapsed.length,
    replies: answered.length,
    rttMin: Math.min(...answered),
    rttMax: Math.max(...answered),
    rttSum: answered.reduce((sum, time) => sum + time, 0),
  } as Pair;
  const exchanges = {
    answerFrame: elapsed.map((time) => (time > 0 ? 1 : 0)),
    elapsed,
  } as unknown as Exchanges;
  return roundTrips([pair], exchanges, [...elapsed.keys()]);
}

test('percentiles are by nearest rank, of answered requests', () => {
  const upTo = (count: number) => Array.from({ length: count }, (_, i) => count - i);
  expect(times(...upTo(100), 0, 0)).toEqual({ min: 1, mean: 50.5, p50: 50, p95: 95, p99: 99, max: 100 });
  expect(times(...upTo(10))).toMatchObject({ p50: 5, p95: 10, p99: 10 });
  expect(times(...upTo(3))).toMatchObject({ p50: 2, p95: 3 });
  expect(times(7)).toMatchObject({ min: 7, mean: 7, p50: 7, p99: 7, max: 7 });
  expect(times(0, 0)).toBeUndefined();
  expect(inSeconds(times(1_500_000))!.p50).toBe(0.0015);
});

test("JUnit's XML counts failures and has a case for each assertion", () => {
  const outcome = (text: string, holds: boolean) => ({
    text,
    label: 'a:b',
    holds,
    sentence: `${text} is <no>`,
  });
  expect(junitXml('nscap', [outcome('x < 1', true), outcome('y > 2', false), outcome('z', true)])).toBe(
    `<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="3" failures="1" errors="0">
  <testsuite name="nscap" tests="3" failures="1" errors="0">
    <testcase classname="nscap" name="a:b: x &#60; 1"/>
    <testcase classname="nscap" name="a:b: y &#62; 2">
      <failure message="y &#62; 2 is &#60;no&#62;"/>
    </testcase>
    <testcase classname="nscap" name="a:b: z"/>
  </testsuite>
</testsuites>
`,
  );
});
