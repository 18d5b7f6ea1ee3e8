// Routes, rules, neighbours, queues and look-ups by netlink are what ip and tc say, in a namespace of many kinds of them.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  forwardingStateByIp,
  forwardingStateByKernel,
  hasIpsecPolicies,
  queuesByKernel,
  queuesByTc,
} from '../../src/netns/forwarding-state.ts';
import { attemptInside } from '../../src/netns/inside.ts';
import type { Interface } from '../../src/netns/interface.ts';
import { interfaces } from '../../src/netns/interfaces.ts';
import type { Namespace } from '../../src/netns/namespace.ts';
import { resolveNamespace } from '../../src/netns/resolve.ts';
import { lookUpByIp, lookUpByKernel, type RouteQuestion } from '../../src/netns/route-lookup.ts';
import { has } from '../support/needs.ts';
import { removeNamespaces, sh, uniqueName } from './support.ts';

const [near, far] = [uniqueName('fs'), uniqueName('fs')];

describe.runIf(has('root'))('asked by netlink', () => {
  let namespace: Namespace;
  let links: Interface[];
  const ip = (line: string) => sh('ip', '-n', near, ...line.split(' '));

  beforeAll(async () => {
    for (const name of [near, far]) sh('ip', 'netns', 'add', name);
    ip(`link add name v0 type veth peer name v1 netns ${far}`);
    sh('ip', '-n', far, 'link', 'set', 'dev', 'v1', 'up');
    for (const line of [
      'link set dev lo up',
      // A link-local address would come to be between two looks (duplicate address detection).
      'link set dev v0 addrgenmode none',
      'link set dev v0 up',
      'address add 10.0.1.1/24 dev v0',
      'address add fd00:1::1/64 dev v0 nodad',
      'route add default via 10.0.1.254 metric 7',
      'route add 10.77.0.0/16 nexthop via 10.0.1.254 weight 1 nexthop via 10.0.1.253 dev v0 weight 2',
      'route add 10.78.0.0/16 via 10.0.1.254 mtu 1300 hoplimit 3 table 77',
      'route add 10.79.0.0/16 via inet6 fd00:1::9 dev v0',
      'route add blackhole 10.80.0.0/16',
      'route add unreachable 10.81.0.0/16',
      'route add 10.82.0.0/16 via 10.0.1.254 mtu 1280',
      'route add local 10.83.0.0/16 dev lo',
      '-6 route add fd02::/64 dev v0 metric 5',
      '-6 route add prohibit fd01::/64',
      '-6 route add default via fd00:1::9',
      'rule add from 10.0.1.0/24 fwmark 5/0xff dport 80 ipproto tcp iif v0 table 77',
      'rule add to 10.78.0.0/16 fwmark 6 table 77',
      'rule add not to 10.9.9.9 oif lo prohibit',
      'rule add sport 5-9 dport 7 to 10.99.0.1 blackhole',
      '-6 rule add from fd00:1::1 sport 5-9 ipproto udp lookup main',
      'neighbour add 10.0.1.9 lladdr 02:00:00:00:00:01 dev v0',
      'neighbour add 10.0.1.10 nud failed dev v0',
      'neighbour add fd00:1::5 lladdr 02:00:00:00:00:02 dev v0 nud noarp',
    ])
      ip(line);
    sh('tc', '-n', near, 'qdisc', 'add', 'dev', 'v0', 'clsact');
    namespace = await resolveNamespace(near);
    links = await interfaces(namespace);
  });
  afterAll(() => removeNamespaces(near, far));

  test('routes, rules and neighbours', async () => {
    const found = forwardingStateByKernel(namespace, links)!;
    const listed = await forwardingStateByIp(namespace);
    const plain = (all: readonly object[]) =>
      all.map((one) => Object.fromEntries(Object.entries(one).sort())).sort(byText);
    expect(plain(found.routes)).toEqual(plain(listed.routes));
    expect(plain(found.rules)).toEqual(plain(listed.rules));
    expect(plain(found.neighbours)).toEqual(plain(listed.neighbours));
    expect([found.proxies, listed.proxies]).toEqual([false, false]);
    expect(found.rules.find((one) => one.sport !== undefined && one.family === 4)).toMatchObject({
      sport: '5-9',
      dport: 7,
      action: 'blackhole',
    });
  });

  test('who answers for others', async () => {
    ip('neighbour add proxy 10.0.1.77 dev v0');
    expect(forwardingStateByKernel(namespace, links)!.proxies).toBe(true);
    expect((await forwardingStateByIp(namespace)).proxies).toBe(true);
    ip('neighbour del proxy 10.0.1.77 dev v0');
  });

  test('queues that hand on what they get; others are left to tc', async () => {
    const plain = (one: object) => {
      const { kind, dev, handle, parent, root, packets, drops } = one as Record<string, unknown>;
      return { kind, dev, handle, parent, root, packets, drops };
    };
    const found = queuesByKernel(namespace, links)!;
    expect(found.map(plain)).toEqual((await queuesByTc(namespace)).map(plain));
    expect(found.map((one) => one.kind)).toContain('clsact');
    sh('tc', '-n', near, 'qdisc', 'add', 'dev', 'v0', 'root', 'pfifo', 'limit', '10');
    expect(queuesByKernel(namespace, links)).toBeUndefined();
    sh('tc', '-n', near, 'qdisc', 'delete', 'dev', 'v0', 'root');
  });

  test.for<RouteQuestion>([
    { family: 4, target: '10.0.1.2' },
    { family: 4, target: '10.0.1.1' },
    { family: 4, target: '192.0.2.1', source: '10.0.1.1' },
    { family: 4, target: '192.0.2.1', source: '10.0.1.77' },
    { family: 4, target: '10.78.0.1', mark: 6 },
    { family: 4, target: '10.78.0.1' },
    { family: 4, target: '10.79.0.1' },
    { family: 4, target: '10.80.0.1' },
    { family: 4, target: '10.81.0.1' },
    { family: 4, target: '10.82.0.1' },
    { family: 4, target: '10.83.0.1' },
    { family: 4, target: '10.99.0.1', protocol: 'udp', port: 7, ownPort: 6 },
    { family: 4, target: '10.99.0.1', protocol: 'udp', port: 7, ownPort: 16 },
    { family: 4, target: '10.0.1.1', source: '10.0.1.5', iif: 'v0' },
    { family: 4, target: '10.0.7.1', source: '10.0.1.5', iif: 'v0' },
    { family: 6, target: 'fd00:1::2' },
    { family: 6, target: 'fd00:1::1' },
    { family: 6, target: 'fd01::1' },
    { family: 6, target: '2001:db8::1', source: 'fd00:1::1' },
    { family: 6, target: 'fe80::1', oif: 'v0' },
  ])('a look-up: %o', async (question) => {
    const found = lookUpByKernel(namespace, links, question);
    const told = await lookUpByIp(namespace, question);
    expect(found).toEqual(told);
  });

  test('IPsec policies', () => {
    expect(hasIpsecPolicies(namespace)).toBe(false);
    ip('xfrm policy add src 10.0.1.0/24 dst 10.9.0.0/16 dir out action block');
    expect(hasIpsecPolicies(namespace)).toBe(true);
  });

  test('a program begins inside the namespace', async () => {
    const { stdout } = await attemptInside(namespace, ['readlink', '/proc/self/ns/net']);
    expect(stdout.trim()).toBe(`net:[${namespace.inode}]`);
    await expect(attemptInside(namespace, ['no-such-program'])).rejects.toMatchObject({
      code: 'MISSING_TOOL',
    });
    const { stdout: outside } = await attemptInside({ ...namespace, enter: [] }, [
      'readlink',
      '/proc/self/ns/net',
    ]);
    expect(outside.trim()).not.toBe(`net:[${namespace.inode}]`);
  });
});

function byText(one: object, other: object): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;
}
