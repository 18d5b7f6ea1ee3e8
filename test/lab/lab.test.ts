import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { createLab, withLab } from '../../src/lab/create.ts';
import { type LabRecord, readRecord, recordPath } from '../../src/lab/record.ts';
import { removeLab } from '../../src/lab/remove.ts';
import type { LabSpec } from '../../src/lab/spec.ts';
import { labStatus } from '../../src/lab/status.ts';
import { bridgeSpec, chainSpec, pairSpec, starSpec } from '../../src/lab/topology.ts';
import { namespaceNames, spawnIn } from '../../src/netns/namespace.ts';
import { resolveNamespace } from '../../src/netns/resolve.ts';
import { errorOf, removeNamespaces, sh, uniqueName } from '../netns/support.ts';
import { has } from '../support/needs.ts';

const own = (count: number) => Array.from({ length: count }, () => uniqueName());
const pair = (): LabSpec => pairSpec({ namespaces: own(2) as [string, string] });

describe.runIf(has('root'))('labs', () => {
  let spec: LabSpec;
  afterEach(async () => {
    const record = await readRecord(spec.name);
    if (record !== undefined) await removeLab(record);
    removeNamespaces(...Object.keys(spec.namespaces));
  });

  const left = async () => (await namespaceNames()).filter((name) => Object.hasOwn(spec.namespaces, name));
  const ping = (from: string, to: string) =>
    sh('ip', 'netns', 'exec', from, 'ping', '-c', '1', '-W', '60', to).includes(' 0% packet loss');

  test('the classic pair is there as typed, pings, has drifted nowhere, and is gone afterwards', async () => {
    spec = pair();
    const [one, two] = Object.keys(spec.namespaces) as [string, string];
    const record = await createLab(spec);
    expect(sh('ip', '-n', one, '-brief', 'address', 'show', 'veth0')).toMatch(
      /^veth0@\S+ +UP +10\.0\.1\.0\/24/,
    );
    expect(sh('ip', '-n', one, 'route')).toBe(
      '10.0.1.0/24 dev veth0 proto kernel scope link src 10.0.1.0 \n10.0.2.0/24 dev veth0 scope link \n',
    );
    expect(sh('ip', '-n', two, 'link', 'show', 'lo')).toContain('LOOPBACK,UP,LOWER_UP');
    expect(ping(one, '10.0.2.0') && ping(two, '10.0.1.0')).toBe(true);
    const status = await labStatus(record);
    expect(status).toMatchObject({ name: spec.name, state: 'up', drift: [] });
    expect(status.namespaces[0].interfaces[1]).toEqual({
      name: 'veth0',
      kind: 'veth',
      peer: `${two}:veth1`,
      addresses: ['10.0.1.0/24'],
      state: 'up',
      mtu: 1500,
      routes: ['10.0.2.0/24 dev veth0'],
    });
    expect(await removeLab(record)).toMatchObject({ removed: [one, two], left: [], processes: [] });
    expect(await left()).toEqual([]);
    expect(existsSync(recordPath(spec.name))).toBe(false);
  });

  test.each([
    ['chain', chainSpec, '10.0.3.2', 'fd00:0:0:3::2'],
    ['star', starSpec, '10.0.3.2', 'fd00:0:0:3::2'],
    ['bridge', bridgeSpec, '10.0.0.4', 'fd00::4'],
  ] as const)('a %s of four: the second reaches the last, by IPv4 and IPv6', async (_, make, four, six) => {
    spec = make({ namespaces: own(4), ipv6: true, mtu: 1400 });
    const record = await createLab(spec);
    const second = Object.keys(spec.namespaces)[1];
    expect(ping(second, four)).toBe(true);
    expect(ping(second, six)).toBe(true);
    expect((await labStatus(record)).drift).toEqual([]);
  });

  test('settings, firewall, rate, VLAN-free bridge and listeners: all there, then all drifted, then all said', async () => {
    const [a, b] = own(2) as [string, string];
    spec = {
      name: uniqueName('lab'),
      namespaces: {
        [a]: {
          interfaces: {
            eth0: { mac: '02:00:00:00:00:01', mtu: 1300 },
            br0: { bridge: ['eth0'], addresses: ['10.1.0.1/24', 'FD00:0::0001/64'] },
            lo: { addresses: ['10.9.9.9/32'] },
          },
          routes: [
            'blackhole 10.5.0.0/16',
            'default via 10.1.0.2',
            '10.6.0.0/255.255.0.0 via 10.1.0.2'.replace('/255.255.0.0', '/16'),
          ],
          sysctls: { 'net.ipv4.ip_forward': 1, 'net.ipv4.conf.br0.rp_filter': 2 },
          firewall:
            'table inet t {\n  chain c { type filter hook input priority 0; tcp dport 9 counter drop; }\n}',
          listeners: [7096, '10.1.0.1:7097'],
        },
        [b]: {
          interfaces: { eth0: { addresses: ['10.1.0.2/24'], shape: { rate: '10mbit' } }, lo: { up: false } },
        },
      },
      links: [{ ends: [`${a}:eth0`, `${b}:eth0`], mtu: 1300 }],
    };
    const record = await createLab(spec);
    expect(ping(b, '10.1.0.1')).toBe(true);
    expect((await labStatus(record)).drift).toEqual([]);
    expect(sh('ip', 'netns', 'exec', a, 'ss', '-Htln')).toMatch(
      /10\.1\.0\.1:7097[\s\S]*\*:7096|\*:7096[\s\S]*10\.1\.0\.1:7097/,
    );
    expect(sh('ip', 'netns', 'exec', b, 'tc', 'qdisc', 'show', 'dev', 'eth0')).toContain('tbf');
    for (const command of [
      'link set br0 down',
      'link set eth0 nomaster',
      'link set eth0 mtu 1200',
      'address delete 10.1.0.1/24 dev br0',
      'address add 10.7.7.7/24 dev br0',
      'route add 10.8.0.0/16 dev lo',
    ]) {
      sh('ip', '-n', a, ...command.split(' '));
    }
    sh('ip', 'netns', 'exec', a, 'nft', 'flush', 'ruleset');
    sh('ip', 'netns', 'exec', a, 'sysctl', '-q', '-w', 'net.ipv4.ip_forward=0');
    process.kill(record.processes[0].pid, 'SIGKILL');
    const { drift } = await labStatus(record);
    expect(drift.map(({ sentence }) => sentence).join('\n')).toBe(
      [
        'eth0 has the MTU 1200, not 1300',
        'eth0 is no port of br0',
        'br0 is down',
        'br0 lacks the address 10.1.0.1/24',
        'br0 lacks the address fd00::1/64', // The kernel drops it when br0 goes down.
        'br0 has the address 10.7.7.7/24 as well',
        'the route default via 10.1.0.2 is missing',
        'the route 10.6.0.0/16 via 10.1.0.2 is missing',
        'there is a route 10.8.0.0/16 dev lo as well',
        'net.ipv4.ip_forward is 0, not 1',
        'the firewall is gone',
        "nothing of the lab's listens on 7096",
      ].join('\n'),
    );
    // Each command that fixes, run in turn, leaves only what no command fixes.
    for (const { fix } of drift) if (fix !== undefined) sh(...fix);
    const rest = (await labStatus(record)).drift.map(({ sentence }) => sentence);
    expect(rest).toEqual(['the firewall is gone', "nothing of the lab's listens on 7096"]);
    await removeLab(record);
    expect(record.processes.some(({ pid }) => existsSync(`/proc/${pid}`) && !isZombie(pid))).toBe(false);
  });

  test('a route with another metric is not the one declared', async () => {
    const [a, b] = [uniqueName(), uniqueName()];
    spec = pairSpec({ namespaces: [a, b], routes: false, ipv6: true });
    spec.namespaces[a].routes = [
      '10.8.0.0/16 dev veth0 metric 50',
      '10.9.0.0/16 dev veth0',
      'fd00:8::/32 dev veth0',
      'fd00:9::/32 dev veth0 metric 7',
    ];
    const record = await createLab(spec);
    expect((await labStatus(record)).drift).toEqual([]);
    for (const words of [
      '-4 route delete 10.8.0.0/16',
      '-4 route add 10.8.0.0/16 dev veth0 metric 60',
      '-4 route add 10.9.0.0/16 dev veth0 metric 70',
      '-6 route delete fd00:8::/32',
      '-6 route add fd00:8::/32 dev veth0 metric 80',
    ])
      sh('ip', '-n', a, ...words.split(' '));
    const { drift } = await labStatus(record);
    expect(drift.map(({ sentence }) => sentence)).toEqual([
      'the route 10.8.0.0/16 dev veth0 metric 50 is missing',
      'the route fd00:8::/32 dev veth0 is missing',
      'there is a route 10.8.0.0/16 dev veth0 metric 60 as well',
      'there is a route 10.9.0.0/16 dev veth0 metric 70 as well',
      'there is a route fd00:8::/32 dev veth0 metric 80 as well',
    ]);
    for (const { fix } of drift) sh(...fix!);
    expect((await labStatus(record)).drift).toEqual([]);
    await removeLab(record);
  });

  test.each<[string, (spec: LabSpec, last: string) => void, RegExp]>([
    [
      'a route that leads nowhere',
      (s, last) => (s.namespaces[last].routes = ['10.3.0.0/16 via 10.99.0.1']),
      /route add 10.3.0.0\/16/,
    ],
    [
      'a firewall that nft does not understand',
      (s, last) => (s.namespaces[last].firewall = 'table {'),
      /nft/,
    ],
    [
      'a setting that is not there',
      (s, last) => (s.namespaces[last].sysctls = { 'net.ipv4.no_such': 1 }),
      /no_such/,
    ],
    [
      'a discipline the kernel may lack',
      (s, last) => (s.namespaces[last].interfaces!.veth1!.shape = { delay: 'soon' }),
      /netem/,
    ],
    ['a port that is taken', (s, last) => (s.namespaces[last].listeners = [7096, 7096]), /EADDRINUSE/],
  ])('%s: all is taken back, and the error says which command failed', async (_, spoil, words) => {
    spec = pair();
    spoil(spec, Object.keys(spec.namespaces)[1]);
    expect((await errorOf(createLab(spec))).message).toMatch(words);
    expect(await left()).toEqual([]);
    expect(await readRecord(spec.name)).toBeUndefined();
  });

  test('a name already taken: said, nothing made, nothing removed', async () => {
    spec = pair();
    const [one, two] = Object.keys(spec.namespaces) as [string, string];
    sh('ip', 'netns', 'add', two);
    const error = await errorOf(createLab(spec));
    expect(error).toMatchObject({
      code: 'NAMESPACE_EXISTS',
      message: `there is a namespace '${two}' already`,
    });
    expect(await left()).toEqual([two]);
    expect(await readRecord(spec.name)).toBeUndefined();
    expect(one).not.toBe(two);
  });

  test('up twice is refused; a namespace that another made under the same name is left alone', async () => {
    spec = pair();
    const [one, two] = Object.keys(spec.namespaces) as [string, string];
    const record = await createLab(spec);
    expect(await errorOf(createLab(spec))).toMatchObject({ code: 'LAB_EXISTS' });
    expect(await left()).toHaveLength(2);
    sh('ip', 'netns', 'delete', one);
    sh('ip', 'netns', 'add', one);
    sh('ip', 'netns', 'delete', two);
    expect((await labStatus(record)).drift.map((one_) => one_.sentence)).toEqual([
      'is not the namespace that the lab made',
      'is not there',
    ]);
    expect(await removeLab(record)).toMatchObject({
      removed: [],
      left: [
        { namespace: one, reason: 'replaced' },
        { namespace: two, reason: 'gone' },
      ],
    });
    expect(await left()).toEqual([one]);
  });

  test('a run that was killed half-way leaves a lab that says so and can be removed', async () => {
    spec = pair();
    const [one] = Object.keys(spec.namespaces) as [string];
    const record = await createLab(spec);
    // As a kill between making the namespaces and noting them leaves it.
    await removeLab(record);
    const { reserve } = await import('../../src/lab/record.ts');
    const half: LabRecord = {
      ...record,
      state: 'making',
      owner: { pid: 4194304, started: '1' },
      namespaces: {},
      processes: [],
    };
    await reserve(half);
    sh('ip', 'netns', 'add', one);
    expect((await errorOf(createLab(spec))).message).toMatch(/a half-made lab .* exists/);
    const found = (await readRecord(spec.name))!;
    expect((await labStatus(found)).state).toBe('half-made');
    expect(await removeLab(found)).toMatchObject({ removed: [one] });
    expect(await left()).toEqual([]);
  });

  test('interrupted, it is taken back', async () => {
    spec = pair();
    const aborter = new AbortController();
    const making = errorOf(createLab(spec, { signal: aborter.signal }));
    aborter.abort();
    expect(await making).toMatchObject({ code: 'INTERRUPTED' });
    expect(await left()).toEqual([]);
  });

  test('with a process inside, the cable goes all the same, and the process is named', async () => {
    spec = pair();
    const [one, two] = Object.keys(spec.namespaces) as [string, string];
    const record = await createLab(spec);
    const child = spawnIn(await resolveNamespace(one), ['sleep', '3600']);
    await expect.poll(() => sh('ip', 'netns', 'pids', one).trim()).toBe(String(child.pid));
    expect(await removeLab(record)).toMatchObject({
      removed: [one, two],
      processes: [{ pid: child.pid, command: 'sleep', namespace: one }],
    });
    expect(sh('nsenter', `--net=/proc/${child.pid}/ns/net`, 'ip', '-o', 'link')).not.toContain('veth0');
    child.kill();
    await once(child, 'exit');
  });

  test('a program that is about to end is waited for, and not named', async () => {
    spec = pair();
    const [one] = Object.keys(spec.namespaces) as [string];
    const record = await createLab(spec);
    const child = spawnIn(await resolveNamespace(one), ['sh', '-c', 'read line; exec sleep 0.2'], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    const ended = once(child, 'exit');
    await expect.poll(() => sh('ip', 'netns', 'pids', one).trim()).toBe(String(child.pid));
    child.stdin!.end('\n');
    expect((await removeLab(record)).processes).toEqual([]);
    await ended;
  });

  test('withLab removes it, also when what it is for fails', async () => {
    spec = pair();
    const error = await errorOf(
      withLab(spec, async (record) => {
        expect(await left()).toHaveLength(2);
        expect(record.temporary).toBe(true);
        throw new Error('as it happens');
      }),
    );
    expect(error.message).toBe('as it happens');
    expect(await left()).toEqual([]);
  });
});

function isZombie(pid: number): boolean {
  return sh('ps', '-o', 'stat=', '-p', String(pid)).startsWith('Z');
}
