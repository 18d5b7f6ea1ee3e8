import { describe, expect, test } from 'vitest';
import { checkSpec, isInterfaceName, type LabSpec, parseListener } from '../../src/lab/spec.ts';
import {
  bridgeSpec,
  chainSpec,
  MOST_NAMESPACES,
  numbered,
  pairSpec,
  starSpec,
} from '../../src/lab/topology.ts';

test('the classic pair, to the letter', () => {
  expect(pairSpec()).toEqual({
    name: 'ns1-ns2',
    namespaces: {
      ns1: { interfaces: { veth0: { addresses: ['10.0.1.0/24'] } }, routes: ['10.0.2.0/24 dev veth0'] },
      ns2: { interfaces: { veth1: { addresses: ['10.0.2.0/24'] } }, routes: ['10.0.1.0/24 dev veth1'] },
    },
    links: [{ ends: ['ns1:veth0', 'ns2:veth1'] }],
  });
});

test('a pair in one network needs no routes', () => {
  const { namespaces } = pairSpec({ addresses: ['10.0.0.1', '10.0.0.2/24'] });
  expect(Object.values(namespaces).map((one) => one.routes)).toEqual([undefined, undefined]);
});

test('a chain: who lies between forwards, and every network has a way', () => {
  const spec = chainSpec({ namespaces: numbered(4), ipv6: true });
  expect(spec.namespaces.ns2).toEqual({
    interfaces: {
      veth0: { addresses: ['10.0.1.2/24', 'fd00:0:0:1::2/64'] },
      veth1: { addresses: ['10.0.2.1/24', 'fd00:0:0:2::1/64'] },
    },
    routes: ['10.0.3.0/24 via 10.0.2.2', 'fd00:0:0:3::/64 via fd00:0:0:2::2'],
    sysctls: { 'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1 },
  });
  expect(spec.namespaces.ns1.sysctls).toBeUndefined();
  expect(spec.namespaces.ns1.routes).toHaveLength(4);
});

test.each([2, 3, 100, 256])('chains, stars and bridges of %i pass their own check', (count) => {
  for (const make of [chainSpec, starSpec, bridgeSpec]) {
    const spec = make({ namespaces: numbered(count), ipv6: true });
    expect(() => checkSpec(spec)).not.toThrow();
    expect(spec.links).toHaveLength(count - 1);
  }
});

describe('a spec that makes no sense is refused, with the place', () => {
  const pair = (change: (spec: LabSpec) => void): LabSpec => {
    const spec = pairSpec();
    change(spec);
    return spec;
  };
  test.each<[string, LabSpec, RegExp]>([
    ['no namespaces', { name: 'x', namespaces: {} }, /^namespaces: a lab has at least one/],
    ['a name with a slash', { name: 'x', namespaces: { '../x': {} } }, /can't be the name of a namespace/],
    [
      'a name with a comment sign',
      { name: 'x', namespaces: { 'a#b': {} } },
      /can't be the name of a namespace/,
    ],
    ['a lab called ../x', { name: '../x', namespaces: { a: {} } }, /can't be the name of a lab/],
    [
      'a link to nowhere',
      pair((spec) => spec.links!.push({ ends: ['ns1:a', 'ns9:b'] })),
      /^links.1.ends.1: .*'ns9'/,
    ],
    [
      'a second link',
      pair((spec) => spec.links!.push({ ends: ['ns1:veth0', 'ns2:b'] })),
      /end of a link already/,
    ],
    [
      'a long name',
      pair((spec) => spec.links!.push({ ends: ['ns1:abcdefghijklmnop', 'ns2:b'] })),
      /can't be the name/,
    ],
    [
      'an interface from nowhere',
      pair((spec) => {
        spec.namespaces.ns1!.interfaces!.eth7 = {};
      }),
      /^namespaces.ns1.interfaces.eth7: eth7 is neither/,
    ],
    [
      'a port of two bridges',
      pair((spec) => {
        Object.assign(spec.namespaces.ns1!.interfaces!, {
          br0: { bridge: ['veth0'] },
          br1: { bridge: ['veth0'] },
        });
      }),
      /br1.bridge.0: veth0 is a port of br0 already/,
    ],
    [
      'an address without length',
      pair((spec) => {
        spec.namespaces.ns1!.interfaces!.veth0!.addresses = ['10.0.0.1'];
      }),
      /veth0.addresses.0: '10.0.0.1' has no prefix length/,
    ],
    [
      'a setting of the whole machine',
      pair((spec) => {
        spec.namespaces.ns1.sysctls = { 'kernel.panic': 1 };
      }),
      /not a setting of a network namespace/,
    ],
    [
      'a setting outside /proc/sys',
      pair((spec) => {
        spec.namespaces.ns1.sysctls = { 'net./../../../etc/passwd': 1 };
      }),
      /not a setting of a network namespace/,
    ],
    [
      'a port of 99999',
      pair((spec) => {
        spec.namespaces.ns1.listeners = [99999];
      }),
      /no port to listen on/,
    ],
  ])('%s', (_, spec, words) => {
    expect(() => checkSpec(spec)).toThrow(words);
  });
});

test.each([
  ['7096', { address: undefined, port: 7096 }],
  ['127.0.0.1:80', { address: '127.0.0.1', port: 80 }],
  ['[::1]:80', { address: '::1', port: 80 }],
  ['0', undefined],
  ['x:80', undefined],
  ['::1:80', undefined],
])('a listener on %s', (text, parsed) => {
  expect(parseListener(text)).toEqual(parsed);
});

test('a name of an interface has at most 15 bytes, whatever its letters', () => {
  expect(isInterfaceName('fifteen-letters')).toBe(true);
  expect(isInterfaceName('sixteen--letters')).toBe(false);
  expect(isInterfaceName('üüüüüüü')).toBe(true);
  expect(isInterfaceName('üüüüüüüü')).toBe(false);
});

test('each of as many namespaces as there may be has an address of its own', () => {
  for (const make of [chainSpec, starSpec, bridgeSpec]) {
    const { namespaces } = make({ namespaces: numbered(MOST_NAMESPACES), ipv6: true });
    const addresses = Object.values(namespaces).flatMap(({ interfaces = {} }) =>
      Object.values(interfaces).flatMap((one) => one.addresses ?? []),
    );
    expect(addresses.length).toBeGreaterThanOrEqual(2 * MOST_NAMESPACES);
    expect(new Set(addresses).size).toBe(addresses.length);
  }
  const { namespaces } = bridgeSpec({ namespaces: numbered(MOST_NAMESPACES) });
  expect(namespaces.ns255!.interfaces!.veth0!.addresses).toEqual(['10.0.0.255/16']);
  expect(namespaces.ns256!.interfaces!.veth0!.addresses).toEqual(['10.0.1.0/16']);
});
