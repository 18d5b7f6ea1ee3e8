// Rulesets as nft and iptables-save print them, and what they do to a packet.
import { describe, expect, test } from 'vitest';
import { evaluateRules } from '../../src/why/evaluate-rules.ts';
import { compareCounters } from '../../src/why/firewall.ts';
import { chainsFromSave } from '../../src/why/iptables.ts';
import { addDevices, chainsFromNft } from '../../src/why/nft.ts';
import type { Firewall, FirewallPacket } from '../../src/why/ruleset.ts';

const syn: FirewallPacket = {
  family: 4,
  layer: 'inet',
  source: '10.0.1.1',
  target: '10.0.2.1',
  protocol: 'tcp',
  port: 80,
  reply: false,
  iif: 'veth0',
};
const answer: FirewallPacket = { ...syn, source: syn.target, target: syn.source, reply: true };
const ping: FirewallPacket = { ...syn, protocol: 'icmp' };

const iptables = (...lines: string[]): Firewall => ({
  chains: chainsFromSave(
    ['*filter', ':INPUT ACCEPT [0:0]', ...lines, 'COMMIT'].join('\n'),
    'iptables-legacy',
  ),
  legacy4: true,
  legacy6: false,
});

describe('iptables', () => {
  test.each([
    ['-A INPUT -j DROP', 'drop'],
    ['-A INPUT -s 10.0.1.0/24 -j DROP', 'drop'],
    ['-A INPUT -s 10.0.9.0/24 -j DROP', 'accept'],
    ['-A INPUT ! -s 10.0.1.1/32 -j DROP', 'accept'],
    ['-A INPUT -p tcp -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable', 'reject'],
    ['-A INPUT -p tcp -m tcp --dport 81 -j DROP', 'accept'],
    ['-A INPUT -p tcp -m tcp --dport 70:90 -j DROP', 'drop'],
    ['-A INPUT -p tcp -m multiport --dports 22,80 -j DROP', 'drop'],
    ['-A INPUT -p udp -m udp --dport 80 -j DROP', 'accept'],
    ['-A INPUT -i veth+ -j DROP', 'drop'],
    ['-A INPUT -i eth0 -j DROP', 'accept'],
    ['-A INPUT -m conntrack --ctstate NEW -j DROP', 'drop'],
    ['-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j DROP', 'accept'],
    ['-A INPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j DROP', 'drop'],
    ['-A INPUT -p tcp -m tcp --tcp-flags SYN,ACK SYN,ACK -j DROP', 'accept'],
    ['-A INPUT -p icmp -m icmp --icmp-type 8 -j DROP', 'accept'],
    ['-A INPUT -m comment --comment "a \\"quoted\\" -j ACCEPT" -j DROP', 'drop'],
    ['-A INPUT -j LOG --log-prefix "x "', 'accept'],
  ])('%s: %s', (rule, verdict) => {
    const evaluated = evaluateRules(iptables(rule), 'input', syn);
    expect(evaluated).toMatchObject({ verdict, certain: true });
  });

  test('a match that can’t be told makes it uncertain, unless its counter moved', () => {
    const rule = (packets: number) => iptables(`[${packets}:0] -A INPUT -m limit --limit 5/sec -j DROP`);
    expect(evaluateRules(rule(3), 'input', syn)).toMatchObject({ verdict: 'drop', certain: false });
    const moved = rule(5);
    compareCounters(rule(3), moved);
    expect(evaluateRules(moved, 'input', syn)).toMatchObject({ verdict: 'drop', certain: true });
    const still = rule(3);
    compareCounters(rule(3), still);
    expect(evaluateRules(still, 'input', syn)).toMatchObject({ verdict: 'drop', certain: false });
  });

  test('chains are followed, and the rule in them is named with the command that deletes it', () => {
    const firewall = iptables(
      ':sub - [0:0]',
      '-A INPUT -p tcp -j sub',
      '-A sub -s 10.0.1.1/32 -j RETURN',
      '-A sub -j DROP',
      '-A INPUT -p tcp -m tcp --dport 80 -j DROP',
    );
    expect(evaluateRules(firewall, 'input', syn).rule!.deletion).toEqual([
      'iptables-legacy',
      '-t',
      'filter',
      '-D',
      'INPUT',
      '-p',
      'tcp',
      '-m',
      'tcp',
      '--dport',
      '80',
      '-j',
      'DROP',
    ]);
    expect(evaluateRules(firewall, 'input', { ...syn, source: '10.0.1.2' }).rule!.text).toBe(
      '-A sub -j DROP',
    );
  });

  test('a rule that is cut off at its end is not followed', () => {
    expect(() => iptables('-A INPUT !')).not.toThrow();
    expect(evaluateRules(iptables('-A INPUT !'), 'input', syn).verdict).toBe('accept');
  });

  test('the tables are asked in the kernel’s order', () => {
    const chains = chainsFromSave(
      '*filter\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j CT --notrack\n-A PREROUTING -s 10.0.1.1/32 -j DROP\nCOMMIT\n*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j DROP\nCOMMIT',
      'iptables',
    );
    expect(evaluateRules({ chains, legacy4: false, legacy6: false }, 'prerouting', syn).chain!.table).toBe(
      'raw',
    );
  });

  test('translations', () => {
    const chains = chainsFromSave(
      '*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.9.9:8080\nCOMMIT',
      'iptables',
    );
    expect(
      evaluateRules({ chains, legacy4: false, legacy6: false }, 'prerouting', syn).translation,
    ).toMatchObject({
      kind: 'dnat',
      address: '10.0.9.9',
      port: 8080,
    });
  });

  test('a mask with holes, which no prefix is, leaves open whether the rule matches', () => {
    const [chain] = iptables('-A INPUT -s 10.0.0.1/255.0.255.255 -j DROP').chains;
    expect(chain.rules[0].matches(syn)).toBeUndefined();
  });

  test('IPv6 packets are not for iptables', () => {
    expect(evaluateRules(iptables('-A INPUT -j DROP'), 'input', { ...syn, family: 6 }).verdict).toBe(
      'accept',
    );
  });
});

/** An inet table with a chain in input, and these rules' expressions. */
function nft(rules: unknown[][], extra: unknown[] = [], policy = 'accept'): Firewall {
  const listed = [
    { metainfo: { version: '1.0.6' } },
    ...extra,
    {
      chain: {
        family: 'inet',
        table: 'f',
        name: 'c',
        handle: 1,
        type: 'filter',
        hook: 'input',
        prio: 0,
        policy,
      },
    },
    { chain: { family: 'inet', table: 'f', name: 'sub', handle: 2 } },
    ...rules.map((expr, at) => ({ rule: { family: 'inet', table: 'f', chain: 'c', handle: 10 + at, expr } })),
    { rule: { family: 'inet', table: 'f', chain: 'sub', handle: 99, expr: [{ drop: null }] } },
  ];
  return { ...chainsFromNft(JSON.stringify({ nftables: listed })), legacy4: false, legacy6: false };
}
const match = (left: unknown, right: unknown, op = '==') => ({ match: { op, left, right } });
const field = (protocol: string, name: string) => ({ payload: { protocol, field: name } });

describe('nft', () => {
  test.each([
    ['tcp dport 80', [match(field('tcp', 'dport'), 80)], true],
    ['tcp dport != 80', [match(field('tcp', 'dport'), 80, '!=')], false],
    ['udp dport != 80', [match(field('udp', 'dport'), 80, '!=')], false],
    ['tcp dport { 22, 70-90 }', [match(field('tcp', 'dport'), { set: [22, { range: [70, 90] }] })], true],
    ['tcp dport > 79', [match(field('tcp', 'dport'), 79, '>')], true],
    ['ip saddr 10.0.1.0/24', [match(field('ip', 'saddr'), { prefix: { addr: '10.0.1.0', len: 24 } })], true],
    ['ip6 saddr != ::1', [match(field('ip6', 'saddr'), '::1', '!=')], false],
    ['ip saddr @bad', [match(field('ip', 'saddr'), '@bad')], true],
    ['iifname "veth*"', [match({ meta: { key: 'iifname' } }, 'veth*')], true],
    ['oifname "veth0"', [match({ meta: { key: 'oifname' } }, 'veth0')], false],
    ['meta l4proto tcp', [match({ meta: { key: 'l4proto' } }, 'tcp')], true],
    ['ct state new', [match({ ct: { key: 'state' } }, 'new', 'in')], true],
    [
      'ct state { established, related }',
      [match({ ct: { key: 'state' } }, ['established', 'related'], 'in')],
      false,
    ],
  ])('%s', (_, conditions, matches) => {
    const set = {
      set: { family: 'inet', table: 'f', name: 'bad', handle: 5, type: 'ipv4_addr', elem: ['10.0.1.1'] },
    };
    const evaluated = evaluateRules(nft([[...conditions, { drop: null }]], [set]), 'input', syn);
    expect(evaluated).toMatchObject({ verdict: matches ? 'drop' : 'accept', certain: true });
    if (matches)
      expect(evaluated.rule).toMatchObject({
        handle: 10,
        deletion: ['nft', 'delete', 'rule', 'inet', 'f', 'c', 'handle', '10'],
      });
  });

  test('a firewall as people write it: answers and one port pass, the rest does not', () => {
    const firewall = nft(
      [
        [match({ ct: { key: 'state' } }, ['established', 'related'], 'in'), { accept: null }],
        [match(field('tcp', 'dport'), 80), { counter: { packets: 0, bytes: 0 } }, { accept: null }],
      ],
      [],
      'drop',
    );
    expect(evaluateRules(firewall, 'input', syn)).toMatchObject({ verdict: 'accept' });
    expect(evaluateRules(firewall, 'input', answer)).toMatchObject({ verdict: 'accept' });
    expect(evaluateRules(firewall, 'input', ping)).toMatchObject({ verdict: 'drop', certain: true });
    expect(evaluateRules(firewall, 'input', ping).rule).toBeUndefined();
    expect(evaluateRules(firewall, 'forward', ping)).toMatchObject({ verdict: 'accept' });
  });

  test('verdict maps, jumps, and what follows a return', () => {
    const vmap = {
      vmap: {
        key: { meta: { key: 'l4proto' } },
        data: {
          set: [
            ['tcp', { jump: { target: 'sub' } }],
            ['icmp', { accept: null }],
          ],
        },
      },
    };
    expect(evaluateRules(nft([[vmap]]), 'input', syn).chain!.name).toBe('sub');
    expect(evaluateRules(nft([[vmap]]), 'input', ping).verdict).toBe('accept');
  });

  test('what can’t be told is not blamed for sure', () => {
    const marked = [match({ meta: { key: 'mark' } }, 7), { drop: null }];
    expect(evaluateRules(nft([marked]), 'input', syn)).toMatchObject({ verdict: 'drop', certain: false });
    expect(
      evaluateRules(
        nft([[{ limit: { rate: 1, per: 'second' } }, { accept: null }]], [], 'drop'),
        'input',
        syn,
      ),
    ).toMatchObject({ verdict: 'drop', certain: false });
  });

  test('devices that nft’s JSON leaves out are taken from its text', () => {
    const { chains } = chainsFromNft(
      JSON.stringify({
        nftables: [
          {
            chain: {
              family: 'netdev',
              table: 'f',
              name: 'c',
              handle: 1,
              type: 'filter',
              hook: 'ingress',
              prio: 0,
              policy: 'drop',
            },
          },
        ],
      }),
    );
    addDevices(
      chains,
      'table netdev f {\n\tchain c {\n\t\ttype filter hook ingress device "veth0" priority filter; policy drop;\n\t}\n}\n',
    );
    const firewall = { chains, legacy4: false, legacy6: false };
    expect(evaluateRules(firewall, 'ingress', syn, 'veth0').verdict).toBe('drop');
    expect(evaluateRules(firewall, 'ingress', syn, 'veth1').verdict).toBe('accept');
  });

  test.each(['', 'no JSON', '{}', '{"nftables":[]}'])('%j has no rules', (text) => {
    expect(chainsFromNft(text).chains).toEqual([]);
  });
});
