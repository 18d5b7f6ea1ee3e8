// Echo requests that the system's ping sends inside namespaces: what it reports, as fields.
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Namespace } from '../../src/netns/namespace.ts';
import { ping } from '../../src/netns/ping.ts';
import { resolveNamespace } from '../../src/netns/resolve.ts';

const [LEFT, RIGHT] = [`ping-l-${process.pid}`, `ping-r-${process.pid}`];
const ip = (...words: string[]) => execFileSync('ip', words);
const COMMAND = { timeout: 30_000 };
let left: Namespace;

beforeAll(async () => {
  for (const name of [LEFT, RIGHT]) ip('netns', 'add', name);
  ip('link', 'add', 'veth0', 'netns', LEFT, 'type', 'veth', 'peer', 'name', 'veth0', 'netns', RIGHT);
  for (const [name, host] of [
    [LEFT, 1],
    [RIGHT, 2],
  ] as const) {
    ip('-n', name, 'address', 'add', `10.9.8.${host}/24`, 'dev', 'veth0');
    ip('-n', name, 'address', 'add', `fd09::${host}/64`, 'dev', 'veth0', 'nodad');
    ip('-n', name, 'link', 'set', 'veth0', 'up');
  }
  left = await resolveNamespace(LEFT);
});
afterAll(() => {
  for (const name of [LEFT, RIGHT]) ip('netns', 'delete', name);
});

test('replies are counted, in both families', async () => {
  for (const target of ['10.9.8.2', 'fd09::2']) {
    const report = await ping(left, target, { count: 2, wait: 5 }, COMMAND);
    expect(report, target).toMatchObject({ status: 0, sent: 2, received: 2, tooBig: false });
    expect(report.time, target).toBeGreaterThan(0);
    expect(report.error, target).toBeUndefined();
  }
});

test('an ICMP error is reported with its sender', async () => {
  ip('-n', RIGHT, 'route', 'add', 'prohibit', '192.0.2.0/24');
  execFileSync('ip', ['netns', 'exec', RIGHT, 'sysctl', '-qw', 'net.ipv4.ip_forward=1']);
  ip('-n', LEFT, 'route', 'add', '192.0.2.0/24', 'via', '10.9.8.2');
  const report = await ping(left, '192.0.2.1', { count: 1, deadline: 5, interval: 6 }, COMMAND);
  expect(report).toMatchObject({
    status: 1,
    received: 0,
    error: { words: 'Packet filtered', from: '10.9.8.2' },
  });
});

test('what could not be sent says why', async () => {
  const report = await ping(left, '198.51.100.1', { count: 1, wait: 1 }, COMMAND);
  expect(report).toMatchObject({ sent: 0, received: 0, error: { words: 'Network is unreachable' } });
});

test('a packet larger than the link is too big, unless it may be fragmented', async () => {
  const packet = { count: 1, size: 3000, deadline: 5, interval: 6 };
  expect(await ping(left, '10.9.8.2', packet, COMMAND)).toMatchObject({ received: 0, tooBig: true });
  expect(await ping(left, '10.9.8.2', { ...packet, fragment: true }, COMMAND)).toMatchObject({ received: 1 });
});

test('the size is that of the whole packet: one of the MTU fits, and one byte more does not', async () => {
  for (const target of ['10.9.8.2', 'fd09::2']) {
    const fits = await ping(left, target, { count: 1, wait: 5, size: 1500 }, COMMAND);
    expect(fits, target).toMatchObject({ status: 0, received: 1, tooBig: false });
    const large = await ping(left, target, { count: 1, wait: 1, size: 1501 }, COMMAND);
    expect(large, target).toMatchObject({ received: 0, tooBig: true });
    const divided = await ping(left, target, { count: 1, wait: 5, size: 1501, fragment: true }, COMMAND);
    expect(divided, target).toMatchObject({ status: 0, received: 1 });
  }
});
