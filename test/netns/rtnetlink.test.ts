// What the kernel is asked for by netlink is what ip lists, word for word, in a namespace of many kinds of addresses and routes.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { interfacesByIp } from '../../src/netns/interfaces.ts';
import { HERE, type Namespace } from '../../src/netns/namespace.ts';
import { resolveNamespace } from '../../src/netns/resolve.ts';
import { routesByIp } from '../../src/netns/routes.ts';
import { byRtnetlink } from '../../src/netns/rtnetlink.ts';
import { firewallTables, fixedNeighbours, rules, sysctls } from '../../src/netns/settings.ts';
import { has } from '../support/needs.ts';
import { removeNamespaces, sh, uniqueName } from './support.ts';

const [near, far] = [uniqueName('rt'), uniqueName('rt')];

describe.runIf(has('root'))('asked by netlink', () => {
  let namespace: Namespace;
  const ip = (...args: string[]) => sh('ip', '-n', near, ...args);

  beforeAll(async () => {
    for (const name of [near, far]) sh('ip', 'netns', 'add', name);
    ip('link', 'add', 'name', 'up', 'type', 'veth', 'peer', 'name', 'mtu', 'netns', far);
    ip('link', 'add', 'name', 'v1', 'mtu', '1400', 'type', 'veth', 'peer', 'name', 'v2');
    // A link-local address would come to be between two looks (duplicate address detection).
    for (const device of ['up', 'v1', 'v2']) ip('link', 'set', 'dev', device, 'addrgenmode', 'none');
    for (const device of ['up', 'v1', 'lo']) ip('link', 'set', 'dev', device, 'up');
    sh('ip', '-n', far, 'link', 'set', 'dev', 'mtu', 'up');
    ip('link', 'set', 'dev', 'v1', 'multicast', 'off');
    ip('link', 'set', 'dev', 'v2', 'arp', 'off');
    ip('address', 'add', '10.7.1.1/24', 'dev', 'up');
    ip('address', 'add', '10.7.1.9/32', 'peer', '10.7.9.9/32', 'dev', 'up');
    ip('address', 'add', '10.7.2.1/25', 'dev', 'up', 'scope', 'link');
    ip('address', 'add', 'fd00:7::1/64', 'dev', 'up', 'nodad');
    ip('address', 'add', 'fd00:7::2/64', 'peer', 'fd00:8::1/128', 'dev', 'up', 'nodad');
    ip('route', 'add', 'default', 'via', '10.7.1.2', 'metric', '7');
    ip(
      'route',
      'add',
      '10.8.0.0/16',
      'via',
      '10.7.1.3',
      'table',
      '100',
      'proto',
      'static',
      'src',
      '10.7.1.1',
    );
    ip('route', 'add', '10.9.0.0/16', 'via', 'inet6', 'fd00:7::5', 'dev', 'up');
    ip('route', 'add', 'blackhole', '10.10.0.0/16');
    ip('route', 'add', 'prohibit', '10.11.0.0/16', 'proto', '77');
    ip('route', 'add', '10.12.0.1', 'via', '192.0.2.1', 'dev', 'up', 'onlink');
    ip('-6', 'route', 'add', 'unreachable', 'fd00:9::/32');
    ip('-6', 'route', 'add', 'default', 'via', 'fd00:7::5');
    ip('neighbour', 'add', '10.7.1.7', 'lladdr', '02:00:00:00:00:07', 'dev', 'up', 'nud', 'permanent');
    ip('neighbour', 'add', '10.7.1.8', 'lladdr', '02:00:00:00:00:08', 'dev', 'up', 'nud', 'reachable');
    ip('rule', 'add', 'to', '10.8.0.0/16', 'priority', '50', 'table', '100');
    ip('-6', 'rule', 'add', 'priority', '60', 'prohibit');
    namespace = await resolveNamespace(near);
  });
  afterAll(() => removeNamespaces(near, far));

  test('interfaces and their addresses', async () => {
    const found = byRtnetlink(namespace, (kernel) => kernel.interfaces());
    expect(found?.map((one) => one.name)).toEqual(
      ['lo', 'up', 'v2', 'v1'].sort((a, b) => order(found!, a) - order(found!, b)),
    );
    expect(found).toEqual(await interfacesByIp(namespace));
  });

  test('routes of all tables', async () => {
    const found = byRtnetlink(namespace, (kernel) => kernel.routes())!;
    expect(found).toEqual(await routesByIp(namespace));
    expect(found.find((one) => one.destination === '10.9.0.0/16')).toMatchObject({ gateway: 'fd00:7::5' });
  });

  test('rules and fixed neighbours', async () => {
    expect(await rules(namespace)).toEqual([
      { family: 4, priority: 0 },
      { family: 4, priority: 50, destination: '10.8.0.0' },
      { family: 4, priority: 32766 },
      { family: 4, priority: 32767 },
      { family: 6, priority: 0 },
      { family: 6, priority: 60, action: 'prohibit' },
      { family: 6, priority: 32766 },
    ]);
    expect(await fixedNeighbours(namespace)).toEqual([
      { address: '10.7.1.7', device: 'up', mac: '02:00:00:00:00:07' },
    ]);
  });

  test('settings are those of the namespace, with either separator', async () => {
    ip('link', 'set', 'dev', 'v2', 'name', 'v2.5');
    sh(
      'ip',
      'netns',
      'exec',
      near,
      'sysctl',
      '-qw',
      'net/ipv4/conf/v2.5/rp_filter=2',
      'net.ipv4.ip_forward=1',
    );
    sh('ip', 'netns', 'exec', far, 'sysctl', '-qw', 'net.ipv4.ip_forward=0');
    const keys = [
      'net/ipv4/conf/v2.5/rp_filter',
      'net.ipv4.conf.v2/5.rp_filter',
      'net.ipv4.ip_forward',
      'net.none',
    ];
    expect([...(await sysctls(namespace, keys)).values()]).toEqual(['2', '2', '1', '']);
    const there = await resolveNamespace(far);
    expect((await sysctls(there, ['net.ipv4.ip_forward'])).get('net.ipv4.ip_forward')).toBe('0');
  });

  test('a bridge and its ports are left to ip, which knows their details', () => {
    ip('link', 'add', 'name', 'br0', 'type', 'bridge');
    expect(byRtnetlink(namespace, (kernel) => kernel.interfaces())).toBeUndefined();
    ip('link', 'delete', 'dev', 'br0');
  });

  test.runIf(has('nft'))('the tables of the firewall', () => {
    expect(firewallTables(namespace)).toEqual([]);
    sh('ip', 'netns', 'exec', near, 'nft', 'add', 'table', 'inet', 'one');
    expect(firewallTables(namespace)).toEqual(['one']);
  });

  test('a file that has become another namespace is not read as the one it was', () => {
    const left = { ...HERE, inode: HERE.inode + 1, enter: ['nsenter', '--net=/proc/self/ns/net'] };
    expect(byRtnetlink(left, (kernel) => kernel.links())).toBeUndefined();
  });
});

function order(all: readonly { name: string; index: number }[], name: string): number {
  return all.find((one) => one.name === name)!.index;
}
