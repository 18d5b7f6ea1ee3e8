// Firewalls, translations, queues and filters of traffic control: labs broken in these ways, what `why` must say, and whether its commands fix it.
import { SERVER } from '../lab.ts';
import { type Case, chain, nft, set } from './case.ts';

export const CASES: Case[] = [
  // Firewalls
  {
    name: 'nft drop in input',
    topology: 'pair',
    breakage: [...chain('b', 'input'), ...nft('b', 'add rule inet f c icmp type echo-request drop')],
    says: /firewall of \S*b\S* drops pings.*input.*handle \d+/,
  },
  {
    name: 'nft drop in output',
    topology: 'pair',
    breakage: [...chain('a', 'output'), ...nft('a', 'add rule inet f c ip daddr 10.0.1.2 counter drop')],
    says: /firewall of \S*a\S* drops.*output/,
  },
  {
    name: 'nft drop in forward',
    topology: 'router',
    breakage: [
      ...chain('r', 'forward'),
      ...nft('r', 'add rule inet f c iifname "left" oifname "right" drop'.replaceAll('"', '')),
    ],
    says: /firewall of \S*r\S* drops.*forward/,
  },
  {
    name: 'nft policy drop in input',
    topology: 'pair',
    breakage: chain('b', 'input', 'drop'),
    says: /policy is drop/,
  },
  {
    name: 'nft policy drop in forward',
    topology: 'router',
    breakage: chain('r', 'forward', 'drop'),
    says: /firewall of \S*r\S* drops.*forward.*policy/,
  },
  {
    name: 'nft drops the answers',
    topology: 'router',
    breakage: [
      ...chain('r', 'forward'),
      ...nft('r', 'add rule inet f c ip saddr 10.0.2.1 ct state established drop'),
    ],
    says: /firewall of \S*r\S* drops echo replies/,
  },
  {
    name: 'nft policy drop for answers',
    topology: 'pair',
    breakage: chain('a', 'input', 'drop'),
    says: /firewall of \S*a\S* drops echo replies.*policy/,
  },
  {
    name: 'nft jump to a chain that drops',
    topology: 'pair',
    breakage: [
      ...chain('b', 'input'),
      ...nft(
        'b',
        'add chain inet f sub',
        'add rule inet f sub ip saddr { 10.0.1.0/24, 10.9.0.0/16 } drop',
        'add rule inet f c meta l4proto icmp jump sub',
      ),
    ],
    says: /chain sub handle/,
  },
  {
    name: 'nft set',
    topology: 'pair',
    breakage: [
      ...nft(
        'b',
        'add table inet f',
        'add set inet f bad { type ipv4_addr ; elements = { 10.0.1.1 } ; }',
        'add chain inet f c { type filter hook prerouting priority -300 ; }',
        'add rule inet f c ip saddr @bad drop',
      ),
    ],
    says: /drops pings.*prerouting/,
  },
  {
    name: 'nft reject',
    topology: 'pair',
    port: 8080,
    serve: { b: SERVER('0.0.0.0', 8080) },
    breakage: [...chain('b', 'input'), ...nft('b', 'add rule inet f c tcp dport 8080 reject')],
    says: /rejects TCP packets/,
  },
  {
    name: 'nft reject with a reset',
    topology: 'pair',
    port: 8080,
    serve: { b: SERVER('0.0.0.0', 8080) },
    breakage: [...chain('b', 'input'), ...nft('b', 'add rule inet f c tcp dport 8080 reject with tcp reset')],
    says: /rejects TCP packets/,
  },
  {
    name: 'port filtered',
    topology: 'router',
    port: 8080,
    serve: { b: SERVER('0.0.0.0', 8080) },
    breakage: [...chain('r', 'forward'), ...nft('r', 'add rule inet f c tcp dport 8080 drop')],
    says: /firewall of \S*r\S* drops TCP packets.*port 8080/,
  },
  {
    name: 'nft at netdev ingress',
    topology: 'pair',
    breakage: nft(
      'b',
      'add table netdev f',
      'add chain netdev f c { type filter hook ingress device veth1 priority 0 ; }',
      'add rule netdev f c ip protocol icmp drop',
    ),
    says: /firewall of \S*b\S* drops pings.*ingress.*netdev/,
  },
  {
    name: 'nft drop, IPv6',
    topology: 'pair6',
    breakage: [...chain('b', 'input'), ...nft('b', 'add rule inet f c icmpv6 type echo-request drop')],
    says: /firewall of \S*b\S* drops pings/,
  },
  {
    name: 'nft policy drop, IPv6',
    topology: 'pair6',
    breakage: [...chain('b', 'input', 'drop'), 'ip -n @a neigh flush all', 'ip -n @b neigh flush all'],
    says: /firewall of \S*b\S* drops (neighbour solicitations|pings).*policy/,
  },
  {
    name: 'iptables-nft drop',
    topology: 'pair',
    breakage: ['ip netns exec @b iptables-nft -A INPUT -s 10.0.1.1 -j DROP'],
    says: /firewall of \S*b\S* drops pings.*filter/,
  },
  {
    name: 'iptables-nft with a match nft can’t tell',
    topology: 'pair',
    port: 8080,
    serve: { b: SERVER('0.0.0.0', 8080) },
    breakage: ['ip netns exec @b iptables-nft -A INPUT -p tcp -m multiport --dports 80,8080 -j DROP'],
    says: /drops TCP.*multiport --dports 80,8080/,
  },
  {
    name: 'iptables-legacy drop',
    topology: 'pair',
    breakage: ['ip netns exec @b iptables-legacy -A INPUT -p icmp -j DROP'],
    says: /iptables-legacy table filter, chain INPUT.*-p icmp -j DROP/,
  },
  {
    name: 'iptables-legacy forward policy',
    topology: 'router',
    breakage: ['ip netns exec @r iptables-legacy -P FORWARD DROP'],
    says: /iptables-legacy table filter, chain FORWARD.*policy/,
  },
  {
    name: 'iptables-legacy raw',
    topology: 'pair',
    breakage: ['ip netns exec @b iptables-legacy -t raw -A PREROUTING -s 10.0.1.1 -j DROP'],
    says: /table raw, chain PREROUTING/,
  },
  {
    name: 'ip6tables-legacy drop',
    topology: 'pair6',
    breakage: [
      'ip netns exec @b ip6tables-legacy -A INPUT -s fd00:1::1 -p icmpv6 --icmpv6-type echo-request -j DROP',
    ],
    says: /ip6tables-legacy table filter/,
  },
  {
    name: 'iptables reject',
    topology: 'pair',
    port: 8080,
    serve: { b: SERVER('0.0.0.0', 8080) },
    breakage: ['ip netns exec @b iptables-legacy -A INPUT -p tcp --dport 8080 -j REJECT'],
    says: /rejects TCP/,
  },
  // Shaping
  {
    name: 'tc drops at ingress',
    topology: 'pair',
    breakage: [
      'ip netns exec @b tc qdisc add dev veth1 clsact',
      'ip netns exec @b tc filter add dev veth1 ingress bpf bytecode 1,6~0~0~2 direct-action',
    ],
    says: /traffic control filter on veth1 in \S*b/,
  },
  {
    name: 'tc drops at egress',
    topology: 'pair',
    breakage: [
      'ip netns exec @a tc qdisc add dev veth0 clsact',
      'ip netns exec @a tc filter add dev veth0 egress bpf bytecode 1,6~0~0~2 direct-action',
    ],
    says: /traffic control filter on veth0 in \S*a/,
  },
  {
    name: 'tbf that lets nothing pass',
    topology: 'pair',
    breakage: ['ip netns exec @a tc qdisc add dev veth0 root tbf rate 8bit burst 10 limit 10'],
    says: /queue tbf on veth0 in \S*a/,
  },
  // Translation
  {
    name: 'a port sent elsewhere',
    topology: 'pair',
    port: 8080,
    serve: { b: SERVER('0.0.0.0', 8080) },
    breakage: nft(
      'b',
      'add table ip nat',
      'add chain ip nat pre { type nat hook prerouting priority -100 ; }',
      'add rule ip nat pre tcp dport 8080 redirect to :9999',
    ),
    says: /b\S* translates TCP packets.*9999/,
  },
  {
    name: 'a source that no answer finds',
    topology: 'pair',
    breakage: nft(
      'a',
      'add table ip nat',
      'add chain ip nat post { type nat hook postrouting priority 100 ; }',
      'add rule ip nat post ip daddr 10.0.1.2 snat to 192.0.2.77',
    ),
    says: /a\S* translates pings.*192\.0\.2\.77/,
  },
  // A bridge host
  {
    name: 'host does not forward',
    topology: 'host',
    to: 'x',
    breakage: [set('h', 'net.ipv4.ip_forward', 0)],
    says: /h\S* does not forward/,
  },
  {
    name: 'container’s veth down',
    topology: 'host',
    to: 'x',
    breakage: ['ip -n @h link set va down'],
    says: /va in \S*h\S* is down/,
  },
];
