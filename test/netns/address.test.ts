import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonical, contains, networkOf, parsePrefixed, toNumber } from '../../src/netns/address.ts';

test.each([
  ['10.0.1.0/24', '10.0.1.0/24'],
  ['10.0.1.77/24', '10.0.1.0/24'],
  ['10.255.1.77/9', '10.128.0.0/9'],
  ['192.0.2.1/32', '192.0.2.1/32'],
  ['192.0.2.1/0', '0.0.0.0/0'],
  ['fd00:0:0:1::7/64', 'fd00:0:0:1::/64'],
  ['fd00::1/128', 'fd00::1/128'],
  ['::ffff:10.0.0.1/112', '::ffff:10.0.0.0/112'],
])('%s lies in %s', (address, network) => {
  expect(networkOf(parsePrefixed(address))).toBe(network);
  expect(contains(parsePrefixed(network), address.split('/')[0]!)).toBe(true);
});

test.each([
  '10.0.1/24',
  '10.0.1.0',
  '10.0.1.0/33',
  '10.0.1.0/-1',
  '10.0.1.0/',
  '10.0.1.0/24/1',
  'fe80::1%eth0/64',
  'fd00::/129',
  '',
  'x',
])('%j is refused with a sentence', (text) => {
  expect(() => parsePrefixed(text)).toThrow(expect.objectContaining({ code: 'USAGE' }));
});

test('an address in another network, and one of the other family, is not contained', () => {
  expect(contains(parsePrefixed('10.0.1.0/24'), '10.0.2.1')).toBe(false);
  expect(contains(parsePrefixed('0.0.0.0/0'), 'fd00::1')).toBe(false);
});

test('every IPv6 address keeps its value through the canonical form, and contains itself', () => {
  fc.assert(
    fc.property(fc.ipV6(), fc.integer({ min: 0, max: 128 }), (address, prefix) => {
      expect(toNumber(canonical(address))).toBe(toNumber(address));
      const network = parsePrefixed(networkOf(parsePrefixed(`${address}/${prefix}`)));
      expect(contains(network, address)).toBe(true);
      expect(toNumber(network.address) & ((1n << BigInt(128 - prefix)) - 1n)).toBe(0n);
    }),
  );
});
