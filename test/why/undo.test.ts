// A fix that did not help is taken back: all is as it was.
import { afterEach, describe, expect, test } from 'vitest';
import { applyFix, takeBack } from '../../src/why/apply-fixes.ts';
import type { Command } from '../../src/why/finding.ts';
import { sh } from '../netns/support.ts';
import { has } from '../support/needs.ts';
import { type Lab, makeLab } from './lab.ts';

const state = (ns: string) =>
  [
    ['ip', '-4', '-n', ns, 'route', 'show', 'table', 'all'],
    ['ip', '-n', ns, 'rule'],
    ['ip', '-4', '-n', ns, '-br', 'address'],
    ['ip', 'netns', 'exec', ns, 'nft', 'list', 'ruleset'],
    ['ip', 'netns', 'exec', ns, 'sysctl', 'net.ipv4.ip_forward', 'net.ipv4.ip_local_port_range'],
  ]
    .map(([program, ...words]) => sh(program, ...words))
    .join('\n');

describe.runIf(has('root'))('taken back', () => {
  let lab: Lab | undefined;
  afterEach(() => {
    lab?.remove();
    lab = undefined;
  });

  const within = (ns: string, ...words: string[]): Command => ['ip', 'netns', 'exec', ns, ...words];
  test.each<[string, (ns: string) => Command[]]>([
    ['a setting', (ns) => [within(ns, 'sysctl', '-w', 'net.ipv4.ip_forward=0')]],
    [
      'a setting of two numbers',
      (ns) => [within(ns, 'sysctl', '-w', 'net.ipv4.ip_local_port_range=1024 65000')],
    ],
    ['a new route', (ns) => [['ip', '-n', ns, 'route', 'add', '10.9.0.0/24', 'dev', 'left']]],
    [
      'a route in the place of another',
      (ns) => [['ip', '-n', ns, 'route', 'replace', '10.7.0.0/24', 'dev', 'right']],
    ],
    ['a route less', (ns) => [['ip', '-n', ns, 'route', 'delete', '10.7.0.0/24', 'dev', 'left']]],
    ['a rule of nft less', (ns) => [within(ns, 'nft', 'delete', 'rule', 'inet', 'f', 'c', 'handle', '3')]],
    [
      'a rule of nft more',
      (ns) => [within(ns, 'nft', 'insert', 'rule', 'inet', 'f', 'c', 'tcp', 'dport', '9', 'accept')],
    ],
    [
      'a rule of nft changed',
      (ns) => [within(ns, 'nft', 'replace', 'rule', 'inet', 'f', 'c', 'handle', '3', 'accept')],
    ],
    [
      'several, the last first',
      (ns) => [
        ['ip', '-n', ns, 'address', 'add', '10.8.0.1/24', 'dev', 'left'],
        ['ip', '-n', ns, 'route', 'add', '10.9.0.0/24', 'via', '10.8.0.2'],
      ],
    ],
  ])('%s', async (_name, commands) => {
    lab = await makeLab('router');
    const ns = lab.ns('r');
    lab.do(
      'ip -n @r route add 10.7.0.0/24 dev left',
      'ip netns exec @r nft add table inet f',
      'ip netns exec @r nft add chain inet f c { type filter hook input priority 0 ; }',
      'ip netns exec @r nft add rule inet f c tcp dport 1 drop',
      'ip netns exec @r nft add rule inet f c tcp dport 2 drop',
      'ip netns exec @r nft add rule inet f c tcp dport 3 drop',
    );
    const before = state(ns);
    const run: string[] = [];
    const applied = await applyFix({ fix: [...commands(ns)] }, (command) => run.push(command.join(' ')));
    expect(run).toEqual(commands(ns).map((command) => command.join(' ')));
    expect(state(ns)).not.toBe(before);
    expect(await takeBack(applied, () => {})).toBe(true);
    expect(state(ns)).toBe(before);
  });

  test('where a command fails those before it are taken back', async () => {
    lab = await makeLab('pair');
    const ns = lab.ns('a');
    const before = state(ns);
    const fix: Command[] = [
      ['ip', '-n', ns, 'route', 'add', '10.9.0.0/24', 'dev', 'veth0'],
      ['ip', '-n', ns, 'route', 'add', '10.9.1.0/24', 'dev', 'nowhere'],
    ];
    await expect(applyFix({ fix }, () => {})).rejects.toThrow(/nowhere/);
    expect(state(ns)).toBe(before);
  });
});
