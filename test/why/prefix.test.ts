import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bitsOf, canonical, familyOf, hostsOf, networkOf, onLink, textOf } from '../../src/netns/prefix.ts';

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
