// Labs are the same on every host: what new namespaces inherit is set back.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyBaseline } from '../../src/lab/baseline.ts';
import { resolveNamespace } from '../../src/netns/resolve.ts';
import { removeNamespaces, sh, uniqueName } from '../netns/support.ts';
import { has } from '../support/needs.ts';

describe.runIf(has('root'))('a namespace of a host with Docker, and stranger ones', () => {
  const name = uniqueName('base');
  const sysctl = (...words: string[]) => sh('ip', 'netns', 'exec', name, 'sysctl', ...words);
  const TURNED = [
    ['net/ipv4/ip_forward', '1', '0'],
    ['net/ipv4/conf/all/rp_filter', '1', '0'],
    ['net/ipv4/conf/default/rp_filter', '2', '0'],
    ['net/ipv4/conf/veth.0/rp_filter', '1', '0'],
    ['net/ipv4/conf/all/accept_redirects', '0', '1'],
    ['net/ipv4/conf/all/send_redirects', '0', '1'],
    ['net/ipv4/conf/all/arp_ignore', '1', '0'],
    ['net/ipv4/conf/all/proxy_arp', '1', '0'],
    ['net/ipv6/conf/all/forwarding', '1', '0'],
    ['net/ipv6/conf/all/disable_ipv6', '1', '0'],
    ['net/ipv6/conf/veth.0/disable_ipv6', '1', '0'],
  ] as const;
  const values = () => Object.fromEntries(TURNED.map(([key]) => [key, sysctl('-n', key).trim()]));

  beforeAll(() => {
    sh('ip', 'netns', 'add', name);
    sh('ip', '-n', name, 'link', 'add', 'name', 'veth.0', 'type', 'veth', 'peer', 'name', 'veth1');
    sysctl('-q', '-w', ...TURNED.map(([key, turned]) => `${key}=${turned}`));
  });
  afterAll(() => removeNamespaces(name));

  test('is set to what the kernel itself begins with', async () => {
    expect(values()).toEqual(Object.fromEntries(TURNED.map(([key, turned]) => [key, turned])));
    await applyBaseline(await resolveNamespace(name), ['lo', 'veth.0', 'veth1']);
    expect(values()).toEqual(Object.fromEntries(TURNED.map(([key, , usual]) => [key, usual])));
  });
});
