import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  bitsOf,
  canonical,
  covers,
  familyOf,
  hostsOf,
  networkOf,
  networkText,
  onLink,
  parseTypedPrefix,
  textOf,
} from '../../src/netns/prefix.ts';

test('an IPv4 address is the same after text, number and text', () => {
  fc.assert(
    fc.property(fc.ipV4(), (text) => {
      expect(textOf(bitsOf(text), 4)).toBe(text);
    }),
  );
});

test('an IPv6 address is the same number however it is written', () => {
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      expect(bitsOf(canonical(text))).toBe(bitsOf(text));
      expect(familyOf(canonical(text))).toBe(6);
    }),
  );
});

test.each([
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['fd00:0000::0001', 'fd00::1'],
  ['::', '::'],
  ['1::', '1::'],
  ['0:0:0:0:0:0:0:1', '::1'],
  ['::ffff:a00:1', '::ffff:10.0.0.1'],
  ['fe80::1%eth0', 'fe80::1'],
])('%s is written %s (RFC 5952)', (text, short) => expect(canonical(text)).toBe(short));

test('networks', () => {
  expect(networkOf('10.0.2.77', 24)).toBe('10.0.2.0/24');
  expect(networkOf('fd00:1::77', 64)).toBe('fd00:1::/64');
  expect(onLink('10.0.1.1', 30, '10.0.1.2')).toBe(true);
  expect(onLink('10.0.1.1', 30, '10.0.1.5')).toBe(false);
  expect(onLink('10.0.1.1', 24, 'fd00::1')).toBe(false);
  expect([...hostsOf('10.0.0.9', 30)]).toEqual(['10.0.0.9', '10.0.0.10']);
  expect([...hostsOf('10.0.0.9', 31)]).toEqual(['10.0.0.8', '10.0.0.9']);
});

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
  expect(networkText(parseTypedPrefix(address))).toBe(network);
  expect(covers(parseTypedPrefix(network), address.split('/')[0])).toBe(true);
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
  expect(() => parseTypedPrefix(text)).toThrow(expect.objectContaining({ code: 'USAGE' }));
});

test('an address in another network, and one of the other family, is not covered', () => {
  expect(covers(parseTypedPrefix('10.0.1.0/24'), '10.0.2.1')).toBe(false);
  expect(covers(parseTypedPrefix('0.0.0.0/0'), 'fd00::1')).toBe(false);
});

test('every IPv6 address lies in its network', () => {
  fc.assert(
    fc.property(fc.ipV6(), fc.integer({ min: 0, max: 128 }), (address, length) => {
      const network = parseTypedPrefix(networkText(parseTypedPrefix(`${address}/${length}`)));
      expect(covers(network, address)).toBe(true);
      expect(network.bits & ((1n << BigInt(128 - length)) - 1n)).toBe(0n);
    }),
  );
});

test('a prefix covers its first and last address, no neighbour, and none of the other family', () => {
  const four = parseTypedPrefix('10.0.1.128/25');
  expect(['10.0.1.127', '10.0.1.128', '10.0.1.255', '10.0.2.0'].map((one) => covers(four, one))).toEqual([
    false,
    true,
    true,
    false,
  ]);
  const all = parseTypedPrefix('0.0.0.0/0');
  expect(['255.255.255.255', '::', 'fd00::1'].map((one) => covers(all, one))).toEqual([true, false, false]);
  const six = parseTypedPrefix('::/96');
  expect(['::a00:1', '10.0.0.1'].map((one) => covers(six, one))).toEqual([true, false]);
});
