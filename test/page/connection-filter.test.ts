// Display filters over the page's connections.
import { describe, expect, test } from 'vitest';
import { FilterError } from '../../src/fields/filter/error.ts';
import { parseAddress } from '../../src/page/address.ts';
import { connectionFilter } from '../../src/page/connection-filter.ts';
import type { ConnectionData } from '../../src/page/document.ts';

const row = (stream: number, client: string, server: string, more: Partial<ConnectionData> = {}) =>
  ({
    stream,
    client,
    server,
    clientRtt: null,
    serverRtt: null,
    findings: [],
    verdicts: {},
    ...more,
  }) as unknown as ConnectionData;

const ROWS = [
  row(0, '10.0.1.5:40000', '10.0.2.9:80', {
    verdicts: { retransmission: 7, duplicate_ack: 2 },
    clientRtt: 0.2,
  }),
  row(1, '192.168.1.1:5000', '10.0.2.9:443', { findings: ['slow-start', 'zero-window'], serverRtt: 0.01 }),
  row(2, '[fe80::1]:1000', '[2001:db8::2]:80', { verdicts: { zero_window: 1 } }),
];

const streams = (text: string) => ROWS.filter(connectionFilter(text)).map(({ stream }) => stream);

test.each([
  ['tcp.stream == 1', [1]],
  ['tcp.port == 80', [0, 2]],
  ['tcp.stream <= 1', [0, 1]],
  ['tcp.stream < 1', [0]],
  ['tcp.stream >= 1', [1, 2]],
  ['tcp.stream > 1', [2]],
  ['tcp.stream != 1', [0, 2]],
  ['tcp.port in {443, 1000..1005}', [1, 2]],
  ['ip.addr == 10.0.2.9', [0, 1]],
  ['ip.addr == 10.0.1.0/24', [0]],
  ['ip.src == 192.168.0.0/16 and tcp.dstport == 443', [1]],
  ['ipv6.addr == 2001:db8::/32', [2]],
  ['ip', [0, 1]],
  ['!ip', [2]],
  ['tcp.analysis.flags', [0, 2]],
  ['tcp.analysis.retransmission', [0]],
  ['tcp.analysis.retransmission > 7', []],
  ['tcp.analysis.retransmission >= 7 || tcp.analysis.zero_window', [0, 2]],
  ['tcp.analysis.ack_rtt > 0.1', [0]],
  ['nscap.finding == "zero-window"', [1]],
  ['nscap.finding matches "^ZERO"', [1]],
  ['nscap.finding contains "start" xor tcp.stream == 0', [0, 1]],
  ['not (tcp.stream == 0 or tcp.stream == 2)', [1]],
  ['tcp.port != 80', [1]],
  ['tcp.port ~= 80', [0, 1, 2]],
  ['all tcp.port > 100', [1]],
  ['all ip.addr == 10.0.0.0/8', [0]],
])('%s', (text, expected) => {
  expect(streams(text)).toEqual(expected);
});

describe.each([
  ['tcp.stream ==', /unexpected|ended/i, undefined],
  ['tcp.strem == 1', /"tcp.strem" is no field/, 'tcp.strem'],
  ['tcp.stream == x', /"x" is not a valid number/, 'x'],
  ['ip.addr == 10.0.0.300', /"10.0.0.300" is not a valid address/, '10.0.0.300'],
  ['ip.addr == 10.0.0.0/33', /not a valid address/, '10.0.0.0/33'],
  ['nscap.finding matches "("', /not a valid regular expression/, '"("'],
  ['tcp.stream contains "1"', /cannot be compared/, '"1"'],
  ['len(tcp.stream) > 1', /compares fields only/, undefined],
  ['__proto__ == 1', /"__proto__" is no field/, '__proto__'],
])('%s', (text, message, place) => {
  test('is an error with its place', () => {
    let found: unknown;
    try {
      connectionFilter(text);
    } catch (error) {
      found = error;
    }
    expect(found).toBeInstanceOf(FilterError);
    const error = found as FilterError;
    expect(error.message).toMatch(message);
    if (place !== undefined) expect(text.slice(error.place!.start, error.place!.end)).toBe(place);
  });
});

test('addresses', () => {
  expect(parseAddress('::ffff:10.0.0.1')!.bits).toBe(0xffff0a000001n);
  expect(parseAddress('fe80::1%eth0')!.bits).toBe((0xfe80n << 112n) | 1n);
  expect(parseAddress('::')!.bits).toBe(0n);
  for (const text of [
    '',
    '1.2.3',
    '1::2::3',
    '1:2:3',
    ':::',
    '10.0.0.1/x',
    '10.0.0.1/8/8',
    'g::',
    '1:2:3:4:5:6:7:8:9',
  ]) {
    expect(parseAddress(text)).toBeUndefined();
  }
});
