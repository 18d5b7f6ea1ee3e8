// What programs print in JSON, where it is not what they usually print: what is there is taken, and nothing else.
import { expect, test } from 'vitest';
import { countersOf, countersOfPrograms } from '../../src/drops/counters/read.ts';
import { containersInspectedByCri, inspectedContainers } from '../../src/netns/containers.ts';
import { interfacesFrom, type Listed } from '../../src/netns/interfaces.ts';
import { listedObjects } from '../../src/netns/iproute-json.ts';
import { routesFrom } from '../../src/netns/routes.ts';
import { chainsFromNft } from '../../src/why/nft.ts';
import type { FirewallPacket } from '../../src/why/ruleset.ts';

test.each(['BusyBox v1.36.1 multi-call binary.', '[{"ifname":"eth0"', 'null', '{"ifname":"eth0"}'])(
  'ip that prints %s is said to be another ip, in a sentence',
  (text) => {
    expect(() => listedObjects(text)).toThrow('ip -json prints what is not a list in JSON');
  },
);

test('a list with nothing, with less, and with what is no object', () => {
  expect(listedObjects('')).toEqual([]);
  expect(listedObjects('[ ]\n')).toEqual([]);
  expect(listedObjects('[{"a":1},null,[],3]')).toEqual([{ a: 1 }]);
  const link = { ifname: 'eth0', ifindex: 2, flags: ['UP'], mtu: 1500, operstate: 'UP', link_type: 'ether' };
  const listed = [
    {},
    { ifname: 'gone' },
    { ...link, addr_info: [{}, { local: '10.0.0.1', family: 'inet' }] },
  ];
  expect(interfacesFrom(listed as Listed[])).toMatchObject([
    { name: 'eth0', addresses: [{ address: '10.0.0.1' }] },
  ]);
  const routes = [
    { flags: [] },
    { dst: '100', flags: [] },
    { dst: '10.0.0.0/33', flags: [] },
    { dst: 'default' },
    { dst: '10.0.0.0/8', flags: [] },
  ];
  expect(routesFrom(routes as never, 4)).toMatchObject([{ destination: '10.0.0.0/8' }]);
});

test('containers without a name or an id are none, and a process that is no number is unknown', () => {
  const text = JSON.stringify([{ Id: 'a' }, null, { Id: 'b', Name: '/web', State: { Pid: '7' } }]);
  expect(inspectedContainers('docker', text)).toEqual([
    { id: 'b', name: 'web', engine: 'docker', process: 0 },
  ]);
  expect(containersInspectedByCri('{"status":null}')).toEqual([]);
});

test('counters that are not there are not counted: neither as none nor as a number that is none', () => {
  const files: Record<string, string> = { dev: ' eth0: 1 2 3\n', snmp: 'Udp: NoPorts InErrors\nUdp: 7\n' };
  expect(countersOf((name) => files[name] ?? '', false)).toEqual([
    { name: 'UdpNoPorts', value: 7, reason: 'NO_SOCKET' },
  ]);
  expect(countersOfPrograms([{ drops: 3 }], undefined)).toEqual([]);
  expect(countersOfPrograms({ kind: 'netem' }, { nftables: [{ rule: { handle: 1 } }, null] })).toEqual([]);
});

const PACKET: FirewallPacket = {
  family: 4,
  layer: 'inet',
  source: '10.0.0.1',
  target: '10.0.0.2',
  protocol: 'tcp',
  port: 80,
  reply: false,
};

test.each([
  ['mangle without a key', { mangle: '' }, true],
  ['vmap without data', { vmap: { key: { payload: { protocol: 'tcp', field: 'dport' } } } }, true],
  ['match without sides', { match: null }, undefined],
  ['concat that is no list', { match: { op: '==', left: { concat: 1 }, right: '@s' } }, undefined],
  [
    'prefix without an address',
    { match: { op: '==', left: { payload: { protocol: 'ip', field: 'saddr' } }, right: { prefix: 1 } } },
    undefined,
  ],
])("nft's JSON with a %s: the rule is read as far as it is known", (_, statement, matches) => {
  const place = { family: 'inet', table: 'f' };
  const text = JSON.stringify({
    nftables: [
      { chain: { ...place, name: 'c', handle: 1 } },
      { rule: { ...place, chain: 'c', handle: 2, expr: [statement] } },
    ],
  });
  const [rule] = chainsFromNft(text).chains[0].rules;
  expect(rule.matches(PACKET)).toBe(matches);
  expect(rule.actions.map((act) => act(PACKET))).toEqual([{ kind: 'none' }]);
});
