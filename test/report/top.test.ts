// The screen of nscap top, at any size and with any names.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Activity } from '../../src/flow/busiest.ts';
import { type Moment, ORDERS, type Order, topScreen } from '../../src/report/top.ts';

const activity = fc.record({
  label: fc.constantFrom('', 'veth0', 'evil\x1b[2J'),
  client: fc.constantFrom('10.0.0.1', '2001:db8:1234:5678:9abc:def0:1234:5678', '::'),
  clientPort: fc.nat(65535),
  server: fc.constantFrom('10.0.0.2', 'fe80::1'),
  serverPort: fc.nat(65535),
  totalPackets: fc.nat(),
  packets: fc.nat(),
  clientBytes: fc.nat(),
  serverBytes: fc.nat(),
  rtt: fc.option(fc.double({ min: 1, max: 1e12, noNaN: true }), { nil: undefined }),
  totalResent: fc.nat(),
  resent: fc.nat(),
  verdicts: fc.nat(2 ** 18),
  state: fc.constantFrom('opening' as const, 'open', 'closing', 'closed', 'reset'),
  idle: fc.nat(10),
  bytesBefore: fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
  rttBefore: fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
  duplicateAcks: fc.nat(),
  zeroWindows: fc.nat(),
  outOfOrder: fc.nat(),
});

const moments: fc.Arbitrary<Moment> = fc.record({
  title: fc.string({ unit: 'binary' }),
  seconds: fc.double({ min: 0.001, max: 100, noNaN: true }),
  packets: fc.nat(),
  bytes: fc.nat(),
  tcpPackets: fc.nat(),
  dropped: fc.nat(),
  connections: fc.nat(),
  order: fc.constantFrom(...(Object.keys(ORDERS) as Order[])),
  activities: fc.array(activity, { maxLength: 40 }),
});

test('no line is wider and no screen higher than asked, and nothing but text and style comes out', () => {
  fc.assert(
    fc.property(
      moments,
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 50 }),
      (moment, width, height) => {
        const lines = topScreen(moment, width, height);
        expect(lines.length).toBeLessThanOrEqual(height);
        for (const line of lines) {
          const text = line.replace(/\x1b\[[017]m/g, '');
          expect(text.length).toBeLessThanOrEqual(width);
          expect(text).toMatch(/^[\x20-\x7eµ…\u2581-\u2588]*$/);
        }
      },
    ),
  );
});

test('whole endpoints are shown before columns of the past', () => {
  const [one] = fc.sample(activity, { numRuns: 1, seed: 1 });
  const long = {
    ...one,
    label: 'veth0',
    client: '10.0.0.1',
    clientPort: 40_000,
    server: '10.0.0.2',
    serverPort: 7000,
  };
  const [moment] = fc.sample(moments, { numRuns: 1, seed: 1 });
  const at = (width: number) => topScreen({ ...moment, activities: [long] }, width, 10).join('\n');
  expect(at(108)).toContain('veth0 10.0.0.1:40000 > 10.0.0.2:7000');
  expect(at(108)).not.toContain('traffic');
  expect(at(150)).toContain('traffic');
});

test('who retransmits now comes before who has retransmitted more, and without a round-trip time is last', () => {
  const [one] = fc.sample(activity, 1);
  const by = (order: Order, ...all: Partial<Activity>[]) =>
    all.map((more) => ORDERS[order].rank({ ...one!, ...more }));
  const [now, before, never] = by(
    'retransmissions',
    { resent: 1, totalResent: 1 },
    { resent: 0, totalResent: 900 },
    { resent: 0, totalResent: 0 },
  );
  expect(now).toBeGreaterThan(before!);
  expect(before).toBeGreaterThan(never!);
  const [slow, quick, unknown] = by('rtt', { rtt: 2e6 }, { rtt: 0 }, { rtt: undefined });
  expect(slow).toBeGreaterThan(quick!);
  expect(quick).toBeGreaterThan(unknown!);
  expect(by('bytes', { clientBytes: 1, serverBytes: 2 })).toEqual([3]);
});
