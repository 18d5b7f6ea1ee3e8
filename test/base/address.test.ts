import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { endpointText, ipv4Text, ipv6Bytes, ipv6Text } from '../../src/base/address.ts';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));

test('addresses are written as ip and tcpdump write them', () => {
  expect(ipv4Text(bytes('0a000100'))).toBe('10.0.1.0');
  expect(ipv6Text(bytes('00000000000000000000000000000000'))).toBe('::');
  expect(ipv6Text(bytes('00000000000000000000000000000001'))).toBe('::1');
  expect(ipv6Text(bytes('fe800000000000000000000000000001'))).toBe('fe80::1');
  expect(ipv6Text(bytes('20010db8000000010001000100010001'))).toBe('2001:db8:0:1:1:1:1:1');
  expect(ipv6Text(bytes('20010db8000000000001000000000001'))).toBe('2001:db8::1:0:0:1');
  expect(ipv6Text(bytes('00000000000000000000ffff0a000100'))).toBe('::ffff:10.0.1.0');
  expect(endpointText('10.0.1.0', 7096)).toBe('10.0.1.0:7096');
  expect(endpointText('fe80::1', 7096)).toBe('[fe80::1]:7096');
});

test('every sixteen bytes give an address that the URL parser reads as the same one', () => {
  const word = fc.oneof(fc.constant([0, 0]), fc.tuple(fc.nat(255), fc.nat(255)));
  fc.assert(
    fc.property(fc.array(word, { minLength: 8, maxLength: 8 }), (words) => {
      const text = ipv6Text(Uint8Array.from(words.flat()));
      expect(isIPv6(text)).toBe(true);
      expect(ipv6Bytes(text)).toEqual(Uint8Array.from(words.flat()));
      const numbers = (one: string) => new URL(`http://[${one}]/`).hostname;
      expect(numbers(text)).toBe(numbers(words.map(([a, b]) => ((a << 8) | b).toString(16)).join(':')));
    }),
  );
});

test('what is an IPv6 address is what Node takes for one', () => {
  const texts = [
    ...['::', '::1', '1::', '1::8', '1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7::', '::2:3:4:5:6:7:8', 'fe80::ABCD'],
    ...['::1.2.3.4', '::ffff:10.0.0.1', '1:2:3:4:5:6:1.2.3.4', '64:ff9b::192.0.2.33'],
    ...[
      '',
      ':',
      ':::',
      '1',
      '1:2',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '1::2::3',
      '12345::',
      'g::',
      ':1:2',
      '1:2:',
    ],
    ...[
      '1.2.3.4',
      '::1.2.3',
      '::1.2.3.256',
      '::1.2.3.4.5',
      '1.2.3.4::',
      '1:2:3:4:5:6:7:1.2.3.4',
      '::01.2.3.4',
      '1:2:3:4:5:6:7:8::',
    ],
  ];
  for (const text of texts) expect(ipv6Bytes(text) !== undefined, text).toBe(isIPv6(text));
});
