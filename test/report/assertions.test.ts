// Assertions: what can be said, and what is told when it does not hold.
import { expect, test } from 'vitest';
import { Analysis } from '../../src/flow/analysis.ts';
import { Queries } from '../../src/flow/queries.ts';
import { Statistics } from '../../src/flow/statistics.ts';
import { assertionHelp, checkAssertions, failures, parseAssertions } from '../../src/report/assertions.ts';

function failed(...texts: string[]): string[] {
  const statistics = new Statistics(new Analysis());
  // Connections that were evicted count in the sum of all.
  const summary = statistics.retired;
  summary.retransmissions = 3;
  summary.dataPackets = 100;
  summary.bytes = 123_456;
  Object.assign(summary.rtt, { count: 2, sum: 3e6, min: 1e6, max: 2e6 });
  for (let i = 0; i < 100; i++) statistics.rtt.add(2e6);
  return failures(checkAssertions(parseAssertions(texts), { statistics, queries: new Queries() }));
}

test('assertions that hold are no failures', () => {
  const held = [
    'retransmissions == 3',
    'retransmissions.share <= 3 %',
    'retransmissions.share < 0.05',
    'rtt.max <= 2ms',
    'rtt.p99 < 2.1 ms',
    'rtt.min>=1000us',
    'resets == 0',
    'bytes < 124 kB',
    'zero_window != 1',
  ];
  expect(failed(...held)).toEqual([]);
});

test('those that do not are told with the value seen', () => {
  expect(failed('retransmissions == 0', 'rtt.max < 1ms', 'handshake.max < 1s', 'bytes < 1 KiB')).toEqual([
    'retransmissions == 0 does not hold: retransmissions is 3',
    'rtt.max < 1ms does not hold: rtt.max is 2.00 ms',
    'handshake.max < 1s is unknown: the capture has no handshake.max',
    'bytes < 1 KiB does not hold: bytes is 123 kB (123456 B)',
  ]);
});

test.each([
  ['retransmissions', /is not NAME OPERATOR VALUE/],
  ['retransmissions = 0', /is not NAME OPERATOR VALUE/],
  ['retries == 0', /nothing called 'retries'/],
  ['constructor == 0', /nothing called/],
  ['rtt.p99 < 1', /lacks a unit/],
  ['rtt.p99 < 1 MB', /'MB' is not a unit of rtt.p99/],
  ['retransmissions == 1 ms', /'ms' is not a unit/],
])('%s is a usage error', (text, message) => {
  expect(() => parseAssertions([text])).toThrow(message);
});

test('the help names every quantity with its units', () => {
  expect(assertionHelp()).toMatch(/rtt\.p99 +99th percentile of round-trip times \[s ms us µs ns\]/);
});
