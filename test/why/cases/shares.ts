// Rules that divide connections among targets, as kube-proxy and nft's load balancing do: one of two targets fails.
import { SERVER } from '../lab.ts';
import { type Case, hook, nft } from './case.ts';

const iptables = (...rules: string[]) =>
  rules.map((rule) => `ip netns exec @r iptables-legacy -t nat ${rule}`);
const NAT = hook('r', 'ip nat', 'nat', 'prerouting', -100);
const TO = 'ip daddr 10.9.9.9 tcp dport 80';

/** Port 80 of 10.9.9.9, divided between two addresses of b in turns. */
const SERVICES = {
  'a map by turns': [
    ...NAT,
    ...nft(
      'r',
      `add rule ip nat prerouting ${TO} dnat to numgen inc mod 2 map { 0 : 10.0.2.1, 1 : 10.0.2.77 }`,
    ),
  ],
  'a map of chains by turns': [
    ...NAT,
    ...nft(
      'r',
      'add chain ip nat one',
      'add chain ip nat two',
      'add rule ip nat one dnat to 10.0.2.1',
      'add rule ip nat two dnat to 10.0.2.77',
      `add rule ip nat prerouting ${TO} numgen inc mod 2 vmap { 0 : jump one, 1 : jump two }`,
    ),
  ],
  'chains of iptables by statistic': iptables(
    '-N SERVICE',
    '-N ONE',
    '-N TWO',
    '-A ONE -p tcp -j DNAT --to-destination 10.0.2.1:80',
    '-A TWO -p tcp -j DNAT --to-destination 10.0.2.77:80',
    '-A SERVICE -m statistic --mode nth --every 2 --packet 0 -j ONE',
    '-A SERVICE -j TWO',
    '-A PREROUTING -d 10.9.9.9 -p tcp --dport 80 -j SERVICE',
  ),
};

const COMMON = {
  topology: 'router',
  target: '10.9.9.9',
  port: 80,
  serve: { b: SERVER('0.0.0.0', 80) },
} as const;
const setup = (rules: string[]) => ['ip -n @b address add 10.0.2.77/24 dev veth0', ...rules];

/** Where both targets answer. */
export const SHARED = Object.entries(SERVICES).map(([name, rules]) => ({
  ...COMMON,
  name,
  setup: setup(rules),
}));

export const CASES: Case[] = Object.entries(SERVICES).map(([name, rules]) => ({
  ...COMMON,
  name: `${name}: one target drops`,
  setup: setup(rules),
  breakage: [
    'ip netns exec @b nft add table ip f',
    'ip netns exec @b nft add chain ip f i { type filter hook input priority 0 ; }',
    'ip netns exec @b nft add rule ip f i ip daddr 10.0.2.77 tcp dport 80 drop',
  ],
  code: 'firewall-rule',
  says: /firewall of \S*b drops TCP packets from 10\.0\.1\.1 to 10\.0\.2\.77 port 80 in input/,
}));
